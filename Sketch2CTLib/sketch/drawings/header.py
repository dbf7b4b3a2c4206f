"""What a file is and how large its picture, from its first bytes; and the size of its paper, told inside a PNG."""

from __future__ import annotations

import math
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Literal

from ...errors import SketchError

GZIP_SIGNATURE = b"\x1f\x8b"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"
PAPER_KEY = b"sketch2ct:paper_mm"
PictureKind = Literal["png", "jpeg", "webp", "tiff", "gif"]
FileKind = PictureKind | Literal["svg", "json"]

_PICTURES: tuple[tuple[bytes, PictureKind], ...] = (
    (PNG_SIGNATURE, "png"),
    (JPEG_SIGNATURE, "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)
PILLOW_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "GIF")
PILLOW_FAULTS = (OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, struct.error, EOFError)
_EXPORT = "Export the drawing as PNG, JPEG or SVG."
_HEIC = ("a HEIC photo", "Export it as JPEG, or set the phone's camera to 'most compatible'.")
_ISO_MEDIA = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), _HEIC),
    **dict.fromkeys((b"avif", b"avis"), ("an AVIF picture", "Export it as PNG or JPEG.")),
}
_NOT_READ = (
    (b"%PDF", ("a PDF", "Export the page as PNG, or the drawing as SVG.")),
    (b"8BPS", ("a Photoshop file (PSD)", "Export it as PNG.")),
    (b"%!PS", ("a PostScript or Illustrator file", "Save a copy of it as SVG.")),
    (b"BM", ("a BMP picture", "Save it as PNG.")),
    (b"PK\x03\x04", ("an Office document or another ZIP archive", "Save the drawing in it as PNG or SVG.")),
    (b"\xd0\xcf\x11\xe0", ("an old Office document", "Save the drawing in it as PNG.")),
)
_SVG_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?svg\b")
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0–SOF15 without DHT, JPG, DAC
_HEAD = 4096  # bytes in which an SVG must have shown its root or its prolog
_IHDR_END = len(PNG_SIGNATURE) + 25  # length, name, 13 bytes, checksum
_MOST_CHUNKS = 100_000
_FARTHEST_MM = 10_000.0


def file_kind(content: bytes) -> FileKind | None:
    """What the bytes begin as, or None where that is nothing we read; a byte order mark and white space may lead."""
    picture = _picture_kind(content)
    if picture is not None:
        return picture
    packed = content.startswith(GZIP_SIGNATURE)
    head = (_unpacked_head(content) if packed else content[:_HEAD]).removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16
        head = head[2:].replace(b"\0", b"")
    head = head.lstrip()
    if head.startswith(b"{") and not packed:
        return "json"
    return "svg" if head.startswith((b"<?xml", b"<!--", b"<!DOCTYPE")) or _SVG_ROOT.search(head) else None


def _unpacked_head(content: bytes) -> bytes:
    """The first bytes that a gzip file holds; none where it is damaged."""
    try:
        return zlib.decompressobj(wbits=31).decompress(content[:_HEAD], _HEAD)
    except zlib.error:
        return b""


def is_picture(content: bytes) -> bool:
    """Whether the bytes begin as a picture that is read does."""
    return _picture_kind(content) is not None


def picture_kind(content: bytes, name: str) -> PictureKind:
    """What the bytes begin as; raises SketchError for anything else."""
    found = _picture_kind(content)
    if found is None:
        raise SketchError(f"'{name}' is not a PNG or JPEG picture.", hint="Save the drawing as PNG.")
    return found


def _picture_kind(content: bytes) -> PictureKind | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((kind for start, kind in _PICTURES if content.startswith(start)), None)


def foreign_kind(content: bytes) -> tuple[str, str] | None:
    """What the bytes begin as, and what to do, where that is a drawing of a kind that is not read; else None."""
    if content[4:8] == b"ftyp":
        return _ISO_MEDIA.get(content[8:12], ("a film or a picture of an unread kind", _EXPORT))
    return next((what for start, what in _NOT_READ if content.startswith(start)), None)


def refuse_by_name(content: bytes, name: str) -> None:
    """Refuses files that hold drawings of a kind that is not read, and says what to do."""
    what = foreign_kind(content)
    if what is not None:
        raise SketchError(f"'{name}' is {what[0]}, which is not read.", hint=what[1])


def picture_size(content: bytes, name: str) -> tuple[int, int]:
    """(width, height) in pixels.

    Raises:
        SketchError: Not a picture that is read, or cut off before its size is told.
    """
    kind = picture_kind(content, name)
    how = {"png": _png_size, "jpeg": _jpeg_size}.get(kind, _size_by_pillow)
    found = how(content)
    if found is None or min(found) < 1:
        raise SketchError(f"'{name}' is a damaged picture: it does not tell its size.", hint="Save it again.")
    return found


def with_paper_size(png_bytes: bytes, mm: float) -> bytes:
    """The same PNG with a tEXt chunk that says how long its longer edge is; an earlier one is replaced.

    Args:
        png_bytes: A whole PNG file.
        mm: Longer edge of the paper, in mm.

    Raises:
        SketchError: Not a PNG, or a size that no paper has.
    """
    if _png_size(png_bytes) is None:
        raise SketchError("Only a PNG can carry the size of its paper.", hint="Save the drawing as PNG.")
    if not (math.isfinite(mm) and 0 < mm <= _FARTHEST_MM):
        raise SketchError(f"A paper of {mm} mm cannot be.", hint="Give the longer edge in mm.")
    kept = png_bytes[:_IHDR_END]
    rest = [png_bytes[start:end] for start, end, body in _chunks(png_bytes) if not body.startswith(b"tEXt" + PAPER_KEY)]
    body = b"tEXt" + PAPER_KEY + b"\0" + f"{mm:.10g}".encode("ascii")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return kept + chunk + b"".join(rest[1:])


def paper_size_mm(content: bytes) -> float | None:
    """The longer edge of a PNG's paper in mm as `with_paper_size` wrote it; None where nothing readable tells it."""
    if not content.startswith(PNG_SIGNATURE):
        return None
    for _, _, body in _chunks(content):
        if body.startswith(b"tEXt" + PAPER_KEY + b"\0"):
            try:
                mm = float(body[len(PAPER_KEY) + 5 : len(PAPER_KEY) + 45].decode("ascii"))
            except ValueError:
                return None
            return mm if math.isfinite(mm) and 0 < mm <= _FARTHEST_MM else None
    return None


def _chunks(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(start, end, name and the first bytes) of each chunk; ends quietly where the file is cut."""
    at = len(PNG_SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(content):
            return
        end = min(at + 12 + struct.unpack(">I", content[at : at + 4])[0], len(content))
        yield at, end, content[at + 4 : min(at + 72, end - 4)]
        at = end


def _png_size(content: bytes) -> tuple[int, int] | None:
    if len(content) < 24 or content[12:16] != b"IHDR" or not content.startswith(PNG_SIGNATURE):
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Walks the segments up to the first frame header."""
    at = 2
    while at + 9 <= len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _FRAME_MARKERS:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:  # markers without a length
            at += 2
        else:
            at += 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    return None


def _size_by_pillow(content: bytes) -> tuple[int, int] | None:
    """Of the kinds that Pillow opens: read from the header, nothing is decoded."""
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=PILLOW_FORMATS) as image:
            return image.size
    except PILLOW_FAULTS:
        return None

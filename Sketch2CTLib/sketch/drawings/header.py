"""What a file is and how large its picture, from its first bytes; and the size of its paper, told inside a PNG."""

from __future__ import annotations

import io
import math
import re
import struct
import zlib
from typing import TYPE_CHECKING, Literal

from ...errors import SketchError

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

GZIP_SIGNATURE = b"\x1f\x8b"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"
MAX_MEGAPIXELS = 64
PAPER_KEY = "sketch2ct:paper_mm"
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
_HEAD = 4096  # bytes in which an SVG must have shown its root or its prolog
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


def _picture_kind(content: bytes) -> PictureKind | None:
    if content.startswith(JPEG_SIGNATURE + b"\xff"):  # fill bytes instead of a segment
        return None
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


def opened_picture(content: bytes, name: str) -> ImageFile:
    """A picture of which only the header is read; its `size` is told, nothing is decoded.

    Raises:
        SketchError: Not a picture that is read, damaged, or more than 64 megapixels.
    """
    kind = _picture_kind(content)
    if kind is None:
        raise SketchError(f"'{name}' is not a PNG or JPEG picture.", hint="Save the drawing as PNG.")
    image = _opened(content, kind)
    if image is None:
        raise SketchError(f"'{name}' is a damaged picture: it does not tell its size.", hint="Save it again.")
    width, height = image.size
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise SketchError(
            f"'{name}' has {width}×{height} pixels, more than {MAX_MEGAPIXELS} megapixels.", hint="Make it smaller."
        )
    return image


def with_paper_size(png_bytes: bytes, mm: float) -> bytes:
    """A PNG of the same pixels that also says how long the longer edge of its paper is.

    Args:
        png_bytes: A whole PNG file; its other texts are kept.
        mm: Longer edge of the paper, in mm.

    Raises:
        SketchError: Not a PNG, or a size that no paper has.
    """
    from PIL.PngImagePlugin import PngInfo

    image = _opened(png_bytes, "png")
    if image is None:
        raise SketchError("Only a PNG can carry the size of its paper.", hint="Save the drawing as PNG.")
    if not (math.isfinite(mm) and 0 < mm <= _FARTHEST_MM):
        raise SketchError(f"A paper of {mm} mm cannot be.", hint="Give the longer edge in mm.")
    texts = PngInfo()
    for key, value in {**_texts(image), PAPER_KEY: f"{mm:.10g}"}.items():
        texts.add_text(key, value)
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=texts)
    return out.getvalue()


def paper_size_mm(image: ImageFile) -> float | None:
    """The longer edge of a picture's paper in mm, as `with_paper_size` wrote it, or None."""
    try:
        mm = float(_texts(image)[PAPER_KEY])
    except (KeyError, ValueError):
        return None
    return mm if math.isfinite(mm) and 0 < mm <= _FARTHEST_MM else None


def _texts(image: ImageFile) -> dict[str, str]:
    """The texts that stand before the pixels of a PNG."""
    return {key: value for key, value in image.info.items() if isinstance(key, str) and isinstance(value, str)}


def _opened(content: bytes, kind: PictureKind) -> ImageFile | None:
    """A picture of which only the header is read, or None where that is damaged.

    The reader of the kind is called itself: `Image.open` has a limit of pixels of its own, and warns.
    """
    from PIL import GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

    readers: dict[PictureKind, type[ImageFile]] = {
        "png": PngImagePlugin.PngImageFile,
        "jpeg": JpegImagePlugin.JpegImageFile,
        "gif": GifImagePlugin.GifImageFile,
        "tiff": TiffImagePlugin.TiffImageFile,
        "webp": WebPImagePlugin.WebPImageFile,
    }
    try:
        return readers[kind](io.BytesIO(content))
    except PILLOW_FAULTS:
        return None

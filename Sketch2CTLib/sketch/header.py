"""The size of a PNG or JPEG from its first bytes, before anything is decoded."""

from __future__ import annotations

import struct
from typing import Literal

from ..errors import SketchError

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0–SOF15 without DHT, JPG, DAC


def is_picture(content: bytes) -> bool:
    """Whether the bytes begin as a PNG or a JPEG does."""
    return content.startswith((PNG_SIGNATURE, JPEG_SIGNATURE))


def picture_kind(content: bytes, name: str) -> Literal["png", "jpeg"]:
    """What the bytes begin as; raises SketchError for anything else."""
    if content.startswith(PNG_SIGNATURE):
        return "png"
    if content.startswith(JPEG_SIGNATURE):
        return "jpeg"
    raise SketchError(f"'{name}' is not a PNG or JPEG picture.", hint="Save the drawing as PNG.")


def picture_size(content: bytes, name: str) -> tuple[int, int]:
    """(width, height) in pixels.

    Raises:
        SketchError: Not a PNG or JPEG, or cut off before its size is told.
    """
    found = _png_size(content) if picture_kind(content, name) == "png" else _jpeg_size(content)
    if found is None or min(found) < 1:
        raise SketchError(f"'{name}' is a damaged picture: it does not tell its size.", hint="Save it again.")
    return found


def _png_size(content: bytes) -> tuple[int, int] | None:
    if len(content) < 24 or content[12:16] != b"IHDR":
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

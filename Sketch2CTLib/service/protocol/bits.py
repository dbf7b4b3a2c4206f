"""A small mask as text: its bits, compressed; 64³ voxels of an organ take some 3 kB."""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np
from numpy.typing import NDArray

from .faults import ProtocolError


def packed(body: NDArray[np.bool_]) -> str:
    """The bits of a (D, H, W) mask in the order of its axes, compressed by zlib, as base64."""
    return base64.b64encode(zlib.compress(np.packbits(body).tobytes(), 1)).decode("ascii")


def unpacked(text: str, shape_kji: tuple[int, int, int]) -> NDArray[np.bool_]:
    """The (D, H, W) bool mask that was packed.

    Raises:
        ProtocolError: The text is none, or of another shape.
    """
    voxels = int(np.prod(shape_kji, dtype=np.int64))
    size = (voxels + 7) // 8
    try:
        content = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), size + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise ProtocolError(f"The mask that was sent cannot be read ({error}).") from error
    if len(content) != size:
        raise ProtocolError(f"The mask that was sent has not the {voxels:,} voxels of its shape.")
    return np.unpackbits(np.frombuffer(content, np.uint8), count=voxels).astype(bool).reshape(shape_kji)

"""A picture of numbers as Qt's image."""

from __future__ import annotations

import numpy as np
import qt

from Sketch2CTLib.errors import InputError


def picture_to_image(picture):
    """The QImage of an array; it owns its pixels.

    Args:
        picture: (rows, columns) grey or (rows, columns, 3) red, green, blue; uint8, row 0 on top.

    Raises:
        InputError: An array of another shape.
    """
    pixels = np.ascontiguousarray(picture, dtype=np.uint8)
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3) or 0 in pixels.shape:
        raise InputError(f"A picture of shape {pixels.shape} cannot be shown.", hint="Give rows × columns.")
    rows, columns = pixels.shape[:2]
    # The netpbm formats are built into Qt and the same in every binding, unlike constructors from a buffer.
    head = f"{'P5' if pixels.ndim == 2 else 'P6'} {columns} {rows} 255\n".encode("ascii")
    image = qt.QImage()
    image.loadFromData(qt.QByteArray(head + pixels.tobytes()))
    return image

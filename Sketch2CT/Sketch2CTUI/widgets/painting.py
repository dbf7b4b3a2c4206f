"""Painting with Qt: painters that end, arrays as pictures, inks for the palette at hand."""

from __future__ import annotations

import html
from contextlib import contextmanager

import numpy as np
import qt

from Sketch2CTLib.errors import InputError

from .translation import _

_LIGHT = {"met": "#1b6e2f", "off": "#a3231b", "unknown": "#6b5900"}
_DARK = {"met": "#86d693", "off": "#ff9d93", "unknown": "#e2cc6b"}
_WORDS = {"met": _("met"), "off": _("off"), "unknown": _("unknown"), "not asked": _("not asked")}
_MARKS = {"met": "✓", "off": "✗", "unknown": "?"}
_MIDDLE = 128  # lightness, 0–255


def is_dark(widget) -> bool:
    """Whether the widget's background is darker than the middle grey."""
    return widget.palette.color(qt.QPalette.Base).lightness() < _MIDDLE


def ink(state: str, widget) -> qt.QBrush | None:
    """The brush of a state on this widget; None where the usual ink is right."""
    name = (_DARK if is_dark(widget) else _LIGHT).get(state)
    return None if name is None else qt.QBrush(qt.QColor(name))


def ink_name(state: str, widget) -> str:
    """The same as '#rrggbb', for style sheets and rich text."""
    return (_DARK if is_dark(widget) else _LIGHT).get(state, "")


def marked(state: str, word: str = "") -> str:
    """'✓ met', '✗ off', '? unknown', in the language of the program.

    Args:
        state: As the inks know it.
        word: What stands there in its place.
    """
    word = word or _WORDS.get(state, state)
    return f"{_MARKS[state]} {word}" if state in _MARKS else word


def inked(text: str, state: str, widget, mark: str = "") -> str:
    """Plain text as rich text in the ink of a state, behind a mark; in the usual ink where the state has none."""
    escaped = html.escape(f"{mark}{text}", quote=False)
    color = ink_name(state, widget)
    return f'<span style="color:{color}">{escaped}</span>' if color and text else escaped


@contextmanager
def painting(device):
    """An anti-aliasing painter of the device, for a `with`; it is ended whatever happens."""
    painter = qt.QPainter(device)
    try:
        painter.setRenderHint(qt.QPainter.Antialiasing, True)
        yield painter
    finally:
        painter.end()


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

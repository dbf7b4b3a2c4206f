"""Inks for met, off and unknown that can be read on the palette at hand; always beside a word, never alone."""

from __future__ import annotations

import qt

_LIGHT = {"met": "#1b6e2f", "off": "#a3231b", "unknown": "#6b5900"}
_DARK = {"met": "#86d693", "off": "#ff9d93", "unknown": "#e2cc6b"}
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


def marked(state: str) -> str:
    """'✓ met', '✗ off', '? unknown'."""
    return f"{_MARKS[state]} {state}" if state in _MARKS else state

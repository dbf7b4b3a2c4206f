"""What every tool of the canvas shares: where the pointer is, and what a tool can be told."""

from __future__ import annotations

from dataclasses import dataclass

import qt

REACH = 9.0  # pixels within which ends are joined and lines are caught


@dataclass(frozen=True)
class Pointer:
    """Where the pen or the mouse is.

    Args:
        x, y: Pixels of the widget.
        pressure: 0–1 of a pen, None of a mouse.
        straight: Whether Shift is held.
    """

    x: float
    y: float
    pressure: float | None = None
    straight: bool = False


class Tool:
    """One way to change the drawing; `canvas` is the SketchCanvas."""

    name = ""
    cursor = "CrossCursor"

    def __init__(self, canvas) -> None:
        self.canvas = canvas

    def press(self, at: Pointer) -> None:
        """The button or the pen went down."""

    def drag(self, at: Pointer) -> None:
        """It moved while down."""

    def release(self, at: Pointer) -> None:
        """It went up: the edit is committed."""

    def hover(self, at: Pointer) -> None:
        """It moved while up."""

    def cancel(self) -> None:
        """The edit is given up: nothing changes."""

    def paint(self, painter, colors) -> None:
        """Marks over the drawing."""

    def leave(self) -> None:
        """The pointer left the widget."""


def paint_ring(painter, x: float, y: float, radius: float, color) -> None:
    """A thin circle."""
    painter.setBrush(qt.QBrush(qt.Qt.NoBrush))
    painter.setPen(qt.QPen(color, 1.5))
    painter.drawEllipse(qt.QPointF(float(x), float(y)), float(radius), float(radius))

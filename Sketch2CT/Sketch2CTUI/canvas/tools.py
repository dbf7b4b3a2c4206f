"""The tools that draw: freehand and straight. They paint the live layer, and add a stroke at the end."""

from __future__ import annotations

import math

import numpy as np
import qt

from Sketch2CTLib.sketch import Stroke

from .changing import EraserTool, MoveTool
from .layers import line_pen, line_width, painting
from .strokes import USUAL_PRESSURE, open_end
from .tool import REACH, Pointer, Tool, paint_ring

_LEAST_STEP = 1.0  # pixels between two points of a line
_STEADY = 0.75  # pixels by which a point may be moved to take the stairs of whole pixels out of a line
_HALF_RIGHT_ANGLE = math.radians(45)


def steadied(points: np.ndarray, most: float) -> np.ndarray:
    """A line without the stairs of whole pixels: inner points go towards their neighbours' middle.

    Args:
        points: (N, 2).
        most: How far a point may be moved.
    """
    if len(points) < 3:
        return points
    shift = (points[:-2] + points[2:] - 2 * points[1:-1]) / 4
    length = np.linalg.norm(shift, axis=1, keepdims=True)
    shift *= np.minimum(1.0, most / np.maximum(length, 1e-12))
    return np.concatenate([points[:1], points[1:-1] + shift, points[-1:]])


class PenTool(Tool):
    """Draws freehand; a line that comes back to its start is closed, one that begins at an open end goes on there."""

    name = "pen"

    def __init__(self, canvas) -> None:
        super().__init__(canvas)
        self._points: list[tuple[float, float]] = []
        self._pressures: list[float | None] = []
        self._last = (0.0, 0.0)

    def press(self, at: Pointer) -> None:
        self._points, self._pressures, self._last = [], [], (at.x, at.y)
        self._add(at)

    def drag(self, at: Pointer) -> None:
        if math.hypot(at.x - self._last[0], at.y - self._last[1]) < _LEAST_STEP:
            return
        self._paint_piece(at)
        self._add(at)

    def release(self, at: Pointer) -> None:
        self.drag(at)
        points, told = self._points, self._pressures
        self._points, self._pressures = [], []
        if len(points) < 2:  # a tap is no line
            self.canvas.drop_live()
            return
        pressure = None
        if any(one is not None for one in told):
            pressure = np.clip([USUAL_PRESSURE if one is None else one for one in told], 0.0, 1.0)
        steady = steadied(np.array(points), _STEADY / self.canvas.viewport.scale)
        self.canvas.add_stroke(Stroke(steady, self.canvas.kind, False, pressure))

    def cancel(self) -> None:
        self._points, self._pressures = [], []
        self.canvas.drop_live()

    def paint(self, painter, colors) -> None:
        """A ring at the start while the pen is so near that the line will close."""
        if len(self._points) < 3:
            return
        x, y = self.canvas.viewport.to_pixels(*self._points[0])
        if math.hypot(x - self._last[0], y - self._last[1]) <= REACH:
            paint_ring(painter, x, y, REACH, colors.mark)

    def _add(self, at: Pointer) -> None:
        self._points.append(self.canvas.viewport.to_mm(at.x, at.y))
        self._pressures.append(at.pressure)
        self._last = (at.x, at.y)

    def _paint_piece(self, at: Pointer) -> None:
        canvas, width = self.canvas, line_width(self.canvas.kind, at.pressure)
        with painting(canvas.layers.live) as painter:
            painter.setPen(line_pen(canvas.ink_color(), width))
            painter.drawLine(qt.QPointF(*self._last), qt.QPointF(at.x, at.y))
        canvas.update_around((self._last, (at.x, at.y)), REACH + width + 2)
        if len(self._points) > 2:
            canvas.update_around((canvas.viewport.to_pixels(*self._points[0]),), REACH + 3)


class LineTool(Tool):
    """Draws a straight line; its ends snap to open ends, and Shift keeps it to steps of 45°."""

    name = "line"

    def __init__(self, canvas) -> None:
        super().__init__(canvas)
        self._start: tuple[float, float] | None = None
        self._end = (0.0, 0.0)

    def press(self, at: Pointer) -> None:
        self._start = self._end = self._snapped(at)

    def drag(self, at: Pointer) -> None:
        if self._start is None:
            return
        before, self._end = self._end, self._snapped(at)
        to_pixels = self.canvas.viewport.to_pixels
        for end in (before, self._end):
            self.canvas.update_around((to_pixels(*self._start), to_pixels(*end)), REACH + 4)

    def release(self, at: Pointer) -> None:
        self.drag(at)
        start, self._start = self._start, None
        if start is None:
            return
        if math.dist(start, self._end) * self.canvas.viewport.scale < 2.0:
            self.canvas.drop_live()
            return
        self.canvas.add_stroke(Stroke(np.array([start, self._end]), self.canvas.kind))

    def cancel(self) -> None:
        self._start = None
        self.canvas.drop_live()

    def paint(self, painter, colors) -> None:
        if self._start is None:
            return
        (x1, y1), (x2, y2) = (self.canvas.viewport.to_pixels(*point) for point in (self._start, self._end))
        painter.setPen(line_pen(self.canvas.ink_color(), line_width(self.canvas.kind, None)))
        painter.drawLine(qt.QPointF(x1, y1), qt.QPointF(x2, y2))

    def _snapped(self, at: Pointer) -> tuple[float, float]:
        canvas = self.canvas
        point = canvas.viewport.to_mm(at.x, at.y)
        end = open_end(canvas.strokes(), point, REACH / canvas.viewport.scale, canvas.kind)
        if end is not None:
            return end
        if not at.straight or self._start is None:
            return point
        du, dv = point[0] - self._start[0], point[1] - self._start[1]
        angle, length = round(math.atan2(dv, du) / _HALF_RIGHT_ANGLE) * _HALF_RIGHT_ANGLE, math.hypot(du, dv)
        return self._start[0] + length * math.cos(angle), self._start[1] + length * math.sin(angle)


TOOLS = {tool.name: tool for tool in (PenTool, LineTool, EraserTool, MoveTool)}

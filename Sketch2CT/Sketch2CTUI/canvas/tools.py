"""The tools of the canvas: pen and straight line draw, the eraser and the mover change what is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import qt

from Sketch2CTLib.sketch import Stroke, edits

from ..widgets.painting import painting
from .layers import line_pen, line_width
from .strokes import USUAL_PRESSURE, nearest, open_end

REACH = 9.0  # pixels within which ends are joined and lines are caught
_LEAST_STEP = 1.0  # pixels between two points of a line
STEADY = 0.75  # pixels by which a point may be moved to take the stairs of whole pixels out of a line
_HALF_RIGHT_ANGLE = math.radians(45)


@dataclass(frozen=True)
class Pointer:
    """The position and pressure of the pen or the mouse.

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
        """Called when the button or the pen went down."""

    def drag(self, at: Pointer) -> None:
        """Called when the pointer moved while down."""

    def release(self, at: Pointer) -> None:
        """Called when the pointer went up: commits the edit."""

    def growing(self) -> Stroke | None:
        """The line that is being drawn, as far as it goes; None where there is none yet."""
        return None

    def hover(self, at: Pointer) -> None:
        """Called when the pointer moved while up."""

    def cancel(self) -> None:
        """Gives the edit up: nothing changes."""

    def paint(self, painter, colors) -> None:
        """Paints marks over the drawing."""

    def leave(self) -> None:
        """Called when the pointer left the widget."""


def paint_ring(painter, x: float, y: float, radius: float, color) -> None:
    """Paints a thin circle."""
    painter.setBrush(qt.QBrush(qt.Qt.NoBrush))
    painter.setPen(qt.QPen(color, 1.5))
    painter.drawEllipse(qt.QPointF(float(x), float(y)), float(radius), float(radius))


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
        points, pressures = self._points, self._pressures
        self._points, self._pressures = [], []
        if len(points) < 2:  # a tap is no line
            self.canvas.drop_live()
            return
        pressure = None
        if any(one is not None for one in pressures):
            pressure = np.clip([USUAL_PRESSURE if one is None else one for one in pressures], 0.0, 1.0)
        steady = steadied(np.array(points), STEADY / self.canvas.viewport.scale)
        self.canvas.add_stroke(Stroke(steady, self.canvas.kind, False, pressure))

    def growing(self) -> Stroke | None:
        return Stroke(np.array(self._points), self.canvas.kind) if len(self._points) > 2 else None

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


class EraserTool(Tool):
    """Rubs out what it passes over: it cuts lines exactly at its rim."""

    name = "eraser"
    cursor = "BlankCursor"

    def __init__(self, canvas) -> None:
        super().__init__(canvas)
        self._track: list[tuple[float, float]] = []
        self._at: tuple[float, float] | None = None

    def press(self, at: Pointer) -> None:
        self._track = [self.canvas.viewport.to_mm(at.x, at.y)]
        self._rub((at.x, at.y), (at.x, at.y))
        self._show(at)

    def drag(self, at: Pointer) -> None:
        if not self._track:
            return
        self._rub(self.canvas.viewport.to_pixels(*self._track[-1]), (at.x, at.y))
        self._track.append(self.canvas.viewport.to_mm(at.x, at.y))
        self._show(at)

    def release(self, at: Pointer) -> None:
        self.drag(at)
        track, self._track = self._track, []
        if track:
            left = edits.erase(self.canvas.strokes(), np.array(track), self.canvas.eraser_mm / 2)
            self.canvas.commit(left)

    def hover(self, at: Pointer) -> None:
        self._show(at)

    def cancel(self) -> None:
        self._track = []
        self.canvas.refresh_ink()

    def leave(self) -> None:
        """Called when the pointer left the widget."""
        if self._at is not None:
            self.canvas.update_around((self._at,), self._radius + 3)
            self._at = None

    def paint(self, painter, colors) -> None:
        if self._at is not None:
            paint_ring(painter, *self._at, self._radius, colors.text)

    @property
    def _radius(self) -> float:
        return self.canvas.eraser_mm / 2 * self.canvas.viewport.scale

    def _show(self, at: Pointer) -> None:
        before, self._at = self._at, (at.x, at.y)
        for point in (before, self._at):
            if point is not None:
                self.canvas.update_around((point,), self._radius + 3)

    def _rub(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Takes the ink off the picture alone; the strokes themselves are cut at the release."""
        with painting(self.canvas.layers.ink) as painter:
            painter.setCompositionMode(qt.QPainter.CompositionMode_Clear)
            painter.setPen(line_pen(qt.QColor(0, 0, 0), 2 * self._radius))
            painter.drawLine(qt.QPointF(*start), qt.QPointF(end[0] + 0.01, end[1]))  # a point is no line
        self.canvas.update_around((start, end), self._radius + 3)


class MoveTool(Tool):
    """Moves the line under the pointer; beside all lines, or with Shift, the whole drawing."""

    name = "move"
    cursor = "SizeAllCursor"

    def __init__(self, canvas) -> None:
        super().__init__(canvas)
        self._start: Pointer | None = None
        self._by = (0.0, 0.0)
        self.chosen: tuple[int, ...] = ()

    def press(self, at: Pointer) -> None:
        strokes = self.canvas.strokes()
        if not strokes:
            return
        self.chosen = self._under(at) or tuple(range(len(strokes)))
        self._start, self._by = at, (0.0, 0.0)
        self.canvas.lift(self.chosen)

    def drag(self, at: Pointer) -> None:
        if self._start is not None:
            self._by = (at.x - self._start.x, at.y - self._start.y)
            self.canvas.shift_live(*self._by)

    def release(self, at: Pointer) -> None:
        self.drag(at)
        start, self._start = self._start, None
        if start is None:
            return
        scale = self.canvas.viewport.scale
        by_mm = self._by[0] / scale, -self._by[1] / scale
        self.canvas.commit(edits.move(self.canvas.strokes(), by_mm, self.chosen) if any(by_mm) else None)

    def hover(self, at: Pointer) -> None:
        chosen = self._under(at)
        if chosen != self.chosen:
            self.chosen = chosen
            self.canvas.update()

    def cancel(self) -> None:
        self._start = None
        self.canvas.refresh_ink()

    def paint(self, painter, colors) -> None:
        """A broad mark along the line that would move."""
        if self._start is not None:
            return
        strokes, mark = self.canvas.strokes(), qt.QColor(colors.mark)
        mark.setAlpha(110)
        for number in self.chosen:
            if number < len(strokes):
                self.canvas.layers.paint_mark(painter, strokes[number], self.canvas.viewport, mark)

    def _under(self, at: Pointer) -> tuple[int, ...]:
        if at.straight:
            return ()
        viewport = self.canvas.viewport
        number = nearest(self.canvas.strokes(), viewport.to_mm(at.x, at.y), REACH / viewport.scale)
        return () if number is None else (number,)


TOOLS = {tool.name: tool for tool in (PenTool, LineTool, EraserTool, MoveTool)}

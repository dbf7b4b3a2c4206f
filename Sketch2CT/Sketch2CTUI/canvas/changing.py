"""The tools that change what is drawn: the eraser and the mover."""

from __future__ import annotations

import numpy as np
import qt

from Sketch2CTLib.sketch import edits

from .layers import line_pen, painting
from .strokes import nearest
from .tool import REACH, Pointer, Tool, paint_ring


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
        """The pointer left the widget."""
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
        found = nearest(self.canvas.strokes(), viewport.to_mm(at.x, at.y), REACH / viewport.scale)
        return () if found is None else (found,)

"""Contours in the slice views: drawn there by hand while the tool is on, and shown there as curves where they lie."""

from __future__ import annotations

from typing import Any

import numpy as np

from Sketch2CTLib.errors import Sketch2CTError
from Sketch2CTLib.frames import PlaneFrame

from ..nodes.curves import MOST_CURVES, ContourCurves, Curve
from ..nodes.slice_pen import SlicePen
from ..sketch.cuts import SliceLine
from ..sketch.planes import main_sheet, seen_from
from ..widgets.events import attempt, slot
from ..widgets.translation import _
from .steps import Steps

_LEAST_POINTS = 3  # fewer are a tap
_NO_VIEWS = _("No slice view is open: choose a layout with slice views first.")
_DRAW = _("Draw in a slice view with the left button: a contour on the slice that it shows. Esc ends it.")
_EMPTY = _("No scan is shown: the slice views are moved to where the sketch lies.")


class SliceDrawer:
    """The hand of the pen in the slice views, and what keeps the curves as the contours are.

    Args:
        window: The panels.
    """

    def __init__(self, window) -> None:
        self._window, self._placer = window, window.surroundings.placer
        self._plane: PlaneFrame | None = None  # of the line that is under way
        self._pen, self._curves = SlicePen(self), ContourCurves()
        self._shown: list[tuple[Any, PlaneFrame]] = []  # stroke and plane of each curve
        self._steps = Steps(self._not_shown)
        sketch = window.sketch
        sketch.list.on_slices.add(slot(self.set_on, self._tell))
        for listeners in (sketch.list.on_curves, sketch.on_changed):
            listeners.add(self.show_curves)

    @property
    def is_on(self) -> bool:
        """Whether lines are drawn in the slice views."""
        return self._pen.is_on

    @property
    def curves(self) -> list:
        """The curves' nodes."""
        return self._curves.nodes

    def set_on(self, on: bool) -> None:
        """Begins or ends drawing in the slice views; where none shows a scan they go to where the sketch lies."""
        if not on:
            self.off()
            return
        if self._placer is None or not self._pen.on():
            self.off()
            self._window.show_message(_NO_VIEWS)
            return
        self._window.sketch.list.show_on_slices(True)
        keys = [key for key, _title in self._placer.choices()]
        if not all(map(self._placer.is_empty, keys)):
            self._window.show_message(_DRAW)
            return
        main = main_sheet(self._window.sketch.canvas.sheets.all).plane
        for key in keys:
            self._placer.frame(key, main, seen_from)
        self._window.show_message(f"{_EMPTY} {_DRAW}")

    def off(self) -> None:
        """Ends drawing in the slice views: nothing observes them any more."""
        was_on = self.is_on
        self._pen.off()
        self._window.sketch.list.show_on_slices(False)
        if was_on:
            self._window.show_message("")

    def refresh(self) -> None:
        """Slice views may have come or gone."""
        self._pen.refresh()

    def turn(self) -> None:
        """Another organ is in front: a line that is under way is given up, and its contours are shown."""
        self._pen.give_up()
        self.show_curves()

    def jump(self) -> None:
        """Scrolls the slice views of the drawing's view to where it lies."""
        if self._placer is not None:
            self._placer.jump(self._window.sketch.canvas.plane)

    def forget(self) -> None:
        """The scene goes away: drawing ends, and the curves go with it."""
        self._steps.drop()
        self.off()
        self._curves.forget()
        self._shown = []

    def stop(self) -> None:
        """The panels go away, and the curves with them."""
        self._steps.drop()
        self.off()
        attempt(lambda: self._curves.drop_from(0), self._not_shown)
        self._shown = []

    # ---- what the pen tells

    def begin(self, key: str) -> None:
        """A line begins in a slice view; an edit on the canvas that is under way is given up."""
        self._window.sketch.canvas.stop()
        self._plane = None

        def place() -> None:
            self._plane = self._placer.plane(key)

        attempt(place, self._tell)
        if self._plane is None:
            self._pen.give_up()

    def grow(self, points_ras: np.ndarray, pixel_mm: float) -> None:
        """The line goes on: the draft follows."""
        if self._plane is not None and len(points_ras) >= _LEAST_POINTS:
            self._window.sketch.slice_line = SliceLine(self._plane, points_ras, pixel_mm)
            self._window.sketch.on_stroke()

    def end(self, points_ras: np.ndarray, pixel_mm: float) -> None:
        """The line is done: one edit."""
        plane, self._plane, self._window.sketch.slice_line = self._plane, None, None
        if plane is not None and len(points_ras) >= _LEAST_POINTS:
            line = SliceLine(plane, points_ras, pixel_mm)
            attempt(lambda: self._window.sketch.draw_line(line), self._tell)

    def give_up(self) -> None:
        """The line is not meant."""
        self._plane = self._window.sketch.slice_line = None

    def undo(self) -> None:
        """Undoes the last edit of the drawings."""
        attempt(self._window.sketch.canvas.undo, self._tell)

    def redo(self) -> None:
        """Redoes what was undone."""
        attempt(self._window.sketch.canvas.redo, self._tell)

    def leave(self) -> None:
        """Esc without a line."""
        attempt(self.off, self._tell)

    # ---- curves

    def show_curves(self, *_ignored) -> None:
        """The curves follow the contours, one on each turn of the event loop."""
        self._steps.drop()
        self._steps.add(self._advance)

    def _wanted(self) -> list[tuple[Any, PlaneFrame]]:
        sketch = self._window.sketch
        if not sketch.list.curves_check.checked:
            return []
        cuts = [one for one in sketch.canvas.sheets.all if one.role == "contour"]
        return [(stroke, one.plane) for one in cuts for stroke in one.strokes if len(stroke.points_mm) > 1][
            :MOST_CURVES
        ]

    def _advance(self) -> None:
        """Shows the first curve that is another one, and looks again on the next turn."""
        wanted = self._wanted()
        for number, one in enumerate(wanted):
            if number >= len(self._shown) or self._shown[number] != one:
                stroke, plane = one
                self._curves.show(number, Curve(plane.to_ras(stroke.points_mm), stroke.closed))
                self._shown = [*self._shown[:number], one, *self._shown[number + 1 :]]
                self._steps.add(self._advance)
                return
        self._curves.drop_from(len(wanted))
        self._shown = self._shown[: len(wanted)]

    def _tell(self, error: Sketch2CTError) -> None:
        self._window.show_message(str(error))

    def _not_shown(self, error: Sketch2CTError) -> None:
        self._window.generate.log(_("No contours in the views: {message}").format(message=error.message))

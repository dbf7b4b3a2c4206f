"""A segment of the scene drawn on the canvas: as it is seen from each view, or its cut in a contour's plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.sketch import Sketch

from ..backend.tasks import SegmentTask
from ..widgets.translation import _

_DRAWING, _DRAWN = _("Drawing the segment …"), _("The segment is drawn; the paper lies around it.")
_CUT = _("The segment's cut is drawn.")


class SegmentDrawing:
    """Has a segment drawn by a process; at most one at a time.

    Args:
        canvas: The canvas with all sheets.
        sources: The rows with the button that starts and stops it.
        say: Called with one sentence.
    """

    def __init__(self, canvas, sources, say: Callable[[str], None]) -> None:
        self._canvas, self._sources, self._say = canvas, sources, say
        self._task: SegmentTask | None = None

    @property
    def is_running(self) -> bool:
        """Whether a segment is being drawn."""
        return self._task is not None

    def start(self, mask_kji, grid: VoxelGrid, level: str, structure: str) -> None:
        """Has a mask drawn: where a view lies on the canvas, on all views, and where a contour does, on that alone."""
        top = self._canvas.sheets.top
        if top.role == "contour":
            plane = {
                "view": top.plane.view,
                "plane_to_ras": top.plane.plane_to_ras.tolist(),
                "size_mm": top.plane.size_mm,
            }
            task, done = {"task": "cut", "plane": plane}, self._cut
        else:
            views = [one.plane.view for one in self._canvas.sheets.all if one.role == "silhouette"]
            task, done = {"task": "draw", "views": views, "level": level}, self._drawn
        self._task = SegmentTask(mask_kji, grid, {**task, "structure": structure}, done, self._failed)
        self._sources.show_extracting(True)
        self._say(_DRAWING)

    def stop(self) -> None:
        """Gives it up; nothing is drawn."""
        if self._task is not None:
            self._task.cancel()
            self._end("")

    def _drawn(self, answer) -> None:
        """One edit of the views that are still there."""
        found = {one.plane.view: one for one in (Sketch.from_dict(record) for record in answer["sketches"])}
        sheets = []
        for sheet in self._canvas.sheets.all:
            own = found.get(sheet.plane.view) if sheet.role == "silhouette" else None
            sheets.append(sheet if own is None else replace(sheet, plane=own.plane, strokes=own.strokes))
        self._canvas.set_sheets(sheets)
        self._end(_DRAWN)

    def _cut(self, answer) -> None:
        """One edit of the contour, where it lies as it did."""
        (cut,) = (Sketch.from_dict(record) for record in answer["sketches"])
        top = self._canvas.sheets.top
        if (top.role, top.plane) == (cut.role, cut.plane):
            self._canvas.set_strokes(cut.strokes)
        self._end(_CUT)

    def _failed(self, message: str, hint: str) -> None:
        self._end(f"{message} {hint}".strip())

    def _end(self, message: str) -> None:
        self._task = None
        self._sources.show_extracting(False)
        self._say(message)

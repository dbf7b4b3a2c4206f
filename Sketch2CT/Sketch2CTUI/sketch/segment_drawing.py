"""A segment as a drawing on the canvases, made by a process of its own: it takes seconds for the grid of a whole CT."""

from __future__ import annotations

from collections.abc import Callable

from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.sketch import Sketch

from ..backend.segment_task import SegmentTask

_DRAWING, _DRAWN = "Drawing the segment …", "The segment is drawn; the paper lies around it."


class SegmentDrawing:
    """At most one segment at a time.

    Args:
        pair: The canvases; see `pair.CanvasPair`.
        sources: The rows with the button that starts and stops it.
        say: Called with one sentence.
    """

    def __init__(self, pair, sources, say: Callable[[str], None]) -> None:
        self._pair, self._sources, self._say = pair, sources, say
        self._task: SegmentTask | None = None

    @property
    def is_running(self) -> bool:
        """Whether a segment is being drawn."""
        return self._task is not None

    def start(self, mask_kji, grid: VoxelGrid, level: str, structure: str) -> None:
        """Has a mask drawn on the views that are shown now."""
        shown = (self._pair.first, self._pair.second) if self._pair.has_second else (self._pair.first,)
        asked = {"task": "draw", "views": [canvas.plane.view for canvas in shown], "level": level}
        self._task = SegmentTask(mask_kji, grid, {**asked, "structure": structure}, self._drawn, self._failed)
        self._sources.show_extracting(True)
        self._say(_DRAWING)

    def stop(self) -> None:
        """Gives it up; nothing is drawn."""
        if self._task is not None:
            self._task.cancel()
            self._end("")

    def _drawn(self, answer) -> None:
        """One edit of each canvas that still shows the view that was drawn."""
        first, *others = (Sketch.from_dict(record) for record in answer["sketches"])
        self._pair.first.set_strokes(first.strokes, plane=first.plane)
        # The second paper follows the first one by itself, also when this is undone.
        second = self._pair.second
        if others and self._pair.has_second and second.plane.view == others[0].plane.view:
            second.set_strokes(others[0].strokes)
        self._end(_DRAWN)

    def _failed(self, message: str, hint: str) -> None:
        self._end(f"{message} {hint}".strip())

    def _end(self, told: str) -> None:
        self._task = None
        self._sources.show_extracting(False)
        self._say(told)

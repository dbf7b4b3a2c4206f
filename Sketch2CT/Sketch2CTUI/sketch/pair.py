"""The canvases: one or two views of a structure, their planes, and a segment drawn on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import qt

from Sketch2CTLib.frames import VIEWS, PlaneFrame, VoxelGrid
from Sketch2CTLib.sketch import Sketch

from ..backend.tasks import SegmentTask
from ..canvas.canvas import SketchCanvas
from ..widgets.layout import without_margins

SECOND_VIEW = {"axial": "coronal", "coronal": "sagittal", "sagittal": "coronal"}
_WIDE = 640  # pixels from which two canvases stand side by side
_LEAST, _MOST = 260, 520  # pixels of a canvas's height
_DRAWING, _DRAWN = "Drawing the segment …", "The segment is drawn; the paper lies around it."


def seen_from(plane: PlaneFrame, view: str) -> PlaneFrame:
    """The plane on another standard view through the same centre; turned as the first one is turned.

    Args:
        plane: The present plane.
        view: Name of the view that is wanted.
    """
    standard, target = (PlaneFrame.standard(name, 1.0).plane_to_ras[:3, :3] for name in (plane.view, view))
    matrix = plane.plane_to_ras.copy()
    matrix[:3, :3] = plane.plane_to_ras[:3, :3] @ standard.T @ target
    return PlaneFrame(VIEWS[view].name, matrix, plane.size_mm)


def is_standard(plane: PlaneFrame) -> bool:
    """Whether the plane is a standard view around the origin: nobody has placed it."""
    usual = PlaneFrame.standard(plane.view, plane.size_mm).plane_to_ras
    return bool(np.allclose(plane.plane_to_ras, usual))


def resized(plane: PlaneFrame, size_mm: float) -> PlaneFrame:
    """The same plane with square paper of another size."""
    return replace(plane, size_mm=(size_mm, size_mm))


class CanvasPair(qt.QWidget):
    """Two canvases, the second one hidden until it is asked for."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.first, self.second = SketchCanvas(), SketchCanvas()
        self.box = without_margins(qt.QBoxLayout(qt.QBoxLayout.TopToBottom, self))
        for canvas in (self.first, self.second):
            self.box.addWidget(canvas, 1)
        self.has_second = False
        self.second.visible = False

    def show_second(self, on: bool) -> None:
        """Shows or hides the second canvas; what is drawn on it stays."""
        self.has_second = bool(on)
        self.arrange()
        self.second.visible = self.has_second

    def arrange(self) -> None:
        """Fits the canvases into the width that there is: about square, never tiny."""
        beside = self.has_second and self.width >= _WIDE
        self.box.setDirection(qt.QBoxLayout.LeftToRight if beside else qt.QBoxLayout.TopToBottom)
        each = self.width // 2 if beside else self.width
        for canvas in (self.first, self.second):
            canvas.minimumHeight = min(max(each, _LEAST), _MOST)

    def resizeEvent(self, _event):
        self.arrange()


class SegmentDrawing:
    """Has a segment drawn on the canvases by a process; at most one at a time.

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
        canvases = (self._pair.first, self._pair.second) if self._pair.has_second else (self._pair.first,)
        task = {"task": "draw", "views": [canvas.plane.view for canvas in canvases], "level": level}
        self._task = SegmentTask(mask_kji, grid, {**task, "structure": structure}, self._drawn, self._failed)
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

    def _end(self, message: str) -> None:
        self._task = None
        self._sources.show_extracting(False)
        self._say(message)

"""Undo and redo of a canvas: its strokes, and the plane where a step changed it too."""

from __future__ import annotations

from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.sketch import History, Stroke

_Planes = tuple[PlaneFrame, PlaneFrame]
_Step = tuple[_Planes | None, bool]  # the planes that it changed, whether it changed strokes


class CanvasHistory:
    """The strokes as they are and were. A step may also move the paper (an extraction, an import), or move it alone."""

    def __init__(self) -> None:
        self._strokes = History()
        self._past: list[_Step] = []
        self._future: list[_Step] = []

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """The present drawing."""
        return self._strokes.present

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier drawing."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether something was undone since the last edit."""
        return bool(self._future)

    def do(self, strokes: tuple[Stroke, ...], planes: _Planes | None = None) -> bool:
        """One more step; False where nothing changed.

        Args:
            strokes: The new drawing.
            planes: The plane before and after, where the step changes it.
        """
        after = self._strokes.do(strokes)
        draws = after is not self._strokes
        if not draws and planes is None:
            return False
        self._strokes = after
        self._past.append((planes, draws))
        self._future.clear()
        return True

    def reset(self, strokes: tuple[Stroke, ...]) -> None:
        """A drawing without a past."""
        self._strokes = History(tuple(strokes))
        self._past.clear()
        self._future.clear()

    def undo(self) -> PlaneFrame | None:
        """One step back; the plane to return to, where the step changed it."""
        if not self.can_undo:
            return None
        planes, draws = self._past.pop()
        self._future.append((planes, draws))
        self._strokes = self._strokes.undo() if draws else self._strokes
        return planes[0] if planes is not None else None

    def redo(self) -> PlaneFrame | None:
        """One undone step forward; the plane that it brought, where it did."""
        if not self.can_redo:
            return None
        planes, draws = self._future.pop()
        self._past.append((planes, draws))
        self._strokes = self._strokes.redo() if draws else self._strokes
        return planes[1] if planes is not None else None

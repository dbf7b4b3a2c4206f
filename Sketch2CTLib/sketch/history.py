"""Undo and redo of a drawing: its states, sharing the strokes that did not change."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .model import Stroke


@dataclass(frozen=True)
class History:
    """A drawing, what it was, and what it was before it was undone. Strokes are shared between states, never copied.

    Args:
        present: The canvas as it is.
        past: Earlier canvases, the oldest first.
        future: Undone canvases, the one that `redo` gives last.
    """

    present: tuple[Stroke, ...] = ()
    past: tuple[tuple[Stroke, ...], ...] = ()
    future: tuple[tuple[Stroke, ...], ...] = ()

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier canvas."""
        return bool(self.past)

    @property
    def can_redo(self) -> bool:
        """Whether something was undone since the last edit."""
        return bool(self.future)

    def do(self, strokes: tuple[Stroke, ...]) -> History:
        """The history with a new canvas; what was undone is forgotten. A canvas of the same strokes is no step."""
        strokes = tuple(strokes)
        if len(strokes) == len(self.present) and all(map(_same, strokes, self.present)):
            return self
        return History(strokes, (*self.past, self.present))

    def undo(self) -> History:
        """One canvas back; itself where there is none."""
        if not self.past:
            return self
        return replace(self, present=self.past[-1], past=self.past[:-1], future=(*self.future, self.present))

    def redo(self) -> History:
        """One undone canvas forward; itself where there is none."""
        if not self.future:
            return self
        return replace(self, present=self.future[-1], past=(*self.past, self.present), future=self.future[:-1])


def _same(one: Stroke, other: Stroke) -> bool:
    return one is other or one == other

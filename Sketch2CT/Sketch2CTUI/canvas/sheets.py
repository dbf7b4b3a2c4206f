"""All drawings of a request: sheets of paper with their lines, which of them lies on the canvas, and what they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from Sketch2CTLib.frames import PlaneFrame, told_place
from Sketch2CTLib.sketch import History, Stroke
from Sketch2CTLib.sketch.model import Role

from ..widgets.terms import view_title
from ..widgets.translation import _


@dataclass(frozen=True)
class CanvasSheet:
    """A drawing on its paper, which may be empty yet.

    Args:
        plane: Where the paper lies.
        role: `silhouette` for the organ as it is seen from that side, `contour` for its cut in the plane.
        strokes: What is drawn on it, in mm on the plane.
    """

    plane: PlaneFrame
    role: Role = "silhouette"
    strokes: tuple[Stroke, ...] = ()

    @property
    def title(self) -> str:
        """'Axial view', 'Axial contour at S +12 mm'."""
        name = view_title(self.plane.view)
        if self.role == "silhouette":
            return _("{name} view").format(name=name)
        return _("{name} contour at {place}").format(
            name=name, place=told_place(self.plane.view, self.plane.position_mm)
        )


class CanvasSheets:
    """The sheets, at least one, with one history for all of them. What lies on top is no part of the history.

    Args:
        first: The sheet that there is at first.
    """

    def __init__(self, first: CanvasSheet) -> None:
        self._history, self._top, self._joint = History((first,)), 0, ""

    @property
    def all(self) -> tuple[CanvasSheet, ...]:
        """The sheets in the order in which they came."""
        return self._history.present

    @property
    def top(self) -> CanvasSheet:
        """The sheet that lies on the canvas."""
        return self.all[self._top]

    @property
    def number(self) -> int:
        """Its place among all, from 0."""
        return self._top

    @property
    def can_undo(self) -> bool:
        """Whether there was an edit."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether an edit was undone since the last one."""
        return self._history.can_redo

    def choose(self, number: int) -> None:
        """Lays another sheet on top."""
        self._top, self._joint = number, ""

    def with_top(self, sheet: CanvasSheet) -> tuple[CanvasSheet, ...]:
        """All sheets, with another one in place of the top one."""
        return (*self.all[: self._top], sheet, *self.all[self._top + 1 :])

    def do(self, sheets: Iterable[CanvasSheet], top: int | None = None, joint: str = "") -> bool:
        """One more step, unless the sheets are the same; False where another one does not lie on top either.

        Args:
            sheets: The new sheets.
            top: Which of them lies on top; by default the one in the same place.
            joint: A name; steps of one name that follow each other are undone together.
        """
        before, shown = self._history, self._top
        self._history = before.do(sheets, joined=bool(joint) and joint == self._joint)
        self._top = min(self._top if top is None else top, len(self.all) - 1)
        self._joint = joint
        return self._history is not before or self._top != shown

    def reset(self, sheets: Iterable[CanvasSheet]) -> None:
        """Other sheets, without a past; the first one lies on top."""
        self._history, self._top, self._joint = History(tuple(sheets)), 0, ""

    def revise(self, change: Callable[[CanvasSheet], CanvasSheet]) -> None:
        """Changes every sheet, also those of the past: undoing does not take it back."""
        self._history = self._history.revised(change)

    def undo(self) -> None:
        """One step back; the sheet that the step had changed lies on top."""
        self._go(self._history.undo())

    def redo(self) -> None:
        """One undone step forward; the sheet that it changes lies on top."""
        self._go(self._history.redo())

    def _go(self, after: History[CanvasSheet]) -> None:
        before, self._history, self._joint = self.all, after, ""
        now = self.all
        changed = [number for number, one in enumerate(now) if number >= len(before) or one is not before[number]]
        if self._top not in changed:
            self._top = min(changed, default=self._top)
        self._top = min(self._top, len(now) - 1)

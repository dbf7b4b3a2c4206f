"""A pen in the slice views: the left button draws there while it is on, everything else works as it did.

It observes the views' interactors before Slicer does, and takes the events of a line from the others; switched off it
observes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import slicer
import vtk

from .views import INK_RGB

_PRIORITY = 100.0  # before Slicer's own tools in the view, the Segment Editor's at 1 too
_LEAST_STEP = 1.0  # pixels between two points of a line
_WIDTH = 2.0  # pixels
_PRESSES = ("LeftButtonPressEvent", "LeftButtonDoubleClickEvent")
_WHEEL = ("MouseWheelForwardEvent", "MouseWheelBackwardEvent")
_EVENTS = (*_PRESSES, *_WHEEL, "MouseMoveEvent", "LeftButtonReleaseEvent", "KeyPressEvent")


class Hand(Protocol):
    """Who hears of the lines; points are (N, 3) RAS mm, on the slice that the view showed when the line began."""

    def begin(self, key: str) -> None:
        """A line begins in the slice view of that key."""

    def grow(self, points_ras: np.ndarray, pixel_mm: float) -> None:
        """It has these points now."""

    def end(self, points_ras: np.ndarray, pixel_mm: float) -> None:
        """It is done."""

    def give_up(self) -> None:
        """It is not meant."""

    def undo(self) -> None:
        """Ctrl+Z in a slice view."""

    def redo(self) -> None:
        """Ctrl+Shift+Z or Ctrl+Y in a slice view."""

    def leave(self) -> None:
        """Esc in a slice view where no line is under way."""


class SlicePen:
    """The pen.

    Args:
        hand: Who hears of the lines.
    """

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._watched: list[_WatchedView] = []
        self.is_on = False

    def on(self) -> int:
        """Switches it on; gives back in how many slice views."""
        self.is_on = True
        self.refresh()
        return len(self._watched)

    def off(self) -> None:
        """Switches it off; a line that is under way is given up, and nothing is observed any more."""
        self.is_on = False
        for one in self._watched:
            one.leave()
        self._watched = []

    def give_up(self) -> None:
        """Gives up a line that is under way."""
        for one in self._watched:
            one.give_up()

    def refresh(self) -> None:
        """Views came or went: those that there are now are drawn in."""
        if not self.is_on:
            return
        there = {node.GetID(): (node, interactor, render) for node, interactor, render in _open_views()}
        for one in [one for one in self._watched if one.key not in there or one.interactor is not there[one.key][1]]:
            one.leave()
            self._watched.remove(one)
        known = {one.key for one in self._watched}
        self._watched += [_WatchedView(*view, self._hand) for key, view in there.items() if key not in known]


def _open_views() -> list[tuple[Any, Any, Callable[[], None]]]:
    """Slice node, interactor and what asks for a new picture, of each slice view of the application."""
    manager = slicer.app.layoutManager()
    if manager is None:
        return []
    widgets = [manager.sliceWidget(name) for name in manager.sliceViewNames()]
    views = [(one.mrmlSliceNode(), one.sliceView()) for one in widgets if one is not None]
    return [(node, view.interactor(), view.scheduleRender) for node, view in views if node is not None]


class _WatchedView:
    """One slice view that is drawn in.

    Args:
        node: Its slice node.
        interactor: Its vtkRenderWindowInteractor.
        render: Asks for a new picture.
        hand: Who hears of the lines.
    """

    def __init__(self, node, interactor, render: Callable[[], None], hand: Hand) -> None:
        self._node, self.key, self.interactor, self._hand = node, node.GetID(), interactor, hand
        self._line: _LiveLine | None = None
        self._render = render
        self._tags = {name: interactor.AddObserver(name, self._heard, _PRIORITY) for name in _EVENTS}

    def leave(self) -> None:
        """Observes nothing any more."""
        self.give_up()
        for tag in self._tags.values():
            self.interactor.RemoveObserver(tag)
        self._tags = {}

    def give_up(self) -> None:
        """Gives up the line that is under way."""
        if self._line is not None:
            self._drop_line()
            self._hand.give_up()

    # ---- inside

    def _heard(self, _caller, event: str) -> None:
        interactor = self.interactor
        if event == "KeyPressEvent":
            taken = self._key(str(interactor.GetKeySym()), bool(interactor.GetControlKey()))
        elif event in _PRESSES:
            taken = self._press()
        else:
            taken = self._line is not None
            if taken and event == "MouseMoveEvent":
                self._drag()
            elif taken and event == "LeftButtonReleaseEvent":
                self._release()
        if taken and event in self._tags:  # Esc may have switched the pen off
            interactor.GetCommand(self._tags[event]).SetAbortFlag(1)

    def _press(self) -> bool:
        interactor = self.interactor
        if self._line is not None or interactor.GetShiftKey() or interactor.GetControlKey() or interactor.GetAltKey():
            return self._line is not None  # with those keys Slicer moves and zooms
        self._line = _LiveLine(self._node, interactor)
        self._line.add(interactor.GetEventPosition())
        self._hand.begin(self.key)
        return True

    def _drag(self) -> None:
        if self._line.add(self.interactor.GetEventPosition()):
            self._render()
            self._hand.grow(self._line.points_ras(), self._line.pixel_mm)

    def _release(self) -> None:
        self._line.add(self.interactor.GetEventPosition())
        points, pixel_mm = self._line.points_ras(), self._line.pixel_mm
        self._drop_line()
        self._hand.end(points, pixel_mm)

    def _drop_line(self) -> None:
        line, self._line = self._line, None
        line.remove()
        self._render()

    def _key(self, name: str, control: bool) -> bool:
        if name == "Escape":
            if self._line is not None:
                self.give_up()
            else:
                self._hand.leave()
            return True
        if not control or name.lower() not in ("z", "y"):
            return False
        if self._line is not None:
            self.give_up()
        elif name.lower() == "y" or self.interactor.GetShiftKey():
            self._hand.redo()
        else:
            self._hand.undo()
        return True


class _LiveLine:
    """A line that grows, seen over the slice.

    Args:
        node: The slice node; the line stays on the slice that it shows now.
        interactor: Of the view.
    """

    def __init__(self, node, interactor) -> None:
        to_ras = vtk.vtkMatrix4x4()
        to_ras.DeepCopy(node.GetXYToRAS())
        self._to_ras = slicer.util.arrayFromVTKMatrix(to_ras)
        self.pixel_mm = float(np.linalg.norm(self._to_ras[:3, 0]))
        self._pixels: list[tuple[float, float]] = []
        self._points, self._pieces, self._drawn = vtk.vtkPoints(), vtk.vtkCellArray(), vtk.vtkPolyData()
        self._drawn.SetPoints(self._points)
        self._drawn.SetLines(self._pieces)
        mapper, self._actor = vtk.vtkPolyDataMapper2D(), vtk.vtkActor2D()
        mapper.SetInputData(self._drawn)
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().SetColor(*INK_RGB)
        self._actor.GetProperty().SetLineWidth(_WIDTH)
        self._renderer = interactor.GetRenderWindow().GetRenderers().GetFirstRenderer()
        if self._renderer is not None:
            self._renderer.AddViewProp(self._actor)

    def add(self, pixel) -> bool:
        """Goes on to a place of the view; whether it is another one."""
        x, y = float(pixel[0]), float(pixel[1])
        if self._pixels and np.hypot(x - self._pixels[-1][0], y - self._pixels[-1][1]) < _LEAST_STEP:
            return False
        self._pixels.append((x, y))
        number = self._points.InsertNextPoint(x, y, 0.0)
        if number:
            self._pieces.InsertNextCell(2)
            self._pieces.InsertCellPoint(number - 1)
            self._pieces.InsertCellPoint(number)
        self._points.Modified()
        self._drawn.Modified()
        return True

    def points_ras(self) -> np.ndarray:
        """(N, 3) RAS mm."""
        pixels = np.array(self._pixels)
        return pixels @ self._to_ras[:3, :2].T + self._to_ras[:3, 3]

    def remove(self) -> None:
        """Takes it off the view."""
        if self._renderer is not None:
            self._renderer.RemoveViewProp(self._actor)

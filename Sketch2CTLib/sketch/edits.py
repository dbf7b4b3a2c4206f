"""Edits of a drawing as pure functions of its strokes, and the history that undoes them.

A canvas is a tuple of strokes and may be empty. Strokes that an edit leaves alone come back as the same objects, so
that an undo history costs what was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import SketchError
from .cutting import Eraser
from .limits import MOST_STROKES
from .model import DECIMALS, Stroke, StrokeKind
from .smoothing import simplified_stroke, smoothed_stroke

Item = TypeVar("Item")
Strokes = tuple[Stroke, ...]
Selection = Iterable[int] | None  # places in the tuple; None is all of them

CRUMB_MM = 0.5  # shorter remains of an erased stroke go with it


def add(strokes: Strokes, *new: Stroke) -> Strokes:
    """The canvas with more strokes on top.

    Raises:
        SketchError: More strokes than a sketch can hold.
    """
    if len(strokes) + len(new) > MOST_STROKES:
        raise SketchError(f"A sketch holds at most {MOST_STROKES:,} strokes.", hint="Simplify or erase some.")
    return (*strokes, *new)


def remove(strokes: Strokes, selection: Iterable[int]) -> Strokes:
    """The canvas without these strokes; raises SketchError for one that is not there."""
    gone = _chosen(strokes, selection)
    return tuple(stroke for at, stroke in enumerate(strokes) if at not in gone)


def clear(strokes: Strokes, kind: StrokeKind | None = None) -> Strokes:
    """The canvas without strokes, or without those of one kind."""
    return () if kind is None else tuple(stroke for stroke in strokes if stroke.kind != kind)


def erase(strokes: Strokes, path_mm: ArrayLike, radius_mm: float, *, crumb_mm: float = CRUMB_MM) -> Strokes:
    """The canvas after a round eraser went along a path.

    Strokes are cut exactly where the eraser's rim crosses them; a closed one is opened; pressure is interpolated at
    the cuts. The pieces of a stroke stand where it stood.

    Args:
        strokes: The canvas.
        path_mm: (N, 2) points (u, v) of the eraser's middle, or one point (2,).
        radius_mm: Radius of the eraser.
        crumb_mm: Pieces of a cut stroke that are shorter go too.

    Raises:
        SketchError: The path is not finite points, or the radius is not positive.
    """
    eraser = Eraser(np.atleast_2d(_points(path_mm)), _positive(radius_mm, "radius of the eraser"), crumb_mm)
    return tuple(piece for pieces in eraser.left_of(strokes) for piece in pieces)


def move(strokes: Strokes, by_mm: ArrayLike, selection: Selection = None) -> Strokes:
    """The canvas with strokes moved by (u, v) mm."""
    by = np.round(_points(by_mm), DECIMALS)  # as points are: there and back again is the same drawing
    if by.shape != (2,):
        raise SketchError(f"A move needs two numbers (u, v) in mm, got an array of shape {by.shape}.")
    return _with_points(strokes, selection, lambda points: points + by)


def rotate(strokes: Strokes, degrees: float, about_mm: ArrayLike = (0.0, 0.0), selection: Selection = None) -> Strokes:
    """The canvas with strokes turned about a point, anticlockwise on the paper."""
    angle = np.deg2rad(float(_points(degrees)))
    cos, sin = np.cos(angle), np.sin(angle)
    turn, about = np.array([[cos, sin], [-sin, cos]]), _points(about_mm)
    return _with_points(strokes, selection, lambda points: (points - about) @ turn + about)


def scale(strokes: Strokes, factor: float, about_mm: ArrayLike = (0.0, 0.0), selection: Selection = None) -> Strokes:
    """The canvas with strokes grown or shrunk about a point."""
    size, about = _positive(factor, "factor"), _points(about_mm)
    return _with_points(strokes, selection, lambda points: (points - about) * size + about)


def mirror(strokes: Strokes, axis_u_mm: float = 0.0, selection: Selection = None) -> Strokes:
    """The canvas with strokes mirrored about the vertical line at u: left becomes right."""
    twice = np.array([2 * np.round(float(_points(axis_u_mm)), DECIMALS), 0.0])
    return _with_points(strokes, selection, lambda points: twice + points * (-1.0, 1.0))


def smooth(strokes: Strokes, sigma_mm: float = 2.0, selection: Selection = None) -> Strokes:
    """The canvas with strokes smoothed along their length; ends of open lines stay, closed ones keep their area.

    Args:
        strokes: The canvas.
        sigma_mm: Detail of this size goes.
        selection: Which strokes.
    """
    sigma = _positive(sigma_mm, "width of smoothing")
    return _changed(strokes, selection, lambda stroke: smoothed_stroke(stroke, sigma))


def simplify(strokes: Strokes, tolerance_mm: float = 0.2, selection: Selection = None) -> Strokes:
    """The canvas with the fewest points that stay within a distance of the lines (Douglas–Peucker)."""
    tolerance = _positive(tolerance_mm, "tolerance")
    return _changed(strokes, selection, lambda stroke: simplified_stroke(stroke, tolerance))


def _changed(strokes: Strokes, selection: Selection, change: Callable[[Stroke], Stroke]) -> Strokes:
    if selection is None:
        return tuple(map(change, strokes))
    chosen = _chosen(strokes, selection)
    return tuple(change(stroke) if at in chosen else stroke for at, stroke in enumerate(strokes))


def _with_points(
    strokes: Strokes, selection: Selection, moved: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> Strokes:
    return _changed(strokes, selection, lambda stroke: replace(stroke, points_mm=moved(stroke.points_mm)))


def _chosen(strokes: Strokes, selection: Iterable[int]) -> frozenset[int]:
    chosen = frozenset(selection)
    missing = sorted(at for at in chosen if not 0 <= at < len(strokes))
    if missing:
        raise SketchError(f"There is no stroke {missing[0]}: the drawing has {len(strokes)}, counted from 0.")
    return chosen


def _points(values: ArrayLike) -> NDArray[np.float64]:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise SketchError("Points and numbers of an edit must be numbers in mm.") from error
    if not np.isfinite(array).all():
        raise SketchError("Points and numbers of an edit must be finite, not NaN or infinity.")
    return array


def _positive(value: float, what: str) -> float:
    if not (np.isfinite(value) and value > 0):
        raise SketchError(f"The {what} must be positive, got {value}.")
    return float(value)


@dataclass(frozen=True)
class History(Generic[Item]):
    """A drawing, what it was, and what it was before it was undone. Items are shared between states, never copied.

    Args:
        present: The strokes, or whatever else it consists of, as it is.
        past: Earlier states, the oldest first.
        future: Undone states, the one that `redo` gives last.
    """

    present: tuple[Item, ...] = ()
    past: tuple[tuple[Item, ...], ...] = ()
    future: tuple[tuple[Item, ...], ...] = ()

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier state."""
        return bool(self.past)

    @property
    def can_redo(self) -> bool:
        """Whether something was undone since the last edit."""
        return bool(self.future)

    def do(self, items: Iterable[Item], *, joined: bool = False) -> History[Item]:
        """The history with a new state; what was undone is forgotten. A state of the same items is no step.

        Args:
            items: The new state.
            joined: Whether it takes the place of the present one, so that one `undo` goes back behind both.
        """
        items = tuple(items)
        if len(items) == len(self.present) and all(map(_same, items, self.present)):
            return self
        return History(items, self.past if joined else (*self.past, self.present))

    def undo(self) -> History[Item]:
        """One state back; itself where there is none."""
        if not self.past:
            return self
        return replace(self, present=self.past[-1], past=self.past[:-1], future=(*self.future, self.present))

    def redo(self) -> History[Item]:
        """One undone state forward; itself where there is none."""
        if not self.future:
            return self
        return replace(self, present=self.future[-1], past=(*self.past, self.present), future=self.future[:-1])

    def revised(self, change: Callable[[Item], Item]) -> History[Item]:
        """The history with every item of every state changed, as where the paper of all drawings gets another size."""
        changed: dict[int, Item] = {}

        def of(items: tuple[Item, ...]) -> tuple[Item, ...]:
            for item in items:
                if id(item) not in changed:  # the states hold the items, so that their ids stay theirs
                    changed[id(item)] = change(item)
            return tuple(changed[id(item)] for item in items)

        return History(of(self.present), tuple(map(of, self.past)), tuple(map(of, self.future)))


def _same(one: object, other: object) -> bool:
    return one is other or one == other

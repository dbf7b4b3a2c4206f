"""What a round eraser leaves of a stroke.

The eraser's track is a chain of capsules. A capsule is convex, so a straight piece of a stroke meets it in one
interval; its ends come from the two discs and the box that make the capsule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import SketchError
from .model import Stroke

_LEAST_CUT_MM = 1e-3  # a touch of the rim, and what rounding leaves at an earlier cut, are no cut
_CAPSULES = 4  # looked at in one go, with the pieces near them
_PIECES = 50_000  # the same: bounds the memory

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Eraser:
    """A round eraser and its way.

    Args:
        path_mm: (M, 2) points of its middle.
        radius_mm: Its radius.
        crumb_mm: Pieces of a cut stroke that are shorter are dropped.
    """

    path_mm: Floats
    radius_mm: float
    crumb_mm: float

    def __post_init__(self) -> None:
        if self.path_mm.ndim != 2 or self.path_mm.shape[1] != 2 or len(self.path_mm) < 1:
            raise SketchError(f"An eraser needs points (u, v) in mm, got an array of shape {self.path_mm.shape}.")

    def left_of(self, strokes: Sequence[Stroke]) -> list[tuple[Stroke, ...]]:
        """The pieces that are left of each stroke: itself where the eraser does not touch it."""
        left: list[tuple[Stroke, ...]] = [(stroke,) for stroke in strokes]
        if not strokes:
            return left
        paths = [s.path_mm if len(s.points_mm) > 1 else np.repeat(s.points_mm, 2, axis=0) for s in strokes]
        begins = np.cumsum([0, *map(len, paths)])
        points = np.concatenate(paths)
        real = np.ones(len(points) - 1, dtype=bool)
        real[begins[1:-1] - 1] = False  # from one stroke's end to the next one's start
        piece, first, last = self._intervals(points[:-1], points[1:], real)
        order = np.argsort(piece, kind="stable")
        piece, first, last = piece[order], first[order], last[order]
        bounds = np.searchsorted(piece, begins)
        for at in map(int, np.flatnonzero(np.diff(bounds))):
            mine = slice(bounds[at], bounds[at + 1])
            local = piece[mine] - begins[at]
            left[at] = self._cut(strokes[at], paths[at], local + first[mine], local + last[mine])
        return left

    def _intervals(self, start: Floats, end: Floats, real: Bools) -> tuple[NDArray[np.intp], Floats, Floats]:
        """Which straight pieces are touched, and from where to where, 0–1 along each."""
        track = self.path_mm if len(self.path_mm) > 1 else np.repeat(self.path_mm, 2, axis=0)
        least, most = np.minimum(start, end), np.maximum(start, end)
        intervals: list[tuple[NDArray[np.intp], Floats, Floats]] = []
        for at in range(0, len(track) - 1, _CAPSULES):
            part = track[at : at + _CAPSULES + 1]
            low, high = part.min(axis=0) - self.radius_mm, part.max(axis=0) + self.radius_mm
            near = (least[:, 0] <= high[0]) & (most[:, 0] >= low[0]) & (least[:, 1] <= high[1]) & (most[:, 1] >= low[1])
            for some in _portions(np.flatnonzero(near & real)):
                first, last = _through_capsules(
                    start[some], end[some] - start[some], part[:-1], part[1:], self.radius_mm
                )
                touched = np.nonzero(last >= first)
                intervals.append((some[touched[0]], first[touched], last[touched]))
        none = (np.zeros(0, dtype=np.intp), np.zeros(0), np.zeros(0))
        pieces, firsts, lasts = (np.concatenate(parts) for parts in zip(none, *intervals, strict=True))
        return pieces, firsts, lasts

    def _cut(self, stroke: Stroke, path: Floats, first: Floats, last: Floats) -> tuple[Stroke, ...]:
        """The stroke without the places from `first` to `last`, counted in points."""
        lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
        if not lengths.any():
            return ()
        cut = (last - first) * lengths[np.minimum(first.astype(int), len(lengths) - 1)] > _LEAST_CUT_MM
        if not cut.any():
            return (stroke,)
        return self._pieces(stroke, _kept(_merged(first[cut], last[cut]), len(lengths)))

    def _pieces(self, stroke: Stroke, intervals: list[tuple[float, float]]) -> tuple[Stroke, ...]:
        count = len(stroke.path_mm) - 1
        if stroke.closed and len(intervals) > 1 and intervals[0][0] == 0 and intervals[-1][1] == count:
            # The two halves meet where the line was closed.
            intervals = [*intervals[1:-1], (intervals[-1][0], count + intervals[0][1])]
        pieces = [_between(stroke, first, last) for first, last in intervals]
        return tuple(piece for piece in pieces if piece.length_mm >= self.crumb_mm)


def _portions(chosen: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    for at in range(0, len(chosen), _PIECES):
        yield chosen[at : at + _PIECES]


def _through_capsules(start: Floats, step: Floats, a: Floats, b: Floats, radius: float) -> tuple[Floats, Floats]:
    """(N, M) where N straight pieces enter and leave M capsules, 0–1 along the piece; last < first: not at all."""
    from_a, from_b = start[:, None] - a, start[:, None] - b
    spans = [_through_discs(from_a, step, radius), _through_discs(from_b, step, radius)]
    axis = b - a
    length = np.linalg.norm(axis, axis=1)
    along = axis / np.where(length > 0, length, 1.0)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    in_length = _through_slab((from_a * along).sum(-1), step @ along.T, np.zeros_like(length), length)
    in_width = _through_slab((from_a * across).sum(-1), step @ across.T, np.full_like(length, -radius), radius)
    box = np.maximum(in_length[0], in_width[0]), np.minimum(in_length[1], in_width[1])
    spans.append((np.where(length > 0, box[0], np.inf), np.where(length > 0, box[1], -np.inf)))
    first, last = np.full(from_a.shape[:2], np.inf), np.full(from_a.shape[:2], -np.inf)
    for enter, leave in spans:
        real = leave >= enter
        first = np.where(real, np.minimum(first, enter), first)
        last = np.where(real, np.maximum(last, leave), last)
    return np.clip(first, 0, None), np.clip(last, None, 1)


def _through_discs(away: Floats, step: Floats, radius: float) -> tuple[Floats, Floats]:
    """Roots of |away + t step| = radius; a piece without length is inside for all t or for none."""
    squared = (step**2).sum(-1)[:, None]
    half = (away * step[:, None]).sum(-1)
    rest = (away**2).sum(-1) - radius**2
    still = squared == 0
    root = half**2 - squared * rest
    reach = np.sqrt(np.maximum(root, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        enter, leave = (-half - reach) / squared, (-half + reach) / squared
    enter = np.where(still, np.where(rest <= 0, -np.inf, np.inf), np.where(root >= 0, enter, np.inf))
    leave = np.where(still, np.where(rest <= 0, np.inf, -np.inf), np.where(root >= 0, leave, -np.inf))
    return enter, leave


def _through_slab(at: Floats, speed: Floats, low: Floats, high: Floats | float) -> tuple[Floats, Floats]:
    """Where at + t speed lies between low and high."""
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - at) / speed, (high - at) / speed
    inside = (at >= low) & (at <= high)
    still = speed == 0
    enter = np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(one, other))
    leave = np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(one, other))
    return enter, leave


def _merged(first: Floats, last: Floats) -> Floats:
    """(K, 2) the union of intervals, in order."""
    if not len(first):
        return np.zeros((0, 2))
    order = np.argsort(first)
    first, reach = first[order], np.maximum.accumulate(last[order])
    new = np.append(True, first[1:] > reach[:-1])
    return np.stack([first[new], reach[np.append(np.flatnonzero(new)[1:] - 1, len(first) - 1)]], axis=1)


def _kept(gone: Floats, count: int) -> list[tuple[float, float]]:
    """What lies between the erased intervals, from 0 to the number of straight pieces."""
    starts, ends = np.append(0.0, gone[:, 1]), np.append(gone[:, 0], float(count))
    return [(float(a), float(b)) for a, b in zip(starts, ends, strict=True) if b > a]


def _between(stroke: Stroke, first: float, last: float) -> Stroke:
    """The open stroke between two places, counted in points; `last` may lie beyond the closing point."""
    whole = np.arange(np.floor(first) + 1, np.ceil(last))
    places = np.concatenate([[first], whole, [last]])
    path, pressure = stroke.path_mm, stroke.pressure
    count = len(path) - 1
    low = np.minimum(np.floor(places), np.ceil(last) - 1).astype(int)
    share = (places - low)[:, None]
    low = low % count
    points = (1 - share) * path[low] + share * path[low + 1]
    if pressure is not None:
        pressure = np.append(pressure, pressure[0]) if stroke.closed else pressure
        pressure = np.clip((1 - share[:, 0]) * pressure[low] + share[:, 0] * pressure[low + 1], 0, 1)
    return Stroke(points, stroke.kind, False, pressure)

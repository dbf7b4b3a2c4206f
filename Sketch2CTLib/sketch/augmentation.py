"""Drawing a sketch again as a person would: wobbles, gaps, forgotten creases, lines drawn twice, a pen's pressure.

Models trained on clean synthetic sketches alone fail on freehand ones (Sketch2MedI).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .model import Sketch, Stroke
from .raster import polygon_area
from .smoothing import soften

# A hand's error goes by the width of what it draws (for a disc its radius, for a tube the tube's width) and, since the
# paper is no larger for a thin thing, by the size of the whole: by a mean of both.
_STEP = 0.008  # of the drawing's diagonal, between the points of a redrawn line
_FINEST_STEP = 0.12  # of the width: a thin line needs closer points
_WOBBLE = 0.0145  # of that mean, typical distance from the true line
_THIN = 0.65  # weight of the width in that mean
_ROUND = 0.22  # width of a compact organ over the diagonal of its drawing
_TREMOR = 0.25  # of the wobble, where the hand is slow
_ROUNDING = 0.08  # of the width: corners are cut by as much
_TURN_RAD = 0.01
_GROWTH = 0.006
_COMPACT = 3.0  # widths in the diagonal of a drawing that may be turned and grown in full
_LONGEST_GAP = 0.05  # of a line
_WIDEST_GAP = 0.35  # of the width: wider ones cannot be told from the shape itself
_DRIFT = 1.5  # of the wobble, at the ends of a line
_ENDS = 0.12  # of a line drift
_DOUBLED = (0.06, 0.2)  # of a line, drawn twice

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Hand:
    """Who draws: the chance, the haste, and the errors in mm."""

    rng: np.random.Generator
    strength: float
    step_mm: float
    width_mm: float
    wobble_mm: float
    pressure: float | None

    def happens(self, share: float) -> bool:
        """Whether something that a hasty hand does so often happens now."""
        return bool(self.rng.random() < share * self.strength)


def redraw(sketch: Sketch, rng: np.random.Generator, *, strength: float = 1.0) -> Sketch:
    """The sketch as a person might have drawn it; the structure and the plane stay.

    Args:
        sketch: A clean sketch.
        rng: Source of chance; the same state gives the same drawing.
        strength: 0 changes nothing but the points' spacing, 1 is a hasty hand.
    """
    points = np.concatenate([stroke.points_mm for stroke in sketch.strokes])
    low, high = points.min(axis=0), points.max(axis=0)
    hand = _hand(sketch, max(float(np.linalg.norm(high - low)), 1.0), rng, strength)
    turn, middle = _placement(hand, float(np.linalg.norm(high - low))), (low + high) / 2
    forgets = hand.happens(0.15)  # all creases
    drawn: list[Stroke] = []
    for stroke in sketch.strokes:
        if stroke.kind == "crease" and (forgets or hand.happens(0.3)):
            continue
        path = (_resampled(stroke, hand.step_mm) - middle) @ turn.T + middle
        drawn += _as_drawn(_by_hand(path, stroke.closed, hand), stroke, hand)
    return replace(sketch, strokes=tuple(drawn) or sketch.strokes)


def _hand(sketch: Sketch, diagonal_mm: float, rng: np.random.Generator, strength: float) -> _Hand:
    rings = sketch.of_kind(["outline"])
    area, length = sum(polygon_area(s.points_mm) for s in rings), sum(s.length_mm for s in rings)
    width = max(2.0 * area / length, 0.02 * diagonal_mm) if area > 0 else 0.2 * diagonal_mm
    usual = width**_THIN * (_ROUND * diagonal_mm) ** (1 - _THIN)
    wobble = _WOBBLE * usual * strength * rng.uniform(0.2, 1.6)
    pressure = float(rng.uniform(0.3, 0.7)) if rng.random() < 0.6 * strength else None
    return _Hand(rng, strength, min(_STEP * diagonal_mm, _FINEST_STEP * width), width, wobble, pressure)


def _placement(hand: _Hand, diagonal_mm: float) -> Points:
    """A small rotation and scale, (2, 2); smaller for thin things, whose ends would leave their place."""
    share = hand.strength * min(1.0, _COMPACT * hand.width_mm / max(diagonal_mm, 1e-6))
    angle = share * hand.rng.normal(0, _TURN_RAD)
    scale = 1 + share * hand.rng.normal(0, _GROWTH, size=2)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(np.array([[cos, -sin], [sin, cos]]) * scale)


def _resampled(stroke: Stroke, step_mm: float) -> Points:
    """Points at equal distances along the line; a closed one does not repeat its first point."""
    path = stroke.path_mm
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    if along[-1] <= 0:
        return path[:1]
    count = max(4, round(along[-1] / step_mm))
    at = np.linspace(0, along[-1], count, endpoint=not stroke.closed)
    return np.stack([np.interp(at, along, path[:, axis]) for axis in (0, 1)], axis=1)


def _by_hand(path: Points, closed: bool, hand: _Hand) -> Points:
    """The line with its corners rounded, a slow wobble, and a tremor where the hand is slow."""
    if len(path) < 4 or hand.strength <= 0:
        return path
    rounding = hand.strength * hand.rng.uniform(0, _ROUNDING) * hand.width_mm / hand.step_mm
    path = soften(path, min(rounding, len(path) / 24), closed=closed)
    slowness = np.exp(np.tanh(_waves(len(path), closed, 0.8, hand.rng)[:, :1]))
    noise = hand.rng.normal(size=path.shape)
    tremor = (noise + np.roll(noise, 1, axis=0) + np.roll(noise, -1, axis=0)) / np.sqrt(3)
    wobble = hand.wobble_mm * min(1.0, len(path) * hand.step_mm / (3 * hand.width_mm))  # little things need little
    return np.asarray(path + _waves(len(path), closed, wobble, hand.rng) + _TREMOR * wobble * slowness * tremor)


def _waves(count: int, closed: bool, amplitude_mm: float, rng: np.random.Generator) -> Points:
    """(count, 2) smooth displacements: a slow drift and a fine tremor, periodic on a closed line."""
    turns = np.array([1.0, 2.0, 3.0, 5.0, 8.0, 13.0])
    sizes = np.array([1.0, 0.8, 0.6, 0.4, 0.25, 0.15])
    phase = 2 * np.pi * np.arange(count)[:, None] / count * (turns if closed else turns / 2)
    weights = rng.normal(size=(4, len(turns))) * sizes
    waves = [np.cos(phase) @ weights[axis] + np.sin(phase) @ weights[axis + 2] for axis in (0, 1)]
    return amplitude_mm * np.stack(waves, axis=1) / float(np.linalg.norm(sizes))


def _as_drawn(path: Points, stroke: Stroke, hand: _Hand) -> list[Stroke]:
    """The line in the pieces in which a hand would draw it, some of it twice."""
    count = len(path)
    pieces, open_pieces = [path], not stroke.closed
    if stroke.closed and count >= 24 and hand.happens(0.7):
        open_pieces = True
        pieces = _broken(path, hand) if hand.rng.random() < 0.7 else [_past_its_start(path, hand)]
    pieces = [_drifted(piece, hand) if open_pieces else piece for piece in pieces]
    if count >= 24 and hand.happens(0.35):
        start, span = int(hand.rng.integers(count)), int(count * hand.rng.uniform(*_DOUBLED))
        again = np.roll(path, -start, axis=0)[:span] if stroke.closed else path[min(start, count - span) :][:span]
        again = again + _waves(len(again), False, 0.5 * hand.wobble_mm, hand.rng)
        pieces.append(again + hand.rng.normal(0, 0.5 * hand.wobble_mm, size=2))
    closed = [not open_pieces, *[False] * (len(pieces) - 1)]
    return [
        Stroke(piece, stroke.kind, ring, _pressed(len(piece), ring, hand))
        for piece, ring in zip(pieces, closed, strict=True)
    ]


def _broken(ring: Points, hand: _Hand) -> list[Points]:
    """A ring with gaps in it, as open pieces of at least a few points."""
    count, gaps = len(ring), int(hand.rng.integers(1, 4))
    widest = min(_LONGEST_GAP * count, _WIDEST_GAP * hand.width_mm / hand.step_mm)
    ring = np.roll(ring, -int(hand.rng.integers(count)), axis=0)
    starts = np.sort(hand.rng.choice(count, size=gaps, replace=False))
    missing = np.maximum(1, hand.rng.uniform(0.0, widest, size=gaps)).astype(int)
    ring = np.roll(ring, -int(starts[0]), axis=0)
    bounds = np.append(starts - starts[0], count)
    pieces = [ring[bounds[at] : bounds[at + 1] - missing[at]] for at in range(gaps)]
    return [piece for piece in pieces if len(piece) >= 3] or [ring]


def _past_its_start(ring: Points, hand: _Hand) -> Points:
    """A ring as one line that ends a little before or beyond where it began."""
    count = len(ring)
    ring = np.roll(ring, -int(hand.rng.integers(count)), axis=0)
    reach = min(_LONGEST_GAP * count, _WIDEST_GAP * hand.width_mm / hand.step_mm)
    more = int(hand.rng.uniform(-reach, 1.5 * reach))
    return np.concatenate([ring, ring[:more]]) if more >= 0 else ring[:more]


def _drifted(line: Points, hand: _Hand) -> Points:
    """The line with its two ends a little off, as where a pen comes down and goes up."""
    ramp = np.clip(1 - np.arange(len(line)) / max(1.0, _ENDS * len(line)), 0, 1)[:, None] ** 2
    off = hand.rng.normal(0, _DRIFT * hand.wobble_mm / np.sqrt(2), size=(2, 2))
    return np.asarray(line + ramp * off[0] + ramp[::-1] * off[1])


def _pressed(count: int, closed: bool, hand: _Hand) -> Points | None:
    """Pressure of a pen along a line, lighter at its ends; none from a mouse."""
    if hand.pressure is None:
        return None
    pressure = hand.pressure + _waves(count, closed, 0.15, hand.rng)[:, 0]
    if not closed:
        away = np.minimum(np.arange(count), np.arange(count)[::-1]) / max(1.0, 0.08 * count)
        pressure = pressure * (0.4 + 0.6 * np.clip(away, 0, 1))
    return np.asarray(np.clip(pressure, 0.05, 1.0))

"""Drawing a sketch again as a person would: wobbles, gaps, forgotten creases, lines drawn twice.

Models trained on clean synthetic sketches alone fail on freehand ones (Sketch2MedI).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .model import Sketch, Stroke
from .raster import polygon_area

_STEP = 0.008  # of the drawing's diagonal, between the points of a redrawn line
_TURN_RAD = 0.01
_GROWTH = 0.006
_WOBBLE = 0.006  # of the drawing's size, typical distance from the true line
_LONGEST_GAP = 0.05  # of a line


def redraw(sketch: Sketch, rng: np.random.Generator, *, strength: float = 1.0) -> Sketch:
    """The sketch as a person might have drawn it; the structure and the plane stay.

    Args:
        sketch: A clean sketch.
        rng: Source of chance; the same state gives the same drawing.
        strength: 0 changes nothing but the points' spacing, 1 is a hasty hand.
    """
    points = np.concatenate([stroke.points_mm for stroke in sketch.strokes])
    low, high = points.min(axis=0), points.max(axis=0)
    diagonal = max(float(np.linalg.norm(high - low)), 1.0)
    turn = _placement(rng, strength)
    wobble = _WOBBLE * min(diagonal, _fineness(sketch)) * strength * rng.uniform(0.2, 1.6)
    forgets = rng.random() < 0.15 * strength  # all creases
    drawn: list[Stroke] = []
    for stroke in sketch.strokes:
        if stroke.kind == "crease" and (forgets or rng.random() < 0.3 * strength):
            continue
        path = _resampled(stroke, _STEP * diagonal)
        path = (path - (low + high) / 2) @ turn.T + (low + high) / 2
        path = path + _waves(len(path), stroke.closed, wobble, rng)
        drawn += _as_drawn(path, stroke, wobble, rng, strength)
    return Sketch(tuple(drawn) or sketch.strokes, sketch.plane, sketch.structure)


def _fineness(sketch: Sketch) -> float:
    """Size that the hand's care goes by, in mm: of a round shape its diagonal, of a thin one much less."""
    rings = [stroke.points_mm for stroke in sketch.of_kind(["outline"])]
    return max(1.0, 2.0 * float(np.sqrt(max(map(polygon_area, rings), default=np.inf))))


def _placement(rng: np.random.Generator, strength: float) -> NDArray[np.float64]:
    """A small rotation and scale, (2, 2)."""
    angle = strength * rng.normal(0, _TURN_RAD)
    scale = 1 + strength * rng.normal(0, _GROWTH, size=2)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(np.array([[cos, -sin], [sin, cos]]) * scale)


def _resampled(stroke: Stroke, step_mm: float) -> NDArray[np.float64]:
    """Points at equal distances along the line; a closed one does not repeat its first point."""
    path = stroke.path_mm
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    if along[-1] <= 0:
        return path[:1]
    count = max(4, round(along[-1] / step_mm))
    at = np.linspace(0, along[-1], count, endpoint=not stroke.closed)
    return np.stack([np.interp(at, along, path[:, axis]) for axis in (0, 1)], axis=1)


def _waves(count: int, closed: bool, amplitude_mm: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """(count, 2) smooth displacements: a slow drift and a fine tremor, periodic on a closed line."""
    turns = np.array([1.0, 2.0, 3.0, 5.0, 8.0, 13.0])
    sizes = np.array([1.0, 0.8, 0.6, 0.4, 0.25, 0.15])
    phase = 2 * np.pi * np.arange(count)[:, None] / count * (turns if closed else turns / 2)
    weights = rng.normal(size=(4, len(turns))) * sizes
    waves = [np.cos(phase) @ weights[axis] + np.sin(phase) @ weights[axis + 2] for axis in (0, 1)]
    return amplitude_mm * np.stack(waves, axis=1) / float(np.linalg.norm(sizes))


def _as_drawn(
    path: NDArray[np.float64], stroke: Stroke, wobble_mm: float, rng: np.random.Generator, strength: float
) -> list[Stroke]:
    """The line in the pieces in which a hand would draw it, some of it twice."""
    count = len(path)
    pieces = [Stroke(path, stroke.kind, stroke.closed)]
    if stroke.closed and count >= 24 and rng.random() < 0.6 * strength:
        pieces = [Stroke(piece, stroke.kind) for piece in _broken(path, int(rng.integers(1, 4)), rng)]
    if count >= 24 and rng.random() < 0.35 * strength:
        start, span = int(rng.integers(count)), int(count * rng.uniform(0.06, 0.2))
        again = np.roll(path, -start, axis=0)[:span] if stroke.closed else path[min(start, count - span) :][:span]
        again = again + _waves(len(again), False, 0.5 * wobble_mm, rng) + rng.normal(0, 0.5 * wobble_mm, size=2)
        pieces.append(Stroke(again, stroke.kind))
    return pieces


def _broken(ring: NDArray[np.float64], gaps: int, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """A ring with gaps in it, as open pieces of at least a few points."""
    count = len(ring)
    ring = np.roll(ring, -int(rng.integers(count)), axis=0)
    starts = np.sort(rng.choice(count, size=gaps, replace=False))
    ends = np.append(starts[1:], count)
    missing = np.maximum(1, rng.uniform(0.0, _LONGEST_GAP, size=gaps) * count).astype(int)
    pieces = [ring[max(0, start) : end - lost] for start, end, lost in zip(starts, ends, missing, strict=True)]
    pieces = [piece for piece in pieces if len(piece) >= 3]
    if starts[0] > 0:
        head = ring[: starts[0]]
        pieces.append(head) if len(head) >= 3 else None
    return pieces or [ring]

"""What the canvas asks of strokes: which one is near, where a new one goes on, whether it closes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from Sketch2CTLib.sketch import Stroke

USUAL_PRESSURE = 0.5
_SAME_MM = 1e-3
_LEAST_LOOP = 4  # reaches of length that a line must have before its ends are joined


def nearest(strokes: tuple[Stroke, ...], point_mm: tuple[float, float], reach_mm: float) -> int | None:
    """The place of the stroke that is nearest to a point, or None where none is within reach."""
    best, nearest_number = reach_mm, None
    at = np.asarray(point_mm)
    for number, stroke in enumerate(strokes):
        low, high = stroke.points_mm.min(axis=0) - best, stroke.points_mm.max(axis=0) + best
        if (at < low).any() or (at > high).any():
            continue
        away = _distance(stroke.path_mm, at)
        if away <= best:
            best, nearest_number = away, number
    return nearest_number


def _distance(path: np.ndarray, at: np.ndarray) -> float:
    if len(path) < 2:
        return float(np.linalg.norm(path[0] - at))
    start, along = path[:-1], np.diff(path, axis=0)
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((at - start) * along).sum(axis=1) / length, 0, 1)
    return float(np.linalg.norm(start + share[:, None] * along - at, axis=1).min())


def open_end(
    strokes: tuple[Stroke, ...], point_mm: tuple[float, float], reach_mm: float, kind: str
) -> tuple[float, float] | None:
    """The nearest free end of an open stroke of that kind within reach."""
    best, nearest_end = reach_mm, None
    for stroke in strokes:
        if stroke.closed or stroke.kind != kind or len(stroke.points_mm) < 2:
            continue
        for end in (stroke.points_mm[0], stroke.points_mm[-1]):
            away = float(np.hypot(*(end - point_mm)))
            if away <= best:
                best, nearest_end = away, (float(end[0]), float(end[1]))
    return nearest_end


def closed_where_meant(stroke: Stroke, reach_mm: float) -> Stroke:
    """The stroke, closed where it came back to its start."""
    points = stroke.points_mm
    if stroke.closed or len(points) < 3 or np.hypot(*(points[0] - points[-1])) > reach_mm:
        return stroke
    return replace(stroke, closed=True) if stroke.length_mm >= _LEAST_LOOP * reach_mm else stroke


def added(strokes: tuple[Stroke, ...], new: Stroke, reach_mm: float) -> tuple[Stroke, ...]:
    """The drawing with one more stroke; it goes on from open ends of its kind that it touches, and closes.

    A line that is drawn in several goes, or over a gap that the eraser left, becomes one.
    """
    left = list(strokes)
    for _ in range(2):  # its start, and its end
        new = closed_where_meant(new, reach_mm)
        number = None if new.closed or len(new.points_mm) < 2 else _touching(left, new, reach_mm)
        if number is None:
            break
        new = _joined(left.pop(number), new)
    return (*left, closed_where_meant(new, reach_mm))


def _touching(strokes: list[Stroke], new: Stroke, reach_mm: float) -> int | None:
    best, nearest_number = reach_mm, None
    for number, stroke in enumerate(strokes):
        if stroke.closed or stroke.kind != new.kind or len(stroke.points_mm) < 2:
            continue
        away = min(_between(stroke, new))
        if away <= best:
            best, nearest_number = away, number
    return nearest_number


def _between(one: Stroke, other: Stroke) -> list[float]:
    """Distances of the ends: end–start, end–end, start–start, start–end."""
    return [float(np.hypot(*(one.points_mm[i] - other.points_mm[j]))) for i in (-1, 0) for j in (0, -1)]


def _joined(one: Stroke, other: Stroke) -> Stroke:
    """Two strokes as one, through their nearest ends."""
    away = _between(one, other)
    which = int(np.argmin(away))
    first = one if which < 2 else _turned(one)
    second = other if which % 2 == 0 else _turned(other)
    points, pressure = np.concatenate([first.points_mm, second.points_mm]), _pressures(first, second)
    if min(away) < _SAME_MM:  # the point where they meet stands there once
        points = np.delete(points, len(first.points_mm), axis=0)
        pressure = None if pressure is None else np.delete(pressure, len(first.points_mm))
    return Stroke(points, one.kind, False, pressure)


def _turned(stroke: Stroke) -> Stroke:
    pressure = None if stroke.pressure is None else stroke.pressure[::-1]
    return replace(stroke, points_mm=stroke.points_mm[::-1], pressure=pressure)


def _pressures(one: Stroke, other: Stroke) -> np.ndarray | None:
    if one.pressure is None and other.pressure is None:
        return None
    pressures = [
        np.full(len(stroke.points_mm), USUAL_PRESSURE) if stroke.pressure is None else stroke.pressure
        for stroke in (one, other)
    ]
    return np.concatenate(pressures)

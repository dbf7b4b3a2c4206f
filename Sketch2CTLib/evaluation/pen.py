"""How a pen follows a line that someone has in mind: in strokes aimed from corner to corner, corrected on the way.

A second account of a hand, apart from the one that training sees: speed falls with curvature (the two-thirds power
law), each aimed movement has a bell-shaped speed and an error of aim that the next one corrects in part, the pen
wanders about its way as a damped oscillator driven by noise, and a tablet reports its place at 60–120 Hz.

Reference: Lacquaniti, Terzuolo and Viviani 1983 (two-thirds power law); Flash and Hogan 1985 (minimum jerk); Meyer et
al. 1988 (optimised submovements: the error of aim grows with distance over time).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GRAIN = 1 / 500  # of the drawing's size: where the intended line is looked at
_POINT = 1e-6  # of the size: what is no longer is a dot
_LOOK = 0.012  # of the size: the heading is taken over as much before and after
_SHORTEST_AIM, _LONGEST_AIM = 0.10, 0.45  # of the size, from one aim to the next
_CORNER = 9.0  # curvature times size that counts as a corner
_FLATTEST = 1.5  # curvature times size below which a hand is no faster
_SLOWEST = 0.35  # of the speed of an aimed movement, at its ends
_KEPT_ERROR = 0.45  # of the last aim's error
_AIM_ERROR = 0.045  # of the hand's unit, for an aim of a third of the size
_WANDER = 0.024  # of the hand's unit, standard deviation
_WANDER_HZ = (0.8, 2.2)
_DAMPING = 0.6
_INNER_HZ = 250.0
_RATE_JITTER = 0.15

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pen:
    """One person's pen, for one drawing.

    Args:
        rng: Source of chance.
        size_mm: Diagonal of what is drawn.
        unit_mm: What errors go by: about the width of what is drawn.
        care: Factor of all errors; 1 is usual.
        speed_mm_s: Usual speed on a curve as round as the drawing is large.
        rate_hz: Reports of the tablet a second.
        pressure: Usual pressure, or None where the device tells none.
    """

    rng: np.random.Generator
    size_mm: float
    unit_mm: float
    care: float
    speed_mm_s: float
    rate_hz: float
    pressure: float | None


def along_mm(line: Points) -> Points:
    """(N,) way from the start to each point."""
    return np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))


def at_distance(line: Points, places_mm: Points) -> Points:
    """(M, 2) the points of a line at these distances from its start."""
    along = along_mm(line)
    return np.column_stack([np.interp(places_mm, along, line[:, 0]), np.interp(places_mm, along, line[:, 1])])


def bends(line: Points, size_mm: float, *, closed: bool = False) -> tuple[Points, Points, Points]:
    """The line at an even grain: its points, their distance from the start, and curvature times size."""
    path = np.vstack([line, line[:1]]) if closed else line
    length = along_mm(path)[-1]
    count = max(8, int(np.ceil(length / (_GRAIN * size_mm))))
    places = np.linspace(0.0, length, count, endpoint=not closed)
    even = at_distance(path, places)
    step = length / (count if closed else count - 1)
    look = int(np.clip(round(_LOOK * size_mm / max(step, 1e-9)), 1, count // 4))
    around = np.take(even, np.arange(-look, count + look), axis=0, mode="wrap" if closed else "clip")
    before, after = even - around[:count], around[2 * look :] - even
    turn = np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(axis=1))
    return even, places, np.abs(turn) / max(look * step, _POINT * size_mm) * size_mm


def corners(curvature: Points, places_mm: Points, apart_mm: float) -> list[int]:
    """Where the line bends most, the sharpest first, not closer than this to one another."""
    inner = (curvature[1:-1] >= curvature[:-2]) & (curvature[1:-1] > curvature[2:]) & (curvature[1:-1] > _CORNER)
    found: list[int] = []
    for at in sorted(np.flatnonzero(inner) + 1, key=lambda at: -curvature[at]):
        if all(abs(places_mm[at] - places_mm[other]) >= apart_mm for other in found):
            found.append(int(at))
    return found


def follow(pen: Pen, line: Points) -> tuple[Points, Points | None]:
    """What a pen leaves that follows a line: points (N, 2) in mm, and its pressure where the device tells it."""
    if along_mm(line)[-1] < _POINT * pen.size_mm:
        return line[:1], None if pen.pressure is None else np.array([pen.pressure])
    even, places, curvature = bends(line, pen.size_mm)
    aims = _aims(places, curvature, pen.size_mm)
    share, number = _progress(places, aims)
    bell = 16 * (share * (1 - share)) ** 2
    law = np.maximum(curvature, _FLATTEST) ** (-1 / 3)
    speed = pen.speed_mm_s * law * (_SLOWEST + (1 - _SLOWEST) * bell)
    time = np.append(0.0, np.cumsum(np.diff(places) * 2 / (speed[1:] + speed[:-1])))
    gone = even + _aim_errors(pen, places[aims], share, number) + _wander(pen, time, speed)
    at = _reports(pen, float(time[-1]))
    points = np.column_stack([np.interp(at, time, gone[:, axis]) for axis in (0, 1)])
    return points, None if pen.pressure is None else _pressed(pen, at, float(time[-1]))


def _aims(places: Points, curvature: Points, size_mm: float) -> NDArray[np.intp]:
    """Places that the hand aims at one after the other: the ends, the corners, and some on long quiet ways."""
    last = len(places) - 1
    inner = [at for at in corners(curvature, places, _SHORTEST_AIM * size_mm) if 4 < at < last - 4]
    aims = np.array(sorted({0, last, *inner}))
    ways = np.diff(places[aims])
    parts = np.maximum(1, np.ceil(ways / (_LONGEST_AIM * size_mm))).astype(int)
    steps = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(aims[:-1], aims[1:], parts, strict=True)]
    return np.unique(np.append(np.round(np.concatenate(steps)), last).astype(np.intp))


def _progress(places: Points, aims: NDArray[np.intp]) -> tuple[Points, NDArray[np.intp]]:
    """For each place how far the movement has come that it belongs to, 0–1, and which one that is."""
    number = np.clip(np.searchsorted(aims, np.arange(len(places)), side="right") - 1, 0, len(aims) - 2)
    start, end = places[aims[number]], places[aims[number + 1]]
    return (places - start) / np.maximum(end - start, 1e-9), number


def _aim_errors(pen: Pen, aims_mm: Points, share: Points, number: NDArray[np.intp]) -> Points:
    """Each aim is missed by more the longer the way; the pen comes there on a minimum-jerk course."""
    ways = np.append(aims_mm[1] - aims_mm[0], np.diff(aims_mm)) / (pen.size_mm / 3)
    std_mm = _AIM_ERROR * pen.unit_mm * pen.care * np.sqrt(np.minimum(ways, 1.5))[:, None]
    missed = pen.rng.normal(size=(len(aims_mm), 2)) * std_mm
    for at in range(1, len(missed)):
        missed[at] = _KEPT_ERROR * missed[at - 1] + np.sqrt(1 - _KEPT_ERROR**2) * missed[at]
    course = (share**3 * (10 - 15 * share + 6 * share**2))[:, None]
    return np.asarray(missed[number] * (1 - course) + missed[number + 1] * course)


def _wander(pen: Pen, time: Points, speed: Points) -> Points:
    """A damped oscillator driven by noise, in each direction; wider where the hand is fast."""
    from scipy.signal import lfilter

    count, settling = int(time[-1] * _INNER_HZ) + 2, int(2 * _INNER_HZ)
    turn = 2 * np.pi * pen.rng.uniform(*_WANDER_HZ) / _INNER_HZ
    radius = np.exp(-_DAMPING * turn)
    poles = [1.0, -2 * radius * np.cos(turn * np.sqrt(1 - _DAMPING**2)), radius**2]
    ways = lfilter([1.0], poles, pen.rng.normal(size=(count + settling, 2)), axis=0)
    gain = (1 + poles[2]) / ((1 - poles[2]) * ((1 + poles[2]) ** 2 - poles[1] ** 2))  # variance of the oscillator
    ways = ways[settling:] / np.sqrt(gain)
    inner = np.arange(count) / _INNER_HZ
    wide = _WANDER * pen.unit_mm * pen.care * np.sqrt(np.clip(speed / pen.speed_mm_s, 0.2, 2.0))
    return np.column_stack([np.interp(time, inner, ways[:, axis]) * wide for axis in (0, 1)])


def _reports(pen: Pen, duration_s: float) -> Points:
    """When the tablet tells the pen's place: nearly evenly, and at both ends."""
    count = max(3, int(duration_s * pen.rate_hz))
    waits = 1 + _RATE_JITTER * np.clip(pen.rng.normal(size=count), -2.5, 2.5)
    return np.append(0.0, np.cumsum(waits) / waits.sum() * duration_s)


def _pressed(pen: Pen, at_s: Points, duration_s: float) -> Points:
    """Pressure that comes within a tenth of a second, holds with slow changes, and fades faster than it came."""
    assert pen.pressure is not None
    come, fade = min(0.09, duration_s / 4), min(0.05, duration_s / 6)
    ramp = (1 - np.exp(-at_s / come)) * (1 - np.exp(-(duration_s - at_s) / fade))
    knots = max(3, int(duration_s / 0.4) + 2)
    held = np.interp(at_s, np.linspace(0, duration_s, knots), pen.rng.normal(pen.pressure, 0.07, size=knots))
    return np.asarray(np.clip(held * (0.1 + 0.9 * ramp), 0.02, 1.0))

"""Smoothing and thinning out the points of one stroke, along its length in mm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .model import Stroke

_POINTS_A_SIGMA = 2.0
_MOST_POINTS = 4096
_FAST = 32  # the Fourier transform likes lengths with small factors
_LEAST_TURNS = 24.0  # sigmas around a closed line, at least: a small ring stays a ring
_TRUSTED = 0.5  # of the area: below it the line crosses itself, and its area says nothing


def smoothed_stroke(stroke: Stroke, sigma_mm: float) -> Stroke:
    """The stroke after a Gaussian along its length; evenly spaced points.

    An open line keeps its ends, a closed one its area.
    """
    length = stroke.length_mm
    if len(stroke.points_mm) < 3 or length <= 0:
        return stroke
    sigma_mm = min(sigma_mm, length / _LEAST_TURNS)
    count = int(np.clip(np.ceil(length / sigma_mm * _POINTS_A_SIGMA / _FAST), 1, _MOST_POINTS // _FAST)) * _FAST
    count += 0 if stroke.closed else 1
    points, pressure = _evenly(stroke, count, length)
    soft = soften(points, sigma_mm / length * (count if stroke.closed else count - 1), closed=stroke.closed)
    if stroke.closed:
        soft = _with_area(soft, signed_area(stroke.points_mm))
    return Stroke(soft, stroke.kind, stroke.closed, pressure)


def soften(points: NDArray[np.float64], sigma: float, *, closed: bool) -> NDArray[np.float64]:
    """Evenly spaced points (N, 2) after a Gaussian G of `sigma` points, sharpened to 2 G − G².

    So sharpened it shrinks curves in the fourth order of sigma only. An open line keeps its ends.
    """
    if closed:
        return _low_pass(points, sigma)
    chord = np.linspace(points[0], points[-1], len(points))
    bow = points - chord  # nought at both ends: continued oddly it is periodic and stays nought there
    return np.asarray(chord + _low_pass(np.concatenate([bow, -bow[-2:0:-1]]), sigma)[: len(points)])


def simplified_stroke(stroke: Stroke, tolerance_mm: float) -> Stroke:
    """The stroke with the fewest of its points that stay within a distance of it (Douglas–Peucker)."""
    import cv2

    if len(stroke.points_mm) < 4:
        return stroke
    points = np.ascontiguousarray(stroke.points_mm, dtype=np.float32)
    corners = cv2.approxPolyDP(points.reshape(-1, 1, 2), tolerance_mm, stroke.closed).reshape(-1, 2)
    if stroke.closed and len(corners) < 3:
        return stroke
    chosen = np.isin(points.view(np.int64)[:, 0], np.ascontiguousarray(corners).view(np.int64)[:, 0])
    if chosen.all():
        return stroke
    pressure = None if stroke.pressure is None else stroke.pressure[chosen]
    return Stroke(stroke.points_mm[chosen], stroke.kind, stroke.closed, pressure)


def signed_area(points: NDArray[np.float64]) -> float:
    """Area within a polygon, positive where it runs anticlockwise."""
    u, v = points[:, 0], points[:, 1]
    return float(u @ np.roll(v, -1) - v @ np.roll(u, -1)) / 2


def _evenly(stroke: Stroke, count: int, length_mm: float) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    path = stroke.path_mm
    along = np.append(0.0, np.cumsum(np.hypot(*np.diff(path, axis=0).T)))
    at = np.linspace(0.0, length_mm, count, endpoint=not stroke.closed)
    points = np.stack([np.interp(at, along, path[:, axis]) for axis in (0, 1)], axis=1)
    if stroke.pressure is None:
        return points, None
    pressure = np.append(stroke.pressure, stroke.pressure[0]) if stroke.closed else stroke.pressure
    return points, np.interp(at, along, pressure)


def _low_pass(periodic: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Periodic samples after 2 G − G², G a Gaussian of `sigma` samples."""
    turns = np.fft.rfftfreq(len(periodic))
    gauss = np.exp(-2 * (np.pi * sigma * turns) ** 2)
    spectrum = np.fft.rfft(periodic, axis=0) * (2 * gauss - gauss**2)[:, None]
    return np.fft.irfft(spectrum, len(periodic), axis=0)


def _with_area(points: NDArray[np.float64], area: float) -> NDArray[np.float64]:
    now = signed_area(points)
    if area == 0 or now / area < _TRUSTED:
        return points
    middle = points.mean(axis=0)
    return np.asarray((points - middle) * np.sqrt(area / now) + middle)

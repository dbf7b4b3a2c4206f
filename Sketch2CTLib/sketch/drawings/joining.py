"""Open lines → one ring: ends joined in order with straight pieces, the drawn points kept as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..raster import polygon_area
from .drawing import Gap

MOST_BRIDGED = 0.25  # of a ring's way round that may be bridged: beyond it nothing was enclosed

_MOST_LINES = 120
_ENCLOSING = 0.5  # of the hull of all lines that a ring must enclose to be the outline
_TOUCHING = 1e-6  # of the drawing's diagonal: no gap


@dataclass(frozen=True, eq=False)
class Ring:
    """A closed line made of open ones.

    Args:
        points: (N, 2) in drawing order, the first not repeated.
        used: Which lines it is made of.
        gaps: What was bridged, longest first.
        bridged: Share of the way round that was bridged.
    """

    points: NDArray[np.float64]
    used: tuple[int, ...]
    gaps: tuple[Gap, ...]
    bridged: float


def ring_of(lines: list[NDArray[np.float64]]) -> Ring | None:
    """The ring that open lines draw together, or None where straight bridges between their ends make none.

    Of all rings that enclose most of the drawing, the one with the least bridging. Lines left over (creases) are not
    in `used`.
    """
    if not lines or len(lines) > _MOST_LINES:
        return None
    every = np.concatenate(lines)
    diagonal = float(np.linalg.norm(np.ptp(every, axis=0)))
    hull = _hull_area(every)
    if hull <= 1e-6 * diagonal**2:
        return None
    best: Ring | None = None
    for used, points in _chains(lines, MOST_BRIDGED * diagonal):
        if polygon_area(points) < _ENCLOSING * hull:
            continue
        ring = _ring(points, lines, used, _TOUCHING * diagonal)
        if ring.bridged <= MOST_BRIDGED and (best is None or ring.bridged < best.bridged):
            best = ring
    return best


def _chains(lines: list[NDArray[np.float64]], reach: float) -> Iterator[tuple[list[int], NDArray[np.float64]]]:
    """Each line, then each chain that joining the nearest two ends of different chains makes."""
    chains = [([n], line) for n, line in enumerate(lines)]
    yield from chains
    while len(chains) > 1:
        ends = np.stack([chain[[0, -1]] for _, chain in chains])  # (C, 2, 2)
        flat = ends.reshape(-1, 2)
        apart = np.linalg.norm(flat[:, None] - flat[None], axis=2)
        owner = np.arange(len(flat)) // 2
        apart[owner[:, None] == owner[None]] = np.inf
        one, other = divmod(int(np.argmin(apart)), len(flat))
        if apart[one, other] > reach:
            return
        (first, a), (second, b) = chains[one // 2], chains[other // 2]
        a, first = (a, first) if one % 2 else (a[::-1], first[::-1])
        b, second = (b[::-1], second[::-1]) if other % 2 else (b, second)
        joined = (first + second, np.concatenate([a, b]))
        chains = [chain for n, chain in enumerate(chains) if n not in (one // 2, other // 2)] + [joined]
        yield joined


def _ring(points: NDArray[np.float64], lines: list[NDArray[np.float64]], used: list[int], touching: float) -> Ring:
    """The chain with its ends joined; gaps lie where one line ends and the next begins."""
    ends = np.cumsum([len(lines[n]) for n in used]) - 1
    starts = points[ends]
    targets = points[(ends + 1) % len(points)]
    length = np.linalg.norm(targets - starts, axis=1)
    around = float(np.linalg.norm(np.diff(np.vstack([points, points[:1]]), axis=0), axis=1).sum())
    gaps = [
        Gap(float(size), (a + b) / 2) for size, a, b in zip(length, starts, targets, strict=True) if size > touching
    ]
    bridged = float(length.sum()) / around if around > 0 else 1.0
    is_new = np.concatenate([[True], np.linalg.norm(np.diff(points, axis=0), axis=1) > touching])
    return Ring(points[is_new], tuple(used), tuple(sorted(gaps, key=lambda gap: -gap.length)), bridged)


def _hull_area(points: NDArray[np.float64]) -> float:
    import cv2

    low, span = points.min(axis=0), float(np.ptp(points, axis=0).max())
    if span <= 0:
        return 0.0
    hull = cv2.convexHull(((points - low) / span).astype(np.float32))  # float32 holds only the shape, not the place
    return float(cv2.contourArea(hull)) * span**2

"""One-pixel lines → polylines: a skeleton is walked from its ends, straight on at junctions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_NEIGHBOURS = ((-1, 0), (0, 1), (1, 0), (0, -1), (-1, -1), (-1, 1), (1, 1), (1, -1))
Pixel = tuple[int, int]


def trace(lines: NDArray[np.bool_], *, shortest: float = 2.0) -> list[tuple[NDArray[np.float64], bool]]:
    """The lines of a thinned picture, longest first.

    Args:
        lines: (rows, columns) bool, one pixel wide.
        shortest: Length in pixels below which a line is left out.

    Returns:
        For each line its points (N, 2) as (column, row), and whether it is a ring.
    """
    left = {(int(row), int(column)) for row, column in np.argwhere(lines)}
    ends = sorted(pixel for pixel in left if len(_around(pixel, left)) == 1)
    polylines: list[tuple[NDArray[np.float64], bool]] = []
    for start in [*ends, *sorted(left)]:
        if start not in left:
            continue
        path = _walk(start, left)
        points = np.array([(column, row) for row, column in path], dtype=np.float64)
        ring = len(path) > 8 and _touch(path[0], path[-1])
        if length(points) >= shortest:
            polylines.append((points, ring))
    return sorted(polylines, key=lambda line: -length(line[0]))


def length(points: NDArray[np.float64]) -> float:
    """Length of a polyline."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def smoothed(points: NDArray[np.float64], sigma: float, *, closed: bool = False) -> NDArray[np.float64]:
    """The polyline with the pixels' stairs taken out; the ends of an open one stay."""
    from scipy.ndimage import gaussian_filter1d

    if len(points) < 5:
        return points
    result = np.asarray(gaussian_filter1d(points, sigma, axis=0, mode="wrap" if closed else "nearest"))
    if not closed:
        result[[0, -1]] = points[[0, -1]]
    return result


def simplified(points: NDArray[np.float64], tolerance: float, *, closed: bool = False) -> NDArray[np.float64]:
    """The polyline with the fewest points that stay within a distance of it (Douglas–Peucker)."""
    from skimage.measure import approximate_polygon

    if len(points) < 4:
        return points
    if closed:
        ring = np.asarray(approximate_polygon(np.vstack([points, points[:1]]), tolerance))
        return ring[:-1] if len(ring) > 3 else points
    return np.asarray(approximate_polygon(points, tolerance))


def _around(pixel: Pixel, left: set[Pixel]) -> list[Pixel]:
    row, column = pixel
    return [(row + r, column + c) for r, c in _NEIGHBOURS if (row + r, column + c) in left]


def _walk(start: Pixel, left: set[Pixel]) -> list[Pixel]:
    """Walks one line as straight as possible and removes its pixels from `left`."""
    path = [start]
    left.discard(start)
    while choices := _around(path[-1], left):
        step = choices[0] if len(choices) == 1 or len(path) == 1 else _straightest(path, choices)
        if len(choices) == 2:
            left.difference_update(corner for corner in choices if corner != step and _touch(corner, step))
        path.append(step)
        left.discard(step)
    return path


def _touch(one: Pixel, other: Pixel) -> bool:
    """Whether two pixels touch; then one of them is the corner of a stair, not a branch."""
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) == 1


def _straightest(path: list[Pixel], choices: list[Pixel]) -> Pixel:
    """The next pixel that turns least from where the last few steps were heading."""
    (row, column), back = path[-1], path[max(0, len(path) - 5)]
    heading = (row - back[0], column - back[1])

    def along(to: Pixel) -> float:
        down, right = to[0] - row, to[1] - column
        return (down * heading[0] + right * heading[1]) / float(np.hypot(down, right))

    return max(choices, key=along)

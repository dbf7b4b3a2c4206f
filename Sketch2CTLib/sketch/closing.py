"""Filling what open lines mean to enclose: bridge their ends, else grow them until they meet, else their hull."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_WORKING = 768  # fine pixels along the drawing, in which gaps are closed, at least
_MOST_WORKING = 3072  # and at most
_REACHES = (0.015, 0.03, 0.06, 0.12, 0.25)  # longest gap bridged, as a share of the drawing's diagonal
_ENCLOSED = 0.85  # share of the ink that must border the filled shape
_MOST_ENDS = 4000  # beyond it lines are only grown
_HALF_OPEN = 0.5  # below this share nothing was enclosed, and the hull is the better guess


def fill_open(paths: list[NDArray[np.float64]], rings: list[NDArray[np.float64]], pixels: int) -> NDArray[np.bool_]:
    """The shape that open lines enclose, (pixels, pixels) bool.

    Args:
        paths: (N, 2) continuous (column, row) of each open line.
        rings: The same of lines that are closed already; they help to enclose.
        pixels: Edge of the picture.
    """
    everything = np.concatenate([*paths, *rings])
    low = np.floor(everything.min(axis=0)).astype(int)
    size = np.ceil(everything.max(axis=0)).astype(int) - low + 1
    finer = int(np.clip(-(-_WORKING // size.max()), 1, max(1, _MOST_WORKING // size.max())))
    margin = 1 + int(size.max()) // 4  # of coarse pixels, for lines to grow into
    first = low - margin
    edge = (int(size.max()) + 2 * margin) * finer
    lines = [(path - first + 0.5) * finer - 0.5 for path in paths]
    ink = _ink(lines + [(ring - first + 0.5) * finer - 0.5 for ring in rings], edge)
    if not ink.any():
        return np.zeros((pixels, pixels), dtype=bool)
    best, best_share = None, 0.0
    for shape in _attempts(ink, lines):
        share = enclosed_share(shape, ink)
        if share > best_share + 0.02:
            best, best_share = shape, share
        if share >= _ENCLOSED:
            break
    if best is None or best_share < _HALF_OPEN:
        best = _hull(ink)
    weight = np.where(best, np.where(ink, 0.5, 1.0), 0.0).astype(np.float32)  # half of a line's width is inside
    return _placed(weight, finer, first, pixels)


def _placed(weight: NDArray[np.float32], finer: int, first: NDArray[np.int_], pixels: int) -> NDArray[np.bool_]:
    """The fine picture averaged onto whole pixels and cut to the window; its corner lies at `first` (column, row)."""
    coarse = len(weight) // finer
    filled = weight.reshape(coarse, finer, coarse, finer).mean(axis=(1, 3)) >= 0.5
    picture = np.zeros((pixels, pixels), dtype=bool)
    (left, top), (right, bottom) = np.clip(first, 0, pixels), np.clip(first + coarse, 0, pixels)
    picture[top:bottom, left:right] = filled[top - first[1] : bottom - first[1], left - first[0] : right - first[0]]
    return picture


def _attempts(ink: NDArray[np.bool_], lines: list[NDArray[np.float64]]) -> Iterator[NDArray[np.bool_]]:
    """Filled shapes, from the most careful closing of gaps to the boldest."""
    yield inside(ink)
    points = np.concatenate(lines)
    diagonal = float(np.linalg.norm(np.ptp(points, axis=0)))
    ends = np.concatenate([line[[0, -1]] for line in lines])
    if len(ends) <= _MOST_ENDS:  # every pair is looked at
        apart = np.linalg.norm(ends[:, None] - ends[None], axis=2)
        for reach in _REACHES:
            near = np.argwhere(np.triu((apart > 0) & (apart <= reach * diagonal), 1))
            if len(near):
                yield inside(ink | _ink([ends[pair] for pair in near], len(ink)))
    for reach in _REACHES:
        yield grown(ink, reach * diagonal / 2)


def _ink(lines: list[NDArray[np.float64]], edge: int) -> NDArray[np.bool_]:
    import cv2

    canvas = np.zeros((edge, edge), dtype=np.uint8)
    fixed = [np.round(line * 16).astype(np.int32).reshape(-1, 1, 2) for line in lines]
    cv2.polylines(canvas, fixed, False, 255, 1, cv2.LINE_8, 4)
    return np.asarray(canvas > 0)


def inside(walls: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """All that cannot be reached from the border without crossing a wall; the walls included."""
    import cv2

    padded = np.pad(walls, 1).astype(np.uint8)
    cv2.floodFill(padded, None, (0, 0), 2, flags=4)
    return np.asarray(padded[1:-1, 1:-1] != 2)


def grown(ink: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """The lines grown by a radius, filled, and shrunk again."""
    import cv2

    away = cv2.distanceTransform((~ink).astype(np.uint8), cv2.DIST_L2, 5)
    filled = np.pad(inside(away <= radius), 1)
    depth = cv2.distanceTransform(filled.astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    return np.asarray((depth > radius) | ink)


def enclosed_share(shape: NDArray[np.bool_], ink: NDArray[np.bool_]) -> float:
    """Share of the ink that lies on a filled body, not on a bare line."""
    import cv2

    body = cv2.morphologyEx(shape.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    near = cv2.dilate(body, np.ones((7, 7), np.uint8))
    return float(near[ink].mean())


def _hull(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    import cv2

    rows, columns = np.nonzero(ink)
    hull = cv2.convexHull(np.stack([columns, rows], axis=1).astype(np.int32))
    canvas = np.zeros(ink.shape, dtype=np.uint8)
    if cv2.contourArea(hull) < 4:
        return canvas > 0
    cv2.fillConvexPoly(canvas, hull, 1)
    return canvas > 0

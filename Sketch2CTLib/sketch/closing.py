"""Filling what open lines mean to enclose: bridge their ends, else grow them until they meet, else their hull."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_WORKING = 256  # pixels of the picture in which gaps are closed, at least
_REACHES = (0.015, 0.03, 0.06, 0.12, 0.25)  # longest gap bridged, as a share of the drawing's diagonal
_ENCLOSED = 0.85  # share of the ink that must border the filled shape
_HALF_OPEN = 0.5  # below this share nothing was enclosed, and the hull is the better guess


def fill_open(paths: list[NDArray[np.float64]], rings: list[NDArray[np.float64]], pixels: int) -> NDArray[np.bool_]:
    """The shape that open lines enclose, (pixels, pixels) bool.

    Args:
        paths: (N, 2) continuous (column, row) of each open line.
        rings: The same of lines that are closed already; they help to enclose.
        pixels: Edge of the picture.
    """
    import cv2

    finer = max(1, -(-_WORKING // pixels))
    edge = pixels * finer
    margin = edge // 4  # lines may leave the window and come back
    lines = [(path + 0.5) * finer - 0.5 + margin for path in paths]
    ink = _ink(lines + [(ring + 0.5) * finer - 0.5 + margin for ring in rings], edge + 2 * margin)
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
    inner = best[margin : margin + edge, margin : margin + edge]
    line = ink[margin : margin + edge, margin : margin + edge]
    weight = np.where(inner, np.where(line, 0.5, 1.0), 0.0).astype(np.float32)  # half of a line's width is inside
    return np.asarray(cv2.resize(weight, (pixels, pixels), interpolation=cv2.INTER_AREA) >= 0.5)


def _attempts(ink: NDArray[np.bool_], lines: list[NDArray[np.float64]]) -> Iterator[NDArray[np.bool_]]:
    """Filled shapes, from the most careful closing of gaps to the boldest."""
    yield inside(ink)
    points = np.concatenate(lines)
    diagonal = float(np.linalg.norm(np.ptp(points, axis=0)))
    ends = np.concatenate([line[[0, -1]] for line in lines])
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

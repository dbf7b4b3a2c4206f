"""A sketch as arrays: its lines as ink, its outline as a filled silhouette.

Both look through a square window centred on the plane's centre, in mm, so that nothing depends on a screen.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..errors import SketchError
from .closing import fill_open
from .model import Sketch, Stroke

_LINE_PIXELS = 1.75  # width of a line where none is asked for, as long as it is
_LINE_SHARE = 1 / 300  # of the window, at least
_NEARLY_CLOSED = 0.03  # of a stroke's length: a person who stops this close to the start meant to close it
_HOLE_FRACTION = 0.8  # of its parent's area: a larger outline inside another one is the same line drawn twice
_COVERED = 0.9  # share of the open lines that closed shapes must explain


def rasterise(
    sketch: Sketch,
    pixels: int,
    *,
    size_mm: float | None = None,
    kinds: Iterable[str] = ("outline", "crease"),
    width_mm: float | None = None,
) -> NDArray[np.uint8]:
    """The lines of a sketch as a picture, (pixels, pixels) uint8: 255 ink, 0 paper, anti-aliased, row 0 on top.

    Args:
        sketch: What to draw.
        pixels: Edge of the picture.
        size_mm: Edge of the window, centred on the plane's centre; by default the plane's longer edge.
        kinds: Which strokes to draw.
        width_mm: Line width; by default a thin line, 1.75 pixels or a 300th of the window.
    """
    import cv2

    window_mm = window(sketch, size_mm)
    finer = 4 if pixels <= 1024 else 2
    scale = pixels * finer / window_mm
    canvas = np.zeros((pixels * finer, pixels * finer), dtype=np.uint8)
    width = max(_LINE_PIXELS * finer, _LINE_SHARE * len(canvas)) if width_mm is None else width_mm * scale
    for stroke in sketch.of_kind(kinds):
        path = to_window(stroke.path_mm, window_mm, pixels * finer)
        fixed = np.round(path * 16).astype(np.int32).reshape(-1, 1, 2)  # four fractional bits
        if stroke.pressure is None:
            cv2.polylines(canvas, [fixed], False, 255, _thickness(width), cv2.LINE_8, 4)
            continue
        pressure = np.append(stroke.pressure, stroke.pressure[0])
        for at in range(max(1, len(fixed) - 1)):
            thickness = _thickness(width * (0.5 + pressure[at]))
            cv2.polylines(canvas, [fixed[at : at + 2]], False, 255, thickness, cv2.LINE_8, 4)
    return np.asarray(cv2.resize(canvas, (pixels, pixels), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def silhouette(sketch: Sketch, pixels: int, *, size_mm: float | None = None) -> NDArray[np.bool_]:
    """The filled outline, (pixels, pixels) bool, row 0 on top; a pixel is inside when its centre is.

    Closed outlines are filled exactly; one that lies inside another cuts a hole. Open ones are closed by bridging
    their ends, then by growing the lines until they meet, and as a last resort by their convex hull.

    Raises:
        SketchError: There is no outline, or nothing to fill within the window.
    """
    window_mm = window(sketch, size_mm)
    outlines = sketch.of_kind(("outline",))
    if not outlines:
        raise SketchError("The sketch has creases but no outline.", hint="Draw the outline of the organ.")
    shut = [stroke for stroke in outlines if _is_closed(stroke, window_mm / pixels)]
    filled = fill_closed([to_window(stroke.points_mm, window_mm, pixels) for stroke in shut], pixels)
    if len(shut) < len(outlines):
        closed_ids = {id(stroke) for stroke in shut}
        loose = [to_window(stroke.points_mm, window_mm, pixels) for stroke in outlines if id(stroke) not in closed_ids]
        if not _explained(loose, filled):
            rings = [to_window(np.vstack([s.points_mm, s.points_mm[:1]]), window_mm, pixels) for s in shut]
            opened = fill_open(loose, rings, pixels)
            filled = filled | opened
    if not filled.any():
        raise SketchError(
            "The sketch's outline encloses nothing that can be filled.",
            hint="Draw a closed outline inside the paper.",
        )
    return filled


def window(sketch: Sketch, size_mm: float | None) -> float:
    """Edge of the square window in mm; raises SketchError for one that cannot be."""
    edge = max(sketch.plane.size_mm) if size_mm is None else float(size_mm)
    if not (np.isfinite(edge) and edge > 0):
        raise SketchError(f"A window of {size_mm} mm cannot be.", hint="Give a positive size in mm.")
    return edge


def to_window(points_mm: NDArray[np.float64], window_mm: float, pixels: int) -> NDArray[np.float64]:
    """(N, 2) mm → continuous (column, row); pixel centres are whole numbers. Far points are pulled to the margin."""
    columns = (points_mm[:, 0] / window_mm + 0.5) * pixels - 0.5
    rows = (0.5 - points_mm[:, 1] / window_mm) * pixels - 0.5
    return np.clip(np.stack([columns, rows], axis=1), -8.0 * pixels, 9.0 * pixels)


def fill_polygon(points: NDArray[np.float64], pixels: int) -> NDArray[np.bool_]:
    """The pixels whose centres a polygon winds around (non-zero rule, so that loops stay filled).

    Args:
        points: (N, 2) continuous (column, row).
        pixels: Edge of the picture.
    """
    start, end = points, np.roll(points, -1, axis=0)
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    first = np.clip(np.ceil(low), 0, pixels).astype(int)
    last = np.clip(np.ceil(high), 0, pixels).astype(int)  # half-open: a vertex counts once
    count = np.maximum(last - first, 0)
    edge = np.repeat(np.arange(len(points)), count)
    row = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    slope = (row - start[edge, 1]) / (end[edge, 1] - start[edge, 1])
    crossing = start[edge, 0] + slope * (end[edge, 0] - start[edge, 0])
    column = np.clip(np.ceil(crossing), 0, pixels).astype(int)
    turns = np.zeros((pixels, pixels + 1), dtype=np.int32)
    np.add.at(turns, (row, column), np.where(end[edge, 1] > start[edge, 1], 1, -1))
    return np.asarray(np.cumsum(turns, axis=1)[:, :pixels] != 0)


def fill_closed(polygons: list[NDArray[np.float64]], pixels: int) -> NDArray[np.bool_]:
    """Union of the polygons, largest first; one that lies well inside what is there cuts a hole."""
    filled = np.zeros((pixels, pixels), dtype=bool)
    areas: list[tuple[float, NDArray[np.bool_]]] = []
    for polygon in sorted(polygons, key=polygon_area, reverse=True):
        inside = fill_polygon(polygon, pixels)
        area = polygon_area(polygon)
        parents = [size for size, body in areas if not (inside & ~body).any()]
        hole = bool(parents) and area < _HOLE_FRACTION * min(parents) and not (inside & ~filled).any()
        filled = filled & ~inside if hole else filled | inside
        areas.append((area, inside))
    return filled


def _thickness(width: float) -> int:
    """OpenCV's thickness of a line that covers `width` pixels: it draws 1, 3, 5, 5, 7, 7, … for 1, 2, 3, 4, 5, 6, …"""
    return max(1, 2 * int((width - 1) / 2 + 0.5))


def polygon_area(polygon: NDArray[np.float64]) -> float:
    """Area of a polygon, in squares of its points' unit."""
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _is_closed(stroke: Stroke, pixel_mm: float) -> bool:
    if stroke.closed or len(stroke.points_mm) < 4:
        return stroke.closed
    gap = float(np.linalg.norm(stroke.points_mm[-1] - stroke.points_mm[0]))
    return gap <= max(pixel_mm, _NEARLY_CLOSED * stroke.length_mm) and stroke.length_mm > 4 * gap


def _explained(paths: list[NDArray[np.float64]], filled: NDArray[np.bool_]) -> bool:
    """Whether nearly all points of the open lines lie on or in the closed shapes."""
    import cv2

    if not filled.any():
        return False
    grown = cv2.dilate(filled.astype(np.uint8), np.ones((5, 5), np.uint8))
    points = np.clip(np.round(np.concatenate(paths)).astype(int), 0, len(filled) - 1)
    return bool(grown[points[:, 1], points[:, 0]].mean() >= _COVERED)

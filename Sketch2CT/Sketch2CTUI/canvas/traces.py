"""What the other drawings say of a sheet: their outlines, the points in which they cross it, and how far they reach.

- A drawing on a parallel plane is seen as it is: a contour lies within its silhouette, and near the contours beside it.
- Where a contour crosses a contour, both pass through the same points; between them the line lies inside the organ.
- A silhouette from another side bounds the sheet by straight lines along which that side looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .sheets import CanvasSheet

_PARALLEL = 0.966  # cosine of 15° between two planes' normals
_EDGE_ON = 0.259  # cosine of 75°: from there on a side looks along the sheet
_MOST_POINTS = 250  # of a line: painting it takes as long as it has points
_FAR_MM = 2000.0  # of a line that bounds the sheet: beyond every paper


@dataclass(frozen=True)
class Trace:
    """What one other drawing leaves on a sheet, in mm on it.

    Args:
        paths: Lines as (N, 2).
        bounds: Straight lines (2, 2) that the organ does not cross.
        points: (M, 2), through which the outline passes.
    """

    paths: tuple[np.ndarray, ...] = ()
    bounds: tuple[np.ndarray, ...] = ()
    points: np.ndarray | None = None


def is_parallel(sheet: CanvasSheet, other: CanvasSheet) -> bool:
    """Whether another drawing is seen from the same side, give or take 15°."""
    normal, along = sheet.plane.plane_to_ras[:3, 2], other.plane.plane_to_ras[:3, 2]
    return abs(float(normal @ along)) >= _PARALLEL


def trace_on(sheet: CanvasSheet, other: CanvasSheet) -> Trace:
    """The trace of another drawing on a sheet; empty where it says nothing of it."""
    outlines = [stroke.path_mm for stroke in other.strokes if stroke.kind == "outline"]
    if not outlines:
        return Trace()
    lines_ras = [other.plane.to_ras(path) for path in outlines]
    normal, along = sheet.plane.plane_to_ras[:3, 2], other.plane.plane_to_ras[:3, 2]
    turned = abs(float(normal @ along))
    if is_parallel(sheet, other) or (sheet.role == "silhouette" and other.role == "contour"):
        return Trace(paths=tuple(_thinned(sheet.plane.from_ras(line)) for line in lines_ras))
    if other.role == "silhouette" and turned > _EDGE_ON:
        return Trace()  # a shadow that falls aslant bounds no line of the sheet
    if sheet.role == "silhouette":
        return Trace(bounds=_bounds(_ends(sheet, lines_ras, along), sheet, along))
    crossings = _crossings(sheet, lines_ras)
    if other.role == "silhouette":
        return Trace(bounds=_bounds(crossings, sheet, along))
    return Trace(paths=_inside(crossings, np.cross(normal, along), sheet), points=crossings)


def _thinned(line: np.ndarray) -> np.ndarray:
    """A line with fewer points, its ends among them."""
    every = -(-len(line) // _MOST_POINTS)
    return line if every == 1 else np.concatenate([line[:-1:every], line[-1:]])


def _crossings(sheet: CanvasSheet, lines_ras: list[np.ndarray]) -> np.ndarray:
    """(M, 2) the points in which lines in space pass through the sheet."""
    found = [np.zeros((0, 2))]
    for line in lines_ras:
        height = (line - sheet.plane.center_ras) @ sheet.plane.plane_to_ras[:3, 2]
        above = height >= 0
        before = np.flatnonzero(above[1:] != above[:-1])
        share = height[before] / (height[before] - height[before + 1])
        found.append(sheet.plane.from_ras(line[before] + share[:, None] * (line[before + 1] - line[before])))
    return np.concatenate(found)


def _ends(sheet: CanvasSheet, lines_ras: list[np.ndarray], along: np.ndarray) -> np.ndarray:
    """(2, 2) the points on the sheet farthest apart across the way in which another side looks."""
    points = sheet.plane.from_ras(np.concatenate(lines_ras))
    across = points @ np.array([[0.0, -1.0], [1.0, 0.0]]) @ _on_sheet(sheet, along)
    return points[[int(across.argmin()), int(across.argmax())]]


def _bounds(points: np.ndarray, sheet: CanvasSheet, along: np.ndarray) -> tuple[np.ndarray, ...]:
    """A straight line along a way in space through each point of the sheet."""
    reach = _FAR_MM * _on_sheet(sheet, along)
    return tuple(np.stack([point - reach, point + reach]) for point in points)


def _inside(points: np.ndarray, way: np.ndarray, sheet: CanvasSheet) -> tuple[np.ndarray, ...]:
    """The pieces of the line in which two planes meet that lie inside a closed drawing: from odd to even crossings."""
    if len(points) % 2:
        return ()
    row = points[np.argsort(points @ _on_sheet(sheet, way))]
    return tuple(row[number : number + 2] for number in range(0, len(row), 2))


def _on_sheet(sheet: CanvasSheet, way: np.ndarray) -> np.ndarray:
    """(2,) unit vector on the sheet of a way in space."""
    seen = way @ sheet.plane.plane_to_ras[:3, :2]
    return np.asarray(seen / max(float(np.linalg.norm(seen)), 1e-9))

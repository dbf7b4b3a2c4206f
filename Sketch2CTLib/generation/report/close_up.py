"""Where a picture of a mask is cropped: all that is shown of the organ and its drawing, at one scale in every view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...frames import View, project, view
from ..values import MaskVolume
from .agreement import picture_spacing_mm

if TYPE_CHECKING:
    from ...sketch import Sketch

Window = tuple[float, float, float, float]  # left, right, bottom, top in mm on the cube's face

_MARGIN = 1.30  # room for letters and a scale bar around the largest extent
_LEAST_SHARE = 0.25  # of the cube's edge
_LEAST_CUT = 0.1  # the same, of a cut


def close_up(mask: MaskVolume, plane: View, sketch: Sketch | None = None) -> Window:
    """A square around the mask, and around a drawing on that view; the same edge in all views of a mask.

    The whole face for an empty mask without a drawing. It may reach beyond the cube's face.
    """
    rows_mm, columns_mm = picture_spacing_mm(mask.grid, plane.name)
    corners = [*_body_corners(mask, plane, rows_mm, columns_mm)]
    if sketch is not None:
        corners += _sketch_corners(mask, sketch)
    face_mm = float(mask.grid.size_mm.max())
    if not corners:
        return 0.0, face_mm, 0.0, face_mm
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    edge = max(float((high - low).max()), _largest_extent_mm(mask), _LEAST_SHARE * face_mm / _MARGIN) * _MARGIN
    x, y = (float(value) for value in (low + high) / 2)
    edge = min(edge, max(face_mm, float((high - low).max())))
    return x - edge / 2, x + edge / 2, y - edge / 2, y + edge / 2


def close_up_of_cut(mask: MaskVolume, contour: Sketch, cut: NDArray[np.bool_]) -> Window:
    """A square around a contour and the mask's cut (rows, columns) in its plane."""
    rows_mm, columns_mm = picture_spacing_mm(mask.grid, contour.plane.view)
    corners = [*_sketch_corners(mask, contour), *_picture_corners(cut, rows_mm, columns_mm)]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    edge = max(float((high - low).max()), _LEAST_CUT * float(mask.grid.size_mm.max())) * _MARGIN
    x, y = (float(value) for value in (low + high) / 2)
    return x - edge / 2, x + edge / 2, y - edge / 2, y + edge / 2


def middle_of_paper_mm(mask: MaskVolume, sketch: Sketch) -> NDArray[np.float64]:
    """(2,) where the middle of a drawing's paper lies on the picture of the cube, whose centre may be another."""
    seen_along = view(sketch.plane.view).axis_kji
    rows, columns = (n for axis, n in enumerate(mask.grid.shape_kji) if axis != seen_along)
    rows_mm, columns_mm = picture_spacing_mm(mask.grid, sketch.plane.view)
    return np.array([columns * columns_mm, rows * rows_mm]) / 2 - sketch.plane.from_ras(mask.grid.center_ras)


def _body_corners(mask: MaskVolume, plane: View, rows_mm: float, columns_mm: float) -> list[tuple[float, float]]:
    """Lower left and upper right of the mask's shadow."""
    if mask.is_empty:
        return []
    return _picture_corners(project(mask.body, plane), rows_mm, columns_mm)


def _picture_corners(seen: NDArray[np.bool_], rows_mm: float, columns_mm: float) -> list[tuple[float, float]]:
    """Lower left and upper right of what is set in a picture; none where nothing is."""
    if not seen.any():
        return []
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    height = len(seen)
    return [
        (columns[0] * columns_mm, (height - 1 - rows[-1]) * rows_mm),
        ((columns[-1] + 1) * columns_mm, (height - rows[0]) * rows_mm),
    ]


def _sketch_corners(mask: MaskVolume, sketch: Sketch) -> list[tuple[float, float]]:
    """Lower left and upper right of the drawing's outline."""
    outlines = sketch.of_kind(("outline",)) or sketch.strokes
    points = np.concatenate([stroke.points_mm for stroke in outlines])
    middle = middle_of_paper_mm(mask, sketch)
    return [(float(x), float(y)) for x, y in (points.min(axis=0) + middle, points.max(axis=0) + middle)]


def _largest_extent_mm(mask: MaskVolume) -> float:
    if mask.is_empty:
        return 0.0
    sizes = []
    for axis, spacing in enumerate(mask.grid.spacing_mm[::-1]):
        filled = np.flatnonzero(mask.body.any(axis=tuple(other for other in range(3) if other != axis)))
        sizes.append((filled[-1] - filled[0] + 1) * float(spacing))
    return max(sizes)

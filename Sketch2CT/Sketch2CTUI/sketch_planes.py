"""Planes that follow from others: the second view's, and the paper around a segment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import MaskError
from Sketch2CTLib.frames import VIEWS, PlaneFrame, VoxelGrid
from Sketch2CTLib.sketch import Sketch, extract_sketch

SECOND_VIEW = {"axial": "coronal", "coronal": "sagittal", "sagittal": "coronal"}
_MARGIN = 2  # voxels around a segment
_AIR = 1.05  # of a segment's longest edge, where it is larger than the structure's cube


def seen_from(plane: PlaneFrame, view: str) -> PlaneFrame:
    """The plane on another standard view through the same centre; turned as the first one is turned.

    Args:
        plane: That is there.
        view: Name of the view that is wanted.
    """
    standard, wanted = (PlaneFrame.standard(name, 1.0).plane_to_ras[:3, :3] for name in (plane.view, view))
    matrix = plane.plane_to_ras.copy()
    matrix[:3, :3] = plane.plane_to_ras[:3, :3] @ standard.T @ wanted
    return PlaneFrame(VIEWS[view].name, matrix, plane.size_mm)


def is_standard(plane: PlaneFrame) -> bool:
    """Whether the plane is a standard view around the origin: nobody has placed it."""
    usual = PlaneFrame.standard(plane.view, plane.size_mm).plane_to_ras
    return bool(np.allclose(plane.plane_to_ras, usual))


def resized(plane: PlaneFrame, size_mm: float) -> PlaneFrame:
    """The same plane with square paper of another size."""
    return replace(plane, size_mm=(size_mm, size_mm))


def drawn_from_mask(mask_kji, grid: VoxelGrid, view: str, level: str, structure: str) -> Sketch:
    """The sketch of a segment on paper of the structure's size whose middle is the segment's.

    Raises:
        MaskError: It is empty or does not fit its grid.
    """
    cut, around, middle, longest = _cut_out(np.asarray(mask_kji) > 0, grid)
    drawn = extract_sketch(cut, around, view, level=level, structure=structure)
    size = max(catalog.structure(structure).cube_mm, longest * _AIR)
    plane = PlaneFrame.standard(view, size, middle)
    strokes = tuple(
        replace(stroke, points_mm=plane.from_ras(drawn.plane.to_ras(stroke.points_mm))) for stroke in drawn.strokes
    )
    return Sketch(strokes, plane, structure)


def _cut_out(body: np.ndarray, grid: VoxelGrid) -> tuple[np.ndarray, VoxelGrid, np.ndarray, float]:
    """The body's box with a margin of nothing, its grid, its middle in RAS and its longest edge in RAS mm."""
    if body.ndim != 3 or not body.any():
        raise MaskError(
            "The segment is empty: there is nothing to draw.", hint="Choose a segment that holds something."
        )
    if body.shape != grid.shape_kji:
        raise MaskError(f"A mask of shape {body.shape} does not fit its grid of {grid.shape_kji}.")
    spans = [np.flatnonzero(body.any(axis=tuple(other for other in range(3) if other != axis))) for axis in range(3)]
    low, high = np.array([span[0] for span in spans]), np.array([span[-1] for span in spans])
    cut = np.pad(body[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))], _MARGIN)
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] = grid.to_ras((low - _MARGIN)[::-1].astype(np.float64))
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=np.float64)
    reach = grid.to_ras(corners * (high - low + 1)[::-1] + low[::-1] - 0.5)
    longest = float(np.ptp(reach, axis=0).max())
    return cut, VoxelGrid(cut.shape, affine), (reach.min(axis=0) + reach.max(axis=0)) / 2, longest

"""Organs whose place is not stated make room for the others: the least move that takes them out of each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...frames import VoxelGrid, resample, signed_distance_mm
from ..values import MaskVolume

GAP_MM = 1.0  # that is left between two organs
POINTS = 3000  # of a body, that are looked at
REACH_MM = 60.0  # of the distance into the others
VOXEL_MM = 3.0
DEPTH_WEIGHT = 2.0  # a voxel that lies a millimetre deep in another organ, against a move of one usual deviation
FARTHEST = 2.5  # usual deviations


def room_for(body: MaskVolume, others: Sequence[MaskVolume], freedom_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) R, A, S mm by which a body is best moved: out of the others, and not far from where it usually lies.

    Args:
        body: Not empty.
        others: That stay where they are.
        freedom_mm: (3,) standard deviation of its usual place.
    """
    from scipy.optimize import minimize

    present = [mask for mask in others if not mask.is_empty]
    points = body.grid.to_ras(np.argwhere(body.body)[:, ::-1])
    if not present:
        return np.zeros(3)
    points = points[:: max(1, len(points) // POINTS)]
    depth, grid = _depth(present, points, FARTHEST * freedom_mm)

    def cost(move: NDArray[np.float64]) -> float:
        moved = points + move * freedom_mm
        deep = np.maximum(_read(depth, grid, moved) + GAP_MM, 0.0)
        return float(DEPTH_WEIGHT * deep.mean() + 0.5 * (move @ move) / 9.0)

    starts = [np.zeros(3), *(sign * step for step in np.eye(3) for sign in (-1.0, 1.0))]
    bounds = [(-FARTHEST, FARTHEST)] * 3
    best = min((minimize(cost, start, method="Powell", bounds=bounds) for start in starts), key=lambda one: one.fun)
    if cost(np.zeros(3)) <= float(best.fun) + 1e-6:
        return np.zeros(3)
    return np.asarray(best.x * freedom_mm)


def _depth(
    others: Sequence[MaskVolume], points: NDArray[np.float64], reach_mm: NDArray[np.float64]
) -> tuple[NDArray[np.float32], VoxelGrid]:
    """How deep each place around the points lies in the other organs, in mm, negative outside."""
    low, high = points.min(axis=0) - reach_mm - VOXEL_MM, points.max(axis=0) + reach_mm + VOXEL_MM
    shape_ijk = np.ceil((high - low) / VOXEL_MM).astype(int)
    affine = np.diag([VOXEL_MM] * 3 + [1.0])
    affine[:3, 3] = low
    grid = VoxelGrid((int(shape_ijk[2]), int(shape_ijk[1]), int(shape_ijk[0])), affine)
    union = np.zeros(grid.shape_kji, dtype=bool)
    for mask in others:
        union |= resample(mask.labels, mask.grid, grid, interpolation="nearest") > 0
    if not union.any():
        return np.full(grid.shape_kji, -REACH_MM, dtype=np.float32), grid
    return signed_distance_mm(union, grid.spacing_mm, reach_mm=REACH_MM), grid


def _read(volume: NDArray[np.float32], grid: VoxelGrid, points: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.ndimage import map_coordinates

    kji = grid.to_ijk(points)[:, ::-1].T
    return np.asarray(map_coordinates(volume, kji, order=1, mode="nearest"))

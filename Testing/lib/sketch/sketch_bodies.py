"""Synthetic bodies for sketches: no mirror symmetry, so that left and right cannot be swapped unseen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from Sketch2CTLib.frames import PlaneFrame, VoxelGrid
from Sketch2CTLib.sketch import Sketch, Stroke

CENTER_RAS = (12.0, -30.0, 45.0)
SIZE_MM = 160.0


def cube(voxels: int = 64) -> VoxelGrid:
    return VoxelGrid.ras_cube(CENTER_RAS, SIZE_MM, voxels)


def points_ras(grid: VoxelGrid) -> NDArray[np.float64]:
    """(D, H, W, 3) mm from CENTER_RAS."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij")
    return grid.to_ras(np.stack([i, j, k], axis=-1)) - CENTER_RAS


def ellipsoid(points: NDArray[np.float64], center: tuple[float, ...], radii: tuple[float, ...]) -> NDArray[np.bool_]:
    return (((points - np.array(center)) / np.array(radii)) ** 2).sum(-1) < 1


def comma(grid: VoxelGrid) -> NDArray[np.bool_]:
    """A fat body at the patient's right, a tail to the left, front and top."""
    points = points_ras(grid)
    return ellipsoid(points, (20, -5, -8), (38, 30, 34)) | ellipsoid(points, (-32, 12, 20), (34, 16, 14))


def two_balls(grid: VoxelGrid) -> NDArray[np.bool_]:
    """A ball in front (below, in an axial view) of a larger one: an occluding edge inside the silhouette."""
    points = points_ras(grid)
    return ellipsoid(points, (0, 0, 15), (50, 50, 25)) | ellipsoid(points, (10, 5, -30), (20, 20, 20))


def ring(grid: VoxelGrid) -> NDArray[np.bool_]:
    """A torus around S: its axial projection has a hole."""
    points = points_ras(grid)
    away = np.hypot(points[..., 0], points[..., 1]) - 45
    return np.hypot(away, points[..., 2]) < 14


def iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


def paper(size_mm: float = SIZE_MM, view: str = "axial") -> PlaneFrame:
    return PlaneFrame.standard(view, size_mm, CENTER_RAS)


def circle(radius_mm: float, center_mm: tuple[float, float] = (0.0, 0.0), count: int = 200) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius_mm + np.array(center_mm)


def disc(radius_mm: float, pixels: int, center_mm: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.bool_]:
    """The analytic silhouette of a circle on the paper."""
    at = (np.arange(pixels) + 0.5) / pixels - 0.5
    return np.hypot(at[None] * SIZE_MM - center_mm[0], -at[:, None] * SIZE_MM - center_mm[1]) < radius_mm


def outline(points: NDArray[np.float64], *, closed: bool = True) -> Sketch:
    return Sketch((Stroke(points, "outline", closed),), paper())

"""Analytic bodies on voxel grids of any axis order, direction and spacing."""

import math

import numpy as np

from Sketch2CTLib.frames import VoxelGrid


def make_grid(half_mm, spacing_ijk, order=(0, 1, 2), signs=(1, 1, 1)):
    """A grid centred on the origin; i, j, k run along the RAS axes `order`, mirrored where `signs` is −1."""
    affine = np.zeros((4, 4))
    affine[3, 3] = 1.0
    counts = []
    for column, (axis, sign) in enumerate(zip(order, signs, strict=True)):
        affine[axis, column] = sign * spacing_ijk[column]
        counts.append(math.ceil(2 * half_mm[axis] / spacing_ijk[column]))
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(counts) - 1) / 2)
    return VoxelGrid(tuple(counts[::-1]), affine)


def turned(grid, degrees):
    """The grid turned about the S axis through the origin."""
    angle = math.radians(degrees)
    turn = np.eye(4)
    turn[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    return VoxelGrid(grid.shape_kji, turn @ grid.ijk_to_ras)


def points(grid):
    """(D, H, W, 3) voxel centres in RAS."""
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_ras(np.stack([i, j, k], axis=-1))


def ellipsoid(grid, half_axes_mm, center=(0, 0, 0)):
    return (((points(grid) - center) / np.asarray(half_axes_mm)) ** 2).sum(-1) <= 1


def ball(grid, radius_mm, center=(0, 0, 0)):
    return ellipsoid(grid, (radius_mm,) * 3, center)


def box(grid, half_mm, center=(0, 0, 0)):
    return (np.abs(points(grid) - center) < np.asarray(half_mm)).all(-1)


def torus(grid, ring_mm, tube_mm):
    p = points(grid)
    return (np.hypot(p[..., 0], p[..., 1]) - ring_mm) ** 2 + p[..., 2] ** 2 <= tube_mm**2


def tube(grid, radius_mm, length_mm):
    p = points(grid)
    return (np.hypot(p[..., 0], p[..., 1]) <= radius_mm) & (np.abs(p[..., 2]) <= length_mm / 2)


def half_torus(grid, ring_mm, tube_mm):
    p = points(grid)
    ring = (np.hypot(p[..., 1], p[..., 2]) - ring_mm) ** 2 + p[..., 0] ** 2 <= tube_mm**2
    return ring & (p[..., 2] > 0)


def ellipsoid_area_cm2(a, b, c):
    """Numerical surface integral, half axes in mm."""
    polar, around = np.meshgrid(np.linspace(0, np.pi, 601), np.linspace(0, 2 * np.pi, 601), indexing="ij")
    x, y, z = np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)
    density = np.sin(polar) * np.sqrt((b * c * x) ** 2 + (a * c * y) ** 2 + (a * b * z) ** 2)
    inner = np.trapezoid(density, around[0], axis=1)
    return float(np.trapezoid(inner, polar[:, 0])) / 100.0

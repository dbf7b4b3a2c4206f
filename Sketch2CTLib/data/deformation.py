"""Deformations of layouts to each other: diffeomorphic demons on pictures of their organs and tissues."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..catalog import label_value
from ..frames import VoxelGrid
from .layout import Layout

_ITERATIONS, _SMOOTHNESS = 20, 1.5
_BLUR = 0.7  # voxels
# Grey values that tell neighbours apart, so that one picture holds what shall meet.
_SHADES = {
    "outside": 0.0, "object": 0.0, "gas": 0.5, "lung": 0.15, "fat": 0.4, "soft_tissue": 0.65, "bright": 0.75,
    "bone": 1.3, "liver": 1.0, "spleen": 1.05, "left_kidney": 1.2, "right_kidney": 1.2, "aorta": 0.9, "stomach": 0.8,
    "inferior_vena_cava": 0.85, "gallbladder": 0.7, "oesophagus": 0.75, "portal_and_splenic_veins": 0.8,
    "pancreas": 0.75, "right_adrenal_gland": 0.7, "left_adrenal_gland": 0.7,
}  # fmt: skip


def shades(layout: Layout, grid: VoxelGrid) -> NDArray[np.float32]:
    """The layout as a picture on a grid; its first and last slices go on beyond it."""
    from scipy import ndimage

    labels = layout.on(grid).labels.copy()
    inside = np.flatnonzero((labels > 0).any(axis=(1, 2)))
    if len(inside):
        labels[: inside[0]], labels[inside[-1] + 1 :] = labels[inside[0]], labels[inside[-1]]
    table = np.zeros(256, dtype=np.float32)
    for name, shade in _SHADES.items():
        table[label_value(name)] = shade
    return np.asarray(ndimage.gaussian_filter(table[labels], _BLUR))


def deformation(
    fixed: NDArray[np.float32], moving: NDArray[np.float32], spacing_mm: float, iterations: int = _ITERATIONS
) -> NDArray[np.float16]:
    """(k, j, i, 3) displacement in mm, x y z: the moving picture at x + u(x) is about the fixed one at x.

    Args:
        fixed, moving: (D, H, W) on grids of the same shape and spacing.
        spacing_mm: Theirs.
        iterations: At half and at full resolution each.

    Reference: Vercauteren et al., "Diffeomorphic demons", NeuroImage 2009.
    """
    import SimpleITK as sitk

    demons = sitk.DiffeomorphicDemonsRegistrationFilter()
    demons.SetStandardDeviations(_SMOOTHNESS)
    demons.SetNumberOfIterations(iterations)
    field = None
    for shrink in (2, 1):
        pair = [sitk.Shrink(sitk.GetImageFromArray(picture), [shrink] * 3) for picture in (fixed, moving)]
        if field is None:
            field = demons.Execute(*pair)
        else:
            start = sitk.Resample(field, pair[0], sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkVectorFloat64)
            field = demons.Execute(*pair, start)
    return (sitk.GetArrayFromImage(field) * spacing_mm).astype(np.float16)


def deformed(layout: Layout, grid: VoxelGrid, field: NDArray[np.float16], coarse: VoxelGrid) -> Layout:
    """The layout at displaced places of a grid, the nearest voxel's value; beyond it, its border goes on.

    Args:
        layout: What is moved; grid: where it is wanted.
        field: Displacements in mm on `coarse`, as `deformation` gives them.
    """
    from scipy import ndimage

    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij")
    points = grid.to_ras(np.stack([i, j, k], axis=-1))
    at = np.moveaxis(coarse.to_ijk(points)[..., ::-1], -1, 0)
    moved = [ndimage.map_coordinates(field[..., c].astype(np.float32), at, order=1, mode="nearest") for c in range(3)]
    source = np.rint(layout.grid.to_ijk(points + np.stack(moved, axis=-1))).astype(int)
    index = [np.clip(source[..., 2 - axis], 0, layout.grid.shape_kji[axis] - 1) for axis in range(3)]
    return Layout(layout.labels[tuple(index)], grid)

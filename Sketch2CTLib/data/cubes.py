"""From a scan on its own grid to organ-centred RAS cubes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MaskError
from ..frames import VoxelGrid, resample


def main_components(mask: NDArray[np.bool_], min_fraction: float) -> NDArray[np.bool_]:
    """The mask without 26-connected components smaller than a fraction of the largest."""
    from scipy import ndimage

    labelled, count = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    if count <= 1:
        return mask
    sizes = np.bincount(labelled.ravel())
    sizes[0] = 0
    kept = sizes >= min_fraction * sizes.max()
    kept[0] = False
    return np.asarray(kept[labelled])


def bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    """The smallest slices (k, j, i) that hold every true voxel.

    Raises:
        MaskError: The mask is empty.
    """
    slices = []
    for axis in range(3):
        other = tuple(a for a in range(3) if a != axis)
        hits = np.flatnonzero(mask.any(axis=other))
        if len(hits) == 0:
            raise MaskError("The mask is empty.", hint="Check the label value.")
        slices.append(slice(int(hits[0]), int(hits[-1]) + 1))
    return slices[0], slices[1], slices[2]


def center_and_extent(mask: NDArray[np.bool_], grid: VoxelGrid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centre (RAS mm) and extents (R–L, A–P, S–I in mm) of the mask's bounding box in RAS."""
    box = bounding_box(mask)
    local = np.argwhere(mask[box])[:, ::-1] + np.array([s.start for s in box])[::-1]
    points = grid.to_ras(local)
    half = np.abs(grid.ijk_to_ras[:3, :3]).sum(axis=1) / 2
    low, high = points.min(axis=0) - half, points.max(axis=0) + half
    return (low + high) / 2, high - low


def signed_distance_mm(mask: NDArray[np.bool_], spacing_ijk_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """Signed distance to the mask's border in mm, positive inside; zero lies between the voxels.

    Reference: Maurer, Qi and Raghavan, "A linear time algorithm for computing exact Euclidean distance transforms",
    IEEE TPAMI 2003 (ITK's filter, which measures from the border voxels' centres; half a voxel is added).
    """
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing([float(s) for s in spacing_ijk_mm])
    distance = sitk.SignedMaurerDistanceMap(image, insideIsPositive=True, squaredDistance=False, useImageSpacing=True)
    return sitk.GetArrayFromImage(distance) + np.float32(0.5 * float(np.min(spacing_ijk_mm)))


def mask_on_cube(mask: NDArray[np.bool_], grid: VoxelGrid, cube: VoxelGrid) -> NDArray[np.bool_]:
    """The mask on a cube by shape-based interpolation: thick slices do not become stairs.

    Reference: Raya and Udupa, "Shape-based interpolation of multidimensional objects", IEEE TMI 1990.
    """
    box = bounding_box(mask)
    grown = tuple(slice(max(s.start - 3, 0), s.stop + 3) for s in box)
    part = np.pad(mask[grown], 2)
    first = np.array([s.start for s in grown])[::-1] - 2
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] = grid.to_ras(first)
    field = signed_distance_mm(part, grid.spacing_mm)
    moved = resample(field, VoxelGrid(part.shape, affine), cube, fill=-1e3)
    return moved > 0


def labels_on_cube(labels: NDArray[Any], grid: VoxelGrid, cube: VoxelGrid) -> NDArray[np.uint8]:
    """A whole label map on a cube by nearest neighbour (context beside the target)."""
    return resample(labels.astype(np.uint8), grid, cube, interpolation="nearest")

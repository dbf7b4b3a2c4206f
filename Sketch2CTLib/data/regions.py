"""Bodies of voxels: dilation, opening, filling and pieces, quick enough for whole scans."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


def distance(mask: Bools) -> NDArray[np.float32]:
    """(D, H, W) distance of every voxel outside of a mask to it in voxels, 0 or less inside.

    Reference: Maurer, Qi and Raghavan, IEEE TPAMI 2003 (ITK's filter).
    """
    import SimpleITK as sitk

    if not mask.any():
        return np.full(mask.shape, np.float32(sum(mask.shape)))
    image = sitk.GetImageFromArray(mask.view(np.uint8))
    signed = sitk.SignedMaurerDistanceMap(image, insideIsPositive=False, squaredDistance=False, useImageSpacing=False)
    return np.asarray(sitk.GetArrayFromImage(signed))


def depth(mask: Bools) -> NDArray[np.float32]:
    """(D, H, W) distance of every voxel of a mask to the nearest outside of it in voxels, 0 or less elsewhere."""
    return distance(~mask)


def dilated(mask: Bools, radius: float) -> Bools:
    """All that lies within a radius in voxels of a mask."""
    return np.asarray(distance(mask) <= radius)


def opened(mask: Bools, radius: float) -> Bools:
    """A mask without what a ball of a radius in voxels does not fit into; outside of the array is no border."""
    return dilated(depth(mask) > radius, radius)


def closed(mask: Bools, radius: float) -> Bools:
    """A mask with what a ball of a radius in voxels outside of it does not fit into; what the array cuts goes on."""
    margin = int(radius) + 2
    grown = dilated(np.pad(mask, margin, mode="edge"), radius)
    inner = slice(margin, -margin)
    return np.asarray((depth(grown) > radius)[inner, inner, inner])


def fill_slices(mask: Bools, largest: float = np.inf) -> Bools:
    """A mask whose axial slices have no holes of up to `largest` voxels."""
    from scipy import ndimage

    holes = np.stack([ndimage.binary_fill_holes(layer) for layer in mask]) & ~mask
    if np.isfinite(largest):
        within_slices = np.zeros((3, 3, 3), dtype=np.bool_)
        within_slices[1] = ndimage.generate_binary_structure(2, 1)
        labelled, _ = ndimage.label(holes, within_slices)
        sizes = np.bincount(labelled.ravel())
        holes &= (sizes <= largest)[labelled]
    return np.asarray(mask | holes)


def pieces(mask: Bools, *, corners: bool = False) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """(labels of connected pieces from 1 on, voxels of each label with 0 for the background).

    Args:
        mask: (D, H, W).
        corners: Whether voxels that meet at an edge are connected as well.
    """
    if corners:
        from scipy import ndimage

        labelled, count = ndimage.label(mask, ndimage.generate_binary_structure(3, 2))
    else:
        import SimpleITK as sitk

        image = sitk.ConnectedComponent(sitk.GetImageFromArray(np.ascontiguousarray(mask).view(np.uint8)))
        labelled = sitk.GetArrayFromImage(image).view(np.int32)
        count = int(labelled.max(initial=0))
    sizes = np.bincount(labelled.ravel(), minlength=count + 1)
    sizes[0] = 0
    return labelled, sizes

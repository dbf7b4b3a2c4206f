"""Mask fields: from mask to field, and onto finer grids."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...frames import VoxelGrid, signed_distance_mm
from .presets import MASK_TRUNCATION, Preset


def pooled(values: NDArray[np.float32], voxels: int) -> NDArray[np.float32]:
    """(D, H, W) averaged down to `voxels` along each axis."""
    factor = values.shape[0] // voxels
    if factor == 1:
        return values.astype(np.float32)
    shape = (voxels, factor, voxels, factor, voxels, factor)
    return values.reshape(shape).mean(axis=(1, 3, 5), dtype=np.float32)


def mask_field(mask: NDArray[np.bool_], grid: VoxelGrid, preset: Preset) -> NDArray[np.float32]:
    """What the mask stage sees, (V, V, V) in [−1, 1]: truncated signed distance, or the mask as −1/1.

    Args:
        mask: (D, H, W) bool on a cube whose edge is a multiple of the preset's voxels.
    """
    if preset.signed_distance:
        truncation_mm = MASK_TRUNCATION * float(grid.size_mm[0])
        values = signed_distance_mm(mask, grid.spacing_mm, reach_mm=truncation_mm) / truncation_mm
    else:
        values = mask.astype(np.float32) * 2.0 - 1.0
    return pooled(values.astype(np.float32), preset.voxels)


def enlarged(field: NDArray[np.float32], voxels: int) -> NDArray[np.float32]:
    """A field on a finer grid over the same cube, trilinear."""
    import torch

    if field.shape[0] == voxels:
        return field
    size = (voxels, voxels, voxels)
    fine = torch.nn.functional.interpolate(
        torch.from_numpy(field)[None, None], size=size, mode="trilinear", align_corners=False
    )
    return fine[0, 0].numpy()

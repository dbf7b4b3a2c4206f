"""From a scan on its own grid to organ-centred RAS cubes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def labels_on_cube(labels: NDArray[Any], grid: VoxelGrid, cube: VoxelGrid) -> NDArray[np.uint8]:
    """A whole label map on a cube by nearest neighbour (context beside the target)."""
    return resample(labels.astype(np.uint8), grid, cube, interpolation="nearest")

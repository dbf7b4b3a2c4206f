"""Values of a painted CT beyond the window of its training scans: air and bone, by what lies where in the layout.

The networks know −125 to 275 HU. What reaches the ends of that window gets the values that such tissue usually has; it
is set, not drawn, and the result says so.

Medians and spreads of gas, lung and bone: two abdomens of 3D-IRCADb-01 and a piece of the TotalSegmentator set, in full
Hounsfield units.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...catalog import label_value
from ...data.intensity import window_of
from ...data.layout import Layout

NOTE = "Air and bone beyond the window of −125 to 275 HU have usual values that are set, not drawn."
_AIR = {"outside": (-1000.0, 12.0), "gas": (-985.0, 12.0), "lung": (-880.0, 36.0)}  # mean and standard deviation, HU
_FAINT_HU = -60.0  # from here to the window's end a voxel of air is more and more air
_BORDER_VOXELS = 0.6  # standard deviation of what is mixed at a border of air
_DENSE_HU = 225.0  # from here to the window's end a voxel of bone is more and more beyond it
_EXCESS_HU = 240.0  # mean of what bone has beyond the window, which falls off exponentially
_MOST_EXCESS_HU = 1200.0
_GRAIN_MM, _DENSITY_MM = 0.8, 2.5  # standard deviations: of noise, and of how dense bone is


def beyond_window(values: NDArray[np.int16], layout: Layout, seed: int) -> NDArray[np.int16]:
    """(D, H, W) HU with air and bone beyond the window; what lies within it stays.

    Args:
        values: (D, H, W) HU of a painted CT; layout: What it was painted from, on the same grid of cubes.
        seed: Of the noise.
    """
    from scipy import ndimage, special

    low, high = window_of("CT")
    hu = values.astype(np.float32)
    generator, voxel_mm = np.random.default_rng([seed, 0xA1B]), float(layout.grid.spacing_mm[0])

    def noise(sigma_mm: float) -> NDArray[np.float32]:
        field = generator.standard_normal(values.shape, dtype=np.float32)
        soft = ndimage.gaussian_filter(field, sigma_mm / voxel_mm) if sigma_mm > voxel_mm / 4 else field
        return np.asarray(soft / soft.std(), dtype=np.float32)

    air = np.clip((_FAINT_HU - hu) / (_FAINT_HU - low), 0.0, 1.0)
    grain = noise(_GRAIN_MM)
    full = hu.copy()
    for name, (mean, spread) in _AIR.items():
        place = (layout.labels == label_value(name)).astype(np.float32)
        share = ndimage.gaussian_filter(place, _BORDER_VOXELS) * air
        full += share * (mean + spread * grain - hu)
    bone = layout.labels == label_value("bone")
    dense = np.clip((hu - _DENSE_HU) / (high - _DENSE_HU), 0.0, 1.0) * bone
    excess = np.minimum(-_EXCESS_HU * special.log_ndtr(noise(_DENSITY_MM)), _MOST_EXCESS_HU)  # exponential
    return np.rint(full + dense * excess).clip(-1024, 3071).astype(np.int16)

"""How a structure looks in a scan: mean, spread, steepness and sharpness of its border, and their range in real scans.

The ranges lie in `Resources/Catalog/scan_ranges.json`, measured on the train split of prepared folders; only summaries
are kept, no case.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...data.intensity import window_of
from ...errors import ConfigError, MaskError
from ...frames import VoxelGrid, signed_distance_mm
from ...resources import resource_path
from ...training_ranges import TrainingRange

Floats = NDArray[np.float32]

FORMAT = "sketch2ct.scan-ranges"
VERSION = 1
MEAN, SPREAD, STEEPNESS, SHARPNESS = "mean", "spread", "border_slope_per_mm", "border_sharpness"
FOUND_AGAIN = "found_again_dice"
LOOKS = (MEAN, SPREAD, STEEPNESS, SHARPNESS)

_FINE_SIGMA, _COARSE_SIGMA = 0.7, 2.0  # voxels: finer is noise, coarser sees the neighbours
_NORMAL_SIGMA = 1.0  # voxels: smooths the stairs of the surface
_BORDER = 0.75  # voxels on either side of the surface
_CORE = 1.0  # voxels from the surface: what lies nearer is mixed with the neighbours
_LEAST_CORE = 0.1  # of the body; thinner ones are taken whole
_MARGIN = 6  # voxels around the body


def look_of(values: NDArray[Any], body: NDArray[np.bool_], grid: VoxelGrid, modality: str) -> dict[str, float]:
    """How a structure looks in a scan.

    Args:
        values: (D, H, W) HU of a CT, robust z-score × 100 of an MR; clipped to the window of the models.
        body: (D, H, W) bool, the structure.
        grid: Of both.
        modality: CT or MR.

    Returns:
        `mean` and `spread` (standard deviation) of the values a voxel or more below the surface.
        `border_slope_per_mm`: how much the values change a mm along the surface's normal, the mean size of that over
        the surface; little where the scan has no border there, or hardly any contrast.
        `border_sharpness`: that slope over the one seen through a blur of two voxels; whatever the contrast it is about
        2 or more for a step, and falls towards 1 the softer or the farther away the border is.

    Raises:
        MaskError: The mask is empty.
        ConfigError: The modality is neither CT nor MR.
    """
    from scipy import ndimage

    if not body.any():
        raise MaskError("The mask is empty.", hint="There is nothing to look at.")
    box = tuple(
        slice(max(s.start - _MARGIN, 0), s.stop + _MARGIN) for s in ndimage.find_objects(body.astype(np.uint8))[0]
    )
    part, image = body[box], np.clip(values[box].astype(np.float32), *window_of(modality))
    voxel_mm = float(grid.spacing_mm.min())
    distance = _distance_mm(body[box], grid)
    inside = image[core_of(distance / voxel_mm, part)]
    border = np.abs(distance) < _BORDER * voxel_mm
    look = {MEAN: float(inside.mean()), SPREAD: float(inside.std()), STEEPNESS: 0.0, SHARPNESS: 0.0}
    if border.any():
        fine, coarse = (
            float(np.abs(_slopes_across(image, distance, sigma)[border]).mean()) / voxel_mm
            for sigma in (_FINE_SIGMA, _COARSE_SIGMA)
        )
        look |= {STEEPNESS: fine, SHARPNESS: fine / coarse if coarse > 0 else 0.0}
    return look


def core_of(depth: Floats, body: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels of a body that its neighbours are not mixed into; of a thin body all.

    Args:
        depth: Signed distance from the surface in voxels, positive inside.
        body: Of the same shape.
    """
    core = depth > _CORE
    return core if np.count_nonzero(core) >= _LEAST_CORE * np.count_nonzero(body) else body


def _distance_mm(part: NDArray[np.bool_], grid: VoxelGrid) -> Floats:
    """Signed distance, positive inside; a body without an outside has no border near."""
    return np.full(part.shape, np.inf, np.float32) if part.all() else signed_distance_mm(part, grid.spacing_mm)


def _slopes_across(image: Floats, distance: Floats, sigma: float) -> Floats:
    """(D, H, W) how much the smoothed image changes a voxel along the normal of the surface that lies nearest."""
    from scipy import ndimage

    axes = np.eye(3, dtype=int)
    normal = [ndimage.gaussian_filter(distance, _NORMAL_SIGMA, order=order) for order in axes]
    across = sum(ndimage.gaussian_filter(image, sigma, order=o) * n for o, n in zip(axes, normal, strict=True))
    return np.asarray(across / (np.linalg.norm(normal, axis=0) + 1e-6), dtype=np.float32)


def scan_ranges(structure: str, modality: str) -> dict[str, TrainingRange]:
    """The ranges of a structure in the real scans of a kind, by name; empty where none were measured.

    Besides the names in LOOKS it may hold FOUND_AGAIN, the Dice of the shipped segmenter on validation scans.

    Raises:
        UnknownStructure: The catalog has no such structure.
        ConfigError: The shipped file is missing or damaged.
    """
    return dict(_all().get(catalog.structure(structure).name, {}).get(modality, {}))


@cache
def _all() -> dict[str, dict[str, dict[str, TrainingRange]]]:
    path = resource_path("Catalog", "scan_ranges.json")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT or record["version"] != VERSION:
            raise ValueError(f"format {record['format']!r}, version {record['version']!r}")
        return {
            structure: {
                modality: {name: TrainingRange(name=name, **values) for name, values in ranges.items()}
                for modality, ranges in kinds.items()
            }
            for structure, kinds in record["structures"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"The ranges of real scans in '{path}' cannot be read ({error}).", hint="Reinstall Sketch2CT."
        ) from error

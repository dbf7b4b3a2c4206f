"""A scan brought from its cube back to the grid that its mask came on: any size, spacing and direction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...catalog import Structure
from ...data.intensity import window_of
from ...errors import MaskError
from ...frames import VoxelGrid, cube_around, header_voxels, mask_on_grid, middle_and_extent, resample
from ..placement import LARGEST_TILT_DEGREES
from ..results import Candidate, GenerationResult
from ..values import ImageVolume, MaskVolume

MOST_VOXELS = 2**28  # of a grid that is written: 645³, or 1,024 slices of 512 × 512
MOST_READ = 2**30  # of a file that is read
_SLAB_VOXELS = 2**24  # resampled at once
_OFF_MIDDLE = 0.125  # of a cube's edge, that an organ in it may lie from its middle
_TURN = math.sin(math.radians(LARGEST_TILT_DEGREES)) + 1e-6
_SPACING_OFF = 1e-4
_AIR_HU = -1000


@dataclass(frozen=True, eq=False)
class ScannedMask(GenerationResult):
    """The result of a mask that was given.

    Args:
        own: The mask's voxels as they came, and the scan, on the mask's own grid; None where the cube's are written.
            The candidate itself stays on the cube, where the scan was made and checked.
    """

    own: Candidate | None = None


def require_usual_size(path: Path, what: str) -> None:
    """Checks the header of a volume file before its voxels are read; what has no header is left to the reader.

    Args:
        path: The file.
        what: What it is, for the message.

    Raises:
        MaskError: It has more voxels than are read.
    """
    voxels = header_voxels(path)
    if voxels is not None:
        _require_voxels(voxels, MOST_READ, what, "Crop it.")


def require_own_grid(grid: VoxelGrid) -> None:
    """Checks that a volume on a grid can be made in usual memory.

    Raises:
        MaskError: It has too many voxels.
    """
    hint = "Crop the mask, or take the cube (--grid cube)."
    _require_voxels(math.prod(grid.shape_kji), MOST_VOXELS, "mask", hint)


def _require_voxels(voxels: int, most: int, what: str, hint: str) -> None:
    if voxels > most:
        raise MaskError(f"The grid of the {what} has {voxels:,} voxels, {most:,} are the most.", hint=hint)


def mask_in_cube(mask: NDArray[np.bool_], grid: VoxelGrid, wanted: Structure, voxels: int) -> MaskVolume:
    """A mask on the cube that its scan is made on.

    A mask that lies on a cube as the first stage makes them, one that was edited by hand, stays on it voxel by voxel;
    any other gets a RAS cube around its middle.

    Args:
        mask: (D, H, W) with at least one voxel; grid: its own.
        wanted: What it shows.
        voxels: Edge of the cube.

    Raises:
        MaskError: It is larger than the structure's cube.
    """
    filled_ml, cube_ml = float(np.count_nonzero(mask)) * grid.voxel_ml, wanted.cube_mm**3 / 1000.0
    if filled_ml > cube_ml:  # told by the count alone: the places of so many voxels take too much memory
        raise _too_large(f"{filled_ml:,.0f} mL", wanted)
    center, extent = middle_and_extent(mask, grid)
    if extent.max() > wanted.cube_mm and not _is_cube(grid, wanted, voxels):
        raise _too_large(" × ".join(f"{e:.0f}" for e in extent) + " mm", wanted)
    if _is_cube(grid, wanted, voxels) and float(np.abs(center - grid.center_ras).max()) <= _OFF_MIDDLE * wanted.cube_mm:
        return MaskVolume(mask.astype(np.uint8), grid, wanted.name)
    cube = cube_around(mask, grid, wanted.cube_mm, voxels)
    return MaskVolume(mask_on_grid(mask, grid, cube).astype(np.uint8), cube, wanted.name).require_body()


def _too_large(size: str, wanted: Structure) -> MaskError:
    return MaskError(
        f"The mask ({size}) exceeds the {wanted.cube_mm:.0f} mm cube of the {wanted.title.lower()}.",
        hint="Check its spacing and the structure.",
    )


def _is_cube(grid: VoxelGrid, wanted: Structure, voxels: int) -> bool:
    """Whether a grid is a cube as the first stage makes them: along RAS, or a little turned."""
    spacing = wanted.cube_mm / voxels
    if grid.shape_kji != (voxels,) * 3 or not np.allclose(grid.spacing_mm, spacing, rtol=_SPACING_OFF):
        return False
    return bool(np.abs(grid.ijk_to_ras[:3, :3] / spacing - np.eye(3)).max() <= _TURN)


def on_own_grid(candidate: Candidate, mask: NDArray[np.bool_], grid: VoxelGrid) -> tuple[Candidate, float]:
    """The candidate with the mask as it came and its scan resampled to it, and the share of the grid beyond the cube.

    Args:
        candidate: On the cube; its report is kept.
        mask: (D, H, W) as it was given; grid: its own.
    """
    scan, beyond = candidate.image, 0.0
    if scan is not None:
        values, beyond = _resampled(scan, grid)
        scan = ImageVolume(values, grid, scan.modality)
    labels = MaskVolume(mask.view(np.uint8), grid, candidate.mask.structure)
    return Candidate(labels, scan, candidate.report), beyond


def _resampled(scan: ImageVolume, grid: VoxelGrid) -> tuple[NDArray[np.int16], float]:
    """Linearly, some slices at a time, rounded; beyond the scan the lowest value of its window, or air in full HU."""
    depth, height, width = grid.shape_kji
    lowest = round(window_of(scan.modality)[0])
    full_hu = scan.modality == "CT" and scan.values.min() < lowest
    whole = np.full(grid.shape_kji, _AIR_HU if full_hu else lowest, dtype=np.int16)
    source, inside = scan.values.astype(np.float32), 0  # ITK cuts decimals off where voxels are whole numbers
    step = max(1, _SLAB_VOXELS // (height * width))
    for first in range(0, depth, step):
        slab = _slices(grid, first, min(step, depth - first))
        if _apart(slab, scan.grid):
            continue
        values = resample(source, scan.grid, slab, fill=float("nan"))
        known = np.isfinite(values)
        whole[first : first + step][known] = np.rint(values[known])
        inside += int(np.count_nonzero(known))
    return whole, 1.0 - inside / whole.size


def _slices(grid: VoxelGrid, first: int, count: int) -> VoxelGrid:
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] = grid.to_ras((0, 0, first))
    return VoxelGrid((count, *grid.shape_kji[1:]), affine)


def _apart(one: VoxelGrid, other: VoxelGrid) -> bool:
    """Whether all of one grid lies beyond one face of the other; False where that is not sure."""
    last = np.array(one.shape_kji[::-1]) - 1
    corners = other.to_ijk(one.to_ras(np.array(list(np.ndindex(2, 2, 2))) * last))
    size = np.array(other.shape_kji[::-1])
    return bool((corners.max(axis=0) < -1).any() or (corners.min(axis=0) > size).any())

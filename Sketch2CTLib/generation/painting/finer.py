"""A result on finer voxels than its cube has: the same shape, the CT painted anew from the same layout, in tiles."""

from __future__ import annotations

import numpy as np

from ...errors import ConfigError
from ...frames import VoxelGrid, mask_on_grid
from ..pipeline import Pipeline
from ..request import GenerationRequest
from ..results import Candidate
from ..settings import Settings
from ..values import MaskVolume
from .scan import BEYOND, finer_scan, unpainted

MOST_VOXELS = 384  # along an edge: a cube of int16 has 113 MB, what it is painted from ten times that


def finer_grid(cube: VoxelGrid, spacing_mm: float) -> VoxelGrid:
    """The voxels of about that size that fill a cube.

    Args:
        cube: Of a result.
        spacing_mm: Edge of the voxels that is wanted; as many are taken as come nearest to it.

    Raises:
        ConfigError: They would be coarser than the cube's own, or too many.
    """
    size_mm, own_mm = float(cube.size_mm[0]), float(cube.spacing_mm[0])
    voxels = round(size_mm / spacing_mm)
    if voxels < cube.shape_kji[0]:
        raise ConfigError(
            f"A spacing of {spacing_mm:g} mm is coarser than the {own_mm:g} mm that this cube has anyway.",
            hint="Give a smaller one, or leave it out.",
        )
    if voxels > MOST_VOXELS:
        raise ConfigError(
            f"A cube of {size_mm:g} mm has {voxels} voxels of {spacing_mm:g} mm an edge; {MOST_VOXELS} are the most.",
            hint=f"Ask for {size_mm / MOST_VOXELS:.2f} mm or more.",
        )
    axes = cube.ijk_to_ras[:3, :3] / own_mm * (size_mm / voxels)
    affine = np.eye(4)
    affine[:3, :3] = axes
    affine[:3, 3] = cube.center_ras - axes @ np.full(3, (voxels - 1) / 2)
    return VoxelGrid((voxels,) * 3, affine)


def require_possible(request: GenerationRequest, cube: VoxelGrid, pipeline: Pipeline) -> None:
    """Does nothing where a request's voxels and values are its cube's usual ones, or others that can be.

    Raises:
        ConfigError: The spacing cannot be, or the scan would not be painted.
    """
    settings, structure = request.settings, request.description.structure
    asked = [BEYOND] if settings.full_hu else []
    if settings.spacing_mm is not None:
        finer_grid(cube, settings.spacing_mm)
        asked.append(f"at {settings.spacing_mm:g} mm")
    if asked and request.with_volume and not (request.paints and pipeline.paints(structure)):
        raise unpainted(structure, " and ".join(asked))


def finer(candidate: Candidate, seed: int, settings: Settings, pipeline: Pipeline) -> Candidate:
    """A candidate on finer voxels; its report stays that of the cube, on which it was checked.

    Args:
        candidate: On its cube.
        seed: That its scan was painted with.
        settings: With the edge of the voxels.
        pipeline: What painted it.

    Raises:
        ConfigError: The spacing cannot be, or the scan was not painted.
    """
    cube = candidate.mask.grid
    grid = finer_grid(cube, settings.spacing_mm or float(cube.spacing_mm[0]))
    body = candidate.mask.body if grid == cube else mask_on_grid(candidate.mask.body, cube, grid)
    mask = MaskVolume(body.astype(np.uint8), grid, candidate.mask.structure)
    scan = candidate.image and finer_scan(
        pipeline.painting_models, candidate.image, mask, seed, full_hu=settings.full_hu
    )
    return Candidate(mask, scan, candidate.report)

"""Projection of mask fields onto what was drawn and stated: silhouettes, extents, the volume.

Used twice: in the last half of sampling on the predicted clean field (the change is carried back into the latent), and
once on the final field. A field is in units of the truncation, a sixteenth of the cube's edge, positive inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from .. import catalog
from ..conditioning.lifted import EXTENTS, sketch_channels
from ..data.masks import main_components
from ..frames import VoxelGrid
from ..frames import view as standard_view
from ..networks import Coder, PatchAutoencoder
from ..sketch import Sketch, rasterise, silhouette
from .model.fields import enlarged
from .model.presets import MASK_TRUNCATION

SLACK_VOXELS = 0.5
FILL_DEPTH = 0.06  # deeper fills take volume away from where the body truly is
FILL_WIDTH = 0.05
MAX_SHIFT = 0.6
_SATURATED = 0.95  # beyond it a truncated distance says no more than the side
_REFINED = 0.03
_SPACE = (-3, -2, -1)


@dataclass(frozen=True)
class Shadow:
    """What a body's shadow along some axes must fill, and must not leave.

    Args:
        signed: Signed distance in field units, broadcastable to (V, V, V), positive inside.
        along: The axes (negative) that the shadow falls along.
    """

    signed: Tensor
    along: tuple[int, ...]

    def to(self, field: Tensor) -> Shadow:
        """On a field's device and in its precision."""
        return Shadow(self.signed.to(field), self.along)


@dataclass(frozen=True)
class Bounds:
    """Where a body may lie and must reach, on a cube of V³ voxels.

    Args:
        shadows: The drawn silhouettes along their views, and the stated extents along the two other axes.
    """

    shadows: tuple[Shadow, ...]

    @classmethod
    def of(cls, sketches: Sequence[Sketch], numbers: Mapping[str, float], structure: str, voxels: int) -> Bounds:
        """The bounds of a request; its sketches are centred on the cube's faces."""
        cube_mm = catalog.structure(structure).cube_mm
        drawn = [_silhouette(sketch, cube_mm, voxels) for sketch in sketches]
        return cls((*drawn, *_extents(numbers, cube_mm, voxels)))

    @property
    def free(self) -> bool:
        """Whether nothing bounds the body."""
        return not self.shadows

    def carve(self, field: Tensor) -> Tensor:
        """The field (…, V, V, V), nowhere above its bounds."""
        for shadow in self.shadows:
            field = torch.minimum(field, shadow.to(field).signed)
        return field

    def project(self, field: Tensor) -> Tensor:
        """Carved, and raised where a shadow would stay empty (most where the body nearly is)."""
        field = self.carve(field)
        for shadow in self.shadows:
            field = _raised(field, shadow.to(field))
        return self.carve(field)


def _raised(field: Tensor, shadow: Shadow) -> Tensor:
    depth = field.amax(dim=shadow.along, keepdim=True)
    missing = F.relu(shadow.signed.clamp(max=FILL_DEPTH) - depth) * (shadow.signed > 0)
    if not bool(missing.any()):
        return field
    return field + missing * torch.exp((field - depth) / FILL_WIDTH)


def _silhouette(sketch: Sketch, cube_mm: float, voxels: int) -> Shadow:
    plane = standard_view(sketch.plane.view)
    filled = silhouette(sketch, voxels, size_mm=cube_mm)
    signed = sketch_channels(rasterise(sketch, voxels, size_mm=cube_mm), filled)[0] * 2.0
    slab = torch.from_numpy(np.ascontiguousarray(plane.from_picture(np.clip(signed, -1, 1))))
    return Shadow(slab.unsqueeze(plane.axis_kji), (plane.axis_kji - 3,))


def _extents(numbers: Mapping[str, float], cube_mm: float, voxels: int) -> list[Shadow]:
    """Slabs of the stated extents around the cube's middle, half a voxel generous."""
    cell = (torch.arange(voxels, dtype=torch.float32) + 0.5) / voxels - 0.5
    slabs = []
    for ras, name in enumerate(EXTENTS):
        if name not in numbers:
            continue
        half = numbers[name] / cube_mm / 2 + SLACK_VOXELS / voxels
        signed = ((half - cell.abs()) / MASK_TRUNCATION).clamp(-1, 1)
        shape = [1, 1, 1]
        shape[2 - ras] = voxels
        slabs.append(Shadow(signed.view(shape), tuple(axis for axis in _SPACE if axis != -1 - ras)))
    return slabs


def latent_correction(
    bounds: Bounds, coder: Coder, factor: float, *, voxel_ml: float, volume_ml: float | None
) -> Callable[[Tensor], Tensor]:
    """Clean latents → clean latents whose field lies in its bounds and has the asked volume.

    Only the change passes through the autoencoder. A linear code is decoded without its finish: its encoder is then
    the exact adjoint, and the step is an orthogonal projection in the space of fields.

    Args:
        bounds: Of the preset's cube.
        coder: Decodes latents divided by `factor`.
        factor: The latents' scale.
        voxel_ml: Size of a voxel of that cube.
        volume_ml: The asked volume, if there is one.
    """
    decode = coder.linear if isinstance(coder, PatchAutoencoder) else coder.decode

    def correct(x0: Tensor) -> Tensor:
        field = decode(x0 / factor).float()
        wanted = torch.stack([_with_volume(one, bounds, voxel_ml, volume_ml) for one in field])
        return x0 + ((coder.encode(wanted)[0] - coder.encode(field)[0]) * factor).to(x0.dtype)

    return correct


def _with_volume(field: Tensor, bounds: Bounds, voxel_ml: float, volume_ml: float | None) -> Tensor:
    """(1, V, V, V) projected, and moved by the level that meets the volume where a distance is not saturated."""
    if volume_ml is None:
        return bounds.project(field)
    near = ((1.0 - field.abs()) / (1.0 - _SATURATED)).clamp(0.0, 1.0)
    return bounds.project(field + near * _carved_level(field, bounds, voxel_ml, volume_ml))


def shift_to_volume(
    field: NDArray[np.float32], bounds: Bounds, voxel_ml: float, volume_ml: float | None
) -> tuple[NDArray[np.bool_], float]:
    """The body of a projected field, its level moved within bounds so that the asked volume is met.

    Returns:
        (V, V, V) bool, and the shift in field units (positive: outwards), within ± MAX_SHIFT.
    """
    values = torch.from_numpy(field)
    level = _level(values, bounds, voxel_ml, volume_ml) if volume_ml else 0.0
    return (bounds.project(values + level) > 0).numpy(), level


def finished(
    field: NDArray[np.float32], grid: VoxelGrid, bounds: Bounds, numbers: Mapping[str, float]
) -> tuple[NDArray[np.uint8], float]:
    """The body of a field on the output grid, within its bounds, and how far its surface was moved (mm, outwards).

    Args:
        numbers: An asked `volume_ml` moves the surface; `components` of 1 keeps the largest piece alone.
    """
    fine = bounds.project(torch.from_numpy(enlarged(field, grid.shape_kji[0]))).numpy()
    body, level = shift_to_volume(fine, bounds, grid.voxel_ml, numbers.get("volume_ml"))
    if numbers.get("components") == 1 and body.any():
        body = main_components(body, 1.0)
    return body.astype(np.uint8), level * float(grid.size_mm[0]) * MASK_TRUNCATION


def _level(field: Tensor, bounds: Bounds, voxel_ml: float, volume_ml: float) -> float:
    """Bisection of the level within ± MAX_SHIFT; a volume beyond reach is met as far as the limit goes.

    What is raised to fill a shadow is thin: the level is sought within the carved field, and refined with it filled.
    """
    near = _carved_level(field, bounds, voxel_ml, volume_ml)
    low, high = max(-MAX_SHIFT, near - _REFINED), min(MAX_SHIFT, near + _REFINED)
    for _ in range(7):
        middle = (low + high) / 2
        found_ml = float((bounds.project(field + middle) > 0).sum()) * voxel_ml
        low, high = (middle, high) if found_ml < volume_ml else (low, middle)
    return (low + high) / 2


def _carved_level(field: Tensor, bounds: Bounds, voxel_ml: float, volume_ml: float) -> float:
    """The same for the field carved only: the asked number of largest values, found by counting."""
    room = bounds.carve(torch.full_like(field, 1.0)) > 0
    values = field[room & (field > -MAX_SHIFT)]
    low, high = -MAX_SHIFT, MAX_SHIFT
    for _ in range(12):
        middle = (low + high) / 2
        found_ml = float((values > -middle).sum()) * voxel_ml
        low, high = (middle, high) if found_ml < volume_ml else (low, middle)
    return (low + high) / 2

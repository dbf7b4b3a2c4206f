"""Projection of mask fields onto what was drawn and stated: the silhouette, the extents, the volume.

Used twice: in the last half of sampling on the predicted clean field (the change is carried back into the latent), and
once on the final field. A field is in units of the truncation, a sixteenth of the cube's edge, positive inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from .. import catalog
from ..conditioning.lifted import EXTENTS, sketch_channels
from ..frames import view as standard_view
from ..sketch import Sketch, rasterise, silhouette
from .presets import MASK_TRUNCATION

SLACK_VOXELS = 0.5
FILL_DEPTH = 0.25
FILL_WIDTH = 0.15
MAX_SHIFT = 0.6


@dataclass(frozen=True)
class Bounds:
    """Where a body may lie and must lie, on a cube of V³ voxels.

    Args:
        prism: (V, V, V) silhouette's signed distance along its view, or None without a sketch.
        axis_kji: The axis that the sketch looks along.
        box: (V, V, V) signed distance to the stated extents' box, or None if none is stated.
    """

    prism: Tensor | None
    axis_kji: int
    box: Tensor | None

    @classmethod
    def of(cls, sketch: Sketch | None, numbers: Mapping[str, float], structure: str, voxels: int) -> Bounds:
        """The bounds of a request; the sketch is centred on the cube's face."""
        cube_mm = catalog.structure(structure).cube_mm
        plane = standard_view(sketch.plane.view if sketch else catalog.structure(structure).view)
        prism = None
        if sketch is not None:
            filled = silhouette(sketch, voxels, size_mm=cube_mm)
            signed = sketch_channels(rasterise(sketch, voxels, size_mm=cube_mm), filled)[0] * 2.0
            slab = torch.from_numpy(np.ascontiguousarray(plane.from_picture(np.clip(signed, -1, 1))))
            prism = slab.unsqueeze(plane.axis_kji).expand(voxels, voxels, voxels)
        return cls(prism, plane.axis_kji, _box(numbers, cube_mm, voxels))

    @property
    def free(self) -> bool:
        """Whether nothing bounds the body."""
        return self.prism is None and self.box is None

    def carve(self, field: Tensor) -> Tensor:
        """The field (…, V, V, V), nowhere above its bounds."""
        for bound in (self.prism, self.box):
            if bound is not None:
                field = torch.minimum(field, bound.to(field))
        return field

    def project(self, field: Tensor) -> Tensor:
        """Carved, and raised where the silhouette would stay empty (most where the body nearly is)."""
        field = self.carve(field)
        if self.prism is None:
            return field
        axis = self.axis_kji - 3
        prism = self.prism.to(field)
        depth = field.amax(dim=axis, keepdim=True)
        wanted = prism.amax(dim=axis, keepdim=True).clamp(max=FILL_DEPTH)
        missing = F.relu(wanted - depth) * (wanted > 0)
        near = torch.exp((field - depth) / FILL_WIDTH)
        return self.carve(field + missing * near)


def _box(numbers: Mapping[str, float], cube_mm: float, voxels: int) -> Tensor | None:
    """Signed distance to the box of the stated extents, in field units, half a voxel generous."""
    cell = (torch.arange(voxels, dtype=torch.float32) + 0.5) / voxels - 0.5
    box: Tensor | None = None
    for ras, name in enumerate(EXTENTS):
        if name not in numbers:
            continue
        half = numbers[name] / cube_mm / 2 + SLACK_VOXELS / voxels
        slab = ((half - cell.abs()) / MASK_TRUNCATION).clamp(-1, 1)
        shape = [1, 1, 1]
        shape[2 - ras] = voxels
        slab = slab.view(shape).expand(voxels, voxels, voxels)
        box = slab if box is None else torch.minimum(box, slab)
    return box


def latent_correction(
    bounds: Bounds, decode: Callable[[Tensor], Tensor], encode: Callable[[Tensor], Tensor]
) -> Callable[[Tensor], Tensor]:
    """Clean latents → clean latents whose field is projected; only the change passes through the autoencoder."""

    def correct(x0: Tensor) -> Tensor:
        field = decode(x0).float()
        projected = bounds.project(field)
        return x0 + (encode(projected) - encode(field)).to(x0.dtype)

    return correct


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


def _level(field: Tensor, bounds: Bounds, voxel_ml: float, volume_ml: float) -> float:
    """Bisection of the level within ± MAX_SHIFT; a volume beyond reach is met as far as the limit goes."""
    low, high = -MAX_SHIFT, MAX_SHIFT
    for _ in range(12):
        middle = (low + high) / 2
        found_ml = float((bounds.project(field + middle) > 0).sum()) * voxel_ml
        low, high = (middle, high) if found_ml < volume_ml else (low, middle)
    return (low + high) / 2

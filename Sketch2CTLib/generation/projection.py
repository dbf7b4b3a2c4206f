"""Projection of mask fields onto what was drawn and stated: silhouettes, extents, the volume.

Used by re-edits alone, where a stroke changed locally: the smooth change of `conformity` is too stiff for a bump. A
field is in units of the truncation, a sixteenth of the cube's edge, positive inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .. import catalog
from ..conditioning.lifted import EXTENTS, sketch_channels
from ..frames import view as standard_view
from ..sketch import Sketch, rasterise, silhouette
from .conformity import Shadow
from .model.presets import MASK_TRUNCATION

SLACK_VOXELS = 0.5
FILL_DEPTH = 0.06  # deeper fills take volume away from where the body truly is
FILL_WIDTH = 0.05
MAX_SHIFT = 0.6
_SPACE = (-3, -2, -1)


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
            field = torch.minimum(field, shadow.signed.to(field))
        return field

    def project(self, field: Tensor) -> Tensor:
        """Carved, and raised where a shadow would stay empty (most where the body nearly is)."""
        field = self.carve(field)
        for shadow in self.shadows:
            field = _raised(field, Shadow(shadow.signed.to(field), shadow.along))
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

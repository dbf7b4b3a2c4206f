"""The depth that a single drawing leaves open: scaled so that a stated volume is met, and the drawn outline with it.

A body stretched along the view axis casts the same shadow. Where nothing is stated of its depth, this is how people
read "the same outline, but twice the volume"; moving the whole surface would leave the outline.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .. import catalog
from ..conditioning.lifted import EXTENTS
from ..frames import view as standard_view
from .conditions import Request
from .projection import Bounds

LEAST_SCALE, MOST_SCALE = 0.4, 2.5
_CLOSE_ENOUGH = 0.02  # of the volume: the level shift does the rest
_MARGIN_VOXELS = 2.0  # that a stretched body keeps from the cube's faces


@dataclass(frozen=True)
class OpenDepth:
    """What a request says of a depth that it leaves open.

    Args:
        axis_kji: The array axis along the only drawing's view.
        volume_ml: The stated volume.
        voxel_ml: Size of a voxel of the preset's cube.
        bounds: Of the request, on that cube.
    """

    axis_kji: int
    volume_ml: float
    voxel_ml: float
    bounds: Bounds

    @classmethod
    def of(cls, request: Request, bounds: Bounds, voxels: int) -> OpenDepth | None:
        """None where the depth is stated, drawn in a second view, or no volume is asked."""
        volume_ml = request.numbers.get("volume_ml")
        if volume_ml is None or len(request.sketches) != 1 or bounds.free:
            return None
        axis = standard_view(request.sketches[0].plane.view).axis_kji
        if EXTENTS[2 - axis] in request.numbers:
            return None
        return cls(axis, volume_ml, (catalog.structure(request.structure).cube_mm / voxels) ** 3 / 1000.0, bounds)

    def scale(self, field: Tensor) -> float:
        """The factor of depth with which a field (V, V, V) comes to the volume, 1 where it is close enough."""
        body = self.bounds.project(field) > 0
        found_ml = float(body.sum()) * self.voxel_ml
        if found_ml == 0.0 or abs(self.volume_ml / found_ml - 1.0) <= _CLOSE_ENOUGH:
            return 1.0
        voxels = field.shape[self.axis_kji]
        filled = body.any(dim=tuple(axis for axis in (2, 1, 0) if axis != self.axis_kji)).nonzero()
        reach = float((filled - (voxels - 1) / 2.0).abs().max()) + 0.5
        most = max(1.0, min(MOST_SCALE, (voxels / 2.0 - _MARGIN_VOXELS) / reach))
        return min(max(self.volume_ml / found_ml, LEAST_SCALE), most)

    def scaled(self, field: Tensor) -> tuple[Tensor, float]:
        """The field stretched about the cube's middle, and the factor."""
        scale = self.scale(field)
        return (field if scale == 1.0 else stretched(field, self.axis_kji, scale)), scale


def stretched(field: Tensor, axis: int, scale: float) -> Tensor:
    """A field (V, V, V) stretched by a factor along an array axis about the cube's middle, linear in between."""
    size = field.shape[axis]
    middle = (size - 1) / 2.0
    at = (torch.arange(size, dtype=torch.float32, device=field.device) - middle) / scale + middle
    low = at.floor().clamp(0, size - 1).long()
    high = (low + 1).clamp(max=size - 1)
    shape = [1, 1, 1]
    shape[axis] = size
    weight = (at - low).clamp(0.0, 1.0).view(shape).to(field.dtype)
    return field.index_select(axis, low) * (1.0 - weight) + field.index_select(axis, high) * weight

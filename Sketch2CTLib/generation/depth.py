"""The size that drawings leave open: a prior mean is scaled to what is stated of it.

A body stretched along the only drawing's view casts the same shadow. Where nothing is stated of its depth, this is how
people read "the same outline, but twice the volume"; moving the whole surface would leave the outline. Without any
drawing every direction is open: the prior mean is stretched to the stated extents, and the rest to the stated volume. A
smooth change of the shape is meant for less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .. import catalog
from ..conditioning.lifted import EXTENTS
from ..frames import view as standard_view
from .request import PlacedRequest
from .settings import Settings

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
    """

    axis_kji: int
    volume_ml: float
    voxel_ml: float

    @classmethod
    def of(cls, request: PlacedRequest, voxels: int) -> OpenDepth | None:
        """None where the depth is stated, drawn in a second view or by contours, or no volume is asked."""
        volume_ml = request.numbers.get("volume_ml")
        if volume_ml is None or len(request.silhouettes) != 1 or request.contours:
            return None
        axis = standard_view(request.silhouettes[0].plane.view).axis_kji
        if EXTENTS[2 - axis] in request.numbers:
            return None
        return cls(axis, volume_ml, (catalog.structure(request.structure).cube_mm / voxels) ** 3 / 1000.0)

    def scale(self, field: Tensor) -> float:
        """The factor of depth with which a field (V, V, V) comes to the volume, 1 where it is close enough."""
        body = field > 0
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


@dataclass(frozen=True)
class OpenBody:
    """What a request without a drawing says of the body's size.

    Args:
        extents: Array axis → stated extent in voxels of the preset's cube.
        voxels_asked: The stated volume in such voxels, if there is one.
    """

    extents: Mapping[int, float]
    voxels_asked: float | None

    @classmethod
    def of(cls, request: PlacedRequest, voxels: int, settings: Settings) -> OpenBody | None:
        """None where there is a drawing, or nothing that is followed is stated."""
        if request.drawings:
            return None
        voxel_mm = catalog.structure(request.structure).cube_mm / voxels
        followed = EXTENTS if settings.follow else ()
        stated = {2 - ras: name for ras, name in enumerate(followed) if name in request.numbers}
        volume_ml = request.numbers.get("volume_ml") if settings.match_volume else None
        asked = None if volume_ml is None else volume_ml * 1000.0 / voxel_mm**3
        extents = {axis: request.numbers[name] / voxel_mm for axis, name in stated.items()}
        return cls(extents, asked) if extents or asked else None

    def scaled(self, field: Tensor) -> tuple[Tensor, float]:
        """The field (V, V, V) stretched to the extents, then along the other axes to the volume; and 1.

        What it is stretched by is not told: nothing that was drawn is changed by it.
        """
        if not bool((field > 0).any()):
            return field, 1.0
        for axis, wanted in self.extents.items():
            low, high = _reach(field, axis)
            field = stretched(field, axis, _limited(wanted / (high - low + 1.0)), about=(low + high) / 2.0)
        free = [axis for axis in range(3) if axis not in self.extents]
        if free and self.voxels_asked:
            scale = _limited((self.voxels_asked / float((field > 0).sum())) ** (1.0 / len(free)))
            for axis in free:
                field = stretched(field, axis, scale, about=sum(_reach(field, axis)) / 2.0)
        return field, 1.0


def open_size(request: PlacedRequest, voxels: int, settings: Settings) -> OpenDepth | OpenBody | None:
    """What a request leaves open and says something of; None where there is nothing to scale.

    Args:
        request: Of one sample.
        voxels: Edge of the preset's cube.
        settings: Whether a stated volume is met, and whether drawings and extents are followed.
    """
    if not request.drawings:
        return OpenBody.of(request, voxels, settings)
    return OpenDepth.of(request, voxels) if settings.match_volume and settings.follow else None


def _limited(scale: float) -> float:
    return min(max(scale, LEAST_SCALE), MOST_SCALE)


def _reach(field: Tensor, axis: int) -> tuple[float, float]:
    """First and last voxel of the body along an axis."""
    filled = (field > 0).any(dim=tuple(other for other in (2, 1, 0) if other != axis)).nonzero()
    return float(filled.min()), float(filled.max())


def stretched(field: Tensor, axis: int, scale: float, *, about: float | None = None) -> Tensor:
    """A field (V, V, V) stretched by a factor along an array axis, linear in between.

    Args:
        field: To stretch.
        axis: Of the array.
        scale: More than 1 makes the body longer.
        about: The place, in voxels, that comes to lie in the cube's middle, which it is by default.
    """
    size = field.shape[axis]
    middle = (size - 1) / 2.0
    about = middle if about is None else about
    at = (torch.arange(size, dtype=torch.float32, device=field.device) - middle) / scale + about
    low = at.floor().clamp(0, size - 1).long()
    high = (low + 1).clamp(max=size - 1)
    shape = [1, 1, 1]
    shape[axis] = size
    weight = (at - low).clamp(0.0, 1.0).view(shape).to(field.dtype)
    return field.index_select(axis, low) * (1.0 - weight) + field.index_select(axis, high) * weight

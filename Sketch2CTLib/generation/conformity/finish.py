"""The body of a field on the output grid: changed smoothly to its targets, without crumbs, its volume met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ... import catalog
from ...data.masks import main_components
from ...frames import VoxelGrid
from ..model.fields import enlarged
from ..model.presets import MASK_TRUNCATION
from .deformation import Deformation
from .fitting import Stiffness, fitted
from .misfit import CELL
from .targets import CELLS, Targets
from .tube import towards_tube

MAX_SHIFT = 0.6  # field units, of a body that nothing else bounds
SMALL_SHIFT = 0.1  # of one that was fitted
_SATURATED = 0.9
_CRUMB = 0.1  # of the largest piece
_ROUNDS = 4
_LEAST_FREE = 1e-3
VESSEL = Stiffness(points=32, steps=5, inner=12)  # six voxels between control points are a third of an aorta
LOCAL = Stiffness(bending=0.02)  # of a part that alone may change: a bump is narrower than an organ

Floats = NDArray[np.float32]


def conforming(
    field: Floats,
    targets: Targets,
    volume: float | None,
    stiffness: Stiffness | None = None,
    within: Floats | None = None,
) -> Conformed | None:
    """A field changed smoothly to its targets; None where nothing is drawn and no extent is stated.

    Args:
        field: (V, V, V) mask field.
        targets: What is asked.
        volume: Asked share of the cube.
        stiffness: Of the change; the usual one by default.
        within: (V, V, V) how freely each place may change, from 1 to 0; None where all of it may.
    """
    if targets.free:
        return None
    whole, coarse = unsaturated(field)
    places = None if within is None else torch.from_numpy(within)
    usual = VESSEL if catalog.structure(targets.structure).tubular else Stiffness()
    return Conformed(whole, fitted(coarse, targets, volume, stiffness or usual, places))


@dataclass(frozen=True, eq=False)
class Conformed:
    """A field and the change that brings it to its targets.

    Args:
        field: (V, V, V), nowhere saturated.
        change: Of the field.
    """

    field: Floats
    change: Deformation

    def on(self, cells: int) -> Floats:
        """(cells,)³ the changed field; outside of where its body may lie it is −1."""
        return self.change.applied(self.field, cells)


def unsaturated(field: Floats) -> tuple[Floats, Tensor]:
    """A field continued beyond its saturation by the distance to where it is not saturated; and the same on CELLS."""
    from scipy import ndimage

    whole = enlarged(field, max(CELLS, len(field)))
    values = torch.from_numpy(whole)[None, None]
    near = F.interpolate(values, size=(CELLS,) * 3, mode="area")[0, 0].numpy() if len(whole) > CELLS else whole
    beyond = (np.sign(near) * ndimage.distance_transform_edt(np.abs(near) >= _SATURATED) * CELL).astype(np.float32)
    return whole + enlarged(beyond, len(whole)), torch.from_numpy(near + beyond)


def finished(
    field: Floats,
    grid: VoxelGrid,
    targets: Targets,
    numbers: Mapping[str, float],
    within: Floats | None = None,
) -> tuple[NDArray[np.uint8], float]:
    """The body of a field on the output grid, and how far its surface was moved at the end (mm, outwards).

    Args:
        field: (V, V, V) mask field of the same cube.
        grid: The output cube.
        targets: What is asked of the shape.
        numbers: An asked `volume_ml` is met by the change and a last shift of the surface; `components` of 1 keeps the
            largest piece alone. A vessel that is drawn towards a tube keeps the volume that it had before.
        within: (V, V, V) on the output grid, how freely each place may change; where it is 0 the field's body stays,
            voxel by voxel. None where all of it may change.
    """
    voxels, asked_ml = grid.shape_kji[0], numbers.get("volume_ml")
    share = None if asked_ml is None else asked_ml / (grid.voxel_ml * voxels**3)
    change = conforming(field, targets, share, LOCAL if within is not None else None, within)
    whole = enlarged(field, voxels)
    fine = whole if change is None else change.on(voxels)
    limit = MAX_SHIFT if change is None else SMALL_SHIFT
    free = np.ones_like(fine) if within is None else within
    least = least_share(numbers, targets.structure)
    volume = None if asked_ml is None else asked_ml / grid.voxel_ml
    fine = np.where(free > 0.0, without_crumbs(fine, least), whole)
    body, level = _at_volume(fine, free, volume, (least, limit))
    if within is None and body.any() and catalog.structure(targets.structure).tubular:
        kept = float(np.count_nonzero(body)) if volume is None else volume
        body, level = _at_volume(towards_tube(fine, body, grid), free, kept, (least, limit))
    return body.astype(np.uint8), level * float(grid.size_mm[0]) * MASK_TRUNCATION


def _at_volume(
    fine: Floats, free: Floats, voxels: float | None, bounds: tuple[float, float]
) -> tuple[NDArray[np.bool_], float]:
    """The body of a field at the level of its volume, and the level.

    Args:
        fine: (V, V, V) mask field; free: how freely each place may change.
        voxels: Asked volume; None leaves the level at 0.
        bounds: The share of the largest piece below which another is dropped, and the most that the level may move.
    """
    (least, limit), level = bounds, 0.0
    for _ in range(_ROUNDS):  # a moved level may set pieces apart, which go, and their volume with them
        if voxels is not None:
            level = _level(fine, free, voxels, limit)
        body = fine + level * free > 0
        kept = main_components(body, least) if least > 0.0 and body.any() else body
        gone = body & ~kept & (free > 0.0)
        if not gone.any():
            break
        fine = np.where(gone, -1.0, fine).astype(np.float32)
    return body & ~gone, level


def _level(field: Floats, free: Floats, voxels: float, most: float) -> float:
    """`level_for` of a level that moves each place as far as it is free."""
    still = free == 0.0
    if not still.any():
        return level_for(field / free, voxels, most)
    return level_for((field / np.maximum(free, _LEAST_FREE))[~still], voxels - np.count_nonzero(field[still] > 0), most)


def least_share(numbers: Mapping[str, float], structure: str) -> float:
    """The share of the largest piece below which another is dropped.

    All others where one piece is asked, crumbs where the structure is usually of one piece and nothing is asked, none
    else.
    """
    from ..report.report import usual_pieces

    if "components" in numbers:
        return 1.0 if numbers["components"] == 1 else 0.0
    return _CRUMB if usual_pieces(structure) == 1 else 0.0


def without_crumbs(field: Floats, least: float) -> Floats:
    """The field with its small pieces put outside."""
    from scipy import ndimage

    body = field > 0
    if least == 0.0 or not body.any():
        return field
    crumbs = body & ~main_components(body, least)
    if not crumbs.any():
        return field
    near = ndimage.binary_dilation(crumbs, iterations=2) & ~(body & ~crumbs)
    return np.where(near, np.minimum(field, -1.0), field).astype(np.float32)


def level_for(field: Floats, voxels: float, most: float) -> float:
    """The level within ± `most` at which so many voxels of a field lie inside; the limit where that is beyond reach."""
    values = field[np.abs(field) <= most]
    inside = int(np.count_nonzero(field > most))
    missing = round(voxels) - inside
    if missing <= 0:
        return -most
    if missing >= len(values):
        return most
    split = np.partition(values, len(values) - missing)
    upper = float(split[len(values) - missing :].min())
    lower = float(split[: len(values) - missing].max())
    return -(upper + lower) / 2.0

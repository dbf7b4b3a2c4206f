"""What a body shall agree with, as signed distances on a cube: silhouettes, stated extents, contours on slices.

Distances are in units of the truncation of mask fields, a sixteenth of the cube's edge, positive inside. Places are in
half cubes, −1 to 1 along the array axes k, j, i.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ... import catalog
from ...conditioning.lifted import EXTENTS
from ...frames import VoxelGrid
from ...frames import view as standard_view
from ...sketch import Sketch, silhouette
from ..model.presets import MASK_TRUNCATION
from ..request import PlacedRequest

PIXELS = 256  # of a drawing's edge when its distances are taken
CELLS = 64  # of the cube's edge on which silhouettes are compared
CONTOUR_CELLS = 96  # of a contour's paper
_SPACE = (-3, -2, -1)


@dataclass(frozen=True)
class Shadow:
    """What a body's shadow along some axes must fill, and must not leave.

    Args:
        signed: Signed distance, broadcastable to a cube (of CELLS³ here), positive inside.
        along: The axes (negative) that the shadow falls along.
    """

    signed: Tensor
    along: tuple[int, ...]


@dataclass(frozen=True)
class Contour:
    """The cut of a body with a plane.

    Args:
        places: (N, 3) points of the plane within the cube, in half cubes along k, j, i.
        signed: (N,) signed distance in the plane to the drawn outline.
    """

    places: Tensor
    signed: Tensor


@dataclass(frozen=True)
class Targets:
    """What a body on a cube shall agree with.

    Args:
        shadows: The drawn silhouettes along their views, and the stated extents along the two other axes.
        contours: The drawn cuts.
        intervals: Array axis → where the body shall begin and end, in half cubes, by drawings and extents.
        structure: Catalog name.
    """

    shadows: tuple[Shadow, ...] = ()
    contours: tuple[Contour, ...] = ()
    intervals: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    structure: str = "liver"

    @classmethod
    def of(
        cls,
        silhouettes: Sequence[Sketch],
        contours: Sequence[Sketch],
        numbers: Mapping[str, float],
        structure: str,
        grid: VoxelGrid,
    ) -> Targets:
        """The targets of a request.

        Args:
            silhouettes: Drawings that are centred on the cube's faces.
            contours: Drawings on planes whose place in the cube matters.
            numbers: Stated extents are those of a body in the middle of the cube.
            structure: Catalog name.
            grid: The cube, of any resolution.
        """
        cube_mm = float(grid.size_mm[0])
        drawn = [_silhouette(sketch, cube_mm) for sketch in silhouettes]
        stated = {2 - ras: numbers[name] / cube_mm for ras, name in enumerate(EXTENTS) if name in numbers}
        extents = [_extent(axis, length) for axis, length in stated.items()]
        intervals = {axis: (-length, length) for axis, length in stated.items()}
        for shadow in drawn:
            intervals |= _drawn_intervals(shadow)
        cuts = tuple(_contour(sketch, grid) for sketch in contours)
        return cls((*drawn, *extents), cuts, intervals, catalog.structure(structure).name)

    @property
    def free(self) -> bool:
        """Whether nothing is drawn and no extent is stated."""
        return not self.shadows and not self.contours


def targets_of(request: PlacedRequest, *, follow: bool = True) -> Targets:
    """The targets of a request on its cube; none where drawings and extents are not followed."""
    if not follow:
        return Targets(structure=request.structure)
    return Targets.of(request.silhouettes, request.contours, request.numbers, request.structure, request.grid)


def _silhouette(sketch: Sketch, cube_mm: float) -> Shadow:
    plane = standard_view(sketch.plane.view)
    signed = _signed(silhouette(sketch, PIXELS, size_mm=cube_mm), cube_mm)
    factor = PIXELS // CELLS
    pooled = signed.reshape(CELLS, factor, CELLS, factor).mean(axis=(1, 3))
    slab = torch.from_numpy(np.ascontiguousarray(plane.from_picture(pooled)))
    return Shadow(slab.unsqueeze(plane.axis_kji), (plane.axis_kji - 3,))


def _signed(filled: NDArray[np.bool_], cube_mm: float) -> NDArray[np.float32]:
    """(P, P) signed distance to the edge of a filled drawing of a window of `cube_mm`, in field units."""
    import cv2

    inside = cv2.distanceTransform(filled.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    outside = cv2.distanceTransform((~filled).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    pixels = np.where(filled, inside - 0.5, 0.5 - outside)
    return (pixels / (len(filled) * MASK_TRUNCATION)).astype(np.float32)


def _extent(axis_kji: int, length: float) -> Shadow:
    """The slab of a stated extent (share of the cube's edge) around the cube's middle."""
    cell = (torch.arange(CELLS, dtype=torch.float32) + 0.5) / CELLS - 0.5
    shape = [1, 1, 1]
    shape[axis_kji] = CELLS
    signed = ((length / 2 - cell.abs()) / MASK_TRUNCATION).view(shape)
    return Shadow(signed, tuple(axis for axis in _SPACE if axis != axis_kji - 3))


def _drawn_intervals(shadow: Shadow) -> dict[int, tuple[float, float]]:
    """Where a silhouette begins and ends along the two axes that it shows, in half cubes."""
    intervals = {}
    for axis in range(3):
        if axis - 3 in shadow.along:
            continue
        others = tuple(other for other in range(3) if other != axis)
        intervals[axis] = spanned(shadow.signed.amax(dim=others))
    return intervals


def spanned(profile: Tensor) -> tuple[float, float]:
    """First and last place where a profile (N,) of signed distances is 0, in half cubes, linear in between."""
    values = profile.tolist()
    inside = [at for at, value in enumerate(values) if value > 0]
    if not inside:
        return 0.0, 0.0
    first, last = float(inside[0]), float(inside[-1])
    if inside[0] > 0:
        first -= values[inside[0]] / (values[inside[0]] - values[inside[0] - 1])
    if inside[-1] < len(values) - 1:
        last += values[inside[-1]] / (values[inside[-1]] - values[inside[-1] + 1])
    return (2 * first + 1) / len(values) - 1, (2 * last + 1) / len(values) - 1


def _contour(sketch: Sketch, grid: VoxelGrid) -> Contour:
    """The part of a drawing's plane that lies within the cube."""
    cube_mm = float(grid.size_mm[0])
    step = cube_mm / CONTOUR_CELLS
    at = (np.arange(CONTOUR_CELLS) + 0.5) * step - cube_mm / 2
    centre_uv = sketch.plane.from_ras(grid.center_ras)
    v, u = np.meshgrid(-at, at, indexing="ij")
    points_ras = sketch.plane.to_ras(np.stack([u, v], axis=-1) + centre_uv)
    places = (2.0 * grid.to_ijk(points_ras)[..., ::-1] + 1.0) / np.array(grid.shape_kji) - 1.0
    centred = replace(
        sketch,
        strokes=tuple(replace(stroke, points_mm=stroke.points_mm - centre_uv) for stroke in sketch.strokes),
    )
    signed = _signed(silhouette(centred, CONTOUR_CELLS, size_mm=cube_mm), cube_mm)
    inside = (np.abs(places) < 1.0).all(axis=-1)
    return Contour(torch.from_numpy(places[inside].astype(np.float32)), torch.from_numpy(signed[inside]))

"""Where a baseline puts a shape: cutting, placing and resampling bodies on a cube, and meeting a volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ...errors import DatasetError, DescriptionError, SketchError
from ...frames import VIEWS, VoxelGrid
from ...generation.report.agreement import resize_picture


@dataclass(frozen=True, eq=False)
class PlacedBody:
    """A training mask cut to its bounding box; axes kji throughout."""

    mask: NDArray[np.bool_]
    spacing_mm: NDArray[np.float64]
    center: NDArray[np.float64]  # centre of mass in voxels

    @property
    def middle(self) -> NDArray[np.float64]:
        """Middle of the bounding box in voxels."""
        return (np.array(self.mask.shape) - 1) / 2

    @property
    def edge_mm(self) -> float:
        """Edge of the cube of the same volume."""
        return float((np.count_nonzero(self.mask) * np.prod(self.spacing_mm)) ** (1 / 3))


def cut_parts(masks: Sequence[NDArray[np.bool_]], grids: Sequence[VoxelGrid]) -> list[PlacedBody]:
    """Training masks cut to their bounding boxes.

    Raises:
        DatasetError: There are no masks, or an empty one.
    """
    if not masks or len(masks) != len(grids):
        raise DatasetError(f"A baseline needs training masks, each with its grid, got {len(masks)} and {len(grids)}.")
    parts = []
    for mask, grid in zip(masks, grids, strict=True):
        if not np.any(mask):
            raise DatasetError("A training mask is empty.", hint="Leave the case out.")
        body = np.array(mask[bounding(np.asarray(mask, dtype=bool))], dtype=bool)
        parts.append(PlacedBody(body, np.array(grid.spacing_mm[::-1]), np.array(ndimage.center_of_mass(body))))
    return parts


def edge_of_volume_mm(volume_ml: float) -> float:
    """Edge of the cube of that volume.

    Raises:
        DescriptionError: The volume is not a positive number.
    """
    if not (np.isfinite(volume_ml) and volume_ml > 0):
        raise DescriptionError(f"The volume must be a positive number of mL, got {volume_ml}.")
    return float((volume_ml * 1000.0) ** (1 / 3))


def drawn_on(silhouette: NDArray[np.bool_], grid: VoxelGrid, view: str) -> NDArray[np.bool_]:
    """The silhouette on the grid's resolution, its axes in array order."""
    plane = VIEWS[view]
    kept = [n for axis, n in enumerate(grid.shape_kji) if axis != plane.axis_kji]
    picture = plane.from_picture(resize_picture(silhouette, (kept[0], kept[1])))
    if not picture.any():
        raise SketchError("The silhouette is empty.", hint="Draw a closed outline.")
    return picture


def place_of(
    picture: NDArray[np.bool_], grid: VoxelGrid, view: str, centroid_ras: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """(k, j, i) where the body goes: its centre of mass if known, else the middle of drawing and depth."""
    if centroid_ras is not None:
        return grid.to_ijk(centroid_ras)[::-1]
    at = (np.array(grid.shape_kji) - 1) / 2
    kept = [a for a in range(3) if a != VIEWS[view].axis_kji]
    at[kept] = [(s.start + s.stop - 1) / 2 for s in bounding(picture)]
    return at


def bounding(body: NDArray[np.bool_]) -> tuple[slice, ...]:
    """The bounding box of a body that is not empty."""
    return ndimage.find_objects(body.astype(np.uint8), max_label=1)[0]


def sampled(
    array: NDArray[Any],
    scale: NDArray[np.float64],
    shape: tuple[int, ...],
    *,
    source: NDArray[np.float64],
    at: NDArray[np.float64] | None = None,
    mode: str = "constant",
) -> NDArray[np.float32]:
    """The array, linearly, on another lattice: its point `source` comes to lie at `at`, a step there is `scale` here.

    Without `at`, in the middle of the lattice.
    """
    target = (np.array(shape) - 1) / 2 if at is None else at
    values = np.asarray(array, dtype=np.float32)
    return ndimage.affine_transform(
        values, scale, source - scale * target, output_shape=tuple(shape), order=1, mode=mode
    )


def meeting_volume(field: NDArray[Any], voxels: float) -> NDArray[np.bool_]:
    """The highest voxels of a field, as many as asked (more only where values are equal)."""
    count = int(np.clip(round(voxels), 1, field.size))
    level = np.partition(field, field.size - count, axis=None)[field.size - count]
    return field >= level


def centroid_from_numbers(numbers: Mapping[str, float], grid: VoxelGrid) -> NDArray[np.float64] | None:
    """(3,) centre of mass in RAS mm, as a request's numbers say it for a body whose box is centred on the cube.

    None unless the extents and the centroid's place in the box are known along all three axes.
    """
    axes = ("rl", "ap", "si")
    if not {f"extent_{axis}_mm" for axis in axes} | {f"centroid_{axis}" for axis in axes} <= set(numbers):
        return None
    offset = [(numbers[f"centroid_{axis}"] - 0.5) * numbers[f"extent_{axis}_mm"] for axis in axes]
    return grid.center_ras + np.array(offset)

"""Masks of several organs as one label map without overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...errors import GridError
from ...frames import VoxelGrid, bounding_box, mask_on_grid, resample, signed_distance_mm
from ..values import MaskVolume
from ..volumes.context import joined, known_labels

MARGIN_MM = 8.0
MOST_VOXELS = 512  # along an axis; a larger region has larger voxels
_REACH_MM = 40.0  # how deep an overlap is told apart
_TOLD_ML = 0.05


@dataclass(frozen=True, eq=False)
class OrganLabels:
    """Organs and what lies beside them as one label map.

    Args:
        labels: (D, H, W) uint8 catalog label values, axes kji, 0 where there is none.
        grid: Along the patient's axes.
        asked: Structures that were asked for, in order; other labels are context.
        given: Volume in mL that each structure lost to others: (from, to) → mL.

    Raises:
        GridError: The labels do not have the grid's shape.
    """

    labels: NDArray[np.uint8]
    grid: VoxelGrid
    asked: tuple[str, ...]
    given: dict[tuple[str, str], float]

    def __post_init__(self) -> None:
        if self.labels.shape != self.grid.shape_kji:
            raise GridError(f"Labels of shape {self.labels.shape} do not fit a grid of {self.grid.shape_kji}.")

    def notes_on(self, structure: str) -> tuple[str, ...]:
        """What an organ gave to its neighbours, one sentence."""
        told = [
            f"{ml:.1f} mL to the {catalog.structure(to).title.lower()}"
            for (source, to), ml in self.given.items()
            if source == structure and ml >= _TOLD_ML
        ]
        if not told:
            return ()
        return (
            f"It overlapped its neighbours and gave {joined(told)}: shared voxels go to the organ they lie deeper in.",
        )


def joined_organs(masks: Sequence[MaskVolume]) -> OrganLabels:
    """Organs on one grid, as fine as the finest of theirs; a voxel of two goes to the one in which it lies deeper.

    Depth counts in parts of each organ's largest depth: the border of a large organ is drawn less surely.

    Args:
        masks: Of different structures, anywhere in space; empty ones leave no trace.
    """
    bodies = [mask for mask in masks if not mask.is_empty]
    grid = _region(bodies or masks)
    labels = np.zeros(grid.shape_kji, dtype=np.uint8)
    lying = {mask.structure: mask_on_grid(mask.body, mask.grid, grid) for mask in bodies}
    claims = np.zeros(grid.shape_kji, dtype=np.uint8)
    for name, body in lying.items():
        claims += body
        labels[body] = catalog.structure(name).label
    given: dict[tuple[str, str], float] = {}
    if claims.max(initial=0) > 1:
        depths_mm = {
            mask.structure: float(signed_distance_mm(mask.body, mask.grid.spacing_mm).max()) for mask in bodies
        }
        _settle(labels, lying, claims > 1, grid, given, depths_mm)
    return OrganLabels(labels, grid, tuple(mask.structure for mask in masks), given)


def kept_of(mask: MaskVolume, joint: OrganLabels) -> MaskVolume:
    """The mask on its own grid without what went to its neighbours."""
    own = catalog.structure(mask.structure).label
    foreign = np.where(joint.labels == own, 0, joint.labels).astype(np.uint8)
    taken = resample(foreign, joint.grid, mask.grid, interpolation="nearest") > 0
    if not any(source == mask.structure for source, _ in joint.given):
        return mask
    return MaskVolume((mask.body & ~taken).astype(np.uint8), mask.grid, mask.structure)


def _settle(
    labels: NDArray[np.uint8],
    lying: dict[str, NDArray[np.bool_]],
    shared: NDArray[np.bool_],
    grid: VoxelGrid,
    given: dict[tuple[str, str], float],
    largest_mm: dict[str, float],
) -> None:
    """Gives shared voxels to the organ that they lie deeper in by its own measure, or to the first of two alike."""
    margins = np.ceil(_REACH_MM / grid.spacing_mm[::-1]).astype(int)
    box = tuple(slice(max(0, s.start - m), s.stop + m) for s, m in zip(bounding_box(shared), margins, strict=True))
    here = shared[box]
    names = [name for name, body in lying.items() if (body[box] & here).any()]
    depths = np.stack(
        [
            signed_distance_mm(lying[name][box], grid.spacing_mm, reach_mm=_REACH_MM)[here] / largest_mm[name]
            for name in names
        ]
    )
    owner = depths.argmax(axis=0)
    values = np.array([catalog.structure(name).label for name in names], dtype=np.uint8)
    labels[box][here] = values[owner]
    for lost, name in enumerate(names):
        claimed = lying[name][box][here]
        for won, other in enumerate(names):
            ml = float(np.count_nonzero(claimed & (owner == won))) * grid.voxel_ml
            if won != lost and ml > 0:
                given[name, other] = ml


def _region(masks: Sequence[MaskVolume]) -> VoxelGrid:
    """The box of all bodies along the patient's axes, with a margin."""
    corners = []
    for mask in masks:
        body = mask.body if not mask.is_empty else np.ones_like(mask.body)
        box = bounding_box(body)
        ends = np.array([[s.start - 0.5, s.stop - 0.5] for s in reversed(box)])  # i, j, k
        corners.append(mask.grid.to_ras(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)))
    points = np.concatenate(corners)
    low, high = points.min(axis=0) - MARGIN_MM, points.max(axis=0) + MARGIN_MM
    finest = min(float(mask.grid.spacing_mm.min()) for mask in masks)
    spacing = max(finest, float((high - low).max()) / MOST_VOXELS)
    shape_ijk = np.ceil((high - low) / spacing).astype(int)
    affine = np.diag([spacing] * 3 + [1.0])
    affine[:3, 3] = (low + high) / 2 - spacing * (shape_ijk - 1) / 2
    return VoxelGrid((int(shape_ijk[2]), int(shape_ijk[1]), int(shape_ijk[0])), affine)


def names_of(labels: OrganLabels) -> tuple[str, ...]:
    """Catalog names of what a label map holds beside the organs that were asked for."""
    present = set(np.unique(labels.labels).tolist()) - {0}
    return tuple(name for name, value in known_labels().items() if value in present and name not in labels.asked)

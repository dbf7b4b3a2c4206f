"""A scan with the labels of its organs on one grid, as it is written in any format."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..errors import ConfigError, GridError
from ..frames import VoxelGrid, resample


@dataclass(frozen=True, eq=False)
class LabelledVolume:
    """Labels of one organ or several, with or without their scan.

    Args:
        labels: (D, H, W) uint8, axes kji: 0 the background, then 1 for the first structure, 2 for the second, …
        structures: Catalog names in the order of their labels.
        grid: Of both.
        values: (D, H, W) int16 scan: HU of a CT, robust z-score × 100 of an MR; None without one.
        modality: CT or MR.
        fields: Provenance, as the header fields of `generation.headers`.
        title: For people: the name of the sample.
        made: When it was made; DICOM files carry it.

    Raises:
        GridError: Labels, scan and grid do not fit each other.
        ConfigError: There is no structure, or a label that has none.
    """

    labels: NDArray[np.uint8]
    structures: tuple[str, ...]
    grid: VoxelGrid
    values: NDArray[np.int16] | None = None
    modality: catalog.Modality = "CT"
    fields: Mapping[str, str] = field(default_factory=dict)
    title: str = "sample"
    made: datetime = field(default_factory=lambda: datetime.now().replace(microsecond=0))

    def __post_init__(self) -> None:
        shapes = {self.labels.shape, self.grid.shape_kji, *(() if self.values is None else (self.values.shape,))}
        if len(shapes) > 1:
            raise GridError("Labels, scan and grid of a labelled volume must have one shape.")
        names = tuple(catalog.structure(name).name for name in self.structures)
        if not names or int(self.labels.max(initial=0)) > len(names):
            raise ConfigError(f"A label has no structure; there are {len(names)}.")
        object.__setattr__(self, "structures", names)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything in it but the time: the same content has the same identity wherever it is written."""
        told = [self.title, self.modality, self.structures, sorted(self.fields.items()), self.grid.shape_kji]
        sha = hashlib.sha256(repr(told).encode())
        sha.update(self.grid.ijk_to_ras.tobytes() + np.ascontiguousarray(self.labels).tobytes())
        if self.values is not None:
            sha.update(np.ascontiguousarray(self.values).tobytes())
        return sha.hexdigest()


def labels_on(
    target: VoxelGrid, labels: NDArray[np.uint8], grid: VoxelGrid, bodies: Mapping[int, NDArray[np.bool_]]
) -> NDArray[np.uint8]:
    """(D, H, W) labels of organs on another grid.

    Args:
        target: Where they are wanted.
        labels: All of them; grid: theirs.
        bodies: Label → (D, H, W) those that lie on the target already, as they are kept.
    """
    others = np.where(np.isin(labels, list(bodies)), 0, labels).astype(np.uint8)
    moved = np.array(resample(others, grid, target, interpolation="nearest"), dtype=np.uint8)
    for value, body in bodies.items():
        moved[body] = value
    return moved


def numbered(labels: NDArray[np.uint8], values: Sequence[int]) -> NDArray[np.uint8]:
    """The labels with the first of some values as 1, the second as 2, …; others are background."""
    table = np.zeros(256, dtype=np.uint8)
    table[list(values)] = np.arange(1, len(values) + 1)
    return np.asarray(table[labels])

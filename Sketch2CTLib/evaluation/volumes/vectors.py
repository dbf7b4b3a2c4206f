"""What scans look like to a network or a statistic, as vectors plane by plane, kept: real ones are seen often."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ...atomic import written_beside
from ...data.intensity import to_unit
from ...generation.values import ImageVolume
from .features import SliceExtractor, slices_of
from .left_out import Vectors
from .textures import NAME as TEXTURES
from .textures import texture_vectors

AXES = (0, 1, 2)  # of arrays: axial, coronal and sagittal slices


class Describer(Protocol):
    """A scan → vectors."""

    name: str

    def __call__(self, scan: ImageVolume) -> Vectors:
        """Vectors of a scan."""


class SlicesSeen:
    """What an extractor sees in slices of the three planes, or what else is made of slices.

    Args:
        name: Told apart by it in a cache: of the extractor and its weights.
        see: Slices (N, H, W) in [−1, 1] → (N, D).
    """

    def __init__(self, name: str, see: Callable[[Tensor], Tensor]) -> None:
        self.name, self._see = name, see

    def __call__(self, scan: ImageVolume) -> Vectors:
        """(N, D) of axial, coronal and sagittal slices."""
        unit = to_unit(scan.values, scan.modality)
        return tuple(self._see(slices_of(unit, axis)) for axis in AXES)


def network_of(extractor: SliceExtractor) -> SlicesSeen:
    """The vectors of an extractor."""
    return SlicesSeen(extractor.name, lambda slices: extractor(slices).vectors)


def textures() -> SlicesSeen:
    """Textures of slices."""
    return SlicesSeen(TEXTURES, texture_vectors)


class VectorCache:
    """Vectors of scans by what they depend on: the describer's name and the scan's values.

    Args:
        folder: Keeps them between runs; None for this one alone.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._kept: dict[str, Vectors] = {}

    def vectors(self, describer: Describer, scan: ImageVolume) -> Vectors:
        """The vectors of a scan, described if that was not done before.

        Raises:
            OutputError: The folder cannot be written.
        """
        told = f"{describer.name}|{scan.modality}|{scan.values.shape}|{np.round(scan.grid.spacing_mm, 4).tolist()}"
        key = hashlib.sha256(told.encode() + np.ascontiguousarray(scan.values).tobytes()).hexdigest()[:32]
        if key not in self._kept:
            self._kept[key] = self._read(key) or self._described(key, describer, scan)
        return self._kept[key]

    def _read(self, key: str) -> Vectors | None:
        path = self._path(key)
        if path is None or not path.exists():
            return None
        with np.load(path, allow_pickle=False) as stored:
            return tuple(torch.from_numpy(stored[name]) for name in sorted(stored.files))

    def _described(self, key: str, describer: Describer, scan: ImageVolume) -> Vectors:
        vectors = describer(scan)
        path = self._path(key)
        if path is not None:
            with written_beside(path) as beside:
                np.savez(beside, *(plane.numpy() for plane in vectors))
        return vectors

    def _path(self, key: str) -> Path | None:
        return None if self.folder is None else self.folder / f"{key}.npz"

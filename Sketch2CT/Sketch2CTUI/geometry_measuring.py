"""A segment's numbers: its mask goes into a file, and a process of its own measures it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import MaskError, OutputError
from Sketch2CTLib.frames import VoxelGrid

from .geometry_process import GeometryProcess

_FOLDER, _FILE = "sketch2ct_measure_", "mask.npy"


class Measuring:
    """One mask that is measured.

    Args:
        mask_kji: (D, H, W), non-zero inside.
        grid: Its grid.
        structure: Catalog name; tubes get a centreline.
        on_done: Called with quantity name → value.
        on_failed: Called with a message and a hint.

    Raises:
        MaskError: The mask is empty.
        OutputError: The disk is full.
    """

    def __init__(self, mask_kji, grid: VoxelGrid, structure: str, on_done: Callable, on_failed: Callable) -> None:
        self._on_done, self._on_failed = on_done, on_failed
        self._folder = Path(tempfile.mkdtemp(prefix=_FOLDER))
        asked = {"task": "measure", "tubular": catalog.structure(structure).tubular}
        try:
            body, own = cropped(mask_kji, grid)
            np.save(self._folder / _FILE, body)
        except (MaskError, OSError) as error:
            self._clean()
            if isinstance(error, MaskError):
                raise
            raise OutputError(f"The mask cannot be written ({error}).", hint="Free some space.") from error
        asked |= {"mask": str(self._folder / _FILE), "ijk_to_ras": own.ijk_to_ras.tolist()}
        self._process = GeometryProcess(asked, self._done, self._failed)

    def cancel(self) -> None:
        """Gives it up; nobody is told."""
        self._process.cancel()
        self._clean()

    def _done(self, answer) -> None:
        self._clean()
        self._on_done(answer["numbers"])

    def _failed(self, message: str, hint: str) -> None:
        self._clean()
        self._on_failed(message, hint)

    def _clean(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def cropped(mask_kji, grid: VoxelGrid):
    """The mask's own box with a voxel of air around it, and its grid.

    Raises:
        MaskError: It is empty.
    """
    mask = np.asarray(mask_kji) != 0
    boxes = []
    for axis in range(3):
        inside = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        if inside.size == 0:
            raise MaskError("The segment is empty.", hint="Choose another, or paint something into it.")
        boxes.append((max(int(inside[0]) - 1, 0), int(inside[-1]) + 2))
    part = np.ascontiguousarray(mask[tuple(slice(*box) for box in boxes)])
    affine = np.array(grid.ijk_to_ras, dtype=float)
    first_ijk = [boxes[2][0], boxes[1][0], boxes[0][0]]
    affine[:3, 3] += affine[:3, :3] @ first_ijk
    return part, VoxelGrid(part.shape, affine)

"""What takes long to find out about a segment: its mask goes into a file, and a process of its own looks at it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from Sketch2CTLib.errors import Cancelled, MaskError, OutputError
from Sketch2CTLib.frames import VoxelGrid

from ..widgets.file_task import Errand
from .task_process import GeometryProcess

_FOLDER, _FILE = "sketch2ct_segment_", "mask.npy"


class SegmentTask:
    """One task of `task_script` about one mask. An empty mask and a full disk are told by `on_failed`.

    Args:
        mask_kji: (D, H, W), non-zero inside.
        grid: Its grid.
        asked: The task without the mask.
        on_done: Called with the answer.
        on_failed: Called with a message and a hint.
    """

    def __init__(
        self, mask_kji, grid: VoxelGrid, asked: Mapping[str, Any], on_done: Callable, on_failed: Callable
    ) -> None:
        self._asked, self._on_done, self._on_failed = dict(asked), on_done, on_failed
        self._folder: Path | None = None
        self._process: GeometryProcess | None = None
        self._errand = Errand(
            lambda check: _written(mask_kji, grid, check),
            self._look,
            lambda error: self._failed(error.message, error.hint),
        )

    def cancel(self) -> None:
        """Gives it up; nobody is told."""
        self._errand.cancel()
        if self._process is not None:
            self._process.cancel()
        self._clean()

    def _look(self, found) -> None:
        self._folder, own = found
        place = {"mask": str(self._folder / _FILE), "ijk_to_ras": own.ijk_to_ras.tolist()}
        self._process = GeometryProcess(self._asked | place, self._done, self._failed)

    def _done(self, answer) -> None:
        self._clean()
        self._on_done(answer)

    def _failed(self, message: str, hint: str) -> None:
        self._clean()
        self._on_failed(message, hint)

    def _clean(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _written(mask_kji, grid: VoxelGrid, check: Callable[[], None]) -> tuple[Path, VoxelGrid]:
    """The folder in which the mask's own box lies as a file, and the box's grid.

    Raises:
        MaskError: The mask is empty.
        OutputError: The disk is full.
    """
    body, own = cropped(mask_kji, grid)
    folder = None
    try:
        folder = Path(tempfile.mkdtemp(prefix=_FOLDER))
        np.save(folder / _FILE, body)
        check()
    except (OSError, Cancelled) as error:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, Cancelled):
            raise
        raise OutputError(f"The mask cannot be written ({error}).", hint="Free some space.") from error
    return folder, own


def cropped(mask_kji, grid: VoxelGrid):
    """The mask's own box with a voxel of air around it, and its grid.

    Raises:
        MaskError: It is empty.
    """
    mask = np.asarray(mask_kji).astype(bool, copy=False)
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

"""A segment of the scene as a file that the service reads."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from Sketch2CTLib.errors import MaskError, OutputError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.frames.nrrdio import write_nrrd

from .request import MASK_FILE
from .run import SEGMENT, work_folder


class KeptSegment:
    """The voxels of a segment on their way into a file of their own.

    Args:
        mask_kji: (D, H, W) bool.
        grid: Its grid.

    Raises:
        MaskError: The segment is empty.
        OutputError: There is no place for the file.
    """

    def __init__(self, mask_kji: np.ndarray, grid: VoxelGrid) -> None:
        if not mask_kji.any():
            raise MaskError("The segment is empty.", hint="Choose another, or paint something into it.")
        self._mask_kji, self._grid, self._place = mask_kji, grid, work_folder()

    def write(self, check: Callable[[], None]) -> Path:
        """Writes the file and gives back its path; in a thread: a CT's grid has a hundred million voxels.

        Raises:
            OutputError: It cannot be written.
        """
        try:
            folder = Path(tempfile.mkdtemp(prefix=SEGMENT, dir=self._place))
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError(f"'{self._place}' cannot be written ({reason}).", hint="Is the disk full?") from error
        check()
        write_nrrd(folder / MASK_FILE, self._mask_kji.view(np.uint8), self._grid)
        return folder / MASK_FILE

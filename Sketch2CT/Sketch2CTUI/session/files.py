"""Files of runs on this computer: the folder that they lie in, what is sent, and what is tidied away."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import slicer

from Sketch2CTLib.errors import MaskError, OutputError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.frames.nrrdio import write_nrrd

from ..widgets.translation import _
from .request import MASK_FILE

PREVIEW, RESULT, _SEGMENT, _LAYOUT = "preview-", "result-", "segment-", "layout-"  # how folders begin
_KEPT_RESULTS = 8


class SegmentFile:
    """A segment of the scene as a file that the service reads.

    Args:
        mask_kji: (D, H, W) bool.
        grid: Its grid.

    Raises:
        MaskError: The segment is empty.
        OutputError: There is no place for the file.
    """

    def __init__(self, mask_kji: np.ndarray, grid: VoxelGrid) -> None:
        if not mask_kji.any():
            raise MaskError(_("The segment is empty."), hint=_("Choose another, or paint something into it."))
        self._mask_kji, self._grid, self._place = mask_kji, grid, work_folder()

    def write(self, check: Callable[[], None]) -> Path:
        """Writes the file and gives back its path; in a thread: a CT's grid has a hundred million voxels.

        Raises:
            OutputError: It cannot be written.
        """
        try:
            folder = Path(tempfile.mkdtemp(prefix=_SEGMENT, dir=self._place))
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError(
                _("'{place}' cannot be written ({reason}).").format(place=self._place, reason=reason),
                hint=_("Is the disk full?"),
            ) from error
        check()
        write_nrrd(folder / MASK_FILE, self._mask_kji.view(np.uint8), self._grid)
        return folder / MASK_FILE


def work_folder() -> str:
    """The folder for results, in Slicer's temporary one.

    Raises:
        OutputError: It cannot be made.
    """
    folder = _work_path()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            _("'{folder}' cannot be made ({reason}).").format(folder=folder, reason=reason),
            hint=_("Choose another temporary folder in Slicer's settings."),
        ) from error
    return str(folder)


def tidy(needed: str) -> None:
    """Removes what runs left: previews, segments and layouts that were sent, and all results but the latest ones.

    Args:
        needed: Folder of a result that is still shown.
    """
    folder = _work_path()
    paths = sorted(folder.iterdir(), key=_changed_at) if folder.is_dir() else []
    results = [path for path in paths if path.name.startswith(RESULT) and path != Path(needed)]
    passing = [path for path in paths if path.name.startswith((PREVIEW, _SEGMENT, _LAYOUT))]
    for path in (*results[:-_KEPT_RESULTS], *passing):
        shutil.rmtree(path, ignore_errors=True)


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # removed meanwhile, by a fetch that was given up
        return 0.0


def _work_path() -> Path:
    """The folder of this process alone: two Slicers do not tidy up after each other."""
    return Path(slicer.app.temporaryPath) / f"Sketch2CT-{os.getpid()}"


def told_export(count: int, folder: str) -> str:
    """The sentence after an export of so many files."""
    if count == 1:
        return _("Exported 1 file to {folder}.").format(folder=folder)
    return _("Exported {count} files to {folder}.").format(count=count, folder=folder)

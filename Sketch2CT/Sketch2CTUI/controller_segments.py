"""A segment of the scene as a file that the service reads."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from Sketch2CTLib.errors import MaskError, OutputError
from Sketch2CTLib.frames import VoxelGrid

from .controller_request import MASK_FILE, Asked, mask_request
from .controller_run import SEGMENT, work_folder


def kept_segment(segments: Any, key: str, asked: Asked) -> dict[str, Any]:
    """The request for a scan of a segment, whose mask lies in a file of its own.

    Args:
        segments: See `segments.SceneSegments`.
        key: Of the segment.
        asked: Of the panels.

    Raises:
        MaskError: The segment is empty.
        OutputError: The file cannot be written.
    """
    mask_kji, grid = segments.mask(key)
    if not mask_kji.any():
        raise MaskError("The segment is empty.", hint="Choose another, or paint something into it.")
    file = Path(tempfile.mkdtemp(prefix=SEGMENT, dir=work_folder())) / MASK_FILE
    write_mask(file, mask_kji, grid, compressed=asked.on_server)
    return mask_request(asked, file)


def write_mask(file: Path, mask_kji: np.ndarray, grid: VoxelGrid, *, compressed: bool) -> None:
    """A mask as a NRRD file, by Slicer's own writer.

    Raises:
        OutputError: It cannot be written.
    """
    image = vtk.vtkImageData()
    image.SetDimensions(*mask_kji.shape[::-1])
    voxels = np.ascontiguousarray(mask_kji, dtype=np.uint8)
    image.GetPointData().SetScalars(numpy_to_vtk(voxels.ravel(), deep=True))
    node, storage = slicer.vtkMRMLLabelMapVolumeNode(), slicer.vtkMRMLNRRDStorageNode()  # of no scene
    node.SetAndObserveImageData(image)
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(np.array(grid.ijk_to_ras)))
    storage.SetFileName(str(file))
    storage.SetUseCompression(bool(compressed))
    if not storage.WriteData(node) or not file.is_file():
        raise OutputError(f"'{file}' cannot be written.", hint="Is the disk full?")

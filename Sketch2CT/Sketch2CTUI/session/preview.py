"""A mask that is still being drawn, as the sketch's paper shows it: read by MRML, projected with numpy."""

from __future__ import annotations

import os

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from Sketch2CTLib.errors import InputError
from Sketch2CTLib.frames import PlaneFrame

from ..widgets.translation import _

_FAINTEST, _BRIGHTEST = 96, 255  # of the thinnest and the thickest place


def preview_picture(path: str | os.PathLike[str], plane: PlaneFrame) -> np.ndarray:
    """(rows, columns) uint8: 0 outside, brighter where the body is thicker along the line of sight.

    Raises:
        InputError: The file is gone or no NRRD; previews are replaced while a run goes on.
    """
    mask_kji, ijk_to_ras = read_labels(path)
    return thickness_picture(mask_kji > 0, ijk_to_ras, plane)


def read_labels(path: str | os.PathLike[str]) -> tuple[np.ndarray, np.ndarray]:
    """A label volume of a NRRD file as (array kji, ijk_to_ras).

    Raises:
        InputError: The file is gone or no NRRD.
    """
    node, storage = slicer.vtkMRMLLabelMapVolumeNode(), slicer.vtkMRMLNRRDStorageNode()  # of no scene
    storage.SetFileName(str(path))
    if not os.path.isfile(path) or not storage.ReadData(node):
        raise InputError(_("The preview '{file}' is gone.").format(file=os.path.basename(path)))
    image = node.GetImageData()
    scalars = image.GetPointData().GetScalars() if image is not None else None
    if scalars is None or scalars.GetNumberOfTuples() == 0:
        raise InputError(_("The preview '{file}' cannot be read.").format(file=os.path.basename(path)))
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return vtk_to_numpy(scalars).reshape(image.GetDimensions()[::-1]), slicer.util.arrayFromVTKMatrix(matrix)


def thickness_picture(mask_kji: np.ndarray, ijk_to_ras: np.ndarray, plane: PlaneFrame) -> np.ndarray:
    """The body seen along the plane's normal, on the grid's axes that lie nearest to the paper's.

    Args:
        mask_kji: bool.
        ijk_to_ras: (4, 4).
        plane: The paper.

    Returns:
        (rows, columns) uint8, row 0 on top, column 0 on the left.
    """
    axes = ijk_to_ras[:3, :3] / np.linalg.norm(ijk_to_ras[:3, :3], axis=0)  # columns: i, j, k in RAS
    along = axes.T @ plane.plane_to_ras[:3, :3]  # rows i, j, k; columns u, v, normal
    depth = int(np.abs(along[:, 2]).argmax())
    across = max((axis for axis in range(3) if axis != depth), key=lambda axis: abs(along[axis, 0]))
    up = 3 - depth - across
    seen = np.transpose(mask_kji, (2 - up, 2 - across, 2 - depth)).sum(axis=2, dtype=np.uint16)
    seen = seen[:: -1 if along[up, 1] > 0 else 1, :: 1 if along[across, 0] > 0 else -1]
    thickest = max(int(seen.max()), 1)
    shade = _FAINTEST + (_BRIGHTEST - _FAINTEST) * (seen.astype(np.float32) / thickest)
    return np.ascontiguousarray(np.where(seen > 0, shade, 0).astype(np.uint8))

"""A scan with its segmentation as DICOM: the same series that `sketch2ct generate --format dicom` writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import slicer
import vtk

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import InputError, MissingDependency, OutputError, UnknownStructure
from Sketch2CTLib.frames import VoxelGrid

from . import provenance

_INSTALL = "In Slicer's Python console, run: slicer.util.pip_install('highdicom>=0.28 pydicom>=3.0.2')"
_NO_SCAN = "A DICOM segmentation refers to a scan, and there is none."
_MAKE_SCAN = "Generate it with its volume, or choose NIfTI."


def of_folder(here: Path) -> Callable[[Path], None]:
    """What writes mask and volume of a candidate's folder, or of several organs, into a folder of DICOM files.

    Raises:
        InputError: There is no scan, or a file is damaged.
        MissingDependency: pydicom or highdicom is not installed.
    """
    _require_installed()
    from Sketch2CTLib.generation.conversion import labelled_result

    volume = labelled_result(here)
    if volume.values is None:
        raise InputError(_NO_SCAN, hint=_MAKE_SCAN)
    return _writer(volume)


def of_nodes(segmentation, scan) -> Callable[[Path], None]:
    """The same for nodes as they are now, on the scan's grid.

    Raises:
        InputError: One of them is missing, or the catalog does not know a segment.
        MissingDependency: pydicom or highdicom is not installed.
    """
    _require_installed()
    from Sketch2CTLib.formats import LabelledVolume

    if scan is None or segmentation is None:
        raise InputError(_NO_SCAN, hint=_MAKE_SCAN)
    values = slicer.util.arrayFromVolume(scan)
    labels, structures = np.zeros(values.shape, dtype=np.uint8), []
    for segment in segmentation.GetSegmentation().GetSegmentIDs():
        structures.append(_structure(segment))
        body = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segment, scan)
        labels[np.asarray(body) > 0] = len(structures)
    fields = provenance.provenance_of(segmentation)
    modality = provenance.provenance_of(scan).get("Sketch2CT_Modality", "CT")
    title = " and ".join(structures).replace("_", " ")
    whole = np.rint(values).astype(np.int16)
    return _writer(LabelledVolume(labels, tuple(structures), _grid(scan), whole, modality, fields, title))


def _writer(volume) -> Callable[[Path], None]:
    def write(target: Path) -> None:
        from Sketch2CTLib.formats import written_files

        try:
            written_files(volume, target, "dicom")
        except OutputError as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from error
            raise OSError(error.message) from error

    return write


def _require_installed() -> None:
    from Sketch2CTLib.formats.needed import require_dicom

    try:
        require_dicom()
    except MissingDependency as error:
        raise MissingDependency(error.message, hint=_INSTALL) from error


def _structure(segment: str) -> str:
    try:
        return catalog.structure(segment).name
    except UnknownStructure as error:
        raise InputError(
            f"DICOM needs a code for each segment, and the catalog has none for '{segment}'.",
            hint="Take the segment out, or choose seg.nrrd.",
        ) from error


def _grid(scan) -> VoxelGrid:
    matrix = vtk.vtkMatrix4x4()
    scan.GetIJKToRASMatrix(matrix)
    shape = tuple(int(n) for n in slicer.util.arrayFromVolume(scan).shape)
    return VoxelGrid(shape, slicer.util.arrayFromVTKMatrix(matrix))

"""A result's mask and volume in another format: the NRRD files of a result's folder become NIfTI or DICOM."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..catalog import Modality
from ..data.segments import read_segments
from ..errors import ConfigError
from ..formats import LabelledVolume, written_files
from ..formats.labelled import labels_on, numbered
from ..formats.needed import require_dicom
from ..formats.writing import require_format
from ..frames import VoxelGrid, read_volume
from .result_folder import MASK_FILE, REPORT_FILE, VOLUME_FILE, result_folders

_KEPT = ("Synthetic", "Sketch2CT_")  # what header fields that tell the provenance begin with


def require_convertible(format: str, *, with_volume: bool) -> None:
    """Does nothing where a result can be written in a format.

    Raises:
        ConfigError: There is no such format, or DICOM is wanted without a volume to refer to.
        MissingDependency: The extra 'dicom' is not installed.
    """
    require_format(format)
    if format != "dicom":
        return
    if not with_volume:
        raise ConfigError("A DICOM segmentation refers to a scan.", hint="Make the volume too, or take --format nifti.")
    require_dicom()


def convert_result(folder: Path, format: str) -> list[str]:
    """Writes mask and volume of each candidate of a result in a format, in the place of the NRRD files.

    A mask without a volume, which DICOM cannot tell, stays as it is there: each organ's own, of several in one scan.

    Args:
        folder: Of a result with NRRD files.
        format: nrrd (nothing is changed), nifti or dicom.

    Returns:
        The files of the result, relative to its folder.

    Raises:
        ConfigError: There is no such format.
        MissingDependency: The extra 'dicom' is not installed.
        OutputError: The folder cannot be written.
    """
    require_format(format)
    moved: dict[str, str] = {}  # a file of a result's part → what it became
    for here in result_folders(folder):
        has_scan = (here / VOLUME_FILE).is_file()  # an empty mask has none, nor has an organ among several
        if format == "nifti" or (format == "dicom" and has_scan):
            names = written_files(labelled_result(here), here, format)
            for name in (MASK_FILE, VOLUME_FILE):
                (here / name).unlink(missing_ok=True)
            _tell_files(here / REPORT_FILE, names)
            moved[(here / MASK_FILE).relative_to(folder).as_posix()] = (here / names[0]).relative_to(folder).as_posix()
    if moved:
        _tell_moved(folder / REPORT_FILE, moved)
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


def labelled_result(folder: Path) -> LabelledVolume:
    """Mask and volume of a candidate's folder, or of several organs, with the provenance of their headers.

    Both lie on the volume's grid: of several organs it may end before one of them does.

    Raises:
        InputError: A file is missing or damaged.
    """
    labels, grid, fields = read_volume(folder / MASK_FILE)
    segments = {one.id: one.value for one in read_segments(fields, MASK_FILE, 1)}
    provenance = {key: text for key, text in fields.items() if key.startswith(_KEPT)}
    values, modality = None, "CT"
    if (folder / VOLUME_FILE).is_file():
        values, scanned, told = read_volume(folder / VOLUME_FILE)
        modality = told.get("Sketch2CT_Modality", "CT")
        if not _same(scanned, grid):
            bodies = _bodies(folder, segments, scanned)
            labels, grid = labels_on(scanned, labels.astype(np.uint8), grid, bodies), scanned
    return LabelledVolume(
        np.ascontiguousarray(numbered(labels, list(segments.values()))),
        tuple(segments),
        grid,
        values,
        _modality(modality),
        provenance,
        title=" and ".join(segments).replace("_", " "),
    )


def _bodies(folder: Path, segments: Mapping[str, int], grid: VoxelGrid) -> dict[int, NDArray[np.bool_]]:
    """Label → body of each organ among several whose own mask lies on the scan's grid."""
    bodies = {}
    for name, value in segments.items():
        if (folder / name / MASK_FILE).is_file():
            mask, own, _ = read_volume(folder / name / MASK_FILE)
            if _same(own, grid):
                bodies[value] = np.asarray(mask > 0)
    return bodies


def _same(one: VoxelGrid, other: VoxelGrid) -> bool:
    """Whether two grids are one, as far as the digits of their files tell."""
    return one.shape_kji == other.shape_kji and np.allclose(one.ijk_to_ras, other.ijk_to_ras, atol=1e-4)


def _modality(name: str) -> Modality:
    return "MR" if name == "MR" else "CT"


def _tell_files(report: Path, names: list[str]) -> None:
    """Names the new files in the report."""
    document = json.loads(report.read_text(encoding="utf-8"))
    others = [name for name in document.get("files", []) if name not in (MASK_FILE, VOLUME_FILE)]
    document["files"] = [*names, *others]
    report.write_text(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _tell_moved(report: Path, moved: Mapping[str, str]) -> None:
    """Names the new files of a result's parts where its report names them."""
    document = json.loads(report.read_text(encoding="utf-8"))
    files = [moved.get(name, name) for name in document.get("files", [])]
    if files != document.get("files", []):
        document["files"] = files
        report.write_text(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")

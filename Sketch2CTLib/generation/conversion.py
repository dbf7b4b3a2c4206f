"""A result's mask and volume in another format: the NRRD files of a result's folder become NIfTI or DICOM."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ..catalog import Modality
from ..data.segments import read_segments
from ..errors import ConfigError
from ..formats import LabelledVolume, written_files
from ..formats.needed import require_dicom
from ..formats.writing import require_format
from ..frames import read_volume
from .result_folder import MASK_FILE, REPORT_FILE, VOLUME_FILE, candidate_folders

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

    A mask without a volume, which DICOM cannot tell, stays as it is there.

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
    for here in candidate_folders(folder):
        has_scan = (here / VOLUME_FILE).is_file()  # an empty mask has none
        if format == "nifti" or (format == "dicom" and has_scan):
            names = written_files(labelled_result(here), here, format)
            for name in (MASK_FILE, VOLUME_FILE):
                (here / name).unlink(missing_ok=True)
            _tell_files(here / REPORT_FILE, names)
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


def labelled_result(folder: Path) -> LabelledVolume:
    """Mask and volume of a candidate's folder, with the provenance of their headers.

    Raises:
        InputError: A file is missing or damaged.
    """
    labels, grid, fields = read_volume(folder / MASK_FILE)
    structures = tuple(one.id for one in read_segments(fields, MASK_FILE, 1))
    provenance = {key: text for key, text in fields.items() if key.startswith(_KEPT)}
    values, modality = None, "CT"
    if (folder / VOLUME_FILE).is_file():
        values, _, told = read_volume(folder / VOLUME_FILE)
        modality = told.get("Sketch2CT_Modality", "CT")
    return LabelledVolume(
        np.ascontiguousarray(labels, dtype=np.uint8),
        structures,
        grid,
        values,
        _modality(modality),
        provenance,
        title=" and ".join(structures).replace("_", " "),
    )


def _modality(name: str) -> Modality:
    return "MR" if name == "MR" else "CT"


def _tell_files(report: Path, names: list[str]) -> None:
    """Names the new files in the report."""
    document = json.loads(report.read_text(encoding="utf-8"))
    others = [name for name in document.get("files", []) if name not in (MASK_FILE, VOLUME_FILE)]
    document["files"] = [*names, *others]
    report.write_text(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")

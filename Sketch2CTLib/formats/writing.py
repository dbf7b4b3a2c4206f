"""The files that hold a labelled volume, in each format."""

from __future__ import annotations

from pathlib import Path

from ..errors import ConfigError
from .dicom_seg import write_segmentation
from .dicom_series import write_series
from .itk_files import write_labels, write_scan
from .labelled import LabelledVolume

FORMATS = ("nrrd", "nifti", "dicom")
MASK_OF = {"nrrd": "mask.seg.nrrd", "nifti": "mask.nii.gz", "dicom": "mask.dcm"}
SCAN_OF = {"nrrd": "volume.nrrd", "nifti": "volume.nii.gz", "dicom": "volume"}


def written_files(volume: LabelledVolume, folder: Path, format: str) -> list[str]:
    """Writes a labelled volume into a folder under the names of `MASK_OF` and `SCAN_OF`; the paths relative to it.

    A DICOM scan is a folder of slices, and its segmentation refers to them.

    Args:
        volume: What is written.
        folder: Made if missing.
        format: nrrd, nifti or dicom.

    Raises:
        ConfigError: There is no such format, or a DICOM segmentation would have no scan to refer to.
        MissingDependency: The extra 'dicom' is not installed.
        OutputError: The folder cannot be written.
    """
    require_format(format)
    mask, scan = folder / MASK_OF[format], folder / SCAN_OF[format]
    if format == "dicom":
        slices = write_series(volume, scan)
        write_segmentation(volume, slices, mask)
        return [mask.name, *(f"{scan.name}/{one.name}" for one in slices)]
    write_labels(volume, mask)
    if volume.values is None:
        return [mask.name]
    write_scan(volume, scan)
    return [mask.name, scan.name]


def require_format(format: str) -> None:
    """Does nothing where there is such a format.

    Raises:
        ConfigError: There is none.
    """
    if format not in FORMATS:
        raise ConfigError(f"Unknown format '{format}'.", hint=f"Choose one of {', '.join(FORMATS)}.")

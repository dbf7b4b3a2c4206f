"""Files that other programs read: NIfTI, NRRD, DICOM series and segmentations, all of one labelled scan."""

from .labelled import LabelledVolume
from .writing import written_files

__all__ = ["LabelledVolume", "written_files"]

"""What a file is by its own bytes, before a reader is asked; folders are named with what to do."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError

_HEAD_BYTES = 16_384
_META = 1024  # bytes of DICOM within which the file's own kind stands
_LOOKED_AT = 64  # files of a folder
_SEG_UID = b"1.2.840.10008.5.1.4.1.1.66.4"
_LABEL_MAP_UID = b"1.2.840.10008.5.1.4.1.1.66.7"  # a segmentation too
_GZIP = b"\x1f\x8b"
_VOLUME_SUFFIXES = (".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd")
_STRUCTURE_SET_UID = b"1.2.840.10008.5.1.4.1.1.481.3"
_SEG_FILE = "Give the file of the segmentation itself."
_SLICER_SERIES = "Load it in 3D Slicer and save it as .nrrd (labels as .seg.nrrd), or convert it with dcm2niix."


@dataclass(frozen=True)
class VolumeKind:
    """A kind of volume file.

    Args:
        name: As people say it.
        reader: ITK's image reader.
        suffix: What that reader wants the file's name to end in; empty where any will do.
    """

    name: str
    reader: str
    suffix: str = ""


NRRD = VolumeKind("NRRD", "NrrdImageIO", ".nrrd")
NIFTI = VolumeKind("NIfTI", "NiftiImageIO", ".nii")
NIFTI_GZ = VolumeKind("NIfTI", "NiftiImageIO", ".nii.gz")
NIFTI_PAIR = VolumeKind("NIfTI pair", "NiftiImageIO")
META = VolumeKind("MetaImage", "MetaImageIO")
DICOM = VolumeKind("DICOM", "GDCMImageIO")
DICOM_SEG = VolumeKind("DICOM segmentation", "")  # ITK has no reader of these two, see `dicom_segments`
DICOM_RT = VolumeKind("DICOM structure set", "")
_MINC = VolumeKind("MINC", "MINCImageIO")
_BY_MAGIC = (
    (b"NRRD0", 0, NRRD),
    (b"\x89HDF\r\n\x1a\n", 0, VolumeKind("HDF5", "HDF5ImageIO")),
)
# ITK reads these, and takes a file that is cut off for a whole one.
_UNCHECKED = ((b"# vtk DataFile", 0, "VTK"), (b"II*\0", 0, "TIFF"), (b"MM\0*", 0, "TIFF"), (b"MAP ", 208, "MRC"))
_UNCHECKED_SUFFIXES = {".gipl": "GIPL", ".gipl.gz": "GIPL", ".mrc": "MRC", ".vtk": "VTK", ".tif": "TIFF"}


def require_file(path: Path) -> None:
    """Checks that a path is a file with something in it that may be read.

    Raises:
        InputError: It is missing, a folder, something else, empty or not ours to read.
    """
    try:
        if path.is_dir():
            raise _is_folder(path)
        if not path.is_file():
            raise _is_none(path)
        if path.stat().st_size == 0:
            raise InputError(f"'{path}' is empty (0 bytes).", hint="Export or copy it again.")
        with path.open("rb"):
            pass
    except OSError as error:
        raise InputError(
            f"'{path}' cannot be opened ({error.strerror or error}).", hint="Check the path and its rights."
        ) from error


def _is_none(path: Path) -> InputError:
    if path.is_symlink():
        return InputError(f"'{path}' is a link that leads to no file.", hint="Give the file itself.")
    if path.exists():
        return InputError(f"'{path}' is not a regular file.", hint="Save it as a file first.")
    return InputError(f"There is no file '{path}'.", hint="Check the path.")


def volume_kind(path: Path) -> VolumeKind:
    """What a file is by its first bytes.

    Raises:
        InputError: It cannot be opened, is no volume or one that is not read.
    """
    require_file(path)
    head, zipped = head_of(path)
    if head[128:132] == b"DICM":
        kinds = ((_SEG_UID, DICOM_SEG), (_LABEL_MAP_UID, DICOM_SEG), (_STRUCTURE_SET_UID, DICOM_RT))
        found = [kind for uid, kind in kinds if uid in head[:_META]]
        return found[0] if found else DICOM
    nifti = _nifti(head, zipped=zipped)
    if nifti is not None:
        return nifti
    for magic, at, kind in _BY_MAGIC:
        if head[at : at + len(magic)] == magic:
            return _MINC if kind.name == "HDF5" and path.suffix.lower() == ".mnc" else kind
    if head.lstrip()[:16].startswith((b"ObjectType", b"NDims", b"Comment")) and b"DimSize" in head:
        return META
    raise _unknown(path, head)


def _unknown(path: Path, head: bytes) -> InputError:
    by_name = next((kind for suffix, kind in _UNCHECKED_SUFFIXES.items() if path.name.lower().endswith(suffix)), "")
    kind = next((kind for magic, at, kind in _UNCHECKED if head[at : at + len(magic)] == magic), by_name)
    if kind:
        return InputError(
            f"'{path.name}' cannot be read as a volume: nobody can tell whether a {kind} file is whole.",
            hint="Save it as NRRD or NIfTI.",
        )
    return InputError(
        f"'{path.name}' cannot be read as a volume: its first bytes are of no kind that is known.",
        hint="Give NRRD, NIfTI or MetaImage.",
    )


def head_of(path: Path) -> tuple[bytes, bool]:
    """The first bytes of a file, unpacked where it is gzip, and whether it is.

    Raises:
        InputError: It is gzip and damaged.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head.startswith(_GZIP):
        return head, False
    try:
        return zlib.decompressobj(31).decompress(head, _HEAD_BYTES), True
    except zlib.error as error:
        raise InputError(
            f"'{path.name}' is damaged: it cannot be unpacked ({error}).", hint="Copy it again."
        ) from error


def _nifti(head: bytes, *, zipped: bool) -> VolumeKind | None:
    size = {head[:4], head[:4][::-1]}
    if (348).to_bytes(4, "little") in size:
        magic = head[344:348]
    elif (540).to_bytes(4, "little") in size:
        magic = head[4:8]
    else:
        return None
    if magic[:3] in (b"n+1", b"n+2"):
        return NIFTI_GZ if zipped else NIFTI
    return NIFTI_PAIR


def _is_folder(path: Path) -> InputError:
    """A folder, by what it holds."""
    files = sorted(_some_files(path))
    kinds = [(one, *_dicom(one)) for one in files]
    if any(segmentation for _, _, segmentation in kinds):
        return InputError(f"'{path}' is a folder with a DICOM segmentation (SEG).", hint=_SEG_FILE)
    if any(is_dicom for _, is_dicom, _ in kinds):
        return InputError(f"'{path}' is a folder with a DICOM series, a file is needed.", hint=_SLICER_SERIES)
    volumes = [one.name for one in files if one.name.lower().endswith(_VOLUME_SUFFIXES)]
    hint = f"Give a file, such as '{path / volumes[0]}'." if volumes else "Give a file: .nrrd, .nii.gz, …"
    return InputError(f"'{path}' is a folder, a file is needed.", hint=hint)


def _some_files(folder: Path) -> Iterator[Path]:
    """The first files of a folder and of the folders in it, as far as they may be listed."""
    count = 0
    for here, _, names in os.walk(folder):
        for name in sorted(names):
            if count == _LOOKED_AT:
                return
            count += 1
            yield Path(here) / name


def _dicom(path: Path) -> tuple[bool, bool]:
    """Whether a file is DICOM, and whether a segmentation."""
    try:
        if not path.is_file():
            return False, False
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError:
        return False, False
    is_dicom = head[128:132] == b"DICM"
    return is_dicom, is_dicom and _SEG_UID in head[:_META]

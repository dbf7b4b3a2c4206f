"""Volumes in files: any format whose wholeness can be told, NRRD out with key–value fields in the header."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..atomic import written_beside
from ..errors import GridError, InputError
from .grid import VoxelGrid, from_sitk, shear_of, straightened, to_sitk
from .volume_kind import (
    DICOM,
    DICOM_RT,
    DICOM_SEG,
    META,
    NIFTI,
    NIFTI_GZ,
    NIFTI_PAIR,
    NRRD,
    VolumeKind,
    volume_kind,
)
from .whole import require_whole

if TYPE_CHECKING:
    import SimpleITK as sitk

_PERMISSIVE = "ITK_NIFTI_SFORM_PERMISSIVE"  # ITK then gives the nearest axes of a sheared NIfTI, and says so
# Cosines of the angle between two axes: below the first is rounding; the second moves the end of 50 cm by 0.5 mm.
_SHEAR_NOTED, _MOST_SHEAR = 1e-5, 1e-3
_MEND_SHEAR = (
    "Harden its transform and resample it to a regular grid (in 3D Slicer: Resample Scalar/Vector/DWI Volume)."
)
_LONGEST_MM, _FINEST_MM = 5000.0, 0.005  # of a box, of a spacing
_SPACING_OFF = 1e-2  # between the two voxel sizes that a NIfTI may tell
_MOVED_MM = 0.1  # between the two positions that a NIfTI may tell


class VolumeWarning(UserWarning):
    """Something about a volume file that was taken as it is but should be known."""


def read_volume(path: str | os.PathLike[str]) -> tuple[NDArray[Any], VoxelGrid, dict[str, str]]:
    """A volume file as (array kji, grid, header fields).

    Axes that are a little sheared are taken as the nearest right-angled ones, with a `VolumeWarning`.

    Raises:
        InputError: The file is missing, cut off, damaged or cannot be read.
        GridError: It is not 3D, has several components, sheared axes or a size that cannot be.
    """
    layers, grid, fields = read_layers(path)
    if layers.shape[-1] != 1:
        raise GridError(
            f"'{Path(path).name}' has {layers.shape[-1]} values a voxel, one is needed.",
            hint="Give a volume of single values, not colours or vectors.",
        )
    return layers[..., 0], grid, fields


def read_layers(path: str | os.PathLike[str]) -> tuple[NDArray[Any], VoxelGrid, dict[str, str]]:
    """As `read_volume`, with (D, H, W, L) voxels: segments that overlap lie in several layers."""
    path = Path(path)
    kind = volume_kind(path)
    if kind in (DICOM_SEG, DICOM_RT):
        from .dicom_segments import read_segmentation, read_structure_set

        layers, grid, fields = (read_segmentation if kind == DICOM_SEG else read_structure_set)(path)
        return layers, _possible(grid, path), fields
    require_whole(path, kind)
    with _reader(path, kind) as reader:
        image = reader.Execute()
    if image.GetDimension() == 4 and image.GetSize()[3] == 1:
        image = image[:, :, :, 0]
    _require_volume(image, path, kind)
    fields = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys() if not key.startswith("ITK_")}
    grid = _possible(_straight(image, fields, path), path)
    _note_positions(fields, path)
    array = _sitk().GetArrayFromImage(image)
    return array.reshape((*grid.shape_kji, -1)), grid, fields


def header_voxels(path: str | os.PathLike[str]) -> int | None:
    """How many numbers a volume file says that it holds, before any of them is read; None if it does not say."""
    path = Path(path)
    try:
        kind = volume_kind(path)
        if kind in (DICOM_SEG, DICOM_RT):
            from .dicom_segments import stored_voxels

            return stored_voxels(path)
        with _reader(path, kind) as reader:
            reader.ReadImageInformation()
            return int(np.prod([float(one) for one in reader.GetSize()])) * int(reader.GetNumberOfComponents())
    except InputError:
        return None


def _sitk() -> Any:
    import SimpleITK as sitk

    sitk.ProcessObject.GlobalWarningDisplayOff()
    return sitk


@contextmanager
def _reader(path: Path, kind: VolumeKind) -> Iterator[sitk.ImageFileReader]:
    """ITK's reader of a file; whatever it cannot do is an InputError of one line, and nothing of it on the terminal.

    Raises:
        InputError: The block could not read it.
    """
    with _fit_name(path, kind) as name, _permissive(), _quiet(wanted=kind not in (NRRD, NIFTI, NIFTI_GZ)):
        reader = _sitk().ImageFileReader()
        reader.SetImageIO(kind.reader)
        reader.SetFileName(name)
        try:
            yield reader
        except RuntimeError as error:
            raise _unreadable(path, kind, str(error)) from error


def _unreadable(path: Path, kind: VolumeKind, itk_message: str) -> InputError:
    reason = itk_message.strip().splitlines()[-1]
    return InputError(f"'{path.name}' cannot be read as {kind.name} ({reason}).", hint="Export it again, as NRRD.")


@contextmanager
def _fit_name(path: Path, kind: VolumeKind) -> Iterator[str]:
    """A name of the file that ITK can open: UTF-8, and with the ending that its reader wants."""
    name = str(path)
    fits = path.name.lower().endswith(kind.suffix) or (kind == NRRD and path.suffix.lower() == ".nhdr")
    if fits and (kind != NIFTI or not name.lower().endswith(".gz")) and _is_utf8(name):
        yield name
        return
    if kind in (NIFTI_PAIR, META):
        raise InputError(f"The name of '{path}' cannot be used here.", hint="Name the file in plain letters.")
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / f"volume{kind.suffix}"
        try:
            link.symlink_to(path.resolve())
        except OSError:  # Windows lets few users make links
            shutil.copyfile(path, link)
        yield str(link)


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def _permissive() -> Iterator[None]:
    """Within it ITK opens NIfTI files with sheared axes; how much they are is judged here."""
    before = os.environ.get(_PERMISSIVE)
    os.environ[_PERMISSIVE] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_PERMISSIVE, None)
        else:
            os.environ[_PERMISSIVE] = before


@contextmanager
def _quiet(*, wanted: bool) -> Iterator[None]:
    """Within it nothing reaches the terminal: the libraries of some formats write there by themselves."""
    if not wanted:
        yield
        return
    with open(os.devnull, "wb") as nowhere:
        duplicates = [(stream, os.dup(stream)) for stream in (1, 2)]
        try:
            for stream, _ in duplicates:
                os.dup2(nowhere.fileno(), stream)
            yield
        finally:
            for stream, copy in duplicates:
                os.dup2(copy, stream)
                os.close(copy)


def _require_volume(image: sitk.Image, path: Path, kind: VolumeKind) -> None:
    """Refuses series of volumes and single slices, each with what to do."""
    size = image.GetSize()
    if image.GetDimension() > 3:
        raise GridError(
            f"'{path.name}' is {image.GetDimension()}D ({'×'.join(map(str, size))}: {size[-1]} volumes in one file), "
            "a 3D volume is needed.",
            hint="Save the volume that you mean as a file of its own.",
        )
    if image.GetDimension() < 3 or min(size) < 2:
        whole = "Give the whole volume."
        if kind == DICOM:
            whole = "A DICOM series is many files: load it in 3D Slicer and save it as NRRD."
        what = "2D" if image.GetDimension() < 3 else "a single slice"
        raise GridError(
            f"'{path.name}' is {what} ({'×'.join(map(str, size))} voxels), a 3D volume is needed.", hint=whole
        )


def _straight(image: sitk.Image, fields: Mapping[str, str], path: Path) -> VoxelGrid:
    """The grid of an image with right-angled axes.

    Raises:
        GridError: They are further from it than rounding explains.
    """
    grid = from_sitk(image)
    spacing = sform_spacing_mm(fields)
    if spacing is not None and not np.allclose(spacing, grid.spacing_mm, rtol=_SPACING_OFF):
        one, other = (" × ".join(f"{edge:.4g}" for edge in edges) for edges in (grid.spacing_mm, spacing))
        raise GridError(
            f"'{path.name}' tells two sizes of a voxel: {one} mm (pixdim) and {other} mm (sform).",
            hint="Save it again with one of them, in 3D Slicer for instance.",
        )
    shear = max(shear_of(grid.ijk_to_ras[:3, :3]), sform_shear(fields))
    if shear > _MOST_SHEAR:
        raise GridError(
            f"The axes of '{path.name}' are sheared (by {shear:.2g}; up to {_MOST_SHEAR:g} is taken).", hint=_MEND_SHEAR
        )
    if shear <= _SHEAR_NOTED:
        return grid
    _note(f"The axes of '{path.name}' are sheared by {shear:.2g}: the nearest right-angled ones are taken.")
    return straightened(grid)


def _possible(grid: VoxelGrid, path: Path) -> VoxelGrid:
    """The grid, if a scan of a body can have its size.

    Raises:
        GridError: It spans metres, or its voxels are finer than any scan's.
    """
    spacing, longest = " × ".join(f"{one:.4g}" for one in grid.spacing_mm), float(grid.size_mm.max())
    hint = "Correct the spacing in its header: it is in mm."
    if longest > _LONGEST_MM:
        raise GridError(f"'{path.name}' spans {longest / 1000:,.3g} m (voxels of {spacing} mm).", hint=hint)
    if float(grid.spacing_mm.min()) < _FINEST_MM:
        raise GridError(f"'{path.name}' has voxels of {spacing} mm, finer than any scan.", hint=hint)
    return grid


def _note_positions(fields: Mapping[str, str], path: Path) -> None:
    apart = positions_apart_mm(fields)
    if apart > _MOVED_MM:
        _note(
            f"'{path.name}' tells two positions that differ by up to {apart:.3g} mm (qform and sform): "
            "where it lies in space may be wrong."
        )


def _note(text: str) -> None:
    warnings.warn(text, VolumeWarning, stacklevel=2)


def write_nrrd(
    path: str | os.PathLike[str], array_kji: NDArray[Any], grid: VoxelGrid, fields: Mapping[str, str] | None = None
) -> None:
    """Writes a gzip NRRD with header fields; the file appears whole or not at all.

    Raises:
        OutputError: The folder cannot be written or the disk is full.
    """
    import SimpleITK as sitk

    image = to_sitk(np.asarray(array_kji), grid)
    for key, value in (fields or {}).items():
        image.SetMetaData(key, str(value))
    with written_beside(path) as beside:
        try:
            sitk.WriteImage(image, str(beside), useCompression=True)
        except RuntimeError as error:
            raise OSError(str(error).strip().splitlines()[-1]) from error


_Floats = NDArray[np.float64]


def sform_shear(fields: Mapping[str, str]) -> float:
    """Largest cosine between two axes of the sform; 0 where there is none in use.

    Args:
        fields: ITK's, of a NIfTI file.
    """
    affine = _sform(fields)
    return 0.0 if affine is None else shear_of(affine[:, :3])


def sform_spacing_mm(fields: Mapping[str, str]) -> _Floats | None:
    """(3,) length of a voxel's edges by the sform in mm; None where there is none in use."""
    affine = _sform(fields)
    return None if affine is None else np.asarray(np.linalg.norm(affine[:, :3], axis=0))


def positions_apart_mm(fields: Mapping[str, str]) -> float:
    """How far apart in mm the two positions place a corner of the volume; 0 where there is only one."""
    sform, qform = _sform(fields), _qform(fields)
    if sform is None or qform is None:
        return 0.0
    last = [float(fields[f"dim[{axis}]"]) - 1.0 for axis in (1, 2, 3)]
    corners = np.array(list(np.ndindex(2, 2, 2)), dtype=np.float64) * last
    apart = corners @ (sform[:, :3] - qform[:, :3]).T + (sform[:, 3] - qform[:, 3])
    return float(np.linalg.norm(apart, axis=1).max())


def _sform(fields: Mapping[str, str]) -> _Floats | None:
    if fields.get("sform_code", "0") == "0":
        return None
    rows = [[float(one) for one in fields.get(f"srow_{axis}", "").split()] for axis in "xyz"]
    affine = np.array(rows) if {len(row) for row in rows} == {4} else np.zeros((3, 4))
    return affine if np.isfinite(affine).all() and np.linalg.norm(affine[:, :3], axis=0).all() else None


def _qform(fields: Mapping[str, str]) -> _Floats | None:
    """Reference: nifti1.h, method 2 (quaternion, pixdim, offsets)."""
    if fields.get("qform_code", "0") == "0":
        return None
    b, c, d = (float(fields[f"quatern_{one}"]) for one in "bcd")
    a = max(1.0 - b * b - c * c - d * d, 0.0) ** 0.5
    turn = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    spacing = np.array([float(fields[f"pixdim[{axis}]"]) for axis in (1, 2, 3)])
    if float(fields["pixdim[0]"]) < 0:
        spacing[2] = -spacing[2]
    offset = [float(fields[f"qoffset_{axis}"]) for axis in "xyz"]
    return np.column_stack([turn * spacing, offset])

"""Volumes in files: any format that SimpleITK reads, NRRD out with key–value fields in the header."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atomic import written_beside
from ..errors import GridError, InputError
from .grid import VoxelGrid, from_sitk, to_sitk


def read_volume(path: str | os.PathLike[str]) -> tuple[NDArray[Any], VoxelGrid, dict[str, str]]:
    """A volume file as (array kji, grid, header fields).

    Raises:
        InputError: The file is missing or cannot be read.
        GridError: It is not 3D, has several components or a spacing that cannot be.
    """
    import SimpleITK as sitk

    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no file '{path}'.", hint="Check the path.")
    sitk.ProcessObject.GlobalWarningDisplayOff()
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise InputError(f"'{path.name}' cannot be read as a volume ({reason}).", hint="Use NRRD or NIfTI.") from error
    if image.GetDimension() == 4 and image.GetSize()[3] == 1:
        image = image[:, :, :, 0]
    if image.GetNumberOfComponentsPerPixel() != 1:
        raise GridError(f"'{path.name}' has {image.GetNumberOfComponentsPerPixel()} values a voxel, one is needed.")
    fields = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys() if not key.startswith("ITK_")}
    grid = from_sitk(image)
    if image.GetDimension() == 3 and min(image.GetSize()) < 2:
        raise GridError(
            f"'{path.name}' is a single slice ({'×'.join(map(str, image.GetSize()))} voxels), a 3D volume is needed.",
            hint="Give the whole volume.",
        )
    return sitk.GetArrayFromImage(image), grid, fields


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

"""The two positions that a NIfTI header may tell (qform and sform), as far as they can mislead."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .grid import shear_of

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

"""How well two masks agree: Dice, HD95, ASSD and silhouette IoU, in mm where they have a unit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from ..errors import GridError, MaskError
from ..frames import project
from ..frames import view as view_of
from ..generation.report.agreement import picture_iou, resize_picture

_FACES = ndimage.generate_binary_structure(3, 1)


def dice(first: NDArray[Any], second: NDArray[Any]) -> float:
    """2 |A ∩ B| / (|A| + |B|); 1 where both masks are empty, 0 where one is.

    Raises:
        MaskError: The masks have different shapes.
    """
    a, b = _pair(first, second)
    total = int(np.count_nonzero(a)) + int(np.count_nonzero(b))
    return 1.0 if total == 0 else 2.0 * int(np.count_nonzero(a & b)) / total


def surface_distances_mm(
    first: NDArray[Any], second: NDArray[Any], spacing_ijk_mm: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Distances of each surface voxel of one mask to the nearest of the other, both ways; None if one is empty.

    Surface voxels are set voxels with at least one of their six neighbours unset (outside the array counts as
    unset), taken at their centres; distances are Euclidean in mm.

    Args:
        first, second: (D, H, W), axes kji.
        spacing_ijk_mm: (3,) spacing along i, j, k, as `VoxelGrid.spacing_mm`.

    Raises:
        MaskError: The masks have different shapes.
        GridError: The spacing is not three positive numbers.
    """
    a, b = _pair(first, second)
    spacing = np.asarray(spacing_ijk_mm, dtype=np.float64)
    if spacing.shape != (3,) or not (np.isfinite(spacing).all() and (spacing > 0).all()):
        raise GridError(f"The spacing must be three positive numbers in mm, got {spacing_ijk_mm!r}.")
    if not a.any() or not b.any():
        return None
    box = _box(a | b)
    surface_a, surface_b = (_surface(np.pad(mask[box], 1)) for mask in (a, b))
    sampling = spacing[::-1]
    to_b = ndimage.distance_transform_edt(~surface_b, sampling=sampling)[surface_a]
    to_a = ndimage.distance_transform_edt(~surface_a, sampling=sampling)[surface_b]
    return to_b, to_a


def hd95_mm(first: NDArray[Any], second: NDArray[Any], spacing_ijk_mm: ArrayLike) -> float:
    """95th percentile Hausdorff distance: the larger of the two directions' 95th percentiles, in mm.

    0 where both masks are empty, NaN where only one is (there is no distance to nothing).

    Reference: the definition of MONAI's HausdorffDistanceMetric(percentile=95), symmetric.
    """
    distances = surface_distances_mm(first, second, spacing_ijk_mm)
    if distances is None:
        return _of_empty(first, second)
    return float(max(np.percentile(d, 95) for d in distances))


def assd_mm(first: NDArray[Any], second: NDArray[Any], spacing_ijk_mm: ArrayLike) -> float:
    """Average symmetric surface distance: the mean over all surface voxels of both masks, in mm.

    0 where both masks are empty, NaN where only one is.
    """
    distances = surface_distances_mm(first, second, spacing_ijk_mm)
    if distances is None:
        return _of_empty(first, second)
    return float(np.concatenate(distances).mean())


def silhouette_iou(first: NDArray[Any], second: NDArray[Any], view: str) -> float:
    """IoU of two silhouettes; a 3D argument is a mask and is projected along the view, a 2D one is a picture.

    Pictures lie on the cube's face, row 0 on top; the second is brought to the first one's resolution.

    Raises:
        GridError: Unknown view.
        MaskError: An argument is neither 2D nor 3D.
    """
    a, b = _picture(first, view), _picture(second, view)
    return picture_iou(a, resize_picture(b, (a.shape[0], a.shape[1])))


def volume_error(measured_ml: float, asked_ml: float) -> float:
    """Signed relative error of a volume; NaN where nothing was asked."""
    return (measured_ml - asked_ml) / asked_ml if asked_ml > 0 else math.nan


def _pair(first: NDArray[Any], second: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    a, b = np.asarray(first) != 0, np.asarray(second) != 0
    if a.shape != b.shape or a.ndim != 3:
        raise MaskError(f"Two 3D masks of one shape are needed, got {a.shape} and {b.shape}.", hint="Resample one.")
    return a, b


def _picture(mask: NDArray[Any], view: str) -> NDArray[np.bool_]:
    body = np.asarray(mask) != 0
    plane = view_of(view)
    if body.ndim == 3:
        return project(body, plane)
    if body.ndim != 2:
        raise MaskError(f"A mask (3D) or a picture (2D) is needed, got {body.ndim} axes.")
    return body


def _box(mask: NDArray[np.bool_]) -> tuple[slice, ...]:
    """The bounding box of a mask that is not empty."""
    return ndimage.find_objects(mask.astype(np.uint8), max_label=1)[0]


def _surface(padded: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return padded & ~ndimage.binary_erosion(padded, structure=_FACES)


def _of_empty(first: NDArray[Any], second: NDArray[Any]) -> float:
    return 0.0 if not np.any(first) and not np.any(second) else math.nan

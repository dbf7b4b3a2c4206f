"""How a mask's projection agrees with a drawn silhouette: overlap and contour distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..frames import VIEWS, VoxelGrid, project
from ..frames import view as view_of
from .values import MaskVolume


@dataclass(frozen=True)
class SilhouetteMatch:
    """How the projected mask agrees with the drawn silhouette.

    Args:
        view: The view that both are seen in.
        iou: Intersection over union, 0–1.
        contour_distance_mm: Symmetric mean distance between the contours; None where one is empty.
        contour_hd95_mm: 95th percentile of the same distances.
    """

    view: str
    iou: float
    contour_distance_mm: float | None
    contour_hd95_mm: float | None


def match_silhouette(mask: MaskVolume, silhouette: NDArray[np.bool_], view: str) -> SilhouetteMatch:
    """The projected mask against a silhouette of the cube's face, on the mask's resolution.

    Raises:
        GridError: Unknown view.
    """
    plane = view_of(view)
    seen = project(mask.body, plane)
    drawn = resize_picture(silhouette, (seen.shape[0], seen.shape[1]))
    distances = contour_distances_mm(seen, drawn, picture_spacing_mm(mask.grid, plane.name))
    mean = hd95 = None
    if distances is not None:
        mean = float((distances[0].mean() + distances[1].mean()) / 2)
        hd95 = float(max(np.percentile(d, 95) for d in distances))
    return SilhouetteMatch(plane.name, picture_iou(seen, drawn), mean, hd95)


def picture_iou(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Intersection over union of two pictures of one shape; 1 if both are empty."""
    union = int(np.count_nonzero(first | second))
    return 1.0 if union == 0 else int(np.count_nonzero(first & second)) / union


def picture_spacing_mm(grid: VoxelGrid, view: str) -> tuple[float, float]:
    """(row, column) spacing in mm of a cube's projection."""
    kept = [float(s) for axis, s in enumerate(grid.spacing_mm[::-1]) if axis != VIEWS[view].axis_kji]
    return kept[0], kept[1]


def resize_picture(picture: NDArray[np.bool_], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """A bool picture on another resolution of the same paper: at least half of a pixel must be covered."""
    import cv2

    picture = np.asarray(picture, dtype=bool)
    if picture.shape == shape:
        return picture
    finer = shape[0] <= picture.shape[0] and shape[1] <= picture.shape[1]
    method = cv2.INTER_AREA if finer else cv2.INTER_LINEAR
    return cv2.resize(picture.astype(np.float32), (shape[1], shape[0]), interpolation=method) >= 0.5


def contour_distances_mm(
    first: NDArray[np.bool_], second: NDArray[np.bool_], spacing_mm: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Distances from each contour pixel of one picture to the other's contour, both ways; None if one is empty."""
    from scipy import ndimage

    edges = []
    for picture in (first, second):
        if not picture.any():
            return None
        edges.append(picture & ~ndimage.binary_erosion(picture))
    to_second = ndimage.distance_transform_edt(~edges[1], sampling=spacing_mm)[edges[0]]
    to_first = ndimage.distance_transform_edt(~edges[0], sampling=spacing_mm)[edges[1]]
    return to_second, to_first

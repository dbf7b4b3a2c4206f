"""How a mask agrees with what was drawn: overlap and contour distance, of its shadow or of its cut in a plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...frames import VIEWS, VoxelGrid, cut_of, project, told_place
from ...frames import view as view_of
from ...sketch.model import Role
from ..values import MaskVolume

GOOD_IOU = 0.90
POOR_IOU = 0.75
NEAR_VOXELS = 1.0
FAR_VOXELS = 2.0


@dataclass(frozen=True)
class DrawingMatch:
    """How the mask's shadow agrees with a silhouette, or its cut with a contour.

    A drawing is followed where the contours lie within a voxel of each other on average, or within two voxels at an
    IoU of at least 0.90: on a thin vessel a voxel alone costs more than a tenth of the IoU. It is lost where they lie
    more than two voxels apart at an IoU below 0.75, or where one of the two is empty.

    Args:
        view: The view that both are seen in, or whose slice they are cut in.
        iou: Intersection over union, 0–1.
        contour_distance_mm: Symmetric mean distance between the contours; None where one is empty.
        contour_hd95_mm: 95th percentile of the same distances.
        voxel_mm: The mask's longest voxel side in that view.
        position_mm: RAS coordinate along the view of a contour's plane; None for a silhouette.
    """

    view: str
    iou: float
    contour_distance_mm: float | None
    contour_hd95_mm: float | None
    voxel_mm: float
    position_mm: float | None = None

    @property
    def role(self) -> Role:
        """Silhouette or contour."""
        return "silhouette" if self.position_mm is None else "contour"

    @property
    def title(self) -> str:
        """'axial sketch', 'axial contour at S +12 mm'."""
        if self.position_mm is None:
            return f"{self.view} sketch"
        return f"{self.view} contour at {told_place(self.view, self.position_mm)}"

    @property
    def followed(self) -> bool:
        """Whether the mask follows the drawing."""
        return self._apart <= NEAR_VOXELS or (self._apart <= FAR_VOXELS and self.iou >= GOOD_IOU)

    @property
    def lost(self) -> bool:
        """Whether the mask has little to do with the drawing."""
        return self._apart > FAR_VOXELS and self.iou < POOR_IOU

    @property
    def _apart(self) -> float:
        """Contour distance in voxels."""
        return float("inf") if self.contour_distance_mm is None else self.contour_distance_mm / self.voxel_mm

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {"role": self.role, **vars(self), "followed": self.followed}


def match_drawing(
    mask: MaskVolume, filled: NDArray[np.bool_], view: str, position_mm: float | None = None
) -> DrawingMatch:
    """The mask against a filled drawing of the cube's face, on the mask's resolution.

    Args:
        mask: On its cube.
        filled: (P, P) bool.
        view: Of the drawing.
        position_mm: RAS coordinate along the view of a contour's plane; None for a silhouette.

    Raises:
        GridError: Unknown view.
    """
    plane = view_of(view)
    seen = seen_or_cut(mask, view, position_mm)
    drawn = resize_picture(filled, (seen.shape[0], seen.shape[1]))
    spacing_mm = picture_spacing_mm(mask.grid, plane.name)
    distances = contour_distances_mm(seen, drawn, spacing_mm)
    mean = hd95 = None
    if distances is not None:
        mean = float((distances[0].mean() + distances[1].mean()) / 2)
        hd95 = float(max(np.percentile(d, 95) for d in distances))
    return DrawingMatch(plane.name, picture_iou(seen, drawn), mean, hd95, max(spacing_mm), position_mm)


def seen_or_cut(mask: MaskVolume, view: str, position_mm: float | None) -> NDArray[np.bool_]:
    """(rows, columns) bool: the mask's shadow along a view, or its cut in the plane at a RAS coordinate along it."""
    if position_mm is None:
        return project(mask.body, view_of(view))
    return cut_of(mask.body, mask.grid, view, position_mm)


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

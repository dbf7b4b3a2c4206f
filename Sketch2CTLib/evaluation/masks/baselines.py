"""What simple means reach, from a silhouette and the true volume: the bar that a generative model has to clear.

Every baseline has the same interface: `fit(masks, grids, view)` on training masks of one structure, and
`predict(silhouette, volume_ml, grid)` for a case. The centre of mass may be given too: the numbers of a full request
say it (`placing.centroid_from_numbers`), so that the bar is fair only with it.

Dice / HD95 mm on abdominal CT livers that were not learned from, given the true volume:

    livers left out one by one (n = 24)      middle of the drawing   centre of mass given
    mean shape                               0.70 / 33               0.77 / 31
    mean shape carved by the silhouette      0.73 / 31               0.79 / 30
    nearest silhouette                       0.67 / 30               0.75 / 25
    inflated silhouette                      0.59 / 46               0.69 / 36
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ...frames import VIEWS, VoxelGrid
from ...frames import view as view_of
from ...generation.report.agreement import picture_iou, picture_spacing_mm
from .placing import PlacedBody, cut_parts, drawn_on, edge_of_volume_mm, meeting_volume, place_of, sampled

_CANONICAL_VOXELS = 80


class Baseline(Protocol):
    """A trivial way from a silhouette and a volume to a mask."""

    @property
    def name(self) -> str:
        """The method's name in tables."""

    @classmethod
    def fit(cls, masks: Sequence[NDArray[np.bool_]], grids: Sequence[VoxelGrid], view: str) -> Self:
        """Learns from training masks of one structure.

        Args:
            masks: (D, H, W) bool each, axes kji, on RAS cubes.
            grids: Their grids.
            view: The structure's view.

        Raises:
            DatasetError: There are no masks, or an empty one.
        """

    def predict(
        self,
        silhouette: NDArray[np.bool_],
        volume_ml: float,
        grid: VoxelGrid,
        *,
        centroid_ras: NDArray[np.float64] | None = None,
    ) -> NDArray[np.bool_]:
        """(D, H, W) bool on the grid, from a (P, P) silhouette of its face and the asked volume.

        Args:
            silhouette: Row 0 on top, column 0 at the left of the paper.
            volume_ml: The asked volume.
            grid: The cube.
            centroid_ras: (3,) centre of mass in RAS mm, where the numbers of the request say it; without it the
                middle of the drawing and of the cube's depth. Give it wherever the model knows it too.

        Raises:
            SketchError: The silhouette is empty.
            DescriptionError: The volume is not a positive number.
        """


@dataclass(frozen=True, eq=False)
class MeanShape:
    """The mean of the training shapes, scaled to the volume and put in its place.

    Each training mask is centred on its bounding box and scaled to unit volume; their signed distances are averaged.
    For a case the mean is scaled to the volume, moved, and cut at the level that meets the volume.
    Stretching it to the drawing's bounding box as well was tried and is worse (livers: 0.66 instead of 0.70).
    With `carved` nothing is left outside the drawing.
    """

    view: str
    field_kji: NDArray[np.float32]
    step_kji: NDArray[np.float64]
    mass_center_kji: NDArray[np.float64]  # of the mean at unit volume, in field voxels
    carved: bool = False
    name: str = "mean shape"

    @classmethod
    def fit(
        cls, masks: Sequence[NDArray[np.bool_]], grids: Sequence[VoxelGrid], view: str, *, carved: bool = False
    ) -> Self:
        """The mean of training masks; see Baseline.fit."""
        parts = cut_parts(masks, grids)
        reach = np.max([np.array(p.mask.shape) * p.spacing_mm / p.edge_mm for p in parts], axis=0)
        step = 1.25 * reach / (_CANONICAL_VOXELS - 1)  # in edges of the cube of the same volume
        mean = np.zeros((_CANONICAL_VOXELS,) * 3, dtype=np.float64)
        for part in parts:
            scale = step * part.edge_mm / part.spacing_mm
            inside = sampled(part.mask, scale, mean.shape, source=part.middle) >= 0.5
            outside_distance = ndimage.distance_transform_edt(~inside, sampling=step)
            mean += ndimage.distance_transform_edt(inside, sampling=step) - outside_distance
        body = meeting_volume(mean, 1.0 / float(np.prod(step)))
        center = np.array(ndimage.center_of_mass(body))
        name = "mean shape in silhouette" if carved else cls.name
        return cls(view_of(view).name, (mean / len(parts)).astype(np.float32), step, center, carved, name)

    def predict(
        self,
        silhouette: NDArray[np.bool_],
        volume_ml: float,
        grid: VoxelGrid,
        *,
        centroid_ras: NDArray[np.float64] | None = None,
    ) -> NDArray[np.bool_]:
        """See Baseline.predict."""
        picture = drawn_on(silhouette, grid, self.view)
        scale = grid.spacing_mm[::-1] / (self.step_kji * edge_of_volume_mm(volume_ml))
        at = place_of(picture, grid, self.view, centroid_ras)
        middle = np.full(3, (_CANONICAL_VOXELS - 1) / 2)
        source = middle if centroid_ras is None else self.mass_center_kji
        field = sampled(self.field_kji, scale, grid.shape_kji, source=source, at=at, mode="nearest")
        wanted = volume_ml / grid.voxel_ml
        if self.carved:
            inside = np.broadcast_to(np.expand_dims(picture, VIEWS[self.view].axis_kji), field.shape)
            field = np.where(inside, field, -np.inf)
            wanted = min(wanted, float(np.count_nonzero(inside)))
        return meeting_volume(field, wanted)


@dataclass(frozen=True, eq=False)
class NearestSilhouette:
    """The training mask whose silhouette is most like the drawing, its depth scaled so that the volume is met.

    Silhouettes are compared by IoU where the mask would be placed; nothing is scaled in the plane.
    """

    view: str
    parts: tuple[PlacedBody, ...]
    name: str = "nearest silhouette"

    @classmethod
    def fit(cls, masks: Sequence[NDArray[np.bool_]], grids: Sequence[VoxelGrid], view: str) -> Self:
        """Keeps the training masks; see Baseline.fit."""
        return cls(view_of(view).name, tuple(cut_parts(masks, grids)))

    def predict(
        self,
        silhouette: NDArray[np.bool_],
        volume_ml: float,
        grid: VoxelGrid,
        *,
        centroid_ras: NDArray[np.float64] | None = None,
    ) -> NDArray[np.bool_]:
        """See Baseline.predict."""
        picture = drawn_on(silhouette, grid, self.view)
        axis = VIEWS[self.view].axis_kji
        at = place_of(picture, grid, self.view, centroid_ras)
        spacing = grid.spacing_mm[::-1]
        part = self._nearest(picture, spacing, at, by_mass=centroid_ras is not None)
        scale = spacing / part.spacing_mm
        scale[axis] *= part.edge_mm**3 / edge_of_volume_mm(volume_ml) ** 3
        source = part.center if centroid_ras is not None else part.middle
        return sampled(part.mask, scale, grid.shape_kji, source=source, at=at) >= 0.5

    def _nearest(
        self, picture: NDArray[np.bool_], spacing: NDArray[np.float64], at: NDArray[np.float64], *, by_mass: bool
    ) -> PlacedBody:
        axis = VIEWS[self.view].axis_kji
        kept = [a for a in range(3) if a != axis]

        def likeness(part: PlacedBody) -> float:
            source = part.center if by_mass else part.middle
            scale = (spacing / part.spacing_mm)[kept]
            shadow = sampled(
                np.asarray(part.mask.any(axis=axis)), scale, picture.shape, source=source[kept], at=at[kept]
            )
            return picture_iou(shadow >= 0.5, picture)

        return max(self.parts, key=likeness)


@dataclass(frozen=True, eq=False)
class Inflate:
    """The silhouette blown up: half its depth grows with the distance to the outline, scaled to the volume.

    Half the depth is the distance transform to the given power: 1 makes a roof, 0.5 a rim as round as an ellipsoid's
    (on livers they differ by less than 0.02 Dice, the roof has the better HD95).
    """

    view: str
    power: float = 1.0
    name: str = "inflated silhouette"

    @classmethod
    def fit(cls, masks: Sequence[NDArray[np.bool_]], grids: Sequence[VoxelGrid], view: str) -> Self:
        """Needs the view only; see Baseline.fit."""
        return cls(view_of(view).name)

    def predict(
        self,
        silhouette: NDArray[np.bool_],
        volume_ml: float,
        grid: VoxelGrid,
        *,
        centroid_ras: NDArray[np.float64] | None = None,
    ) -> NDArray[np.bool_]:
        """See Baseline.predict."""
        picture = drawn_on(silhouette, grid, self.view)
        axis = VIEWS[self.view].axis_kji
        edge_of_volume_mm(volume_ml)
        spacing = picture_spacing_mm(grid, self.view)
        profile = ndimage.distance_transform_edt(np.pad(picture, 1), sampling=spacing)[1:-1, 1:-1] ** self.power
        at = place_of(picture, grid, self.view, centroid_ras)[axis]
        depth = np.abs(np.arange(grid.shape_kji[axis]) - at)
        # A voxel joins once the profile, scaled, reaches its depth: the larger this quotient the sooner.
        quotient = profile[None] / np.maximum(depth, 0.25)[:, None, None]
        wanted = min(volume_ml / grid.voxel_ml, float(np.count_nonzero(quotient)))
        return np.moveaxis(meeting_volume(quotient, wanted), 0, axis)


BASELINES: tuple[type[MeanShape] | type[NearestSilhouette] | type[Inflate], ...] = (
    MeanShape,
    NearestSilhouette,
    Inflate,
)


def fit_baselines(masks: Sequence[NDArray[np.bool_]], grids: Sequence[VoxelGrid], view: str) -> tuple[Baseline, ...]:
    """The three baselines, fitted on training masks of one structure."""
    return tuple(kind.fit(masks, grids, view) for kind in BASELINES)

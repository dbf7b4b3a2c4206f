"""A layout: which organ or tissue stands at each voxel of a region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..errors import GridError, MaskError
from ..frames import VoxelGrid, resample

UNKNOWN = 0
_SOFTENED = 0.5  # of the coarser spacing: standard deviation of the Gaussian that rounds borders between grids


@dataclass(frozen=True, eq=False)
class Layout:
    """Label values of organs and tissues on a grid.

    Args:
        labels: (D, H, W) uint8 label values of the catalog, axes kji; 0 where nothing is known.
        grid: The voxel grid.

    Raises:
        GridError: The labels do not fit the grid.
        MaskError: They hold a value that the catalog does not know.
    """

    labels: NDArray[np.uint8]
    grid: VoxelGrid

    def __post_init__(self) -> None:
        labels = np.array(self.labels, order="C")
        if labels.shape != self.grid.shape_kji:
            raise GridError(f"A layout of shape {labels.shape} does not fit a grid of {self.grid.shape_kji}.")
        if labels.dtype != np.uint8:
            raise MaskError(f"A layout holds bytes, not {labels.dtype}.", hint="Give label values of the catalog.")
        foreign = sorted(set(present(labels)) - {one.label for one in catalog.all_regions()})
        if foreign:
            raise MaskError(
                f"The layout holds the label value {foreign[0]}, which means nothing.",
                hint="Give label values of the catalog's structures, neighbours and tissues.",
            )
        labels.setflags(write=False)
        object.__setattr__(self, "labels", labels)

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the organs and tissues that are there, by label value."""
        return tuple(catalog.region_of(value).name for value in present(self.labels))

    def body_of(self, name: str) -> NDArray[np.bool_]:
        """(D, H, W) bool: one organ or tissue."""
        return np.asarray(self.labels == catalog.label_value(name))

    def volume_ml(self, name: str) -> float:
        """Volume of an organ or tissue in mL."""
        return float(np.count_nonzero(self.body_of(name))) * self.grid.voxel_ml

    def on(self, grid: VoxelGrid, fill: str | None = None) -> Layout:
        """The layout on another grid, its borders as smooth as its own voxels are large.

        Args:
            grid: Any RAS grid.
            fill: Region beyond the layout; unknown if None.
        """
        value = UNKNOWN if fill is None else catalog.label_value(fill)
        return Layout(labels_on(self.labels, self.grid, grid, fill=value), grid)

    def with_organs(self, organs: Mapping[str, NDArray[np.bool_]]) -> Layout:
        """The layout with organs set into it, later ones over earlier ones.

        Args:
            organs: Name → (D, H, W) bool on this grid. What else the layout holds of these organs becomes what is
                nearest to it.
        """
        from scipy import ndimage

        own = [catalog.label_value(name) for name in organs]
        labels, left = self.labels.copy(), np.isin(self.labels, own)
        if left.any() and not left.all():
            nearest = ndimage.distance_transform_edt(left, return_distances=False, return_indices=True)
            labels = labels[tuple(nearest)]
        for value, body in zip(own, organs.values(), strict=True):
            labels[body] = value
        return Layout(labels, self.grid)


def present(labels: NDArray[np.uint8]) -> list[int]:
    """The label values that are there, but for 'unknown', in order."""
    return [int(v) for v in np.flatnonzero(np.bincount(labels.ravel(), minlength=256)) if v != UNKNOWN]


def labels_on(
    labels: NDArray[np.uint8], grid: VoxelGrid, target: VoxelGrid, *, fill: int = UNKNOWN
) -> NDArray[np.uint8]:
    """Label values on another grid: at each voxel the one that prevails there when each is softened and resampled.

    Args:
        labels: (D, H, W); grid: theirs; target: where they are wanted.
        fill: Beyond the grid.
    """
    from scipy import ndimage

    counts = np.bincount(labels.ravel(), minlength=256)
    most = int(np.argmax(counts))  # has what the others leave, so that it need not be resampled
    shares = _Shares(labels, grid, target, most)
    for value, box in enumerate(ndimage.find_objects(labels), 1):
        if value != most and box is not None:
            shares.add(value, box)
    if most != UNKNOWN and counts[UNKNOWN]:
        shares.add(UNKNOWN, ndimage.find_objects((labels == UNKNOWN).view(np.uint8))[0])
    out = shares.largest()
    out[~_covered(grid, target)] = fill
    return out


class _Shares:
    """The largest share at each voxel of a grid, of values that are softened and resampled one by one.

    Args:
        labels: (D, H, W); grid: theirs; target: where shares are wanted.
        rest: The value that has what all others leave.
    """

    def __init__(self, labels: NDArray[np.uint8], grid: VoxelGrid, target: VoxelGrid, rest: int) -> None:
        self.labels, self.grid, self.target, self.rest = labels, grid, target, rest
        coarsest = max(float(grid.spacing_mm.max()), float(target.spacing_mm.max()))
        self.sigma = _SOFTENED * coarsest / grid.spacing_mm[::-1]
        self.margin = np.ceil(3 * self.sigma + 1.5 * target.spacing_mm[::-1] / grid.spacing_mm[::-1]).astype(int)
        self.best, self.total = (np.zeros(target.shape_kji, dtype=np.float32) for _ in range(2))
        self.values = np.full(target.shape_kji, rest, dtype=np.uint8)

    def add(self, value: int, box: tuple[slice, ...]) -> None:
        """One value, whose voxels lie in a box."""
        from scipy import ndimage

        wide = tuple(
            slice(max(0, side.start - m), min(size, side.stop + m))
            for side, m, size in zip(box, self.margin.tolist(), self.labels.shape, strict=True)
        )
        part = _part(self.grid, wide)
        body = (self.labels[wide] == value).astype(np.float32)
        share = ndimage.gaussian_filter(body, self.sigma, mode="nearest")
        corners = self.target.to_ijk(_corners(part))[:, ::-1]
        shape = np.array(self.target.shape_kji)
        low = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, shape)
        high = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 1, 0, shape)
        if (high <= low).any():
            return
        place = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        moved = resample(share, part, _part(self.target, place))
        self.total[place] += moved
        more = moved > self.best[place]
        self.values[place][more], self.best[place][more] = value, moved[more]

    def largest(self) -> NDArray[np.uint8]:
        """(D, H, W) the value of the largest share."""
        return np.where(1.0 - self.total >= self.best, self.rest, self.values).astype(np.uint8)


def _part(grid: VoxelGrid, box: tuple[slice, ...]) -> VoxelGrid:
    """The grid of a box of voxels."""
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] = grid.to_ras([side.start for side in box[::-1]])
    depth, height, width = (side.stop - side.start for side in box)
    return VoxelGrid((depth, height, width), affine)


def _corners(grid: VoxelGrid) -> NDArray[np.float64]:
    """(8, 3) RAS of the outer corners of a grid's box."""
    last = np.array(grid.shape_kji[::-1]) - 0.5
    return grid.to_ras(
        [[(-0.5, end)[bit] for bit, end in zip(bits, last, strict=True)] for bits in np.ndindex(2, 2, 2)]
    )


def _covered(grid: VoxelGrid, target: VoxelGrid) -> NDArray[np.bool_]:
    """(D, H, W) bool: which voxels of a target have their middle in a grid's box."""
    return resample(np.ones(grid.shape_kji, dtype=np.uint8), grid, target, interpolation="nearest") > 0

"""A vessel drawn half of the way towards a tube: swept along the centreline of its own body, by its own radii.

Between drawings that leave its depth open and a volume, a vessel comes out as a ribbon that may tear. Each piece of it
has a centreline and, at right angles to it, cross-sections: discs of their area, a radius that changes slowly, swept
along the line, make a tube. The tube alone loses the outline (the true masks of twenty aortas, swept so, have a Dice of
0.90 with themselves); half of each keeps outline and course, and is rounder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...description.centreline import centreline
from ...frames import VoxelGrid, cropped
from ..model.presets import MASK_TRUNCATION

ROUNDED = 0.5  # of the way to the tube
_SMOOTHING = 0.8  # of the mean radius, along the line
_STEP = 0.5  # voxels between points of the swept line
_LEAST_PIECE = 0.02  # of the body: smaller pieces are not swept, and fade
_FAR = 3.0  # mean radii from the line; farther lies a branch: flat cross-sections of 1 to 5 reach 2, their ends 2.6
_BRANCHES = 0.03  # of a piece: with more of it in branches it is no tube

Floats = NDArray[np.float64]
Field = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sweep:
    """Discs along a line, in voxels of a cube.

    Args:
        line: (P, 3) middles, axes kji, P ≥ 2.
        radii: (P,) of the discs.
    """

    line: Floats
    radii: Floats

    @classmethod
    def along(cls, piece: NDArray[np.bool_], grid: VoxelGrid) -> Sweep | None:
        """The centreline of a piece, and discs of its cross-sections' areas, which have its volume together.

        Returns:
            None where the piece is too short for a line, or has branches.
        """
        body, place = cropped(piece, grid)
        found = centreline(body, place, least_steps=1)  # on the cube's own voxels: an eighth of the cost
        if len(found.line) < 2:
            return None
        ijk = (np.concatenate([found.ends[:1], found.line, found.ends[1:]])[:, ::-1] - 1.0) * found.spacing_mm
        points = _evenly(grid.to_ijk(place.to_ras(ijk / place.spacing_mm))[:, ::-1], _STEP)
        sections = _cross_sections(np.argwhere(piece).astype(np.float64), points)
        return None if sections is None else cls(sections[0], np.sqrt(sections[1] / np.pi))

    def depth(self, shape: tuple[int, ...], reach: float) -> Field:
        """(D, H, W) voxels inside the tube's surface, negative outside, −`reach` at the least; cut flat at its ends."""
        from scipy.spatial import cKDTree

        line, radii = self.line, self.radii
        bound = float(radii.max()) + reach
        low = np.maximum(np.floor(line.min(0) - bound), 0).astype(int)
        high = np.minimum(np.ceil(line.max(0) + bound) + 1, shape).astype(int)
        box = tuple(slice(first, stop) for first, stop in zip(low, high, strict=True))
        voxels = np.stack(np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij"), -1)
        points = voxels.reshape(-1, 3).astype(np.float64)
        away, nearest = cKDTree(line).query(points, distance_upper_bound=bound)
        near = np.flatnonzero(np.isfinite(away))
        points, away, nearest = points[near], away[near], nearest[near]
        inside = radii[nearest] - away
        few = min(len(line) - 1, round(1.0 / _STEP))
        for end, before in ((0, few), (len(line) - 1, len(line) - 1 - few)):
            mine = nearest == end
            outwards = line[end] - line[before]
            outwards /= max(float(np.linalg.norm(outwards)), 1e-9)
            along = (points[mine] - line[end]) @ outwards
            beside = np.linalg.norm(points[mine] - line[end] - along[:, None] * outwards, axis=1)
            inside[mine] = np.minimum(radii[end] - beside, -along)
        within = np.full(voxels.shape[:3], -reach, dtype=np.float32)
        within.ravel()[near] = np.maximum(inside, -reach)
        depth = np.full(shape, -reach, dtype=np.float32)
        depth[box] = within
        return depth


def _evenly(line: Floats, step: float) -> Floats:
    """Points every `step` along a line."""
    walked = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    places = np.linspace(0.0, walked[-1], max(3, int(np.ceil(walked[-1] / step)) + 1))
    return np.stack([np.interp(places, walked, line[:, axis]) for axis in range(3)], axis=1)


def _cross_sections(voxels: Floats, line: Floats) -> tuple[Floats, Floats] | None:
    """A line moved into the middle of the voxels beside it, and the (P,) area of the cross-section at each point.

    The cheapest path through a flat body keeps to the inside of its bends, as far from the surface as the middle.

    Args:
        voxels: (N, 3) of the body.
        line: (P, 3) the path.

    Returns:
        None where much lies far from the line, in branches.
    """
    from scipy import ndimage
    from scipy.spatial import cKDTree

    tangents = np.gradient(line, axis=0)
    steps = np.maximum(np.linalg.norm(tangents, axis=1), 1e-9)
    tangents /= steps[:, None]
    away, nearest = cKDTree(line).query(voxels)
    radius = float(np.sqrt(len(voxels) / steps.sum() / np.pi))
    if np.count_nonzero(away > _FAR * radius) > _BRANCHES * len(voxels):
        return None
    counts = np.bincount(nearest, minlength=len(line)).astype(np.float64)
    sums = np.stack([np.bincount(nearest, voxels[:, axis], minlength=len(line)) for axis in range(3)], axis=1)
    sigma = _SMOOTHING * radius / float(steps.mean())
    beside = np.concatenate([counts[:, None], sums, line * counts[:, None], steps[:, None]], axis=1)
    smooth = ndimage.gaussian_filter1d(beside, sigma, axis=0, mode="constant")
    counts = np.maximum(smooth[:, 0], 1e-9)
    aside = (smooth[:, 1:4] - smooth[:, 4:7]) / counts[:, None]
    aside -= (aside * tangents).sum(axis=1)[:, None] * tangents
    return line + aside, counts / smooth[:, 7]


def towards_tube(field: Field, body: NDArray[np.bool_], grid: VoxelGrid) -> Field:
    """The mask field of a vessel, half of the way towards a tube; a piece with branches stays as it is.

    Args:
        field: (V, V, V) mask field, positive inside.
        body: (V, V, V) what it is at the asked volume, from which line and radii are taken.
        grid: The cube.
    """
    from scipy import ndimage

    pieces, count = ndimage.label(body, np.ones((3, 3, 3)))
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    truncation = MASK_TRUNCATION * body.shape[0]
    tube = np.full(body.shape, -1.0, dtype=np.float32)
    for number in range(1, count + 1):
        if sizes[number] < _LEAST_PIECE * sizes[1:].sum():
            continue
        sweep = Sweep.along(pieces == number, grid)
        if sweep is None:
            return field
        tube = np.maximum(tube, np.minimum(sweep.depth(body.shape, truncation) / truncation, 1.0))
    return ((1.0 - ROUNDED) * np.clip(field, -1.0, 1.0) + ROUNDED * tube).astype(np.float32)

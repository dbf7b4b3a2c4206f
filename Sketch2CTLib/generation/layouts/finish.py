"""From shares of classes to a layout: the largest share at each voxel, in whole pieces, around the given organs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ...catalog import label_value
from ...data.layout import Layout
from ...data.regions import pieces
from ...frames import VoxelGrid
from ..model.layout_stage import ORGANS

_EVERY, _ROUNDS, _MOST = 2, 12, 16.0  # of the balance: voxels looked at, rounds, and the largest factor
_FIRST_STEP, _LONGEST_STEP = 0.5, 0.7  # of a factor's logarithm, times what its class is short of …
_MOST_SHORT = 1.0  # … as a logarithm, and never more: a class that has nothing yet would leap to the largest factor
SMOOTHINGS = 3  # of the shares of a mean: a standard deviation of 1.2 of the region's voxels
SMOOTHING_VOXELS = 4.0  # standard deviation, of the region's voxels; a patch has 4
_CRUMB_ML = 1.0  # of tissue; of an organ only the largest piece is kept
_AWAY = tuple(label_value(name) for name in ("outside", "object"))
_ORGAN_VALUES = tuple(label_value(name) for name in ORGANS)


@dataclass(frozen=True, eq=False)
class SharesOn:
    """Shares of classes on another grid, a class at a time: all of them on a fine grid would fill the memory.

    Args:
        shares: (K, d, h, w) on a region's grid.
        taps: Of k, j and i, (n, m) weights of the region's m voxels for n voxels of the grid.
        beyond: Of j and i, (n,) whether they lie beside the region, where the class `outside` has it all.
        outside: The position of that class; None where there is none such.
    """

    shares: Tensor
    taps: tuple[Tensor, Tensor, Tensor]
    beyond: tuple[Tensor, Tensor] | None = None
    outside: int | None = None

    def of(self, position: int, every: int = 1) -> Tensor:
        """(D, H, W) the shares of a class, none below 0; perhaps at every second voxel alone."""
        k, j, i = (taps[::every] for taps in self.taps)
        one = self.shares[position]
        found = (k @ one.reshape(len(one), -1)).reshape(len(k), *one.shape[1:])
        found = (j @ found @ i.T).clamp_min_(0.0)
        if self.beyond is not None:
            across, along = (beyond[::every] for beyond in self.beyond)
            found.masked_fill_(across[:, None] | along[None], float(position == self.outside))
        return found


def shares_on(
    shares: Tensor, region: VoxelGrid, target: VoxelGrid, outside: int | None = None, *, rounds: int = SMOOTHINGS
) -> SharesOn:
    """Shares on another RAS grid, smoothed by ¼, ½, ¼ so that patches leave neither seams nor teeth.

    Above and below the region its border goes on; beside, before and behind it lies what is outside of a body.

    Args:
        shares: (K, d, h, w) on the region's grid.
        outside: The position of that class; None lets the border go on everywhere.
        rounds: How often they are smoothed.
    """
    taps, beyond = zip(*(_along(axis, region, target, rounds) for axis in (0, 1, 2)), strict=True)
    k, j, i = (torch.from_numpy(weights).to(shares) for weights in taps)
    if outside is None:
        return SharesOn(shares, (k, j, i))
    across, along = (torch.from_numpy(one).to(shares.device) for one in beyond[1:])
    return SharesOn(shares, (k, j, i), (across, along), outside)


def _along(
    axis: int, region: VoxelGrid, target: VoxelGrid, rounds: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(n, m) weights of the region's m voxels along an axis for the target's n, and (n,) whether they lie beyond."""
    size = region.shape_kji[axis]
    places = np.zeros((target.shape_kji[axis], 3))
    places[:, 2 - axis] = np.arange(target.shape_kji[axis])
    at = region.to_ijk(target.to_ras(places))[:, 2 - axis]
    below = np.clip(np.floor(at), 0, size - 1).astype(np.int64)
    share = np.clip(np.clip(at, 0, size - 1) - below, 0.0, 1.0)
    weights = np.zeros((len(at), size))
    rows = np.arange(len(at))
    np.add.at(weights, (rows, below), 1.0 - share)
    np.add.at(weights, (rows, np.minimum(below + 1, size - 1)), share)
    soft = 0.5 * np.eye(size) + 0.25 * (np.eye(size, k=1) + np.eye(size, k=-1))
    soft[0, 0] = soft[-1, -1] = 0.75  # the border goes on
    return (weights @ np.linalg.matrix_power(soft, rounds)).astype(np.float32), (at < -0.5) | (at > size - 0.5)


def without_tables(shares: Tensor, values: Sequence[int]) -> Tensor:
    """(K, D, H, W) shares in which air has what tables have: the mean of many tables is but shreds of one.

    Args:
        shares: (K, D, H, W); values: (K,) label values of the classes.
    """
    table, air = (values.index(label_value(name)) for name in ("object", "outside"))
    changed = shares.clone()
    changed[air] += shares[table].clamp_min(0.0)
    changed[table] = 0.0
    return changed


def smoothed(apart: Tensor) -> Tensor:
    """What a sample's scores (1, K, d, h, w) have beside those of the mean, smoothed over more than a patch.

    A stage draws each patch with its own errors, which tear a layout; large patches of fat, muscle and bowel are what
    samples differ in. Every second voxel is enough for what is so smooth.
    """
    from scipy import ndimage

    coarse = F.avg_pool3d(apart, 2)[0].cpu().numpy()
    soft = np.stack([ndimage.gaussian_filter(one, SMOOTHING_VOXELS / 2, truncate=3.0) for one in coarse])
    return F.interpolate(torch.from_numpy(soft)[None].to(apart), size=apart.shape[2:], mode="trilinear")


def finished(
    shares: SharesOn, values: tuple[int, ...], grid: VoxelGrid, given: Mapping[str, NDArray[np.bool_]]
) -> Layout:
    """The layout of shares on a grid, with the given organs set into it to the voxel.

    Args:
        shares: Of K classes; values: (K,) their label values.
        grid: Theirs.
        given: Name → (D, H, W) bool; a later organ stands over an earlier one.
    """
    asked = {label_value(name) for name in given}
    free = [position for position, value in enumerate(values) if value not in asked]
    factors = balance(torch.stack([shares.of(position, _EVERY) for position in free]))
    found = largest((shares.of(position) for position in free), factors).cpu().numpy()
    labels = np.array([values[position] for position in free], dtype=np.uint8)[found]
    taken = np.zeros(labels.shape, dtype=np.bool_)
    for body in given.values():
        taken |= body
    labels = _whole(labels, taken, grid)
    for name, body in given.items():
        labels[body] = label_value(name)
    return Layout(labels, grid)


def balance(shares: Tensor) -> Tensor:
    """(K,) factors of the shares with which each class, where it is the largest, has the volume that its shares sum to.

    The largest of uncertain shares alone would lose vessels and shrink organs that may lie here or there.

    Args:
        shares: (K, …), none below 0, at the voxels that are looked at.

    The step of a class is halved where its volume went past what was asked: flat shares else swing for ever, between a
    third of the volume and three times it.

    Reference: Nordström et al., "On image segmentation with noisy labels: characterization and volume properties of
    the optimal solutions to accuracy and Dice", NeurIPS 2022: the most probable voxels of the expected volume; steps as
    in Riedmiller and Braun, "Rprop", ICNN 1993.
    """
    part = shares.flatten(1)
    expected = part.sum(1) / part.sum(0).clamp_min(1e-6).mean()
    first, second, likeliest = _two_largest(part)
    open_ = first <= _MOST**2 * second  # no factors change the others
    settled = torch.bincount(likeliest[~open_], minlength=len(part)).float()
    part = part[:, open_].contiguous()
    factors, steps = torch.ones(len(part), device=part.device), torch.full((len(part),), _FIRST_STEP).to(part)
    before = torch.zeros_like(steps)
    for _ in range(_ROUNDS):
        count = settled + torch.bincount(largest(part, factors), minlength=len(part))
        short = torch.log((expected + 1.0) / (count + 1.0)).clamp(-_MOST_SHORT, _MOST_SHORT)
        steps = torch.where(short * before < 0.0, 0.5 * steps, (1.1 * steps).clamp_max(_LONGEST_STEP))
        factors = (factors * torch.exp(steps * short)).clamp(1.0 / _MOST, _MOST)
        before = short
    return factors


def _two_largest(part: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(n,) the largest and the next of (K, n), and the position of the largest, in a pass a class."""
    first, second = part[0].clone(), torch.full_like(part[0], -1.0)
    found = torch.zeros(first.shape, dtype=torch.uint8, device=part.device)
    for position, one in enumerate(part[1:], start=1):
        found.masked_fill_(one > first, position)
        torch.maximum(second, torch.minimum(first, one), out=second)
        torch.maximum(first, one, out=first)
    return first, second, found


def largest(shares: Iterable[Tensor], factors: Tensor) -> Tensor:
    """(…) uint8 positions of the largest share times its factor, the first of equal ones.

    A pass a class over what lies together in memory, a tenth of the time of argmax across it.

    Args:
        shares: K times (…); factors: (K,).
    """
    each = iter(zip(shares, factors.tolist(), strict=True))
    one, factor = next(each)
    best = one * factor
    found = torch.zeros(best.shape, dtype=torch.uint8, device=best.device)
    weighed, larger = torch.empty_like(best), torch.empty_like(found, dtype=torch.bool)
    for position, (one, factor) in enumerate(each, start=1):
        torch.mul(one, factor, out=weighed)
        torch.gt(weighed, best, out=larger)
        found.masked_fill_(larger, position)
        torch.maximum(best, weighed, out=best)
    return found


def _whole(labels: NDArray[np.uint8], taken: NDArray[np.bool_], grid: VoxelGrid) -> NDArray[np.uint8]:
    """Labels without pieces beside an organ's largest, crumbs of tissue, holes in the body or bodies beside it."""
    from scipy import ndimage

    least = _CRUMB_ML / grid.voxel_ml
    away = np.isin(labels, _AWAY) & ~taken
    labels = np.where(away & ~_outer(away), label_value("fat"), labels).astype(np.uint8)
    body = ~(np.isin(labels, _AWAY) & ~taken)
    labelled, sizes = pieces(body)
    labels[body & (labelled != int(np.argmax(sizes))) & ~taken] = _AWAY[0]
    lost = np.zeros(labels.shape, dtype=np.bool_)
    free = np.where(taken, 0, labels.astype(np.int16) + 1)  # 0 is a label value, of what is unknown
    for value, box in enumerate(ndimage.find_objects(free)):
        if box is not None:
            labelled, sizes = pieces(free[box] == value + 1)
            small = sizes < (sizes.max() if value in _ORGAN_VALUES else least)
            lost[box] |= small[labelled] & (labelled > 0)
    if lost.any() and not (lost | taken).all():
        _fill_from_nearest(labels, lost, ~(lost | taken))
    return labels


def _fill_from_nearest(labels: NDArray[np.uint8], lost: NDArray[np.bool_], kept: NDArray[np.bool_]) -> None:
    """Gives lost voxels the label of the nearest that is kept; those at a border of the kept suffice."""
    from scipy.spatial import KDTree

    at_border = np.zeros_like(kept)
    for axis in range(3):
        one, other = np.moveaxis(at_border, axis, 0), np.moveaxis(~kept, axis, 0)
        one[1:] |= other[:-1]
        one[:-1] |= other[1:]
    border = np.argwhere(at_border & kept)
    _, nearest = KDTree(border).query(np.argwhere(lost))
    labels[lost] = labels[tuple(border[nearest].T)]


def _outer(away: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The part of what lies outside that reaches the sides, the front or the back of the grid."""
    labelled, sizes = pieces(away)
    edges = (labelled[:, 0], labelled[:, -1], labelled[:, :, 0], labelled[:, :, -1])
    outer = np.zeros(len(sizes), dtype=np.bool_)
    for edge in edges:
        outer[np.unique(edge)] = True
    outer[0] = False
    return np.asarray(outer[labelled])

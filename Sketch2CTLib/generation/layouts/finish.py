"""From shares of classes to a layout: the largest share at each voxel, in whole pieces, around the given organs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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

_EVERY, _ROUNDS, _DAMPING, _MOST = 2, 16, 0.5, 16.0  # of the balance: voxels looked at, steps, and the largest factor
SMOOTHING_VOXELS = 4.0  # standard deviation, of the region's voxels; a patch has 4
_CRUMB_ML = 1.0  # of tissue; of an organ only the largest piece is kept
_AWAY = tuple(label_value(name) for name in ("outside", "object"))
_ORGAN_VALUES = tuple(label_value(name) for name in ORGANS)


def shares_on(shares: Tensor, region: VoxelGrid, target: VoxelGrid, outside: int | None = None) -> Tensor:
    """(K, D, H, W) shares on another RAS grid, smoothed by ¼, ½, ¼ so that patches leave no seams.

    Above and below the region its border goes on; beside, before and behind it lies what is outside of a body.

    Args:
        shares: (K, d, h, w) on the region's grid.
        outside: The position of that class; None lets the border go on everywhere.
    """
    found, beside = shares, []
    for axis in (0, 1, 2):  # k, j, i: the dearest product last, along the axis that lies together in memory
        weights, beyond = _along(axis, region, target)
        if axis and outside is not None:
            weights[beyond] = 0.0
            beside.append(torch.from_numpy(beyond).to(shares.device))
        taps = torch.from_numpy(weights).to(found)
        found = found @ taps.T if axis == 2 else _product(taps, found, axis + 1)
    if beside:
        found[outside].masked_fill_(beside[0][:, None] | beside[1][None], 1.0)
    return found


def _along(axis: int, region: VoxelGrid, target: VoxelGrid) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
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
    return (weights @ soft).astype(np.float32), (at < -0.5) | (at > size - 0.5)


def _product(taps: Tensor, x: Tensor, axis: int) -> Tensor:
    """A matrix (n, m) times what stands along an axis of m, which has n then."""
    shape = list(x.shape)
    shape[axis] = len(taps)
    return torch.matmul(taps, x.reshape(*x.shape[: axis + 1], -1)).reshape(shape)


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
    shares: Tensor, values: tuple[int, ...], grid: VoxelGrid, given: Mapping[str, NDArray[np.bool_]]
) -> Layout:
    """The layout of shares on a grid, with the given organs set into it to the voxel.

    Args:
        shares: (K, D, H, W); values: (K,) label values of the classes.
        grid: Theirs.
        given: Name → (D, H, W) bool; a later organ stands over an earlier one.
    """
    table = torch.tensor(values, dtype=torch.uint8, device=shares.device)
    asked = torch.tensor([value in {label_value(name) for name in given} for value in values], device=shares.device)
    shares = shares.clamp_min(0.0)
    shares[asked] = 0.0
    factors = balance(shares)
    free = (~asked).nonzero()[:, 0]
    labels = table[free[largest(shares, factors, free.tolist()).long()]].cpu().numpy()
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
        shares: (K, D, H, W), none below 0.

    Reference: Nordström et al., "On image segmentation with noisy labels: characterization and volume properties of
    the optimal solutions to accuracy and Dice", NeurIPS 2022: the most probable voxels of the expected volume.
    """
    part = shares[:, ::_EVERY, ::_EVERY, ::_EVERY].flatten(1)
    expected = part.sum(1) / part.sum(0).clamp_min(1e-6).mean()
    most = part.topk(2, dim=0)
    open_ = most.values[0] <= _MOST**2 * most.values[1]  # no factors change the others
    settled = torch.bincount(most.indices[0][~open_], minlength=len(part)).float()
    part = part[:, open_].contiguous()
    factors = torch.ones(len(part), device=part.device)
    for _ in range(_ROUNDS):
        count = settled + torch.bincount(largest(part, factors).long(), minlength=len(part))
        factors = (factors * ((expected + 1.0) / (count + 1.0)).pow(_DAMPING)).clamp(1.0 / _MOST, _MOST)
    return factors


def largest(shares: Tensor, factors: Tensor, among: Sequence[int] | None = None) -> Tensor:
    """(…) uint8 positions, within `among`, of the largest share times its factor, the first of equal ones.

    A pass a class over what lies together in memory, a tenth of the time of argmax across it.

    Args:
        shares: (K, …); factors: (K,); among: Positions of the classes that are asked, all of them if None.
    """
    asked = range(len(shares)) if among is None else among
    best = shares[asked[0]] * factors[asked[0]]
    found = torch.zeros(best.shape, dtype=torch.uint8, device=best.device)
    for position, index in enumerate(asked[1:], start=1):
        one = shares[index] * factors[index]
        found.masked_fill_(one > best, position)
        torch.maximum(best, one, out=best)
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
        nearest = ndimage.distance_transform_edt(lost | taken, return_distances=False, return_indices=True)
        labels = np.where(lost, labels[tuple(nearest)], labels)
    return labels.astype(np.uint8)


def _outer(away: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The part of what lies outside that reaches the sides, the front or the back of the grid."""
    labelled, sizes = pieces(away)
    edges = (labelled[:, 0], labelled[:, -1], labelled[:, :, 0], labelled[:, :, -1])
    outer = np.zeros(len(sizes), dtype=np.bool_)
    for edge in edges:
        outer[np.unique(edge)] = True
    outer[0] = False
    return np.asarray(outer[labelled])

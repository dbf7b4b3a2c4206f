"""From shares of classes to a layout: the largest share at each voxel, in whole pieces, around the given organs."""

from __future__ import annotations

from collections.abc import Mapping

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
    """(K, D, H, W) shares on another RAS grid.

    Above and below the region its border goes on; beside, before and behind it lies what is outside of a body.

    Args:
        shares: (K, d, h, w) on the region's grid.
        outside: The position of that class; None lets the border go on everywhere.
    """
    soft = _blurred(shares[None])  # so that patches leave no seams
    if target == region:
        return soft[0]
    axes, beyond = [], []
    for axis in range(3):  # k, j, i
        along = np.zeros((target.shape_kji[axis], 3))
        along[:, 2 - axis] = np.arange(target.shape_kji[axis])
        at = region.to_ijk(target.to_ras(along))[:, 2 - axis]
        beyond.append(torch.from_numpy((at < -0.5) | (at > region.shape_kji[axis] - 0.5)))
        axes.append(torch.from_numpy((2 * at + 1) / region.shape_kji[axis] - 1).float())
    places = torch.stack(torch.meshgrid(*axes, indexing="ij")[::-1], dim=-1)[None].to(shares.device)
    found = F.grid_sample(soft, places, mode="bilinear", padding_mode="border", align_corners=False)[0]
    if outside is not None:
        air = torch.zeros(len(found), 1, 1, 1, dtype=found.dtype, device=found.device)
        air[outside] = 1.0
        beside = (beyond[1][:, None] | beyond[2][None]).to(found.device)
        found = torch.where(beside, air, found)
    return found


def smoothed(apart: Tensor) -> Tensor:
    """What a sample's scores (1, K, d, h, w) have beside those of the mean, smoothed over more than a patch.

    A stage draws each patch with its own errors, which tear a layout; large patches of fat, muscle and bowel are what
    samples differ in. Every second voxel is enough for what is so smooth.
    """
    from scipy import ndimage

    coarse = F.avg_pool3d(apart, 2)[0].cpu().numpy()
    soft = np.stack([ndimage.gaussian_filter(one, SMOOTHING_VOXELS / 2, truncate=3.0) for one in coarse])
    return F.interpolate(torch.from_numpy(soft)[None].to(apart), size=apart.shape[2:], mode="trilinear")


def _blurred(x: Tensor) -> Tensor:
    """(1, K, D, H, W) under ¼, ½, ¼ along each axis, the border going on; sums of slices, a fifth of a convolution."""
    for axis in (2, 3, 4):
        size = x.shape[axis]
        soft = 0.5 * x
        soft.narrow(axis, 1, size - 1).add_(x.narrow(axis, 0, size - 1), alpha=0.25)
        soft.narrow(axis, 0, size - 1).add_(x.narrow(axis, 1, size - 1), alpha=0.25)
        for end in (0, size - 1):
            soft.narrow(axis, end, 1).add_(x.narrow(axis, end, 1), alpha=0.25)
        x = soft
    return x


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
    shares = shares.clamp_min(0.0).masked_fill(asked.view(-1, 1, 1, 1), 0.0)
    weighed = (shares * balance(shares).view(-1, 1, 1, 1)).masked_fill_(asked.view(-1, 1, 1, 1), -1.0)
    labels = table[weighed.argmax(0)].cpu().numpy()
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
    factors = torch.ones(len(part), device=part.device)
    for _ in range(_ROUNDS):
        largest = (part * factors[:, None]).argmax(0)
        count = torch.bincount(largest, minlength=len(part)).float()
        factors = (factors * ((expected + 1.0) / (count + 1.0)).pow(_DAMPING)).clamp(1.0 / _MOST, _MOST)
    return factors


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
    for value in np.unique(labels[~taken]).tolist():
        labelled, sizes = pieces((labels == value) & ~taken)
        small = sizes < (sizes.max() if value in _ORGAN_VALUES else least)
        lost |= small[labelled] & (labelled > 0)
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

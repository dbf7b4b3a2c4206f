"""Random anatomy-like warps of a cube: affine and elastic, with the organ kept in the middle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class WarpStrength:
    """How far copies may stray; standard deviations.

    Args:
        rotation_deg: About each axis.
        scale: Of the log of the common scale; stretch: of each axis' log scale besides.
        shear: Off-diagonal entries.
        elastic: Displacement of a coarse control grid, as a fraction of half the cube.
    """

    rotation_deg: float = 6.0
    scale: float = 0.06
    stretch: float = 0.06
    shear: float = 0.03
    elastic: float = 0.035


def random_field(rng: np.random.Generator, strength: WarpStrength, voxels: int) -> Tensor:
    """(1, V, V, V, 3) sampling positions for `grid_sample` (x→i, y→j, z→k in [−1, 1])."""
    angles = np.deg2rad(rng.normal(0, strength.rotation_deg, 3))
    matrix = _rotation(angles) @ np.diag(np.exp(rng.normal(0, strength.stretch, 3) + rng.normal(0, strength.scale)))
    matrix = matrix @ (np.eye(3) + rng.normal(0, strength.shear, (3, 3)) * (1 - np.eye(3)))
    theta = torch.zeros(1, 3, 4)
    theta[0, :, :3] = torch.from_numpy(np.linalg.inv(matrix))
    field = F.affine_grid(theta, [1, 1, voxels, voxels, voxels], align_corners=False)
    control = torch.from_numpy(rng.normal(0, strength.elastic * rng.uniform(0.2, 1.0), (1, 3, 5, 5, 5))).float()
    return field + _smooth_upsample(control, voxels).permute(0, 2, 3, 4, 1)


def _smooth_upsample(control: Tensor, voxels: int) -> Tensor:
    """A coarse grid, smoothly interpolated (two linear passes give continuous slopes)."""
    middle = F.interpolate(control, size=13, mode="trilinear", align_corners=True)
    middle = F.avg_pool3d(F.pad(middle, (1, 1, 1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return F.interpolate(middle, size=voxels, mode="trilinear", align_corners=True)


def _rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    (ca, cb, cc), (sa, sb, sc) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    about_y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    about_z = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def sample_volume(volume: NDArray[np.float32], field: Tensor) -> NDArray[np.float32]:
    """The volume (D, H, W) at the field's positions, border values outside."""
    moved = F.grid_sample(
        torch.from_numpy(volume)[None, None], field, mode="bilinear", padding_mode="border", align_corners=False
    )
    return moved[0, 0].numpy()


def sample_labels(labels: NDArray[np.uint8], field: Tensor) -> NDArray[np.uint8]:
    """Labels (D, H, W) at the field's positions, the nearest voxel's, 0 outside."""
    moved = F.grid_sample(
        torch.from_numpy(labels.astype(np.float32))[None, None],
        field,
        mode="nearest",
        padding_mode="zeros",
        align_corners=False,
    )
    return moved[0, 0].numpy().astype(np.uint8)


def centred(signed: NDArray[np.float32], field: Tensor, *, margin: float = 0.97) -> Tensor:
    """The field shifted (and shrunk if need be) so that the organ's bounding box is centred and fits the cube.

    Args:
        signed: (V, V, V) signed distance of the unwarped organ, positive inside.
        margin: Largest fraction of the cube's edge that the box may fill.
    """
    for _ in range(2):
        inside = sample_volume(signed, field) > 0
        voxels = inside.shape[0]
        low, high = np.zeros(3), np.full(3, float(voxels))
        for axis in range(3):
            hits = np.flatnonzero(inside.any(axis=tuple(a for a in range(3) if a != axis)))
            if len(hits):
                low[axis], high[axis] = hits[0], hits[-1] + 1
        center = ((low + high) / voxels - 1)[::-1]  # x, y, z of the box's middle in [−1, 1]
        grow = max(1.0, float((high - low).max()) / voxels / margin)
        field = _move(field, center, grow)
    return field


def composed(outer: Tensor, inner: Tensor) -> Tensor:
    """The outer field read at the inner one's positions: warped by the outer one, then by the inner."""
    return _extrapolated(outer, inner)


def refined(field: Tensor, voxels: int) -> Tensor:
    """A smooth field on a finer grid."""
    fine = F.interpolate(field.permute(0, 4, 1, 2, 3), size=voxels, mode="trilinear", align_corners=False)
    return fine.permute(0, 2, 3, 4, 1)


def _move(field: Tensor, center: NDArray[np.float64], grow: float) -> Tensor:
    """The field read at `center + grow · position`."""
    voxels = field.shape[1]
    theta = torch.zeros(1, 3, 4)
    theta[0, :, :3] = torch.eye(3) * grow
    theta[0, :, 3] = torch.from_numpy(center.copy())
    where = F.affine_grid(theta, [1, 1, voxels, voxels, voxels], align_corners=False)
    return _extrapolated(field, where)


def _extrapolated(field: Tensor, where: Tensor) -> Tensor:
    """The field at `where`; beyond its edge it goes on with unit slope."""
    inside = where.clamp(-1, 1)
    moved = F.grid_sample(
        field.permute(0, 4, 1, 2, 3), inside, mode="bilinear", padding_mode="border", align_corners=False
    )
    return moved.permute(0, 2, 3, 4, 1) + (where - inside)

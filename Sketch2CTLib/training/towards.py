"""Deformations of one patient's organ towards another's: shapes between two real ones.

Labels are registered by their signed distances: extents first, then diffeomorphic demons from coarse to fine. A copy
goes part of the way along it, so that a training set holds more than its patients and what random warps make of them.

Reference: Vercauteren et al., "Diffeomorphic demons: efficient non-parametric image registration", NeuroImage 2009.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from .warp import sample_volume

VOXELS = 64  # of a registration
REACH = 0.15  # of the cube's edge: signed distances beyond it say nothing
LEVELS = ((16, 40), (32, 30), (48, 15))  # voxels and iterations, coarse to fine
SMOOTHING = 1.5  # of the displacement, standard deviation in voxels of its level


def way_towards(source: NDArray[np.float32], target: NDArray[np.float32]) -> Tensor:
    """Where each point of the target's cube lies in the source's: sampled there, the source becomes the target.

    Args:
        source: (V, V, V) signed distance in parts of the cube's edge, positive inside, of an organ in the middle.
        target: The same of another patient's organ.

    Returns:
        (1, 48, 48, 48, 3) positions for `grid_sample` (x→i, y→j, z→k in [−1, 1]).
    """
    source, target = _resized(source, VOXELS), _resized(target, VOXELS)
    theta = _between_boxes(_box(source), _box(target))
    stretched = sample_volume(source, _affine(theta, VOXELS))
    moved: NDArray[np.float64] | None = None
    for voxels, iterations in LEVELS:
        moved = _demons(_distances(stretched, voxels), _distances(target, voxels), moved, iterations)
    assert moved is not None
    voxels = moved.shape[0]
    displaced = _identity(voxels) + torch.from_numpy(moved).float()[None] * (2.0 / voxels)
    return displaced @ theta[0, :, :3].T + theta[0, :, 3]


def part_of_way(way: Tensor, part: float) -> Tensor:
    """The same positions a part of the way: 0 leaves the source as it is, 1 is the whole way."""
    return torch.lerp(_identity(way.shape[1]), way, part)


def smallest_jacobian(positions: Tensor) -> float:
    """The smallest change of volume of (1, N, N, N, 3) positions, their outermost voxels left out; < 0 where folded."""
    at = positions[0].double().numpy() * (positions.shape[1] / 2.0)
    slopes = np.stack(
        [np.stack([np.gradient(at[..., c], axis=axis) for axis in (2, 1, 0)], axis=-1) for c in range(3)], -2
    )
    return float(np.linalg.det(slopes)[2:-2, 2:-2, 2:-2].min())


def _demons(
    moving: sitk.Image, fixed: sitk.Image, start: NDArray[np.float64] | None, iterations: int
) -> NDArray[np.float64]:
    """(N, N, N, 3) displacements in voxels, x first, that bring the moving image onto the fixed one."""
    demons = sitk.DiffeomorphicDemonsRegistrationFilter()
    demons.SetNumberOfIterations(iterations)
    demons.SetSmoothDisplacementField(True)
    demons.SetStandardDeviations(SMOOTHING)
    demons.SetNumberOfThreads(1)
    if start is None:
        return sitk.GetArrayFromImage(demons.Execute(fixed, moving))
    voxels = fixed.GetSize()[0]
    finer = F.interpolate(torch.from_numpy(start).permute(3, 0, 1, 2)[None], size=(voxels,) * 3, mode="trilinear")
    begun = finer[0].permute(1, 2, 3, 0).numpy() * (voxels / start.shape[0])
    return sitk.GetArrayFromImage(demons.Execute(fixed, moving, sitk.GetImageFromArray(begun, isVector=True)))


def _distances(signed: NDArray[np.float32], voxels: int) -> sitk.Image:
    """Signed distances within reach, in voxels of a level."""
    return sitk.GetImageFromArray(np.clip(_resized(signed, voxels), -REACH, REACH) * voxels)


def _resized(volume: NDArray[np.float32], voxels: int) -> NDArray[np.float32]:
    return F.interpolate(torch.from_numpy(volume)[None, None], size=(voxels,) * 3, mode="trilinear")[0, 0].numpy()


def _box(signed: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle and extent of a body along x, y, z, its cube from −1 to 1."""
    hits = np.argwhere(signed > 0)[:, ::-1]
    low, high = hits.min(axis=0), hits.max(axis=0) + 1
    return (low + high) / signed.shape[0] - 1.0, 2.0 * (high - low) / signed.shape[0]


def _between_boxes(
    source: tuple[NDArray[np.float64], NDArray[np.float64]], target: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> Tensor:
    """(1, 3, 4) the affine map that takes the target's box to the source's."""
    scale = source[1] / target[1]
    matrix = np.concatenate([np.diag(scale), (source[0] - scale * target[0])[:, None]], axis=1)
    return torch.from_numpy(matrix).float()[None]


def _affine(theta: Tensor, voxels: int) -> Tensor:
    return F.affine_grid(theta, [1, 1, voxels, voxels, voxels], align_corners=False)


def _identity(voxels: int) -> Tensor:
    return _affine(torch.eye(3, 4)[None], voxels)

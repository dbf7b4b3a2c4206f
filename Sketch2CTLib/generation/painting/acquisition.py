"""What the taking of a scan does to it: grain that is as long as the scanner's, and slices that lie apart.

Scans of a cube were taken in axial slices of their own distance and brought to its voxels by linear interpolation. A
painter that is told so alone must learn each filter; here the filters are those of the grids themselves.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

GRAIN_MM = 0.8  # standard deviation of the Gaussian by which noise is correlated
_REACH = 3.0  # standard deviations that its kernel reaches


def grain(noise: Tensor, voxel_mm: Tensor) -> Tensor:
    """White noise as correlated as a scanner's, of the same variance.

    Args:
        noise: (N, 1, D, H, W) normal.
        voxel_mm: (N,) edge of a voxel.
    """
    return torch.cat([_smooth(one, GRAIN_MM / float(edge)) for one, edge in zip(noise.split(1), voxel_mm, strict=True)])


def _smooth(noise: Tensor, sigma: float) -> Tensor:
    radius = max(1, round(_REACH * sigma))
    steps = torch.arange(-radius, radius + 1, device=noise.device, dtype=noise.dtype)
    kernel = torch.exp(-0.5 * (steps / sigma).square())
    kernel = kernel / kernel.square().sum().sqrt()  # keeps the variance
    for axis in range(3):
        shape, pad = [1] * 5, [0] * 6
        shape[2 + axis] = len(kernel)
        pad[4 - 2 * axis] = pad[5 - 2 * axis] = radius
        noise = F.conv3d(F.pad(noise, pad, mode="circular"), kernel.view(shape))
    return noise


def as_acquired(volume: Tensor, slices: Tensor, phase: Tensor) -> Tensor:
    """A volume as it would be after having been taken in axial slices.

    Args:
        volume: (N, C, D, H, W), D along the body.
        slices: (N,) distance of the slices in voxels; up to 1 nothing changes.
        phase: (N,) where the first slice lies, in [0, 1) of that distance.
    """
    depth = volume.shape[2]
    maps = [_there_and_back(depth, float(d), float(p)).to(volume) for d, p in zip(slices, phase, strict=True)]
    return torch.einsum("nab,ncbhw->ncahw", torch.stack(maps), volume)


def _there_and_back(depth: int, distance: float, phase: float) -> Tensor:
    """(D, D) the voxels of a column after sampling at the slices and linear interpolation between them."""
    if distance <= 1.0:
        return torch.eye(depth)
    places = distance * (phase - 1.0 + torch.arange(int(depth / distance) + 3, dtype=torch.float64))
    taken = _linear(places.clamp(0, depth - 1), depth)
    at = (torch.arange(depth, dtype=torch.float64) - places[0]) / distance
    return (_linear(at, len(places)) @ taken).float()


def _linear(places: Tensor, count: int) -> Tensor:
    """(n, count) weights of linear interpolation at places among `count` samples."""
    low = places.floor().clamp(0, count - 2)
    share = places - low
    weights = torch.zeros(len(places), count, dtype=torch.float64)
    rows = torch.arange(len(places))
    weights[rows, low.long()] = 1.0 - share
    weights[rows, low.long() + 1] = share
    return weights

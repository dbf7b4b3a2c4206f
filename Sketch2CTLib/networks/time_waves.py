"""Time steps as sines and cosines of slower and slower waves, as MONAI and as diffusers lay them out.

Reference: Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", NeurIPS 2020.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

SLOWEST = 10000


def cosines_then_sines(t: Tensor, width: int) -> Tensor:
    """(N,) time steps → (N, width) as in MONAI: the slowest wave is one short of SLOWEST."""
    angles = _angles(t, width // 2, width // 2)
    return torch.cat([torch.cos(angles), torch.sin(angles)], dim=-1)


def sines_then_cosines(t: Tensor, width: int) -> Tensor:
    """(N,) time steps → (N, width) as in diffusers with a shift of 1: the slowest wave is SLOWEST."""
    angles = _angles(t, width // 2, width // 2 - 1)
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=-1)


def _angles(t: Tensor, waves: int, octaves: int) -> Tensor:
    exponent = -math.log(SLOWEST) * torch.arange(waves, dtype=torch.float32, device=t.device)
    return t[:, None].float() * torch.exp(exponent / octaves)[None]

"""Time steps as sines and cosines of slower and slower waves, as diffusers lays them out.

Reference: Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", NeurIPS 2020.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

SLOWEST = 10000


def sines_then_cosines(t: Tensor, width: int) -> Tensor:
    """(N,) time steps → (N, width) as in diffusers with a shift of 1: the slowest wave is SLOWEST."""
    waves = width // 2
    exponent = -math.log(SLOWEST) * torch.arange(waves, dtype=torch.float32, device=t.device)
    angles = t[:, None].float() * torch.exp(exponent / (waves - 1))[None]
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=-1)

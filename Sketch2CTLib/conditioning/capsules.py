"""Capsules over a sketch: a convolutional backbone, primary capsules, and self-attention routing."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def squash(x: Tensor, dim: int = -1) -> Tensor:
    """Shrinks short capsules to zero and long ones to length one, (1 − 1/e^|x|) x/|x|.

    Reference: Mazzia, Salvetti and Chiaberge, "Efficient-CapsNet", Scientific Reports 2021.
    """
    length = torch.linalg.vector_norm(x.float(), dim=dim, keepdim=True).clamp_min(1e-6)
    return ((1.0 - torch.exp(-length)) * x.float() / length).to(x.dtype)


class SketchBackbone(nn.Module):
    """Sketch pictures (N, C, P, P) → features (N, width, P/16, P/16)."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        widths = (in_channels, width // 8, width // 4, width // 2, width)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GroupNorm(min(8, after), after), nn.SiLU()]
        layers += [nn.Conv2d(width, width, 3, padding=1), nn.GroupNorm(8, width), nn.SiLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """Feature maps at a sixteenth of the resolution."""
        return self.layers(pictures)


class PrimaryCapsules(nn.Module):
    """Features (N, width, h, w) → capsules (N, types·h·w, dim); each knows where on paper it lies."""

    def __init__(self, width: int, types: int, dim: int, side: int) -> None:
        super().__init__()
        self.types, self.dim = types, dim
        self.project = nn.Conv2d(width, types * dim, 1)
        self.place = nn.Parameter(torch.randn(side * side, dim) * 0.1)

    def forward(self, features: Tensor) -> Tensor:
        """Squashed capsules, type-major."""
        n, _, h, w = features.shape
        capsules = self.project(features).reshape(n, self.types, self.dim, h * w).transpose(2, 3)
        return squash(capsules + self.place.to(capsules.dtype)).reshape(n, self.types * h * w, self.dim)


class AttentionRouting(nn.Module):
    """Primary capsules (N, types·positions, d_in) → capsules (N, out, d_out) in one pass, without iterations.

    Votes û = W u (W shared by the positions of a type); coupling = softmax over the outputs of the votes' summed
    self-attention, plus a learned prior.

    Reference: Mazzia et al. 2021, self-attention routing.
    """

    def __init__(self, types: int, in_dim: int, out_capsules: int, out_dim: int) -> None:
        super().__init__()
        self.types = types
        self.weight = nn.Parameter(torch.randn(types, out_capsules, in_dim, out_dim) * in_dim**-0.5)
        self.prior = nn.Parameter(torch.zeros(types, out_capsules))

    def forward(self, primary: Tensor) -> Tensor:
        """Squashed output capsules."""
        n, count, in_dim = primary.shape
        grouped = primary.reshape(n, self.types, count // self.types, in_dim)
        votes = torch.einsum("ntpi,toid->notpd", grouped, self.weight.to(primary.dtype))
        votes = votes.flatten(2, 3)  # (N, out, types·positions, d_out)
        # Σ_m ⟨û_m, û_k⟩ is the dot product of each vote with the sum of all votes: linear in the capsules.
        agreement = (votes * votes.sum(dim=2, keepdim=True)).sum(dim=-1) / votes.shape[-1] ** 0.5
        coupling = F.softmax(agreement.float(), dim=1).to(votes.dtype)
        prior = self.prior.t().repeat_interleave(count // self.types, dim=1).to(votes.dtype)  # (out, types·positions)
        return squash(((coupling + prior).unsqueeze(-1) * votes).sum(dim=2))

"""A linear code of label maps: principal components of one-hot patches, so that a layout becomes a small latent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import ConfigError
from .space_to_depth import depth_to_space, space_to_depth


@dataclass(frozen=True)
class LabelCodeConfig:
    """Shape of a code of label maps.

    Args:
        every: Every how many patches the components are taken from.
        values: Label values that it knows; what else stands in a map becomes the first.
        patch: Edge of a patch in voxels.
        latent_channels: Principal components kept.
        whitening: Power of each component's standard deviation that is divided out.
        rarity: Power of a class's frequency that its weight falls with, so that vessels and ribs count beside fat.
    """

    values: tuple[int, ...]
    patch: int = 4
    latent_channels: int = 64
    whitening: float = 0.5
    rarity: float = 0.4
    every: int = 7

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(int(v) for v in self.values))
        if len(set(self.values)) != len(self.values) or not all(0 <= v <= 255 for v in self.values):
            raise ConfigError(f"A code of labels needs different bytes, got {self.values}.")
        if not 1 <= self.latent_channels <= len(self.values) * self.patch**3:
            raise ConfigError(f"A patch of {self.patch}³ labels has no {self.latent_channels} components.")


class LabelCode(nn.Module):
    """Label maps (N, D, H, W) ⇄ latents (N, C, D/p, H/p, W/p), p the patch. Computed, not trained."""

    basis: Tensor
    mean: Tensor
    spread: Tensor
    weight: Tensor
    index: Tensor

    def __init__(self, config: LabelCodeConfig) -> None:
        super().__init__()
        self.config = config
        classes, width = len(config.values), len(config.values) * config.patch**3
        self.register_buffer("basis", torch.eye(config.latent_channels, width))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("spread", torch.ones(config.latent_channels))
        self.register_buffer("weight", torch.ones(classes))
        lookup = torch.zeros(256, dtype=torch.int64)
        lookup[list(config.values)] = torch.arange(classes)
        self.register_buffer("index", lookup, persistent=False)

    @torch.no_grad()
    def fit(self, maps: Iterable[Tensor]) -> None:
        """Takes weights and components from label maps (N, D, H, W)."""
        maps = list(maps)
        count = sum(torch.bincount(self.index[one.long().flatten()], minlength=len(self.config.values)) for one in maps)
        share = (count / count.sum()).clamp_min(1e-6)  # type: ignore[union-attr]
        weight = share.pow(-self.config.rarity)
        self.weight.copy_(weight / weight.square().mul(share).sum().sqrt())
        width = self.mean.numel()
        total, moment, number = torch.zeros(width).double(), torch.zeros(width, width).double(), 0
        for one in maps:
            classes = self._classes(one)[:: self.config.every]
            hot = F.one_hot(classes, len(self.config.values)).float() * self.weight
            patches = hot.transpose(1, 2).flatten(1)  # (P, K·p³)
            total, number = total + patches.sum(0).double(), number + len(patches)
            moment += (patches.T @ patches).double()
        mean = total / number
        covariance = moment / number - torch.outer(mean, mean)
        values, vectors = torch.linalg.eigh(covariance)
        kept = self.config.latent_channels
        self.mean.copy_(mean)
        self.basis.copy_(vectors.flip(1)[:, :kept].T)
        self.spread.copy_(values.flip(0)[:kept].clamp_min(1e-8).sqrt())

    def encode(self, labels: Tensor) -> Tensor:
        """(N, D, H, W) → (N, C, d, h, w) float32."""
        n, edge, kinds = len(labels), self.config.patch, len(self.config.values)
        cells = [size // edge for size in labels.shape[1:]]
        table = self.basis.view(-1, kinds, edge**3) * self.weight.view(1, -1, 1)
        rows = table.permute(2, 1, 0).flatten(0, 1)  # (p³·K, C): what a class at a place of a patch adds
        places = torch.arange(edge**3, device=labels.device) * kinds
        code = F.embedding_bag(self._classes(labels) + places, rows, mode="sum")
        code = (code - self.mean @ self.basis.T) / self._scale
        return code.view(n, *cells, -1).movedim(-1, 1)

    def scores(self, z: Tensor) -> Tensor:
        """(N, C, d, h, w) → (N, K, D, H, W): about the share of each class at each voxel."""
        with torch.autocast(z.device.type, enabled=False):
            flat = z.float().movedim(1, -1) * self._scale
            patches = (flat @ self.basis + self.mean).movedim(-1, 1)
            return depth_to_space(patches, self.config.patch) / self.weight.view(1, -1, 1, 1, 1)

    def channel_weights(self) -> Tensor:
        """(C,) with mean 1: how much a squared error of each channel counts in the weighted shares."""
        squares = self._scale**2
        return squares / squares.mean()

    @property
    def _scale(self) -> Tensor:
        return self.spread**self.config.whitening

    def _classes(self, labels: Tensor) -> Tensor:
        """(N·d·h·w, p³) the class of each voxel of each patch."""
        parts = space_to_depth(labels[:, None], self.config.patch)
        return self.index[parts.flatten(2).transpose(1, 2).flatten(0, 1).long()]

"""What every autoencoder can do, whatever its insides."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Coder(nn.Module, ABC):
    """Volumes (N, 1, D, H, W) in about [−1, 1] ⇄ latents (N, C, D/f, H/f, W/f), f the compression."""

    @abstractmethod
    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the latent's posterior."""

    @abstractmethod
    def decode(self, z: Tensor) -> Tensor:
        """The volume of a latent."""

    def forward(self, x: Tensor, generators: Sequence[torch.Generator] | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """(reconstruction of a posterior sample, mean, sigma); with a generator for each volume."""
        mean, sigma = self.encode(x)
        if generators is None:
            noise = torch.randn(mean.shape, device=mean.device)
        else:
            noise = torch.cat(
                [torch.randn((1, *mean.shape[1:]), generator=one, device=one.device) for one in generators]
            ).to(mean.device)
        return self.decode(mean + sigma * noise.to(mean.dtype)), mean, sigma

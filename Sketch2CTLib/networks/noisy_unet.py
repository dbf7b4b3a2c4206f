"""A U-Net with noise at every scale: where something must be made up, one condition has many answers.

Convolutions and point-wise maps alone, with a reach of some 60 voxels: a volume may be made in overlapping tiles from
one field of noise.

Reference: Sushko et al., "You only need adversarial supervision for semantic image synthesis", ICLR 2021, whose 3D
noise is the one here; Perez et al., "FiLM", AAAI 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE = 0.2
_FIRST_STD = 0.01  # of the last convolution of a block: a new network hardly changes what it is given


@dataclass(frozen=True)
class NoisyUNetConfig:
    """Shape of a U-Net with noise.

    Args:
        shown, made: Channels in and out.
        channels: Widths at full resolution and its halvings.
        deep_blocks: Residual blocks where there is more than half a resolution to go.
        pooled_dim: Width of what modulates it; 0 for nothing.
    """

    shown: int
    made: int
    channels: tuple[int, ...]
    deep_blocks: int = 2
    pooled_dim: int = 0


class NoisyUNet(nn.Module):
    """Conditions in space, perhaps a pooled one, and noise → channels."""

    def __init__(self, config: NoisyUNetConfig) -> None:
        super().__init__()
        self.config = config
        widths, deep = config.channels, config.deep_blocks
        self.inward = nn.Conv3d(config.shown, widths[0], 3, padding=1)
        self.down = nn.ModuleList(nn.Conv3d(wide, narrow, 2, 2) for wide, narrow in pairwise(widths))
        self.up = nn.ModuleList(nn.Conv3d(narrow, wide, 1) for wide, narrow in pairwise(widths))
        last = len(widths) - 1
        self.on_way_down = nn.ModuleList(self._blocks(w, deep if n == last else 1) for n, w in enumerate(widths))
        self.on_way_up = nn.ModuleList(self._blocks(w, min(1 + n, deep)) for n, w in enumerate(widths[:-1]))
        self.outward = nn.Conv3d(widths[0], config.made, 3, padding=1)
        nn.init.normal_(self.outward.weight, 0.0, _FIRST_STD)

    def _blocks(self, width: int, count: int) -> nn.ModuleList:
        return nn.ModuleList(_NoisyBlock(width, self.config.pooled_dim) for _ in range(count))

    def forward(self, shown: Tensor, noise: Sequence[Tensor], told: Tensor | None = None) -> Tensor:
        """(N, S, D, H, W), noise as `noise_field` makes it and (N, P) → (N, C, D, H, W)."""
        x = self.inward(shown.contiguous(memory_format=torch.channels_last_3d))
        kept = []
        for level, blocks in enumerate(self.on_way_down):
            if level:
                x = self.down[level - 1](x)
            x = _through(blocks, x, noise[level], told)
            kept.append(x)
        for level in reversed(range(len(self.up))):
            wide = F.interpolate(self.up[level](x), scale_factor=2, mode="nearest")  # a kernel of its own leaves a grid
            x = _through(self.on_way_up[level], kept[level] + wide, noise[level], told)
        return self.outward(F.leaky_relu(x, SLOPE))


class _NoisyBlock(nn.Module):
    """A residual block to which noise is added, and which may be modulated."""

    def __init__(self, width: int, pooled_dim: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv3d(width, width, 3, padding=1), nn.Conv3d(width, width, 3, padding=1)
        self.noise = nn.Parameter(torch.zeros(1, width, 1, 1, 1))
        nn.init.kaiming_normal_(self.first.weight, SLOPE)
        nn.init.normal_(self.second.weight, 0.0, _FIRST_STD)
        self.film: nn.Linear | None = None
        if pooled_dim:
            self.film = nn.Linear(pooled_dim, 2 * width)
            nn.init.zeros_(self.film.weight)
            nn.init.zeros_(self.film.bias)

    def forward(self, x: Tensor, noise: Tensor, told: Tensor | None) -> Tensor:
        h = F.leaky_relu(x, SLOPE)
        if self.film is None or told is None:
            h = self.first(h)
        elif len(told) == 1 and not torch.is_grad_enabled():
            h = self._modulated(h, self.film(told)[0])
        else:
            gain, bias = self.film(told)[:, :, None, None, None].chunk(2, dim=1)
            h = self.first(h)
            h = torch.addcmul(bias.to(h.dtype), h, 1.0 + gain.to(h.dtype))
        h = _with_noise(h, self.noise.to(h.dtype), noise.to(h.dtype))
        return x + self.second(F.leaky_relu(h, SLOPE, inplace=True))

    def _modulated(self, h: Tensor, told: Tensor) -> Tensor:
        """The first convolution of one sample, modulated through its weights: a pass over the volume less."""
        gain, bias = told.float().chunk(2)
        own_bias = self.first.bias
        assert own_bias is not None
        weight = self.first.weight * (1.0 + gain).view(-1, 1, 1, 1, 1)
        return F.conv3d(h, weight.to(h.dtype), (own_bias * (1.0 + gain) + bias).to(h.dtype), padding=1)


def _with_noise(h: Tensor, weights: Tensor, noise: Tensor) -> Tensor:
    """(N, C, D, H, W) plus weights (1, C, 1, 1, 1) times noise (N, 1, D, H, W).

    On a processor, where no gradient is asked, as a product of matrices in the memory of `h`: in a tenth of the time.
    """
    rows = h.movedim(1, -1)
    if torch.is_grad_enabled() or h.device.type != "cpu" or not rows.is_contiguous():
        return torch.addcmul(h, weights, noise)
    rows.view(-1, rows.shape[-1]).addmm_(noise.reshape(-1, 1), weights.view(1, -1))
    return h


def _through(blocks: nn.Module, x: Tensor, noise: Tensor, told: Tensor | None) -> Tensor:
    for block in blocks:  # type: ignore[attr-defined]
        x = block(x, noise, told)
    return x


def noise_field(edges: Sequence[int], levels: int, generators: Sequence[torch.Generator]) -> tuple[Tensor, ...]:
    """Normal noise (N, 1, D, H, W) at full resolution and at each of `levels` − 1 halvings.

    Args:
        edges: D, H, W, multiples of 2^(levels − 1).
        generators: One a sample.
    """
    sizes = [[edge // 2**level for edge in edges] for level in range(levels)]
    samples = [[torch.randn(1, 1, *size, generator=one) for size in sizes] for one in generators]
    return tuple(torch.cat(parts) for parts in zip(*samples, strict=True))

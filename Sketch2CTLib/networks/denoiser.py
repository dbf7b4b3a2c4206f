"""The denoiser of both stages: a U-Net in 3D with cross-attention and spatial conditions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import ConfigError
from .time_waves import cosines_then_sines
from .unet_blocks import NORM_EPS, Halving, Level, Middle, convolution, doubling, zeroed


@dataclass(frozen=True)
class DenoiserConfig:
    """Shape of a denoiser.

    Args:
        latent_channels: Channels of the noisy latent, and of the prediction.
        spatial_channels: Channels concatenated to the latent (lifted sketch, mask latent, …).
        channels: Width of each level.
        attention: Which levels attend to themselves and to the context.
        context_dim: Width of the context tokens.
        norm_groups: Groups of the group norms.
        res_blocks: Residual blocks a level.
        pooled: Whether a pooled condition joins the time embedding, which every residual block reads.
    """

    latent_channels: int = 3
    spatial_channels: int = 0
    channels: tuple[int, ...] = (32, 64, 64)
    attention: tuple[bool, ...] = (False, True, True)
    context_dim: int = 1024
    norm_groups: int = 16
    res_blocks: int = 1
    pooled: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        object.__setattr__(self, "attention", tuple(self.attention))
        if len(self.channels) != len(self.attention):
            raise ConfigError(f"{len(self.channels)} widths need as many attention switches, got {self.attention}.")

    @property
    def pooled_dim(self) -> int:
        """Width of a pooled condition: that of the time embedding."""
        return 4 * self.channels[0]


class DownLevel(Level):
    """A level on the way down, which halves at its end where it is not the last."""

    def __init__(self, inward: int, outward: int, config: DenoiserConfig, *, attends: bool, halves: bool) -> None:
        widths = [(inward if block == 0 else outward, outward) for block in range(config.res_blocks)]
        super().__init__(widths, config.pooled_dim, config.context_dim if attends else None, config.norm_groups)
        self.downsampler = Halving(outward) if halves else None

    def forward(self, x: Tensor, embedding: Tensor, context: Tensor, kept: list[Tensor]) -> Tensor:
        """What goes on; what each part gave is added to `kept`."""
        for position in range(len(self.resnets)):
            x = self.block(position, x, embedding, context)
            x = x.contiguous() if self.attends else x
            kept.append(x)
        if self.downsampler is not None:
            x = self.downsampler(x)
            kept.append(x)
        return x


class UpLevel(Level):
    """A level on the way up, which doubles at its end where it is not the last.

    Args:
        below: Width of what comes from below; beside: of what the first block of its down level was given.
    """

    def __init__(
        self, below: int, width: int, beside: int, config: DenoiserConfig, *, attends: bool, doubles: bool
    ) -> None:
        count = config.res_blocks + 1
        skips = [width] * (count - 1) + [beside]
        widths = [((below if block == 0 else width) + skips[block], width) for block in range(count)]
        super().__init__(widths, config.pooled_dim, config.context_dim if attends else None, config.norm_groups)
        self.upsampler = doubling(width) if doubles else None

    def forward(self, x: Tensor, embedding: Tensor, context: Tensor, kept: list[Tensor]) -> Tensor:
        """What goes on; of `kept`, one tensor a block is taken from the end."""
        for position in range(len(self.resnets)):
            x = self.block(position, torch.cat([x, kept.pop()], dim=1), embedding, context)
        return x if self.upsampler is None else self.upsampler(x)


class ConditionedUNet(nn.Module):
    """MONAI's DiffusionModelUNet to the bit, its names and the order in which it draws its first weights included."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        widths, deepest = config.channels, len(config.channels) - 1
        self.waves = widths[0]
        self.conv_in = convolution(config.latent_channels + config.spatial_channels, widths[0])
        self.time_embed = nn.Sequential(
            nn.Linear(widths[0], config.pooled_dim), nn.SiLU(), nn.Linear(config.pooled_dim, config.pooled_dim)
        )
        if config.pooled:
            torch.empty(config.pooled_dim).normal_()  # what MONAI draws for a class: a seed keeps its first weights
        self.down_blocks = nn.ModuleList(
            DownLevel(widths[max(i - 1, 0)], widths[i], config, attends=config.attention[i], halves=i < deepest)
            for i in range(len(widths))
        )
        self.middle_block = Middle(widths[-1], config.pooled_dim, config.context_dim, config.norm_groups)
        self.up_blocks = nn.ModuleList(
            UpLevel(
                widths[min(i + 1, deepest)],
                widths[i],
                widths[max(i - 1, 0)],
                config,
                attends=config.attention[i],
                doubles=i > 0,
            )
            for i in reversed(range(len(widths)))
        )
        self.out = nn.Sequential(
            nn.GroupNorm(config.norm_groups, widths[0], eps=NORM_EPS),
            nn.SiLU(),
            zeroed(convolution(widths[0], config.latent_channels)),
        )

    def forward(self, x: Tensor, t: Tensor, context: Tensor, pooled: Tensor | None) -> Tensor:
        """(N, latent_channels, d, h, w).

        Args:
            x: (N, C, d, h, w) a latent with its spatial channels.
            t: (N,) time steps.
            context: (N, L, context_dim) tokens.
            pooled: (N, pooled_dim), which joins the time's embedding.
        """
        embedding = self.time_embed(cosines_then_sines(t, self.waves).to(x.dtype))
        if pooled is not None:
            embedding = embedding + pooled.to(x.dtype)
        h = self.conv_in(x)
        kept = [h]
        for level in self.down_blocks:
            h = level(h, embedding, context, kept)
        h = self.middle_block(h, embedding, context)
        for level in self.up_blocks:
            h = level(h, embedding, context, kept)
        return self.out(h)


class Denoiser(nn.Module):
    """v-prediction of a noisy latent under context tokens and spatial channels.

    Reference: Rombach et al. 2022; attention with a single head a level (narrow heads are slower on CPUs).
    """

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        self.unet = ConditionedUNet(config)

    def forward(
        self, z_t: Tensor, t: Tensor, tokens: Tensor, spatial: Tensor | None = None, pooled: Tensor | None = None
    ) -> Tensor:
        """Predicted velocity.

        Args:
            z_t: (N, C, d, h, w) noisy latent.
            t: (N,) time steps, whole numbers.
            tokens: (N, L, context_dim) context; L > 1, since attention to one token is a constant.
            spatial: (N, S, d, h, w) channels beside the latent.
            pooled: (N, pooled_dim), where the configuration has it.
        """
        x = z_t if spatial is None else torch.cat([z_t, spatial.to(z_t.dtype)], dim=1)
        return self.unet(x, t, tokens, pooled)

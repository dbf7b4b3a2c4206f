"""The denoiser of both stages: MONAI's DiffusionModelUNet in 3D with cross-attention and spatial conditions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import ConfigError


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


class Denoiser(nn.Module):
    """v-prediction of a noisy latent under context tokens and spatial channels.

    Reference: Rombach et al. 2022; attention with a single head a level (narrow heads are slower on CPUs).
    """

    def __init__(self, config: DenoiserConfig) -> None:
        from monai.networks.nets import DiffusionModelUNet  # five seconds, which the default preset saves

        super().__init__()
        self.config = config
        self.unet = DiffusionModelUNet(
            spatial_dims=3,
            in_channels=config.latent_channels + config.spatial_channels,
            out_channels=config.latent_channels,
            channels=config.channels,
            num_res_blocks=config.res_blocks,
            attention_levels=config.attention,
            num_head_channels=tuple(c if a else 0 for c, a in zip(config.channels, config.attention, strict=True)),
            norm_num_groups=config.norm_groups,
            with_conditioning=True,
            cross_attention_dim=config.context_dim,
            transformer_num_layers=1,
            use_flash_attention=True,
            num_class_embeds=1 if config.pooled else None,
        )
        if config.pooled:
            self.unet.class_embedding = nn.Identity()  # the place where a class would join the time embedding

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
        return self.unet(x, timesteps=t, context=tokens, class_labels=pooled)

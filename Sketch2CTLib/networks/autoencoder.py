"""The autoencoder of both stages: MONAI's AutoencoderKL in 3D, behind an optional space-to-depth stem."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import ConfigError
from .coder import Coder
from .space_to_depth import depth_to_space, space_to_depth


@dataclass(frozen=True)
class AutoencoderConfig:
    """Shape of an autoencoder.

    Args:
        stem: Space-to-depth factor before the first convolution; 1 is the paper's.
        channels: Width of each level; every level but the last halves the resolution.
        latent_channels: Channels of the latent.
        attention: Whether the deepest level attends to itself (the paper's does; dear at 32³).
        norm_groups: Groups of the group norms; divides every width.
        res_blocks: Residual blocks a level.
    """

    stem: int = 1
    channels: tuple[int, ...] = (32, 64, 64)
    latent_channels: int = 3
    attention: bool = True
    norm_groups: int = 16
    res_blocks: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        if self.stem not in (1, 2, 4, 8):
            raise ConfigError(f"An autoencoder stem must be 1, 2, 4 or 8, got {self.stem}.")
        if any(c % self.norm_groups for c in self.channels):
            raise ConfigError(f"Widths {self.channels} are not multiples of {self.norm_groups} norm groups.")

    @property
    def compression(self) -> int:
        """Voxels per latent cell along one axis."""
        return self.stem * 2 ** (len(self.channels) - 1)


class LatentAutoencoder(Coder):
    """Volumes (N, 1, D, H, W) in about [−1, 1] ⇄ latents (N, C, D/f, H/f, W/f), f the compression.

    Reference: Rombach et al., "High-resolution image synthesis with latent diffusion models", CVPR 2022.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        from monai.networks.nets import AutoencoderKL  # five seconds, which the default preset saves

        super().__init__()
        self.config = config
        cells = config.stem**3
        deepest = (False,) * (len(config.channels) - 1) + (config.attention,)
        self.kl = AutoencoderKL(
            spatial_dims=3,
            in_channels=cells,
            out_channels=cells,
            channels=config.channels,
            num_res_blocks=config.res_blocks,
            attention_levels=deepest,
            latent_channels=config.latent_channels,
            norm_num_groups=config.norm_groups,
            with_encoder_nonlocal_attn=False,
            with_decoder_nonlocal_attn=False,
            use_flash_attention=True,
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the latent's posterior."""
        mean, sigma = self.kl.encode(space_to_depth(x, self.config.stem))
        return mean, sigma

    def decode(self, z: Tensor) -> Tensor:
        """The volume of a latent."""
        return depth_to_space(self.kl.decode(z), self.config.stem)


def channels_last(network: nn.Module) -> None:
    """Lays every 3D kernel out channels last, in place: about twice as fast in bf16 on CPUs."""
    for weights in network.parameters():
        if weights.ndim == 5:
            weights.data = weights.data.contiguous(memory_format=torch.channels_last_3d)

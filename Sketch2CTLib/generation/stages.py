"""The two diffusion stages as modules: conditions in, velocity out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..catalog import STRUCTURE_NAMES
from ..conditioning import ConditionBatch, ConditionEncoder, ConditionTokens
from ..errors import ConfigError
from ..networks import Denoiser, PriorNet
from .presets import IMAGE_CONTEXT_DIM, Preset

MODALITIES = ("CT", "MR")


class MaskStage(nn.Module):
    """Stage 1: condition encoder and mask denoiser, trained together."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.conditioner = ConditionEncoder(preset.conditioner)
        self.denoiser = Denoiser(preset.mask_denoiser)

    def forward(self, z_t: Tensor, t: Tensor, batch: ConditionBatch) -> Tensor:
        """Predicted velocity of (N, C, d, h, w) mask latents."""
        return self.denoise(z_t, t, self.conditioner(batch))

    def denoise(self, z_t: Tensor, t: Tensor, conditions: ConditionTokens) -> Tensor:
        """The same with conditions that were encoded once."""
        return self.denoiser(z_t, t, conditions.tokens, conditions.spatial, conditions.pooled)


class MaskPrior(nn.Module):
    """The draft of stage 1: conditions in, clean latents out."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        if preset.prior_conditioner is None or preset.mask_prior is None:
            raise ConfigError(f"The preset '{preset.name}' has no prior.")
        self.conditioner = ConditionEncoder(preset.prior_conditioner)
        self.net = PriorNet(preset.mask_prior)

    def forward(self, batch: ConditionBatch) -> Tensor:
        """(N, C, d, h, w) scaled mask latents: the mean of what the request leaves open."""
        told = self.conditioner(batch)
        return self.net(told.spatial, told.pooled)


@dataclass(frozen=True)
class ImageConditions:
    """What stage 2 follows.

    Args:
        mask_latent: (N, C_mask, d, h, w), scaled.
        mask_cells: (N, 1, d, h, w) mask field averaged over latent cells.
        structure: (N,) int64 position in the catalog; modality: (N,) int64 position in MODALITIES.
    """

    mask_latent: Tensor
    mask_cells: Tensor
    structure: Tensor
    modality: Tensor

    def to(self, device: torch.device | str) -> ImageConditions:
        """On a device."""
        return ImageConditions(*(value.to(device) for value in vars(self).values()))


class ImageStage(nn.Module):
    """Stage 2: [z_t ‖ z_seg ‖ mask] with structure and modality as context tokens."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.structure = nn.Embedding(len(STRUCTURE_NAMES) + 1, IMAGE_CONTEXT_DIM)
        self.modality = nn.Embedding(len(MODALITIES), IMAGE_CONTEXT_DIM)
        self.denoiser = Denoiser(preset.image_denoiser)

    def forward(self, z_t: Tensor, t: Tensor, conditions: ImageConditions) -> Tensor:
        """Predicted velocity of (N, C, d, h, w) image latents."""
        tokens = torch.stack([self.structure(conditions.structure), self.modality(conditions.modality)], dim=1)
        spatial = torch.cat([conditions.mask_latent, conditions.mask_cells], dim=1)
        if spatial.shape[2:] != z_t.shape[2:]:
            spatial = F.interpolate(spatial.float(), size=z_t.shape[2:], mode="trilinear")
        return self.denoiser(z_t, t, tokens, spatial)


def mask_cells(field: Tensor, cells: int) -> Tensor:
    """A mask field (N, 1, V, V, V) averaged over latent cells."""
    return F.avg_pool3d(field, field.shape[-1] // cells)

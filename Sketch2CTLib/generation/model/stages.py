"""The two diffusion stages as modules: conditions in, velocity out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...conditioning import ConditionBatch, ConditionEncoder, ConditionTokens
from ...diffusion import Preconditioning, Schedule, local_velocity
from ...errors import ConfigError
from ...networks import Denoiser, FilmUNet, FilmUNetConfig
from ...networks.time_waves import sines_then_cosines
from .presets import IMAGE_CONTEXT_DIM, Preset
from .residual import TIME_WAVES, ResidualMaskStage

MODALITIES = ("CT", "MR")


class MaskStage(nn.Module):
    """Stage 1: condition encoder and mask denoiser, trained together."""

    unit = 1.0  # of its latents, in scaled ones

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.conditioner = ConditionEncoder(preset.conditioner)
        self.denoiser = Denoiser(preset.mask_denoiser)  # type: ignore[arg-type]

    def forward(self, z_t: Tensor, t: Tensor, batch: ConditionBatch) -> Tensor:
        """Predicted velocity of (N, C, d, h, w) mask latents."""
        return self.denoise(z_t, t, self.conditioner(batch))

    def denoise(self, z_t: Tensor, t: Tensor, conditions: ConditionTokens) -> Tensor:
        """The same with conditions that were encoded once."""
        return self.denoiser(z_t, t, conditions.tokens, conditions.spatial, conditions.pooled)


def mask_stage(preset: Preset) -> MaskStage | ResidualMaskStage:
    """The preset's stage 1."""
    return ResidualMaskStage(preset) if isinstance(preset.mask_denoiser, FilmUNetConfig) else MaskStage(preset)


@dataclass(frozen=True)
class ImageConditions:
    """What stage 2 follows.

    Args:
        mask_latent: (N, C_mask, d, h, w), scaled.
        mask_cells: (N, 1, d, h, w) mask field averaged over latent cells.
        structure: (N,) int64 position in the catalog; modality: (N,) int64 position in MODALITIES.
        painted: (N, C_image + 1, d, h, w) latents of the labels painted with their usual values, and the share of each
            cell that is labelled; None for a stage that does not see them.
    """

    mask_latent: Tensor
    mask_cells: Tensor
    structure: Tensor
    modality: Tensor
    painted: Tensor | None = None

    def to(self, device: torch.device | str) -> ImageConditions:
        """On a device."""
        return ImageConditions(*(None if v is None else v.to(device) for v in vars(self).values()))  # type: ignore[arg-type]


class ImageStage(nn.Module):
    """Stage 2 with attention: [z_t ‖ z_seg ‖ mask] with structure and modality as context tokens."""

    sees_labels = False

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.structure = nn.Embedding(preset.conditioner.structures + 1, IMAGE_CONTEXT_DIM)
        self.modality = nn.Embedding(len(MODALITIES), IMAGE_CONTEXT_DIM)
        self.denoiser = Denoiser(preset.image_denoiser)  # type: ignore[arg-type]

    def forward(self, z_t: Tensor, t: Tensor, conditions: ImageConditions) -> Tensor:
        """Predicted velocity of (N, C, d, h, w) image latents."""
        tokens = torch.stack([self.structure(conditions.structure), self.modality(conditions.modality)], dim=1)
        spatial = torch.cat([conditions.mask_latent, conditions.mask_cells], dim=1)
        if spatial.shape[2:] != z_t.shape[2:]:
            spatial = F.interpolate(spatial.float(), size=z_t.shape[2:], mode="trilinear")
        return self.denoiser(z_t, t, tokens, spatial)


class LabelImageDenoiser(nn.Module):
    """Stage 2 without attention: a modulated U-Net beside the linear part of v, which every channel has of its own.

    It sees [z_t ‖ z_seg ‖ mask ‖ painted labels]; structure, modality and time modulate it. Beside its part of v it
    estimates the standard deviation of each channel at each place: inside an organ a scan has little but noise, and a
    linear part with the standard deviation of the whole scan would draw edges there as well.
    """

    sees_labels = True
    spread: Tensor  # standard deviation of each latent channel; the name is a key of checkpoints

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        if not isinstance(preset.image_denoiser, FilmUNetConfig):
            raise ConfigError(f"The preset '{preset.name}' has no denoiser of label images.")
        width = preset.image_denoiser.pooled_dim
        self.schedule = Schedule(preset.schedule)
        self.structure = nn.Embedding(preset.conditioner.structures + 1, width)
        self.modality = nn.Embedding(len(MODALITIES), width)
        self.time = nn.Sequential(nn.Linear(2 * TIME_WAVES, width), nn.SiLU(), nn.Linear(width, width))
        self.net = FilmUNet(replace(preset.image_denoiser, latent_channels=2 * preset.image_denoiser.latent_channels))
        for values in self.net.outward.parameters():
            nn.init.zeros_(values[preset.image_denoiser.latent_channels :])  # at first every place varies as the whole
        self.register_buffer("spread", torch.ones(preset.image_denoiser.latent_channels))

    def forward(self, z_t: Tensor, t: Tensor, conditions: ImageConditions) -> Tensor:
        """Predicted velocity of (N, C, d, h, w) image latents."""
        return self.guided(z_t, t, conditions, 1.0)

    def guided(self, z_t: Tensor, t: Tensor, conditions: ImageConditions, weight: Tensor | float) -> Tensor:
        """The same, led away from the linear part: what the network adds to it counts `weight` times.

        The linear part is the weak model of autoguidance (Karras et al., 2024), for nothing. Nothing is led at the
        first, noisiest steps, which set the levels (an interval, Kynkäänniemi et al., 2024).

        Args:
            z_t: (N, C, d, h, w) image latents.
            t: (N,) time steps.
            conditions: Of the scans.
            weight: One, or (N, 1, d, h, w); 1 leads nothing.
        """
        if conditions.painted is None:
            raise ConfigError("This denoiser needs the painted labels.")
        linear = Preconditioning.at(t, z_t, self.spread, self.schedule)
        pooled = (
            self.structure(conditions.structure)
            + self.modality(conditions.modality)
            + self.time(sines_then_cosines(t, 2 * TIME_WAVES))
        )
        seen = [z_t * linear.c_in, conditions.mask_latent, conditions.mask_cells, conditions.painted]
        velocity, stray = self.net(torch.cat([x.to(z_t.dtype) for x in seen], dim=1), pooled).float().chunk(2, dim=1)
        late = (t <= GUIDED_BELOW * self.schedule.config.steps).view(-1, 1, 1, 1, 1)
        amount = 1.0 + (weight - 1.0) * late
        return local_velocity(z_t, t, amount * velocity, stray, self.spread, self.schedule)

    def error_weights(self, t: Tensor) -> Tensor:
        """(N, C) weights: an error of v as one of what the network adds, channels by their standard deviation."""
        c_out = Preconditioning.at(t, self.spread[None].expand(len(t), -1), self.spread, self.schedule).c_out
        return c_out.square().reciprocal() * (self.spread / self.spread.mean())


def image_stage(preset: Preset) -> ImageStage | LabelImageDenoiser:
    """The preset's stage 2."""
    return LabelImageDenoiser(preset) if isinstance(preset.image_denoiser, FilmUNetConfig) else ImageStage(preset)


GUIDED_BELOW = 0.7  # share of the time steps, from the clean end


def mask_cells(field: Tensor, cells: int) -> Tensor:
    """A mask field (N, 1, V, V, V) averaged over latent cells."""
    return F.avg_pool3d(field, field.shape[-1] // cells)

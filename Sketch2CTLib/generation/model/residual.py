"""Stage 1 beside a prior: it denoises what a mask has beside the prior mean, under the conditions that the prior sees.

The mean of what a request leaves open is a regression's; what single masks have beside it is a diffusion's. So drawings
and numbers are followed as the mean follows them, and a sample is a draw around it.

Reference: Mardani et al., "Residual corrective diffusion modeling for km-scale atmospheric downscaling", 2023.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ...conditioning import ConditionBatch, ConditionEncoder
from ...diffusion import Schedule, local_velocity
from ...errors import ConfigError
from ...networks import FilmUNet, FilmUNetConfig
from ...networks.time_waves import sines_then_cosines
from .presets import Preset


@dataclass(frozen=True)
class MeanConditions:
    """What the prior says of a request, and what it says it from.

    Args:
        mean: (N, C, d, h, w) scaled mask latents, the mean of what the request leaves open.
        spatial: (N, S, d, h, w) conditions in space; pooled: (N, P) the others.
    """

    mean: Tensor
    spatial: Tensor
    pooled: Tensor


class MaskPrior(nn.Module):
    """The prior mean of stage 1: conditions in, clean latents out."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        if preset.prior_conditioner is None or preset.mask_prior is None:
            raise ConfigError(f"The preset '{preset.name}' has no prior.")
        self.conditioner = ConditionEncoder(preset.prior_conditioner)
        self.net = FilmUNet(preset.mask_prior)

    def forward(self, batch: ConditionBatch) -> Tensor:
        """(N, C, d, h, w) scaled mask latents: the mean of what the request leaves open."""
        return self.conditions(batch).mean

    def conditions(self, batch: ConditionBatch) -> MeanConditions:
        """The mean beside the encoded conditions, for a denoiser that draws around it."""
        told = self.conditioner(batch)
        return MeanConditions(self.net(told.spatial, told.pooled), told.spatial, told.pooled)


class ResidualMaskStage(nn.Module):
    """Velocity of mask latents, as the prior mean and a modulated U-Net on the noisy rest.

    Latents are those of `mask_latent_scale` over `unit`, in which the rest has a deviation of one. What is linear in
    the rest is not left to the network, at each place with a standard deviation that the network estimates: away from
    the surface, masks hardly differ from their mean.

    Attributes:
        spread: (C,) standard deviation of each channel around the prior mean, in scaled latents.
    """

    spread: Tensor

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        config = preset.mask_denoiser
        if not isinstance(config, FilmUNetConfig):
            raise ConfigError(f"The preset '{preset.name}' has no denoiser beside a prior.")
        self.schedule = Schedule(preset.schedule)
        self.channels, width = config.latent_channels, config.pooled_dim
        self.time = nn.Sequential(nn.Linear(2 * TIME_WAVES, width), nn.SiLU(), nn.Linear(width, width))
        self.net = FilmUNet(replace(config, latent_channels=2 * self.channels))
        self.register_buffer("spread", torch.ones(self.channels))
        for values in (*self.time[-1].parameters(), *self.net.outward.parameters()):
            nn.init.zeros_(values)

    @property
    def unit(self) -> float:
        """Size of what a mask has beside the mean, in scaled latents."""
        return float(self.spread.square().mean().sqrt())

    def begin_with(self, prior: Mapping[str, Tensor]) -> None:
        """Takes over the weights of a prior's network, all but the last layer: it reads the same conditions."""
        own = self.net.state_dict()
        for name, value in own.items():
            given = prior[f"net.{name}"]
            if name.startswith("outward"):
                continue
            value.zero_()
            value[tuple(slice(size) for size in given.shape)] = given
        self.net.load_state_dict(own)

    def forward(self, z_t: Tensor, t: Tensor, conditions: MeanConditions) -> Tensor:
        """The same as `denoise`."""
        return self.denoise(z_t, t, conditions)

    def denoise(self, z_t: Tensor, t: Tensor, conditions: MeanConditions) -> Tensor:
        """Predicted velocity.

        Args:
            z_t: (N, C, d, h, w) noisy latents over `unit`.
            t: (N,) time steps.
            conditions: Of the masks.
        """
        unit, mean = self.unit, conditions.mean.float()
        signal, sigma = self.schedule.factors(t, z_t.float())
        rest = z_t.float() - signal * mean / unit
        spread = self.spread / unit
        scaled = rest * (signal.square() * spread.square().view(1, -1, 1, 1, 1) + sigma.square()).rsqrt()
        seen = [conditions.spatial, scaled, conditions.mean]
        pooled = conditions.pooled + self.time(sines_then_cosines(t, 2 * TIME_WAVES))
        velocity, stray = self.net(torch.cat([x.to(z_t.dtype) for x in seen], dim=1), pooled).float().chunk(2, dim=1)
        return local_velocity(rest, t, velocity, stray, spread, self.schedule) - sigma * mean / unit


TIME_WAVES = 32

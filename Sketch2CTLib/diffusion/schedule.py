"""The noise schedule and the algebra between x₀, ε and v."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import ConfigError


@dataclass(frozen=True)
class ScheduleConfig:
    """A scaled-linear β schedule; the defaults are the paper's.

    Args:
        steps: T, number of training time steps.
        beta_start, beta_end: β₁ and β_T.
    """

    steps: int = 1000
    beta_start: float = 0.0015
    beta_end: float = 0.0195

    def __post_init__(self) -> None:
        if not 0 < self.beta_start < self.beta_end < 1 or self.steps < 2:
            raise ConfigError(f"A schedule needs 0 < β₁ < β_T < 1 and two or more steps, got {self}.")


class Schedule:
    """ᾱ_t and what follows from it: z_t = √ᾱ x₀ + √(1−ᾱ) ε and v = √ᾱ ε − √(1−ᾱ) x₀.

    Reference: Salimans and Ho, "Progressive distillation for fast sampling of diffusion models", ICLR 2022.
    """

    def __init__(self, config: ScheduleConfig) -> None:
        self.config = config
        root = torch.linspace(config.beta_start**0.5, config.beta_end**0.5, config.steps, dtype=torch.float64)
        self.betas = root**2
        self.alpha_bar = torch.cumprod(1.0 - self.betas, dim=0)

    def factors(self, t: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        """√ᾱ and √(1−ᾱ) at (N,) time steps, shaped to be multiplied with (N, …) `like`."""
        alpha_bar = self.alpha_bar.to(t.device)[t].to(like.dtype)
        shape = (-1,) + (1,) * (like.ndim - 1)
        return alpha_bar.sqrt().view(shape), (1.0 - alpha_bar).sqrt().view(shape)

    def add_noise(self, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """z_t."""
        signal, sigma = self.factors(t, x0)
        return signal * x0 + sigma * noise

    def velocity(self, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """V."""
        signal, sigma = self.factors(t, x0)
        return signal * noise - sigma * x0

    def x0_from_velocity(self, z_t: Tensor, velocity: Tensor, t: Tensor) -> Tensor:
        """x₀ = √ᾱ z_t − √(1−ᾱ) v."""
        signal, sigma = self.factors(t, z_t)
        return signal * z_t - sigma * velocity

    def velocity_from_x0(self, z_t: Tensor, x0: Tensor, t: Tensor) -> Tensor:
        """V = (√ᾱ z_t − x₀) / √(1−ᾱ)."""
        signal, sigma = self.factors(t, z_t)
        return (signal * z_t - x0) / sigma

    def snr(self, t: Tensor) -> Tensor:
        """(N,) signal-to-noise ratio ᾱ / (1 − ᾱ)."""
        alpha_bar = self.alpha_bar.to(t.device)[t]
        return (alpha_bar / (1.0 - alpha_bar)).float()

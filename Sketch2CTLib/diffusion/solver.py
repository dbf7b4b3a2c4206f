"""The steps of a sampler: DPM-Solver++(2M) at λ-uniform steps, or DDPM.

DPM-Solver++ is diffusers' DPMSolverMultistepScheduler for v-predictions, to the bit. It is written out because
diffusers is imported with torch._dynamo and scipy.stats: two seconds before the first step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .schedule import Schedule


class DpmSolver:
    """The steps from noise to a latent.

    Args:
        schedule: That of the denoiser's training.
        steps: How many.

    Attributes:
        timesteps: (steps,) int64, from noisy to clean.

    Reference: Lu et al., "DPM-Solver++", 2022, algorithm 2; σ = √((1 − ᾱ) / ᾱ), λ = −ln σ.
    """

    def __init__(self, schedule: Schedule, steps: int) -> None:
        alpha_bar = torch.cumprod(1.0 - schedule.betas.float(), dim=0)
        log_sigmas = np.log((((1 - alpha_bar) / alpha_bar) ** 0.5).numpy())
        first, last = log_sigmas[-1].item(), log_sigmas[0].item()
        sigmas = np.exp(first + np.linspace(0, 1, steps) * (last - first))
        times = np.array([_time_of(sigma, log_sigmas) for sigma in sigmas]).round()
        self.timesteps = torch.from_numpy(times).to(torch.int64)
        self._sigmas = torch.from_numpy(np.concatenate([sigmas, [0.0]]).astype(np.float32))
        self._position = 0
        self._before: Tensor | None = None

    def begin_at(self, position: int) -> None:
        """Starts at a later step."""
        self._position = position

    def step(self, velocity: Tensor, z: Tensor) -> Tensor:
        """The latents after the present step.

        Args:
            velocity: Predicted v at z; z: (N, …) latents, both float32.
        """
        sigma_t, sigma_s = self._sigmas[self._position + 1], self._sigmas[self._position]
        (alpha_t, sigma_t), (alpha_s, sigma_s) = _signal_and_noise(sigma_t), _signal_and_noise(sigma_s)
        x0 = alpha_s * z - sigma_s * velocity
        h = _log_ratio(alpha_t, sigma_t) - _log_ratio(alpha_s, sigma_s)
        moved = (sigma_t / sigma_s) * z - (alpha_t * (torch.exp(-h) - 1.0)) * x0
        if self._before is not None and self._position < len(self.timesteps) - 1:
            h_before = _log_ratio(alpha_s, sigma_s) - _log_ratio(*_signal_and_noise(self._sigmas[self._position - 1]))
            slope = (1.0 / (h_before / h)) * (x0 - self._before)
            moved = moved - 0.5 * (alpha_t * (torch.exp(-h) - 1.0)) * slope
        self._before, self._position = x0, self._position + 1
        return moved


class DdpmSolver:
    """The steps of DDPM, which draw noise of each sample's own generator: diffusers' DDPMScheduler.

    Attributes:
        timesteps: (steps,) int64, from noisy to clean.
    """

    def __init__(self, schedule: Schedule, steps: int, generators: Sequence[torch.Generator]) -> None:
        from diffusers import DDPMScheduler

        betas = schedule.betas.numpy().astype(np.float32)
        self._scheduler = DDPMScheduler(trained_betas=betas, prediction_type="v_prediction", clip_sample=False)
        self._scheduler.set_timesteps(steps)
        self.timesteps: Tensor = self._scheduler.timesteps
        self._generators, self._position = list(generators), 0

    def begin_at(self, position: int) -> None:
        """Starts at a later step."""
        self._position = position

    def step(self, velocity: Tensor, z: Tensor) -> Tensor:
        """The latents after the present step."""
        t = self.timesteps[self._position]
        self._position += 1
        moved: Tensor = self._scheduler.step(velocity, t, z, generator=self._generators).prev_sample
        return moved


def _signal_and_noise(sigma: Tensor) -> tuple[Tensor, Tensor]:
    alpha = 1 / ((sigma**2 + 1) ** 0.5)
    return alpha, sigma * alpha


def _log_ratio(alpha: Tensor, sigma: Tensor) -> Tensor:
    return torch.log(alpha) - torch.log(sigma)


def _time_of(sigma: NDArray[np.float64], log_sigmas: NDArray[np.float32]) -> NDArray[np.float64]:
    """The time step of a σ, between those of the schedule."""
    log_sigma = np.log(np.maximum(sigma, 1e-10))
    below = np.cumsum(log_sigma - log_sigmas >= 0).argmax().clip(max=len(log_sigmas) - 2)
    low, high = log_sigmas[below], log_sigmas[below + 1]
    share = np.clip((low - log_sigma) / (low - high), 0, 1)
    return (1 - share) * below + share * (below + 1)

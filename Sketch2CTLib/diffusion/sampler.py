"""Sampling: DDPM or DPM-Solver++(2M), noise seeded per sample, one callback for progress and cancellation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from ..errors import ConfigError
from .schedule import Schedule
from .solver import DdpmSolver, DpmSolver

SamplerName = Literal["dpm++", "ddpm"]
SAMPLERS: tuple[SamplerName, ...] = get_args(SamplerName)
StepCallback = Callable[[int, int], None]


@dataclass(frozen=True)
class SampleRequest:
    """What to draw.

    Args:
        shape: Shape of one latent (C, d, h, w).
        seeds: One seed per sample; a sample depends on its seed alone, not on its neighbours.
        steps: Denoising steps; 15–25 for DPM-Solver++, hundreds for DDPM.
        sampler: dpm++ or ddpm.
        strength: Share of the schedule that is run, when there is an origin to start from.
    """

    shape: tuple[int, ...]
    seeds: tuple[int, ...]
    steps: int = 25
    sampler: SamplerName = "dpm++"
    strength: float = 1.0

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ConfigError(f"Sampling needs one or more steps, got {self.steps}.")
        if self.sampler not in SAMPLERS:
            raise ConfigError(f"Unknown sampler '{self.sampler}'.", hint=f"Choose one of {', '.join(SAMPLERS)}.")
        if not self.seeds:
            raise ConfigError("Sampling needs one or more seeds.")
        if not 0.0 < self.strength <= 1.0:
            raise ConfigError(f"The strength must lie above 0 and up to 1, got {self.strength}.")


def noise_for_seeds(shape: Sequence[int], generators: Sequence[torch.Generator]) -> Tensor:
    """(N, *shape) standard normal noise, each sample from its own CPU generator."""
    return torch.cat([torch.randn((1, *shape), generator=generator) for generator in generators])


def sample(
    denoise: Callable[[Tensor, Tensor], Tensor],
    request: SampleRequest,
    schedule: Schedule,
    *,
    device: torch.device | str = "cpu",
    on_step: StepCallback | None = None,
    origin: Tensor | None = None,
    temperature: Tensor | float = 1.0,
) -> Tensor:
    """Draws latents (N, *shape) float32.

    Args:
        denoise: (z_t, t) → v, t a (N,) int64 tensor.
        request: What to draw.
        schedule: The schedule that the denoiser was trained with.
        on_step: Called as (done, of) before each step; it may raise Cancelled.
        origin: A clean latent (*shape) to start from: noised by the request's strength, denoised from there in as
            many steps.
        temperature: Of the first noise, one or (1, 1, d, h, w): below 1 samples stray less from their mean there.

    Reference: Lu et al., "DPM-Solver++", 2022; λ-uniform steps (`use_lu_lambdas`) keep the variance that the usual
    spacing of v-prediction loses.
    """
    generators = [torch.Generator().manual_seed(int(seed) & 0x7FFF_FFFF_FFFF_FFFF) for seed in request.seeds]
    z = temperature * noise_for_seeds(request.shape, generators).to(device)
    edited = origin is not None and request.strength < 1.0
    solver, steps = _solver(request, schedule, generators, late=edited)
    if origin is not None and edited:
        at = torch.full((len(z),), steps[0], dtype=torch.int64, device=device)
        z = schedule.add_noise(origin.to(z).expand_as(z), z, at)
    for position, t in enumerate(steps):
        if on_step:
            on_step(position, len(steps))
        batch_t = torch.full((len(z),), t, dtype=torch.int64, device=device)
        velocity = denoise(z, batch_t).float()
        z = solver.step(velocity, z)
    if on_step:
        on_step(len(steps), len(steps))
    return z


def _solver(
    request: SampleRequest, schedule: Schedule, generators: list[torch.Generator], *, late: bool
) -> tuple[DpmSolver | DdpmSolver, list[int]]:
    """What takes the steps, and their times: all, or the last of them, below strength · T.

    Of a late start there are `request.steps` where the schedule has as many.
    """
    most = schedule.config.steps
    limit = max(1, round(request.strength * (most - 1))) if late else most
    count = min(request.steps, most)
    while True:
        solver = DdpmSolver(schedule, count, generators) if request.sampler == "ddpm" else DpmSolver(schedule, count)
        times = [int(t) for t in solver.timesteps]
        steps = [t for t in times if t <= limit] or times[-1:]
        if not late or len(steps) >= request.steps or count >= most:
            solver.begin_at(len(times) - len(steps))
            return solver, steps
        count += 1

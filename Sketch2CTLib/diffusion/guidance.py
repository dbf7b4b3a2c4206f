"""Classifier-free guidance."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .schedule import Schedule

Denoise = Callable[[Tensor, Tensor], Tensor]


def classifier_free(denoise_pair: Callable[[Tensor, Tensor], Tensor], scale: float) -> Denoise:
    """A denoiser guided as v_uncond + scale · (v_cond − v_uncond).

    Args:
        denoise_pair: Called with (2N, …) latents and (2N,) steps, conditional half first, unconditional second.
        scale: 1 is plain conditional sampling; larger follows the condition harder.

    Reference: Ho and Salimans, "Classifier-free diffusion guidance", 2022.
    """

    def denoise(z_t: Tensor, t: Tensor) -> Tensor:
        conditional, unconditional = denoise_pair(torch.cat([z_t, z_t]), torch.cat([t, t])).float().chunk(2)
        return unconditional + scale * (conditional - unconditional)

    return denoise


def corrected(denoise: Denoise, schedule: Schedule, correct: Callable[[Tensor], Tensor], *, below: int) -> Denoise:
    """A denoiser whose predicted clean latent is corrected at time steps below a limit.

    Args:
        denoise: (z_t, t) → v.
        correct: Clean latents → clean latents, e.g. a projection onto constraints.
        below: First time step (counted from the noisy end) that is left alone; T/2 corrects the last half.

    Reference: the projection step of Chung et al., "Improving diffusion models for inverse problems using manifold
    constraints", NeurIPS 2022, without its gradient term.
    """

    def denoise_and_correct(z_t: Tensor, t: Tensor) -> Tensor:
        velocity = denoise(z_t, t).float()
        if int(t.max()) >= below:
            return velocity
        x0 = correct(schedule.x0_from_velocity(z_t, velocity, t))
        return schedule.velocity_from_x0(z_t, x0, t)

    return denoise_and_correct

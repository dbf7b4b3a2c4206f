"""The training objective: mean squared error of v, optionally min-SNR weighted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .schedule import Schedule


def v_loss(
    denoise: Callable[[Tensor, Tensor], Tensor],
    x0: Tensor,
    schedule: Schedule,
    generator: torch.Generator | Sequence[torch.Generator],
    *,
    min_snr_gamma: float | None = None,
    noisiest: float = 0.0,
    weights: Tensor | Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """Per-sample loss (N,) at random time steps.

    Args:
        denoise: (z_t, t) → predicted v.
        x0: (N, …) clean latents.
        generator: Source of time steps and noise (CPU), or one a sample; the same state gives the same loss.
        noisiest: Share of the samples that stand at the last time step, where v is the mean of what the conditions
            leave open: what a prior mean needs.
        weights: (C,) of the channels' errors, or (N,) time steps → (N, C) of them, or (N, C, …) that broadcast to x0;
            all alike if None.
        min_snr_gamma: γ of min-SNR weighting, for v-prediction min(SNR, γ) / (SNR + 1); None weighs all alike.

    Reference: Hang et al., "Efficient diffusion training via min-SNR weighting strategy", ICCV 2023.
    """
    t, last, noise = (part.to(x0.device) for part in _drawn(x0.shape, schedule.config.steps, generator))
    t, noise = torch.where(last < noisiest, schedule.config.steps - 1, t), noise.to(x0)
    predicted = denoise(schedule.add_noise(x0, noise, t), t).float()
    squared = (predicted - schedule.velocity(x0, noise, t)).square()
    if weights is not None:
        weight = (weights(t) if callable(weights) else weights[None]).to(squared)
        squared = squared * weight.view(*weight.shape, *[1] * (squared.ndim - weight.ndim))
    error = squared.flatten(1).mean(dim=1)
    if min_snr_gamma is None:
        return error
    snr = schedule.snr(t)
    return error * torch.clamp(snr, max=min_snr_gamma) / (snr + 1.0) * (1.0 + 1.0 / min_snr_gamma)


def _drawn(
    shape: Sequence[int], steps: int, generator: torch.Generator | Sequence[torch.Generator]
) -> tuple[Tensor, Tensor, Tensor]:
    """(N,) time steps, (N,) uniform numbers and noise of a shape; with a generator a sample each from its own."""
    if not isinstance(generator, torch.Generator):
        drawn = [_drawn((1, *shape[1:]), steps, one) for one in generator]
        t, uniform, noise = (torch.cat(parts) for parts in zip(*drawn, strict=True))
        return t, uniform, noise
    return (
        torch.randint(0, steps, (shape[0],), generator=generator),
        torch.rand(shape[0], generator=generator),
        torch.randn(tuple(shape), generator=generator),
    )

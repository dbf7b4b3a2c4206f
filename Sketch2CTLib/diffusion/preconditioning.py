"""What of v is known from the noisy latent alone, channel by channel: the rest is left to a network.

A channel of standard deviation s, taken as Gaussian, has E[v | z_t] = k z_t with a remainder of known size. A denoiser
that adds its own, scaled to that remainder, starts as the best linear one: channels that hold little but noise need not
pass through it.

Reference: the preconditioning of Karras et al., "Elucidating the design space of diffusion-based generative models",
NeurIPS 2022, for v instead of ε and for each channel's own standard deviation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .schedule import Schedule


@dataclass(frozen=True)
class Preconditioning:
    """At given time steps, each (N, C, 1, …).

    Args:
        c_in: 1 / √Var(z_t), which brings z_t to unit variance.
        c_skip: k of E[v | z_t] = k z_t.
        c_out: Standard deviation of the rest, v − k z_t.
    """

    c_in: Tensor
    c_skip: Tensor
    c_out: Tensor

    @classmethod
    def at(cls, t: Tensor, z_t: Tensor, std: Tensor, schedule: Schedule) -> Preconditioning:
        """The factors.

        Args:
            t: (N,) time steps.
            z_t: (N, C, …) noisy latents.
            std: Standard deviation of each clean channel, (C,), or of each at each place, (N, C, …).
            schedule: α = √ᾱ, σ = √(1−ᾱ).
        """
        signal, sigma = schedule.factors(t, z_t.float())
        clean = std.float().square()
        clean = clean.view(1, -1, *[1] * (z_t.ndim - 2)) if std.ndim == 1 else clean
        variance = signal.square() * clean + sigma.square()
        c_in = variance.rsqrt()
        return cls(c_in, signal * sigma * (1.0 - clean) * c_in.square(), clean.sqrt() * c_in)


def local_velocity(z_t: Tensor, t: Tensor, velocity: Tensor, stray: Tensor, std: Tensor, schedule: Schedule) -> Tensor:
    """V of what a network says of it, and of how far each place strays.

    Args:
        z_t: (N, C, d, h, w) noisy latents.
        t: (N,) time steps.
        velocity: (N, C, d, h, w) what the network adds, in units of the remainder.
        stray: (N, C, d, h, w) its estimate of log(standard deviation of a place ÷ that of the whole).
        std: (C,) standard deviation of each clean channel.
        schedule: α = √ᾱ, σ = √(1−ᾱ).
    """
    local = std.view(1, -1, 1, 1, 1) * torch.exp(MOST_STRAY * torch.tanh(stray / MOST_STRAY))
    c_out = Preconditioning.at(t, z_t, std, schedule).c_out
    return Preconditioning.at(t, z_t, local, schedule).c_skip * z_t + c_out * velocity


MOST_STRAY = 2.2  # of a place's |log|; more, and small errors of z_t grow too large

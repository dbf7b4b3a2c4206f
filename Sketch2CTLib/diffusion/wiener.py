"""What of v is known from the noisy latent alone, channel by channel: the rest is left to a network.

A channel of spread s, taken as Gaussian, has E[v | z_t] = k z_t with a remainder of known size. A denoiser that adds
its own, scaled to that remainder, starts as the best linear one: channels that hold little but noise need not pass
through it.

Reference: the preconditioning of Karras et al., "Elucidating the design space of diffusion-based generative models",
NeurIPS 2022, for v instead of ε and for each channel's own spread.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from .schedule import Schedule


@dataclass(frozen=True)
class Wiener:
    """At given time steps, each (N, C, 1, …).

    Args:
        inward: 1 / √Var(z_t), which brings z_t to unit spread.
        skip: k of E[v | z_t] = k z_t.
        remainder: Standard deviation of v − k z_t.
    """

    inward: Tensor
    skip: Tensor
    remainder: Tensor

    @classmethod
    def at(cls, t: Tensor, z_t: Tensor, spread: Tensor, schedule: Schedule) -> Wiener:
        """The factors.

        Args:
            t: (N,) time steps.
            z_t: (N, C, …) noisy latents.
            spread: Standard deviation of each clean channel, (C,), or of each at each place, (N, C, …).
            schedule: α = √ᾱ, σ = √(1−ᾱ).
        """
        signal, sigma = schedule.factors(t, z_t.float())
        square = spread.float().square()
        square = square.view(1, -1, *[1] * (z_t.ndim - 2)) if spread.ndim == 1 else square
        variance = signal.square() * square + sigma.square()
        inward = variance.rsqrt()
        return cls(inward, signal * sigma * (1.0 - square) * inward.square(), square.sqrt() * inward)

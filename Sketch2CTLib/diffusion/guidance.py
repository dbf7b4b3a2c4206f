"""Classifier-free guidance."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

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

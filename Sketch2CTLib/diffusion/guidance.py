"""Classifier-free guidance, with a scale of its own for each kind of condition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import ConfigError

Denoise = Callable[[Tensor, Tensor], Tensor]
MAX_SCALE = 20.0


@dataclass(frozen=True)
class Scales:
    """Guidance scales; 1 is plain conditional sampling and costs nothing, larger follows that condition harder.

    Args:
        sketch, numbers, words: One scale each, 0…20; 0 samples as if the condition had not been given.

    Raises:
        ConfigError: A scale is out of range.
    """

    sketch: float = 1.0
    numbers: float = 1.0
    words: float = 1.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0.0 <= value <= MAX_SCALE:  # NaN is refused too
                raise ConfigError(f"Guidance of {name} must lie in 0…{MAX_SCALE:g}, got {value}.")

    @classmethod
    def of(cls, scale: float | Scales) -> Scales:
        """One number as the same scale for all three."""
        return scale if isinstance(scale, Scales) else cls(scale, scale, scale)

    @property
    def groups(self) -> tuple[tuple[float, tuple[str, ...]], ...]:
        """(scale, the kinds that share it), for scales other than 1: each costs one more evaluation a step."""
        values = {v: tuple(k for k, other in vars(self).items() if other == v) for v in vars(self).values() if v != 1.0}
        return tuple(values.items())


def classifier_free(denoise_parts: Callable[[Tensor, Tensor], Tensor], scales: Sequence[float]) -> Denoise:
    """A denoiser guided as v + Σ (sₖ − 1) (v − vₖ), vₖ the prediction that lacks the conditions of group k.

    With one group of all conditions it is v_uncond + s (v − v_uncond).

    Args:
        denoise_parts: Called with ((K + 1)·N, …) latents and their steps: N with all conditions, then N that lack
            those of each group.
        scales: s of the K groups.

    Reference: Ho and Salimans, "Classifier-free diffusion guidance", 2022; several conditions as in Liu et al.,
    "Compositional visual generation with composable diffusion models", ECCV 2022.
    """

    def denoise(z_t: Tensor, t: Tensor) -> Tensor:
        parts = len(scales) + 1
        full, *lacking = denoise_parts(torch.cat([z_t] * parts), torch.cat([t] * parts)).float().chunk(parts)
        velocity = full
        for scale, less in zip(scales, lacking, strict=True):
            velocity = velocity + (scale - 1.0) * (full - less)
        return velocity

    return denoise

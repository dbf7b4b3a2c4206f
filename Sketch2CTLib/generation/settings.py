"""How to sample, and what to start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..diffusion import SAMPLERS, Scales
from ..errors import ConfigError
from .model.presets import Preset
from .values import MaskVolume


@dataclass(frozen=True)
class Settings:
    """How to sample.

    Args:
        steps: Denoising steps of the mask stage; image_steps: of the volume stage.
        guidance: Classifier-free scales of the mask stage, or one for all conditions; None takes the preset's.
        sampler: dpm++ or ddpm.
        match_volume: Move the zero level so that an asked volume is met (within limits; the report says so).
        follow: Project onto the drawn silhouette and the stated extents, in the last half of sampling and at the end.
        draws: Draws whose mean field becomes one mask; 1 is a plain sample, None takes the preset's.
        noise_strength: SDEdit's strength, of the noise that is added to the prior mean (the mean of what the request
            leaves open): 1 samples from pure noise, less starts from the prior mean noised to that share of the
            schedule, 0 gives the prior mean itself. None: the first mask is the prior mean, where the model has a
            prior, and the candidates after it are samples around it with the preset's strength.
        paint: Draw a layout around a mask and paint its CT from it, where the model can; else the volume stage does.
        spacing_mm: Edge of the voxels of what is written, finer than the cube's, a CT painted; None: the cube's.
        full_hu: Give air and bone of a painted CT usual values beyond the window of the training scans.
        batch: Samples at once; None: one on a CPU (bit-equal for any number of candidates), four on a GPU.
    """

    steps: int = 25
    image_steps: int = 25
    guidance: float | Scales | None = None
    sampler: str = "dpm++"
    match_volume: bool = True
    follow: bool = True
    draws: int | None = None
    noise_strength: float | None = None
    batch: int | None = None
    paint: bool = True
    spacing_mm: float | None = None
    full_hu: bool = False

    def __post_init__(self) -> None:
        if not (1 <= self.steps <= 1000 and 1 <= self.image_steps <= 1000):
            raise ConfigError(f"Steps must lie in 1…1000, got {self.steps} and {self.image_steps}.")
        if self.sampler not in SAMPLERS:
            raise ConfigError(f"Unknown sampler '{self.sampler}'.", hint=f"Choose one of {', '.join(SAMPLERS)}.")
        if self.draws is not None and not 1 <= self.draws <= 64:
            raise ConfigError(f"Draws must lie in 1…64, got {self.draws}.")
        if self.guidance is not None:
            Scales.of(self.guidance)
        if self.spacing_mm is not None and not self.spacing_mm > 0.0:
            raise ConfigError(f"A spacing must be above 0 mm, got {self.spacing_mm}.")
        if self.noise_strength is not None and not 0.0 <= self.noise_strength <= 1.0:
            raise ConfigError(f"The noise strength must lie in 0…1, got {self.noise_strength}.")

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data of a result; `spread` is the noise strength there."""
        values = asdict(self)
        return values | {"spread": values.pop("noise_strength")}

    def scales(self, preset: Preset) -> Scales:
        """The guidance in force."""
        return Scales.of(preset.guidance if self.guidance is None else self.guidance)


@dataclass(frozen=True, eq=False)
class Start:
    """A former result to start from, as in SDEdit: noised, then denoised under the new request.

    Args:
        latent: (C, d, h, w) of a MaskSample.
        strength: 0 keeps it, 1 starts from pure noise.

    Raises:
        ConfigError: The strength is out of range, or the latent holds numbers that are not finite.

    Reference: Meng et al., "SDEdit", ICLR 2022.
    """

    latent: NDArray[np.float32]
    strength: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.strength <= 1.0:
            raise ConfigError(f"The strength of an edit must lie in 0…1, got {self.strength}.")
        if self.latent.ndim != 4 or not np.isfinite(self.latent).all():
            raise ConfigError("The latent to start from is damaged.", hint="Generate the first result again.")


Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class RunHooks:
    """What is called while the chain works.

    Args:
        stage: With "mask" or "volume" before that stage begins.
        mask: With (mask, number from 0, of) for each drawn mask.
        glimpse: At each evaluation of the mask denoiser, with a function that gives the mask that the sample would
            become if it ended there; calling that function costs a decoding.
    """

    stage: Callable[[str], None] | None = None
    mask: Callable[[MaskVolume, int, int], None] | None = None
    glimpse: Callable[[Callable[[], MaskVolume]], None] | None = None


def seed_family(seed: int, count: int) -> tuple[int, ...]:
    """The seed itself, then seeds that follow from it; the first k are the same for any count ≥ k."""
    later = np.random.SeedSequence(seed).generate_state(max(count - 1, 1), dtype=np.uint64) >> np.uint64(2)
    return (seed, *(int(s) for s in later[: count - 1]))


def stepwise(progress: Progress | None, stage: str, at: int, of: int, count: int) -> Callable[[int, int], None] | None:
    """Steps of one chunk as steps of the whole stage.

    Args:
        progress: Called as (stage, step, of).
        at, of: Where the chunk begins, and how many samples there are.
        count: Samples in the chunk.
    """
    if progress is None:
        return None
    return lambda step, steps: progress(stage, at * steps + step * count, of * steps)

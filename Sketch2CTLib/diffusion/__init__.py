"""Schedule, v-objective, samplers and guidance; they work with any callable denoiser."""

from .guidance import Scales, classifier_free
from .objective import v_loss
from .preconditioning import Preconditioning, local_velocity
from .sampler import SAMPLERS, SampleRequest, noise_for_seeds, sample
from .schedule import Schedule, ScheduleConfig

__all__ = [
    "SAMPLERS",
    "Preconditioning",
    "SampleRequest",
    "Scales",
    "Schedule",
    "ScheduleConfig",
    "classifier_free",
    "local_velocity",
    "noise_for_seeds",
    "sample",
    "v_loss",
]

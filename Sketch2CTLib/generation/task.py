"""One run, whichever way it was asked: a request drawn anew, a former result changed, or a mask that gets a scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError
from ..frames import VoxelGrid
from ..weights import ModelFolder
from .asking import PRESETS_SHIPPED, VOLUME_PRESET, shipped_presets
from .editing import DEFAULT_STRENGTH, edit
from .model.loaded import find_model
from .pipeline import Pipeline
from .results import GenerationResult
from .run import Job, generate, volume_from_mask
from .settings import Progress
from .state import Former


@dataclass(frozen=True, eq=False)
class Task:
    """What shall be run.

    Args:
        job: What is asked.
        former: The result that is changed; strength: how far.
        mask: (D, H, W) bool with its grid, which only gets a scan.
        own_grid: Whether a mask and its scan are written on the mask's own grid.

    Raises:
        ConfigError: There is a context, and no volume is made.
    """

    job: Job
    former: Former | None = None
    strength: float = DEFAULT_STRENGTH
    mask: tuple[NDArray[np.bool_], VoxelGrid] | None = None
    own_grid: bool = True

    def __post_init__(self) -> None:
        if self.job.context is not None and not self.needs_volume:
            raise ConfigError("A context is given, and no volume is made.", hint="Drop one of them.")

    @property
    def needs_volume(self) -> bool:
        """Whether the volume stage takes part."""
        return self.job.with_volume or self.mask is not None

    def run(self, pipeline: Pipeline, *, progress: Progress | None = None) -> GenerationResult:
        """The result; raises as `generate`, `edit` and `volume_from_mask` do."""
        if self.job.context is not None:
            pipeline.neighbours(self.job.description.structure)  # refused before masks are drawn
        if self.mask is not None:
            return volume_from_mask(*self.mask, pipeline, self.job, own_grid=self.own_grid, progress=progress)
        if self.former is not None:
            return edit(self.job, self.former, pipeline, self.strength, progress=progress)
        return generate(self.job, pipeline, progress=progress)


def chosen_model(folder: Path | None, preset: str) -> ModelFolder:
    """The folder given, or that of a shipped preset; the first that there is where none is named.

    Raises:
        WeightsError: There are no weights.
    """
    if folder is not None or preset:
        return find_model(folder, preset)
    return find_model(None, next(iter(shipped_presets()), PRESETS_SHIPPED[0]))


def volume_folder() -> ModelFolder | None:
    """The shipped volume stage, for a model that has none of its own."""
    return find_model(None, VOLUME_PRESET) if VOLUME_PRESET in shipped_presets() else None

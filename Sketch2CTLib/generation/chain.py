"""One run, whichever way it was asked: a request drawn anew, a former result changed, or a mask that gets a scan."""

from __future__ import annotations

from pathlib import Path

from ..weights import ModelFolder
from .asking import PRESETS_SHIPPED, VOLUME_PRESET, shipped_presets
from .editing import edit
from .model.loaded import find_model
from .organs.request import OrgansRequest
from .organs.run import OrgansResult, generate_organs
from .pipeline import Pipeline
from .request import GenerationRequest
from .results import GenerationResult
from .run import generate, volume_from_mask
from .settings import Progress

AnyRequest = GenerationRequest | OrgansRequest
AnyResult = GenerationResult | OrgansResult


def run_chain(request: GenerationRequest, pipeline: Pipeline, *, progress: Progress | None = None) -> GenerationResult:
    """The result of a request; raises as `generate`, `edit` and `volume_from_mask` do."""
    if request.context is not None:
        pipeline.neighbours(request.description.structure, paint=request.paints)  # refused before masks are drawn
    if request.mask is not None:
        return volume_from_mask(request, pipeline, progress=progress)
    if request.former is not None:
        return edit(request, pipeline, progress=progress)
    return generate(request, pipeline, progress=progress)


def run_any(request: AnyRequest, pipeline: Pipeline, *, progress: Progress | None = None) -> AnyResult:
    """The result of a request for one organ or for several; raises as `run_chain` and `generate_organs` do."""
    if isinstance(request, OrgansRequest):
        return generate_organs(request, pipeline, progress=progress)
    return run_chain(request, pipeline, progress=progress)


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

"""Pipelines that stay loaded between jobs, are watched while they work, and leave memory when they are told to."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ..errors import ConfigError, WeightsError
from ..generation.asking import shipped_presets
from ..generation.chain import chosen_model
from ..generation.model.loaded import MASK_STAGE, SCAN_NETWORKS
from ..generation.pipeline import Pipeline
from ..generation.settings import RunHooks
from ..generation.values import MaskVolume
from ..own_process import return_freed_memory
from ..weights import ModelFolder
from .memory import Footprint
from .protocol.messages import Model

_FLOAT32_OVER_FP16 = 2.0
_GLIMPSE_SHARE = 10.0  # a glimpse is followed by ten times as long without one
_MOST_KEPT = 2  # models; a third one takes the place of the oldest


@contextmanager
def watched(
    pipeline: Pipeline,
    check: Callable[[], None],
    *,
    mask: Callable[[MaskVolume, int, int], None] | None = None,
    glimpse: Callable[[MaskVolume], None] | None = None,
    glimpse_every_s: float = 2.0,
    offload: bool = False,
) -> Iterator[None]:
    """Puts a pipeline under a job's watch while the block runs.

    Args:
        pipeline: What works.
        check: Called before a network is used; it may raise Cancelled.
        mask: Called with (mask, number from 0, of) as soon as a mask is drawn that waits for more.
        glimpse: Called now and then with the mask that a sample would become if it ended here.
        glimpse_every_s: At least so far apart, and never more than a tenth of the time.
        offload: Whether the networks of one stage leave memory before the next.
    """
    pipeline.hooks = RunHooks(
        stage=partial(_offload_for, pipeline) if offload else None,
        mask=mask,
        glimpse=None if glimpse is None else _paced(glimpse, glimpse_every_s),
    )
    for models in pipeline.loaded_models:
        models.before_use = check
    try:
        yield
    finally:
        pipeline.hooks = RunHooks()
        for models in pipeline.loaded_models:
            models.before_use = lambda: None


def load_networks(
    pipeline: Pipeline,
    *,
    masks: bool = True,
    volumes: bool = True,
    painting: bool = False,
    progress: Callable[[int, int], None],
) -> None:
    """Loads the networks of the stages now; `progress` is called as (done, of).

    Raises:
        WeightsError: One is missing or damaged.
    """
    needed = pipeline.needed(masks=masks, volumes=volumes, painting=painting)
    for done, (models, name) in enumerate(needed):
        progress(done, len(needed))
        models.network(name)
    progress(len(needed), len(needed))


def footprint(pipeline: Pipeline, *, volumes: bool = True, painting: bool = False) -> Footprint:
    """What the model takes when it is loaded."""
    sizes = {True: 0.0, False: 0.0}
    for models, name in pipeline.needed(volumes=volumes, painting=painting):
        sizes[name in SCAN_NETWORKS] += models.stored_mb(name)
    mask_mb, volume_mb = (sizes[late] * _FLOAT32_OVER_FP16 for late in (False, True))
    return Footprint(mask_mb, volume_mb, pipeline.preset.voxels)


class PipelineCache:
    """The pipelines that are kept warm; used from the compute thread alone."""

    def __init__(self) -> None:
        self._pipelines: dict[tuple[str, int, str], Pipeline] = {}

    def pipeline(self, models: ModelFolder, device: str, volumes: ModelFolder | None) -> Pipeline:
        """The pipeline of a folder on a device, made where it is not kept; files that changed are read anew.

        Args:
            models: The model folder.
            device: cpu, cuda, cuda:N or mps.
            volumes: The folder whose volume stage is used where that one has none.

        Raises:
            WeightsError: A file is missing or damaged.
            ConfigError: The device is not there.
        """
        key = (str(models.folder.resolve()), modified_ns(models.folder), device)
        pipeline = self._pipelines.pop(key, None) or Pipeline(models, device=device, volumes=volumes)
        while len(self._pipelines) >= _MOST_KEPT:
            _release(self._pipelines.pop(next(iter(self._pipelines))))
        self._pipelines[key] = pipeline  # the last used stands last
        return pipeline

    def drop(self, *, keep: Pipeline | None = None) -> int:
        """Lets go of all pipelines, or of all but one; how many held networks."""
        dropped = {key: one for key, one in self._pipelines.items() if one is not keep}
        count = sum(one.loaded_mb > 0 for one in dropped.values())
        for key, pipeline in dropped.items():
            _release(pipeline)
            del self._pipelines[key]
        return count

    def names(self) -> tuple[str, ...]:
        """What is in memory, as 'folder on device'."""
        loaded = (one for one in self._pipelines.values() if one.loaded_mb > 0)
        return tuple(f"{one.folder.folder.name} on {one.device}" for one in loaded)


def free_memory(device: str) -> None:
    """Gives memory that is no longer used back to the machine."""
    gc.collect()
    return_freed_memory()
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()


def _release(pipeline: Pipeline) -> None:
    for models in pipeline.loaded_models:
        models.release()
    free_memory(pipeline.device.type)


def _offload_for(pipeline: Pipeline, stage: str) -> None:
    """Lets go of the networks that a stage does not need."""
    if stage == "mask":
        pipeline.loaded_models[-1].release(SCAN_NETWORKS)
    else:
        pipeline.mask_models.release(MASK_STAGE if len(pipeline.loaded_models) > 1 else MASK_STAGE[1:])
    free_memory(pipeline.device.type)


def _paced(glimpse: Callable[[MaskVolume], None], every_s: float) -> Callable[[Callable[[], MaskVolume]], None]:
    """Glimpses at most so often, and for at most a tenth of the time."""
    next_s = time.monotonic() + every_s

    def show(decode: Callable[[], MaskVolume]) -> None:
        nonlocal next_s
        begun = time.monotonic()
        if begun < next_s:
            return
        glimpse(decode())
        now = time.monotonic()
        next_s = now + max(every_s, _GLIMPSE_SHARE * (now - begun))

    return show


def named_model(model: Model, preset: str, models: Path | None) -> ModelFolder:
    """The model folder that a request names, by default the service's own.

    Args:
        model: Of the request.
        preset, models: Of the service; see `EngineConfig`.

    Raises:
        ConfigError: There is no such preset; WeightsError: no weights.
    """
    if model.preset and (Path(model.preset).name != model.preset or model.preset in (".", "..")):
        raise ConfigError(f"'{model.preset}' is no preset.", hint=f"Choose one of {', '.join(shipped_presets())}.")
    if model.models or model.preset:
        return chosen_model(Path(model.models) if model.models else None, model.preset)
    return chosen_model(models, preset)


def modified_ns(folder: Path) -> int:
    """When the index of a model folder was written last, in ns.

    Raises:
        WeightsError: It is not there.
    """
    try:
        return (folder / "model.json").stat().st_mtime_ns
    except OSError as error:
        raise WeightsError(f"There are no weights in '{folder}'.", hint="Choose another preset or folder.") from error

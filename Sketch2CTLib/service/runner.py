"""Does the jobs: the chain of `generation` on warm networks, in as much memory as there is."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import own_structures
from ..apart import told_apart
from ..errors import Sketch2CTError
from ..generation.asking import shipped_presets
from ..own_process import return_freed_memory
from ..resources import resource_path
from .config import EngineConfig
from .inputs import RequestFiles, organs_of, request_of
from .memory import GPU_BATCH, MemoryPlan, free_memory_mb, ladder, used_memory_mb
from .protocol.events import Event, Loaded, Progress, Ready, Result, State, Unloaded
from .protocol.faults import DiskFull, OutOfMemory, is_out_of_memory
from .protocol.messages import Generate, JobRequest, Load, Model
from .reporting import (
    ProgressEstimator,
    StepSeconds,
    preview_drawn_masks,
    preview_unfinished_masks,
    write_files,
)
from .ticket import Ticket

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ..generation.chain import AnyRequest, AnyResult
    from ..generation.pipeline import Pipeline
    from .warm import PipelineCache

FREE_DISK_MB = 64.0
GLIMPSE_EVERY_S = 2.0


class ChainRunner:
    """A `Runner` for `generation`. torch is imported with the first job, in the compute thread.

    Args:
        config: The default weights and device.
        former: Gives the folder of a former job's result, for jobs that start from one.
    """

    def __init__(self, config: EngineConfig, former: Callable[[str], Path]) -> None:
        self._config, self._former = config, former
        self._cache: PipelineCache | None = None
        self._step_seconds: StepSeconds = {}
        self._drawing: Executor | None = None  # processes, from the first job on that has pictures

    def run(self, request: JobRequest, ticket: Ticket) -> Event:
        """Does a job; see `Runner.run`."""
        if isinstance(request, Generate):
            return self._generate(request, ticket)
        if isinstance(request, Load):
            return self._load(request, ticket)
        return Unloaded(models=self._warm().drop())

    def describe(self) -> Ready:
        """The presets and structures, read from the model's index alone."""
        presets = shipped_presets()
        chosen = self._config.preset or next(iter(presets), "")
        folder = self._config.models or resource_path("Models", chosen)
        preset = "" if self._config.models is not None else chosen
        structures = _structures(folder)
        own = own_structures.document(structures)
        told = own if own["structures"] else {}
        return Ready(presets=presets, preset=preset, structures=structures, own_structures=told)

    def state(self) -> State:
        """The loaded models and the free memory."""
        cache = self._cache
        device = "cpu" if self._config.device in ("auto", "cpu") else self._config.device
        free = self._free_mb("cpu" if cache is None else device)
        return State(loaded=() if cache is None else cache.names(), free_mb=free)

    def _warm(self) -> PipelineCache:
        if self._cache is None:
            from .warm import PipelineCache

            self._cache = PipelineCache()
        return self._cache

    def _load(self, request: Load, ticket: Ticket) -> Loaded:
        from .warm import load_networks, watched

        begun = time.monotonic()
        pipeline = self._pipeline(request.model, self._device(request.model))
        with watched(pipeline, ticket.check):
            load_networks(
                pipeline,
                volumes=request.with_volume,
                progress=lambda done, of: ticket.say(Progress(stage="load", step=done, steps=of)),
            )
        return Loaded(
            preset=pipeline.preset.name,
            device=str(pipeline.device),
            structures=pipeline.mask_models.structures,
            has_volume=pipeline.has_images,
            seconds=round(time.monotonic() - begun, 3),
        )

    def _introduce(self, model: Model) -> None:
        """Lets the structures of the user's own that a model brings join the catalog, before a request names them."""
        from .warm import named_model

        own_structures.read(named_model(model, self._config.preset, self._config.models).folder)

    def _device(self, model: Model) -> str:
        """The device of a job, 'cpu' or 'cuda:N'."""
        from ..generation.model.device import torch_device

        return str(torch_device(model.device or self._config.device))

    def _pipeline(self, model: Model, device: str) -> Pipeline:
        """The warm pipeline of the model that a request names, by default of the service's own."""
        from ..generation.chain import volume_folder
        from .warm import named_model

        folder = named_model(model, self._config.preset, self._config.models)
        return self._warm().pipeline(folder, device, volume_folder())

    def _generate(self, request: Generate, ticket: Ticket) -> Result:
        """Runs a job under the largest memory plan that fits."""
        begun = time.monotonic()
        _require_disk(ticket.folder)
        self._introduce(request.model)
        with RequestFiles(ticket.folder, self._former) as files:
            asked, drawing_notes = organs_of(request, files) if request.organs else request_of(request, files)
        pool = self._drawing_processes() if request.pictures else None
        generated, plan_notes = self._run_planned(request, asked, ticket)
        result = write_files(generated, ticket, request.pictures, pool)
        notes, seconds = (*drawing_notes, *plan_notes, *result.notes), round(time.monotonic() - begun, 3)
        return result.model_copy(update={"notes": notes, "seconds": seconds})

    def _drawing_processes(self) -> Executor | None:
        """Those that are kept, begun with the first job that has pictures; None where they are drawn here."""
        from ..generation.drawing_processes import begin_drawing, drawn_here

        if drawn_here():
            return None
        if self._drawing is None:
            self._drawing = begin_drawing()
        return self._drawing

    def _run_planned(self, request: Generate, asked: AnyRequest, ticket: Ticket) -> tuple[AnyResult, tuple[str, ...]]:
        """The result under the first plan that fits, and a note for each plan that did not."""
        device = self._device(request.model)
        batch = request.sampling.batch or (1 if device == "cpu" else GPU_BATCH)
        plans = ladder(device, min(batch, asked.candidates * 64))
        reason, notes = "", list[str]()
        for position, plan in enumerate(plans):
            ticket.check()
            shortage = self._shortage(request, plan, ticket, reason)
            if not shortage:
                try:
                    return self._run(request, asked, ticket, plan, reduced=position > 0), tuple(notes)
                except (RuntimeError, MemoryError) as error:
                    if not is_out_of_memory(error):
                        raise
                    shortage = "Memory ran out"
            self._warm().drop()
            reason = shortage
            notes.append(f"{shortage} with {plan.batch} at once{' and offloading' * plan.offload} on {plan.device}.")
        raise OutOfMemory(
            f"Even the smallest plan does not fit ({reason}).", hint="Close other programs, or choose a smaller preset."
        )

    def _shortage(self, request: Generate, plan: MemoryPlan, ticket: Ticket, reason: str) -> str:
        """Why a plan does not fit; empty where it does, and then the plan is sent as an event."""
        from .warm import footprint

        pipeline = self._pipeline(request.model, plan.device)
        if reason:
            self._warm().drop(keep=pipeline)
        volumes = request.with_volume or request.mask is not None
        painting = request.sampling.paint or request.layout is not None
        model = footprint(pipeline, volumes=volumes, painting=painting)
        need_mb = max(plan.need_mb(model) - pipeline.loaded_mb, 0.0)
        free_mb = self._free_mb(plan.device)
        if free_mb is not None and need_mb > free_mb:
            return_freed_memory()  # what the last job had counts as used
            free_mb = self._free_mb(plan.device)
        if free_mb is not None and need_mb > free_mb:
            needed, free = told_apart((need_mb, free_mb), "{:.0f}".format)
            return f"{needed} MB are needed, {free} MB are free"
        ticket.say(plan.event(need_mb, free_mb, reason))
        return ""

    def _free_mb(self, device: str) -> float | None:
        return free_memory_mb(device, self._config.memory_mb, used_memory_mb())

    def _run(
        self, request: Generate, asked: AnyRequest, ticket: Ticket, plan: MemoryPlan, *, reduced: bool
    ) -> AnyResult:
        """Runs a job under one plan."""
        from ..generation.chain import run_any
        from .warm import load_networks, watched

        pipeline = self._pipeline(request.model, plan.device)
        if reduced:
            asked = replace(asked, settings=replace(asked.settings, batch=plan.batch))
        volumes = asked.needs_volume
        estimator = _estimator(asked, pipeline, self._step_seconds, volumes=volumes and pipeline.has_images)

        def progress(stage: str, step: int, of: int) -> None:
            ticket.check()
            ticket.say(estimator.at(stage, step, of))

        previews = request.previews and not request.organs
        waits = previews and volumes and pipeline.has_images and request.edit is None
        with watched(
            pipeline,
            ticket.check,
            mask=preview_drawn_masks(ticket) if waits else None,
            glimpse=preview_unfinished_masks(ticket, asked.candidates) if previews else None,
            glimpse_every_s=GLIMPSE_EVERY_S,
            offload=plan.offload,
        ):
            if not plan.offload:
                load_networks(
                    pipeline,
                    masks=request.mask is None,
                    volumes=volumes,
                    painting=request.sampling.paint or request.layout is not None,
                    progress=partial(progress, "load"),
                )
            result = run_any(asked, pipeline, progress=progress)
        progress("write", 0, 1)
        return result


def _estimator(asked: AnyRequest, pipeline: Pipeline, step_seconds: StepSeconds, *, volumes: bool) -> ProgressEstimator:
    """The progress of a request, by the steps that it will take."""
    settings, expected = asked.settings, dict[str, int]()
    if asked.draws_masks:
        expected["mask"] = settings.steps * asked.candidates * (settings.draws or pipeline.preset.draws)
    if volumes:
        expected["volume"] = settings.image_steps
    return ProgressEstimator(expected, {"volume": asked.scans}, step_seconds)


def _require_disk(folder: Path) -> None:
    """Makes sure, before a long run, that the result can be written.

    Raises:
        OutputError: The folder cannot be written; DiskFull: there is no room.
    """
    from ..generation.result_folder import check_writable

    check_writable(folder, free_mb=0.0)
    near = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(near).free / 1e6
    if free < FREE_DISK_MB:
        raise DiskFull(f"The disk of the results has {free:.0f} MB left.", hint=f"{FREE_DISK_MB:.0f} MB are needed.")


def _structures(folder: Path) -> tuple[str, ...]:
    """The structures that a model was trained on; empty where its index cannot be read.

    Those of the user's own join the catalog.
    """
    try:
        own_structures.read(folder)
        index: Any = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        return tuple(index["extras"]["number_scaler"]["statistics"])
    except (OSError, ValueError, KeyError, TypeError, Sketch2CTError):
        return ()

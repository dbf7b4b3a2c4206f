"""Does the jobs: the chain of `generation` on warm networks, in as much memory as there is."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..apart import told_apart
from ..errors import ConfigError, Sketch2CTError
from ..generation.asking import shipped_presets
from ..resources import resource_path
from .engine import EngineConfig
from .inputs import Desk, task_of
from .pace import Pace, Rates
from .plan import GPU_BATCH, Plan, free_memory_mb, ladder, used_memory_mb
from .protocol.events import (
    CandidateSummary,
    Event,
    FileOut,
    Loaded,
    Preview,
    Progress,
    Ready,
    Result,
    State,
    Unloaded,
)
from .protocol.faults import DiskFull, OutOfMemory, Refused, is_out_of_memory
from .protocol.messages import Generate, JobRequest, Load, Model
from .ticket import Ticket

if TYPE_CHECKING:
    from ..generation.pipeline import Pipeline
    from ..generation.results import GenerationResult
    from ..generation.task import Task
    from ..generation.values import MaskVolume
    from .warm import PipelineCache

MOST_PREVIEWS = 8
FREE_DISK_MB = 64.0
PREVIEW_FILE, GLIMPSE_FILE = "preview_{:02d}.nrrd", "glimpse_{:03d}.nrrd"
GLIMPSE_EVERY_S = 2.0
GLIMPSES_KEPT = 3  # the older ones are removed: only the latest is of use


class ChainRunner:
    """A `Runner` for `generation`. torch is imported with the first job, in the compute thread.

    Args:
        config: Default weights and device, and what requests may name.
        former: Job → folder of its result, for jobs that start from one.
    """

    def __init__(self, config: EngineConfig, former: Callable[[str], Path]) -> None:
        self._config, self._former = config, former
        self._cache: PipelineCache | None = None
        self._rates: Rates = {}

    def run(self, request: JobRequest, ticket: Ticket) -> Event:
        """Does a job; see `Runner.run`."""
        if isinstance(request, Generate):
            return self._generate(request, ticket)
        if isinstance(request, Load):
            return self._load(request, ticket)
        return Unloaded(models=self._warm().drop())

    def describe(self) -> Ready:
        """What there is, read from the model's index alone."""
        presets = shipped_presets()
        chosen = self._config.preset or next(iter(presets), "")
        folder = self._config.models or resource_path("Models", chosen)
        preset = "" if self._config.models is not None else chosen
        return Ready(presets=presets, preset=preset, structures=_structures(folder))

    def state(self) -> State:
        """What is loaded, and the memory that is free."""
        cache = self._cache
        device = "cpu" if self._config.device in ("auto", "cpu") else self._config.device
        free = free_memory_mb("cpu" if cache is None else device, self._config.memory_mb, used_memory_mb())
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

    def _device(self, model: Model) -> str:
        """Cpu or cuda:N; a client of a server may only name the server's own."""
        from ..generation.model.device import torch_device

        own = self._config.device
        if model.device and model.device != own and not self._config.allow_paths:
            raise Refused(f"This service works on '{own}' alone.", hint="Leave the device out.")
        return str(torch_device(model.device or own))

    def _pipeline(self, model: Model, device: str) -> Pipeline:
        """The warm pipeline of what a request names, else of what the service was started with."""
        from ..generation.task import chosen_model, volume_folder

        if model.models and not self._config.allow_paths:
            raise Refused("This service opens no folders of its machine.", hint="Name a preset in its place.")
        if model.preset and (Path(model.preset).name != model.preset or model.preset in (".", "..")):
            raise ConfigError(f"'{model.preset}' is no preset.", hint=f"Choose one of {', '.join(shipped_presets())}.")
        if model.models or model.preset:
            folder = chosen_model(Path(model.models) if model.models else None, model.preset)
        else:
            folder = chosen_model(self._config.models, self._config.preset)
        return self._warm().pipeline(folder, device, volume_folder())

    def _generate(self, request: Generate, ticket: Ticket) -> Result:
        """The result under the largest plan that fits."""
        begun = time.monotonic()
        desk = Desk(ticket.folder, self._former, self._config.allow_paths)
        _require_disk(ticket.folder)
        try:
            task, notes = task_of(request, desk)
        finally:
            desk.clear()
        made, told = self._planned(request, task, ticket)
        result = _written(made, ticket, request.pictures)
        seconds = round(time.monotonic() - begun, 3)
        return result.model_copy(update={"notes": (*notes, *told, *result.notes), "seconds": seconds})

    def _planned(self, request: Generate, task: Task, ticket: Ticket) -> tuple[GenerationResult, tuple[str, ...]]:
        """Tries plans from the usual one down, and says why it left one."""
        device = self._device(request.model)
        asked = request.sampling.batch or (1 if device == "cpu" else GPU_BATCH)
        plans = ladder(device, min(asked, max(request.candidates * 64, 1)))
        reason, notes = "", list[str]()
        for position, plan in enumerate(plans):
            ticket.check()
            short = self._shortage(request, plan, ticket, reason)
            if not short:
                try:
                    return self._run(request, task, ticket, plan, reduced=position > 0), tuple(notes)
                except (RuntimeError, MemoryError) as error:
                    if not is_out_of_memory(error):
                        raise
                    short = "Memory ran out"
            self._warm().drop()
            reason = short
            notes.append(f"{short} with {plan.batch} at once{' and offloading' * plan.offload} on {plan.device}.")
        raise OutOfMemory(
            f"Even the smallest plan does not fit ({reason}).", hint="Close other programs, or choose a smaller preset."
        )

    def _shortage(self, request: Generate, plan: Plan, ticket: Ticket, reason: str) -> str:
        """Says the plan, and gives back why it does not fit; empty where it does."""
        from .warm import footprint

        pipeline = self._pipeline(request.model, plan.device)
        if reason:
            self._warm().drop(keep=pipeline)
        model = footprint(pipeline, volumes=request.with_volume or request.mask is not None)
        need = max(plan.need_mb(model) - pipeline.loaded_mb, 0.0)
        free = free_memory_mb(plan.device, self._config.memory_mb, used_memory_mb())
        if free is not None and need > free:
            needed, there = told_apart((need, free), "{:.0f}".format)
            return f"{needed} MB are needed, {there} MB are free"
        ticket.say(plan.told(need, free, reason))
        return ""

    def _run(self, request: Generate, task: Task, ticket: Ticket, plan: Plan, *, reduced: bool) -> GenerationResult:
        """One try, under one plan."""
        from .warm import load_networks, watched

        pipeline = self._pipeline(request.model, plan.device)
        if reduced:
            settings = replace(task.job.settings, batch=plan.batch)
            task = replace(task, job=replace(task.job, settings=settings))
        volumes = task.needs_volume
        pace = _pace(task, pipeline, self._rates, volumes=volumes and pipeline.has_images)

        def progress(stage: str, step: int, of: int) -> None:
            ticket.check()
            ticket.say(pace.at(stage, step, of))

        waits = request.previews and volumes and pipeline.has_images and task.former is None
        glimpse = _glimpser(ticket, task.job.candidates) if request.previews else None
        shown = _shower(ticket) if waits else None
        with watched(
            pipeline,
            ticket.check,
            mask=shown,
            glimpse=glimpse,
            glimpse_every_s=GLIMPSE_EVERY_S,
            offload=plan.offload,
        ):
            if not plan.offload:
                masks = task.mask is None
                load_networks(pipeline, masks=masks, volumes=volumes, progress=partial(progress, "load"))
            result = task.run(pipeline, progress=progress)
        progress("write", 0, 1)
        return result


def _pace(task: Task, pipeline: Pipeline, rates: Rates, *, volumes: bool) -> Pace:
    """The steps that a task will take."""
    settings, expected = task.job.settings, dict[str, int]()
    count = task.job.candidates if task.mask is None else 1
    if task.mask is None:
        expected["mask"] = settings.steps * count * (settings.draws or pipeline.preset.draws)
    if volumes:
        expected["volume"] = settings.image_steps
    return Pace(expected, {"volume": count}, rates)


def _shower(ticket: Ticket) -> Callable[[MaskVolume, int, int], None]:
    """What shows drawn masks that wait for their scans."""

    def show(mask: MaskVolume, number: int, of: int) -> None:
        if number < MOST_PREVIEWS:
            _show(ticket, mask, PREVIEW_FILE.format(number + 1), number + 1, of)

    return show


def _glimpser(ticket: Ticket, candidates: int) -> Callable[[MaskVolume], None]:
    """What shows masks that are still being drawn."""
    shown = 0

    def glimpse(mask: MaskVolume) -> None:
        nonlocal shown
        shown += 1
        _show(ticket, mask, GLIMPSE_FILE.format(shown), 0, candidates)
        (ticket.folder / GLIMPSE_FILE.format(shown - GLIMPSES_KEPT)).unlink(missing_ok=True)

    return glimpse


def _show(ticket: Ticket, mask: MaskVolume, name: str, candidate: int, of: int) -> None:
    """Writes a mask as a preview, and says so; an empty one is left out."""
    from ..frames import write_nrrd

    ticket.check()
    if not mask.is_empty:
        path = ticket.folder / name
        write_nrrd(path, mask.labels, mask.grid, {"Synthetic": "1", "Sketch2CT_Preview": str(candidate)})
        file = _file_out(path, ticket.folder)
        ticket.say(Preview(file=file, candidate=candidate, of=of, folder=str(ticket.folder)))


def _written(made: GenerationResult, ticket: Ticket, pictures: bool) -> Result:
    """The files of a result in the job's folder, and the event that names them."""
    from ..generation.candidates import candidate_score
    from ..generation.files import write_result

    ticket.check()
    paths = write_result(made, ticket.folder, merge=True, pictures=pictures)
    ticket.check()
    folders = [".", *(f"candidate_{n:02d}" for n in range(2, len(made.candidates) + 1))]
    summaries = [
        CandidateSummary(
            folder=folder, verdict=one.report.verdict, met=one.report.met, score=candidate_score(one.report)
        )
        for folder, one in zip(folders, made.candidates, strict=True)
    ]
    return Result(
        files=tuple(_file_out(path, ticket.folder) for path in paths.values()),
        folder=str(ticket.folder),
        candidates=tuple(summaries),
        report=made.best.report.to_dict(),
        notes=tuple(made.best.report.notes),
        agreement=None if made.agreement is None else made.agreement.to_dict(),
    )


def _file_out(path: Path, folder: Path) -> FileOut:
    content = path.read_bytes()
    name = path.relative_to(folder).as_posix()
    return FileOut(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


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
    """What a model was trained on; empty where that cannot be told."""
    try:
        index: Any = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        return tuple(index["extras"]["number_scaler"]["statistics"])
    except (OSError, ValueError, KeyError, TypeError, Sketch2CTError):
        return ()

"""One stage from a prepared folder to exported weights: corpus, task, loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .. import catalog
from ..data.prepared import PreparedSet
from ..errors import ConfigError
from ..generation.model.device import torch_device
from ..generation.model.presets import Preset, of_structures
from ..generation.volumes.labelled import real_scans
from ..weights import ModelFolder
from .adversarial.painter import PainterTask
from .adversarial.sharpener import SharpenerTask
from .autoencoders import ImageAutoencoderTask, MaskAutoencoderTask
from .corpus import CorpusConfig, build_corpus
from .diffusion import MaskDiffusionTask, MaskPriorTask
from .image_diffusion import ImageDiffusionTask
from .layouts import LayoutTask
from .loop import LoopResult, TaskSettings, TrainingTask, fit
from .own import keep_structures
from .pace import LoopConfig
from .processes import barrier, first_alone, is_first, joined, together
from .recipes import APART, LAYOUT, PAINTER, SEGMENTER, SHARPENER, STAGES, STARTED, Single, recipe_of, single_recipe
from .samples import Corpus
from .segmenter import SegmenterTask
from .start import require_same_start, share_networks


@dataclass(frozen=True)
class TrainRequest:
    """What to train.

    Args:
        stage: One of STAGES or of those apart from them.
        data: Prepared folder.
        out: Run folder: corpus, checkpoints, curves, pictures, and `models/` with the exported weights.
        preset: Shapes.
        loop: Length and rate.
        structures: Train on these only; all if empty.
        shares: How often each structure is drawn; `other` for the rest.
        corpus: How copies are made; workers: processes that make them; ray_address: of a cluster that does.
        start_from: A model folder whose mask prior or mask denoiser is trained on; its scales are kept, and what lies
            below the stage is taken from it. Structures that it lacks begin as the mean of those that it knows.
        patients: Learn from the first so many training patients, see `patients.first_patients`; all if None.
    """

    stage: Single
    data: Path
    out: Path
    preset: Preset
    loop: LoopConfig
    structures: tuple[str, ...] = ()
    shares: dict[str, float] = field(default_factory=lambda: {"liver": 5.0, "other": 1.0})
    corpus: CorpusConfig = field(default_factory=CorpusConfig)
    workers: int = 2
    ray_address: str = ""
    start_from: Path | None = None
    patients: int | None = None

    def __post_init__(self) -> None:
        if self.patients is not None and self.stage in APART:
            raise ConfigError(
                f"Training of '{self.stage}' takes no number of patients.", hint=f"Only {', '.join(STAGES)} do."
            )
        if self.start_from is not None and self.stage not in STARTED:
            raise ConfigError(
                f"Training of '{self.stage}' cannot start from a model.", hint=f"Only {' and '.join(STARTED)} can."
            )
        if self.stage not in (*STAGES, *APART):
            raise ConfigError(f"Unknown stage '{self.stage}'.", hint=f"Choose one of {', '.join(STAGES)}.")


Progress = Callable[[str, int, int | None, str], None]


def stage_loop(preset: Preset, stage: Single, device: str = "auto", **given: Any) -> LoopConfig:
    """How long and how a stage is trained: by its recipe, but for what is given and not None.

    With `budget_s` and without `steps` the budget decides how many steps there are.
    """
    whole, recipe = recipe_of(preset.name), single_recipe(preset.name, stage)
    settings: dict[str, Any] = {
        "steps": None if given.get("budget_s") else recipe.steps,
        "batch": recipe.batch_on(str(torch_device(device))),
        "lr": recipe.lr,
        "warmup": recipe.warmup,
        "ema": recipe.ema,
        "weight_decay": recipe.weight_decay,
        "betas": recipe.betas,
        "least_steps": whole.least_steps,
        "most_steps": recipe.most_steps,
        "device": device,
    }
    return LoopConfig(**settings | {name: value for name, value in given.items() if value is not None})


def train(request: TrainRequest, *, progress: Progress | None = None) -> LoopResult:
    """Builds what is missing of the corpus, trains the stage (or goes on), exports averaged weights.

    The stages apart need no corpus: they learn from the prepared scans themselves. On several devices
    every process calls it, the first one builds and tells.

    Raises:
        ConfigError: The devices are not there, or the processes are not as many.
        ProcessLost: Another process has ended.
    """
    joined(request.loop)
    told = progress if is_first() else None

    def report(step: int, of: int | None, loss: float) -> None:
        if told:
            told(request.stage, step, of, f"loss {loss:.4f}")

    with together():
        if request.stage not in APART:
            prepared = PreparedSet(request.data)
            learned = {case.structure for case in prepared if case.structure in (request.structures or catalog.names())}
            request = replace(request, preset=of_structures(request.preset, learned))
            if is_first():
                keep_structures(prepared, request.out / "models", learned)
                ensure_corpus(request, progress)
            barrier()
        return fit(make_task(request), request.loop, request.out / request.stage, progress=report)


def ensure_corpus(request: TrainRequest, progress: Progress | None = None) -> None:
    """Builds what is missing of the corpus."""

    def report(done: int, of: int, key: str) -> None:
        if progress:
            progress("corpus", done, of, key)

    prepared = PreparedSet(request.data)
    structures = {"structures": request.structures} if request.structures else {}
    build_corpus(
        prepared,
        request.out / "corpus",
        request.preset,
        request.corpus,
        workers=request.workers,
        ray_address=request.ray_address,
        patients=request.patients,
        progress=report,
        **structures,
    )


def make_task(request: TrainRequest) -> TrainingTask:
    """The stage's task on its corpus."""
    folder, models = request.out / "corpus", ModelFolder(request.out / "models")
    loop = request.loop
    start = None if request.start_from is None else ModelFolder(request.start_from)
    if start is not None:
        with first_alone():
            share_networks(start, models, request.preset, request.stage)
    if request.stage in STARTED:
        require_same_start(start, models)
    settings = TaskSettings(loop.seed, request.out / "cache", request.shares, str(torch_device(loop.device)), start)
    apart: dict[Single, Callable[..., TrainingTask]] = {
        SEGMENTER: _segmenter_task,
        LAYOUT: _layout_task,
        SHARPENER: _layout_task,
        PAINTER: _painter_task,
    }
    if request.stage in apart:
        with first_alone():  # which keeps scans and deformations
            return apart[request.stage](request, models, settings)
    images = request.stage.startswith("image")
    wanted = frozenset(request.structures) or None
    train_set, val_set = (Corpus(folder, s, structures=wanted, with_images=images) for s in ("train", "val"))
    kinds: dict[str, Callable[..., TrainingTask]] = {
        "mask-autoencoder": MaskAutoencoderTask,
        "image-autoencoder": ImageAutoencoderTask,
        "mask-prior": MaskPriorTask,
        "mask-diffusion": MaskDiffusionTask,
        "image-diffusion": ImageDiffusionTask,
    }
    return kinds[request.stage](train_set, val_set, request.preset, models, settings)


def _segmenter_task(request: TrainRequest, models: ModelFolder, settings: TaskSettings) -> TrainingTask:
    """The segmenter's task on the prepared scans that have an image."""
    prepared, wanted = PreparedSet(request.data), set(request.structures)
    train_set, val_set = (
        real_scans((c for c in prepared.cases(split) if not wanted or c.structure in wanted), settings.cache / "scans")
        for split in ("train", "val")
    )
    return SegmenterTask(train_set, val_set, models, settings, preset=request.preset.name)


def _layout_task(request: TrainRequest, models: ModelFolder, settings: TaskSettings) -> TrainingTask:
    """The task of the layout stage, or of its sharpener, on the layouts of prepared CT scans."""
    layouts = PreparedSet(request.data)
    train_layouts, val_layouts = (layouts.layouts(split, "CT") for split in ("train", "val"))
    kind: Callable[..., TrainingTask] = LayoutTask if request.stage == LAYOUT else SharpenerTask
    return kind(train_layouts, val_layouts, models, settings, preset=request.preset.name)


def _painter_task(request: TrainRequest, models: ModelFolder, settings: TaskSettings) -> TrainingTask:
    """The painter's task on the prepared CT cubes and the layouts of their scans."""
    prepared, wanted = PreparedSet(request.data), set(request.structures)
    train_set, val_set = (
        [c for c in prepared.cases(split) if c.modality == "CT" and (not wanted or c.structure in wanted)]
        for split in ("train", "val")
    )
    layouts = prepared.layouts(modality="CT")
    return PainterTask(train_set, val_set, layouts, models, settings, preset=request.preset.name)

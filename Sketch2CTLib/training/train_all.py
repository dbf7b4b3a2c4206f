"""`train all`: from a prepared folder to exported weights within a time box, stage after stage; a killed run goes on.

Order: corpus, mask-autoencoder, mask-prior, mask-diffusion, and with images image-autoencoder, image-diffusion. Each
part gets its share of the time that is left when it begins (see recipes); what it does not use goes to those that come
after it.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from .. import catalog
from ..data.prepared import PreparedCase, PreparedSet
from ..errors import ConfigError, DatasetError
from ..generation.model.device import torch_device
from ..generation.model.presets import Preset, of_structures
from ..weights import ModelFolder
from .checkpoint import spent_seconds
from .corpus import VERSION, CorpusConfig, build_corpus, field_path
from .loop import fit
from .own import keep_structures
from .pace import LoopConfig, too_short
from .patients import first_patients, require_same_patients
from .plan import Plan, check_budget, copies_in_all, planned_copies
from .processes import barrier, is_first, joined, shared, together
from .recipes import CORPUS, STAGES, STARTED, Stage, recipe_of, stages_of, trained_by_default
from .run import Progress, TrainRequest, make_task, stage_loop

_PROBED_COPIES = 3
_PROBED_WORKERS = 4
_MOST_OF_BUDGET = 0.5  # that the corpus may take at its least
_LEAST_LOOP_S = 0.1


@dataclass(frozen=True)
class WholeRequest:
    """What to train, end to end.

    Args:
        data: Prepared folder.
        out: Run folder, see TrainRequest; `plan.json` in it keeps what was decided and spent.
        preset: Shapes.
        budget_s: Seconds for everything, former calls counted; None takes the recipe's steps.
        stages: Which stages, in whatever order; None takes those that the data have images for.
        structures: Train on these only; the recipe's if empty.
        workers: Processes that build the corpus; ray_address: of a cluster that does.
        device, devices, nodes, accumulate, seed, precision: See LoopConfig.
        start_from: See TrainRequest; the stages are then those that may start from a model, unless they are named.
        patients: See TrainRequest.
    """

    data: Path
    out: Path
    preset: Preset
    budget_s: float | None = None
    stages: tuple[Stage, ...] | None = None
    structures: tuple[str, ...] = ()
    workers: int = 2
    ray_address: str = ""
    device: str = "auto"
    devices: int = 1
    nodes: int = 1
    accumulate: int = 1
    seed: int = 1
    precision: str | None = None
    start_from: Path | None = None
    patients: int | None = None

    def loop_of(self, stage: Stage) -> LoopConfig:
        """How a stage is trained where no budget decides."""
        given = {name: getattr(self, name) for name in ("devices", "nodes", "accumulate", "seed", "precision")}
        return stage_loop(self.preset, stage, self.device, **given)

    def __post_init__(self) -> None:
        unknown = [stage for stage in self.stages or () if stage not in STAGES]
        if unknown or self.stages == ():
            raise ConfigError(f"Unknown stage '{', '.join(unknown)}'.", hint=f"Choose of {', '.join(STAGES)}.")
        if self.budget_s is not None and not self.budget_s > 0:
            raise ConfigError(f"A budget of {self.budget_s} s is none.", hint="Write 90s, 25min or 2h.")


@dataclass(frozen=True)
class PartReport:
    """How a part ended.

    Args:
        name: `corpus` or a stage.
        steps: Optimiser steps; of the corpus the copies.
        seconds: Of all calls.
        finished: Whether it came to its end.
        numbers: Of the last validation.
    """

    name: str
    steps: int
    seconds: float
    finished: bool
    numbers: dict[str, float]


def train_all(
    request: WholeRequest, *, progress: Progress | None = None, clock: Callable[[], float] = time.monotonic
) -> list[PartReport]:
    """Builds the corpus and trains every stage that is not finished; a report a part.

    Raises:
        ConfigError: The budget is too short, or the run folder was begun with another preset.
        DatasetError: The folder is not prepared, or has no cases of the structures.
        OutputError: The run folder cannot be written.
    """
    torch_device(request.device)
    joined(request.loop_of(stages_of(request.preset)[0]))
    with together():
        run = _Whole(request, progress if is_first() else None, clock)
        barrier()  # all have seen what there is before any changes it
        try:
            if is_first():
                keep_structures(run.prepared, run.models.folder, run.learned)
                run.corpus()
            barrier()
            for stage in run.stages:
                if shared(not run.finished(stage)):
                    run.train(stage)
        finally:
            run.plan.save()
        return run.reports()


class _Whole:
    """A run of all stages."""

    def __init__(self, request: WholeRequest, progress: Progress | None, clock: Callable[[], float]) -> None:
        self.progress, self.clock = progress, clock
        self.recipe, self.prepared = recipe_of(request.preset.name), PreparedSet(request.data)
        self.structures = request.structures or trained_by_default(self.recipe, self.prepared)
        wanted = set(self.structures or catalog.names())
        require_same_patients(request.out / "corpus", request.patients)
        self.cases = first_patients((case for case in self.prepared if case.structure in wanted), request.patients)
        self.learned = sorted({case.structure for case in self.cases})
        self.request = replace(request, preset=of_structures(request.preset, self.learned))
        for split in ("train", "val"):
            if not any(case.split == split for case in self.cases):
                raise DatasetError(
                    f"'{request.data}' has no {split} cases of {', '.join(sorted(wanted))}.", hint="Prepare more data."
                )
        self.stages = self._stages()
        self.folder, self.models = request.out / "corpus", ModelFolder(request.out / "models")
        self.plan = Plan.opened(
            request.out / "plan.json", request.preset.name, self.structures, request.budget_s, clock
        )
        self.plan.writes = is_first()
        self.config = replace(self.recipe.corpus, seed=request.seed)
        self.found = self.plan.copies is None and _corpus_fits(self.folder, self.cases, request.preset)
        check_budget(self.plan, self._open_parts(), self.recipe.least_s)

    def _stages(self) -> tuple[Stage, ...]:
        """The wanted stages in the order in which they build on each other."""
        imaged = {case.split for case in self.cases if case.record["image"]} >= {"train", "val"}
        wanted, possible = self.request.stages, stages_of(self.request.preset)
        if wanted is None and self.request.start_from is not None:
            return tuple(stage for stage in possible if stage in STARTED)
        if wanted is None:
            return tuple(stage for stage in possible if imaged or not stage.startswith("image"))
        if not imaged and any(stage.startswith("image") for stage in wanted):
            raise DatasetError(
                f"'{self.request.data}' has no images to train and validate on.", hint="Train with --no-volume."
            )
        return tuple(stage for stage in possible if stage in wanted)

    def finished(self, stage: Stage) -> bool:
        """Whether the stage's weights stand in the model folder, trained to the end."""
        name = stage.replace("-", "_")
        if not self.models.exists or name not in self.models.index()["components"]:
            return False
        provenance = self.models.component(name)["provenance"]
        steps = (provenance.get("loop") or {}).get("steps") or 0
        return bool(provenance.get("finished", 0 < steps <= provenance.get("steps", 0)))

    def corpus(self) -> None:
        """Builds what is missing of the corpus, with as many copies as its share of the budget holds."""
        if self.found:
            return
        self.plan.begin(CORPUS, self._weights())
        if self.plan.copies is None:
            self.plan.copies = self._copies()
            self.plan.tick(CORPUS)
            self.plan.save()
        config = replace(self.config, copies=self.plan.copies)
        self._build(self.cases, self.folder, config, lambda done, of, key: self._told(CORPUS, done, of, key))
        self._end(CORPUS)

    def train(self, stage: Stage) -> None:
        """Trains a stage, or goes on with it."""
        self.plan.begin(stage, self._weights())
        recipe = self.recipe.stages[stage]
        loop = self.request.loop_of(stage)
        request = TrainRequest(
            stage,
            self.request.data,
            self.request.out,
            self.request.preset,
            loop,
            self.structures,
            dict(recipe.shares),
            start_from=self.request.start_from if stage in STARTED else None,
        )
        task = make_task(request)
        self.plan.tick(stage)
        folder = self.request.out / stage
        budget_s = self.request.budget_s
        if budget_s is not None:
            left = shared(max(_LEAST_LOOP_S, self.plan.left_of(stage) + spent_seconds(folder)))
            loop = replace(
                loop, steps=None, budget_s=left, budget_of_s=budget_s, checkpoint_s=min(loop.checkpoint_s, left / 8)
            )
        fit(
            task,
            loop,
            folder,
            progress=lambda step, of, loss: self._told(stage, step, of, f"loss {loss:.4f}"),
            clock=self.clock,
        )
        self._end(stage)

    def reports(self) -> list[PartReport]:
        """How each part ended, whenever that was."""
        copies = sum(len(np.load(path, mmap_mode="r")) for path in _field_files(self.folder))
        reports = [PartReport(CORPUS, copies, self.plan.spent_s.get(CORPUS, 0.0), True, {})]
        for stage in self.stages:
            told: dict[str, Any] = self.models.component(stage.replace("-", "_"))["provenance"]
            seconds = self.plan.spent_s.get(stage, told.get("seconds", 0.0))
            numbers = told.get("validation") or {}
            reports.append(PartReport(stage, told.get("steps", 0), seconds, self.finished(stage), numbers))
        return reports

    def _copies(self) -> dict[str, int]:
        """Copies a case that fit the corpus' share of the budget; all that the recipe wants without one."""
        budget_s, least = self.request.budget_s, self.recipe.least_copies
        if budget_s is None:
            return self.config.copies
        copy_s, start_s = self._copy_seconds()
        self.plan.tick(CORPUS)
        copies = planned_copies(self.config, self.cases, least, copy_s, self.plan.left_of(CORPUS) - start_s)
        if copies is not None:
            return copies
        shortest = {name: min(least, n) for name, n in self.config.copies.items()}
        needed = self.plan.spent_s[CORPUS] + start_s + copies_in_all(shortest, self.cases) * copy_s
        if needed > _MOST_OF_BUDGET * budget_s:
            raise too_short(
                budget_s, f"a corpus of {least} copies of each of {len(self.cases)} cases", needed / _MOST_OF_BUDGET
            )
        return shortest

    def _copy_seconds(self) -> tuple[float, float]:
        """Seconds of a copy with all processes at work, and of starting them, measured on a few cases."""
        workers = min(self.request.workers, _PROBED_WORKERS)
        train = sorted((c for c in self.cases if c.split == "train"), key=lambda case: case.structure)
        places = np.linspace(0, len(train) - 1, min(len(train), 2 * workers)).astype(int)
        probed = [train[place] for place in places]
        first = max(1, min(workers, len(probed) - 1))
        began, times = self.clock(), [0.0]
        config, folder = replace(self.config, copies={"other": _PROBED_COPIES}), self.request.out / ".probe"
        shutil.rmtree(folder, ignore_errors=True)  # of a killed call
        try:
            self._build(probed, folder, config, lambda *_: times.append(self.clock() - began), workers)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        batch_s = times[-1] - times[first] if len(probed) > 1 else times[-1]
        batches = max(1, len(probed) - first) * _PROBED_COPIES
        copy_s = batch_s / batches * workers / self.request.workers
        return copy_s, max(0.0, times[first] - batch_s)

    def _build(
        self,
        cases: Sequence[PreparedCase],
        folder: Path,
        config: CorpusConfig,
        progress: Callable[[int, int, str], None],
        workers: int | None = None,
    ) -> None:
        chosen = cast(PreparedSet, cases)  # all that is asked of the set is its cases
        workers = workers or self.request.workers
        given = {"workers": workers, "ray_address": self.request.ray_address}
        given["patients"] = self.request.patients if folder == self.folder else None  # not of a probe
        build_corpus(chosen, folder, self.request.preset, config, **given, progress=progress)  # type: ignore[arg-type]

    def _open_parts(self) -> list[str]:
        parts: list[str] = [] if self.found or self.plan.copies is not None else [CORPUS]
        return parts + [stage for stage in self.stages if not self.finished(stage)]

    def _weights(self) -> dict[str, float]:
        """Weights of the parts that are not finished, in the budget."""
        weights: dict[str, float] = {s: self.recipe.stages[s].share for s in self.stages if not self.finished(s)}
        begun = CORPUS in self.plan.allotted_s or self.found
        return weights if begun else {CORPUS: self.recipe.corpus_share} | weights

    def _told(self, part: str, done: int, of: int | None, text: str) -> None:
        self.plan.tick(part)
        if self.progress:
            self.progress(part, done, of, text)

    def _end(self, part: str) -> None:
        self.plan.tick(part)
        self.plan.save()


def _corpus_fits(folder: Path, cases: Sequence[PreparedCase], preset: Preset) -> bool:
    """Whether a finished corpus of these cases at this resolution lies there already."""
    files = _field_files(folder)
    if not files or not all(path.is_file() for path in files):
        return False
    keys = {path.name.removesuffix(".target.npy") for path in files}
    if not keys >= {case.key.replace("/", "__") for case in cases}:
        return False
    try:
        return bool(np.load(files[0], mmap_mode="r").shape[-1] == preset.voxels)
    except (OSError, ValueError):
        return False


def _field_files(folder: Path) -> list[Path]:
    """The mask fields of a corpus, [] where there is none of this version."""
    try:
        index = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
        return [field_path(folder / name, "target") for name in index["parts"] if index["version"] == VERSION]
    except (OSError, ValueError, KeyError, TypeError):
        return []

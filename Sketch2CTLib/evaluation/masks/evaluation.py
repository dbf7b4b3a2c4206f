"""`sketch2ct evaluate masks`: real cases asked for by their own sketch and numbers, measured against themselves."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ... import catalog
from ...data.prepared import PreparedCase, PreparedSet
from ...errors import ConfigError
from ...generation.pipeline import Pipeline
from ...generation.settings import Settings
from ...resources import resource_path
from ..hand_drawn import HandDrawn
from ..row_log import RowLog
from ..table import CaseRow
from ..workers import parallel_map
from .asked_cases import AskedCase, Chosen, choose_cases
from .baselines import BASELINES, Baseline
from .edits import EDIT, edit_case
from .edits import SAYS as EDIT_SAYS
from .methods import METHODS, Asking, method
from .placing import centroid_from_numbers
from .shape_measures import measured
from .sweeps import SAYS as SWEEP_SAYS
from .sweeps import SWEEP, sweep_case

Progress = Callable[[int, int, str], None]

BASELINE = "baselines"
CAPTIONS: dict[str, str] = {
    **{one.name: one.says for one in METHODS},
    BASELINE: "trivial means, given the case's silhouette, volume and centre of mass; learned from the train split",
    SWEEP: SWEEP_SAYS,
    EDIT: EDIT_SAYS,
}
METHOD_NAMES: tuple[str, ...] = tuple(CAPTIONS)
BASELINE_NAMES: tuple[str, ...] = tuple(kind.name for kind in BASELINES)


@dataclass(frozen=True)
class MaskEvaluation:
    """What to measure.

    Args:
        split: Cases to measure.
        structures: Only these; all that the model knows and the folder holds if empty.
        settings: How masks are drawn, as shipped.
        seed: Seed of the first sample.
        methods: Names of `METHOD_NAMES`; all if empty.
        limit: At most as many cases a structure.
        hand_drawn: Stored sketches; those of the split's cases on their structure's own view are measured.
        drawings: At most as many hand-drawn sketches a case.
        train_split: Where baselines learn from.

    Raises:
        ConfigError: An unknown method, or a limit below one.
    """

    split: str = "val"
    structures: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    seed: int = 1
    methods: tuple[str, ...] = ()
    limit: int | None = None
    hand_drawn: tuple[HandDrawn, ...] = ()
    drawings: int = 3
    train_split: str = "train"

    def __post_init__(self) -> None:
        for name in self.methods:
            if name not in METHOD_NAMES:
                raise ConfigError(f"Unknown method '{name}'.", hint=f"Choose from {', '.join(METHOD_NAMES)}.")
        for what, value in (("limit", self.limit), ("number of drawings", self.drawings)):
            if value is not None and value < 1:
                raise ConfigError(f"The {what} must be at least 1, got {value}.")

    @property
    def chosen(self) -> tuple[str, ...]:
        """The methods in force, in the order of `METHOD_NAMES`."""
        return tuple(name for name in METHOD_NAMES if not self.methods or name in self.methods)

    def key(self, prepared: PreparedSet, pipeline: Pipeline, learn_from: PreparedSet | None = None) -> dict[str, Any]:
        """What the numbers of a row depend on, whatever the choice of methods and cases."""
        manifests = [one.folder / "manifest.json" for one in (prepared, learn_from or prepared)]
        return {
            "models": pipeline.folder.hashes(),
            "settings": self.settings.to_dict(),
            "seed": self.seed,
            "split": self.split,
            "data": [hashlib.sha256(manifest.read_bytes()).hexdigest() for manifest in manifests],
            "hand_drawn": [one.sketch.digest() for one in self.hand_drawn],
            "drawings": self.drawings,
            "surface_ranges": hashlib.sha256(resource_path("Catalog", "surface_ranges.json").read_bytes()).hexdigest(),
        }


@dataclass(frozen=True)
class CaseTask:
    """One case to be measured by some methods."""

    chosen: Chosen
    methods: tuple[str, ...]
    config: MaskEvaluation


@dataclass(frozen=True)
class BaselineTask:
    """The cases of one structure, and those that the baselines learn from."""

    cases: tuple[PreparedCase, ...]
    train: tuple[PreparedCase, ...]


def evaluate_masks(
    prepared: PreparedSet,
    pipeline: Pipeline,
    config: MaskEvaluation,
    *,
    learn_from: PreparedSet | None = None,
    log: RowLog | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[CaseRow]:
    """Rows of every case and method: masks, sweeps and edits; the same for any number of workers.

    Args:
        prepared: The folder of the cases.
        pipeline: The model.
        config: What to measure.
        learn_from: Whose training split the baselines learn from; `prepared` by default.
        log: Keeps rows as they come; what it holds is not measured again.
        workers: Processes.
        progress: Told (done, all, case) after each case.

    Returns:
        One row a case and method, ordered by structure, method and case. Masks have the measures of
        `shape_measures.measured`, the sweep those of `sweeps.sweep_case`, the edit those of `edits.edit_case`.

    Raises:
        DatasetError: The folder has no such cases.
    """
    known = pipeline.mask_models.structures
    wanted = config.structures or tuple(name for name in known if prepared.cases(config.split, name))
    cases = choose_cases(
        prepared,
        config.split,
        wanted or known,
        limit=config.limit,
        hand_drawn=config.hand_drawn,
        drawings=config.drawings,
    )
    kept = log or RowLog(None, {})
    tasks = _tasks(cases, config, learn_from or prepared, kept)
    if progress:
        progress(0, len(tasks), "")
    for done, (task, rows) in enumerate(parallel_map(measure_task, tasks, pipeline, workers=workers), start=1):
        kept.add(rows)
        if progress:
            name = task.cases[0].structure if isinstance(task, BaselineTask) else task.chosen.case.key
            progress(done, len(tasks), name)
    return _ordered(kept.rows, cases, config)


def measure_task(task: CaseTask | BaselineTask, pipeline: Pipeline) -> list[CaseRow]:
    """The rows of one task."""
    if isinstance(task, BaselineTask):
        return _baseline_rows(task)
    other = AskedCase(task.chosen.other) if task.chosen.other is not None else None
    config = task.config
    asking = Asking(AskedCase(task.chosen.case, task.chosen.drawn), other, pipeline, config.settings, config.seed)
    rows = []
    for name in task.methods:
        run = {SWEEP: sweep_case, EDIT: edit_case}.get(name) or method(name).run
        values = run(asking)
        if values is not None:
            rows.append(CaseRow(name, task.chosen.case.structure, asking.one.key, values))
    return rows


def fitted_baselines(train: Sequence[PreparedCase], structure: str) -> list[Baseline]:
    """Every baseline, fitted to the training cases of a structure; none without training cases."""
    if not train:
        return []
    masks = [case.mask() for case in train]
    grids = [case.grid for case in train]
    view = catalog.structure(structure).view
    return [kind.fit(masks, grids, view) for kind in BASELINES]


def _baseline_rows(task: BaselineTask) -> list[CaseRow]:
    structure = task.cases[0].structure
    rows = []
    baselines = fitted_baselines(task.train, structure)
    for one in map(AskedCase, task.cases):
        centroid_ras = centroid_from_numbers(one.numbers, one.case.grid)
        for baseline in baselines:
            volume_ml = one.numbers["volume_ml"]
            body = baseline.predict(one.outline, volume_ml, one.case.grid, centroid_ras=centroid_ras)
            rows.append(CaseRow(baseline.name, structure, one.key, measured(one, body)))
    return rows


def _tasks(
    cases: Sequence[Chosen], config: MaskEvaluation, learn_from: PreparedSet, log: RowLog
) -> list[CaseTask | BaselineTask]:
    """What is not measured yet: baselines first, the costly cases after them."""
    tasks: list[CaseTask | BaselineTask] = []
    if BASELINE in config.chosen:
        for name, group in itertools.groupby((one.case for one in cases), key=lambda case: case.structure):
            left = tuple(case for case in group if not log.has(BASELINE_NAMES[-1], name, _key(case)))
            train = tuple(learn_from.cases(config.train_split, name))
            if left and train:
                tasks.append(BaselineTask(left, train))
    for one in cases:
        done = {row.method for row in log.rows if (row.structure, row.case) == (one.case.structure, _key(one.case))}
        methods = tuple(name for name in config.chosen if name != BASELINE and name not in done)
        if methods:
            tasks.append(CaseTask(one, methods, replace(config, hand_drawn=())))
    return tasks


def _key(case: PreparedCase) -> str:
    return AskedCase(case).key


def _ordered(rows: Sequence[CaseRow], cases: Sequence[Chosen], config: MaskEvaluation) -> list[CaseRow]:
    """The rows of the chosen cases and methods, by structure, method and case."""
    names = [name for one in config.chosen for name in (BASELINE_NAMES if one == BASELINE else (one,))]
    structures = list(dict.fromkeys(one.case.structure for one in cases))
    place = {(one.case.structure, _key(one.case)): at for at, one in enumerate(cases)}
    kept = [row for row in rows if row.method in names and (row.structure, row.case) in place]
    return sorted(
        kept,
        key=lambda r: (structures.index(r.structure), names.index(r.method), place[r.structure, r.case]),
    )


def partial_path(json_file: Path) -> Path:
    """Where rows lie until the table is complete."""
    return json_file.with_name(f"{json_file.name}.partial")

"""`sketch2ct evaluate organs`: several organs of one scan asked for at once, beside each of them asked for alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...data.prepared import PreparedCase, PreparedSet
from ...description.model import GeometryDescription
from ...errors import DatasetError
from ...frames import resample
from ...generation.organs.request import OrgansRequest
from ...generation.organs.run import generate_organs
from ...generation.pipeline import Pipeline
from ...generation.request import GenerationRequest
from ...generation.results import Candidate
from ...generation.run import generate
from ...generation.settings import Settings
from ..table import CaseRow, Column, EvaluationTable, summarise
from .asked_cases import AskedCase
from .shape_measures import measured

ALONE, TOGETHER, DIFFERENCE = "alone", "together", "difference"
SETS: tuple[tuple[str, ...], ...] = (
    ("liver", "spleen"),
    ("left_kidney", "right_kidney", "aorta"),
    ("liver", "right_kidney"),
)
COLUMNS: tuple[Column, ...] = (
    Column("dice", "Dice", digits=4, higher_is_better=None),
    Column("hd95_mm", "HD95 mm", digits=2, higher_is_better=None),
    Column("sketch_iou", "sketch IoU", digits=4, higher_is_better=None),
    Column("contour_mm", "contour mm", digits=2, higher_is_better=None),
    Column("volume_error_abs", "volume error", "mean", 2, True, None),
    Column("met", "numbers met", digits=1, percent=True, higher_is_better=None),
)


@dataclass(frozen=True)
class TogetherEvaluation:
    """What is measured.

    Args:
        sets: Organs that are asked for at once, in turn.
        split: Cases to measure.
        limit: At most as many scans a set.
        seed: Of the masks.
        settings: How masks are drawn, as shipped.
    """

    sets: Sequence[tuple[str, ...]] = SETS
    split: str = "val"
    limit: int | None = None
    seed: int = 1
    settings: Settings = field(default_factory=Settings)


def evaluate_together(
    prepared: PreparedSet,
    pipeline: Pipeline,
    config: TogetherEvaluation,
    *,
    progress: Callable[[int, int, str], None] | None = None,
) -> EvaluationTable:
    """By organ and set: what each mask has of its own targets alone, together, and the difference of the two.

    Every organ is asked for by its case's own sketch and numbers, at the place where its sketch lies. Both masks are
    compared with the case on the case's cube; the numbers met are those of the product's own report.

    Raises:
        DatasetError: No scan of the folder has the organs of a set.
    """
    scans = [(names, scan) for names in config.sets for scan in _scans(prepared, names, config)]
    rows: list[CaseRow] = []
    for number, (names, scan) in enumerate(scans):
        if progress:
            progress(number, len(scans), f"{scan[0].dataset}/{scan[0].case} {'+'.join(names)}")
        asked = [AskedCase(case) for case in scan]
        requests = [_request(one, config) for one in asked]
        together = generate_organs(
            OrgansRequest(tuple(requests), with_volume=False, seed=config.seed, settings=config.settings), pipeline
        )
        for one, request, result in zip(asked, requests, together.results, strict=True):
            alone = _values(one, generate(request, pipeline).best)
            both = _values(one, result.best)
            title = f"{one.case.structure} of {' + '.join(names)}"
            by_method = {ALONE: alone, TOGETHER: both, DIFFERENCE: {name: both[name] - alone[name] for name in alone}}
            rows += [CaseRow(method, title, one.key, values) for method, values in by_method.items()]
    return summarise(rows, np.random.default_rng(config.seed), columns=COLUMNS)


def _scans(prepared: PreparedSet, names: Sequence[str], config: TogetherEvaluation) -> list[list[PreparedCase]]:
    """The cases of each scan that has all the organs, in their order."""
    found: dict[tuple[str, str], dict[str, PreparedCase]] = defaultdict(dict)
    for name in names:
        for case in prepared.cases(config.split, name):
            found[case.dataset, case.case][name] = case
    scans = [[cases[name] for name in names] for cases in found.values() if len(cases) == len(names)]
    if not scans:
        raise DatasetError(f"'{prepared.folder}' has no '{config.split}' scan with {', '.join(names)}.")
    return scans[: config.limit]


def _request(one: AskedCase, config: TogetherEvaluation) -> GenerationRequest:
    description = GeometryDescription.checked({"structure": one.case.structure, "numbers": one.numbers})
    return GenerationRequest(description, (one.sketch,), config.seed, with_volume=False, settings=config.settings)


def _values(one: AskedCase, made: Candidate) -> Mapping[str, float]:
    grid = one.case.grid
    body = np.asarray(resample(made.mask.body.astype(np.float32), made.mask.grid, grid) >= 0.5)
    values = measured(one, body)
    asked = len(made.report.numbers)
    return {
        **{column.name: values[column.name] for column in COLUMNS if column.name in values},
        "met": made.report.met / asked if asked else float("nan"),
    }

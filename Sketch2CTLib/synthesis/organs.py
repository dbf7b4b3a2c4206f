"""Samples of several organs: a row as one request for all of them, and the report of each in what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..description.model import GeometryDescription
from ..generation.chain import AnyResult
from ..generation.organs.document import RequestDocument, organ_requests
from ..generation.organs.drawing_files import entry_drawings
from ..generation.organs.request import OrgansRequest
from ..generation.organs.run import OrgansResult
from ..generation.report.report import Report
from ..generation.request import GenerationRequest
from ..generation.volumes.context_files import read_context
from .gate import Gate
from .plan import SetPlan
from .rows import RequestRow
from .sources import Task, common_size, settings_of, varied


def organs_request(row: RequestRow, plan: SetPlan, task: Task, rng: np.random.Generator) -> OrgansRequest:
    """A row of several organs as the chain takes it; of variations all are larger or smaller together.

    Args:
        row: The request; a mask of each organ is drawn once, whatever it says of candidates.
        plan: The data set.
        task: Its sample.
        rng: Of the attempt.

    Raises:
        InputError: Something of it cannot be used.
    """
    if plan.source == "sampled":  # a vessel's drawing comes later
        organs = tuple(GenerationRequest(GeometryDescription.checked(one.description or {}), ()) for one in row.organs)
        unplaced = frozenset(one.description.structure for one in organs)
    else:
        entries = tuple(one.model_copy(update={"candidates": 1}) for one in row.organs)
        organs, unplaced = organ_requests(RequestDocument(organs=entries), entry_drawings(task.folder))
    if plan.source == "variations":
        size = common_size(plan.vary, rng)
        organs = tuple(_varied(one, plan.vary, size, rng) for one in organs)
    seed = int(rng.integers(2**62)) if row.seed is None else row.seed
    return OrgansRequest(
        tuple(replace(one, seed=seed) for one in organs),
        unplaced,
        with_volume=plan.with_volume,
        context=None if row.context is None else read_context(task.folder / row.context),
        seed=seed,
        settings=settings_of(plan),
    )


def reports_of(result: AnyResult) -> dict[str, Report]:
    """Structure → report of its best mask; that of the organ whose cube a common scan fills has the scan's checks."""
    if not isinstance(result, OrgansResult):
        report = result.best.report
        return {report.structure: report}
    reports = {}
    for one in result.results:
        report = one.best.report
        if result.scan is not None and one.best.mask.grid == result.scan.grid:
            report = replace(report, volume=result.scan_checks)
        reports[report.structure] = report
    return reports


def gate_reasons(gate: Gate, reports: Mapping[str, Report]) -> list[str]:
    """Why a sample is rejected: what the gate has against any of its organs, of several with the organ's name."""
    told = [(name, reason) for name, report in reports.items() for reason in gate.reasons(report)]
    return [f"{name}: {reason}" if len(reports) > 1 else reason for name, reason in told]


def _varied(request: GenerationRequest, vary: float, size: float, rng: np.random.Generator) -> GenerationRequest:
    description, drawings = varied(request.description, request.drawings, vary, size, rng)
    return replace(request, description=description, drawings=tuple(drawings))

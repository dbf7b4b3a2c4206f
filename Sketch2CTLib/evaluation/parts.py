"""The parts of `sketch2ct evaluate all`: how each is measured, kept and told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..data.prepared import PreparedSet
from ..errors import ConfigError
from ..generation.pipeline import Pipeline
from ..generation.report.rows import plain
from ..generation.volumes.segmenting import Segmenter
from .evaluate_all import EvaluationPart, part_path
from .masks.evaluation import MaskEvaluation, evaluate_masks, partial_path
from .masks.pictures import draw_pictures
from .masks.plots import draw_charts
from .masks.report import MaskReport
from .row_log import RowLog, row_from_dict, row_to_dict
from .table import CaseRow
from .targets import Verdict
from .volumes.downstream import Downstream, Fit, evaluate_downstream, generated_scans
from .volumes.downstream_report import DownstreamReport, study_told
from .volumes.evaluation import VolumeEvaluation, evaluate_volumes, manifest_digest
from .volumes.pictures import draw_volume_pictures
from .volumes.plots import draw_volume_charts
from .volumes.report import VolumeReport
from .volumes.sets import Seeing
from .volumes.targets import downstream_verdicts

Progress = Callable[[int, int, str], None]
_TABLE_WIDTH = 200
_DIGEST = 12


@dataclass(frozen=True)
class EvaluationReport:
    """Verdicts, tables and pictures of a part; see `whole.Told`."""

    verdicts: Sequence[Verdict]
    text: str
    drawn: Callable[[Path], list[Path]]

    def to_text(self) -> str:
        """Tables."""
        return self.text

    def draw(self, folder: Path) -> list[Path]:
        """Writes charts and pictures."""
        return self.drawn(folder)


@dataclass(frozen=True)
class Bench:
    """What the parts work on.

    Args:
        prepared: The cases.
        pipeline: Both stages.
        json_file: The combined result; what is under way lies beside it.
        progress: Told (done, all, case).
    """

    prepared: PreparedSet
    pipeline: Pipeline
    json_file: Path
    progress: Progress | None = None


def masks_part(bench: Bench, config: MaskEvaluation, *, workers: int = 1) -> EvaluationPart:
    """`evaluate masks`; its rows are kept as they come."""
    key = config.key(bench.prepared, bench.pipeline)
    name = bench.pipeline.preset.name

    def measure() -> dict[str, Any]:
        path = part_path(bench.json_file, "masks")
        log = RowLog(partial_path(path.with_stem(f"{path.stem}.{digest(key)}")), key)
        rows = evaluate_masks(bench.prepared, bench.pipeline, config, log=log, workers=workers, progress=bench.progress)
        log.remove()
        return MaskReport.of(rows, name, name, config).to_dict(key)

    def read(result: Mapping[str, Any]) -> EvaluationReport:
        rows = _rows(result)
        report = MaskReport.of(rows, name, name, config)

        def draw(folder: Path) -> list[Path]:
            return draw_charts(folder, rows) + draw_pictures(folder, rows, bench.prepared, bench.pipeline, config)

        return EvaluationReport(report.targets, report.to_text(), draw)

    chosen = {"structures": config.structures, "methods": config.chosen, "limit": config.limit}
    return EvaluationPart("masks", {**key, **chosen}, measure, read)


def volumes_part(bench: Bench, config: VolumeEvaluation, seeing: Seeing, segmenter: Segmenter | None) -> EvaluationPart:
    """`evaluate volumes`."""
    key = config.key(bench.prepared, bench.pipeline, seeing, segmenter is not None)

    def measure() -> dict[str, Any]:
        groups = evaluate_volumes(bench.prepared, bench.pipeline, config, seeing, segmenter, progress=bench.progress)
        return VolumeReport(groups, key).to_dict()

    def read(result: Mapping[str, Any]) -> EvaluationReport:
        report = VolumeReport.from_dict(result)

        def draw(folder: Path) -> list[Path]:
            charts = draw_volume_charts(folder, report.groups)
            return charts + draw_volume_pictures(
                folder, report.groups, bench.prepared, bench.pipeline, config, segmenter
            )

        return EvaluationReport(report.targets, report.to_text(), draw)

    return EvaluationPart("volumes", key, measure, read)


def downstream_part(
    bench: Bench, study: Downstream, training: tuple[Callable[[Path], Fit], dict[str, Any]], work: Path
) -> EvaluationPart:
    """`evaluate downstream`; drawn scans, segmenters and rows are kept in the folder `work` as they come.

    Args:
        bench: What it works on.
        study: What is compared.
        training: Trains segmenters in a folder; and how, ready for JSON.
        work: Studies of other settings may lie there too.
    """
    fit_in, fitted = training
    key = {**study_told(study, bench.pipeline, fitted), "data": manifest_digest(bench.prepared)}

    def measure() -> dict[str, Any]:
        drawn = generated_scans(bench.prepared, bench.pipeline, work / "drawn", study, bench.progress)
        own = work / digest(key)
        log, fit = RowLog(own / "rows.json", key), fit_in(own / "segmenters")
        rows = evaluate_downstream(bench.prepared, drawn, fit, study, work / "real", log=log, progress=bench.progress)
        return DownstreamReport(rows, key).to_dict() | {"cases": [row_to_dict(row) for row in rows]}

    def read(result: Mapping[str, Any]) -> EvaluationReport:
        rows = _rows(result)
        report = DownstreamReport(rows, key)
        verdicts = downstream_verdicts(rows, report.gains, np.random.default_rng(1))
        return EvaluationReport(verdicts, report.to_text(_TABLE_WIDTH), lambda folder: [report.draw(folder)])

    return EvaluationPart("downstream", key, measure, read)


def digest(key: Mapping[str, Any]) -> str:
    """A short name for what a result depends on."""
    return hashlib.sha256(json.dumps(plain(key), sort_keys=True).encode()).hexdigest()[:_DIGEST]


def _rows(result: Mapping[str, Any]) -> list[CaseRow]:
    try:
        rows = [row_from_dict(row) for row in result["cases"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"This holds no rows of an evaluation ({error}).", hint="Measure it again.") from error
    if not rows:
        raise ConfigError("This holds no rows of an evaluation.", hint="Measure it again.")
    return rows

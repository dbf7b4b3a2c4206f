"""Generated scans of real cases beside real scans, stage by stage: distances, detail, diversity, adherence, copies.

Every measure stands beside the same measure of real scans, taken at the same number of volumes: a Fréchet distance of
few volumes is large even between real ones, and only its ratio to that floor says something.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...data.prepared import PreparedCase, PreparedSet
from ...errors import ConfigError, DatasetError
from ...generation.pipeline import Pipeline
from ...generation.settings import Settings
from ...generation.volumes.segmenting import Segmenter
from ..table import CaseRow
from .cases import NEAREST, StageScan, case_mask, case_rows, organ_levels, real_scan
from .groups import TITLES, Group
from .over_cases import over_cases
from .sets import RealScans, ScanSets, Seeing, by_patient
from .stages import STAGE_NAMES, Stage, StageRun, stage_of

Progress = Callable[[int, int, str], None]
_MOST_REAL = 40  # training scans a group: more cost time and change little


@dataclass(frozen=True)
class VolumeEvaluation:
    """What is measured.

    Args:
        split: Whose masks get scans.
        structures: Only these, if given.
        settings: How scans are drawn.
        seed: Of the first mask's scan; the others follow.
        limit: At most as many masks a group.
        with_labels: Whether all labelled neighbours are given besides the mask.
        stages: Names of `stages.STAGES`; all if empty.
    """

    split: str = "val"
    structures: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    seed: int = 1
    limit: int | None = None
    with_labels: bool = False
    stages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise ConfigError(f"The limit must be at least 1, got {self.limit}.")
        for name in self.stages:
            stage_of(name)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The stages in force, in the order of `STAGES`."""
        return tuple(name for name in STAGE_NAMES if not self.stages or name in self.stages)

    def key(self, prepared: PreparedSet, pipeline: Pipeline, seeing: Seeing, segmented: bool) -> dict[str, Any]:
        """What the numbers depend on, ready for JSON.

        Args:
            prepared, pipeline: The cases and what draws their scans.
            seeing: What looks at scans.
            segmented: Whether organs are looked for again.
        """
        return {
            "extractor": seeing.extractor.name,
            "astra": seeing.astra is not None,
            "stages": list(self.chosen),
            "preset": pipeline.preset.name,
            "models": pipeline.hashes(),
            "scan_recipe": pipeline.scan_recipe,
            "data": manifest_digest(prepared),
            "split": self.split,
            "structures": list(self.structures),
            "seed": self.seed,
            "settings": self.settings.to_dict(),
            "limit": self.limit,
            "labels": self.with_labels,
            "segmenter": segmented,
        }


def manifest_digest(prepared: PreparedSet) -> str:
    """SHA-256 of what a prepared folder says that it holds."""
    return hashlib.sha256((prepared.folder / "manifest.json").read_bytes()).hexdigest()


def evaluate_volumes(
    prepared: PreparedSet,
    pipeline: Pipeline,
    config: VolumeEvaluation,
    seeing: Seeing,
    segmenter: Segmenter | None = None,
    *,
    progress: Progress | None = None,
) -> list[Group]:
    """One group for each stage and each structure and modality that has real scans in both splits.

    Distances to other patients go to those of training and of the split: validation is not looked at for training.

    Raises:
        DatasetError: There is none.
    """
    kinds = sorted(_kinds(prepared, config.split, config) & _kinds(prepared, "train", config))
    if not kinds:
        raise DatasetError(f"'{prepared.folder}' has no scans to compare with in 'train' and '{config.split}'.")
    groups: list[Group] = []
    for kind in kinds:
        cases = _Cases.of(prepared, kind, config, seeing)
        for name in config.chosen:
            if progress:
                progress(len(groups), len(kinds) * len(config.chosen), f"{kind[0]} {kind[1]}, {name}")
            groups.append(_group(cases, stage_of(name), pipeline, config, segmenter))
    return groups


@dataclass(frozen=True)
class _Cases:
    """The cases of a structure and modality: whose scans are drawn, those of training, and all patients' real scans."""

    asked: Sequence[PreparedCase]
    known: Sequence[PreparedCase]
    real: RealScans

    @classmethod
    def of(cls, prepared: PreparedSet, kind: tuple[str, str], config: VolumeEvaluation, seeing: Seeing) -> _Cases:
        every = _cases(prepared, config.split, *kind)
        train = _cases(prepared, "train", *kind)
        other = [] if config.split == "train" else every
        return cls(every[: config.limit], train[:_MOST_REAL], RealScans([*train, *other], seeing, config.seed))


def _group(
    cases: _Cases, stage: Stage, pipeline: Pipeline, config: VolumeEvaluation, segmenter: Segmenter | None
) -> Group:
    """All measures of the scans that a stage draws, beside the cases' own scans and those of other patients."""
    run = StageRun(pipeline, config.settings, config.with_labels)
    drawn = [stage.draw(case, run, config.seed + n) for n, case in enumerate(cases.asked)]
    real = [StageScan(real_scan(case), case_mask(case)) for case in cases.asked]
    scans, own = ([one.scan for one in side] for side in (drawn, real))
    sets = ScanSets(scans, own, [real_scan(case) for case in cases.known], cases.real.seeing)
    nearest, rows = sets.nearest(), []
    for n, case in enumerate(cases.asked):
        pair = case_rows(case, drawn[n], config.seed + n, segmenter)
        rows += [
            CaseRow(row.method, row.structure, row.case, {**row.values, NEAREST: float(values[n])})
            for row, values in zip(pair, nearest, strict=True)
        ]
    rng = np.random.default_rng(config.seed)
    measures = [*sets.measures(rng), *cases.real.measures(by_patient(cases.asked, scans)), *over_cases(rows, rng)]
    measures.sort(key=lambda one: list(TITLES).index(one.name))
    kind = cases.asked[0].structure, str(cases.asked[0].modality)
    return Group(*kind, len(cases.asked), tuple(measures), tuple(rows), organ_levels(drawn, real), stage.name)


def _kinds(prepared: PreparedSet, split: str, config: VolumeEvaluation) -> set[tuple[str, str]]:
    wanted = set(config.structures)
    return {
        (case.structure, case.modality)
        for case in prepared.cases(split)
        if case.modality is not None and (not wanted or case.structure in wanted)
    }


def _cases(prepared: PreparedSet, split: str, structure: str, modality: str) -> list[PreparedCase]:
    return [case for case in prepared.cases(split, structure) if case.modality == modality]

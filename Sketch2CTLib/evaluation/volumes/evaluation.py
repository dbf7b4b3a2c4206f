"""Generated scans of real cases beside real scans, stage by stage: distances, detail, diversity, adherence, copies.

Every measure stands beside the same measure of real scans, taken at the same number of volumes: a Fréchet distance of
few volumes is large even between real ones, and only its ratio to that floor says something.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...data.prepared import PreparedCase, PreparedSet
from ...errors import ConfigError, DatasetError
from ...generation.pipeline import Pipeline
from ...generation.settings import Settings
from ...generation.values import ImageVolume
from ...generation.volumes.segmenting import Segmenter
from ..table import CaseRow
from .cases import GENERATED, NEAREST, REAL, SEED, StageScan, case_mask, case_row, organ_levels, real_scan
from .groups import TITLES, Group
from .over_cases import over_cases
from .sets import RealScans, ScanSets, Seeing, by_patient
from .stages import STAGE_NAMES, Stage, StageRun, stage_of

Progress = Callable[[int, int, str], None]
Finder = Segmenter | None
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
    """One group for each structure and modality that has real scans in both splits, and each stage that can draw them.

    Distances to other patients go to those of training and of the split: validation is not looked at for training.

    Raises:
        DatasetError: There are no such scans.
    """
    kinds = sorted(_kinds(prepared, config.split, config) & _kinds(prepared, "train", config))
    if not kinds:
        raise DatasetError(f"'{prepared.folder}' has no scans to compare with in 'train' and '{config.split}'.")
    groups: list[Group] = []
    run = StageRun(pipeline, config.settings, config.with_labels)
    for kind in kinds:
        both = _cases(prepared, config.split, *kind), _cases(prepared, "train", *kind)
        cases = _Cases.of(both, (config, seeing, segmenter))
        for name in config.chosen:
            if progress:
                progress(len(groups), len(kinds) * len(config.chosen), f"{kind[0]} {kind[1]}, {name}")
            stage = stage_of(name)
            if all(stage.can(case, run) for case in cases.asked):
                groups.append(_group(cases, stage, run, config.seed, segmenter))
    return groups


@dataclass(frozen=True)
class _Cases:
    """The cases of a structure and modality that scans are drawn of, and what they are held against, measured once.

    Args:
        asked: Whose scans are drawn.
        own: Their real scans; `rows`: one of each.
        train: Training scans.
        real: The real scans of all patients.
    """

    asked: Sequence[PreparedCase]
    own: Sequence[StageScan]
    rows: Sequence[CaseRow]
    train: Sequence[ImageVolume]
    real: RealScans

    @classmethod
    def of(
        cls, cases: tuple[Sequence[PreparedCase], Sequence[PreparedCase]], work: tuple[VolumeEvaluation, Seeing, Finder]
    ) -> _Cases:
        """The cases of the split and of training, measured."""
        (every, train), (config, seeing, segmenter) = cases, work
        asked = every[: config.limit]
        own = [StageScan(real_scan(case), case_mask(case)) for case in asked]
        rows = [case_row(REAL, case, one, segmenter) for case, one in zip(asked, own, strict=True)]
        real = RealScans([*train, *([] if config.split == "train" else every)], seeing, config.seed)
        return cls(asked, own, rows, [real_scan(case) for case in train[:_MOST_REAL]], real)


def _group(cases: _Cases, stage: Stage, run: StageRun, seed: int, segmenter: Finder) -> Group:
    """All measures of the scans that a stage draws, beside the cases' own scans and those of other patients."""
    seeds = [seed + n for n in range(len(cases.asked))]
    drawn = [stage.draw(case, run, own) for case, own in zip(cases.asked, seeds, strict=True)]
    scans = [one.scan for one in drawn]
    sets = ScanSets(scans, [one.scan for one in cases.own], cases.train, cases.real.seeing)
    generated, real = sets.nearest()
    rows = []
    for n, case in enumerate(cases.asked):
        row = case_row(GENERATED, case, drawn[n], segmenter)
        rows.append(replace(row, values={**row.values, SEED: float(seeds[n]), NEAREST: float(generated[n])}))
        rows.append(replace(cases.rows[n], values={**cases.rows[n].values, NEAREST: float(real[n])}))
    rng = np.random.default_rng(seed)
    measures = [*sets.measures(rng), *cases.real.measures(by_patient(cases.asked, scans)), *over_cases(rows, rng)]
    measures.sort(key=lambda one: list(TITLES).index(one.name))
    kind = cases.asked[0].structure, str(cases.asked[0].modality)
    return Group(*kind, len(cases.asked), tuple(measures), tuple(rows), organ_levels(drawn, cases.own), stage.name)


def _kinds(prepared: PreparedSet, split: str, config: VolumeEvaluation) -> set[tuple[str, str]]:
    wanted = set(config.structures)
    return {
        (case.structure, case.modality)
        for case in prepared.cases(split)
        if case.modality is not None and (not wanted or case.structure in wanted)
    }


def _cases(prepared: PreparedSet, split: str, structure: str, modality: str) -> list[PreparedCase]:
    return [case for case in prepared.cases(split, structure) if case.modality == modality]

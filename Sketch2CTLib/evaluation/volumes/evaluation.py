"""Generated scans of real masks beside real scans: distance of the sets, diversity, continuity, adherence, copies.

Every measure stands beside the same measure of real validation scans, taken at the same number of volumes: a Fréchet
distance of few volumes is large even between real ones, and only its ratio to that floor says something.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...data.intensity import to_unit
from ...data.prepared import PreparedCase, PreparedSet
from ...errors import ConfigError, DatasetError
from ...generation.pipeline import Pipeline
from ...generation.settings import Settings
from ...generation.values import ImageVolume, MaskVolume
from ...generation.volumes.segmenting import Segmenter
from ..bootstrap import Statistic, bootstrap_interval
from ..table import CaseRow
from .cases import (
    ALL_MET,
    FOUND,
    GENERATED,
    MEAN_MET,
    NEAREST,
    REAL,
    SPREAD_MET,
    Levels,
    case_rows,
    organ_levels,
    real_scan,
)
from .features import Seen, SliceExtractor, slices_of
from .measures import (
    continuity,
    diversity,
    frechet_distance,
    kernel_distance,
    likeness,
    nearest_distances,
    precision_recall,
    slicewise,
)

Floats = NDArray[np.float32]
Progress = Callable[[int, int, str], None]
AXES = (0, 1, 2)  # of arrays: axial, coronal and sagittal slices
_PER_CASE: Mapping[str, Statistic] = {
    FOUND: "mean",
    MEAN_MET: "mean",
    SPREAD_MET: "mean",
    ALL_MET: "mean",
    NEAREST: "median",
}
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
    """

    split: str = "val"
    structures: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    seed: int = 1
    limit: int | None = None
    with_labels: bool = False

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise ConfigError(f"The limit must be at least 1, got {self.limit}.")

    def key(self, prepared: PreparedSet, pipeline: Pipeline, extractor: str, segmented: bool) -> dict[str, Any]:
        """What the numbers depend on, ready for JSON.

        Args:
            prepared, pipeline: The cases and what draws their scans.
            extractor: Name of what sees slices.
            segmented: Whether organs are looked for again.
        """
        return {
            "extractor": extractor,
            "preset": pipeline.preset.name,
            "models": pipeline.hashes(),
            "scan_recipe": pipeline.scan_recipe,
            "data": manifest_digest(prepared),
            "split": self.split,
            "structures": list(self.structures),
            "seed": self.seed,
            "steps": self.settings.image_steps,
            "limit": self.limit,
            "labels": self.with_labels,
            "segmenter": segmented,
        }


def manifest_digest(prepared: PreparedSet) -> str:
    """SHA-256 of what a prepared folder says that it holds."""
    return hashlib.sha256((prepared.folder / "manifest.json").read_bytes()).hexdigest()


@dataclass(frozen=True)
class Measure:
    """One measure of a group.

    Args:
        name: Key, see TITLES.
        found: Of the generated scans.
        real: Of real validation scans, or of what stands in their place; NaN where there is none.
        low, high: Bootstrap interval of `found` over cases; NaN where it is no sum over cases.
        planes: (found, real) of axial, coronal and sagittal slices, where that is how it is measured.
    """

    name: str
    found: float
    real: float
    low: float = float("nan")
    high: float = float("nan")
    planes: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Group:
    """A structure in one modality.

    Args:
        structure, modality: Which.
        n: Generated scans, and as many real ones.
        measures: In the order of TITLES.
        rows: Two a mask, see `volume_cases.case_rows`, with the distance to the `nearest` training scan.
        levels: The organ's values.
    """

    structure: str
    modality: str
    n: int
    measures: tuple[Measure, ...]
    rows: tuple[CaseRow, ...] = ()
    levels: Levels | None = None

    def measure(self, name: str) -> Measure | None:
        """A measure by its name; None if it was not taken."""
        return next((one for one in self.measures if one.name == name), None)


TITLES: Mapping[str, str] = {
    "fid": "2.5D Fréchet distance to training scans",
    "kid": "kernel distance × 1000",
    "precision": "precision",
    "recall": "recall",
    "diversity": "perceptual distance of pairs",
    "ms_ssim": "MS-SSIM of pairs",
    "continuity": "correlation of neighbouring slices",
    "slicewise": "the same, drawn slice by slice",
    FOUND: "Dice of the organ found again",
    MEAN_MET: "organ's mean within the real range",
    SPREAD_MET: "organ's spread within the real range",
    ALL_MET: "all checks met",
    NEAREST: "distance to the nearest training scan",
}


def evaluate_volumes(
    prepared: PreparedSet,
    pipeline: Pipeline,
    config: VolumeEvaluation,
    extractor: SliceExtractor,
    segmenter: Segmenter | None = None,
    *,
    progress: Progress | None = None,
) -> list[Group]:
    """One group for each structure and modality that has real scans in both splits.

    Raises:
        DatasetError: There is none.
    """
    kinds = sorted(_kinds(prepared, config.split, config) & _kinds(prepared, "train", config))
    if not kinds:
        raise DatasetError(f"'{prepared.folder}' has no scans to compare with in 'train' and '{config.split}'.")
    groups = []
    for at, (structure, modality) in enumerate(kinds):
        if progress:
            progress(at, len(kinds), f"{structure} {modality}")
        asked = _cases(prepared, config.split, structure, modality)[: config.limit]
        known = _cases(prepared, "train", structure, modality)[:_MOST_REAL]
        groups.append(_group((structure, modality), (asked, known), pipeline, config, (extractor, segmenter)))
    return groups


def _group(
    kind: tuple[str, str],
    cases: tuple[Sequence[PreparedCase], Sequence[PreparedCase]],
    pipeline: Pipeline,
    config: VolumeEvaluation,
    networks: tuple[SliceExtractor, Segmenter | None],
) -> Group:
    """All measures of the scans drawn for some masks, beside their own scans and those of training."""
    asked, known = cases
    extractor, segmenter = networks
    drawn = [drawn_scan(case, pipeline, config, config.seed + n) for n, case in enumerate(asked)]
    real = [real_scan(case) for case in asked]
    generated, own, train = ([_unit(scan) for scan in scans] for scans in (drawn, real, map(real_scan, known)))
    sets = _Sets(generated, own, train, extractor)
    nearest, rows = sets.nearest(), []
    for n, case in enumerate(asked):
        distances = [{NEAREST: float(values[n])} for values in nearest]
        pair = case_rows(case, drawn[n], real[n], config.seed + n, segmenter)
        rows += [
            CaseRow(r.method, r.structure, r.case, {**r.values, **near})
            for r, near in zip(pair, distances, strict=True)
        ]
    rng = np.random.default_rng(config.seed)
    measures, order = [*sets.measures(rng), *_over_cases(rows, rng)], list(TITLES)
    measures.sort(key=lambda one: order.index(one.name))
    return Group(*kind, len(asked), tuple(measures), tuple(rows), organ_levels(asked, drawn, real))


def _kinds(prepared: PreparedSet, split: str, config: VolumeEvaluation) -> set[tuple[str, str]]:
    wanted = set(config.structures)
    return {
        (case.structure, case.modality)
        for case in prepared.cases(split)
        if case.modality is not None and (not wanted or case.structure in wanted)
    }


def _cases(prepared: PreparedSet, split: str, structure: str, modality: str) -> list[PreparedCase]:
    return [case for case in prepared.cases(split, structure) if case.modality == modality]


def _unit(scan: ImageVolume) -> Floats:
    return to_unit(scan.values, scan.modality)


def drawn_scan(case: PreparedCase, pipeline: Pipeline, config: VolumeEvaluation, seed: int) -> ImageVolume:
    """The generated scan of a case's real mask."""
    mask = MaskVolume(case.mask().astype(np.uint8), case.grid, case.structure)
    labels = case.labels() if config.with_labels else None
    return pipeline.image(mask, seed, config.settings, modality=case.modality, labels=labels)


@dataclass
class _Sets:
    """Generated, real and training scans of one group in [−1, 1], and what an extractor sees in them."""

    found: Sequence[Floats]
    real: Sequence[Floats]
    train: Sequence[Floats]
    extractor: SliceExtractor

    def measures(self, rng: np.random.Generator) -> list[Measure]:
        """All that need no mask."""
        return [*self._distances(), *self._spread(rng), *self._continuity()]

    def _seen(self, volumes: Sequence[Floats], axis: int) -> Iterator[Seen]:
        return (self.extractor(slices_of(volume, axis)) for volume in volumes)

    def _distances(self) -> list[Measure]:
        table: dict[str, list[tuple[float, float]]] = {name: [] for name in ("fid", "kid", "precision", "recall")}
        for axis in AXES:
            *sides, train = (
                torch.cat([seen.vectors for seen in self._seen(volumes, axis)])
                for volumes in (self.found, self.real, self.train)
            )
            covered = [precision_recall(vectors, train) for vectors in sides]
            for name, values in (
                ("fid", [frechet_distance(vectors, train) for vectors in sides]),
                ("kid", [kernel_distance(vectors, train) for vectors in sides]),
                ("precision", [precision for precision, _ in covered]),
                ("recall", [recall for _, recall in covered]),
            ):
                table[name].append((values[0], values[1]))
        return [
            Measure(name, float(np.mean(planes, axis=0)[0]), float(np.mean(planes, axis=0)[1]), planes=tuple(planes))
            for name, planes in table.items()
        ]

    def _spread(self, rng: np.random.Generator) -> list[Measure]:
        generated, real = (diversity(list(self._seen(volumes, 0)), rng) for volumes in (self.found, self.real))
        alike = likeness(self.found, rng), likeness(self.real, rng)
        return [Measure("diversity", generated, real), Measure("ms_ssim", *alike)]

    def _continuity(self) -> list[Measure]:
        generated, real = (
            _mean([continuity(v, a) for v in volumes for a in AXES]) for volumes in (self.found, self.real)
        )
        piled = _mean([continuity(slicewise(self.found, axis), axis) for axis in AXES])
        return [Measure("continuity", generated, real), Measure("slicewise", piled, real)]

    def nearest(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each generated and each real scan the distance to the nearest training scan."""
        return nearest_distances(self.found, self.train), nearest_distances(self.real, self.train)


def _over_cases(rows: Sequence[CaseRow], rng: np.random.Generator) -> list[Measure]:
    """What is summed up over the masks."""
    measures = []
    for name, statistic in _PER_CASE.items():
        generated, real = (
            bootstrap_interval(
                [r.values[name] for r in rows if r.method == m and name in r.values], rng, statistic=statistic
            )
            for m in (GENERATED, REAL)
        )
        if generated.n:
            measures.append(Measure(name, generated.value, real.value, generated.low, generated.high))
    return measures


def _mean(values: Sequence[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")

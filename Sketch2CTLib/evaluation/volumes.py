"""Generated scans of real masks beside real scans: distance of the sets, diversity, continuity, adherence, copies.

Every measure stands beside the same measure of real validation scans, taken at the same number of volumes: a Fréchet
distance of few volumes is large even between real ones, and only its ratio to that floor says something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from ..data.intensity import to_unit
from ..data.prepared import PreparedCase, PreparedSet
from ..errors import DatasetError
from ..generation.pipeline import Pipeline
from ..generation.scan_look import MEAN
from ..generation.segmenting import Segmenter
from ..generation.settings import Settings
from ..generation.values import ImageVolume, MaskVolume
from ..generation.volume_checks import check_volume, overlap
from .features import Seen, SliceExtractor, slices_of
from .volume_measures import (
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
AXES = (0, 1, 2)
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


@dataclass(frozen=True)
class Measure:
    """One measure of a group.

    Args:
        name: Key, see TITLES.
        found: Of the generated scans.
        real: Of real validation scans, or of what stands in their place; NaN where there is none.
        wanted: What is to be reached, None where nothing is; met: whether it is.
    """

    name: str
    found: float
    real: float
    wanted: str | None = None
    met: bool | None = None


@dataclass(frozen=True)
class Group:
    """A structure in one modality.

    Args:
        structure, modality: Which.
        n: Generated scans, and as many real ones.
        measures: In the order of TITLES.
    """

    structure: str
    modality: str
    n: int
    measures: tuple[Measure, ...]


TITLES: Mapping[str, str] = {
    "fid": "2.5D Fréchet distance to training scans",
    "kid": "kernel distance × 1000",
    "precision": "precision",
    "recall": "recall",
    "diversity": "perceptual distance of pairs",
    "ms_ssim": "MS-SSIM of pairs",
    "continuity": "correlation of neighbouring slices",
    "slicewise": "the same, drawn slice by slice",
    "found_again": "Dice of the organ found again",
    "mean_in_range": "organ's mean within the real range",
    "all_checks": "all checks met",
    "nearest": "distance to the nearest training scan",
}
FLOOR_RATIO, DICE_LOST, SHARE_IN_RANGE = 1.5, 0.02, 0.95


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
        drawn = [_drawn(case, pipeline, config, config.seed + n) for n, case in enumerate(asked)]
        real, train = ([_unit(case) for case in cases] for cases in (asked, known))
        sets = _Sets(drawn, real, train, extractor)
        measures = [*sets.measures(config.seed), *_adherence(asked, drawn, segmenter)]
        order = list(TITLES)
        measures.sort(key=lambda one: order.index(one.name))
        groups.append(Group(structure, modality, len(asked), tuple(measures)))
    return groups


def _kinds(prepared: PreparedSet, split: str, config: VolumeEvaluation) -> set[tuple[str, str]]:
    wanted = set(config.structures)
    return {
        (case.structure, case.modality)
        for case in prepared.cases(split)
        if case.modality is not None and (not wanted or case.structure in wanted)
    }


def _cases(prepared: PreparedSet, split: str, structure: str, modality: str) -> list[PreparedCase]:
    return [case for case in prepared.cases(split, structure) if case.modality == modality]


def _unit(case: PreparedCase) -> Floats:
    image = case.image()
    if image is None:
        raise DatasetError(f"'{case.key}' has no image.")
    return to_unit(image, case.modality or "CT")


def _drawn(case: PreparedCase, pipeline: Pipeline, config: VolumeEvaluation, seed: int) -> ImageVolume:
    mask = MaskVolume(case.mask().astype(np.uint8), case.grid, case.structure)
    labels = case.labels() if config.with_labels else None
    return pipeline.image(mask, seed, config.settings, modality=case.modality, labels=labels)


@dataclass
class _Sets:
    """Generated, real and training scans of one group, and what an extractor sees in them."""

    drawn: Sequence[ImageVolume]
    real: Sequence[Floats]
    train: Sequence[Floats]
    extractor: SliceExtractor

    def __post_init__(self) -> None:
        self.found = [to_unit(one.values, one.modality) for one in self.drawn]

    def measures(self, seed: int) -> list[Measure]:
        """All that need no mask."""
        return [*self._distances(), *self._spread(np.random.default_rng(seed)), *self._continuity(), self._nearest()]

    def _seen(self, volumes: Sequence[Floats], axis: int) -> list[Seen]:
        return [self.extractor(slices_of(volume, axis)) for volume in volumes]

    def _distances(self) -> list[Measure]:
        table: dict[str, list[list[float]]] = {name: [[], []] for name in ("fid", "kid", "precision", "recall")}
        for axis in AXES:
            found, real, train = (
                torch.cat([seen.vectors for seen in self._seen(volumes, axis)])
                for volumes in (self.found, self.real, self.train)
            )
            for side, vectors in enumerate((found, real)):
                table["fid"][side].append(frechet_distance(vectors, train))
                table["kid"][side].append(kernel_distance(vectors, train))
                precision, recall = precision_recall(vectors, train)
                table["precision"][side].append(precision)
                table["recall"][side].append(recall)
        means = {name: (float(np.mean(sides[0])), float(np.mean(sides[1]))) for name, sides in table.items()}
        fid, floor = means["fid"]
        rows = [Measure("fid", fid, floor, f"at most {FLOOR_RATIO} × real", fid <= FLOOR_RATIO * floor)]
        return rows + [Measure(name, *means[name]) for name in ("kid", "precision", "recall")]

    def _spread(self, rng: np.random.Generator) -> list[Measure]:
        seen = diversity(self._seen(self.found, 0), rng), diversity(self._seen(self.real, 0), rng)
        alike = likeness(self.found, rng), likeness(self.real, rng)
        return [Measure("diversity", *seen), Measure("ms_ssim", *alike)]

    def _continuity(self) -> list[Measure]:
        found, real = (_mean([continuity(v, a) for v in volumes for a in AXES]) for volumes in (self.found, self.real))
        piled = _mean([continuity(slicewise(self.found, axis), axis) for axis in AXES])
        return [Measure("continuity", found, real), Measure("slicewise", piled, real)]

    def _nearest(self) -> Measure:
        found, real = (float(np.median(nearest_distances(v, self.train))) for v in (self.found, self.real))
        return Measure("nearest", found, real, "not smaller than of real", found >= real)


def _adherence(
    cases: Sequence[PreparedCase], drawn: Sequence[ImageVolume], segmenter: Segmenter | None
) -> list[Measure]:
    """What is measured against the masks."""
    found: list[float] = []
    ceiling: list[float] = []
    means: list[float] = []
    every: list[float] = []
    for case, scan in zip(cases, drawn, strict=True):
        mask = MaskVolume(case.mask().astype(np.uint8), case.grid, case.structure)
        checks = check_volume(scan, mask, segmenter)
        every.append(float(checks.fine))
        means += [float(check.met) for check in checks.checks if check.name == MEAN and check.met is not None]
        if segmenter is not None and segmenter.knows(case.structure, scan.modality):
            found.append(overlap(segmenter.find(scan, case.structure), mask.body))
            ceiling.append(overlap(segmenter.marked(_unit(case), case.structure, scan.modality), mask.body))
    share = _mean(means)
    rows = [
        Measure("mean_in_range", share, float("nan"), f"at least {SHARE_IN_RANGE:.0%}", share >= SHARE_IN_RANGE),
        Measure("all_checks", _mean(every), float("nan")),
    ]
    if found:
        low = _mean(ceiling) - DICE_LOST
        rows.append(Measure("found_again", _mean(found), _mean(ceiling), f"at least {low:.3f}", _mean(found) >= low))
    return rows


def _mean(values: Sequence[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")

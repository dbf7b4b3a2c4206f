"""Generated scans case by case beside the real ones of their masks: how the organ looks, and whether it is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.intensity import window_of
from ...data.prepared import PreparedCase
from ...errors import DatasetError
from ...generation.values import ImageVolume, MaskVolume
from ...generation.volumes.checks import VolumeChecks, judged, overlap
from ...generation.volumes.scan_look import LOOKS, MEAN, SPREAD, look_of
from ...generation.volumes.segmenting import Segmenter
from ..table import CaseRow
from .detail import detail_of

GENERATED, REAL = "generated", "real"
SEED = "seed"
FOUND, MEAN_MET, SPREAD_MET, ALL_MET, NEAREST = (
    "found_again",
    "mean_in_range",
    "spread_in_range",
    "all_checks",
    "nearest",
)
_BINS = 50


@dataclass(frozen=True, eq=False)
class StageScan:
    """What a stage drew of a case.

    Args:
        scan: On the grid of the case's cube.
        mask: That the scan belongs to, on the same grid: the case's own, or the drawn one.
    """

    scan: ImageVolume
    mask: MaskVolume


@dataclass(frozen=True)
class Levels:
    """Which share of an organ's voxels has which value; each case weighs the same.

    Args:
        edges: B + 1 borders of bins, in HU for CT, robust z × 100 for MR; the ends take what lies beyond.
        found, real: B shares each.
    """

    edges: tuple[float, ...]
    found: tuple[float, ...]
    real: tuple[float, ...]


def case_name(case: PreparedCase) -> str:
    """dataset/case, as other tables name it."""
    return f"{case.dataset}/{case.case}"


def real_scan(case: PreparedCase) -> ImageVolume:
    """The scan of a case.

    Raises:
        DatasetError: It has none.
    """
    image = case.image()
    if image is None or case.modality is None:
        raise DatasetError(f"'{case.key}' has no image.")
    return ImageVolume(image, case.grid, case.modality)  # type: ignore[arg-type]


def case_mask(case: PreparedCase) -> MaskVolume:
    """The mask of a case."""
    return MaskVolume(case.mask().astype(np.uint8), case.grid, case.structure)


def case_row(method: str, case: PreparedCase, one: StageScan, segmenter: Segmenter | None) -> CaseRow:
    """The row of one scan of a case.

    Args:
        method: 'generated' or 'real'.
        case: Which.
        one: Its scan.
        segmenter: Trained on real scans.

    Returns:
        A row with the names of `scan_look.LOOKS` and `detail.detail_of` and, where they can be told, `found_again`
        (Dice), and 1 or 0 for `mean_in_range`, `spread_in_range` and `all_checks`.

    Raises:
        MaskError: The scan's mask is empty.
    """
    return CaseRow(method, case.structure, case_name(case), _measures(one, segmenter))


def _measures(one: StageScan, segmenter: Segmenter | None) -> dict[str, float]:
    scan, mask = one.scan, one.mask.require_body()
    values = look_of(scan.values, mask.body, mask.grid, scan.modality)
    checks = judged(values, mask.structure, scan.modality)
    if segmenter is not None and segmenter.knows(mask.structure, scan.modality):
        values[FOUND] = overlap(segmenter.find(scan, mask.structure), mask.body)
        checks = judged(values | {"found_again_dice": values[FOUND]}, mask.structure, scan.modality)
    looks = {name: value for name, value in values.items() if name in (*LOOKS, FOUND)}
    return looks | detail_of(scan.values, mask.body) | _met(checks)


def _met(checks: VolumeChecks) -> dict[str, float]:
    single = {check.name: float(check.met) for check in checks.checks if check.met is not None}
    named = {MEAN_MET: MEAN, SPREAD_MET: SPREAD}
    return {new: single[old] for new, old in named.items() if old in single} | {ALL_MET: float(checks.fine)}


def organ_levels(drawn: Sequence[StageScan], real: Sequence[StageScan]) -> Levels:
    """How the organ's values are spread in generated and in real scans."""
    low, high = window_of(real[0].scan.modality)
    edges = np.linspace(low, high, _BINS + 1)
    sides = [
        np.mean([_shares(one.scan.values[one.mask.body], edges) for one in scans], axis=0) for scans in (drawn, real)
    ]
    return Levels(*(tuple(float(f"{value:.6g}") for value in values) for values in (edges, *sides)))


def _shares(values: NDArray[np.int16], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    return np.asarray(counts / max(counts.sum(), 1), dtype=np.float64)

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


def case_rows(
    case: PreparedCase, drawn: ImageVolume, real: ImageVolume, seed: int, segmenter: Segmenter | None
) -> list[CaseRow]:
    """Two rows of one mask: of its generated scan, and of its real one.

    Args:
        case: Whose mask.
        drawn, real: Both scans.
        seed: Of the generated one; kept in its row, so that it can be drawn again.
        segmenter: Trained on real scans.

    Returns:
        Rows of the methods 'generated' and 'real', with the names of `scan_look.LOOKS` and, where they can be told,
        `found_again` (Dice), and 1 or 0 for `mean_in_range`, `spread_in_range` and `all_checks`.
    """
    mask = MaskVolume(case.mask().astype(np.uint8), case.grid, case.structure)
    rows = []
    for method, scan in ((GENERATED, drawn), (REAL, real)):
        values = look_of(scan.values, mask.require_body().body, mask.grid, scan.modality)
        checks = judged(values, case.structure, scan.modality)
        if segmenter is not None and segmenter.knows(case.structure, scan.modality):
            values[FOUND] = overlap(segmenter.find(scan, case.structure), mask.body)
            checks = judged(values | {"found_again_dice": values[FOUND]}, case.structure, scan.modality)
        measures = {name: value for name, value in values.items() if name in (*LOOKS, FOUND)} | _met(checks)
        rows.append(
            CaseRow(method, case.structure, case_name(case), measures | ({SEED: seed} if scan is drawn else {}))
        )
    return rows


def _met(checks: VolumeChecks) -> dict[str, float]:
    single = {check.name: float(check.met) for check in checks.checks if check.met is not None}
    named = {MEAN_MET: MEAN, SPREAD_MET: SPREAD}
    return {new: single[old] for new, old in named.items() if old in single} | {ALL_MET: float(checks.fine)}


def organ_levels(cases: Sequence[PreparedCase], drawn: Sequence[ImageVolume], real: Sequence[ImageVolume]) -> Levels:
    """How the organ's values are spread in generated and in real scans of the same masks."""
    low, high = window_of(real[0].modality)
    edges = np.linspace(low, high, _BINS + 1)
    bodies = [case.mask() for case in cases]
    sides = [
        np.mean([_shares(scan.values[body], edges) for scan, body in zip(scans, bodies, strict=True)], axis=0)
        for scans in (drawn, real)
    ]
    return Levels(*(tuple(float(f"{value:.6g}") for value in values) for values in (edges, *sides)))


def _shares(values: NDArray[np.int16], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    return np.asarray(counts / max(counts.sum(), 1), dtype=np.float64)

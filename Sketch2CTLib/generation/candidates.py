"""Candidates: their seeds, the score that ranks them, where they agree, and where a further drawing would say most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..frames import told_place
from ..sketch import Sketch
from ..sketch.model import of_role
from .placement import middle_along_mm
from .report.report import Report
from .report.rows import NumberRow
from .settings import seed_family
from .values import AgreementMap, MaskVolume

# The overlap with the drawing is the measure that the others are put beside.
CONTOUR_WEIGHT = 2.0  # an outline that is d off all around a disc of diameter D costs 4 d/D of IoU: half as much again
NUMBER_WEIGHT = 0.05  # a number at the end of its tolerance (10 % of a volume, 5 % of a length) costs 0.05 of IoU
NUMBER_LIMIT = 4.0  # tolerances; beyond it a number is lost, and shall not outweigh the drawing
PIECE_WEIGHT = 0.05  # a piece too many is as bad as a number at the end of its tolerance
PIECE_LIMIT = 4  # specks beyond it say the same
EMPTY_SCORE = -10.0  # below every mask

_SEED_OFFSET = 2**61
_EXTENTS = ("extent_rl_mm", "extent_ap_mm", "extent_si_mm")


def candidate_seeds(seed: int, count: int) -> tuple[int, ...]:
    """Seeds of candidates; the first is the seed itself, and the draws of two candidates never share one."""
    return (seed, *seed_family(seed + _SEED_OFFSET, count)[1:])


def candidate_score(report: Report) -> float:
    """How well a candidate meets its request, higher is better; 1 where drawing and numbers are met exactly.

    Mean IoU with the drawings (1 without any), less 2 × their mean contour distance over the largest extent, less
    0.05 × the mean error of the numbers in tolerances (at most 4), less 0.05 for each piece that was not asked for (at
    most 4; without a stated number of pieces one is expected). An empty mask scores −10.
    """
    if report.is_empty:
        return EMPTY_SCORE
    matches = report.matches
    size_mm = max((report.measured.get(name, 0.0) for name in _EXTENTS), default=0.0)
    score = float(np.mean([match.iou for match in matches])) if matches else 1.0
    distances = [match.contour_distance_mm for match in matches if match.contour_distance_mm is not None]
    if distances and size_mm > 0:
        score -= CONTOUR_WEIGHT * float(np.mean(distances)) / size_mm
    if report.numbers:
        score -= NUMBER_WEIGHT * float(np.mean([_error_in_tolerances(row) for row in report.numbers]))
    return score - PIECE_WEIGHT * min(_unasked_pieces(report), PIECE_LIMIT)


def agreement_of(masks: Sequence[MaskVolume]) -> AgreementMap | None:
    """Where masks on one grid agree; None for fewer than two."""
    if len(masks) < 2:
        return None
    union = np.logical_or.reduce([mask.body for mask in masks])
    bodies = np.stack([mask.body[union] for mask in masks]).astype(np.float32)  # the organ is a small part of its cube
    common = bodies @ bodies.T
    sizes = np.diag(common)
    both = sizes[:, None] + sizes[None]
    dice = np.where(both > 0, 2 * common / np.maximum(both, 1), 1.0)
    others = (dice.sum(axis=1) - np.diag(dice)) / (len(masks) - 1)
    share = np.zeros(masks[0].grid.shape_kji, dtype=np.float32)
    share[union] = bodies.mean(axis=0)
    return AgreementMap(share, masks[0].grid, tuple(float(d) for d in others))


def next_contour(agreement: AgreementMap | None, drawings: Sequence[Sketch]) -> dict[str, Any] | None:
    """Where a further contour would say most, ready for JSON: where the candidates disagree most.

    Args:
        agreement: Of the candidates, None for one of them.
        drawings: Those that they were drawn for; the command line counts from the first silhouette's middle.

    Returns:
        `view`, `position_mm` as RAS coordinate along it, `open_cm2`, the `sentence` that says so, and the `option` of
        `generate` that takes such a drawing; None where the candidates agree, or there is one alone.
    """
    found = None if agreement is None else agreement.most_open_plane()
    if found is None:
        return None
    view, position_mm, open_cm2 = found
    first = next(iter(of_role(drawings, "silhouette") or drawings), None)
    middle_mm = 0.0 if first is None else middle_along_mm(first, view)
    article = "An" if view == "axial" else "A"
    sentence = (
        f"{article} {view} contour at {told_place(view, position_mm)} would help most: there, two candidates differ by "
        f"{open_cm2:.1f} cm²."
    )
    option = f"--contour {view}@{position_mm - middle_mm:.1f}:FILE"
    return {"view": view, "position_mm": position_mm, "open_cm2": open_cm2, "sentence": sentence, "option": option}


def _error_in_tolerances(row: NumberRow) -> float:
    if row.error is None:
        return NUMBER_LIMIT
    if row.tolerance <= 0:  # a count: met or not
        return 0.0 if row.error == 0 else NUMBER_LIMIT
    return min(abs(row.error) / row.tolerance, NUMBER_LIMIT)


def _unasked_pieces(report: Report) -> int:
    asked = next((round(row.asked) for row in report.numbers if row.name == "components"), 1)
    return max((report.components or asked) - asked, 0)

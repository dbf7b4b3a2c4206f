"""Candidates: seeds that do not hang on their number, a score that ranks as people would, and where they agree."""

from __future__ import annotations

import numpy as np
import pytest

from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.candidates import EMPTY_SCORE, agreement_of, candidate_score, candidate_seeds
from Sketch2CTLib.generation.report.agreement import DrawingMatch
from Sketch2CTLib.generation.report.build import build_report
from Sketch2CTLib.generation.report.report import Report
from Sketch2CTLib.generation.report.rows import NumberRow
from Sketch2CTLib.generation.values import MaskVolume

GRID = VoxelGrid.ras_cube((0, 0, 0), 160.0, 16)


def block(start: int, stop: int) -> MaskVolume:
    labels = np.zeros(GRID.shape_kji, dtype=np.uint8)
    labels[2:6, 2:6, start:stop] = 1
    return MaskVolume(labels, GRID, "liver")


def report(iou: tuple[float, ...] = (0.95,), off_mm: float = 2.0, volume_ml: float = 1000.0, pieces: int = 1) -> Report:
    rows = (NumberRow("volume_ml", 1000.0, volume_ml, 100.0),)
    measured = {"volume_ml": volume_ml, "components": float(pieces), "extent_rl_mm": 200.0, "extent_si_mm": 150.0}
    views = ("axial", "coronal")
    matches = tuple(DrawingMatch(views[n], value, off_mm, off_mm, 2.5) for n, value in enumerate(iou))
    return Report("liver", rows, measured, matches, None)


def test_a_candidate_keeps_its_seed_whatever_their_number() -> None:
    assert candidate_seeds(7, 9)[:4] == candidate_seeds(7, 4)
    assert candidate_seeds(7, 1) == (7,)
    assert len(set(candidate_seeds(7, 64) + candidate_seeds(8, 64))) == 128


def test_the_score_is_one_where_everything_is_met_and_falls_with_each_fault() -> None:
    assert candidate_score(report(iou=(1.0,), off_mm=0.0)) == pytest.approx(1.0)
    good = candidate_score(report())
    assert good == pytest.approx(0.95 - 2 * 2.0 / 200.0)
    assert candidate_score(report(iou=(0.95, 0.75))) == pytest.approx(good - 0.1)
    assert candidate_score(report(off_mm=6.0)) == pytest.approx(good - 0.04)
    assert candidate_score(report(volume_ml=1100.0)) == pytest.approx(good - 0.05)
    assert candidate_score(report(volume_ml=9000.0)) == pytest.approx(good - 0.20)
    assert candidate_score(report(pieces=3)) == pytest.approx(good - 0.10)
    assert candidate_score(report(pieces=500)) == pytest.approx(good - 0.20)


def test_pieces_that_were_asked_for_cost_nothing_and_a_missing_number_costs_all() -> None:
    three = report(pieces=3)
    asked = Report("liver", (NumberRow("components", 3.0, 3.0, 0.0),), three.measured, three.matches, None)
    missing = Report("liver", (NumberRow("tortuosity", 1.1, None, 0.05),), three.measured, (), None)
    assert candidate_score(asked) == pytest.approx(0.93)
    assert candidate_score(missing) == pytest.approx(1.0 - 0.20 - 0.10)


def test_an_empty_mask_comes_last() -> None:
    empty = build_report(MaskVolume(np.zeros(GRID.shape_kji), GRID, "liver"), {"volume_ml": 1000.0})
    assert candidate_score(empty) == EMPTY_SCORE < candidate_score(report(iou=(0.0,), off_mm=99.0, pieces=99))


def test_agreement_is_the_share_of_candidates_and_their_dice() -> None:
    found = agreement_of([block(2, 6), block(2, 6), block(4, 8)])
    assert found is not None
    assert found.share[3, 3, 2:9] == pytest.approx(np.array([2, 2, 3, 3, 1, 1, 0]) / 3)
    assert found.share[8:].max() == 0.0
    assert found.dice == pytest.approx((0.75, 0.75, 0.5))
    told = found.to_dict()
    assert told["common_ml"] == pytest.approx(32.0) and told["union_ml"] == pytest.approx(96.0)
    assert told["pairwise_dice"] == pytest.approx(2 / 3)
    assert told["disagreement_ml"] == pytest.approx((0 + 64 + 64) / 3)  # of the three pairs
    assert told["entropy_bits"] == pytest.approx(0.9183 * 2 / 3, abs=1e-3)


def test_one_candidate_has_no_map_and_equal_ones_agree() -> None:
    assert agreement_of([block(2, 6)]) is None
    same = agreement_of([block(2, 6)] * 2)
    assert same is not None and same.to_dict()["disagreement_ml"] == 0.0 and same.dice == (1.0, 1.0)
    nothing = agreement_of([block(2, 2)] * 2)
    assert nothing is not None and nothing.to_dict()["union_ml"] == 0.0

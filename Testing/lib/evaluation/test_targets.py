"""Targets: reached or missed by how much, on the cases that both sides of a difference have."""

from __future__ import annotations

import math

import numpy as np
import pytest

from Sketch2CTLib.evaluation.table import CaseRow
from Sketch2CTLib.evaluation.targets import EVERYTHING, TARGETS, verdicts, verdicts_to_text


def rows(method, structure, measure, values):
    return [CaseRow(method, structure, f"c{at}", {measure: value}) for at, value in enumerate(values)]


def found(some):
    return {(v.target.title, v.structure): v for v in verdicts(some, np.random.default_rng(1))}


def test_reached_and_missed():
    some = rows("sketch2ct", "liver", "dice", [0.94, 0.93]) + rows("sketch2ct", "spleen", "dice", [0.90, 0.90])
    judged = found(some)
    assert judged["Liver Dice", "liver"].reached
    assert judged["Spleen Dice", "spleen"].missed_by == pytest.approx(0.02)
    assert ("Aorta (abdominal) Dice", "aorta") not in judged
    assert judged["Spleen Dice", "spleen"].sentence == "missed by 0.020"


def test_differences_are_taken_case_by_case():
    own = rows("sketch2ct", "liver", "dice", [0.9, 0.8, 0.7])
    shuffled = rows("sketch_shuffled", "liver", "dice", [0.6, 0.6])
    verdict = found(own + shuffled)["Sketch shuffled: Dice lost", "liver"]
    assert verdict.interval.value == pytest.approx(0.25)
    assert verdict.interval.n == 2
    assert verdict.reached


def test_a_range_has_two_ends():
    for slopes, missed in (([1.0, 1.05], 0.0), ([1.3, 1.3], 0.2), ([0.5, 0.5], 0.4)):
        verdict = found(rows("volume_sweep", "liver", "slope_matched", slopes))["Volume sweep: slope", "liver"]
        assert verdict.missed_by == pytest.approx(missed)


def test_several_structures_are_summed_up_and_the_missing_ones_named():
    some = rows("sketch2ct", "liver", "sketch_iou", [0.99, 0.99]) + rows("sketch2ct", "aorta", "sketch_iou", [0.9])
    judged = found(some)
    assert judged["IoU with the sketch", EVERYTHING].interval.value == pytest.approx(0.96)
    text = verdicts_to_text([v for v in judged.values() if v.target.measure == "sketch_iou"])
    lines = [line.split() for line in text.splitlines()[1:]]
    assert [line[-1] for line in lines] == ["0.010", "0.070"]
    assert lines[1][2] == "aorta"


def test_nothing_measured_is_not_reached():
    verdict = found(rows("sketch2ct", "liver", "hd95_mm", [math.nan]))["Liver HD95", "liver"]
    assert not verdict.reached
    assert verdict.sentence == "not measured"
    assert verdict.to_dict()["missed_by"] is None


def test_the_ranking_and_the_bound_are_two_targets():
    gains = {t.method: t for t in TARGETS if t.minus == "sketch2ct"}
    assert set(gains) == {"best_of_4", "oracle_of_4"}
    assert all(t.low == 0.01 for t in gains.values())

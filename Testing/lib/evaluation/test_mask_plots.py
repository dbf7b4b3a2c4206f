"""Plots of an evaluation: the cases that are shown, the baselines' best, and a picture that shows left and right."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from fake_pipeline import FakePipeline

from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.evaluation.masks.evaluation import MaskEvaluation
from Sketch2CTLib.evaluation.masks.pictures import draw_pictures, extreme_cases
from Sketch2CTLib.evaluation.masks.plots import best_baseline, draw_charts
from Sketch2CTLib.evaluation.masks.sweeps import DEVIATIONS, at
from Sketch2CTLib.evaluation.table import CaseRow
from Sketch2CTLib.generation.settings import Settings


def rows(dices, method="sketch2ct"):
    asked = {"asked_ml": 1000.0, "measured_ml": 990.0, "level_0_error": 0.05}
    return [CaseRow(method, "liver", case, {"dice": dice, **asked}) for case, dice in dices.items()]


def test_best_median_and_worst():
    chosen = extreme_cases(rows({"a": 0.5, "b": 0.9, "c": 0.8, "d": 0.1, "e": 0.7}), "liver")
    assert {name: row.case for name, row in chosen.items()} == {"best": "b", "median": "e", "worst": "d"}
    assert list(extreme_cases(rows({"a": 0.5}), "liver")) == ["best"]
    assert list(extreme_cases(rows({"a": 0.5, "b": 0.6}), "liver")) == ["best", "worst"]
    assert extreme_cases(rows({"a": 0.5}), "spleen") == {}


def test_the_best_baseline_is_the_best_mean():
    some = rows({"a": 0.5, "b": 0.9}, "mean shape") + rows({"a": 0.6, "b": 0.6}, "inflated silhouette")
    assert best_baseline(some, "liver") == pytest.approx(0.7)
    assert best_baseline(rows({"a": 0.5}), "liver") is None


def test_charts_of_what_was_measured(tmp_path):
    sweep = {at(kind, d): 1000.0 + d for kind in ("asked", "matched", "level_0", "unmatched") for d in DEVIATIONS}
    some = [*rows({"a": 0.5, "b": 0.9}), CaseRow("volume_sweep", "liver", "a", sweep)]
    assert [path.name for path in draw_charts(tmp_path, some)] == ["volumes.png", "sweep.png", "dice.png"]
    assert all(cv2.imread(str(path)) is not None for path in tmp_path.iterdir())
    assert draw_charts(tmp_path / "none", []) == []


def test_a_mirrored_organ_is_seen(prepared_dir, tmp_path):
    prepared = PreparedSet(prepared_dir)
    case = prepared.cases("train", "liver")[0]
    truth = case.mask()
    pictures = []
    for name, body in (("true", truth), ("mirrored", truth[:, :, ::-1])):
        config = MaskEvaluation("train", ("liver",), Settings(steps=1))
        pipeline = FakePipeline(lambda *_, body=body: body)
        [path] = draw_pictures(tmp_path / name, rows({"toy/c0": 0.5}), prepared, pipeline, config)
        pictures.append(cv2.imread(str(path)).astype(int))
    differing = np.abs(pictures[0] - pictures[1]).sum(axis=2) > 30
    width = differing.shape[1] // 7
    columns = [differing[:, at * width : (at + 1) * width].mean() for at in range(7)]
    assert columns[2] > 0.02, "axial, generated"
    assert columns[4] > 0.02, "coronal, generated"

"""Surfaces of real masks: rows, ranges without thick slices, and what is usual beside them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.description.surface_ranges import SHAPE_NAMES, surface_ranges
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.evaluation.masks import surfaces
from Sketch2CTLib.evaluation.masks.evaluation import MaskEvaluation
from Sketch2CTLib.evaluation.masks.report import MaskReport
from Sketch2CTLib.evaluation.masks.surfaces import (
    REAL,
    shape_measures,
    shape_values,
    surface_range_statistics,
    surface_rows,
    usual_name,
)
from Sketch2CTLib.evaluation.table import CaseRow
from Sketch2CTLib.frames import VoxelGrid

GRID = VoxelGrid.ras_cube((0, 0, 0), 120.0, 48)
BALL = np.sqrt((((np.indices(GRID.shape_kji) - 23.5) * 2.5) ** 2).sum(axis=0)) < 40


def test_rows_of_real_masks_are_of_the_split_alone(prepared_dir):
    prepared = PreparedSet(prepared_dir)
    rows = surface_rows([prepared], "train", ["liver"])
    assert [row.case for row in rows] == [case.key for case in prepared.cases("train", "liver")]
    case = prepared.cases("train", "liver")[0]
    assert rows[0].method == REAL and rows[0].values == shape_values(case.mask(), case.grid, "liver")


def test_thick_slices_are_left_out(prepared_dir, monkeypatch):
    prepared = PreparedSet(prepared_dir)
    thickest = surfaces.thickest_mm(prepared.cases("train", "liver")[0])
    monkeypatch.setattr(surfaces, "THICKEST_MM", thickest - 0.01)
    with pytest.raises(DatasetError, match="no 'train' masks"):
        surface_rows([prepared], "train", ["liver"])


def test_ranges_are_summaries_and_hold_no_case():
    rows = [CaseRow(REAL, "liver", f"some/{at}", {"roughness_mm": 0.3 + at / 100}) for at in range(21)]
    record = surface_range_statistics(rows)
    told = record["structures"]["liver"]["roughness_mm"]
    assert (told["cases"], told["low"], told["high"]) == (21, 0.3, 0.5)
    assert (told["p05"], told["median"], told["p95"]) == pytest.approx((0.31, 0.4, 0.49))
    assert record["datasets"] == {"liver": {"some": 21}}
    assert "some/3" not in json.dumps(record)


def test_a_ball_is_too_smooth_for_a_liver_and_has_no_spikes():
    found = shape_measures(BALL, GRID, "liver")
    assert found["roughness_mm"] < surface_ranges("liver")["roughness_mm"].p05
    assert found[usual_name("roughness_mm")] == 0.0
    assert found[usual_name("opened_share")] == found[usual_name("pieces")] == 1.0
    assert usual_name("roundness_median") not in found


def test_an_empty_mask_is_like_no_vessel():
    found = shape_measures(np.zeros_like(BALL), GRID, "aorta")
    assert all(np.isnan(found[name]) for name in SHAPE_NAMES)
    assert all(found[usual_name(name)] == 0.0 for name in SHAPE_NAMES)


def test_the_report_has_results_beside_real_masks_in_a_table_of_their_own(tmp_path):
    rows = []
    for at in range(4):
        values = {"roughness_mm": 0.5 + at / 100, usual_name("roughness_mm"): float(at > 0)}
        real = {"roughness_mm": 0.3 + at / 100, usual_name("roughness_mm"): 1.0}
        rows += [
            CaseRow("sketch2ct", "liver", str(at), {"dice": 0.9} | values),
            CaseRow(REAL, "liver", str(at), real),
        ]
    report = MaskReport.of(rows, "first", "default", MaskEvaluation())
    assert [row.method for row in report.masks.rows] == ["sketch2ct"]
    assert report.surface.value("sketch2ct", "liver", "roughness_mm") == pytest.approx(0.515)
    assert report.surface.value("sketch2ct", "liver", usual_name("roughness_mm")) == 0.75
    assert report.surface.value(REAL, "liver", usual_name("roughness_mm")) == 1.0
    missed = next(one for one in report.targets if one.target.title == "Like real: roughness mm")
    assert missed.interval.value == 0.75 and not missed.reached
    text = report.to_text()
    assert "Like real masks" in text and "75 %" in text and "Tube" not in text
    report.write(tmp_path / "r.json", tmp_path / "r.csv", {})
    assert len(json.loads((tmp_path / "r.json").read_text())["surface"]) == 2
    assert "roughness_mm" in (tmp_path / "r.csv").read_text()

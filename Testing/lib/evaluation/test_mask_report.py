"""What an evaluation comes to: three tables, what their rows mean, and the targets, in text, JSON and CSV."""

from __future__ import annotations

import json

import pytest

from Sketch2CTLib.evaluation.masks.evaluation import MaskEvaluation
from Sketch2CTLib.evaluation.masks.report import MaskReport
from Sketch2CTLib.evaluation.masks.sweeps import KINDS
from Sketch2CTLib.evaluation.table import CaseRow


@pytest.fixture
def report() -> MaskReport:
    rows = []
    for at, case in enumerate(("a", "b", "c")):
        edit = {f"{name}@{s:g}": 0.9 + s / 10 for name in ("kept_dice", "followed_iou") for s in (0.2, 0.4, 0.6, 0.8)}
        sweep = {f"slope_{kind}": 0.8 + at / 10 for kind in KINDS} | {"error_abs": 0.01}
        rows += [
            CaseRow("sketch2ct", "liver", case, {"dice": 0.9 + at / 100, "level_0_error_abs": 0.05}),
            CaseRow("mean shape", "liver", case, {"dice": 0.7}),
            CaseRow("volume_sweep", "liver", case, sweep),
            CaseRow("edit", "liver", case, edit | {"unchanged_iou": 0.7}),
        ]
    return MaskReport.of(rows, "first try", "default", MaskEvaluation())


def test_each_kind_of_row_has_its_table(report):
    assert [row.method for row in report.masks.rows] == ["sketch2ct", "mean shape"]
    assert report.sweep.value("volume_sweep", "liver", "slope_matched") == pytest.approx(0.9)
    assert report.edit.value("strength 0.4", "liver", "kept_dice") == pytest.approx(0.94)
    judged = {v.target.title: v.reached for v in report.targets}
    assert judged["Volume sweep: slope"]
    assert not judged["Edit, strength 0.4: Dice kept"]
    assert judged["Edit, strength 0.6: Dice kept"]


def test_the_text_says_what_was_measured_and_what_was_missed(report):
    text = report.to_text()
    assert "first try: default preset, val split, 25 steps" in text
    assert "the answer, as shipped" in text
    assert "0.910 [0.900, 0.920]" in text
    missed = next(line for line in text.splitlines() if line.startswith("Liver Dice"))
    assert missed.endswith("missed by 0.020")
    assert "best of 4 candidates" not in text, "only what was measured is explained"


def test_json_and_csv_hold_everything(report, tmp_path):
    report.write(tmp_path / "r.json", tmp_path / "r.csv", {"seed": 1})
    record = json.loads((tmp_path / "r.json").read_text(), parse_constant=lambda c: pytest.fail(c))
    assert (record["name"], record["seed"], len(record["cases"])) == ("first try", 1, 12)
    assert len(record["edit"]) == 4
    lines = (tmp_path / "r.csv").read_text().splitlines()
    assert sum(line.startswith("structure,") for line in lines) == 1
    assert any("slope_matched" in line for line in lines)


def test_nothing_measured_is_nothing_written(tmp_path):
    empty = MaskReport.of([], "none", "default", MaskEvaluation())
    empty.write(tmp_path / "r.json", tmp_path / "r.csv", {})
    assert json.loads((tmp_path / "r.json").read_text())["rows"] == []
    assert empty.to_text() == ""

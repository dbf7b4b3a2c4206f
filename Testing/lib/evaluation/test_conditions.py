"""`evaluate conditions` on synthetic cases: the tables say what happened, and a bad sketch would be seen."""

from __future__ import annotations

import json

import numpy as np
import pytest

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.evaluation.conditions import evaluation as conditions
from Sketch2CTLib.evaluation.conditions.evaluation import ConditionsEvaluation, evaluate_conditions
from Sketch2CTLib.evaluation.conditions.tables import tables_to_text
from Sketch2CTLib.sketch import LEVELS, Sketch, Stroke


@pytest.fixture(scope="module")
def tables(prepared_dir):
    return evaluate_conditions(PreparedSet(prepared_dir), ConditionsEvaluation(redraws=2))


def test_every_structure_and_level_is_measured_in_three_views(tables, prepared_dir):
    prepared = PreparedSet(prepared_dir)
    found = {(row["structure"], row["level"]): row["n"] for row in tables["extraction"]}
    for name in {case.structure for case in prepared}:
        for level in LEVELS:
            assert found[name, level] == 3 * len(prepared.cases(None, name))


def test_what_is_measured_is_good_on_smooth_bodies(tables):
    for row in tables["extraction"]:
        assert (row["below"], row["broken"], row["deterministic"]) == (0, 0, True)
        assert row["iou_min"] >= conditions.FAITHFUL_IOU
    for row in tables["numbers"]:
        assert row["contradictions"] == 0
        assert row["read_back"] == row["written"] > 0
        assert row["words_read_back"] == row["words"] > 0
    assert all(0.8 < row["iou_min"] <= row["iou_median"] <= 1 for row in tables["redrawn"])


def test_a_broken_sketch_is_counted(prepared_dir, monkeypatch):
    def half(mask, grid, view, *, level="creases", structure=None):
        sketch = real(mask, grid, view, level=level, structure=structure)
        outline = sketch.of_kind(("outline",))[0]
        return Sketch((Stroke(outline.points_mm[: len(outline.points_mm) // 2]),), sketch.plane, structure)

    real = conditions.extract_sketch
    monkeypatch.setattr(conditions, "extract_sketch", half)
    found = evaluate_conditions(PreparedSet(prepared_dir), ConditionsEvaluation(split="val", redraws=1))
    assert all(row["broken"] == row["n"] == row["below"] for row in found["extraction"])


def test_an_empty_choice_is_refused(prepared_dir):
    with pytest.raises(DatasetError, match="aorta"):
        evaluate_conditions(PreparedSet(prepared_dir), ConditionsEvaluation(structures=("aorta",)))


def test_the_verb_writes_tables_pictures_and_training_ranges(prepared_dir, tmp_path, capsys):
    out, ranges_file = tmp_path / "tables.json", tmp_path / "ranges.json"
    arguments = ["evaluate", "conditions", "--data", str(prepared_dir), "--structures", "liver", "--split", "val"]
    arguments += ["--training-ranges", str(ranges_file), "--plots", str(tmp_path / "plots")]
    assert main([*arguments, "--json", str(out)]) == 0
    tables = json.loads(out.read_text())["tables"]
    assert {"extraction", "redrawn", "hand_drawn", "numbers", "bodies", "phrasings"} == set(tables)
    assert sum(row["n"] for row in tables["phrasings"]) >= 60
    assert (tmp_path / "plots" / "liver.png").stat().st_size > 10_000
    ranges = json.loads(ranges_file.read_text())
    train = [case.metrics["volume_ml"] for case in PreparedSet(prepared_dir).cases("train", "liver")]
    assert ranges["structures"]["liver"]["volume_ml"]["median"] == pytest.approx(np.median(train), rel=1e-4)
    assert "liver" in capsys.readouterr().out


def test_an_unknown_split_is_one_line(prepared_dir, capsys):
    assert main(["evaluate", "conditions", "--data", str(prepared_dir), "--split", "test"]) == 2
    assert "train, val or all" in capsys.readouterr().err


def test_tables_print_whole():
    text = tables_to_text({"numbers": [{"structure": "liver", "ok": False, "seconds": 0.12345}]})
    assert "liver" in text and "NO" in text and "0.1235" in text

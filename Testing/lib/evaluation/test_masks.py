"""`evaluate masks` on a tiny model and synthetic cases: every method on the same cases, resumed, in strict JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from tiny import tiny_preset

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import ConfigError, DatasetError
from Sketch2CTLib.evaluation.bench import bench_preset
from Sketch2CTLib.evaluation.masks.evaluation import BASELINE_NAMES, MaskEvaluation, evaluate_masks
from Sketch2CTLib.evaluation.row_log import RowLog
from Sketch2CTLib.evaluation.table import CaseRow
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.weights import ModelFolder

FAST = Settings(steps=1)


@pytest.fixture(scope="module")
def pipeline(run_dir: Path) -> Pipeline:
    tiny_preset()
    return Pipeline(ModelFolder(run_dir / "models"), device="cpu")


def test_every_method_is_measured_on_every_case(prepared_dir: Path, pipeline: Pipeline) -> None:
    methods = ("sampled", "baselines", "sketch2ct")
    rows = evaluate_masks(PreparedSet(prepared_dir), pipeline, MaskEvaluation("train", ("liver",), FAST, 1, methods))
    found = list(dict.fromkeys(row.method for row in rows))
    assert found == ["sketch2ct", "sampled", *BASELINE_NAMES], "in the order of the table, however they were asked"
    for method in found:
        assert [r.case for r in rows if r.method == method] == ["toy/c0", "toy/c1", "toy/c2"]
    for row in rows:
        assert 0 <= row.values["dice"] <= 1
        assert 0 <= row.values["sketch_iou"] <= 1
        assert math.isnan(row.values["hd95_mm"]) or row.values["hd95_mm"] >= 0
    nearest = [r.values["dice"] for r in rows if "nearest" in r.method]
    assert min(nearest) > 0.9, "the nearest silhouette among the cases themselves is the case itself"


def test_two_processes_give_the_numbers_of_one(prepared_dir: Path, pipeline: Pipeline) -> None:
    config = MaskEvaluation("train", ("liver",), FAST, 1, ("no_words",), limit=2)
    one, two = (evaluate_masks(PreparedSet(prepared_dir), pipeline, config, workers=n) for n in (1, 2))
    assert [(row.case, dict(row.values)) for row in one] == [(row.case, dict(row.values)) for row in two]


def test_what_a_log_holds_is_not_measured_again(prepared_dir: Path, pipeline: Pipeline, tmp_path: Path) -> None:
    config = MaskEvaluation("train", ("liver",), FAST, 1, ("sampled", "no_sketch"), limit=1)
    log = RowLog(tmp_path / "rows", {"a": 1})
    log.add([CaseRow("sampled", "liver", "toy/c0", {"dice": 0.123, "hd95_mm": math.nan})])
    told: list[tuple[int, int]] = []
    again = RowLog(tmp_path / "rows", {"a": 1})
    rows = evaluate_masks(
        PreparedSet(prepared_dir), pipeline, config, log=again, progress=lambda at, of, _: told.append((at, of))
    )
    assert [(row.method, row.values["dice"] == 0.123) for row in rows] == [("sampled", True), ("no_sketch", False)]
    assert told == [(0, 1), (1, 1)]
    assert len(RowLog(tmp_path / "rows", {"a": 1}).rows) == 2


def test_a_wrong_choice_is_named(prepared_dir: Path, pipeline: Pipeline) -> None:
    with pytest.raises(DatasetError, match="no 'test' cases"):
        evaluate_masks(PreparedSet(prepared_dir), pipeline, MaskEvaluation("test"))
    with pytest.raises(ConfigError, match="Unknown method 'magic'"):
        MaskEvaluation(methods=("magic",))
    with pytest.raises(ConfigError, match="at least 1, got 0"):
        MaskEvaluation(limit=0)


def arguments(prepared_dir: Path, run_dir: Path, *more: str) -> list[str]:
    tiny_preset()
    fixed = ["--data", str(prepared_dir), "--models", str(run_dir / "models"), "--steps", "1", "--device", "cpu"]
    return ["evaluate", "masks", *fixed, "--structures", "liver", "--workers", "1", *more]


def test_the_command_writes_tables_targets_and_plots(prepared_dir: Path, run_dir: Path, tmp_path: Path, capsys) -> None:
    files = ["--json", str(tmp_path / "t.json"), "--csv", str(tmp_path / "t.csv"), "--plots", str(tmp_path / "plots")]
    chosen = ["--methods", "sketch2ct,sketch_shuffled,baselines", "--name", "tiny model"]
    assert main([*arguments(prepared_dir, run_dir), *files, *chosen]) == 0
    table = json.loads((tmp_path / "t.json").read_text(), parse_constant=lambda c: pytest.fail(f"{c} in JSON"))
    assert (table["name"], table["split"], len(table["models"])) == ("tiny model", "val", 6)
    assert {row["method"] for row in table["rows"]} == {"sketch2ct", *BASELINE_NAMES}, "one case has no other"
    assert table["edit"] == table["sweep"] == []
    liver = next(one for one in table["targets"] if one["title"] == "Liver Dice")
    assert liver["missed_by"] == pytest.approx(0.93 - liver["value"])
    printed = capsys.readouterr().out
    assert "Liver Dice" in printed
    assert "missed by" in printed
    assert (tmp_path / "t.csv").read_text().count("sketch2ct") == len(table["columns"]) + len(
        table["surface"][0]["measures"]
    )
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {"volumes.png", "dice.png", "liver.png"}
    assert not list(tmp_path.glob("*.partial"))


def test_a_command_that_was_cut_off_goes_on(prepared_dir: Path, run_dir: Path, tmp_path: Path, capsys) -> None:
    asked = arguments(prepared_dir, run_dir, "--methods", "sampled,no_words", "--json", str(tmp_path / "t.json"))
    assert main(asked) == 0
    done = json.loads((tmp_path / "t.json").read_text())
    names = ("models", "settings", "seed", "split", "data", "hand_drawn", "drawings", "surface_ranges")
    log = RowLog(tmp_path / "t.json.partial", {name: done[name] for name in names})
    log.add([CaseRow("sampled", "liver", "toy/c3", {"dice": 0.123})])
    assert main(asked) == 0
    again = json.loads((tmp_path / "t.json").read_text())
    assert {row["method"]: row["dice"] for row in again["cases"]}["sampled"] == 0.123
    assert [row for row in again["cases"] if row["method"] != "sampled"] == [
        row for row in done["cases"] if row["method"] != "sampled"
    ]
    log.add([])
    assert main([*asked, "--seed", "2"]) == 2
    assert "holds rows of another model, folder or setting" in capsys.readouterr().err


def test_the_default_preset_is_measured_where_none_is_named(monkeypatch) -> None:
    from Sketch2CTLib.cli.evaluate.shared import model_of
    from Sketch2CTLib.generation.model import loaded

    monkeypatch.setattr(loaded, "find_model", lambda folder, name: (folder, name))
    assert model_of(None, None) == (None, "default")
    assert model_of(None, "paper") == (None, "paper")


def test_bench_times_every_stage() -> None:
    numbers = bench_preset(tiny_preset(), device="cpu", repeats=1)
    assert set(numbers["seconds"]) == {
        "conditions", "mask_denoising_step_guided", "mask_decode", "mask_encode", "volume_denoising_step",
        "volume_decode", "report",
    }  # fmt: skip
    assert all(stage["median_s"] > 0 for stage in numbers["seconds"].values())
    assert numbers["peak_memory_mb"]["process"] > 100

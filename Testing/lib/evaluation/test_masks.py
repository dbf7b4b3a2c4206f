"""`evaluate masks` on a tiny model and synthetic cases: every method measured on the same cases, files strict JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from tiny import tiny_preset

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.evaluation.bench import bench_preset
from Sketch2CTLib.evaluation.masks import MaskEvaluation, evaluate_masks
from Sketch2CTLib.generation.pipeline import Pipeline, Settings
from Sketch2CTLib.weights import ModelFolder


@pytest.fixture(scope="module")
def pipeline(run_dir: Path) -> Pipeline:
    tiny_preset()
    return Pipeline(ModelFolder(run_dir / "models"), device="cpu")


def test_every_method_is_measured_on_every_case(prepared_dir: Path, pipeline: Pipeline) -> None:
    config = MaskEvaluation("train", ("liver",), Settings(steps=2))
    rows = evaluate_masks(PreparedSet(prepared_dir), pipeline, config)
    methods = {row.method for row in rows}
    assert {"sketch2ct", "single_draw", "network_alone", "sketch_shuffled", "numbers_shuffled"} < methods
    assert len(methods) >= 8
    for method in methods:
        assert sorted(r.case for r in rows if r.method == method) == ["toy/c0", "toy/c1", "toy/c2"]
    for row in rows:
        assert 0 <= row.values["dice"] <= 1
        assert 0 <= row.values["sketch_iou"] <= 1
        assert math.isnan(row.values["hd95_mm"]) or row.values["hd95_mm"] >= 0


def test_baselines_that_know_their_cases_do_well(prepared_dir: Path, pipeline: Pipeline) -> None:
    config = MaskEvaluation("train", ("liver",), Settings(steps=1), shuffle=False)
    rows = evaluate_masks(PreparedSet(prepared_dir), pipeline, config)
    nearest = [r.values["dice"] for r in rows if "nearest" in r.method]
    assert min(nearest) > 0.9, "the nearest silhouette among the cases themselves is the case itself"


def test_a_split_without_cases_is_named(prepared_dir: Path, pipeline: Pipeline) -> None:
    with pytest.raises(DatasetError, match="no 'test' cases"):
        evaluate_masks(PreparedSet(prepared_dir), pipeline, MaskEvaluation("test"))


def test_the_command_writes_strict_json(prepared_dir: Path, run_dir: Path, tmp_path: Path) -> None:
    tiny_preset()
    arguments = ["evaluate", "masks", "--data", str(prepared_dir), "--models", str(run_dir / "models"), "--steps", "2"]
    assert main([*arguments, "--structures", "liver", "--json", str(tmp_path / "t.json"), "--device", "cpu"]) == 0
    table = json.loads((tmp_path / "t.json").read_text(), parse_constant=lambda c: pytest.fail(f"{c} in JSON"))
    assert table["split"] == "val"
    assert len(table["models"]) == 4


def test_bench_times_every_stage() -> None:
    numbers = bench_preset(tiny_preset(), device="cpu", repeats=1)
    assert set(numbers["seconds"]) == {
        "conditions", "mask_denoising_step_guided", "mask_decode", "mask_encode", "volume_denoising_step",
        "volume_decode", "report",
    }  # fmt: skip
    assert all(stage["median_s"] > 0 for stage in numbers["seconds"].values())
    assert numbers["peak_memory_mb"]["process"] > 100

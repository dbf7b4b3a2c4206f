"""`evaluate organs`: one organ of a scan after the other, alone and together, and the difference of the two."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_preset

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.evaluation.masks import together
from Sketch2CTLib.evaluation.masks.together import ALONE, DIFFERENCE, TOGETHER, TogetherEvaluation, evaluate_together
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.values import MaskVolume
from Sketch2CTLib.weights import ModelFolder

CONFIG = TogetherEvaluation((("liver", "spleen"),), "train", 1, settings=Settings(steps=1))
TITLES = ("liver of liver + spleen", "spleen of liver + spleen")


@pytest.fixture(scope="module")
def pipeline(run_dir: Path) -> Pipeline:
    tiny_preset()
    return Pipeline(ModelFolder(run_dir / "models"), device="cpu")


def test_organs_that_do_not_meet_are_the_same_together_as_alone(prepared_dir: Path, pipeline: Pipeline) -> None:
    table = evaluate_together(PreparedSet(prepared_dir), pipeline, CONFIG)
    assert {(row.structure, row.method) for row in table.rows} == {
        (title, method) for title in TITLES for method in (ALONE, TOGETHER, DIFFERENCE)
    }
    for title in TITLES:
        assert 0 <= table.value(ALONE, title, "dice") <= 1 and 0 <= table.value(ALONE, title, "met") <= 1
        assert table.value(DIFFERENCE, title, "dice") == pytest.approx(0.0, abs=1e-12)


def test_what_an_organ_gives_to_the_other_is_its_difference(
    prepared_dir: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = together.generate_organs

    def overlapping(request, pipeline):
        """The liver loses what lies in the upper half of its box."""
        result = made(request, pipeline)
        liver = result.results[0]
        labels = liver.best.mask.labels.copy()
        labels[int(np.median(np.argwhere(liver.best.mask.body)[:, 0])) :] = 0
        mask = MaskVolume(labels, liver.best.mask.grid, "liver")
        lost = replace(liver, candidates=(replace(liver.best, mask=mask),))
        return replace(result, results=(lost, result.results[1]))

    monkeypatch.setattr(together, "generate_organs", overlapping)
    table = evaluate_together(PreparedSet(prepared_dir), pipeline, CONFIG)
    assert table.value(DIFFERENCE, TITLES[1], "dice") == pytest.approx(0.0, abs=1e-12)
    assert table.value(DIFFERENCE, TITLES[0], "dice") < -0.02
    assert table.value(DIFFERENCE, TITLES[0], "hd95_mm") > 0


def test_the_command_writes_its_table_and_refuses_organs_that_no_scan_has(
    prepared_dir: Path, pipeline: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "organs.json"
    command = ["evaluate", "organs", "--data", str(prepared_dir), "--split", "train", "--limit", "1", "--steps", "1"]
    command += ["--models", str(pipeline.folder.folder), "--together", "liver,spleen", "--json", str(out)]
    assert main(command) == 0 and "liver of liver + spleen" in capsys.readouterr().out
    assert {row["method"] for row in json.loads(out.read_text())["rows"]} == {ALONE, TOGETHER, DIFFERENCE}
    with pytest.raises(DatasetError, match="no 'train' scan with liver, aorta"):
        evaluate_together(PreparedSet(prepared_dir), pipeline, TogetherEvaluation((("liver", "aorta"),), "train"))

"""Generated scans beside real ones: perfect scans reach every target, noise reaches none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import tiny_preset

from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.evaluation.features import Seen
from Sketch2CTLib.evaluation.volume_report import VolumeReport
from Sketch2CTLib.evaluation.volumes import TITLES, VolumeEvaluation, evaluate_volumes
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.values import ImageVolume
from Sketch2CTLib.weights import ModelFolder


class Averages:
    """Means of 4 × 4 fields of a slice, and what is left."""

    name = "averages"

    def __call__(self, slices: torch.Tensor) -> Seen:
        """What is seen."""
        coarse = torch.nn.functional.adaptive_avg_pool2d(slices[:, None], 4)
        fine = torch.nn.functional.adaptive_avg_pool2d(slices[:, None], 16)
        maps = (torch.nn.functional.normalize(torch.cat([fine, torch.ones_like(fine)], dim=1), dim=1),)
        return Seen(torch.cat([coarse.flatten(1), slices.std(dim=(1, 2))[:, None]], dim=1), maps)


@pytest.fixture
def pipeline(run_dir: Path) -> Pipeline:
    tiny_preset()
    return Pipeline(ModelFolder(run_dir / "models"), device="cpu")


def evaluated(prepared_dir: Path, pipeline: Pipeline, **changes: Any) -> dict[str, Any]:
    config = VolumeEvaluation("train", ("liver",), Settings(image_steps=2), **changes)
    (group,) = evaluate_volumes(PreparedSet(prepared_dir), pipeline, config, Averages())
    assert (group.structure, group.modality) == ("liver", "CT")
    assert [m.name for m in group.measures] == [name for name in TITLES if name != "found_again"]
    return {m.name: m for m in group.measures}


def test_the_real_scans_themselves_reach_what_is_wanted_but_for_being_copies(
    prepared_dir: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = {case.mask().tobytes(): case for case in PreparedSet(prepared_dir).cases("train", "liver")}

    def copied(mask: Any, *_: Any, **__: Any) -> ImageVolume:
        case = cases[mask.body.tobytes()]
        return ImageVolume(case.image(), case.grid, "CT")

    monkeypatch.setattr(pipeline, "image", copied)
    found = evaluated(prepared_dir, pipeline)
    assert found["fid"].met and found["fid"].found == found["fid"].real
    assert found["continuity"].found == found["continuity"].real > found["slicewise"].found
    assert found["nearest"].found == 0.0
    assert found["diversity"].found == found["diversity"].real > 0


def test_noise_is_far_and_missed(prepared_dir: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def noise(mask: Any, seed: int, *_: Any, **__: Any) -> ImageVolume:
        values = np.random.default_rng(seed).normal(0, 200, mask.grid.shape_kji)
        return ImageVolume(values.astype(np.int16), mask.grid, "CT")

    monkeypatch.setattr(pipeline, "image", noise)
    found = evaluated(prepared_dir, pipeline)
    assert found["fid"].met is False and found["continuity"].found < 0.2
    assert found["all_checks"].found == 0.0 and found["nearest"].met


def test_drawn_scans_are_measured_and_told(prepared_dir: Path, pipeline: Pipeline, tmp_path: Path) -> None:
    config = VolumeEvaluation("train", ("liver",), Settings(image_steps=2), limit=2, with_labels=True)
    groups = evaluate_volumes(PreparedSet(prepared_dir), pipeline, config, Averages())
    report = VolumeReport(groups, {"extractor": Averages.name})
    assert "averages" in report.to_text() and TITLES["fid"] in report.to_text()
    report.write(tmp_path / "v.json")
    told = json.loads((tmp_path / "v.json").read_text())
    assert told["groups"][0]["n"] == 2
    with pytest.raises(DatasetError, match="no scans"):
        evaluate_volumes(PreparedSet(prepared_dir), pipeline, VolumeEvaluation("train", ("aortic_tree",)), Averages())

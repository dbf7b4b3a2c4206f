"""`sketch2ct generate` on a tiny model: files that other programs open, and one line for every bad input."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk
import slicerio
from synthetic import make_scan
from tiny import tiny_preset

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.frames import to_sitk
from Sketch2CTLib.resources import resource_path

SKETCH = str(resource_path("Sketches", "liver_sketch.json"))


@pytest.fixture(scope="module")
def models(run_dir: Path) -> str:
    tiny_preset()
    return str(run_dir / "models")


def run(models: str, out: Path, *arguments: str) -> int:
    return main(["generate", "--models", models, "--steps", "2", "--device", "cpu", "--out", str(out), *arguments])


def test_every_file_opens_and_lies_in_place(models: str, tmp_path: Path) -> None:
    text = "about 1.3 litres, smooth"
    assert run(models, tmp_path / "out", "--sketch", SKETCH, "--text", text, "--structure", "liver") == 0
    mask, volume = (tmp_path / "out" / n for n in ("mask.seg.nrrd", "volume.nrrd"))
    scan = sitk.ReadImage(str(volume))
    assert scan.GetPixelID() == sitk.sitkInt16
    np.testing.assert_allclose(scan.GetSpacing(), 2.5)
    direction = np.array(scan.GetDirection()).reshape(3, 3)
    np.testing.assert_allclose(direction, np.diag([-1.0, -1.0, 1.0]))
    _, header = nrrd.read(str(volume))
    assert header["Synthetic"] == "1"
    assert header["space"] == "left-posterior-superior"
    segmentation = slicerio.read_segmentation(str(mask))
    assert [s["name"] for s in segmentation["segments"]] == ["Liver"]
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert "volume_ml" in json.dumps(report)
    assert (tmp_path / "out" / "preview.png").stat().st_size > 10_000


def test_notes_are_printed_one_a_line(models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _write(tmp_path / "d.json", '{"structure": "liver", "numbers": {"volume_ml": "6 L"}, "text": "2 litres"}')
    assert run(models, tmp_path / "out", "--sketch", SKETCH, "--description", str(path)) == 0
    printed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  note: ")]
    assert any("6,000 mL as given in figures, not 2,000 mL as in the text." in line for line in printed)
    assert any("lies outside what was seen in training" in line for line in printed)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [f"  note: {note}" for note in report["notes"]] == printed


def test_the_same_seed_gives_the_same_files(models: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert run(models, tmp_path / name, "--sketch", SKETCH, "--structure", "liver", "--seed", "5") == 0
    first, second = (nrrd.read(str(tmp_path / n / "volume.nrrd"))[0] for n in ("a", "b"))
    assert np.array_equal(first, second)


def test_a_mask_alone_runs_the_second_stage(models: str, tmp_path: Path) -> None:
    labels, _, grid = make_scan(2)
    sitk.WriteImage(to_sitk(labels, grid), str(tmp_path / "m.nii.gz"))
    arguments = ("--mask", str(tmp_path / "m.nii.gz"), "--label", "6", "--structure", "liver")
    assert run(models, tmp_path / "out", *arguments) == 0
    made = sitk.ReadImage(str(tmp_path / "out" / "mask.seg.nrrd"))
    assert (sitk.GetArrayFromImage(made) > 0).sum() * 2.5**3 == pytest.approx((labels == 6).sum() * 96, rel=0.05)


def black_picture(path: Path) -> str:
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((64, 64), np.uint8)), str(path))
    return str(path)


def flat_mask(path: Path, fill: int) -> str:
    sitk.WriteImage(sitk.GetImageFromArray(np.full((6, 8, 8) if fill == 0 else (8, 8), fill, np.uint8)), str(path))
    return str(path)


BAD = {
    "no sketch": lambda t: ["--structure", "liver"],
    "missing sketch": lambda t: ["--sketch", str(t / "none.json"), "--structure", "liver"],
    "empty sketch": lambda t: ["--sketch", str(_write(t / "e.json", "{}")), "--structure", "liver"],
    "black picture": lambda t: ["--sketch", black_picture(t / "b.png"), "--structure", "liver"],
    "unknown structure": lambda t: ["--sketch", SKETCH, "--structure", "lung"],
    "no structure": lambda t: ["--sketch", SKETCH],
    "negative number": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--text", "volume of -5 mL"],
    "nan number": lambda t: ["--sketch", SKETCH, "--description", str(_write(t / "d.json", NAN))],
    "contradiction": lambda t: ["--sketch", SKETCH, "--description", str(_write(t / "d.json", CONTRADICTION))],
    "2D mask": lambda t: ["--mask", flat_mask(t / "m.png", 1), "--structure", "liver"],
    "empty mask": lambda t: ["--mask", flat_mask(t / "m.nrrd", 0), "--structure", "liver"],
    "no weights": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--models", str(t)],
    "bad steps": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--steps", "0"],
    "bad device": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--device", "toaster"],
    "bad preset": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--sampler", "euler"],
}
NAN = '{"structure": "liver", "numbers": {"volume_ml": NaN}}'
CONTRADICTION = '{"structure": "liver", "numbers": {"max_diameter_mm": 100, "min_diameter_mm": 150}}'


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_exit_2(
    name: str, models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(models, tmp_path / "out", *BAD[name](tmp_path)) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("error [")
    assert not list((tmp_path / "out").glob("*.nrrd")) if (tmp_path / "out").exists() else True


def test_a_damaged_weight_file_is_named(models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "models"
    shutil.copytree(models, copy)
    path = copy / "mask_diffusion.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    assert run(str(copy), tmp_path / "out", "--sketch", SKETCH, "--structure", "liver") == 2
    assert "mask_diffusion.safetensors" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["file in the way", "read only"])
def test_an_unwritable_folder_is_named(
    kind: str, models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    if kind == "file in the way":
        out.write_text("I am a file.")
    else:
        if os.geteuid() == 0:
            pytest.skip("root may write anywhere")
        out.mkdir()
        out.chmod(0o500)
    assert run(models, out, "--sketch", SKETCH, "--structure", "liver") == 2
    assert "bad_output" in capsys.readouterr().err

"""`sketch2ct generate` refuses bad input in one line, exits with 2 and writes nothing."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from generating import DRAWING, DRAWN, SKETCH, cut_of_a_mask, organs, run, second_view, written

pytestmark = pytest.mark.usefixtures("quick_segmenter")


def black_picture(path: Path) -> str:
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((64, 64), np.uint8)), str(path))
    return str(path)


def flat_mask(path: Path, fill: int) -> str:
    sitk.WriteImage(sitk.GetImageFromArray(np.full((6, 8, 8) if fill == 0 else (8, 8), fill, np.uint8)), str(path))
    return str(path)


BAD = {
    "vessel without a sketch": lambda t: ["--structure", "aorta", "--text", "60 mL"],
    "no weights of it": lambda t: ["--sketch", SKETCH, "--structure", "aortic_tree", "--scale", "width:150mm"],
    "missing sketch": lambda t: ["--sketch", str(t / "none.json"), "--structure", "liver"],
    "empty sketch": lambda t: ["--sketch", str(written(t / "e.json", "{}")), "--structure", "liver"],
    "black picture": lambda t: ["--sketch", black_picture(t / "b.png"), "--structure", "liver"],
    "unknown structure": lambda t: ["--sketch", SKETCH, "--structure", "lung"],
    "no structure": lambda t: ["--sketch", SKETCH],
    "negative number": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--text", "volume of -5 mL"],
    "nan number": lambda t: ["--sketch", SKETCH, "--description", str(written(t / "d.json", NAN))],
    "contradiction": lambda t: ["--sketch", SKETCH, "--description", str(written(t / "d.json", CONTRADICTION))],
    "2D mask": lambda t: ["--mask", flat_mask(t / "m.png", 1), "--structure", "liver"],
    "empty mask": lambda t: ["--mask", flat_mask(t / "m.nrrd", 0), "--structure", "liver"],
    "no weights": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--models", str(t)],
    "bad steps": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--steps", "0"],
    "bad device": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--device", "toaster"],
    "same view": lambda t: ["--sketch", SKETCH, "--second-sketch", SKETCH, "--structure", "liver"],
    "second alone": lambda t: ["--second-sketch", SKETCH, "--structure", "liver"],
    "second view alone": lambda t: ["--sketch", SKETCH, "--second-view", "coronal", "--structure", "liver"],
    "unknown view": lambda t: [*two_views(t), "--second-view", "oblique"],
    "other view": lambda t: [*two_views(t), "--second-view", "sagittal"],
    "not one organ": lambda t: [*two_views(t, 0.5)],
    "four outlines": lambda t: [*DRAWN, *["--sketch", f"coronal:{DRAWING}"] * 3],
    "contour without a plane": lambda t: [*DRAWN, "--contour", DRAWING],
    "contour outside": lambda t: [*DRAWN, "--contour", f"axial@500:{DRAWING}", "--contour-scale", "width:80mm"],
    "contour of an unknown role": lambda t: [*DRAWN, "--contour", shadow_role(t / "r.json")],
    "contour as a sketch": lambda t: [*DRAWN, "--sketch", cut_of_a_mask(t)],
    "contour on two planes": lambda t: [*DRAWN, "--contour", f"axial@0:{cut_of_a_mask(t)}"],
    "bad guidance": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--guidance", "sketch=much"],
    "bad spread": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--spread", "2"],
    "bad quality": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--quality", "perfect"],
    "no former": lambda t: ["--edit", str(t / "nothing")],
    "former is a text": lambda t: ["--edit", str(written(t / "state.safetensors", "hello"))],
    "edit and mask": lambda t: ["--edit", str(t), "--mask", flat_mask(t / "m.nrrd", 0)],
    "bad strength": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--strength", "nan"],
    "own grid alone": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--grid", "own"],
    "unknown grid": lambda t: ["--mask", flat_mask(t / "m.nrrd", 0), "--structure", "liver", "--grid", "mine"],
    "missing context": lambda t: [*DRAWN, "--context", str(t / "none.nrrd")],
    "context is a text": lambda t: [*DRAWN, "--context", str(written(t / "c.nrrd", "hello"))],
    "empty context": lambda t: [*DRAWN, "--context", flat_mask(t / "c.nrrd", 0)],
    "context without volume": lambda t: [*DRAWN, "--no-volume", "--context", organs(t / "o.seg.nrrd")],
    "missing request": lambda t: ["--request", str(t / "none.json")],
    "request is a text": lambda t: ["--request", str(written(t / "r.json", "hello"))],
    "request without organs": lambda t: ["--request", str(written(t / "r.json", '{"organs": []}'))],
    "request of an unknown organ": lambda t: ["--request", str(written(t / "r.json", STRANGE))],
    "request and a text": lambda t: ["--request", str(written(t / "r.json", TWO)), "--text", "1.4 L"],
    "request in no format": lambda t: ["--request", str(written(t / "r.json", TWO)), "--format", "tiff"],
    "request as DICOM without a scan": lambda t: [
        *("--request", str(written(t / "r.json", TWO)), "--format", "dicom", "--no-volume")
    ],
    "bad preset": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--sampler", "euler"],
}


def shadow_role(path: Path) -> str:
    record = json.loads(Path(SKETCH).read_text(encoding="utf-8")) | {"version": 2, "role": "shadow"}
    return str(written(path, json.dumps(record)))


def two_views(folder: Path, wider: float = 1.0) -> list[str]:
    return ["--sketch", SKETCH, "--structure", "liver", "--second-sketch", second_view(folder / "s.json", wider)]


TWO = '{"organs": [{"structure": "liver"}, {"structure": "spleen"}]}'
STRANGE = '{"organs": [{"structure": "heart of gold"}]}'
NAN = '{"structure": "liver", "numbers": {"volume_ml": NaN}}'
CONTRADICTION = '{"structure": "liver", "numbers": {"max_diameter_mm": 100, "min_diameter_mm": 150}}'


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_exit_2(
    name: str, models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(models, tmp_path / "out", *BAD[name](tmp_path)) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    *told, last = lines  # what is void, or how a drawing was read, may be said before
    assert last.startswith("error [")
    assert all(line.startswith(("note: ", "sketch: ")) for line in told), lines
    assert not list((tmp_path / "out").glob("*.nrrd")) if (tmp_path / "out").exists() else True


def test_a_damaged_weight_file_is_named(models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "models"
    shutil.copytree(models, copy)
    path = copy / "mask_prior.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    assert run(str(copy), tmp_path / "out", "--sketch", SKETCH, "--structure", "liver") == 2
    assert "mask_prior.safetensors" in capsys.readouterr().err


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

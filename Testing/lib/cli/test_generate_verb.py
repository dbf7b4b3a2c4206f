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

from Sketch2CTLib.cli.generate.inputs import guidance_of
from Sketch2CTLib.cli.main import main
from Sketch2CTLib.diffusion import Scales
from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.frames import PlaneFrame, VoxelGrid, to_sitk, write_nrrd
from Sketch2CTLib.resources import resource_path
from Sketch2CTLib.sketch import Sketch, Stroke, load_sketch

pytestmark = pytest.mark.usefixtures("quick_segmenter")
SKETCH = str(resource_path("Sketches", "liver_sketch.json"))
DRAWING = str(resource_path("Sketches", "liver_drawing.png"))
DRAWN = ("--sketch", SKETCH, "--structure", "liver")
NO_PICTURES = "--no-pictures"  # drawing them takes half the time of a tiny run; a test that looks at none says so


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
    assert run(models, tmp_path / "out", "--sketch", SKETCH, "--description", str(path), NO_PICTURES) == 0
    printed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  note: ")]
    assert any("6,000 mL as given in figures, not 2,000 mL as in the text." in line for line in printed)
    assert any("lies outside what was seen in training" in line for line in printed)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [f"  note: {note}" for note in report["notes"]] == printed


def test_the_same_seed_gives_the_same_files(models: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert run(models, tmp_path / name, *DRAWN, "--seed", "5", NO_PICTURES) == 0
    first, second = (nrrd.read(str(tmp_path / n / "volume.nrrd"))[0] for n in ("a", "b"))
    assert np.array_equal(first, second)


def test_a_mask_alone_runs_the_second_stage(models: str, tmp_path: Path) -> None:
    labels, _, grid = make_scan(2)
    sitk.WriteImage(to_sitk(labels, grid), str(tmp_path / "m.nii.gz"))
    arguments = ("--mask", str(tmp_path / "m.nii.gz"), "--label", "6", "--structure", "liver")
    assert run(models, tmp_path / "cube", *arguments, "--grid", "cube", NO_PICTURES) == 0
    made = sitk.ReadImage(str(tmp_path / "cube" / "mask.seg.nrrd"))
    assert (sitk.GetArrayFromImage(made) > 0).sum() * 2.5**3 == pytest.approx((labels == 6).sum() * 96, rel=0.05)
    assert run(models, tmp_path / "own", *arguments) == 0
    mask, scan, given = (
        sitk.ReadImage(str(tmp_path / name)) for name in ("own/mask.seg.nrrd", "own/volume.nrrd", "m.nii.gz")
    )
    assert np.array_equal(sitk.GetArrayFromImage(mask), labels == 6)
    for one in (mask, scan):
        assert one.GetSize() == given.GetSize()
        for of in ("GetSpacing", "GetOrigin", "GetDirection"):
            np.testing.assert_allclose(getattr(one, of)(), getattr(given, of)(), rtol=0, atol=1e-12)


def test_a_mask_on_thick_slices_keeps_its_millilitres(models: str, tmp_path: Path) -> None:
    """60 × 50 × 80 mm on slices of 10 mm: half a slice at each end was lost, 30 of 240 mL."""
    labels = np.zeros((16, 80, 90), dtype=np.uint8)
    labels[4:12, 15:65, 15:75] = 1
    grid = VoxelGrid(labels.shape, np.diag([1.0, 1.0, 10.0, 1.0]))
    write_nrrd(tmp_path / "box.nrrd", labels, grid)
    described = tmp_path / "described.json"
    assert main(["describe", str(tmp_path / "box.nrrd"), "--structure", "liver", "--out", str(described)]) == 0
    assert json.loads(described.read_text())["numbers"]["volume_ml"] == pytest.approx(240.0)
    for kind in ("cube", "own"):
        out = tmp_path / kind
        arguments = (
            "--mask",
            str(tmp_path / "box.nrrd"),
            "--structure",
            "liver",
            "--grid",
            kind,
            "--no-pictures",
        )
        assert run(models, out, *arguments) == 0
        measured = json.loads((out / "report.json").read_text())["measured"]
        assert measured["volume_ml"] == pytest.approx(240.0)
        assert measured["extent_si_mm"] == pytest.approx(80.0)
        made = sitk.ReadImage(str(out / "mask.seg.nrrd"))
        voxel_ml = float(np.prod(made.GetSpacing())) / 1000
        assert (sitk.GetArrayFromImage(made) > 0).sum() * voxel_ml == pytest.approx(240.0, rel=0.01)


def organs(path: Path) -> str:
    """The neighbours of `make_scan(2)` as a segmentation: its spleen, its liver, and what nobody knows."""
    labels, _, grid = make_scan(2)
    labels[:4, :10, :10] = 9
    names = {1: "Spleen", 6: "liver", 9: "Tumour"}
    told = {
        f"Segment{n}_{key}": text
        for n, (value, name) in enumerate(names.items())
        for key, text in {"ID": f"S{n}", "Name": name, "LabelValue": str(value), "Layer": "0"}.items()
    }
    write_nrrd(path, labels, grid, told)
    return str(path)


def test_words_alone_make_a_mask_and_the_report_says_so(
    models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("stated", "1.4 litres, 20 cm wide"), ("bare", "")):
        told = ("--structure", "liver", "--text", text, "--no-volume")
        assert run(models, tmp_path / name, *told) == 0
        printed = capsys.readouterr().out
        report = json.loads((tmp_path / name / "report.json").read_text())
        assert report["sketch"] is None and "sketch" not in report["verdict"]
        note = next(note for note in report["notes"] if note.startswith("Nothing was drawn"))
        assert f"  note: {note}" in printed and "around the origin" in note
        assert ("numbers and words alone" in note) == bool(text)
        np.testing.assert_allclose(report["grid"]["center_ras_mm"], 0.0, atol=1e-6)
    assert report["grade"] == "nothing asked"


def test_what_a_mask_makes_void_is_said_and_not_read(
    models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, _, grid = make_scan(2)
    write_nrrd(tmp_path / "m.nrrd", (labels == 6).astype(np.uint8), grid)
    void = ("--sketch", "nowhere.json", "--no-volume", "--candidates", "3", "--noise-strength", "0.5")
    given = ("--mask", str(tmp_path / "m.nrrd"), "--structure", "liver", "--text", "1 litre", "--no-pictures")
    assert run(models, tmp_path / "out", *given, *void) == 0
    told = capsys.readouterr().err.strip().splitlines()
    for option in ("--sketch", "--no-volume", "--candidates", "--noise-strength"):
        assert sum(line.startswith(f"note: {option} is ignored: ") for line in told) == 1
    assert any(line.startswith("note: --text changes nothing of --mask: ") for line in told) and len(told) == 5
    assert (tmp_path / "out" / "volume.nrrd").is_file()
    assert json.loads((tmp_path / "out" / "report.json").read_text())["provenance"]["sketch_digest"] is None


def test_neighbours_stand_in_the_report(models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels, _, grid = make_scan(2)
    write_nrrd(tmp_path / "m.nrrd", labels, grid)
    arguments = ("--mask", str(tmp_path / "m.nrrd"), "--label", "6", "--structure", "liver")
    assert run(models, tmp_path / "out", *arguments, "--context", organs(tmp_path / "o.seg.nrrd")) == 0
    printed = capsys.readouterr().out
    assert "'Tumour' is not known" in printed and "The liver of the context is left out" in printed
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["context"] == report["provenance"]["settings"]["context"]["structures"] == ["spleen"]
    assert nrrd.read_header(str(tmp_path / "out" / "volume.nrrd"))["Sketch2CT_Context"] == "spleen"
    sketched = ("--sketch", SKETCH, "--structure", "liver", "--context", organs(tmp_path / "o.seg.nrrd"))
    assert run(models, tmp_path / "drawn", *sketched, NO_PICTURES) == 0
    assert json.loads((tmp_path / "drawn" / "report.json").read_text())["context"] == ["spleen"]


def second_view(path: Path, wider: float = 1.0) -> str:
    """A coronal ellipse as wide as the bundled liver sketch, on a plane of its own."""
    first = load_sketch(SKETCH)
    points = first.plane.to_ras(np.concatenate([stroke.points_mm for stroke in first.of_kind(("outline",))]))
    low, high = points.min(axis=0), points.max(axis=0)
    plane = PlaneFrame.standard("coronal", 320.0, (low + high) / 2)
    angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    half = (wider * (high - low)[0] / 2, 80.0)
    outline = np.stack([half[0] * np.cos(angle), half[1] * np.sin(angle)], axis=1)
    Sketch((Stroke(outline, closed=True),), plane, "liver").save(path)
    return str(path)


def test_two_views_and_several_candidates_then_an_edit(models: str, tmp_path: Path) -> None:
    told = ("--structure", "liver", "--text", "about 1.3 litres", "--no-volume")
    views = ("--sketch", SKETCH, "--second-sketch", second_view(tmp_path / "s.json", 1.08))
    made = tmp_path / "made"
    assert run(models, made, *told, *views, "--candidates", "2", "--guidance", "sketch=1.5,numbers=2") == 0
    report = json.loads((made / "report.json").read_text())
    assert report["sketch"]["view"] == "axial" and report["second_sketch"]["view"] == "coronal"
    assert any("8% wider than the first" in note for note in report["notes"])
    assert report["provenance"]["guidance"] == {"sketch": 1.5, "numbers": 2.0, "words": 1.0}
    assert nrrd.read(str(made / "agreement.nrrd"))[0].max() == 100
    assert (made / "report.png").stat().st_size > 10_000

    again = tmp_path / "again"
    assert run(models, again, "--edit", str(made), "--strength", "0", "--no-volume", NO_PICTURES) == 0
    before, after = (nrrd.read(str(folder / "mask.seg.nrrd")) for folder in (made, again))
    assert np.array_equal(before[0], after[0])
    np.testing.assert_allclose(before[1]["space origin"], after[1]["space origin"])
    assert after[1]["Sketch2CT_Edit_Strength"] == "0.0"

    changed = tmp_path / "changed"
    text = ("--text", "about 1.5 litres", "--no-volume", NO_PICTURES)
    assert run(models, changed, "--edit", str(made / "candidate_02"), "--strength", "0.5", *text) == 0
    asked = json.loads((changed / "report.json").read_text())["numbers"]["volume_ml"]
    assert asked["asked"] == 1500.0
    assert (changed / "state.safetensors").is_file() and not list(changed.glob("*.png"))


def test_a_picture_is_put_on_the_second_view(models: str, tmp_path: Path) -> None:
    picture = str(resource_path("Sketches", "liver_drawing.png"))
    views = (
        "--sketch",
        SKETCH,
        "--second-sketch",
        picture,
        "--second-view",
        "sagittal",
        "--second-scale",
        "width:160mm",
    )
    code = run(models, tmp_path / "out", "--structure", "liver", "--no-volume", NO_PICTURES, *views)
    report = json.loads((tmp_path / "out" / "report.json").read_text()) if code == 0 else {}
    assert code == 0 and report["second_sketch"]["view"] == "sagittal"
    assert not any("nearer the" in note for note in report["notes"])


def test_contours_are_drawn_from_a_mask_given_scored_and_kept_for_an_edit(
    models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = cut_of_a_mask(tmp_path)
    assert load_sketch(cut).role == "contour" and load_sketch(cut).plane.center_ras[2] == pytest.approx(10.0)
    told = ("--structure", "liver", "--no-volume", NO_PICTURES)
    cuts = ("--contour", cut, "--contour", f"coronal@-5:{DRAWING}", "--contour-scale", "width:120mm")
    made = tmp_path / "made"
    assert run(models, made, *told, "--sketch", SKETCH, *cuts, "--candidates", "2") == 0
    report = json.loads((made / "report.json").read_text())
    drawings = [(one["role"], one["view"]) for one in report["drawings"]]
    assert drawings == [("silhouette", "axial"), ("contour", "axial"), ("contour", "coronal")]
    assert report["drawings"][1]["position_mm"] == pytest.approx(10.0)
    assert [one["role"] for one in report["provenance"]["drawings"]] == [role for role, _ in drawings]
    assert report["next_contour"]["option"] in capsys.readouterr().out
    again = tmp_path / "again"
    assert run(models, again, "--edit", str(made), "--strength", "0", "--no-volume", NO_PICTURES) == 0
    before, after = (nrrd.read(str(folder / "mask.seg.nrrd"))[0] for folder in (made, again))
    assert np.array_equal(before, after)
    kept = json.loads((again / "report.json").read_text())["drawings"]
    assert [(one["role"], one["view"]) for one in kept] == drawings


def test_guidance_is_one_number_or_one_a_kind() -> None:
    assert guidance_of("", Scales) is None
    assert guidance_of("2", Scales) == Scales(2.0, 2.0, 2.0)
    assert guidance_of("words=0, sketch=3", Scales) == Scales(sketch=3.0, numbers=1.0, words=0.0)
    for wrong in ("much", "sketch=", "sketch=1,sketch=2", "picture=2", "sketch=1=2", "nan", "99", "sketch=nan"):
        with pytest.raises(ConfigError):
            guidance_of(wrong, Scales)


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
    "former is a text": lambda t: ["--edit", str(_write(t / "state.safetensors", "hello"))],
    "edit and mask": lambda t: ["--edit", str(t), "--mask", flat_mask(t / "m.nrrd", 0)],
    "bad strength": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--strength", "nan"],
    "own grid alone": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--grid", "own"],
    "unknown grid": lambda t: ["--mask", flat_mask(t / "m.nrrd", 0), "--structure", "liver", "--grid", "mine"],
    "missing context": lambda t: [*DRAWN, "--context", str(t / "none.nrrd")],
    "context is a text": lambda t: [*DRAWN, "--context", str(_write(t / "c.nrrd", "hello"))],
    "empty context": lambda t: [*DRAWN, "--context", flat_mask(t / "c.nrrd", 0)],
    "context without volume": lambda t: [*DRAWN, "--no-volume", "--context", organs(t / "o.seg.nrrd")],
    "bad preset": lambda t: ["--sketch", SKETCH, "--structure", "liver", "--sampler", "euler"],
}


def shadow_role(path: Path) -> str:
    record = json.loads(Path(SKETCH).read_text(encoding="utf-8")) | {"version": 2, "role": "shadow"}
    return str(_write(path, json.dumps(record)))


def cut_of_a_mask(folder: Path) -> str:
    """The contour of a ball of 60 mm, 10 mm above its middle, as `sketch --contour-at` draws it."""
    grid = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 160.0, 64)
    k, j, i = np.meshgrid(*(np.arange(64) - 31.5,) * 3, indexing="ij")
    write_nrrd(folder / "ball.nrrd", ((i**2 + j**2 + k**2) * 2.5**2 < 60**2).astype(np.uint8), grid)
    arguments = ["--view", "axial", "--contour-at", "10", "--out", str(folder / "cut.json")]
    assert main(["sketch", str(folder / "ball.nrrd"), *arguments]) == 0
    return str(folder / "cut.json")


def two_views(folder: Path, wider: float = 1.0) -> list[str]:
    return ["--sketch", SKETCH, "--structure", "liver", "--second-sketch", second_view(folder / "s.json", wider)]


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


def test_a_result_comes_as_nifti(models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(models, tmp_path / "out", *DRAWN, NO_PICTURES, "--format", "nifti") == 0
    assert "mask.nii.gz" in capsys.readouterr().out
    scan = sitk.ReadImage(str(tmp_path / "out" / "volume.nii.gz"))
    assert scan.GetPixelID() == sitk.sitkInt16 and not (tmp_path / "out" / "volume.nrrd").exists()
    for wrong in (("--format", "tiff"), ("--format", "dicom", "--no-volume")):
        assert run(models, tmp_path / "wrong", *DRAWN, *wrong) == 2
        assert capsys.readouterr().err.count("\n") == 1

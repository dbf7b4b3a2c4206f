"""`sketch2ct generate` on a tiny model: files that other programs open, and guidance read from a text."""

from __future__ import annotations

import json
from pathlib import Path

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk
import slicerio
from generating import DRAWING, DRAWN, SKETCH, cut_of_a_mask, organs, run, second_view, written
from synthetic import make_scan

from Sketch2CTLib.cli.generate.inputs import guidance_of
from Sketch2CTLib.cli.main import main
from Sketch2CTLib.diffusion import Scales
from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.frames import VoxelGrid, to_sitk, write_nrrd
from Sketch2CTLib.resources import resource_path
from Sketch2CTLib.sketch import load_sketch

pytestmark = pytest.mark.usefixtures("quick_segmenter")
NO_PICTURES = "--no-pictures"  # drawing them takes half the time of a tiny run; a test that looks at none says so


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
    path = written(tmp_path / "d.json", '{"structure": "liver", "numbers": {"volume_ml": "6 L"}, "text": "2 litres"}')
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


def test_a_result_comes_as_nifti(models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(models, tmp_path / "out", *DRAWN, NO_PICTURES, "--format", "nifti") == 0
    assert "mask.nii.gz" in capsys.readouterr().out
    scan = sitk.ReadImage(str(tmp_path / "out" / "volume.nii.gz"))
    assert scan.GetPixelID() == sitk.sitkInt16 and not (tmp_path / "out" / "volume.nrrd").exists()
    for wrong in (("--format", "tiff"), ("--format", "dicom", "--no-volume")):
        assert run(models, tmp_path / "wrong", *DRAWN, *wrong) == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("format", ["nifti", "dicom"])
def test_several_organs_come_in_other_formats_on_the_scan_s_grid(models: str, tmp_path: Path, format: str) -> None:
    path = tmp_path / "organs.json"
    path.write_text(json.dumps({"organs": [{"structure": "liver"}, {"structure": "spleen"}]}), encoding="utf-8")
    out = tmp_path / "out"
    assert run(models, out, "--request", str(path), NO_PICTURES, "--format", format) == 0
    files = json.loads((out / "report.json").read_text())["files"]
    assert all((out / name).is_file() for name in files), files
    if format == "nifti":
        mask, scan = (sitk.ReadImage(str(out / f"{name}.nii.gz")) for name in ("mask", "volume"))
        labels = sitk.GetArrayFromImage(mask)
        assert mask.GetSize() == scan.GetSize() and np.allclose(mask.GetOrigin(), scan.GetOrigin(), atol=1e-3)
        assert {"liver/mask.nii.gz", "spleen/mask.nii.gz"} <= set(files) and not list(out.rglob("*mask.seg.nrrd"))
        own = sitk.GetArrayFromImage(sitk.ReadImage(str(out / "liver" / "mask.nii.gz")))
        assert np.array_equal(labels == 1, own > 0), "the liver's cube is the scan's"
    else:
        import highdicom as hd

        segmentation = hd.seg.segread(out / "mask.dcm")
        assert [one.segment_label for one in segmentation.SegmentSequence] == ["Liver", "Spleen"]
        labels = segmentation.get_volume(combine_segments=True).array
        assert len(list((out / "volume").iterdir())) == 128
    assert set(np.unique(labels)) == {0, 1, 2}


def test_a_request_gives_a_folder_for_each_organ_and_the_whole(
    models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = {"structure": "liver", "sketches": [SKETCH], "text": "about 1.4 litres"}
    path = tmp_path / "organs.json"
    path.write_text(json.dumps({"organs": [drawn, {"structure": "spleen"}]}), encoding="utf-8")
    assert run(models, tmp_path / "out", "--request", str(path), NO_PICTURES, "--seed", "9", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["organs"]) == ["liver", "spleen"]
    assert told["provenance"]["liver"]["seed"] == 9
    assert told["organs"]["liver"]["sketch"]["iou"] > 0.5
    segments = slicerio.read_segmentation(str(tmp_path / "out" / "mask.seg.nrrd"))["segments"]
    assert [one["id"] for one in segments] == ["liver", "spleen"]
    assert (tmp_path / "out" / "volume.nrrd").is_file()
    assert run(models, tmp_path / "edit", "--edit", str(tmp_path / "out" / "spleen"), NO_PICTURES, "--no-volume") == 0

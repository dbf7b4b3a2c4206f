import errno
import json
import os
import sys
from dataclasses import replace

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk
import slicerio

from Sketch2CTLib.errors import OutputError
from Sketch2CTLib.frames import VoxelGrid, read_volume
from Sketch2CTLib.generation import files, headers, result_folder
from Sketch2CTLib.generation.candidates import agreement_of
from Sketch2CTLib.generation.report.build import build_report
from Sketch2CTLib.generation.results import Candidate, GenerationResult
from Sketch2CTLib.generation.values import ImageVolume, MaskVolume, Provenance

GRID = VoxelGrid.ras_cube((12.5, -40.0, 77.0), 160.0, 16)
WORDS = "A liver –\n“smooth”, 1.4 litres; Ausläufer | 左\\nside"
PROVENANCE = Provenance(
    "0.1.0",
    {"mask_diffusion": "ab" * 32, "image_diffusion": "cd" * 32},
    7,
    25,
    {"sketch": 1.5, "numbers": 1.5, "words": 1.5},
    ({"role": "silhouette", "view": "axial", "sha256": "ef" * 32},),
    WORDS,
    "small",
    {"candidate_seeds": [7, 11, 13], "spread": 0.5, "draws": 2},
)


def candidate(structure="liver", at=(3, 5, 9), with_image=True):
    labels = np.zeros(GRID.shape_kji, dtype=np.uint8)
    labels[at[0] : at[0] + 4, at[1] : at[1] + 5, at[2] : at[2] + 6] = 1
    mask = MaskVolume(labels, GRID, structure)
    image = ImageVolume(np.arange(16**3).reshape(GRID.shape_kji) - 2000, GRID) if with_image else None
    report = build_report(mask, asked={"volume_ml": 100.0}, measured={"volume_ml": mask.volume_ml, "components": 1.0})
    return Candidate(mask, image, report)


def result(*candidates, **rest):
    return GenerationResult(candidates or (candidate(),), (), PROVENANCE, **rest)


def everything(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def quick_preview(monkeypatch):
    monkeypatch.setattr(files, "render_preview", lambda candidate, sketch, path: path.write_bytes(b"png"))
    monkeypatch.setattr(files, "render_report_picture", lambda *given, **named: given[2].write_bytes(b"png"))


def test_segmentation_opens_in_slicerio(tmp_path):
    paths = files.write_result(result(), tmp_path)
    read = slicerio.read_segmentation(str(paths["mask.seg.nrrd"]))
    (segment,) = read["segments"]
    assert (segment["id"], segment["name"], segment["labelValue"], segment["layer"]) == ("liver", "Liver", 1, 0)
    assert segment["color"] == pytest.approx([221 / 255, 130 / 255, 101 / 255], abs=1e-5)
    assert segment["extent"] == [0, 15, 0, 15, 0, 15]
    assert segment["terminology"]["type"] == ["SCT", "10200004", "Liver"]
    assert segment["terminology"]["category"] == ["SCT", "123037004", "Anatomical Structure"]
    assert segment["status"] == "completed" and segment["tags"]["Synthetic"] == "1"
    assert read["masterRepresentation"] == "Binary labelmap"
    assert read["containedRepresentationNames"] == ["Binary labelmap"]
    corner_lps = read["ijkToLPS"] @ [9, 5, 3, 1]
    assert corner_lps[:3] == pytest.approx(np.array([-1, -1, 1]) * GRID.to_ras([9, 5, 3]))
    assert read["voxels"][9, 5, 3] == 1 and read["voxels"][3, 5, 9] == 0


def test_a_sided_structure_says_its_side(tmp_path, quick_preview):
    paths = files.write_result(result(candidate("left_kidney")), tmp_path)
    (segment,) = slicerio.read_segmentation(str(paths["mask.seg.nrrd"]))["segments"]
    assert segment["terminology"]["type"][1] == "64033007"
    assert segment["terminology"]["typeModifier"] == ["SCT", "7771000", "Left"]


def test_both_volumes_open_in_itk_and_nrrd_with_true_geometry(tmp_path, quick_preview):
    one = candidate()
    paths = files.write_result(result(one), tmp_path)
    for name, array, dtype in (
        ("mask.seg.nrrd", one.mask.labels, np.uint8),
        ("volume.nrrd", one.image.values, np.int16),
    ):
        read, grid, _ = read_volume(paths[name])
        assert read.dtype == dtype and np.array_equal(read, array)
        assert np.allclose(grid.ijk_to_ras, GRID.ijk_to_ras)
        image = sitk.ReadImage(str(paths[name]))
        assert image.GetSpacing() == pytest.approx((10, 10, 10))
        data, header = nrrd.read(str(paths[name]), index_order="C")
        assert np.array_equal(data, array)
        assert header["space"] == "left-posterior-superior" and header["encoding"] == "gzip"
        assert list(header["kinds"]) == ["domain"] * 3


def test_headers_carry_the_provenance_on_one_ascii_line(tmp_path, quick_preview):
    paths = files.write_result(result(), tmp_path)
    for name in ("mask.seg.nrrd", "volume.nrrd"):
        header = nrrd.read_header(str(paths[name]))
        fields = read_volume(paths[name])[2]
        wanted = {
            "Synthetic": "1",
            "Sketch2CT_Version": "0.1.0",
            "Sketch2CT_Preset": "small",
            "Sketch2CT_Model_mask_diffusion": "ab" * 32,
            "Sketch2CT_Seed": "7",
            "Sketch2CT_Steps": "25",
            "Sketch2CT_Guidance": "1.5",
            "Sketch2CT_Spread": "0.5",
            "Sketch2CT_Draws": "2",
            "Sketch2CT_Second_Sketch": "none",
            "Sketch2CT_Sketch": "ef" * 32,
            "Sketch2CT_Description": 'A liver - "smooth", 1.4 litres; Auslaufer | ?-nside',
        }
        for key, value in wanted.items():
            assert header[key] == value and fields[key] == value
        raw = paths[name].read_bytes().split(b"\n\n", 1)[0]
        assert raw.decode("ascii")


def test_report_is_strict_json_with_words_as_given(tmp_path, quick_preview):
    paths = files.write_result(result(), tmp_path)
    data = json.loads(paths["report.json"].read_text("utf-8"), parse_constant=lambda text: pytest.fail(text))
    assert data["format"] == "sketch2ct.report" and data["synthetic"] is True
    assert data["provenance"]["description"] == WORDS and data["provenance"]["seed"] == 7
    assert data["numbers"]["volume_ml"]["measured"] == pytest.approx(120.0)
    assert data["files"] == ["mask.seg.nrrd", "volume.nrrd", "report.json", "preview.png", "report.png"]
    assert data["grid"]["spacing_ijk_mm"] == pytest.approx([10, 10, 10])


def test_candidates_lie_in_their_own_folders(tmp_path, quick_preview):
    three = result(candidate(), candidate(at=(1, 1, 1)), candidate(at=(8, 8, 8), with_image=False))
    paths = files.write_result(three, tmp_path / "new" / "out")
    assert sorted(str(p.relative_to(tmp_path / "new" / "out")) for p in paths.values()) == sorted(
        [
            f"{folder}{name}"
            for folder in ("", "candidate_02/")
            for name in ("mask.seg.nrrd", "volume.nrrd", "report.json", "preview.png")
        ]
        + [f"candidate_03/{name}" for name in ("mask.seg.nrrd", "report.json", "preview.png")]
        + ["report.png"]
    )
    for index, name in enumerate(("mask.seg.nrrd", "candidate_02/mask.seg.nrrd", "candidate_03/mask.seg.nrrd")):
        assert np.array_equal(read_volume(paths[name])[0], three.candidates[index].mask.labels)
    assert sorted(p.name for p in (tmp_path / "new" / "out").iterdir()) == sorted(
        ["mask.seg.nrrd", "volume.nrrd", "report.json", "preview.png", "report.png", "candidate_02", "candidate_03"]
    )
    assert nrrd.read_header(str(paths["candidate_02/mask.seg.nrrd"]))["Sketch2CT_Seed"] == "11"
    data = json.loads(paths["candidate_02/report.json"].read_text("utf-8"))
    assert data["candidate"] == 2 and [c["folder"] for c in data["candidates"]] == [".", "candidate_02", "candidate_03"]


def test_pictures_can_be_left_out(tmp_path):
    with_all = files.write_result(result(candidate(), candidate()), tmp_path / "all")
    without = files.write_result(result(candidate(), candidate()), tmp_path / "less", pictures=False)
    gone = {"preview.png", "report.png", "candidate_02/preview.png"}
    assert set(with_all) - set(without) == gone and not list((tmp_path / "less").rglob("*.png"))
    told = json.loads(without["report.json"].read_text())["files"]
    assert set(told) == {name for name in without if "/" not in name}
    same = [name for name in without if not name.endswith("report.json")]
    assert all(with_all[name].read_bytes() == without[name].read_bytes() for name in same)


def test_several_candidates_leave_a_map_of_agreement(tmp_path, quick_preview):
    pair = [candidate(with_image=False), candidate(at=(3, 5, 8), with_image=False)]
    agreement = agreement_of([one.mask for one in pair])
    paths = files.write_result(result(*pair, agreement=agreement), tmp_path)
    percent, grid, fields = read_volume(paths["agreement.nrrd"])
    assert percent.dtype == np.uint8 and np.allclose(grid.ijk_to_ras, GRID.ijk_to_ras)
    assert percent[3, 5, 8] == 50 and percent[3, 5, 9] == 100 and percent[0, 0, 0] == 0
    assert fields["Synthetic"] == "1" and fields["Sketch2CT_Unit"] == "percent of candidates"
    data = json.loads(paths["report.json"].read_text("utf-8"))
    assert data["agreement"]["common_ml"] == pytest.approx(100.0)
    assert data["candidates"][1]["dice_with_others"] == pytest.approx(data["agreement"]["pairwise_dice"])
    assert "candidate_02/agreement.nrrd" not in paths


def test_an_edit_and_guidance_by_kind_are_in_the_header(tmp_path, quick_preview):
    made = replace(
        PROVENANCE,
        guidance={"sketch": 1.5, "numbers": 2.0, "words": 1.0},
        drawings=(
            *PROVENANCE.drawings,
            {"role": "contour", "view": "axial", "sha256": "cc" * 32},
            {"role": "silhouette", "view": "coronal", "sha256": "aa" * 32},
        ),
        edit={"strength": 0.4, "former": "bb" * 32},
    )
    paths = files.write_result(GenerationResult((candidate(),), (), made), tmp_path)
    header = nrrd.read_header(str(paths["mask.seg.nrrd"]))
    assert header["Sketch2CT_Guidance"] == "sketch 1.5 numbers 2 words 1"
    assert header["Sketch2CT_Edit_Strength"] == "0.4" and header["Sketch2CT_Edit_Former"] == "bb" * 32
    assert header["Sketch2CT_Second_Sketch"] == "aa" * 32 and header["Sketch2CT_Contours"] == "cc" * 32


def test_files_have_the_rights_of_the_folder(tmp_path, quick_preview):
    out = tmp_path / "out"
    for path in files.write_result(result(), out).values():
        assert path.stat().st_mode & 0o777 == out.stat().st_mode & 0o666


def former(folder):
    """What is left of a former result with two candidates, a scan and pictures."""
    (folder / "candidate_02").mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps({"format": "sketch2ct.report"}))
    for name in ("volume.nrrd", "preview.png", "agreement.nrrd", "candidate_02/mask.seg.nrrd"):
        (folder / name).write_text(f"old {name}")


def test_of_a_former_result_nothing_is_left_and_other_files_stay(tmp_path, quick_preview):
    former(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    paths = files.write_result(result(candidate(with_image=False)), tmp_path, pictures=False)
    assert (
        sorted(everything(tmp_path)) == sorted([*paths, "notes.txt"]) == ["mask.seg.nrrd", "notes.txt", "report.json"]
    )
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 3, "empty folders and what was hidden are gone"


@pytest.mark.parametrize("name", ["notes.txt", "report.json", "volume.nrrd"])
def test_a_folder_that_is_no_result_is_left_alone(tmp_path, quick_preview, name):
    (tmp_path / name).write_text("mine")
    for write in (
        lambda: result_folder.require_result_folder(tmp_path),
        lambda: files.write_result(result(), tmp_path),
    ):
        with pytest.raises(OutputError, match="holds no result") as caught:
            write()
        assert "empty folder" in caught.value.hint
    assert everything(tmp_path) == {name: b"mine"}
    files.write_result(result(), tmp_path, merge=True)
    assert (tmp_path / "mask.seg.nrrd").is_file()


def test_an_input_among_the_files_to_be_replaced_is_refused(tmp_path):
    former(tmp_path)
    result_folder.require_result_folder(tmp_path, [None, tmp_path / "mine.nrrd", tmp_path.parent / "volume.nrrd"])
    with pytest.raises(OutputError, match="would be replaced"):
        result_folder.require_result_folder(tmp_path, [tmp_path / "volume.nrrd"])


def test_a_full_disk_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    former(tmp_path)
    before = everything(tmp_path)

    def full(candidate, sketch, path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "render_preview", full)
    with pytest.raises(OutputError, match="No space left") as caught:
        files.write_result(result(), tmp_path)
    assert caught.value.hint and caught.value.exit_status == 2
    assert everything(tmp_path) == before
    with pytest.raises(OutputError):
        files.write_result(result(), tmp_path / "a" / "b")
    assert not (tmp_path / "a").exists()


# Three renames while the volumes are written aside, five old files out, then eight new ones into place.
@pytest.mark.parametrize("fails_at", range(1, 17))
@pytest.mark.parametrize(
    "fault", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()], ids=["disk", "Ctrl+C"]
)
def test_a_rename_that_fails_is_undone(tmp_path, quick_preview, monkeypatch, fails_at, fault):
    former(tmp_path)
    before, calls, real = everything(tmp_path), [], os.replace

    def fragile(source, target):
        calls.append(target)
        if len(calls) == fails_at:
            raise fault
        real(source, target)

    monkeypatch.setattr(os, "replace", fragile)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        files.write_result(result(candidate(), candidate(with_image=False)), tmp_path)
    assert everything(tmp_path) == before
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]


def test_all_renames_of_the_test_above_are_counted(tmp_path, quick_preview, monkeypatch):
    former(tmp_path)
    calls, real = [], os.replace
    monkeypatch.setattr(os, "replace", lambda source, target: (calls.append(target), real(source, target)))
    files.write_result(result(candidate(), candidate(with_image=False)), tmp_path)
    assert len(calls) == 16


def test_old_files_that_cannot_be_put_back_are_kept(tmp_path, quick_preview, monkeypatch):
    former(tmp_path)
    before, calls, real = everything(tmp_path), [], os.replace

    def broken(source, target):
        calls.append(target)
        if len(calls) > 6:
            raise OSError(errno.EIO, "Input/output error")
        real(source, target)

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OutputError):
        files.write_result(result(candidate(), candidate(with_image=False)), tmp_path)
    assert set(before.values()) <= set(everything(tmp_path).values())


def test_two_runs_wait_for_each_other(tmp_path, quick_preview, monkeypatch):
    monkeypatch.setattr(result_folder, "_LOCK_S", 0.1)
    (tmp_path / ".replacing").mkdir()
    with pytest.raises(OutputError, match="another run") as caught:
        files.write_result(result(), tmp_path)
    assert ".replacing" in caught.value.hint
    assert [one.name for one in tmp_path.iterdir()] == [".replacing"]


def test_unwritable_places_are_named_before_and_after(tmp_path, quick_preview):
    blocker = tmp_path / "file"
    blocker.write_text("x")
    for out in (blocker, blocker / "below"):
        with pytest.raises(OutputError, match="file"):
            result_folder.check_writable(out)
        with pytest.raises(OutputError, match="file"):
            files.write_result(result(), out)
    (tmp_path / "out" / "mask.seg.nrrd").mkdir(parents=True)
    with pytest.raises(OutputError, match="is a folder"):
        files.write_result(result(), tmp_path / "out", merge=True)
    assert blocker.read_text() == "x"


@pytest.mark.skipif(os.name != "posix" or sys.platform == "darwin", reason="file names are always Unicode there")
def test_a_folder_whose_name_is_not_utf8_is_refused(tmp_path, quick_preview):
    out = tmp_path / os.fsdecode(b"gr\xf6\xdfe")
    for write in (lambda: result_folder.check_writable(out), lambda: files.write_result(result(), out)):
        with pytest.raises(OutputError, match="UTF-8") as caught:
            write()
        str(caught.value).encode("utf-8")
    assert list(tmp_path.iterdir()) == []


def test_check_writable_leaves_nothing(tmp_path):
    result_folder.check_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match="MB left"):
        result_folder.check_writable(tmp_path, free_mb=1e12)


def test_header_text_is_one_line():
    assert headers.header_text("a\r\n\tb\x00 c") == "a b c"
    assert len(headers.header_text("x" * 10_000)) == 2000


def test_other_formats_hold_the_same_and_replace_each_other(tmp_path, quick_preview):
    pair = [candidate(), candidate(at=(4, 5, 9)), candidate(with_image=False)]
    agreement = agreement_of([one.mask for one in pair])
    forms = {"nifti": "mask.nii.gz", "dicom": "mask.dcm", "nrrd": "mask.seg.nrrd"}
    for form, mask in forms.items():
        paths = files.write_result(result(*pair, agreement=agreement), tmp_path, format=form)
        (tmp_path / "notes.txt").write_text("mine")
        assert set(everything(tmp_path)) == {*paths, "notes.txt"}
        told = json.loads((tmp_path / "report.json").read_text())["files"]
        assert mask in told and all((tmp_path / name).is_file() for name in told)
        if form == "dicom":
            assert len(list((tmp_path / "candidate_02" / "volume").glob("*.dcm"))) == 16
            assert (tmp_path / "candidate_03" / "mask.seg.nrrd").is_file(), "a mask without a scan stays NRRD"
        else:
            values, grid, _ = read_volume(tmp_path / f"candidate_02/volume.{'nii.gz' if form == 'nifti' else 'nrrd'}")
            assert np.array_equal(values, pair[1].image.values) and np.allclose(grid.ijk_to_ras, GRID.ijk_to_ras)
    assert not (tmp_path / "candidate_02" / "volume").exists(), "no empty folder is left"

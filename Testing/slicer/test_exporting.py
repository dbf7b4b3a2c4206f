"""Exports: whole or not at all, nothing replaced, and every format brings the same voxels to the same place."""

import errno
import json
import os
import resource
import shutil

import numpy as np
import pytest
import slicer
import slicer_bodies
from Sketch2CTUI.nodes import exporting, result_nodes
from Sketch2CTUI.nodes.loading import CandidateFiles

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import InputError, MissingDependency, OutputError
from Sketch2CTLib.frames import VoxelGrid, read_volume, write_nrrd


@pytest.fixture
def shown(scene, result):
    return result_nodes.accept(result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver"))


def names(paths):
    return [path.name for path in paths]


def test_a_result_folder_is_exported_as_it_was_generated(scene, result, tmp_path):
    paths = exporting.export(result, tmp_path / "out" / "deep", {"nrrd", "seg.nrrd", "nifti", "report"})
    stem = "SYNTHETIC_liver_candidate_1"
    assert names(paths) == [
        *(f"{stem}_{name}.nrrd" for name in ("mask", "volume", "agreement")),
        f"{stem}_mask.seg.nrrd",
        *(f"{stem}_{name}.nii.gz" for name in ("mask", "volume", "agreement")),
        f"{stem}_report.json",
    ]
    assert sorted(os.listdir(tmp_path / "out" / "deep")) == sorted(names(paths))
    for path in paths[:-1]:
        own = "agreement" if "agreement" in path.name else "volume" if "volume" in path.name else "mask.seg"
        expected, grid, _ = read_volume(result / f"{own}.nrrd")
        values, placed, fields = read_volume(path)
        assert np.array_equal(values, expected) and np.allclose(placed.ijk_to_ras, grid.ijk_to_ras, atol=1e-4)
        assert path.suffix == ".gz" or fields["Synthetic"] == "1"


def test_other_candidates_can_be_named_by_number_or_folder(scene, result, tmp_path):
    by_number = exporting.export(result, tmp_path / "a", ["seg.nrrd"], candidate=1)
    by_folder = exporting.export(str(result / "candidate_02"), tmp_path / "b", ["seg.nrrd"])
    assert names(by_number) == names(by_folder) == ["SYNTHETIC_liver_candidate_2_mask.seg.nrrd"]
    assert by_number[0].read_bytes() == (result / "candidate_02" / "mask.seg.nrrd").read_bytes()


def test_nodes_are_exported_as_they_are_now(scene, shown, result, tmp_path):
    labels = slicer.util.arrayFromSegmentBinaryLabelmap(shown.segmentation, "liver", shown.volume)
    labels[:, :, : labels.shape[2] // 2] = 0
    slicer.util.updateSegmentBinaryLabelmapFromArray(labels, shown.segmentation, "liver", shown.volume)
    before = scene.GetNumberOfNodes()
    kinds = set(exporting.KINDS) - {"dicom"}
    paths = exporting.export(shown, tmp_path / "out", kinds, report=result / "report.json")
    assert scene.GetNumberOfNodes() == before and shown.segmentation.GetStorageNode() is None
    assert {path.name.removeprefix("SYNTHETIC_liver_1_") for path in paths} == {
        "mask.nrrd",
        "volume.nrrd",
        "mask.seg.nrrd",
        "mask.nii.gz",
        "volume.nii.gz",
        "report.json",
    }
    for path in paths:
        if "mask" in path.name:
            values, grid, _ = read_volume(path)
            assert (values > 0).sum() == labels.sum(), path.name
            assert np.allclose(grid.to_ras((0, 0, 0)), read_volume(result / "volume.nrrd")[1].to_ras((0, 0, 0))) or (
                "seg" in path.name
            )
    fields = read_volume(tmp_path / "out" / "SYNTHETIC_liver_1_mask.nrrd")[2]
    assert fields["Sketch2CT_Seed"] == "7"


def test_oblique_nodes_keep_their_place_in_every_format(scene, tmp_path):
    grid = slicer_bodies.oriented_grid((1, 2, 0), (True, False, True), tilt=slicer_bodies.turn((1, 1, 2), 33.0))
    folder = slicer_bodies.write_result(
        tmp_path / "result", grid=grid, masks=[slicer_bodies.body(grid, 120.0)], volume=True
    )
    node = result_nodes.show_candidate(CandidateFiles(folder, 0), structure="liver")
    expected = slicer_bodies.body(grid, 120.0)
    middle = grid.to_ras(np.argwhere(expected)[:, ::-1]).mean(axis=0)
    for source in (folder, node):
        for path in exporting.export(source, tmp_path / "out", ["nrrd", "seg.nrrd", "nifti"]):
            values, placed, _ = read_volume(path)
            body = values > 60 if "volume" in path.name else values > 0
            assert np.allclose(placed.to_ras(np.argwhere(body)[:, ::-1]).mean(axis=0), middle, atol=1e-3), path.name


def test_without_a_report_the_provenance_is_told(scene, shown, tmp_path):
    (path,) = exporting.export([shown.segmentation], tmp_path, ["report"])
    told = json.loads(path.read_text())
    assert told["nodes"]["SYNTHETIC liver 1"]["Sketch2CT_Seed"] == "7"


@pytest.mark.parametrize("of_nodes", [False, True])
def test_dicom_is_a_series_with_the_segmentation_of_it(scene, shown, result, tmp_path, of_nodes):
    hd, sitk = pytest.importorskip("highdicom"), pytest.importorskip("SimpleITK")
    (folder, report) = exporting.export(shown if of_nodes else result, tmp_path / "out", ["dicom", "report"])
    assert folder.name.endswith("_dicom") and report.name.endswith("_report.json")
    expected, grid, _ = read_volume(result / "volume.nrrd")
    mask, _, _ = read_volume(result / "mask.seg.nrrd")
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder / "volume")))
    image = reader.Execute()
    values = sitk.GetArrayFromImage(image)
    assert values.shape == expected.shape and np.sort(values.ravel()).tolist() == np.sort(expected.ravel()).tolist()
    assert np.allclose(image.GetSpacing(), grid.spacing_mm)
    segmentation = hd.seg.segread(folder / "mask.dcm")
    assert [one.segment_label for one in segmentation.SegmentSequence] == ["Liver"]
    assert segmentation.SyntheticData == "YES"
    assert np.count_nonzero(segmentation.get_volume(combine_segments=True).array) == np.count_nonzero(mask)
    again = exporting.export(shown if of_nodes else result, tmp_path / "out", ["dicom"])
    assert again[0] != folder and len(list(folder.rglob("*.dcm"))) == len(expected) + 1


def test_dicom_without_its_packages_or_a_scan_is_one_sentence(scene, result, tmp_path, monkeypatch):
    from Sketch2CTLib.formats import needed

    with monkeypatch.context() as without:
        without.setattr(needed, "find_spec", lambda name: None if name == "highdicom" else object())
        with pytest.raises(MissingDependency, match="'highdicom'") as told:
            exporting.export(result, tmp_path / "out", ["nrrd", "dicom"])
    assert "slicer.util.pip_install" in told.value.hint and "highdicom" in told.value.hint
    pytest.importorskip("highdicom")
    (result / "volume.nrrd").unlink()
    with pytest.raises(InputError, match="refers to a scan"):
        exporting.export(result, tmp_path / "out", ["nrrd", "dicom"])
    assert not (tmp_path / "out").exists()


def test_dicom_of_several_organs_has_a_segment_each(scene, tmp_path):
    hd = pytest.importorskip("highdicom")
    grid, wide = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 64.0, 16), VoxelGrid.ras_cube((-20.0, 0.0, 0.0), 120.0, 60)
    names, fields = ("liver", "spleen"), {"Synthetic": "1"}
    labels = np.zeros(wide.shape_kji, np.uint8)
    points = wide.to_ras(np.stack(np.indices(labels.shape)[::-1], axis=-1))
    for number, (name, middle) in enumerate(zip(names, ((10.0, 0, 0), (-35.0, 0, 0)), strict=True)):
        labels[np.linalg.norm(points - middle, axis=-1) < 20.0] = catalog.structure(name).label
        told = {"ID": name, "Name": name, "LabelValue": str(catalog.structure(name).label), "Layer": "0"}
        fields |= {f"Segment{number}_{key}": text for key, text in told.items()}
    result = tmp_path / "result"
    write_nrrd(result / "mask.seg.nrrd", labels, wide, fields)
    write_nrrd(result / "volume.nrrd", np.full(grid.shape_kji, 40, np.int16), grid, {"Synthetic": "1"})
    (result / "report.json").write_text(json.dumps({"kind": "organs", "organs": {name: {} for name in names}}))
    (folder,) = exporting.export(str(result), tmp_path / "out", ["dicom"])
    assert folder.name == "SYNTHETIC_liver_spleen_dicom"
    segmentation = hd.seg.segread(folder / "mask.dcm")
    assert [one.segment_label for one in segmentation.SegmentSequence] == ["Liver", "Spleen"]
    found = np.asarray(segmentation.get_volume(combine_segments=True).array)
    assert found.shape == grid.shape_kji
    ml = [np.count_nonzero(found == number) * grid.voxel_ml for number in (1, 2)]
    assert ml[0] == pytest.approx(4 / 3 * np.pi * 2**3, rel=0.1) and 0 < ml[1] < 0.7 * ml[0], "the scan ends there"


def test_nothing_is_replaced(scene, result, tmp_path):
    first = exporting.export(result, tmp_path, ["seg.nrrd", "report"])
    before = first[0].read_bytes()
    second = exporting.export(result, tmp_path, ["report"])
    assert names(second) == ["SYNTHETIC_liver_candidate_1_2_report.json"] and first[0].read_bytes() == before


def test_what_cannot_be_exported_is_one_sentence(scene, result, tmp_path):
    for kinds, why in ((set(), "No kind"), ({"tiff"}, "No kind")):
        with pytest.raises(InputError, match=why):
            exporting.export(result, tmp_path / "out", kinds)
    with pytest.raises(InputError, match="no result"):
        exporting.export(tmp_path, tmp_path / "out", ["nrrd"])
    with pytest.raises(InputError, match="nothing to export"):
        exporting.export([None], tmp_path / "out", ["nrrd"])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kinds", [["seg.nrrd", "report"], ["nrrd"], ["nifti"], ["dicom"]])
@pytest.mark.parametrize("of_nodes", [False, True])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(scene, shown, result, tmp_path, kinds, of_nodes):
    """No file may grow beyond 2 kB: writes fail as they do on a full disk, in Python and in Slicer's C++ alike."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    out = tmp_path / "out"
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises(OutputError) as told:
            exporting.export(shown if of_nodes else result, out, kinds)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "disk is full" in told.value.message and str(out) in told.value.message and "space" in told.value.hint
    assert not out.exists()


def test_a_disk_with_little_room_is_told_before_anything_is_written(scene, shown, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(OutputError, match="the disk is full; nothing was left there"):
        exporting.export(shown, tmp_path / "out", ["nrrd"])
    assert not (tmp_path / "out").exists()


def test_a_fault_at_the_last_file_takes_the_first_ones_back(scene, result, tmp_path, monkeypatch):
    real, calls = os.replace, []

    def replace(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(errno.EACCES, "Permission denied")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="Permission denied") as told:
        exporting.export(result, tmp_path / "out", ["seg.nrrd", "report"])
    assert "may write" in told.value.hint
    assert os.listdir(tmp_path / "out") == ["mine.txt"]


def test_a_file_in_the_folders_place_is_one_sentence(scene, result, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="did not work"):
        exporting.export(result, tmp_path / "out", ["report"])
    assert (tmp_path / "out").read_text() == "a file"

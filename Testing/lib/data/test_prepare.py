"""Preparation: true millimetres and sides, resumption, and every broken case named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from synthetic import make_scan, organ, write_set

from Sketch2CTLib.data.prepare import prepare
from Sketch2CTLib.data.prepared import FORMAT, PreparedSet, check_no_leak
from Sketch2CTLib.data.spec import DatasetSpec
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.frames import VIEWS, project, to_sitk
from Sketch2CTLib.workers import Workers


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> PreparedSet:
    root = tmp_path_factory.mktemp("set")
    prepare(DatasetSpec.load(write_set(root / "scans")), root / "out")
    return PreparedSet(root / "out")


def test_every_case_becomes_a_ras_cube(prepared: PreparedSet) -> None:
    assert len(prepared) == 8
    for case in prepared.cases(structure="liver"):
        assert case.grid.shape_kji == (128, 128, 128)
        np.testing.assert_allclose(np.diag(case.grid.ijk_to_ras)[:3], 2.5)
        labels, _, grid = make_scan(int(case.case[1]), flipped=int(case.case[1]) % 2 == 1)
        assert case.mask().sum() * case.grid.voxel_ml == pytest.approx((labels == 6).sum() * grid.voxel_ml, rel=0.01)
        assert case.metrics["volume_ml"] == pytest.approx((labels == 6).sum() * grid.voxel_ml, rel=0.01)


def test_the_cube_is_centred_and_its_content_in_place(prepared: PreparedSet) -> None:
    case = prepared.cases(structure="liver")[1]
    inside = np.argwhere(case.mask())
    middle = (inside.min(0) + inside.max(0)) / 2
    np.testing.assert_allclose(middle, 63.5, atol=1.5)
    labels, _, grid = make_scan(1, flipped=True)
    source_center = grid.to_ras(np.argwhere(labels == 6)[:, ::-1]).mean(0)
    cube_center = case.grid.to_ras(inside[:, ::-1]).mean(0)
    np.testing.assert_allclose(cube_center, source_center, atol=1.0)


def test_left_is_left_for_flipped_scans_too(prepared: PreparedSet) -> None:
    for case in prepared.cases(structure="liver"):
        picture = project(case.mask(), VIEWS["axial"])
        columns = np.flatnonzero(picture.any(axis=0))
        heights = picture.sum(axis=0)[columns]
        middle = len(heights) // 2
        assert heights[:middle].sum() > 1.2 * heights[middle:].sum(), "the fat half belongs at the picture's left"


def test_images_keep_their_values(prepared: PreparedSet) -> None:
    for case in prepared.cases(structure="liver"):
        image = case.image()
        assert image is not None
        assert image.dtype == np.int16
        assert np.median(image[case.mask()]) == pytest.approx(110, abs=3)
        assert image.min() >= -125


def test_neighbours_stand_in_the_label_cube(prepared: PreparedSet) -> None:
    labels = prepared.cases(structure="liver")[0].labels()
    assert set(np.unique(labels)) == {0, 1, 2}


def test_split_is_by_patient_and_leaks_are_refused(prepared: PreparedSet) -> None:
    assert {c.case for c in prepared.cases("val")} == {"c3"}
    records = [dict(c.record) for c in prepared]
    records[0]["split"] = "val"
    with pytest.raises(DatasetError, match="both splits"):
        check_no_leak(records)


def test_a_second_run_reuses_everything(tmp_path: Path) -> None:
    spec = DatasetSpec.load(write_set(tmp_path / "scans", 2, val="c1"))
    assert prepare(spec, tmp_path / "out").made == 4
    manifest = (tmp_path / "out" / "manifest.json").read_text()
    again = prepare(spec, tmp_path / "out")
    assert (again.made, again.reused) == (0, 4)
    assert (tmp_path / "out" / "manifest.json").read_text() == manifest


def test_any_number_of_workers_writes_the_same_bytes(tmp_path: Path) -> None:
    spec = DatasetSpec.load(write_set(tmp_path / "scans", 4, val="c3"))
    (tmp_path / "scans" / "c1_label.nii.gz").write_bytes(b"not a volume")
    told: list[tuple[int, int]] = []
    alone = prepare(spec, tmp_path / "alone")
    shared = prepare(
        spec, tmp_path / "shared", workers=Workers(2), progress=lambda done, of, case: told.append((done, of))
    )
    assert shared == alone and shared.made == 6 and len(shared.skipped) == 1
    assert told == [(done, 4) for done in range(5)]
    files = [
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "alone", tmp_path / "shared")
    ]
    assert files[0] == files[1] and len(files[0]) > 10


def test_numbers_of_an_older_definition_are_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = DatasetSpec.load(write_set(tmp_path / "scans", 2, val="c1"))
    prepare(spec, tmp_path / "out")
    monkeypatch.setattr("Sketch2CTLib.data.prepare.METRICS_VERSION", -1)
    assert prepare(spec, tmp_path / "out").made == 4


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    spec = DatasetSpec.load(write_set(tmp_path / "scans", 3, val="c2"))

    def stop_at_second(done: int, of: int, case: str) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(spec, tmp_path / "out", progress=stop_at_second)
    summary = prepare(spec, tmp_path / "out")
    assert (summary.made, summary.reused) == (4, 2)


def test_broken_and_empty_cases_are_named_and_skipped(tmp_path: Path) -> None:
    path = write_set(tmp_path / "scans", 4, val="c3")
    (tmp_path / "scans" / "c0_label.nii.gz").write_bytes(b"not a volume")
    labels, _, grid = make_scan(1, flipped=True)
    sitk.WriteImage(
        to_sitk(np.where(labels == 1, 0, labels).astype(np.uint8), grid), str(tmp_path / "scans/c1_label.nii.gz")
    )
    (tmp_path / "scans" / "c2_ct.nii.gz").unlink()
    summary = prepare(DatasetSpec.load(path), tmp_path / "out")
    reasons = {(s["case"], s["structure"]): s["reason"] for s in summary.skipped}
    assert set(reasons) == {("c0", "*"), ("c1", "spleen"), ("c2", "*")}
    assert "no spleen" in reasons["c1", "spleen"]
    assert {c.case for c in PreparedSet(tmp_path / "out")} == {"c1", "c3"}


def test_label_only_sets(tmp_path: Path) -> None:
    path = write_set(tmp_path / "scans", 2, val="c1")
    path.write_text("name: bare\nroot: .\nlabel_pattern: '{case}_label.nii.gz'\nlabels: {6: liver}\nsplit: {last: 1}\n")
    prepare(DatasetSpec.load(path), tmp_path / "out")
    case = PreparedSet(tmp_path / "out").cases("val")[0]
    assert case.image() is None
    assert case.modality is None


def test_an_organ_larger_than_its_cube_is_skipped(tmp_path: Path) -> None:
    path = write_set(tmp_path / "scans", 2, val="c1")
    for number in range(2):
        labels, _, grid = make_scan(number, flipped=number == 1)
        affine = grid.ijk_to_ras.copy()
        affine[:3, :3] *= 3.0
        sitk.WriteImage(
            to_sitk(labels, type(grid)(grid.shape_kji, affine)), str(tmp_path / f"scans/c{number}_label.nii.gz")
        )
        (tmp_path / f"scans/c{number}_ct.nii.gz").unlink()
    path.write_text("name: big\nroot: .\nlabel_pattern: '{case}_label.nii.gz'\nlabels: {6: liver}\n")
    with pytest.raises(DatasetError, match="exceeds its 320 mm cube"):
        prepare(DatasetSpec.load(path), tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("labels: {6: liver, 1: spleen}", "labels: {6: lung}"), "lung"),
        (("modality: CT", "modality: XR"), "modality"),
        (("low: -125", "low: 500"), "window low"),
        (('"{case}_label.nii.gz"', '"label.nii.gz"'), "case"),
        (("name: toy", "name: toy\ncolour: red"), "colour"),
        (("val: [c3]", "val: [c9]"), "c9"),
    ],
)
def test_wrong_definitions_are_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = write_set(tmp_path / "scans", 1)
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(DatasetError, match=message):
        prepare(DatasetSpec.load(path), tmp_path / "out")


def test_a_folder_without_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="not a prepared folder"):
        PreparedSet(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"format": "x"}))
    with pytest.raises(DatasetError, match="manifest"):
        PreparedSet(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"format": FORMAT, "version": 1, "cases": [], "skipped": []}))
    with pytest.raises(DatasetError, match="prepared by version 1, version 2 is needed"):
        PreparedSet(tmp_path)


def test_synthetic_organ_is_asymmetric() -> None:
    points = np.array([[40.0, 0, 0], [-70.0, 0, 0]])
    assert organ(points, np.zeros(3), np.full(3, 40.0)).tolist() == [True, False]

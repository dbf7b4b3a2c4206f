"""What of a set is learned from: whole organs without large lesions, unions of labels, splits by patient."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.data.prepare import prepare
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.data.selection import with_lesions
from Sketch2CTLib.data.spec import DatasetSpec, LesionRule
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.frames import VoxelGrid, to_sitk
from Sketch2CTLib.resources import resource_path

GRID = VoxelGrid((40, 40, 80), np.diag([2.0, 2.0, 2.0, 1.0]))
KIDNEYS = LesionRule(labels=(20, 21), organs=("right_kidney", "left_kidney"), most_ml=1.0)
RULES = """
name: toy
root: .
label_pattern: "{case}_label.nii.gz"
labels: {2: right_kidney, 3: left_kidney}
"""


def kidneys() -> np.ndarray:
    """Two boxes of 32 mL, right (2) at small i and left (3) at large i."""
    raw = np.zeros(GRID.shape_kji, dtype=np.uint8)
    raw[10:30, 10:30, 10:20] = 2
    raw[10:30, 10:30, 60:70] = 3
    return raw


def write(folder: Path, raws: dict[str, np.ndarray], rules: str) -> DatasetSpec:
    folder.mkdir(exist_ok=True)
    for case, raw in raws.items():
        sitk.WriteImage(to_sitk(raw, GRID), str(folder / f"{case}_label.nii.gz"))
    (folder / "toy.yaml").write_text(RULES + rules, encoding="utf-8")
    return DatasetSpec.load(folder / "toy.yaml")


def test_a_lesion_joins_the_nearer_kidney() -> None:
    raw = kidneys()
    raw[18:22, 18:22, 20:24] = 20  # beside the right one
    raw[28:34, 18:22, 62:66] = 21  # through the top of the left one
    labels = np.zeros_like(raw)
    labels[raw == 2], labels[raw == 3] = label_value("right_kidney"), label_value("left_kidney")
    owned = with_lesions(labels, raw, GRID, KIDNEYS)
    assert owned == pytest.approx({"right_kidney": 64 * 0.008, "left_kidney": 96 * 0.008})
    assert ((labels == label_value("right_kidney")) == ((raw == 2) | (raw == 20))).all()
    assert ((labels == label_value("left_kidney")) == ((raw == 3) | (raw == 21))).all()


def test_without_the_organs_lesions_belong_to_none() -> None:
    raw = np.where(kidneys() > 0, 20, 0).astype(np.uint8)
    labels = np.zeros_like(raw)
    assert with_lesions(labels, raw, GRID, KIDNEYS) == {"right_kidney": 0.0, "left_kidney": 0.0}
    assert not labels.any()


def test_kidneys_with_a_lesion_are_left_out_and_small_lesions_are_part_of_them(tmp_path: Path) -> None:
    raw = kidneys()
    raw[15:17, 15:17, 20:22] = 20  # 0.06 mL
    raw[10:20, 10:20, 70:74] = 21  # 3.2 mL
    rules = "lesions: {labels: [20, 21], organs: [right_kidney, left_kidney], most_ml: 1.0}\n"
    summary = prepare(write(tmp_path / "s", {"c0": raw}, rules), tmp_path / "out")
    [case] = PreparedSet(tmp_path / "out")
    assert case.structure == "right_kidney"
    assert case.metrics["volume_ml"] == pytest.approx(32.064, rel=0.01)
    assert ["3.2 mL of lesions" in one["reason"] for one in summary.skipped] == [True]


def test_organs_at_a_face_of_the_volume_are_left_out(tmp_path: Path) -> None:
    raw = kidneys()
    raw[30:40, 10:30, 60:70] = 3
    summary = prepare(write(tmp_path / "s", {"c0": raw}, "cut: {by: faces}\n"), tmp_path / "out")
    assert [case.structure for case in PreparedSet(tmp_path / "out")] == ["right_kidney"]
    assert "cut by the field of view (last voxels along k)" in summary.skipped[0]["reason"]


def test_organs_listed_as_cut_are_left_out(tmp_path: Path) -> None:
    spec = write(tmp_path / "s", {"c0": kidneys()}, "cut: {by: listed, file: ../cut.json, set: toy}\n")
    listed = {"cases": {"toy": {"c0": {"left kidney": [32.0, "top bottom"], "right kidney": [32.0, ""]}}}}
    (tmp_path / "cut.json").write_text(json.dumps(listed), encoding="utf-8")
    summary = prepare(spec, tmp_path / "out")
    assert [case.structure for case in PreparedSet(tmp_path / "out")] == ["right_kidney"]
    assert "(top bottom)" in summary.skipped[0]["reason"]


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    spec = write(tmp_path / "s", {"c0": kidneys()}, "cut: {by: listed, file: ../none.json, set: toy}\n")
    with pytest.raises(DatasetError, match="does not list the cut organs of 'toy'"):
        prepare(spec, tmp_path / "out")


def test_an_organ_smaller_than_it_can_be_is_left_out(tmp_path: Path) -> None:
    raw = kidneys()
    raw[14:30, :, 60:70] = 0
    summary = prepare(write(tmp_path / "s", {"c0": raw}, "smallest_ml: {left_kidney: 20}\n"), tmp_path / "out")
    assert "6 mL, less than 20 mL" in summary.skipped[0]["reason"]


@pytest.mark.parametrize("rules", ["cut: {by: listed}\n", "lesions: {labels: [20], organs: [liver]}\n"])
def test_rules_that_name_nothing_are_refused(tmp_path: Path, rules: str) -> None:
    with pytest.raises(DatasetError):
        write(tmp_path / "s", {"c0": kidneys()}, rules)


def test_every_so_manieth_patient_validates_and_scans_of_one_patient_stay_together(tmp_path: Path) -> None:
    rules = "same_patient: [[n_003, n_004]]\nsplit: {every: {divisor: 4, remainder: 3, but: [n_007]}}\n"
    spec = write(tmp_path / "s", {f"n_{n:03d}": kidneys() for n in (3, 4, 5, 7, 11)}, rules)
    split = spec.split_of(spec.cases())
    assert split == {"n_003": "val", "n_004": "val", "n_005": "train", "n_007": "train", "n_011": "val"}


@pytest.mark.parametrize("path", sorted(resource_path("Datasets").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_definitions_are_whole(path: Path, tmp_path: Path) -> None:
    assert DatasetSpec.load(path, root=tmp_path).target_names

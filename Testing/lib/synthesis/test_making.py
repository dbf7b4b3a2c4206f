"""Samples: each depends on the plan and its number alone; what fails is told with its line, what is bad is rejected."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from plans import digests, made, tiny_plan, tiny_source
from synthetic import make_scan

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.frames import read_volume, write_nrrd
from Sketch2CTLib.resources import resource_path
from Sketch2CTLib.synthesis import making
from Sketch2CTLib.synthesis.gate import Gate
from Sketch2CTLib.synthesis.making import Maker
from Sketch2CTLib.synthesis.manifest import write_summary
from Sketch2CTLib.synthesis.sources import Task

pytestmark = pytest.mark.usefixtures("quick_segmenter")
SKETCH = resource_path("Sketches", "liver_sketch.json")


def test_a_sample_depends_on_its_number_alone(models: Path, tmp_path: Path) -> None:
    made(tiny_plan(count=3), models, tmp_path / "a")
    one = Maker(tiny_plan(count=50), tiny_source(models), tmp_path / "b").make(Task(2, {}))
    name = f"labels/{one['name']}.nii.gz"
    assert digests(tmp_path / "b") == {name: digests(tmp_path / "a")[name]}
    assert len(set(digests(tmp_path / "a").values())) == 3
    other = made(tiny_plan(count=1, seed=2), models, tmp_path / "c")
    assert other[0]["request"]["numbers"] != one["request"]["numbers"]


def test_a_sampled_request_is_drawn_and_kept_in_the_record(models: Path, tmp_path: Path) -> None:
    (record,) = made(tiny_plan(count=1), models, tmp_path)
    assert set(record["request"]["numbers"]) == {"volume_ml", "extent_rl_mm", "extent_ap_mm", "extent_si_mm"}
    assert len(record["request"]["drawings"]) == 1 and len(record["report"]["drawings"]) == 1
    assert record["files"][f"labels/{record['name']}.nii.gz"]["bytes"] == record["bytes"] > 0
    again = Maker(tiny_plan(count=1), tiny_source(models), tmp_path).make(Task(0, {}))
    assert again == json.loads(json.dumps(record)), "what is done is not made again"


def test_a_row_that_cannot_be_met_is_told_with_its_line(models: Path, tmp_path: Path) -> None:
    rows = [
        {"structure": "liver", "numbers": {"volume_ml": 1400}, "sketches": [str(SKETCH)]},
        {"structure": "liver", "numbers": {"volume_ml": -3}},
        {"structure": "lung"},
        {"structure": "liver", "sketches": "nowhere.json"},
        {"structure": "liver", "colour": "red"},
    ]
    table = tmp_path / "requests.jsonl"
    lines = [json.dumps(row) for row in rows]
    table.write_text("\n".join([lines[0], "", *lines[1:], "{broken"]) + "\n")
    records = made(tiny_plan(source="table", count=6), models, tmp_path / "out", table)
    assert [one["status"] for one in records] == ["accepted"] + ["failed"] * 5
    assert [one["line"] for one in records] == [1, 3, 4, 5, 6, 7]
    codes = [one["error"]["code"] for one in records[1:]]
    assert codes[0] == "bad_description" and codes[1] == "unknown_structure"
    assert "colour" in records[4]["error"]["message"] and "JSON" in records[5]["error"]["message"]
    assert len(digests(tmp_path / "out")) == 1


def test_the_gate_rejects_and_tells_why(models: Path, tmp_path: Path) -> None:
    plan = tiny_plan(count=2, attempts=2, gate=Gate(grade="any", iou=1.0, copies=False))
    records = made(plan, models, tmp_path)
    assert {one["status"] for one in records} == {"rejected"}
    assert [one["rejected"] for one in records] == [["drawing"] * 2] * 2
    assert not digests(tmp_path) and all(one["bytes"] == 0 for one in records)
    write_summary(plan, tmp_path)
    assert "drawing 4" in (tmp_path / "README.md").read_text()


def test_a_fault_of_one_sample_is_recorded_and_passed_by(models, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(making, "run_chain", lambda *given: 1 / 0)
    (record,) = made(tiny_plan(count=1), models, tmp_path)
    assert record["status"] == "failed" and record["error"]["code"] == "fault"
    assert "ZeroDivisionError" in record["error"]["message"]


def test_variations_of_one_request_differ_by_little(models: Path, tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    asked = {"structure": "liver", "numbers": {"volume_ml": 1400, "extent_rl_mm": 210}, "sketches": [str(SKETCH)]}
    request.write_text(json.dumps(asked))
    plan = tiny_plan(source="variations", count=4, vary=0.1)
    records = made(plan, models, tmp_path / "out", request)
    volumes = np.array([one["request"]["numbers"]["volume_ml"] for one in records])
    assert len(set(volumes)) == 4 and (np.abs(np.log(volumes / 1400)) < 0.5).all()
    assert len({one["request"]["drawings"][0] for one in records}) == 4, "each is drawn by hand again"


def test_nnunet_and_monai_find_their_files(models: Path, tmp_path: Path) -> None:
    out = tmp_path / "Dataset501_Liver"
    plan = tiny_plan(count=2, layout="nnunet", with_volume=True)
    made(plan, models, out)
    write_summary(plan, out)
    told = json.loads((out / "dataset.json").read_text())
    assert told["labels"] == {"background": 0, "liver": 1} and told["channel_names"] == {"0": "CT"}
    cases = sorted(one.name.removesuffix(".nii.gz") for one in (out / "labelsTr").iterdir())
    assert told["numTraining"] == len(cases) == 2
    for case in cases:
        image = sitk.ReadImage(str(out / "imagesTr" / f"{case}_0000.nii.gz"))
        labels = sitk.ReadImage(str(out / "labelsTr" / f"{case}.nii.gz"))
        assert image.GetSize() == labels.GetSize() and image.GetDirection() == labels.GetDirection()
        assert np.allclose(image.GetOrigin(), labels.GetOrigin(), atol=1e-4)
        assert set(np.unique(sitk.GetArrayFromImage(labels))) <= {0, 1}
    from monai.data import load_decathlon_datalist

    pairs = load_decathlon_datalist(str(out / "datalist.json"), base_dir=str(out))
    assert len(pairs) == 2 and all(Path(pair[key]).is_file() for pair in pairs for key in ("image", "label"))


def test_manifest_card_and_sheet_tell_of_every_sample(models: Path, tmp_path: Path) -> None:
    from pyarrow import parquet

    plan = tiny_plan(count=3, structures=("liver", "spleen"))
    made(plan, models, tmp_path)
    paths = write_summary(plan, tmp_path)
    table = parquet.read_table(paths["manifest.parquet"])
    assert table.column("structure").to_pylist() == ["liver", "spleen", "liver"]
    assert table.column("index").to_pylist() == [0, 1, 2]
    row = table.to_pylist()[0]
    assert row["volume_ml"] == pytest.approx(json.loads(row["measured"])["volume_ml"])
    assert all(re.fullmatch(r"[0-9a-f]{64}", one["sha256"]) for one in json.loads(row["files"]).values())
    card = (tmp_path / "README.md").read_text()
    assert "not for diagnosis" in card and "3 of 3 asked" in card
    sheet = sitk.ReadImage(str(tmp_path / "contact_sheet_1.png"))
    assert sitk.GetArrayFromImage(sheet).std() > 5


def test_masks_of_a_folder_get_scans_on_their_own_grids(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "masks"
    folder.mkdir()
    _, labels, grid = make_scan(1)
    write_nrrd(folder / "one.nrrd", (labels == labels.max()).astype(np.uint8), grid)
    plan = tiny_plan(source="masks", count=1, layout="nrrd", structures=("liver",))
    (record,) = made(plan, models, tmp_path / "out", folder)
    assert record["status"] == "accepted", record["error"]
    values, own, fields = read_volume(tmp_path / "out" / "images" / f"{record['name']}.nrrd")
    assert own.shape_kji == grid.shape_kji and np.allclose(own.ijk_to_ras, grid.ijk_to_ras, atol=1e-4)
    assert fields["Synthetic"] == "1" and values.std() > 0


def test_dicom_samples_are_series_of_their_own(models: Path, tmp_path: Path) -> None:
    from pydicom import dcmread

    made(tiny_plan(count=2, layout="dicom", with_volume=True), models, tmp_path)
    read = [dcmread(one, stop_before_pixels=True) for one in sorted(tmp_path.rglob("*.dcm"))]
    assert len({one.StudyInstanceUID for one in read}) == 2
    assert {one.Modality for one in read} == {"CT", "SEG"} and {one.SyntheticData for one in read} == {"YES"}
    assert {one.StudyDate for one in read} == {"20260102"}


def test_a_folder_takes_up_its_own_data_set_alone(tmp_path: Path) -> None:
    plan = tiny_plan(count=2)
    kept = plan.settled(tmp_path / "out")
    later = tiny_plan(count=9, created="2027-01-01T00:00:00").settled(tmp_path / "out")
    assert later.count == 9 and later.created == kept.created
    with pytest.raises(ConfigError, match=r"another data set: it differs in seed, steps\."):
        tiny_plan(seed=5, steps=3).settled(tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is not empty"):
        plan.settled(tmp_path / "mine")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"layout": "tiff"}, "Unknown format"),
        ({"layout": "nnunet"}, "needs scans"),
        ({"layout": "nnunet", "with_volume": True, "structures": ("liver", "spleen")}, "same organs"),
        ({"layout": "nnunet", "with_volume": True, "structures": ("liver+spleen", "spleen")}, "different ones"),
        ({"paint": True}, "Nothing is painted"),
        ({"count": 0}, "Count must be 1"),
        ({"vary": 0.9}, "vary"),
    ],
)
def test_plans_that_cannot_be_are_refused(changed: dict, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        tiny_plan(**changed)

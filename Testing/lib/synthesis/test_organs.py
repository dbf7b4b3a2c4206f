"""Samples of several organs: sampled together, from tables and in variations, in each format, whoever makes them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from painting_models import add_layouts, add_painter
from plans import digests, made, tiny_plan, tiny_source

from Sketch2CTLib.formats import LabelledVolume
from Sketch2CTLib.frames import VoxelGrid, read_volume
from Sketch2CTLib.generation.layouts.files import read_layout
from Sketch2CTLib.synthesis.gate import Gate
from Sketch2CTLib.synthesis.layout import write_sample
from Sketch2CTLib.synthesis.making import Maker, unseen
from Sketch2CTLib.synthesis.manifest import write_summary
from Sketch2CTLib.synthesis.sources import ASKED, Task
from Sketch2CTLib.weights import ModelFolder

pytestmark = pytest.mark.usefixtures("quick_segmenter")
BOTH = ("liver+spleen",)


def slab() -> LabelledVolume:
    """A scan that shows the spleen alone."""
    labels = np.zeros((4, 6, 8), dtype=np.uint8)
    labels[1] = 2
    values = np.full(labels.shape, 40, dtype=np.int16)
    return LabelledVolume(labels, ("liver", "spleen"), VoxelGrid(labels.shape, np.eye(4)), values)


def middle_mm(labels: np.ndarray, grid: VoxelGrid, value: int) -> np.ndarray:
    return grid.to_ras(np.argwhere(labels == value)[:, ::-1]).mean(axis=0)


def test_sampled_organs_have_numbers_drawings_and_places_of_their_own(models: Path, tmp_path: Path) -> None:
    (record,) = made(tiny_plan(count=1, structures=BOTH), models, tmp_path)
    assert record["status"] == "accepted" and record["structure"] == "liver+spleen", record
    asked = record["request"]["organs"]
    assert list(asked) == list(record["organs"]) == ["liver", "spleen"]
    assert all(set(one["numbers"]) == set(ASKED) and len(one["drawings"]) == 1 for one in asked.values())
    assert asked["liver"]["drawings"] != asked["spleen"]["drawings"]
    labels, grid, _ = read_volume(tmp_path / "labels" / f"{record['name']}.nii.gz")
    assert set(np.unique(labels)) == {0, 1, 2}
    offset = middle_mm(labels, grid, 2) - middle_mm(labels, grid, 1)
    assert offset[0] < -60, "the spleen lies to the left of the liver"
    for number, name in enumerate(asked, start=1):
        ml = float((labels == number).sum()) * grid.voxel_ml
        assert ml == pytest.approx(record["organs"][name]["measured"]["volume_ml"], rel=0.1)


def test_a_sample_of_several_depends_on_its_number_alone(models: Path, tmp_path: Path) -> None:
    turns = ("spleen", "liver+spleen")
    made(tiny_plan(count=2, structures=turns, drawn=False), models, tmp_path / "a")
    plan = tiny_plan(count=50, structures=turns, drawn=False)
    one = Maker(plan, tiny_source(models), tmp_path / "b").make(Task(1, {}))
    name = f"labels/{one['name']}.nii.gz"
    assert digests(tmp_path / "b") == {name: digests(tmp_path / "a")[name]}
    again = Maker(plan, tiny_source(models), tmp_path / "b").make(Task(1, {}))
    assert again == json.loads(json.dumps(one)), "what is done is not made again"
    (alone, _, _), (both, _, _) = (read_volume(path) for path in sorted((tmp_path / "a" / "labels").iterdir())[::-1])
    assert (set(np.unique(alone)), set(np.unique(both))) == ({0, 1}, {0, 1, 2}), "an organ has one value in all samples"


def test_nnunet_monai_and_manifest_tell_of_each_organ(models: Path, tmp_path: Path) -> None:
    from monai.data import load_decathlon_datalist
    from pyarrow import parquet

    out = tmp_path / "Dataset502_Organs"
    plan = tiny_plan(count=1, structures=BOTH, layout="nnunet", with_volume=True, drawn=False)
    (record,) = made(plan, models, out)
    paths = write_summary(plan, out)
    told = json.loads((out / "dataset.json").read_text())
    assert told["labels"] == {"background": 0, "liver": 1, "spleen": 2} and told["numTraining"] == 1
    (pair,) = load_decathlon_datalist(str(out / "datalist.json"), base_dir=str(out))
    image, labels = (sitk.ReadImage(str(pair[key])) for key in ("image", "label"))
    assert image.GetSize() == labels.GetSize() and np.allclose(image.GetOrigin(), labels.GetOrigin(), atol=1e-4)
    assert set(np.unique(sitk.GetArrayFromImage(labels))) == {0, 1, 2}
    (row,) = parquet.read_table(paths["manifest.parquet"]).to_pylist()
    assert [one["structure"] for one in row["organs"]] == ["liver", "spleen"]
    assert row["structure"] == "liver+spleen" and row["volume_ml"] is None
    measured = json.loads(row["measured"])
    assert [one["volume_ml"] for one in row["organs"]] == [measured[name]["volume_ml"] for name in ("liver", "spleen")]
    assert all(one["verdict"] == record["organs"][one["structure"]]["verdict"] for one in row["organs"])
    assert json.loads(row["checks"]), "the scan of all is checked"
    card = (out / "README.md").read_text()
    assert "liver and spleen" in card and "Volumes (spleen)" in card
    assert sitk.GetArrayFromImage(sitk.ReadImage(str(out / "contact_sheet_1.png"))).std() > 5


def test_a_dicom_segmentation_has_a_segment_an_organ(tmp_path: Path) -> None:
    import highdicom as hd

    volume = slab()
    files = write_sample(volume, tiny_plan(layout="dicom", with_volume=True, structures=BOTH), "organs_1", tmp_path)
    assert all((tmp_path / one).is_file() for one in files) and len(files) == 1 + len(volume.labels)
    segmentation = hd.seg.segread(tmp_path / "organs_1" / "mask.dcm")
    assert [one.segment_label for one in segmentation.SegmentSequence] == ["Liver", "Spleen"]
    assert set(np.unique(segmentation.get_volume(combine_segments=True).array)) == {0, 2}


def test_tables_hold_requests_of_several_organs(models: Path, tmp_path: Path) -> None:
    liver, spleen = {"structure": "liver", "text": "1.4 litres"}, {"structure": "spleen", "place": "usual"}
    rows = [
        {"organs": [liver, spleen], "seed": 3},
        {"structure": "spleen", "numbers": {"volume_ml": 200}},
        {"organs": [liver, liver]},
        {"organs": [liver, spleen | {"sketches": ["coronal:nowhere.png"]}]},
    ]
    table = tmp_path / "requests.jsonl"
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = tiny_plan(source="table", count=4, structures=("liver+spleen", "spleen"))
    records = made(plan, models, tmp_path / "out", table)
    assert [one["status"] for one in records] == ["accepted", "accepted", "failed", "failed"], records
    assert records[0]["seed"] == 3 and list(records[0]["organs"]) == ["liver", "spleen"]
    assert records[0]["organs"]["liver"]["numbers"]["volume_ml"]["asked"] == 1400.0
    assert "twice" in records[2]["error"]["message"] and "nowhere.png" in records[3]["error"]["message"]


def test_organs_vary_together(models: Path, tmp_path: Path) -> None:
    numbers = (("liver", 1400), ("spleen", 200))
    organs = [{"description": {"structure": name, "numbers": {"volume_ml": ml}}} for name, ml in numbers]
    fields = {"format": "sketch2ct.request", "version": 1, "organs": organs}
    maker = Maker(tiny_plan(source="variations", count=4, vary=0.3, structures=BOTH), tiny_source(models), tmp_path)
    asked = [maker._request(Task(index, fields), 0)[0] for index in range(8)]
    logs = np.log([[one.description.numbers["volume_ml"] for one in several.organs] for several in asked])
    assert np.ptp(logs[:, 0]) > 0.1 and np.corrcoef(logs.T)[0, 1] > 0.9


def test_the_gate_names_the_organ(models: Path, tmp_path: Path) -> None:
    plan = tiny_plan(count=1, structures=BOTH, gate=Gate(grade="met", copies=False), drawn=False)
    (record,) = made(plan, models, tmp_path)
    assert record["status"] == "rejected"
    assert [part.partition(": ")[0] for part in record["rejected"][0].split(" and ")] == ["liver", "spleen"]


def test_an_organ_that_no_label_shows_is_told() -> None:
    assert unseen(slab()) == ["liver: beyond the scan"]


def test_painted_samples_keep_their_layouts(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    shutil.copytree(models, folder)
    for add in (add_layouts, add_painter):
        add(ModelFolder(folder))
    plan = tiny_plan(count=1, structures=BOTH, with_volume=True, paint=True, drawn=False)
    (record,) = made(plan, folder, tmp_path / "out")
    assert record["status"] == "accepted", record["error"]
    name = f"layouts/{record['name']}.seg.nrrd"
    assert record["files"][name]["bytes"] == (tmp_path / "out" / name).stat().st_size
    layout = read_layout(tmp_path / "out" / name)
    labels, _, _ = read_volume(tmp_path / "out" / "labels" / f"{record['name']}.nii.gz")
    assert np.array_equal(layout.body_of("liver"), labels == 1)
    write_summary(plan, tmp_path / "out")
    assert "painted from layouts" in (tmp_path / "out" / "README.md").read_text()

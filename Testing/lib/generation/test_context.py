"""Neighbouring organs out of files, and in the cube of a mask: names, places, and what cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from drawings import DrawnBodies, liver_request
from synthetic import make_scan
from tiny import tiny_preset

from Sketch2CTLib.catalog import label_value, structure
from Sketch2CTLib.errors import ConfigError, InputError, MaskError
from Sketch2CTLib.frames import VoxelGrid, to_sitk, write_nrrd
from Sketch2CTLib.generation.chain import run_chain
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.request import GenerationRequest
from Sketch2CTLib.generation.run import generate
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.values import MaskVolume
from Sketch2CTLib.generation.volumes.context import Context, Neighbours
from Sketch2CTLib.generation.volumes.context_files import read_context
from Sketch2CTLib.weights import ModelFolder

ALL = frozenset(range(1, 256))
SPLEEN, KIDNEY = label_value("spleen"), label_value("left_kidney")


def flipped_grid() -> VoxelGrid:
    """3 × 2 × 5 mm, i to the left, k downwards."""
    affine = np.diag([-3.0, 2.0, -5.0, 1.0])
    affine[:3, 3] = (60.0, -40.0, 50.0)
    return VoxelGrid((20, 40, 40), affine)


def boxes(*values: int) -> np.ndarray:
    """Boxes beside each other along i, at k 4–8, j 10–20."""
    labels = np.zeros(flipped_grid().shape_kji, dtype=np.uint8)
    for number, value in enumerate(values):
        labels[4:8, 10:20, 5 + 6 * number : 9 + 6 * number] = value
    return labels


def segmentation(path: Path, *segments: dict[str, str], labels: np.ndarray | None = None) -> Path:
    """One box a segment, valued 1, 2, …, and Slicer's fields."""
    fields: dict[str, str] = {}
    for number, one in enumerate(segments):
        told = {"ID": f"Segment_{number}", "LabelValue": str(number + 1), "Layer": "0", **one}
        fields |= {f"Segment{number}_{key}": text for key, text in told.items()}
    write_nrrd(path, boxes(*range(1, len(segments) + 1)) if labels is None else labels, flipped_grid(), fields)
    return path


def named(path: Path, *names: str) -> Path:
    return segmentation(path, *({"Name": name} for name in names))


def term(type_code: str, side: str = "^^") -> dict[str, str]:
    entry = f"list~SCT^123037004^Anatomical Structure~SCT^{type_code}^X~{side}~regions~^^~^^"
    return {"Name": "Segment_1", "Tags": f"Segmentation.Status:completed|TerminologyEntry:{entry}|"}


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Spleen", "spleen"),
        ("kidney_left", "left_kidney"),
        ("Right Kidney", "right_kidney"),
        ("LeftKidney", "left_kidney"),
        ("Abdominal aorta", "aorta"),
        ("Esophagus", "oesophagus"),
        ("IVC", "inferior_vena_cava"),
        ("portal_vein_and_splenic_vein", "portal_and_splenic_veins"),
        ("adrenal_gland_right", "right_adrenal_gland"),
        ("heart_atrium_left", "left_atrium"),
    ],
)
def test_segments_are_known_by_many_names(name: str, known: str, tmp_path: Path) -> None:
    found = read_context(named(tmp_path / "c.seg.nrrd", name))
    assert np.unique(found.labels).tolist() == [label_value(known)] and found.notes == ()


@pytest.mark.parametrize(
    ("code", "side", "known"),
    [
        ("78961009", "^^", "spleen"),
        ("64033007", "SCT^7771000^Left", "left_kidney"),
        ("64033007", "SCT^24028007^Right", "right_kidney"),
        ("69695003", "^^", "stomach"),
        ("15825003", "^^", "aorta"),
        ("23451007", "SCT^24028007^Right", "right_adrenal_gland"),
    ],
)
def test_segments_without_a_name_are_known_by_their_terminology(
    code: str, side: str, known: str, tmp_path: Path
) -> None:
    found = read_context(segmentation(tmp_path / "c.seg.nrrd", term(code, side)))
    assert np.unique(found.labels).tolist() == [label_value(known)]


def test_unknown_segments_are_named_and_left_out(tmp_path: Path) -> None:
    names = ("Tumour", "spleen", "kidney", "thoracic aorta")  # a kidney without its side is none that is known
    found = read_context(named(tmp_path / "c.seg.nrrd", *names))
    assert np.unique(found.labels).tolist() == [SPLEEN]
    assert found.notes == ("The context's 'Tumour', 'kidney' and 'thoracic aorta' are not known and left out.",)
    many = read_context(named(tmp_path / "d.seg.nrrd", "spleen", *(f"x{n}" for n in range(5))))
    assert many.notes[0].count("'") == 1 + 2 * 5


def test_labels_lie_where_they_lay(tmp_path: Path) -> None:
    found = read_context(named(tmp_path / "c.seg.nrrd", "spleen", "left kidney"))
    cube = VoxelGrid.ras_cube((0.0, 0.0, 0.0), structure("liver").cube_mm, 128)
    beside = found.around(cube, "liver", ALL)
    assert beside.labels is not None and beside.structures == ("spleen", "left_kidney")
    for value, column in ((SPLEEN, 5), (KIDNEY, 11)):
        middle = cube.to_ras(np.argwhere(beside.labels == value)[:, ::-1]).mean(axis=0)
        np.testing.assert_allclose(middle, flipped_grid().to_ras((column + 1.5, 14.5, 5.5)), atol=1.3)
    volume_ml = np.count_nonzero(beside.labels == SPLEEN) * cube.voxel_ml
    assert volume_ml == pytest.approx(4 * 10 * 4 * 0.03, rel=0.2)


def test_layers_that_overlap_are_read(tmp_path: Path) -> None:
    layers = np.stack([boxes(1), boxes(0, 1)], axis=-1)
    layers[4:8, 10:20, 8:12, 1] = 1  # over the first one's end
    image = sitk.GetImageFromArray(layers, isVector=True)
    grid = to_sitk(boxes(1), flipped_grid())
    image.CopyInformation(grid)
    for number, name in enumerate(("spleen", "left kidney")):
        for key, text in {"Name": name, "LabelValue": "1", "Layer": str(number)}.items():
            image.SetMetaData(f"Segment{number}_{key}", text)
    sitk.WriteImage(image, str(tmp_path / "c.seg.nrrd"))
    found = read_context(tmp_path / "c.seg.nrrd")
    counts = np.bincount(found.labels.ravel())
    assert counts[SPLEEN] == 3 * 40 and counts[KIDNEY] == layers[..., 1].sum()


@pytest.mark.parametrize("suffix", ["nrrd", "nii.gz"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_label_map_has_the_catalogs_values(suffix: str, dtype: type, tmp_path: Path) -> None:
    path = tmp_path / f"c.{suffix}"
    sitk.WriteImage(to_sitk(boxes(SPLEEN, 99, 22).astype(dtype), flipped_grid()), str(path))
    found = read_context(path)
    assert sorted(set(np.unique(found.labels))) == [0, SPLEEN, 22]
    assert found.notes == ("The context's label 99 is not known and left out.",)
    np.testing.assert_allclose(found.grid.to_ras((0, 0, 0)), flipped_grid().to_ras((5, 10, 4)), atol=1e-4)


def huge(path: Path) -> Path:
    path.write_bytes(b"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 4000 4000 4000\nencoding: raw\n\n\0\0")
    return path


def written(path: Path, values: np.ndarray) -> Path:
    sitk.WriteImage(sitk.GetImageFromArray(values), str(path))
    return path


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda t: t / "none.nrrd", "no file"),
    "text": (lambda t: (t / "c.nrrd", (t / "c.nrrd").write_text("hello"))[0], "cannot be read"),
    "2D": (lambda t: written(t / "c.nrrd", np.ones((8, 8), np.uint8)), "2D"),
    "empty": (lambda t: written(t / "c.nrrd", np.zeros((4, 4, 4), np.uint8)), "is empty"),
    "a scan": (lambda t: written(t / "c.nrrd", np.full((4, 4, 4), 0.5, np.float32)), "probability map"),
    "nan": (lambda t: written(t / "c.nrrd", np.full((4, 4, 4), np.nan, np.float32)), "NaN"),
    "colours": (lambda t: written(t / "c.nrrd", np.ones((4, 4, 4, 3), np.uint8)), "3 values a voxel"),
    "unknown labels": (lambda t: written(t / "c.nrrd", np.full((4, 4, 4), 77, np.uint8)), r"is known \(label 77\)"),
    "unknown segments": (lambda t: named(t / "c.seg.nrrd", "Tumour", "Skin"), r"\('Tumour' and 'Skin'\)"),
    "empty segments": (
        lambda t: segmentation(t / "c.seg.nrrd", {"Name": "spleen", "LabelValue": "9"}),
        "segments of the context 'c.seg.nrrd' are empty",
    ),
    "odd value": (lambda t: segmentation(t / "c.seg.nrrd", {"Name": "spleen", "LabelValue": "x"}), "where its segment"),
    "odd layer": (lambda t: segmentation(t / "c.seg.nrrd", {"Name": "spleen", "Layer": "3"}), "where its segment"),
    "huge": (lambda t: huge(t / "c.nrrd"), "64,000,000,000 voxels"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_context_that_cannot_be_used_is_one_line(name: str, tmp_path: Path) -> None:
    make, told = BAD[name]
    with pytest.raises(InputError, match=told) as caught:
        read_context(make(tmp_path))
    assert "\n" not in str(caught.value)


CUBE = VoxelGrid.ras_cube((0.0, 0.0, 0.0), structure("liver").cube_mm, 128)


def test_what_is_left_out_of_a_context_is_told() -> None:
    liver, tree = label_value("liver"), label_value("aortic_tree")
    beside = Context(boxes(liver, SPLEEN, 20), flipped_grid()).around(CUBE, "liver", {liver, SPLEEN})
    assert beside.structures == ("spleen",)
    assert "The liver of the context is left out: the mask decides what is liver." in beside.notes
    assert "does not know the gallbladder" in beside.notes[1]
    aorta = Context(boxes(tree, SPLEEN), flipped_grid()).around(CUBE, "aorta", ALL)
    assert aorta.structures == ("spleen",), "the tree is an aorta too"
    alone = Context(boxes(liver), flipped_grid()).around(CUBE, "liver", ALL)
    assert alone.labels is None and alone.notes[-1].startswith("The context holds no neighbour")


def test_a_context_that_lies_elsewhere_is_told() -> None:
    far = VoxelGrid.ras_cube((900.0, 0.0, -30.0), 320.0, 128)
    beside = Context(boxes(SPLEEN), flipped_grid()).around(far, "liver", ALL)
    assert beside.labels is None and beside.structures == ()
    assert beside.notes == (
        "Nothing of the context lies in the 320 mm cube around R 900, A 0, S -30 mm: the scan is made without it.",
    )
    assert beside.record() == {"structures": [], "sha256": None}


def test_what_a_mask_covers_of_a_context_is_told() -> None:
    beside = Context(boxes(SPLEEN, KIDNEY), flipped_grid()).around(CUBE, "liver", ALL)
    assert beside.labels is not None
    body = np.zeros(CUBE.shape_kji, dtype=np.uint8)
    places = np.argwhere(beside.labels == SPLEEN)
    body[tuple(places[: len(places) // 4].T)] = 1
    (note,) = set(beside.notes_on(MaskVolume(body, CUBE, "liver"))) - set(beside.notes)
    assert "25% of the spleen of the context" in note and "kidney" not in note
    assert Neighbours().notes_on(MaskVolume(body, CUBE, "liver")) == ()


pytestmark = pytest.mark.usefixtures("quick_segmenter")


@pytest.fixture(scope="module")
def pipeline(run_dir: Path) -> Pipeline:
    tiny_preset()
    return Pipeline(ModelFolder(run_dir / "models"), device="cpu")


def mask_request(context: Context | None = None, **rest: object) -> GenerationRequest:
    given = {"drawings": (), "seed": 5, "settings": Settings(2, 2), "with_volume": True, "context": context, **rest}
    return replace(liver_request(), **given)  # type: ignore[arg-type]


def scan_context(grid: VoxelGrid, labels: np.ndarray) -> Context:
    return Context(np.where(labels == 1, SPLEEN, np.where(labels == 6, label_value("liver"), 0)).astype(np.uint8), grid)


def test_a_context_changes_the_scan_of_a_mask_and_stands_in_its_report(pipeline: Pipeline) -> None:
    labels, _, grid = make_scan(2, flipped=True)
    given = (labels == 6, grid)
    alone = run_chain(mask_request(mask=given), pipeline)
    beside = run_chain(mask_request(scan_context(grid, labels), mask=given), pipeline)
    assert np.array_equal(alone.best.mask.labels, beside.best.mask.labels)
    assert np.abs(alone.best.image.values.astype(float) - beside.best.image.values).mean() > 0.5
    assert beside.provenance.settings["context"]["structures"] == ["spleen"]
    assert "context" not in alone.provenance.settings and beside.provenance.settings["grid"] == "own"
    assert any("beside the spleen" in note for note in beside.best.report.notes)
    again = run_chain(mask_request(scan_context(grid, labels), mask=given), pipeline)
    assert np.array_equal(again.own.image.values, beside.own.image.values)
    assert again.own.mask.grid == grid and np.array_equal(again.own.mask.body, labels == 6)


def test_a_model_without_labels_refuses_a_context(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pipeline.neighbours("liver")
    monkeypatch.setattr(type(pipeline.mask_models.network("image_diffusion")), "sees_labels", False)
    with pytest.raises(ConfigError, match="does not take labels"):
        pipeline.neighbours("liver")


def test_a_context_stands_beside_a_drawing(pipeline: Pipeline) -> None:
    labels = np.zeros((40, 40, 40), dtype=np.uint8)
    labels[5:35, 5:35, 2:20] = SPLEEN
    near = Context(labels, VoxelGrid.ras_cube((0.0, 0.0, 0.0), 300.0, 40))
    job = replace(liver_request(), with_volume=True, settings=Settings(2, 2))
    scans = [run_chain(replace(job, context=one), pipeline).best for one in (None, near)]
    assert np.array_equal(scans[0].mask.labels, scans[1].mask.labels)
    assert not np.array_equal(scans[0].image.values, scans[1].image.values)
    assert any("of the spleen of the context: there the mask counts" in note for note in scans[1].report.notes)


def test_models_that_take_no_labels_refuse_before_anything_is_drawn(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.mask_models.network("image_diffusion"), "sees_labels", False)
    monkeypatch.setattr(pipeline, "masks", lambda *a, **k: pytest.fail("a mask was drawn"))
    context = Context(boxes(SPLEEN), flipped_grid())
    with pytest.raises(ConfigError, match="'tiny' does not take labels"):
        run_chain(replace(liver_request(), with_volume=True, context=context), pipeline)
    with pytest.raises(ConfigError, match="no volume is made"):
        replace(liver_request(), context=context, with_volume=False)
    assert generate(liver_request(), DrawnBodies()).best.report.notes == ()


def test_a_mask_beyond_its_limit_is_refused_before_it_is_resampled(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("Sketch2CTLib.generation.volumes.own_grid.MOST_VOXELS", 1000)
    labels, _, grid = make_scan(2)
    with pytest.raises(MaskError, match=r"115,200 voxels, 1,000 are the most.*--grid cube"):
        run_chain(mask_request(mask=(labels == 6, grid)), pipeline)
    assert run_chain(mask_request(mask=(labels == 6, grid), own_grid=False), pipeline).own is None

"""Several organs: where they lie, what they give each other, what a request's file says, and what is written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from drawings import egg

from Sketch2CTLib import catalog
from Sketch2CTLib.description.model import GeometryDescription
from Sketch2CTLib.errors import ConfigError, InputError, Sketch2CTError
from Sketch2CTLib.frames import VoxelGrid, read_volume
from Sketch2CTLib.generation.organs.document import RequestDocument, organ_requests, request_schema, schema_text
from Sketch2CTLib.generation.organs.drawing_files import entry_drawings
from Sketch2CTLib.generation.organs.files import write_organs
from Sketch2CTLib.generation.organs.joining import joined_organs, kept_of
from Sketch2CTLib.generation.organs.making_room import room_for
from Sketch2CTLib.generation.organs.request import OrgansRequest, placed_organs
from Sketch2CTLib.generation.organs.run import generate_organs, summary
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.request import GenerationRequest
from Sketch2CTLib.generation.result_folder import former_files, is_result
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.values import MaskVolume
from Sketch2CTLib.relations import relation, usual_middle
from Sketch2CTLib.resources import resource_path
from Sketch2CTLib.sketch import Sketch
from Sketch2CTLib.weights import ModelFolder


def asked(structure: str, *drawings: Sketch, text: str = "") -> GenerationRequest:
    return GenerationRequest(GeometryDescription.checked(structure=structure, text=text), drawings)


def ball(structure: str, middle_ras: tuple[float, float, float], radius_mm: float, voxels: int = 64) -> MaskVolume:
    grid = VoxelGrid.ras_cube(middle_ras, catalog.structure(structure).cube_mm, voxels)
    k, j, i = np.indices(grid.shape_kji)
    distance = np.linalg.norm(grid.to_ras(np.stack([i, j, k], axis=-1)) - middle_ras, axis=-1)
    return MaskVolume((distance <= radius_mm).astype(np.uint8), grid, structure)


def middle(mask: MaskVolume) -> np.ndarray:
    return mask.grid.to_ras(np.argwhere(mask.body)[:, ::-1]).mean(axis=0)


def test_relations_know_left_from_right_and_are_their_own_inverse() -> None:
    there, back = relation("liver", "spleen"), relation("spleen", "liver")
    assert there is not None and back is not None
    assert there.cases >= 30
    assert there.mean_mm[0] < -90 and there.mean_mm[1] < -20  # to the left and to the back
    np.testing.assert_allclose(np.array(there.mean_mm) + back.mean_mm, 0.0, atol=0.11)
    kidneys = relation("left_kidney", "right_kidney")
    assert kidneys is not None and 100 < kidneys.mean_mm[0] < 170
    assert relation("liver", "left_atrium") is None


def test_the_usual_place_follows_what_strays_least() -> None:
    near = usual_middle("spleen", {"left_kidney": np.zeros(3)})
    both = usual_middle("spleen", {"left_kidney": np.zeros(3), "right_kidney": np.array([300.0, 0.0, 0.0])})
    assert near is not None and both is not None
    assert abs(both[0][0] - near[0][0]) < 60  # the other kidney, twice as far off as ever, is believed less
    assert usual_middle("left_atrium", {"liver": np.zeros(3)}) is None


def test_organs_without_a_place_lie_beside_those_that_have_one() -> None:
    liver = asked("liver", egg("axial", (90, 70), (0.0, 0.0), (10.0, 20.0, 300.0)))
    spleen = asked("spleen", egg("coronal", (45, 50)))
    placed = placed_organs(OrgansRequest((liver, spleen), unplaced=frozenset({"spleen"})))
    known = relation("liver", "spleen")
    assert known is not None
    np.testing.assert_allclose(placed[0].grid.center_ras, (10.0, 20.0, 300.0), atol=1.5)
    np.testing.assert_allclose(placed[1].grid.center_ras - placed[0].grid.center_ras, known.mean_mm, atol=0.1)
    moved = placed[1].request.drawings[0].plane.center_ras - spleen.drawings[0].plane.center_ras
    np.testing.assert_allclose(moved, placed[1].grid.center_ras, atol=1.5)  # the drawing goes along
    assert "to the left" in placed[1].notes[0] and "of the liver" in placed[1].notes[0]
    stated = placed_organs(OrgansRequest((liver, spleen)))
    assert np.abs(stated[1].grid.center_ras).max() < 1.5 and stated[1].notes == ()


def test_shared_voxels_go_to_the_organ_they_lie_deeper_in() -> None:
    liver, kidney = ball("liver", (0, 0, 0), 70.0), ball("right_kidney", (80, 0, 0), 30.0)
    joint = joined_organs([liver, kidney])
    labels = {name: joint.labels == catalog.structure(name).label for name in ("liver", "right_kidney")}
    plane_mm = 56.0  # on the line between the middles, where (70 − x) / 70 = (x − 50) / 30
    for name, side in (("liver", -1), ("right_kidney", 1)):
        points = joint.grid.to_ras(np.argwhere(labels[name])[:, ::-1])
        ends = points[np.abs(points[:, 1:]).max(axis=1) < 3.0, 0]
        edge = ends.max() if side < 0 else ends.min()
        assert edge == pytest.approx(plane_mm, abs=2.5)
    given = joint.given["liver", "right_kidney"] + joint.given["right_kidney", "liver"]
    whole = liver.volume_ml + kidney.volume_ml
    kept = sum(float(part.sum()) * joint.grid.voxel_ml for part in labels.values())
    assert kept == pytest.approx(whole - given, rel=0.01)
    lost = kept_of(kidney, joint)
    assert lost.volume_ml == pytest.approx(kidney.volume_ml - joint.given["right_kidney", "liver"], abs=3.0)
    assert "mL to the liver" in joint.notes_on("right_kidney")[0]


def test_organs_that_do_not_meet_stay_as_they_are() -> None:
    liver, spleen = ball("liver", (0, 0, 0), 60.0), ball("spleen", (-120, 0, 0), 40.0)
    joint = joined_organs([liver, spleen])
    assert joint.given == {}
    assert kept_of(liver, joint) is liver
    assert float(joint.grid.spacing_mm[0]) == pytest.approx(float(spleen.grid.spacing_mm[0]))
    volumes = [float((joint.labels == catalog.structure(m.structure).label).sum()) * joint.grid.voxel_ml
               for m in (liver, spleen)]  # fmt: skip
    np.testing.assert_allclose(volumes, [liver.volume_ml, spleen.volume_ml], rtol=0.02)


def test_room_is_made_by_the_least_move() -> None:
    liver, kidney = ball("liver", (0, 0, 0), 70.0), ball("right_kidney", (80, 0, 0), 30.0)
    freedom = np.array([15.0, 15.0, 25.0])
    move = room_for(kidney, [liver], freedom)
    assert move[0] > 8 and np.abs(move[1:]).max() < 15
    away = np.linalg.norm(np.array([80.0, 0, 0]) + move)
    assert away > 70.0 + 30.0 - 4.0
    assert not room_for(ball("right_kidney", (130, 0, 0), 30.0), [liver], freedom).any()
    assert not room_for(kidney, [], freedom).any()


def test_what_cannot_be_asked_of_several_is_refused_in_one_line() -> None:
    with pytest.raises(ConfigError, match="The liver is asked for twice"):
        OrgansRequest((asked("liver"), asked("liver")))
    with pytest.raises(ConfigError, match="One scan does not show liver and left atrium"):
        OrgansRequest((asked("liver"), asked("left_atrium")))
    with pytest.raises(ConfigError, match="1…16 organs"):
        OrgansRequest(())


def document(**first: object) -> dict[str, object]:
    organs = [{"structure": "liver", "text": "1.4 L"} | first, {"structure": "spleen", "text": "200 mL"}]
    return {"format": "sketch2ct.request", "version": 1, "organs": organs}


def no_drawings(entry: object, structure: str) -> tuple[list[Sketch], list[Sketch]]:
    return [], []


def test_a_document_is_read_and_its_faults_are_named() -> None:
    organs, unplaced = organ_requests(RequestDocument.checked(document()), no_drawings)
    assert [one.description.structure for one in organs] == ["liver", "spleen"]
    assert unplaced == {"liver", "spleen"}
    with pytest.raises(InputError, match=r"organs\.0\.colour: extra inputs"):
        RequestDocument.checked(document(colour="red"))
    with pytest.raises(InputError, match="version"):
        RequestDocument.checked(document() | {"version": 7})
    wrong = RequestDocument.checked(document(text="minus 3 mL of volume and a volume of 900000 litres"))
    with pytest.raises(Sketch2CTError, match="Organ 1: "):
        organ_requests(wrong, no_drawings)


def test_only_the_first_drawing_around_the_origin_keeps_its_place() -> None:
    paper = {"liver": egg("axial", (90, 70)), "spleen": egg("axial", (45, 50))}
    aside = {"liver": egg("axial", (90, 70)), "spleen": egg("axial", (45, 50), (0.0, 0.0), (-120.0, -40.0, 10.0))}

    def reader(drawn: dict[str, Sketch]):
        return lambda entry, structure: ([drawn[structure]], [])

    read = RequestDocument.checked(document())
    assert organ_requests(read, reader(paper))[1] == {"spleen"}
    assert organ_requests(read, reader(aside))[1] == frozenset()
    stated = RequestDocument.checked(document(place="usual"))
    assert organ_requests(stated, reader(aside))[1] == {"liver"}


def test_the_published_schema_is_the_code_s() -> None:
    path = resource_path("Schemas", "request.schema.json")
    assert path.read_text(encoding="utf-8") == schema_text(), "Write schema_text() into the file."
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(request_schema())
    validator.validate(document())
    assert not validator.is_valid(document() | {"organs": []})


def test_the_bundled_request_is_read_with_its_drawing() -> None:
    path = resource_path("Requests", "organs.json")
    organs, unplaced = organ_requests(RequestDocument.read(path), entry_drawings(path.parent))
    assert [one.description.structure for one in organs] == ["liver", "spleen", "right_kidney", "left_kidney"]
    assert len(organs[0].drawings) == 1
    assert unplaced == {"spleen", "right_kidney", "left_kidney"}


def test_names_of_drawings_are_seen_from_the_file_s_folder(tmp_path: Path) -> None:
    egg("axial", (60, 50)).save(tmp_path / "one.json")
    entry = RequestDocument.checked(document(sketches=["one.json"], contours=["missing.json"])).organs[0]
    with pytest.raises(Sketch2CTError, match=r"missing\.json"):
        entry_drawings(tmp_path)(entry, "liver")
    (sketches, contours) = entry_drawings(tmp_path)(entry.model_copy(update={"contours": ()}), "liver")
    assert len(sketches) == 1 and contours == []


@pytest.fixture(scope="module")
def tiny_pipeline(run_dir: Path) -> Pipeline:
    return Pipeline(ModelFolder(run_dir / "models"), device="cpu")


def test_a_run_gives_organs_without_overlap_one_scan_and_a_section_each(
    tiny_pipeline: Pipeline, tmp_path: Path, quick_segmenter: None
) -> None:
    names = tiny_pipeline.mask_models.structures[:2]
    drawn = asked(names[0], egg("axial", (60, 50)), text="")
    request = OrgansRequest((drawn, asked(names[1])), unplaced=frozenset({names[1]}), settings=Settings(2, 2))
    steps: list[tuple[str, int, int]] = []
    result = generate_organs(request, tiny_pipeline, progress=lambda *step: steps.append(step))
    again = generate_organs(request, tiny_pipeline)
    np.testing.assert_array_equal(result.joint.labels, again.joint.labels)
    paths = write_organs(result, tmp_path / "out")
    values, grid, header = (
        read_volume(paths["mask.seg.nrrd"])[0],
        result.joint.grid,
        paths["mask.seg.nrrd"].read_bytes(),
    )
    assert set(np.unique(values)) - {0} <= {catalog.structure(name).label for name in names}
    assert values.shape == grid.shape_kji
    for name in names:
        assert f":={name}".encode() in header or f":= {name}".encode() in header
    report = json.loads(paths["report.json"].read_text())
    assert list(report["organs"]) == list(names)
    assert report["verdict"] == summary(result)
    assert report["kind"] == "organs" and report["synthetic"] is True
    assert is_result(tmp_path / "out" / names[0])
    assert steps and {stage for stage, _, _ in steps} >= {"mask", "report"}


def test_a_result_of_several_is_replaced_as_a_whole(
    tiny_pipeline: Pipeline, tmp_path: Path, quick_segmenter: None
) -> None:
    names, settings = tiny_pipeline.mask_models.structures[:2], Settings(2, 2)
    both = OrgansRequest((asked(names[0]), asked(names[1])), with_volume=False, settings=settings)
    one = OrgansRequest((asked(names[0]),), with_volume=False, settings=settings)
    out = tmp_path / "out"
    write_organs(generate_organs(both, tiny_pipeline), out, pictures=False)
    (out / names[1] / "mine.txt").write_text("kept")
    assert f"{names[1]}/mask.seg.nrrd" in former_files(out)
    write_organs(generate_organs(one, tiny_pipeline), out, pictures=False)
    assert (out / names[0] / "mask.seg.nrrd").is_file()
    assert sorted(p.name for p in (out / names[1]).iterdir()) == ["mine.txt"]
    assert not (out / "preview.png").exists()

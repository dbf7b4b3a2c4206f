"""The parts of the controller without panels: requests, pictures of previews, steps, segments in files."""

import base64
import json
import types
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import slicer_model

slicer = slicer_model.install()

from Sketch2CTUI.session import request as requests  # noqa: E402
from Sketch2CTUI.session.files import SegmentFile  # noqa: E402
from Sketch2CTUI.session.preview import preview_picture, read_labels, thickness_picture  # noqa: E402
from Sketch2CTUI.session.steps import Steps  # noqa: E402

from Sketch2CTLib.description import GeometryDescription  # noqa: E402
from Sketch2CTLib.errors import ConfigError, InputError, MaskError, OutputError, SketchError  # noqa: E402
from Sketch2CTLib.frames import PlaneFrame, VoxelGrid  # noqa: E402
from Sketch2CTLib.frames.nrrdio import read_volume, write_nrrd  # noqa: E402
from Sketch2CTLib.service.protocol.lines import request_of  # noqa: E402
from Sketch2CTLib.sketch import Sketch, Stroke  # noqa: E402


def settings(**changes):
    usual = {
        "quality": "preview",
        "candidates": 2,
        "seed": 7,
        "guidance": None,
        "device": "auto",
        "with_volume": True,
        "paint": True,
        "full_hu": False,
    }
    return types.SimpleNamespace(**(usual | {"where": "local"} | changes))


def sketch(view="axial"):
    outline = Stroke([[-90, -60], [90, -60], [90, 60], [-90, 60]], closed=True)
    return Sketch((outline,), PlaneFrame.standard(view, 320), "liver")


def cut(position_mm=20.0):
    strokes = (Stroke([[-70, -40], [70, -40], [70, 40], [-70, 40]], closed=True),)
    return Sketch(strokes, PlaneFrame.standard("axial", 320, (0, 0, position_mm)), "liver", "contour")


def inputs(drawn=True, further=(), **changes):
    description = GeometryDescription.checked(structure="liver", numbers={"volume_ml": 1400})
    return requests.RunInputs("liver", description, (*((sketch(),) if drawn else ()), *further), settings(**changes))


def sent(request):
    """The request as the service reads it: refused where a field is wrong."""
    return request_of({"id": "x", **request})


def test_a_drawing_and_numbers_become_a_request_that_the_service_takes():
    read = sent(requests.generate_request(inputs(guidance={"sketch": 2.0, "numbers": 1.0, "words": 0.5})))
    assert (read.structure, read.seed, read.candidates, read.with_volume) == ("liver", 7, 2, True)
    assert (read.sampling.quality, read.sampling.guidance.sketch) == ("preview", 2.0)
    assert GeometryDescription.checked(read.description).numbers == {"volume_ml": 1400}
    assert Sketch.from_dict(read.sketch) == sketch() and read.second_sketch is None
    assert read.model.device == "auto"


def test_the_whole_range_is_asked_of_a_painted_ct_alone():
    assert "full_hu" not in requests.generate_request(inputs())["sampling"]
    whole = {"full_hu": True}
    assert sent(requests.generate_request(inputs(**whole))).sampling.full_hu
    for lacking in ({"paint": False}, {"with_volume": False}):
        assert not sent(requests.generate_request(inputs(**whole, **lacking))).sampling.full_hu
    atrium = replace(inputs(**whole, drawn=False), structure="left_atrium")
    assert not sent(requests.generate_request(atrium)).sampling.full_hu, "MR has no HU"


def test_a_server_chooses_its_device():
    assert "model" not in requests.generate_request(inputs(where="server"))


def test_two_views_are_sent_as_older_services_read_them():
    read = sent(requests.generate_request(inputs(further=(sketch("coronal"),))))
    assert Sketch.from_dict(read.sketch) == sketch() and Sketch.from_dict(read.second_sketch) == sketch("coronal")
    assert read.sketches == () and read.contours is None


def test_views_and_contours_are_sent_with_their_roles_and_planes():
    given = (sketch("coronal"), sketch("sagittal"), cut(), cut(-35.5))
    for read in (
        sent(requests.generate_request(inputs(further=given))),
        request_of({"id": "x", **requests.draft_request("liver", inputs().description, (sketch(), *given))}),
    ):
        assert tuple(map(Sketch.from_dict, (*read.sketches, *read.contours))) == (sketch(), *given)
        assert [one["plane"]["plane_to_ras"][2][3] for one in read.contours] == [20.0, -35.5]
    alone = sent(requests.generate_request(inputs(drawn=False, further=(cut(),))))
    assert alone.sketches == () and Sketch.from_dict(alone.contours[0]) == cut()


def test_without_a_drawing_the_description_is_sent_alone():
    read = sent(requests.generate_request(inputs(drawn=False)))
    assert read.sketch is None and read.second_sketch is None and read.structure == "liver"


def test_a_vessel_without_a_drawing_is_one_sentence_with_what_to_do():
    with pytest.raises(SketchError, match="nothing drawn") as caught:
        requests.generate_request(replace(inputs(drawn=False), structure="aorta"))
    assert "Draw the outline" in caught.value.hint


def test_an_edit_names_the_former_state_by_path_here_and_sends_it_elsewhere(tmp_path):
    (tmp_path / "candidate_02").mkdir()
    for folder, content in ((tmp_path, b"first"), (tmp_path / "candidate_02", b"second")):
        (folder / requests.STATE_FILE).write_bytes(content)
    here = sent(requests.edit_request(inputs(), str(tmp_path), 1, 0.3))
    assert here.edit.path == str(tmp_path / "candidate_02" / requests.STATE_FILE)
    assert (here.edit.strength, here.candidates) == (0.3, 1)
    there = sent(requests.edit_request(inputs(where="server"), str(tmp_path), 0, 1))
    assert base64.b64decode(there.edit.data) == b"first" and there.edit.path is None
    assert here.contours == (), "a contour that was taken out is not kept"
    assert sent(requests.edit_request(inputs(further=(cut(),)), str(tmp_path), 0, 1)).contours == (cut().to_dict(),)
    assert here.edit.whole, "nor is a view"
    without = requests.edit_request(inputs(drawn=False), str(tmp_path), 0, 0.5)
    assert not without["edit"]["whole"]
    assert not {"sketch", "sketches", "contours"} & set(without), "the service keeps the former drawings"


def test_an_edit_of_a_result_that_is_gone_is_told(tmp_path):
    with pytest.raises(InputError, match="gone"):
        requests.edit_request(inputs(), str(tmp_path), 0, 0.5)


def test_requests_are_json():
    assert json.loads(json.dumps(requests.generate_request(inputs())))


def test_the_question_about_the_structure_names_both():
    assert requests.structure_question("left_kidney", "liver").count("'") == 4


OBLIQUE = np.array([[0.8, -0.324, 0.96, 5.0], [0.6, 0.432, -1.28, -7.0], [0.0, 0.72, 1.2, 30.0], [0, 0, 0, 1.0]])
FLIPPED = np.diag([-1.0, -1.0, -2.0, 1.0])


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Slicer's temporary folder."""
    monkeypatch.setattr(slicer.app, "temporaryPath", str(tmp_path), raising=False)
    return tmp_path


def kept(mask, affine):
    return SegmentFile(mask, VoxelGrid(mask.shape, affine)).write(lambda: None)


@pytest.mark.parametrize("affine", [np.eye(4), OBLIQUE, FLIPPED], ids=["straight", "oblique", "flipped"])
def test_a_mask_in_a_file_is_the_mask_where_it_was(temporary, affine):
    mask = np.zeros((6, 7, 8), bool)
    mask[1:3, 2:6, 3:] = True
    file = kept(mask, affine)
    read, grid, _ = read_volume(file)
    assert np.array_equal(read > 0, mask) and np.allclose(grid.ijk_to_ras, affine)
    again, ijk_to_ras = read_labels(file)
    assert np.array_equal(again > 0, mask) and np.allclose(ijk_to_ras, affine)


def test_a_segment_becomes_a_request_and_an_empty_one_a_sentence(temporary):
    mask = np.zeros((6, 7, 8), bool)
    with pytest.raises(MaskError, match="empty"):
        kept(mask, np.eye(4))
    mask[2:4, 2:4, 2:4] = True
    here = sent(requests.mask_request(inputs(drawn=False), kept(mask, np.eye(4))))
    assert np.array_equal(read_labels(here.mask.path)[0] > 0, mask) and here.mask.grid == "own"
    assert sent(requests.mask_request(inputs(drawn=False, where="server"), kept(mask, np.eye(4)))).mask.data


def test_a_segment_for_which_there_is_no_room_is_one_sentence(temporary):
    mask = np.ones((2, 2, 2), bool)
    segment = SegmentFile(mask, VoxelGrid(mask.shape, np.eye(4)))
    (work,) = temporary.iterdir()
    work.rmdir()
    work.write_text("no folder")
    with pytest.raises(OutputError, match="cannot be written") as told:
        segment.write(lambda: None)
    assert "disk full" in told.value.hint


@pytest.mark.parametrize("view", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("turn", [np.eye(4), FLIPPED, np.roll(np.eye(4), 1, axis=0)[[1, 2, 0, 3]]])
def test_a_preview_stands_as_the_paper_shows_it(view, turn):
    """One voxel to the paper's upper right, whichever way the file's axes run."""
    plane = PlaneFrame.standard(view, 20)
    affine = np.eye(4)
    affine[:3, :3] = turn[:3, :3] if abs(np.linalg.det(turn[:3, :3])) > 0 else np.eye(3)
    affine[:3, 3] = -affine[:3, :3] @ [4.5, 4.5, 4.5]
    point = plane.to_ras([3.0, 2.0])
    i, j, k = np.linalg.solve(affine, [*point, 1])[:3].round().astype(int)
    mask = np.zeros((10, 10, 10), bool)
    mask[k, j, i] = True
    picture = thickness_picture(mask, affine, plane)
    (row,), (column,) = np.nonzero(picture)
    assert row < 5 < column + 1, "right and up on the paper"
    assert picture.dtype == np.uint8 and picture.max() == 255


def test_a_preview_is_brighter_where_the_body_is_thicker(tmp_path):
    mask = np.zeros((8, 8, 8), np.uint8)
    mask[:, 4, 4], mask[3, 2, 2] = 1, 1
    write_nrrd(tmp_path / "preview.nrrd", mask, VoxelGrid(mask.shape, np.eye(4)))
    picture = preview_picture(tmp_path / "preview.nrrd", PlaneFrame.standard("axial", 8))
    assert sorted(set(picture.ravel().tolist())) == [0, picture[picture > 0].min(), 255]


def test_a_preview_that_was_replaced_is_told(tmp_path):
    with pytest.raises(InputError, match="gone"):
        preview_picture(tmp_path / "none.nrrd", PlaneFrame.standard("axial", 8))


def test_steps_run_one_a_turn_and_stop_at_a_fault():
    done, faults = [], []

    def wrong():
        raise InputError("No.")

    steps = Steps(faults.append)
    steps.add(lambda: done.append(1), lambda: done.append(2))
    assert done == [], "not at once"
    assert slicer_model.spin(lambda: steps.are_done and done == [1, 2])
    steps.add(wrong, lambda: done.append(3))
    assert slicer_model.spin(lambda: bool(faults))
    assert not slicer_model.spin(lambda: 3 in done, 0.1)
    steps.add(lambda: done.append(4))
    steps.drop()
    assert not slicer_model.spin(lambda: 4 in done, 0.1)


# ---- several organs


def organ(structure, *drawings, **numbers):
    description = GeometryDescription.checked(structure=structure, numbers=numbers)
    return requests.OrganInputs(structure, description, drawings)


def several(*organs, **changes):
    return replace(inputs(**changes), organs=organs)


def test_several_organs_are_one_request_each_with_its_drawings_numbers_and_place():
    guided = {"sketch": 2.0, "numbers": 1.0, "words": 0.5}
    asked = several(
        organ("liver", sketch(), cut(), volume_ml=1400), organ("spleen", volume_ml=200), guidance=guided, seed=3
    )
    read = sent(requests.organs_request(asked))
    assert (read.structure, read.description, read.seed, read.sampling.guidance.sketch) == ("", None, 3, 2.0)
    liver, spleen = read.organs
    assert tuple(map(Sketch.from_dict, (*liver.sketches, *liver.contours))) == (sketch(), cut())
    assert (liver.place, spleen.place, spleen.sketches, spleen.contours) == ("drawn", "usual", (), ())
    assert [GeometryDescription.checked(one.description).numbers["volume_ml"] for one in read.organs] == [1400, 200]
    assert {one.candidates for one in read.organs} == {1}, "though two are chosen for one organ"
    assert "model" not in requests.organs_request(replace(asked, settings=settings(where="server")))


def test_what_the_panel_sends_is_what_the_chain_takes(tmp_path):
    from Sketch2CTLib.service.inputs import RequestFiles, organs_of

    record = requests.organs_request(several(organ("liver", sketch(), volume_ml=1400), organ("spleen")))
    request, _ = organs_of(sent(record), RequestFiles(tmp_path, Path))
    assert request.structures == ("liver", "spleen") and request.unplaced == {"spleen"}


def test_several_organs_of_which_one_cannot_be_are_one_sentence():
    with pytest.raises(SketchError, match=r"Aorta .*nothing drawn"):
        requests.organs_request(several(organ("liver", sketch()), organ("aorta")))
    with pytest.raises(ConfigError, match=r"liver \(CT\), left atrium \(MR\)"):
        requests.organs_request(several(organ("liver"), organ("left_atrium")))

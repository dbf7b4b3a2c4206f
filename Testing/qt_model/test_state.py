"""The state in the scene: real nodes of slicer-core, files and packages (.mrml, .mrb) written and read."""

import json

import numpy as np
import pytest
import slicer_model

slicer = slicer_model.install()

import slicer_core_app  # noqa: E402
from Sketch2CTUI.session import state  # noqa: E402

from Sketch2CTLib.errors import ConfigError  # noqa: E402
from Sketch2CTLib.frames import PlaneFrame  # noqa: E402
from Sketch2CTLib.sketch import Sketch, Stroke  # noqa: E402

HARD = "about 1.4 L, \"smooth\" & 'soft' <b>;\nnew line\ttab %20 é 中 \\ |:"


@pytest.fixture(autouse=True)
def scene():
    return slicer_core_app.fresh_scene()


def session():
    square = Stroke([[-30.123456, -20], [30, -20], [30, 20.5], [-30, 20]], closed=True)
    sketch = Sketch((square,), PlaneFrame.standard("coronal", 160, (10, 20, -30.5)), "left_kidney")
    cut = Sketch((square,), PlaneFrame.standard("axial", 160, (10, 20, -42.5)), "left_kidney", "contour")
    return state.SessionState(
        structure="left_kidney",
        drawn_as="left_kidney",
        drawings=[sketch.to_dict(), cut.to_dict()],
        text=HARD,
        description={"structure": "left_kidney", "numbers": {"volume_ml": 150.25}},
        settings={"quality": "preview", "seed": 2**40},
        folder="a folder",
        candidate=2,
    )


def test_a_state_comes_back_from_the_scene_as_it_was():
    state.write_state(session())
    assert state.read_state() == session()


def test_an_empty_scene_holds_none():
    assert state.read_state() is None
    assert state.find_parameter_node() is None


def test_there_is_one_parameter_node_that_slicer_knows_as_ours():
    assert state.parameter_node() is state.parameter_node()
    node = state.parameter_node()
    assert (node.GetSingletonTag(), node.GetAttribute("ModuleName")) == ("Sketch2CT", "Sketch2CT")


def test_writing_the_same_again_modifies_nothing():
    state.write_state(session())
    before = state.parameter_node().GetMTime()
    state.write_state(session())
    assert state.parameter_node().GetMTime() == before


@pytest.mark.parametrize("kind", ["mrml", "mrb"])
def test_a_saved_scene_reopens_with_its_sketch_and_its_result_links(tmp_path, kind, scene):
    state.write_state(session())
    volume = slicer.util.addVolumeFromArray(np.zeros((3, 4, 5), "int16"), name="SYNTHETIC kidney")
    state.link("volume", [volume])
    path = tmp_path / f"scene.{kind}"
    if kind == "mrb":
        assert scene.WriteToMRB(str(path))
    else:
        scene.SetURL(str(path))
        assert scene.Commit(str(path))
    slicer_core_app.fresh_scene()
    assert state.read_state() is None
    if kind == "mrb":
        slicer_model.give_cache(tmp_path)
        assert scene.ReadFromMRB(str(path), False, None)
    else:
        scene.SetURL(str(path))
        assert scene.Import()
    assert state.read_state() == session()
    assert [node.GetName() for node in state.linked("volume")] == ["SYNTHETIC kidney"]
    drawings = [Sketch.from_dict(one) for one in state.read_state().drawings]
    assert [(one.structure, one.role) for one in drawings] == [("left_kidney", r) for r in ("silhouette", "contour")]
    assert drawings[1].plane.position_mm == -42.5


def test_the_scene_that_is_opened_wins_over_what_stood_in_the_scene(tmp_path, scene):
    state.write_state(session())
    path = str(tmp_path / "scene.mrml")
    scene.SetURL(path)
    scene.Commit(path)
    state.write_state(state.SessionState(structure="spleen"))
    scene.Import()
    assert state.read_state().structure == "left_kidney"


def test_links_follow_the_nodes(scene):
    first, second = (scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode") for _ in range(2))
    state.link("volume", [first, None, second])
    assert state.linked("volume") == [first, second]
    scene.RemoveNode(first)
    assert state.linked("volume") == [second]
    state.link("volume", [])
    assert state.linked("volume") == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 7}, "has version 7, this program reads version 2"),
        ({"version": None}, "has version None"),
        ({"format": "else"}, "is no session"),
        ({"drawings": 3}, "damaged 'drawings'"),
        ({"text": None}, "damaged 'text'"),
        ({"candidate": "one"}, "damaged 'candidate'"),
    ],
)
def test_a_state_of_another_version_or_a_damaged_one_is_told_in_one_sentence(change, told):
    record = json.loads(session().to_json()) | change
    state.parameter_node().SetParameter(state.PARAMETER, json.dumps(record))
    with pytest.raises(ConfigError, match=told) as caught:
        state.read_state()
    assert caught.value.hint


def test_no_json_and_unknown_fields():
    with pytest.raises(ConfigError, match="is no JSON"):
        state.SessionState.from_json("{")
    with pytest.raises(ConfigError, match="is no JSON"):
        state.SessionState.from_json("[" * 100_000)
    later = json.dumps(json.loads(session().to_json()) | {"a later field": 1})
    assert state.SessionState.from_json(later) == session()


def test_a_scene_of_the_first_version_brings_its_two_drawings():
    now = json.loads(session().to_json())
    first, second = now.pop("drawings")
    older = now | {"version": 1, "sketch": first, "second": second}
    assert state.SessionState.from_json(json.dumps(older)) == session()
    assert state.SessionState.from_json(json.dumps(older | {"second": None})).drawings == [first]


def test_a_token_has_no_place_in_the_state():
    assert "token" not in session().to_json()

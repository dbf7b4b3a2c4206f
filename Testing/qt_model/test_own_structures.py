"""Structures that no catalog has: an imported model brings them and draws them, a server tells its own."""

import json
import types
from dataclasses import replace

import pytest
import slicer_model

slicer = slicer_model.install()

from controller_bench import FakeBackend, draw, open_module_on, told  # noqa: E402
from Sketch2CTUI.nodes.loading import put_segment  # noqa: E402
from Sketch2CTUI.setup.model_store import ModelStore  # noqa: E402
from test_model_store import index_of, make_model  # noqa: E402

from Sketch2CTLib import catalog, own_structures  # noqa: E402
from Sketch2CTLib.errors import ConfigError  # noqa: E402
from Sketch2CTLib.service.protocol.events import Ready  # noqa: E402

ENTRY = {"gizmo": {"cube_mm": 96, "view": "sagittal", "code": "Bladder", "color_rgb": [1, 2, 3]}}


@pytest.fixture(autouse=True)
def own_catalog(monkeypatch):
    monkeypatch.setattr(catalog, "_OWN", {})
    monkeypatch.setattr(own_structures, "_STATISTICS", {kind: {} for kind in own_structures.KINDS})


@pytest.fixture
def opened(monkeypatch, tmp_path):
    backend = FakeBackend()
    widget = open_module_on(backend, monkeypatch, tmp_path)
    yield widget.controller, backend
    widget.cleanup()


def gizmo_model(folder, **changed):
    """A model folder whose structure is the user's own; nobody knows it here yet."""
    catalog._OWN.clear()
    make_model(folder)
    made = own_structures.defined({"gizmo": ENTRY["gizmo"] | changed})
    catalog.join(made)
    own_structures.write(folder, own_structures.document(["gizmo"]))
    index = index_of(folder, extras={"number_scaler": {"statistics": {"gizmo": {}}}})
    (folder / "model.json").write_text(json.dumps(index), encoding="utf-8")
    catalog._OWN.clear()
    return folder


def test_an_imported_model_brings_its_structure_and_draws_it(opened, tmp_path):
    controller, backend = opened
    window, store = controller.window, ModelStore(tmp_path / "shipped", tmp_path / "own")
    window.surroundings = replace(window.surroundings, store=store)
    made = store.import_folder(gizmo_model(tmp_path / "mine"))
    assert made.structures == ("gizmo",) and made.structure_titles == "Gizmo" and not made.problem
    window.setup.on_changed()
    assert window.ui.structureBox.itemText(window.ui.structureBox.findData("gizmo")) == "Gizmo"
    window.set_structure("gizmo")
    draw(controller, structure="gizmo", view="sagittal", half=20.0)
    controller.apply()
    assert backend.runs[-1].request["structure"] == "gizmo"
    assert backend.runs[-1].request["model"]["models"] == str(made.folder)
    window.set_structure("liver", quiet=True)
    assert controller.inputs().models == ""


def test_a_removed_model_takes_its_structure_along(opened, tmp_path):
    window, store = opened[0].window, ModelStore(tmp_path / "shipped", tmp_path / "own")
    window.surroundings = replace(window.surroundings, store=store)
    store.import_folder(gizmo_model(tmp_path / "mine"))
    window.fill_structures()
    store.remove("mine")
    window.fill_structures()
    assert window.ui.structureBox.findData("gizmo") == -1 and window.model_of("gizmo") == ""


def test_a_model_that_defines_a_known_structure_otherwise_is_refused(tmp_path):
    store = ModelStore(tmp_path / "shipped", tmp_path / "own")
    store.import_folder(gizmo_model(tmp_path / "mine"))
    other = gizmo_model(tmp_path / "other", cube_mm=128)
    store.models()
    with pytest.raises(ConfigError, match="known already, and defined otherwise"):
        store.import_folder(other)
    assert [one.name for one in store.models()] == ["mine"]


def test_a_server_tells_its_structures(opened):
    controller, _ = opened
    (made,) = own_structures.defined(ENTRY)
    catalog.join([made])
    document = own_structures.document(["gizmo"])
    catalog._OWN.clear()
    ready = Ready(id="h", structures=("liver", "gizmo"), own_structures=json.loads(json.dumps(document)))
    controller.window.show_served(ready)
    assert controller.window.ui.structureBox.findData("gizmo") >= 0
    assert catalog.structure("gizmo") == made


def test_what_a_server_tells_wrongly_is_one_sentence(opened):
    controller, backend = opened
    ready = types.SimpleNamespace(structures=("gizmo",), own_structures={"format": "else"})
    backend.test_connection = lambda on_told, on_failed, on_ready: on_ready(ready)
    controller._test_connection()
    assert "Install a newer Sketch2CT" in told(controller)


def test_the_segment_has_the_code_and_colour_of_the_model(tmp_path):
    import vtk

    own_structures.read(gizmo_model(tmp_path / "mine"))
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(4, 4, 4)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    image.GetPointData().GetScalars().Fill(1)
    put_segment(node, image, catalog.structure("gizmo"))
    segment = node.GetSegmentation().GetNthSegment(0)
    assert [round(255 * c) for c in segment.GetColor()] == [1, 2, 3]
    tag = vtk.reference("")
    assert segment.GetTag(segment.GetTerminologyEntryTagName(), tag) and "SCT^89837001^Bladder" in str(tag)

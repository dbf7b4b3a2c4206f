"""The controller while the scene is closed, saved and opened, and while packages, worker and module come and go."""

import types
from pathlib import Path

import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

from controller_bench import draw, nodes_named, run_to_end, sketch, told  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.session import state  # noqa: E402

from Sketch2CTLib.description import GeometryDescription  # noqa: E402


def test_a_scene_that_is_closed_during_a_run_stops_it_and_drops_what_comes_late(opened, result):
    _, controller, backend = opened
    draw(controller)
    controller.apply()
    slicer.mrmlScene.Clear(0)
    assert not controller.run.is_running and backend.runs[0].cancels == 1
    assert "scene was closed" in told(controller)
    backend.runs[0].done(result)
    assert backend.fetches == [] and nodes_named("SYNTHETIC") == []
    assert controller.window.sketch.sketch() is None, "a new scene has an empty sketch"


def test_a_scene_that_is_closed_while_files_come_gets_no_nodes(opened, result):
    _, controller, backend = opened
    draw(controller)
    controller.apply()
    backend.runs[0].done(result)
    slicer.mrmlScene.Clear(0)
    backend.deliver()
    slicer_model.spin(lambda: False, 0.2)
    assert nodes_named("SYNTHETIC") == [] and not controller.run.is_running


def test_nodes_that_are_deleted_during_a_run_are_made_again(opened, result):
    _, controller, backend = opened
    draw(controller)
    run_to_end(controller, backend, result)
    controller.apply()
    for node in controller.results.nodes.alive():
        slicer.mrmlScene.RemoveNode(node)
    node = state.find_parameter_node()
    slicer.mrmlScene.RemoveNode(node)
    backend.runs[-1].done(result)
    backend.deliver()
    assert slicer_model.spin(lambda: not controller.run.is_running)
    assert len(nodes_named("SYNTHETIC liver (preview)")) == 2 and state.linked("segmentation")


def test_the_session_is_in_the_scene_and_comes_back_from_a_file(opened, tmp_path, result):
    _, controller, backend = opened
    draw(controller)
    description = GeometryDescription.checked(structure="liver", numbers={"volume_ml": 1400})
    controller.window.geometry.set_description(description, "a smooth liver")
    run_to_end(controller, backend, result)
    slicer_model.give_cache(tmp_path)
    path = str(tmp_path / "session.mrb")
    assert not controller.session.is_dirty, "what was entered is in the scene at once"
    assert slicer.mrmlScene.WriteToMRB(path)
    slicer.mrmlScene.Clear(0)
    assert controller.window.sketch.sketch() is None and not controller.results.folder
    assert slicer.mrmlScene.ReadFromMRB(path, False, None)
    again = controller.window.sketch.sketch()
    assert again is not None, told(controller)
    assert again.strokes == sketch().strokes and controller.window.structure == "liver"
    assert controller.window.geometry.description().numbers["volume_ml"] == 1400
    assert controller.window.geometry.text() == "a smooth liver"
    assert controller.results.folder and controller.results.nodes.segmentation.GetName() == "SYNTHETIC liver (preview)"


def test_a_text_that_is_saved_while_it_is_typed_is_not_lost(opened, tmp_path):
    """Slicer fires no event before a save: what stands in the editor is in the scene at each key."""
    _, controller, _ = opened
    window = controller.window
    window.geometry.set_description(GeometryDescription.checked(structure="liver", numbers={"extent_rl_mm": 200}), "")
    QTest.keyClicks(window.geometry.editor.widget, "about 1.4 litres")
    assert window.geometry.editor.is_pending, "it was not read yet"
    slicer_model.give_cache(tmp_path)
    path = str(tmp_path / "typing.mrb")
    assert slicer.mrmlScene.WriteToMRB(path)
    assert window.geometry.editor.is_pending, "a save does not cut what is typed into steps of undo"
    slicer.mrmlScene.Clear(0)
    assert window.geometry.text() == ""
    assert slicer.mrmlScene.ReadFromMRB(path, False, None)
    assert window.geometry.text() == "about 1.4 litres"
    assert window.geometry.description().numbers == {"volume_ml": 1400, "extent_rl_mm": 200}
    assert state.read_state().typed in (None, "about 1.4 litres")


@pytest.mark.parametrize("edit", ["stroke", "row", "seed", "structure"])
def test_each_edit_is_in_the_scene_before_the_event_loop_turns(opened, edit):
    _, controller, _ = opened
    window = controller.window
    if edit == "stroke":
        window.sketch.canvas.add_stroke(sketch().strokes[0])
        assert len(state.read_state().drawings[0]["strokes"]) == 1
    elif edit == "row":
        window.geometry.rows.rows["volume_ml"].check.click()
        assert state.read_state().description["numbers"]["volume_ml"] > 0
    elif edit == "seed":
        window.generate.form.seed_spin.value = 77
        assert state.read_state().settings["seed"] == 77
    else:
        window.ui.structureBox.currentIndex = 1
        assert state.read_state().structure == window.structure != "liver"


def test_what_is_entered_while_nodes_change_is_written_afterwards(opened):
    _, controller, _ = opened
    scene = slicer.mrmlScene
    scene.StartState(scene.BatchProcessState)
    controller.window.generate.form.seed_spin.value = 78
    assert controller.session.is_dirty
    scene.EndState(scene.BatchProcessState)
    assert slicer_model.spin(lambda: not controller.session.is_dirty) and state.read_state().settings["seed"] == 78


def test_a_scene_from_elsewhere_whose_result_files_are_gone_says_so(opened):
    _, controller, _ = opened
    state.write_state(state.SessionState(structure="spleen", folder="no such folder"))
    controller.scene_loaded()
    assert "no longer on this computer" in told(controller) and controller.window.structure == "spleen"


def test_a_scene_of_a_later_version_is_told_and_not_overwritten(opened):
    _, controller, _ = opened
    node = state.parameter_node()
    later = '{"format":"sketch2ct.session","version":9}'
    node.SetParameter(state.PARAMETER, later)
    controller.scene_loaded()
    assert "version 9" in told(controller)
    controller.exit()
    assert node.GetParameter(state.PARAMETER) == later


def test_what_runs_leave_behind_is_tidied_up(opened, result):
    _, controller, backend = opened
    draw(controller)
    for _ in range(11):
        run_to_end(controller, backend, result)
    left = [path.name for path in Path(controller.results.folder).parent.iterdir()]
    assert len(left) <= 9 and Path(controller.results.folder).is_dir()


def test_an_install_stops_the_worker_that_has_the_packages_in_use(opened):
    _, controller, backend = opened
    draw(controller)
    controller.apply()
    controller.window.setup.on_install()
    assert backend.stopped and backend.runs[0].cancels == 1 and not controller.run.is_running
    assert "packages are being installed" in told(controller)


def test_a_connection_that_fails_is_one_sentence(opened):
    _, controller, _ = opened
    controller._test_connection()
    assert "The server is not there. Start it." in told(controller)


def test_the_device_test_asks_the_worker_and_says_what_it_computes_on(opened):
    _, controller, backend = opened
    panel = controller.window.setup
    controller.window.ui.setupButton.collapsed = False
    panel.device_button.click()
    assert backend.runs[-1].request == {"kind": "load", "with_volume": False, "model": {"device": "auto"}}
    backend.runs[-1].heard["on_done"](types.SimpleNamespace(device="cuda:0", seconds=2.5))
    assert "The worker computes on cuda:0, ready in 2.5 s." in panel.device_label.text
    panel.device_button.click()
    backend.runs[-1].heard["on_failed"](types.SimpleNamespace(message="The worker was lost.", hint="Click 'Repair'."))
    assert "The worker was lost. Click 'Repair'." in panel.device_label.text


def test_cleanup_leaves_nothing_observing_the_scene(opened):
    widget, _, backend = opened
    widget.cleanup()
    assert backend.stopped and widget.Observations == []
    slicer.mrmlScene.Clear(0)
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    widget.controller = None

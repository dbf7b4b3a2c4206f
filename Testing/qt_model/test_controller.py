"""The controller with the true panels and the true scene, and a backend that does what the test says."""

import shutil
import threading
import types
from pathlib import Path

import numpy as np
import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import results_on_disk  # noqa: E402
import slicer_core_app  # noqa: E402
from heartbeat import Heartbeat  # noqa: E402
from Sketch2CTUI import controller_segments, exporting, file_errand, state  # noqa: E402
from Sketch2CTUI.listeners import Listeners  # noqa: E402

from Sketch2CTLib.description import GeometryDescription  # noqa: E402
from Sketch2CTLib.errors import OutputError  # noqa: E402
from Sketch2CTLib.frames import PlaneFrame  # noqa: E402
from Sketch2CTLib.sketch import Sketch, Stroke  # noqa: E402


class FakeRun:
    def __init__(self, request, heard):
        self.request, self.heard, self.cancels, self.is_over = request, heard, 0, False

    def cancel(self):
        self.cancels += 1

    def progress(self, **fields):
        self.heard["on_progress"](types.SimpleNamespace(kind="progress", **fields))

    def done(self, event):
        self.is_over = True
        self.heard["on_done"](event)

    def failed(self, code="internal", message="It broke.", hint="Try again."):
        self.is_over = True
        self.heard["on_failed"](types.SimpleNamespace(code=code, message=message, hint=hint))


class FakeBackend:
    """Remembers what it was asked; files of a result are copied when the test says so."""

    is_running = False

    def __init__(self):
        self.runs, self.fetches, self.stopped, self.cancelled_fetches = [], [], False, 0
        self.on_log = Listeners()

    def submit(self, request, **heard):
        self.runs.append(FakeRun(request, heard))
        return self.runs[-1]

    def fetch(self, event, folder, on_done, on_failed):
        self.fetches.append((event, folder, on_done, on_failed))
        return types.SimpleNamespace(cancel=self._fetch_cancelled)

    def _fetch_cancelled(self):
        self.cancelled_fetches += 1

    def deliver(self):
        event, folder, on_done, _ = self.fetches.pop(0)
        results_on_disk.copy(event.folder, folder)
        on_done({})

    def test_connection(self, on_told, on_failed):
        on_failed(
            types.SimpleNamespace(code="service_unavailable", message="The server is not there.", hint="Start it.")
        )

    def stop(self):
        self.stopped = True


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """The module's widget with a backend of the test's own."""
    slicer_core_app.fresh_scene()
    monkeypatch.setattr(slicer.app, "temporaryPath", str(tmp_path / "temporary"), raising=False)
    backend = FakeBackend()
    monkeypatch.setattr("Sketch2CTUI.controller._backend", lambda panel, command: backend)
    widget = slicer_model.open_module()
    yield widget, widget.controller, backend
    widget.cleanup()
    widget.parent.close()
    widget.parent.deleteLater()


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return results_on_disk.event(tmp_path_factory.mktemp("result"), candidates=2)


def sketch(structure="liver", view="axial", half=80.0):
    outline = Stroke([[-half, -half / 2], [half, -half / 2], [half, half / 2], [-half, half / 2]], closed=True)
    return Sketch((outline,), PlaneFrame.standard(view, 320), structure)


def draw(controller, **how):
    controller.window.sketch.set_sketches(sketch(**how))
    controller.session.sketch_changed()


def told(controller):
    """Every text that stands in the window."""
    import qt

    root = controller.window.ui.structureBox.window()
    return "\n".join(label.text for label in root.findChildren(qt.QLabel) if label.visible)


def run_to_end(controller, backend, result):
    controller.apply()
    backend.runs[-1].done(result)
    backend.deliver()
    assert slicer_model.spin(lambda: not controller.run.is_running)


def nodes_named(part):
    scene = slicer.mrmlScene
    names = [scene.GetNthNode(n).GetName() or "" for n in range(scene.GetNumberOfNodes())]
    kinds = ("vtkMRMLSegmentationNode", "vtkMRMLScalarVolumeNode")
    return [name for n, name in enumerate(names) if part in name and scene.GetNthNode(n).GetClassName() in kinds]


def test_nothing_drawn_is_told_and_nothing_is_sent(opened):
    _, controller, backend = opened
    controller.apply()
    assert backend.runs == [] and "nothing drawn" in told(controller) and not controller.run.is_running


def test_contradictory_numbers_are_told_and_the_sketch_stays(opened, monkeypatch):
    from Sketch2CTLib.errors import DescriptionError

    _, controller, backend = opened
    draw(controller)

    def contradict():
        raise DescriptionError("A volume of 1400 mL does not fit into 5 cm.", hint="Change one of them.")

    monkeypatch.setattr(controller.window.geometry, "description", contradict)
    controller.apply()
    assert backend.runs == [] and "does not fit into 5 cm" in told(controller)
    assert controller.window.sketch.sketch() is not None


def test_apply_sends_what_stands_in_the_panels(opened):
    _, controller, backend = opened
    draw(controller)
    description = GeometryDescription.checked(structure="liver", numbers={"volume_ml": 1400})
    controller.window.geometry.set_description(description)
    controller.apply()
    (run,) = backend.runs
    assert run.request["structure"] == "liver" and run.request["description"]["numbers"]["volume_ml"] == 1400
    assert np.allclose(Sketch.from_dict(run.request["sketch"]).strokes[0].points_mm, sketch().strokes[0].points_mm)
    assert controller.run.is_running


def test_a_second_click_starts_no_second_run(opened):
    _, controller, backend = opened
    draw(controller)
    controller.apply()
    controller.variations(3)
    assert len(backend.runs) == 1


def test_a_structure_that_was_changed_after_drawing_is_asked_about_inside_the_window(opened):
    _, controller, backend = opened
    window = controller.window
    draw(controller)
    window.set_structure("spleen")
    controller.apply()
    assert backend.runs == [] and window.ui.questionFrame.visible
    assert "'liver'" in window.ui.questionLabel.text and "'spleen'" in window.ui.questionLabel.text
    window.ui.questionNoButton.click()
    assert window.structure == "liver" and not window.ui.questionFrame.visible
    window.set_structure("spleen")
    controller.apply()
    window.ui.questionYesButton.click()
    assert backend.runs[0].request["structure"] == "spleen" and window.sketch.sketch() is not None
    assert controller.session.drawn_as == "spleen"


def test_a_result_becomes_nodes_and_a_table(opened, result):
    _, controller, backend = opened
    draw(controller)
    run_to_end(controller, backend, result)
    assert len(nodes_named("SYNTHETIC liver (preview)")) == 2
    assert len(list(controller.window.results._candidates)) == 2
    assert [len(state.linked(role)) for role in ("segmentation", "volume", "accepted")] == [1, 1, 0]
    assert Path(controller.results.folder, "result.json").is_file()
    segmentation = controller.results.nodes.segmentation.GetSegmentation()
    assert segmentation.GetSegment("liver").GetRepresentation("Closed surface").GetNumberOfPoints() > 100
    assert segmentation.GetConversionParameter("SurfaceNets smoothing") == "1", "a quarter of the time"


def test_another_candidate_takes_the_same_nodes_and_accept_keeps_them(opened, result):
    _, controller, backend = opened
    draw(controller)
    run_to_end(controller, backend, result)
    first = controller.results.nodes.segmentation
    controller.window.results.select(1)
    assert slicer_model.spin(lambda: controller.results._steps.are_done and controller.results.candidate == 1)
    assert controller.results.nodes.segmentation is first
    controller.results.accept(1)
    assert slicer_model.spin(lambda: controller.results._steps.are_done)
    assert nodes_named("SYNTHETIC liver 1") and not nodes_named("(preview)")
    assert first in state.linked("accepted")
    controller.window.results.select(0)
    assert slicer_model.spin(lambda: controller.results._steps.are_done)
    assert controller.results.nodes.segmentation is not first and len(nodes_named("SYNTHETIC liver 1")) == 2


@pytest.mark.parametrize("how", ["another candidate", "another run"])
def test_a_preview_that_was_edited_is_kept(opened, result, how):
    _, controller, backend = opened
    draw(controller)
    run_to_end(controller, backend, result)
    shown = controller.results.nodes
    labels = slicer.util.arrayFromSegmentBinaryLabelmap(shown.segmentation, "liver", shown.volume)
    labels[:4] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(labels, shown.segmentation, "liver", shown.volume)
    if how == "another run":
        run_to_end(controller, backend, result)
    else:
        controller.window.results.select(1)
        assert slicer_model.spin(lambda: controller.results._steps.are_done and controller.results.candidate == 1)
    assert "You had edited the mask: it is kept as 'SYNTHETIC liver 1'." in told(controller)
    kept = slicer.util.arrayFromSegmentBinaryLabelmap(shown.segmentation, "liver", shown.volume)
    assert np.array_equal(kept, labels) and shown.segmentation in state.linked("accepted")
    assert controller.results.nodes.segmentation is not shown.segmentation
    assert len(nodes_named("SYNTHETIC liver (preview)")) == 2


def test_progress_and_a_fault_are_shown_and_the_panel_is_free_again(opened):
    _, controller, backend = opened
    draw(controller)
    controller.apply()
    backend.runs[0].progress(stage="mask", step=3, steps=8, eta_s=4.0, elapsed_s=2.0)
    backend.runs[0].failed(message="The worker has ended (signal 9).", hint="The next request starts another.")
    assert "The worker has ended" in told(controller) and not controller.run.is_running
    assert controller.window.sketch.sketch() is not None
    controller.apply()
    assert len(backend.runs) == 2


def test_previews_are_shown_from_here_and_fetched_from_a_server(opened, result, monkeypatch):
    _, controller, backend = opened
    shown = []
    monkeypatch.setattr(controller.window.generate, "show_preview", shown.append)
    draw(controller)
    controller.apply()
    run, file = backend.runs[0], types.SimpleNamespace(name="mask.seg.nrrd")
    run.heard["on_preview"](types.SimpleNamespace(folder=result.folder, file=file))
    assert shown[-1].shape == (48, 48) and shown[-1].max() == 255
    run.heard["on_preview"](types.SimpleNamespace(folder=result.folder, file=types.SimpleNamespace(name="gone.nrrd")))
    assert len(shown) == 2, "the first is None: the picture of the run before goes"
    run.heard["on_preview"](types.SimpleNamespace(folder=None, file=file))
    _, folder, on_done, _ = backend.fetches.pop()
    results_on_disk.copy(result.folder, folder)
    on_done({})
    assert len(shown) == 3


def test_cancel_while_files_come_drops_them(opened, result):
    _, controller, backend = opened
    draw(controller)
    controller.apply()
    backend.runs[0].done(result)
    controller.run.cancel()
    assert not controller.run.is_running and backend.cancelled_fetches == 1
    backend.deliver()
    slicer_model.spin(lambda: False, 0.2)
    assert nodes_named("SYNTHETIC") == []


def test_cancel_asks_the_backend_and_ends_in_one_sentence(opened):
    _, controller, backend = opened
    draw(controller)
    controller.apply()
    controller.run.cancel()
    assert backend.runs[0].cancels == 1 and controller.run.is_running
    backend.runs[0].failed(code="cancelled", message="The job was cancelled.", hint="")
    assert not controller.run.is_running and "cancelled" in told(controller)


def test_variations_ask_for_several_with_a_new_seed(opened):
    _, controller, backend = opened
    draw(controller)
    before = controller.window.generate.settings().seed
    controller.variations(5)
    assert backend.runs[0].request["candidates"] == 5 and backend.runs[0].request["seed"] != before


def test_a_changed_sketch_goes_on_from_the_selected_candidate(opened, result):
    _, controller, backend = opened
    draw(controller)
    controller.regenerate(0.4)
    assert backend.runs == [] and "no result yet" in told(controller)
    run_to_end(controller, backend, result)
    (Path(controller.results.folder) / "state.safetensors").write_bytes(b"state")
    controller.regenerate(0.25)
    edit = backend.runs[-1].request["edit"]
    assert edit == {"path": str(Path(controller.results.folder) / "state.safetensors"), "strength": 0.25}


def test_a_volume_for_a_segment_of_the_scene(opened, result):
    _, controller, backend = opened
    draw(controller)
    run_to_end(controller, backend, result)
    (key, _title), *_ = controller.window.surroundings.segments.choices()
    controller.volume_from_segment(key)
    assert controller.run.is_running and len(backend.runs) == 1, "its file is being written"
    assert slicer_model.spin(lambda: len(backend.runs) == 2)
    request = backend.runs[-1].request
    assert Path(request["mask"]["path"]).is_file() and request["mask"]["grid"] == "own" and "sketch" not in request


def held_up(monkeypatch, owner, name):
    """A function that waits as on a slow disk, until the event is set that comes back."""
    go, real = threading.Event(), getattr(owner, name)

    def slow(*arguments, **more):
        assert go.wait(60)
        return real(*arguments, **more)

    monkeypatch.setattr(owner, name, slow)
    return go


@pytest.mark.parametrize("how", ["cancel", "close"])
def test_a_segment_that_is_still_being_written_can_be_given_up(opened, result, monkeypatch, how):
    _, controller, backend = opened
    draw(controller)
    run_to_end(controller, backend, result)
    go = held_up(monkeypatch, controller_segments, "write_nrrd")
    controller.volume_from_segment(controller.window.surroundings.segments.choices()[0][0])
    assert "Writing the segment" in told(controller)
    controller.run.cancel() if how == "cancel" else slicer.mrmlScene.Clear(0)
    assert not controller.run.is_running
    go.set()
    assert slicer_model.spin(lambda: not file_errand._LIVING)
    assert len(backend.runs) == 1, "nothing was sent"


def test_a_segment_that_cannot_be_written_is_one_sentence(opened, result, monkeypatch):
    _, controller, backend = opened

    def full(*_):
        raise OutputError("'mask' cannot be written (No space left on device).", hint="Free some space.")

    draw(controller)
    run_to_end(controller, backend, result)
    monkeypatch.setattr(controller_segments, "write_nrrd", full)
    controller.volume_from_segment(controller.window.surroundings.segments.choices()[0][0])
    assert slicer_model.spin(lambda: not controller.run.is_running)
    assert "No space left on device" in told(controller) and len(backend.runs) == 1
    assert controller.window.sketch.sketch() is not None


def test_an_export_holds_nothing_up_and_says_where_it_went(opened, result, monkeypatch, tmp_path):
    _, controller, backend = opened
    panel = controller.window.results
    draw(controller)
    run_to_end(controller, backend, result)
    go = held_up(monkeypatch, exporting, "_is_whole")
    beat = Heartbeat()
    beat.start()
    panel.on_export(str(tmp_path / "out"), {"nrrd", "seg.nrrd", "nifti", "report"})
    assert "Exporting to" in told(controller) and not panel.exporting.export_button.enabled
    panel.on_export(str(tmp_path / "other"), {"report"})
    slicer_model.spin(lambda: False, 0.3)
    go.set()
    assert slicer_model.spin(lambda: "Exported" in told(controller))
    beat.stop()
    assert beat.longest_ms < 50 and panel.exporting.export_button.enabled
    assert len(list((tmp_path / "out").iterdir())) >= 6 and not (tmp_path / "other").exists()


def test_an_export_that_fails_is_one_sentence_and_the_next_one_works(opened, result, monkeypatch, tmp_path):
    _, controller, backend = opened
    panel = controller.window.results
    draw(controller)
    run_to_end(controller, backend, result)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
        panel.on_export(str(tmp_path / "out"), {"nifti"})
        assert slicer_model.spin(lambda: "disk is full" in told(controller))
    assert not (tmp_path / "out").exists() and "Exporting" not in told(controller)
    panel.on_export(str(tmp_path / "out"), {"nifti"})
    assert slicer_model.spin(lambda: "Exported" in told(controller))
    assert "disk is full" not in told(controller)


def test_an_export_is_taken_back_when_the_module_goes(opened, result, monkeypatch, tmp_path):
    widget, controller, backend = opened
    draw(controller)
    run_to_end(controller, backend, result)
    go = held_up(monkeypatch, exporting, "_is_whole")
    controller.window.results.on_export(str(tmp_path / "out"), {"nrrd", "nifti"})
    widget.cleanup()
    go.set()
    assert slicer_model.spin(lambda: not file_errand._LIVING)
    assert not (tmp_path / "out").exists()
    widget.controller = None


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
    assert slicer_model.spin(lambda: not controller.session.is_dirty), "what was entered is in the scene soon"
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

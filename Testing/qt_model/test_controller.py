"""The controller with the true panels and the true scene, and a backend that does what the test says."""

import types
from pathlib import Path

import numpy as np
import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import results_on_disk  # noqa: E402
from controller_bench import draw, nodes_named, run_to_end, sketch, told  # noqa: E402
from Sketch2CTUI.session import state  # noqa: E402

from Sketch2CTLib.description import GeometryDescription  # noqa: E402
from Sketch2CTLib.sketch import Sketch  # noqa: E402


def test_a_solid_organ_is_asked_for_without_a_drawing(opened):
    _, controller, backend = opened
    controller.apply()
    assert len(backend.runs) == 1 and controller.run.is_running


def test_a_vessel_without_a_drawing_is_told_and_nothing_is_sent(opened):
    _, controller, backend = opened
    controller.window.set_structure("aorta")
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
    assert controller.organs.drawn_as == "spleen"


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
    state_file = str(Path(controller.results.folder) / "state.safetensors")
    assert edit == {"path": state_file, "strength": 0.25, "whole": True}


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


def test_the_contour_that_would_help_most_is_added_ready_to_draw(opened, result):
    _, controller, backend = opened
    draw(controller)
    run_to_end(controller, backend, result)
    window, panel = controller.window, controller.window.sketch
    window.ui.sketchButton.collapsed = True
    window.results.next_button.click()
    assert not window.ui.sketchButton.collapsed
    top = panel.canvas.sheets.top
    assert (top.role, top.plane.view, top.plane.position_mm, top.strokes) == ("contour", "sagittal", 31.5, ())
    window.results.next_button.click()
    assert len(panel.canvas.sheets.all) == 2, "it is there already"
    panel.canvas.add_stroke(sketch().strokes[0])
    controller.apply()
    sent = backend.runs[-1].request
    assert [one["role"] for one in sent["contours"]] == ["contour"] and len(sent["sketches"]) == 1
    assert sent["contours"][0]["plane"]["plane_to_ras"][0][3] == 31.5


def test_contours_are_kept_in_the_scene_and_go_into_the_draft(opened):
    _, controller, backend = opened
    window = controller.window
    window.generate.draft.check.checked = True
    draw(controller)
    window.sketch.add_contour("axial", -20.0)
    window.sketch.canvas.add_stroke(sketch(half=50.0).strokes[0])
    drawn = window.sketch.drawings()
    assert [Sketch.from_dict(one) for one in state.read_state().drawings] == list(drawn)
    assert slicer_model.spin(lambda: backend.drafts, 10.0)
    assert [one["role"] for one in backend.drafts[-1][0]["contours"]] == ["contour"]
    window.sketch.set_drawings(())
    controller.scene_loaded()
    assert window.sketch.drawings() == drawn
    window.sketch.choose(1)
    window.sketch.remove()
    assert len(state.read_state().drawings) == 1

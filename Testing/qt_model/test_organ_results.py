"""What a run for several organs brings: one segmentation, one scan, a section for each organ, what is refused."""

from pathlib import Path

import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import results_on_disk  # noqa: E402
import slicer_core_app  # noqa: E402
import vtk  # noqa: E402
from controller_bench import held_up, nodes_named, run_to_end, told  # noqa: E402
from panel_scene import click, draw  # noqa: E402
from Sketch2CTUI.nodes import organs as organ_nodes  # noqa: E402
from Sketch2CTUI.session import state  # noqa: E402

from Sketch2CTLib import catalog  # noqa: E402


@pytest.fixture(scope="module")
def organs(tmp_path_factory):
    """The event of a result of a liver and a spleen, whose files are there."""
    return results_on_disk.organs_event(tmp_path_factory.mktemp("organs"))


@pytest.fixture
def shown(opened, organs):
    """(the controller, its backend) when that result stands in the scene."""
    _, controller, backend = opened
    draw(controller.window.sketch.canvas, 90.0)
    click(controller.window.ui.addOrganButton)
    run_to_end(controller, backend, organs)
    return controller, backend


def column(controller, number):
    table = controller.window.results.table.widget
    return [table.item(row, number).text() for row in range(table.rowCount)]


def settle(controller):
    assert slicer_model.spin(lambda: controller.results._steps.are_done and controller.results._reading is None)


def test_all_organs_are_segments_of_one_node_beside_one_scan(shown):
    controller, _ = shown
    assert len(nodes_named("SYNTHETIC liver and spleen (preview)")) == 2
    node = controller.results.nodes.segmentation
    segmentation = node.GetSegmentation()
    assert list(segmentation.GetSegmentIDs()) == ["liver", "spleen"]
    for name in ("liver", "spleen"):
        segment, found = segmentation.GetSegment(name), catalog.structure(name)
        assert segment.GetName() == found.title and [round(255 * one) for one in segment.GetColor()] == [
            *found.color_rgb
        ]
        entry = vtk.mutable("")
        segment.GetTag(segment.GetTerminologyEntryTagName(), entry)
        assert found.code.value in str(entry)
        assert segment.GetRepresentation("Closed surface").GetNumberOfPoints() > 100
    assert [len(state.linked(role)) for role in ("segmentation", "volume")] == [1, 1]
    assert Path(controller.results.folder, "result.json").is_file()


def test_the_table_has_a_row_and_a_section_for_each_organ(shown):
    controller, _ = shown
    panel = controller.window.results
    assert panel.table.widget.horizontalHeaderItem(0).text() == "Organ" and column(controller, 0) == ["Liver", "Spleen"]
    assert panel.accept_button.text == "Accept all organs" and panel.exporting.widget.title == "Export all organs"
    assert "All 2 organs met." in panel.asked.notes_label.text and "beyond the cube" in panel.asked.notes_label.text
    node = controller.results.nodes.segmentation
    panel.table.widget.horizontalHeader().sectionClicked.emit(0)
    assert column(controller, 0) == ["Spleen", "Liver"]
    panel.select(1)
    settle(controller)
    assert controller.results.candidate == 1 and controller.results.nodes.segmentation is node
    assert [panel.asked.table.item(row, 0).text() for row in range(panel.asked.table.rowCount)]


def test_a_click_on_an_organ_moves_the_slices_to_it(shown):
    controller, _ = shown
    red = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceNode", "Red2")
    red.SetOrientationToSagittal()
    node = controller.results.nodes.segmentation
    places = []
    for number in (1, 0):
        controller.window.results.select(number)
        settle(controller)
        places.append(red.GetSliceToRAS().GetElement(0, 3))
    assert places == pytest.approx([node.GetSegmentCenterRAS(name)[0] for name in ("spleen", "liver")], abs=1.0)


def test_an_organ_that_is_chosen_while_nodes_come_holds_nothing_up(opened, organs, monkeypatch):
    _, controller, backend = opened
    click(controller.window.ui.addOrganButton)
    go = held_up(monkeypatch, organ_nodes.OrganFiles, "read")
    controller.apply()
    backend.runs[0].done(organs)
    backend.deliver()
    assert slicer_model.spin(lambda: controller.results._reading is not None)
    controller.window.results.select(1)
    go.set()
    assert slicer_model.spin(lambda: not controller.run.is_running), "the run ends"
    assert list(controller.results.nodes.segmentation.GetSegmentation().GetSegmentIDs()) == ["liver", "spleen"]
    assert controller.results.candidate == 1 == controller.window.results.selected()


def test_what_draws_one_organ_again_is_disabled_while_the_result_holds_several(shown):
    controller, _ = shown
    window = controller.window
    steps = window.results.steps
    click(window.organs.remove_button)
    assert not steps.regenerate_button.enabled and "holds several organs" in steps.regenerate_button.toolTip
    assert steps.variations_button.enabled and window.results.accept_button.enabled


def test_accept_keeps_all_and_another_run_takes_new_nodes(shown, organs):
    controller, backend = shown
    kept = controller.results.nodes.segmentation
    click(controller.window.results.accept_button)
    settle(controller)
    assert len(nodes_named("SYNTHETIC liver and spleen 1")) == 2 and kept in state.linked("accepted")
    run_to_end(controller, backend, organs)
    assert controller.results.nodes.segmentation is not kept
    click(controller.window.results.accept_button)
    settle(controller)
    assert len(nodes_named("SYNTHETIC liver and spleen 2")) == 2


def test_one_organ_after_several_takes_the_preview_over(shown, result):
    controller, backend = shown
    before = controller.results.nodes.segmentation
    click(controller.window.organs.remove_button)
    run_to_end(controller, backend, result)
    assert controller.results.nodes.segmentation is before
    assert list(before.GetSegmentation().GetSegmentIDs()) == ["liver"] and nodes_named("SYNTHETIC liver (preview)")
    assert column(controller, 0) == ["1", "2"] and controller.window.results.steps.regenerate_button.enabled


def test_export_writes_the_segmentation_of_all(shown, tmp_path):
    controller, _ = shown
    controller.window.results.select(1)
    settle(controller)
    controller.results.export(str(tmp_path / "out"), {"seg.nrrd", "nrrd", "report"})
    assert slicer_model.spin(lambda: controller.results._export is None)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"SYNTHETIC_liver_spleen_{name}" for name in ("mask.nrrd", "mask.seg.nrrd", "report.json", "volume.nrrd")
    ]
    assert (tmp_path / "out" / "SYNTHETIC_liver_spleen_mask.seg.nrrd").read_bytes() == (
        Path(controller.results.folder) / "mask.seg.nrrd"
    ).read_bytes()


def test_a_damaged_label_map_is_one_sentence_and_the_panel_is_free(opened, tmp_path):
    _, controller, backend = opened
    event = results_on_disk.organs_event(tmp_path / "broken")
    (tmp_path / "broken" / "mask.seg.nrrd").write_bytes(b"NRRD0004\nbroken")
    click(controller.window.ui.addOrganButton)
    run_to_end(controller, backend, event)
    assert nodes_named("SYNTHETIC") == [] and controller.window.results.fault_label.text
    assert not controller.run.is_running


def test_a_scene_that_is_closed_while_organs_are_read_gets_no_nodes(opened, organs):
    _, controller, backend = opened
    click(controller.window.ui.addOrganButton)
    controller.apply()
    backend.runs[0].done(organs)
    backend.deliver()
    slicer.mrmlScene.Clear(0)
    slicer_model.spin(lambda: False, 0.5)
    assert nodes_named("SYNTHETIC") == [] and not controller.run.is_running


def test_the_scene_shows_the_result_again(shown):
    controller, _ = shown
    click(controller.window.results.accept_button)
    settle(controller)
    controller.window.results.select(1)
    settle(controller)
    kept = state.read_state()
    controller.scene_loaded()
    assert column(controller, 0) == ["Liver", "Spleen"] and controller.results.candidate == kept.candidate == 1
    nodes = controller.results.nodes
    assert (nodes.structure, nodes.others, nodes.accepted) == ("liver", ("spleen",), True)
    slicer_core_app.fresh_scene()
    controller.scene_closed()
    assert "Organ" not in told(controller) and not controller.window.results.has_result

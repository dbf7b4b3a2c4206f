"""The layout of a painted CT at the panel: shown by a click, painted from again, and what each run asks for."""

from pathlib import Path

import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import numpy as np  # noqa: E402
import results_on_disk  # noqa: E402
from controller_bench import nodes_named, run_to_end  # noqa: E402
from panel_scene import click, draw  # noqa: E402

from Sketch2CTLib import catalog  # noqa: E402
from Sketch2CTLib.frames import VoxelGrid, read_volume, write_nrrd  # noqa: E402

GRID = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 320.0, 24)


def labels_kji():
    labels = np.full(GRID.shape_kji, catalog.label_value("fat"), np.uint8)
    labels[8:16, 6:14, 4:12] = catalog.label_value("liver")
    return labels


@pytest.fixture
def painted(tmp_path):
    """The event of a result of two candidates; the best was painted from a layout."""
    event = results_on_disk.event(tmp_path / "painted", candidates=2)
    write_nrrd(tmp_path / "painted" / "layout.seg.nrrd", labels_kji(), GRID, {"Synthetic": "1"})
    return event


@pytest.fixture
def shown(opened, painted):
    _, controller, backend = opened
    draw(controller.window.sketch.canvas, 90.0)
    run_to_end(controller, backend, painted)
    return controller, backend


def layout_row(controller):
    return controller.window.results.layout


def settle(controller):
    assert slicer_model.spin(lambda: controller.results._steps.are_done and controller.results._reading is None)


def test_a_click_shows_the_layout_and_another_hides_it(shown):
    controller, _ = shown
    row = layout_row(controller)
    assert row.widget.visible and not row.check.checked and not row.button.enabled
    click(row.check)
    settle(controller)
    assert nodes_named("layout") == ["SYNTHETIC liver (preview) layout"] and row.button.enabled
    node = controller.results.nodes.layout
    assert set(node.GetSegmentation().GetSegmentIDs()) == {"fat", "liver"} and node.GetDisplayNode().GetVisibility()
    assert "layout" in controller.window.results.nodes_label.text
    click(row.check)
    assert not node.GetDisplayNode().GetVisibility()


def test_a_candidate_without_a_layout_has_no_such_row(shown):
    controller, _ = shown
    controller.window.results.select(1)
    settle(controller)
    assert not layout_row(controller).widget.visible
    controller.window.results.select(0)
    settle(controller)
    assert layout_row(controller).widget.visible and not layout_row(controller).check.checked


def test_painting_again_sends_the_layout_as_it_stands_in_the_scene(shown):
    controller, backend = shown
    row = layout_row(controller)
    click(row.check)
    settle(controller)
    count = len(backend.runs)
    click(row.button)
    assert slicer_model.spin(lambda: len(backend.runs) > count)
    request = backend.runs[-1].request
    labels, grid, _ = read_volume(Path(request["layout"]["path"]))
    assert np.array_equal(labels, labels_kji()) and np.allclose(grid.ijk_to_ras, GRID.ijk_to_ras)
    assert (request["structure"], request["candidates"], request["with_volume"]) == ("liver", 1, True)
    assert not {"sketches", "mask", "edit", "description"} & set(request)
    assert not row.button.enabled, "a run goes on"


def test_a_damaged_layout_is_told_and_the_box_is_free_again(shown):
    controller, _ = shown
    path = Path(controller.results.folder) / "layout.seg.nrrd"
    path.write_bytes(path.read_bytes()[:400])
    click(layout_row(controller).check)
    settle(controller)
    assert not layout_row(controller).check.checked
    assert "layout.seg.nrrd" in controller.window.results.fault_label.text


@pytest.mark.parametrize(
    ("paint", "volume", "asked"), [(True, True, None), (False, True, False), (False, False, False)]
)
def test_a_run_is_painted_unless_the_box_says_otherwise(opened, paint, volume, asked):
    _, controller, backend = opened
    form = controller.window.generate.form
    draw(controller.window.sketch.canvas, 90.0)
    form.paint_check.checked = paint
    form.volume_check.checked = volume
    assert form.paint_check.enabled == volume
    controller.apply()
    assert backend.runs[-1].request["sampling"].get("paint") is asked


@pytest.mark.parametrize(("paint", "asked"), [(True, True), (False, None)])
def test_a_painted_ct_has_the_whole_range_where_the_box_is_ticked(opened, paint, asked):
    _, controller, backend = opened
    form = controller.window.generate.form
    draw(controller.window.sketch.canvas, 90.0)
    form.full_hu_check.checked = True
    form.paint_check.checked = paint
    assert form.full_hu_check.enabled == paint
    controller.apply()
    assert backend.runs[-1].request["sampling"].get("full_hu") is asked

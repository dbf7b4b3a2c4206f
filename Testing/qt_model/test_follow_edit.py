"""'Follow this edit': a mask edited in the Segment Editor gets a scan and a report of its own, in one click."""

from pathlib import Path

import numpy as np
import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import results_on_disk  # noqa: E402
from controller_bench import draw, nodes_named, run_to_end  # noqa: E402
from panel_scene import click  # noqa: E402
from vtk.util import numpy_support  # noqa: E402

from Sketch2CTLib.description import GeometryDescription  # noqa: E402
from Sketch2CTLib.frames.nrrdio import read_volume, write_nrrd  # noqa: E402


def button(controller):
    return controller.window.results.steps.follow_button


def edit(controller, structure="liver"):
    """What the Segment Editor does: some voxels are taken out of the segment."""
    node = controller.results.nodes.segmentation
    image = node.GetSegmentation().GetSegment(structure).GetRepresentation("Binary labelmap")
    voxels = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
    voxels[: len(voxels) // 2] = 0
    image.Modified()
    return node


def answered(folder, request, structure="liver"):
    """The result of a followed mask: the mask as it was sent, its scan and its report."""
    sent, grid, _ = read_volume(request["mask"]["path"])
    event = results_on_disk.event(folder, structure=structure)
    _, _, fields = read_volume(Path(event.folder) / "mask.seg.nrrd")
    write_nrrd(Path(event.folder) / "mask.seg.nrrd", sent, grid, fields)
    write_nrrd(Path(event.folder) / "volume.nrrd", np.where(sent, 77, -90).astype(np.int16), grid, fields)
    return event


@pytest.fixture
def shown(opened, result):
    """A result of a drawn liver of 1.4 litres, looked at."""
    widget, controller, backend = opened
    widget.parent.resize(520, 3200)
    draw(controller)
    description = GeometryDescription.checked(structure="liver", numbers={"volume_ml": 1400})
    controller.window.geometry.set_description(description)
    run_to_end(controller, backend, result)
    slicer_model.turns(3)
    return controller, backend


def follow(controller, backend):
    click(button(controller))
    assert controller.run.is_running, controller.window.results.fault_label.text
    count = len(backend.runs)
    assert slicer_model.spin(lambda: len(backend.runs) > count or backend.runs[-1].request.get("mask"))
    return backend.runs[-1]


def test_one_click_sends_the_edited_mask_with_what_is_asked_and_shows_its_scan(shown, tmp_path):
    controller, backend = shown
    node = edit(controller)
    run = follow(controller, backend)
    request = run.request
    sent, _, _ = read_volume(request["mask"]["path"])
    assert 0 < sent.sum() < 0.7 * results_on_disk._body(results_on_disk._grid("liver", 48), 1.0).sum()
    assert (request["mask"]["grid"], request["mask"]["followed"], request["with_volume"]) == ("own", True, True)
    assert request["description"]["numbers"]["volume_ml"] == 1400 and request["sketch"] is not None
    event = answered(tmp_path / "followed", request)
    run.done(event)
    backend.deliver()
    assert slicer_model.spin(lambda: not controller.run.is_running)
    assert controller.results.nodes.segmentation is node, "the edited mask is the new result's"
    assert len(nodes_named("SYNTHETIC liver (preview)")) == 2 and not nodes_named("SYNTHETIC liver 1")
    scan = slicer.util.arrayFromVolume(controller.results.nodes.volume)
    assert scan.max() == 77 and (scan == 77).sum() == sent.sum()
    titles = [item.title for one in controller.results.made for item in one.items]
    assert titles == ["1.1 Liver", "1.2 Liver", "2 Liver"]


def test_what_was_edited_while_it_ran_stays_the_persons(shown, tmp_path):
    controller, backend = shown
    edit(controller)
    run = follow(controller, backend)
    event = answered(tmp_path / "followed", run.request)
    image = controller.results.nodes.segmentation.GetSegmentation().GetSegment("liver")
    image = image.GetRepresentation("Binary labelmap")
    voxels = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
    voxels[np.flatnonzero(voxels)[:500]] = 0
    run.done(event)
    backend.deliver()
    assert slicer_model.spin(lambda: not controller.run.is_running)
    assert nodes_named("SYNTHETIC liver 1") and nodes_named("SYNTHETIC liver (preview)")


def test_an_edit_whose_run_is_cancelled_is_not_lost(shown):
    controller, backend = shown
    edit(controller)
    follow(controller, backend).failed("cancelled")
    controller.window.results.select(1)
    assert slicer_model.spin(lambda: controller.results._steps.are_done and controller.results.candidate == 1)
    assert nodes_named("SYNTHETIC liver 1"), "kept as ever"


def test_an_accepted_result_is_followed_too(shown):
    controller, backend = shown
    controller.results.accept(0)
    assert slicer_model.spin(lambda: controller.results._steps.are_done)
    edit(controller)
    assert follow(controller, backend).request["mask"]["followed"]


def test_a_mask_that_nobody_edited_is_told_and_nothing_is_sent(shown):
    controller, backend = shown
    click(button(controller))
    assert "as it came" in controller.window.generate.view.message[1] and len(backend.runs) == 1


def test_drawings_and_numbers_of_another_organ_are_not_sent(shown):
    controller, backend = shown
    edit(controller)
    controller.window.set_structure("spleen")
    request = follow(controller, backend).request
    assert request["structure"] == "liver" and "sketch" not in request and "description" not in request


def test_several_organs_are_refused_on_the_button(opened, tmp_path):
    _, controller, backend = opened
    assert not button(controller).enabled
    draw(controller)
    run_to_end(controller, backend, results_on_disk.organs_event(tmp_path / "organs"))
    assert not button(controller).enabled and "several organs" in button(controller).toolTip

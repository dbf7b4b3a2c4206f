"""'Draw on slices' with the true panels and the true scene: by the button and a mouse in the slice views."""

import gc
import weakref

import numpy as np
import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import slice_hands  # noqa: E402
import slicer_core_app  # noqa: E402
from controller_bench import draw, run_to_end  # noqa: E402
from panel_scene import click  # noqa: E402

from Sketch2CTLib.frames import VIEWS  # noqa: E402
from Sketch2CTLib.sketch import Sketch, silhouette  # noqa: E402


@pytest.fixture
def hands(opened, monkeypatch):
    """The slice views; a scan lies in them."""
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    for number in range(3):
        slicer.mrmlScene.GetNthNodeByClass(number, "vtkMRMLSliceCompositeNode").SetBackgroundVolumeID(volume.GetID())
    manager = slice_hands.LayoutManager()
    monkeypatch.setattr(slicer.app, "layoutManager", lambda: manager, raising=False)
    yield manager.views
    monkeypatch.undo()


def titles(controller):
    return [one.title for one in controller.window.sketch.canvas.sheets.all if one.strokes]


def button(controller):
    return controller.window.sketch.list.slices_button


def at(name, offset):
    node = slicer_core_app.slice_view(name)
    node.SetSliceOffset(offset)
    return node


def settle(controller):
    slicer_model.turns(4)
    assert slicer_model.spin(lambda: controller.slices._steps.are_done)


def test_a_ring_in_a_slice_view_is_a_contour_of_the_request(opened, hands):
    _, controller, backend = opened
    click(button(controller))
    assert controller.slices.is_on and button(controller).checked
    node = at("Red", 24.0)
    hands["Red"].draw(slice_hands.ring(node, 50.0, (10.0, -20.0, 24.0)))
    assert titles(controller) == ["Axial contour at S +24 mm"]
    assert controller.window.sketch.canvas.sheets.top.title == titles(controller)[0], "it lies on the canvas"
    controller.apply()
    (record,) = backend.runs[0].request["contours"]
    drawn = Sketch.from_dict(record)
    assert drawn.role == "contour" and drawn.strokes[0].closed
    points = drawn.plane.to_ras(drawn.strokes[0].points_mm)
    assert np.allclose(points[:, 2], 24.0)
    assert np.abs((points.min(axis=0) + points.max(axis=0)) / 2 - [10.0, -20.0, 24.0]).max() < 1.0
    area = silhouette(drawn, 256).sum() * (drawn.plane.size_mm[0] / 256) ** 2
    assert area == pytest.approx(np.pi * 0.7 * 50.0**2, rel=0.05)


def test_empty_views_go_to_where_the_first_line_is(opened, hands):
    _, controller, _ = opened
    click(button(controller))
    hands["Red"].draw(slice_hands.ring(at("Red", 24.0), 50.0, (100.0, -20.0, 24.0)))
    view, contour = controller.window.sketch.canvas.sheets.all
    assert view.role == "silhouette" and np.allclose(view.plane.center_ras, contour.plane.center_ras)
    assert np.abs(contour.plane.center_ras - [100.0, -20.0, 24.0]).max() < 1.0


@pytest.mark.parametrize(("name", "view"), [("Red", "axial"), ("Green", "coronal"), ("Yellow", "sagittal")])
def test_each_view_gives_contours_on_its_own_planes_beside_what_is_drawn(opened, hands, name, view):
    _, controller, _ = opened
    draw(controller)
    click(button(controller))
    node = at(name, -15.0)
    line = slice_hands.ring(node, 30.0)
    hands[name].draw(line)
    sheets = controller.window.sketch.canvas.sheets.all
    assert [(one.role, one.plane.view) for one in sheets] == [("silhouette", "axial"), ("contour", view)]
    points = sheets[1].plane.to_ras(sheets[1].strokes[0].points_mm)
    assert np.allclose(points[:, VIEWS[view].axis_ras], line[0, VIEWS[view].axis_ras])


def test_lines_on_one_slice_are_one_contour_and_go_on_from_each_other(opened, hands):
    _, controller, _ = opened
    click(button(controller))
    line = slice_hands.ring(at("Red", 24.0), 60.0)
    hands["Red"].draw(line[:30])
    assert not controller.window.sketch.canvas.strokes()[0].closed
    hands["Red"].draw(line[29:])
    (stroke,) = controller.window.sketch.canvas.strokes()
    assert titles(controller) == ["Axial contour at S +24 mm"] and stroke.closed


def test_undo_and_redo_are_the_canvas_s_by_keys_in_the_slice_view_and_by_buttons(opened, hands):
    _, controller, _ = opened
    click(button(controller))
    hands["Red"].draw(slice_hands.ring(at("Red", 24.0)))
    hands["Red"].draw(slice_hands.ring(at("Red", 44.0)))
    both = titles(controller)
    assert len(both) == 2
    hands["Red"].send("KeyPressEvent", key="z", control=True)
    assert titles(controller) == both[:1]
    click(controller.window.sketch.toolbar.button("undo"))
    assert titles(controller) == []
    for _ in range(2):
        hands["Red"].send("KeyPressEvent", key="Z", control=True, shift=True)
    assert titles(controller) == both


def test_the_live_draft_follows_a_line_that_grows_in_a_slice_view(opened, hands):
    _, controller, backend = opened
    controller.window.generate.draft.check.checked = True
    click(button(controller))
    view, line = hands["Red"], slice_hands.ring(at("Red", 24.0))
    view.send("LeftButtonPressEvent", line[0])
    for point in line[1:40]:
        view.send("MouseMoveEvent", point)
    assert slicer_model.spin(lambda: backend.drafts)
    (growing,) = backend.drafts[0][0]["contours"]
    assert len(growing["strokes"][0]["points_mm"]) > 30 and titles(controller) == [], "no edit yet"
    view.send("LeftButtonReleaseEvent", line[-1])
    assert len(titles(controller)) == 1


def test_a_tap_or_esc_changes_nothing(opened, hands):
    _, controller, _ = opened
    click(button(controller))
    node, view = at("Red", 24.0), hands["Red"]
    view.draw(slice_hands.ring(node)[:1])
    line = slice_hands.ring(node)
    view.send("LeftButtonPressEvent", line[0])
    view.send("MouseMoveEvent", line[9])
    view.send("KeyPressEvent", key="Escape")
    assert titles(controller) == [] and not controller.window.sketch.canvas.can_undo() and controller.slices.is_on
    view.send("KeyPressEvent", key="Escape")
    assert not controller.slices.is_on and not button(controller).checked and not view.observers


@pytest.mark.parametrize("how", ["click", "exit", "close"])
def test_nothing_observes_the_views_afterwards(opened, hands, how):
    _, controller, _ = opened
    click(button(controller))
    assert all(view.observers for view in hands.values())
    {"click": lambda: click(button(controller)), "exit": controller.exit, "close": lambda: slicer.mrmlScene.Clear(0)}[
        how
    ]()
    assert not any(view.observers for view in hands.values()) and not button(controller).checked


def test_a_view_that_stays_keeps_no_panel_alive(opened, hands):
    widget, controller, _ = opened
    click(button(controller))
    kept = weakref.ref(controller.slices)
    widget.cleanup()
    assert not any(view.observers for view in hands.values())
    controller.slices = None
    gc.collect()
    assert kept() is None or not any(view.observers for view in hands.values())


def test_without_slice_views_it_says_what_is_needed(opened):
    _, controller, _ = opened
    click(button(controller))
    assert "slice views" in controller.window.ui.statusLabel.text and not button(controller).checked


def test_empty_slice_views_are_moved_to_where_the_sketch_lies(opened, hands):
    _, controller, _ = opened
    for number in range(3):
        slicer.mrmlScene.GetNthNodeByClass(number, "vtkMRMLSliceCompositeNode").SetBackgroundVolumeID(None)
    sketch = controller.window.sketch
    draw(controller)
    sketch.set_position(40.0)
    click(button(controller))
    assert "No scan is shown" in controller.window.ui.statusLabel.text
    for name in slice_hands.VIEWS:
        node = slicer_core_app.slice_view(name)
        assert np.allclose(slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())[:3, 3], sketch.canvas.plane.center_ras)
        assert node.GetFieldOfView()[0] == pytest.approx(320.0)


def test_drawn_contours_are_seen_as_curves_until_they_go_or_the_box_is_unticked(opened, hands):
    _, controller, _ = opened
    rows = controller.window.sketch.list
    assert not rows.curves_check.visible
    click(button(controller))
    hands["Red"].draw(slice_hands.ring(at("Red", 24.0)))
    hands["Green"].draw(slice_hands.ring(at("Green", 10.0)))
    settle(controller)
    assert len(controller.slices.curves) == 2 and rows.curves_check.visible
    center = np.zeros(3)
    controller.slices.curves[0].GetNthControlPointPositionWorld(0, center)
    assert center[2] == pytest.approx(24.0)
    controller.window.sketch.canvas.undo()
    settle(controller)
    assert len(controller.slices.curves) == 1
    click(rows.curves_check)
    settle(controller)
    assert controller.slices.curves == []
    click(rows.curves_check)
    settle(controller)
    assert len(controller.slices.curves) == 1
    slicer.mrmlScene.Clear(0)
    settle(controller)
    assert controller.slices.curves == []


def test_more_contours_than_a_request_may_hold_are_refused_in_one_line(opened, hands):
    _, controller, _ = opened
    click(button(controller))
    sketch = controller.window.sketch
    for number in range(64):
        sketch.add_contour("axial", 2.0 * number)
    hands["Red"].draw(slice_hands.ring(at("Red", -24.0)))
    assert "at most 64 contours" in controller.window.ui.statusLabel.text and titles(controller) == []


def test_the_contour_that_helps_most_is_drawn_where_its_slice_view_goes(opened, hands, result):
    widget, controller, backend = opened
    widget.parent.resize(520, 3200)  # room for all sections, as in Slicer's scroll area
    draw(controller)
    run_to_end(controller, backend, result)
    slicer_model.turns(3)  # until it is laid out
    click(controller.window.results.next_button)
    node = slicer_core_app.slice_view("Yellow")
    assert slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())[0, 3] == pytest.approx(31.5)
    slicer_model.turns(3)
    click(button(controller))
    hands["Yellow"].draw(slice_hands.ring(node, 30.0))
    assert titles(controller) == ["Axial view", "Sagittal contour at R +32 mm"]

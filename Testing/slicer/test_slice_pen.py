"""The pen in slice views, and the contours that are shown there, on slicer-core's scene."""

import numpy as np
import pytest
import slice_hands
import slicer
import slicer_core_app
import slicer_views
from Sketch2CTUI.nodes.curves import ContourCurves, Curve, thinned
from Sketch2CTUI.nodes.slice_pen import SlicePen
from Sketch2CTUI.nodes.views import SliceViews

from Sketch2CTLib.frames import PlaneFrame


class Hand:
    def __init__(self):
        self.heard, self.lines = [], []

    def begin(self, key):
        self.heard.append(("begin", key))

    def grow(self, points_ras, pixel_mm):
        self.heard.append(("grow", len(points_ras)))

    def end(self, points_ras, pixel_mm):
        self.lines.append((points_ras, pixel_mm))

    def give_up(self):
        self.heard.append("given up")

    def undo(self):
        self.heard.append("undo")

    def redo(self):
        self.heard.append("redo")

    def leave(self):
        self.heard.append("leave")


@pytest.fixture
def views(scene, monkeypatch):
    manager = slice_hands.LayoutManager()
    monkeypatch.setattr(slicer.app, "layoutManager", lambda: manager, raising=False)
    return manager.views


@pytest.fixture
def pen(views):
    made = SlicePen(Hand())
    made.hand = made._hand
    yield made
    made.off()


def test_a_line_is_told_in_ras_on_the_slice_and_slicer_does_not_hear_of_it(pen, views):
    node = slicer_core_app.slice_view("Green")
    node.SetSliceOffset(-31.5)
    assert pen.on() == 3
    line = slice_hands.ring(node)
    views["Green"].draw(line)
    ((points, pixel_mm),) = pen.hand.lines
    assert pixel_mm == pytest.approx(300.0 / 400.0)
    assert np.allclose(points[:, 1], -31.5) and np.abs(points - line[: len(points)]).max() <= pixel_mm
    assert views["Green"].seen == [] and views["Green"].renders > 50
    assert pen.hand.heard[0] == ("begin", node.GetID())
    assert views["Green"].renderer.GetViewProps().GetNumberOfItems() == 0, "the growing line is gone"


def test_the_growing_line_is_seen_in_its_view(pen, views):
    pen.on()
    node, view = slicer_core_app.slice_view("Red"), views["Red"]
    line = slice_hands.ring(node)
    view.send("LeftButtonPressEvent", line[0])
    for point in line[1:20]:
        view.send("MouseMoveEvent", point)
    (actor,) = [view.renderer.GetViewProps().GetItemAsObject(0)]
    drawn = actor.GetMapper().GetInput()
    assert drawn.GetNumberOfPoints() == 20 and drawn.GetNumberOfCells() == 19
    assert np.allclose(drawn.GetPoint(19)[:2], view.pixel(line[19]))
    pen.give_up()
    assert pen.hand.heard[-1] == "given up" and pen.hand.lines == []
    assert view.renderer.GetViewProps().GetNumberOfItems() == 0


def test_other_buttons_keys_and_moves_stay_slicers(pen, views):
    pen.on()
    view, line = views["Red"], slice_hands.ring(slicer_core_app.slice_view("Red"))
    view.draw(line[:5], shift=True)
    view.send("KeyPressEvent", key="f")
    assert pen.hand.heard == [] and pen.hand.lines == []
    assert view.seen == ["LeftButtonPressEvent", *["MouseMoveEvent"] * 4, "LeftButtonReleaseEvent", "KeyPressEvent"]


@pytest.mark.parametrize(
    ("key", "keys", "told"),
    [
        ("z", {"control": True}, "undo"),
        ("Z", {"control": True, "shift": True}, "redo"),
        ("y", {"control": True}, "redo"),
        ("Escape", {}, "leave"),
    ],
)
def test_keys_in_a_slice_view(pen, views, key, keys, told):
    pen.on()
    views["Yellow"].send("KeyPressEvent", key=key, **keys)
    assert pen.hand.heard == [told] and views["Yellow"].seen == []


def test_esc_during_a_line_gives_it_up(pen, views):
    pen.on()
    line = slice_hands.ring(slicer_core_app.slice_view("Red"))
    views["Red"].send("LeftButtonPressEvent", line[0])
    views["Red"].send("MouseMoveEvent", line[5])
    views["Red"].send("KeyPressEvent", key="Escape")
    views["Red"].send("LeftButtonReleaseEvent", line[6])
    assert pen.hand.heard[-1] == "given up" and pen.hand.lines == [] and pen.is_on


def test_switched_off_it_observes_nothing(pen, views):
    pen.on()
    assert all(view.observers for view in views.values())
    views["Red"].send("LeftButtonPressEvent", (0.0, 0.0, 0.0))
    pen.off()
    assert not any(view.observers for view in views.values()) and pen.hand.heard[-1] == "given up"
    views["Red"].draw(slice_hands.ring(slicer_core_app.slice_view("Red")))
    assert pen.hand.lines == [] and "MouseMoveEvent" in views["Red"].seen


def test_views_that_come_later_are_drawn_in_and_those_that_go_are_left(pen, views):
    yellow = views.pop("Yellow")
    assert pen.on() == 2
    views["Yellow"] = yellow
    green = views.pop("Green")
    pen.refresh()
    assert yellow.observers and not green.observers


def test_without_a_layout_there_is_nothing_to_draw_in(scene):
    assert SlicePen(Hand()).on() == 0


# ---- where views are, and go


def test_a_jump_moves_the_views_of_that_side_alone(scene):
    before = slicer_core_app.slice_view("Red").GetSliceOffset()
    assert SliceViews().jump(PlaneFrame.standard("sagittal", 320.0, (31.5, 4.0, 5.0))) == 1
    to_ras = slicer.util.arrayFromVTKMatrix(slicer_core_app.slice_view("Yellow").GetSliceToRAS())
    assert to_ras[0, 3] == pytest.approx(31.5)
    assert slicer_core_app.slice_view("Red").GetSliceOffset() == before


def test_a_view_without_a_volume_is_empty(scene):
    key = slicer_core_app.slice_view("Red").GetID()
    assert SliceViews().is_empty(key)
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    scene.GetNthNodeByClass(0, "vtkMRMLSliceCompositeNode").SetBackgroundVolumeID(volume.GetID())
    assert not SliceViews().is_empty(key)


# ---- curves


def _ring(radius_mm=60.0, height_mm=12.0, count=300):
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle), np.full(count, height_mm / radius_mm)], axis=1) * radius_mm


def test_curves_lie_where_they_were_drawn_are_used_again_and_go(scene):
    curves = ContourCurves()
    curves.show(0, Curve(_ring(), closed=True))
    curves.show(1, Curve(_ring(30.0), closed=False))
    first, second = curves.nodes
    assert (first.GetClassName(), second.GetClassName()) == ("vtkMRMLMarkupsClosedCurveNode", "vtkMRMLMarkupsCurveNode")
    assert first.GetNumberOfControlPoints() <= 96 and first.GetCurveLengthWorld() == pytest.approx(376.7, rel=0.01)
    assert first.GetHideFromEditors() and not first.GetSaveWithScene() and first.GetLocked()
    curves.show(0, Curve(_ring(20.0), closed=True))
    assert curves.nodes[0] is first and first.GetCurveLengthWorld() == pytest.approx(125.6, rel=0.01)
    curves.show(1, Curve(_ring(30.0), closed=True))
    assert curves.nodes[1].GetClassName() == "vtkMRMLMarkupsClosedCurveNode"
    curves.drop_from(1)
    assert curves.nodes == [first]
    curves.drop_from(0)
    names = [scene.GetNthNode(n).GetName() or "" for n in range(scene.GetNumberOfNodes())]
    assert not any("contour" in name for name in names), "nor their displays"


def test_a_curve_is_seen_on_its_slice_and_in_3d(scene, monkeypatch):
    for name in ("_SLICE_MANAGERS", "_SOLID_MANAGERS"):
        managers = (*getattr(slicer_views, name), "vtkMRMLMarkupsDisplayableManager")
        monkeypatch.setattr(slicer_views, name, managers)
    curves = ContourCurves()
    curves.show(0, Curve(_ring(), closed=True))
    seen = []
    for offset in (12.0, 40.0):
        slicer_core_app.slice_view("Red").SetSliceOffset(offset)
        picture = slicer_views.slice_picture("Red").astype(int)
        seen.append(int(((picture[..., 0] > 120) & (picture[..., 2] < 90)).sum()))
    assert seen[0] > 150 and seen[1] == 0
    solid = slicer_views.solid_picture((0.0, 0.7, -0.7)).astype(int)
    assert ((solid[..., 0] > 100) & (solid[..., 2] < 90)).sum() > 100


def test_thinned_lines_keep_their_ends_and_their_course():
    line = _ring(count=5000)
    few = thinned(line, 96)
    assert len(few) <= 96 and np.array_equal(few[[0, -1]], line[[0, -1]])
    assert np.linalg.norm(np.diff(few, axis=0), axis=1).max() < 5.0

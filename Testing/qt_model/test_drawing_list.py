"""Several drawings of a request: the list, contours on slices, one history for all; driven as a person would."""

import numpy as np
import pytest
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

from canvas_events import drag, move, press, pump, ring, shown  # noqa: E402
from panel_scene import CENTER, click, draw, panels, tilted  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.canvas.canvas import SketchCanvas  # noqa: E402
from Sketch2CTUI.canvas.sheets import CanvasSheet  # noqa: E402
from Sketch2CTUI.sketch.planes import seen_from  # noqa: E402
from Sketch2CTUI.widgets.layout import chosen  # noqa: E402

from Sketch2CTLib.frames import PlaneFrame, told_place  # noqa: E402
from Sketch2CTLib.generation.placement import cube_of, on_cube  # noqa: E402
from Sketch2CTLib.sketch import Sketch, Stroke, silhouette  # noqa: E402


@pytest.fixture
def panel():
    yield from panels()


def titles(panel):
    return [panel.list.list.item(number).text() for number in range(panel.list.list.count)]


def pick(panel, number):
    """Clicks a row of the list."""
    rows = panel.list.list
    QTest.mouseClick(rows.viewport(), Qt.LeftButton, Qt.NoModifier, rows.visualItemRect(rows.item(number)).center())
    pump()


def typed(box, text):
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key_Return)
    pump()


def undo(panel):
    click(panel.toolbar.button("undo"))


# ---- the list


def test_views_and_contours_are_added_drawn_and_sent_with_the_views_first(panel):
    click(panel.list.add_contour_button)
    draw(panel.canvas, 40.0)
    pick(panel, 0)
    draw(panel.canvas, 60.0)
    click(panel.list.add_view_button)
    draw(panel.canvas, 50.0)
    assert titles(panel) == ["Axial view", "Axial contour at S +0 mm", "Coronal view"]
    drawn = panel.drawings()
    assert [(one.plane.view, one.role) for one in drawn] == [
        ("axial", "silhouette"),
        ("coronal", "silhouette"),
        ("axial", "contour"),
    ]
    areas = [silhouette(one, 128).sum() * (320 / 128) ** 2 for one in drawn]
    assert areas == pytest.approx([np.pi * 0.7 * radius**2 for radius in (60, 50, 40)], rel=0.06)
    assert all(one.structure == "liver" for one in drawn)


def test_there_is_one_view_a_side_and_any_number_of_contours(panel):
    for _ in range(2):
        click(panel.list.add_view_button)
    assert titles(panel) == [f"{view} view (empty)" for view in ("Axial", "Coronal", "Sagittal")]
    assert not panel.list.add_view_button.enabled and panel.list.view.count == 1, "the other sides are taken"
    for _ in range(4):
        click(panel.list.add_contour_button)
    assert [one.plane.position_mm for one in panel.canvas.sheets.all[3:]] == [0.0, 20.0, -20.0, 40.0]
    assert panel.list.view.count == 3 and panel.list.add_contour_button.enabled
    pick(panel, 1)
    click(panel.list.remove_button)
    assert panel.list.add_view_button.enabled and panel.canvas.plane.view == "axial"


def test_a_row_that_is_clicked_lies_on_the_canvas_and_nothing_is_changed_by_looking(panel):
    draw(panel.canvas)
    click(panel.list.add_contour_button)
    draw(panel.canvas, 30.0)
    changes, drawn = len(panel.changes), panel.drawings()
    pick(panel, 0)
    assert panel.sketch() == drawn[0] and not panel.list.position.visible
    pick(panel, 1)
    assert panel.sketch() == drawn[1] and panel.list.position.visible
    assert len(panel.changes) == changes and panel.drawings() == drawn
    panel.list.list.setFocus()
    QTest.keyClick(panel.list.list, Qt.Key_Up)
    assert panel.sketch() == drawn[0], "the arrow keys choose too"


def test_undo_goes_back_over_all_drawings_and_shows_the_one_that_changes(panel):
    draw(panel.canvas, 60.0)
    click(panel.list.add_contour_button)
    draw(panel.canvas, 30.0)
    pick(panel, 0)
    draw(panel.canvas, 20.0)
    pick(panel, 1)
    click(panel.list.remove_button)
    assert titles(panel) == ["Axial view"] and not panel.list.remove_button.enabled
    undo(panel)
    assert len(panel.drawings()) == 2 and panel.sketch().role == "contour", "the drawing is back, and shown"
    undo(panel)
    assert len(panel.sketch().strokes) == 1 and panel.sketch().role == "silhouette", "the line of the view is gone"
    undo(panel)
    assert titles(panel) == ["Axial view", "Axial contour at S +0 mm (empty)"] and panel.canvas.sheets.number == 1
    undo(panel), undo(panel)
    assert titles(panel) == ["Axial view (empty)"] and not panel.canvas.can_undo()
    for _ in range(5):
        click(panel.toolbar.button("redo"))
    assert titles(panel) == ["Axial view"] and len(panel.sketch().strokes) == 2
    assert not panel.toolbar.button("redo").enabled


def test_the_tools_are_those_of_the_drawing_that_is_shown(panel):
    draw(panel.canvas)
    panel.toolbar.button("crease").click()
    click(panel.list.add_contour_button)
    bar = panel.toolbar
    assert not bar.button("clear").enabled and not bar.button("crease").enabled and bar.button("outline").checked
    draw(panel.canvas, 30.0)
    assert [stroke.kind for stroke in panel.sketch().strokes] == ["outline"], "a cut has no folds"
    pick(panel, 0)
    assert bar.button("clear").enabled and bar.button("crease").enabled
    assert "cut through the liver" not in panel.canvas.hint


def test_everything_has_a_name_for_screen_readers(panel):
    for widget in (panel.list.list, panel.list.view, panel.list.position, panel.sources.slice):
        assert len(widget.accessibleName) > 4 and len(widget.toolTip) > 20


# ---- where a contour lies


def test_the_position_is_typed_in_mm_and_what_was_typed_in_one_go_is_undone_in_one(panel):
    draw(panel.canvas)
    click(panel.list.add_contour_button)
    draw(panel.canvas, 30.0)
    lines = panel.sketch().strokes
    typed(panel.list.position, "-12.5")
    assert panel.sketch().plane == PlaneFrame.standard("axial", 320.0, (0.0, 0.0, -12.5))
    for _ in range(3):
        QTest.keyClick(panel.list.position, Qt.Key_Up)
    assert panel.sketch().plane.position_mm == -9.5 and panel.sketch().strokes == lines
    assert titles(panel)[1] == "Axial contour at S −10 mm" and panel.list.position.prefix == "S "
    undo(panel)
    assert panel.sketch().plane.position_mm == 0.0 and panel.list.position.value == 0.0


def test_the_plane_of_a_contour_is_chosen(panel):
    draw(panel.canvas)
    panel.canvas.set_strokes(panel.canvas.strokes(), plane=PlaneFrame.standard("axial", 320.0, (5.0, -7.0, 11.0)))
    click(panel.list.add_contour_button)
    panel.list.view.currentIndex = 2
    assert chosen(panel.list.view) == panel.canvas.plane.view == "sagittal"
    assert panel.canvas.plane.center_ras == pytest.approx([5.0, -7.0, 11.0])
    assert (panel.list.position.value, panel.list.position.prefix) == (5.0, "R ")


def test_draw_contour_here_takes_the_slice_that_a_view_shows(panel):
    draw(panel.canvas)
    click(panel.sources.draw_here)
    seen, plane = tilted(300.0), panel.canvas.plane
    assert panel.canvas.sheets.top.role == "contour" and plane.size_mm == (320.0, 320.0)
    assert np.array_equal(plane.plane_to_ras[:3, :3], seen.plane_to_ras[:3, :3])
    assert (plane.center_ras - seen.center_ras) @ seen.plane_to_ras[:3, 2] == pytest.approx(0.0, abs=1e-9)
    assert seen.from_ras(plane.center_ras) == pytest.approx(seen.from_ras([0.0, 0.0, 0.0])), "it faces the view's paper"
    draw(panel.canvas, 30.0)
    click(panel.sources.draw_here)
    assert len(panel.canvas.sheets.all) == 2 and "already" in panel.said[-1]
    undo(panel), undo(panel)
    assert titles(panel) == ["Axial view"]


def test_where_nothing_is_drawn_the_empty_view_goes_along_to_the_slice(panel):
    click(panel.sources.draw_here)
    assert panel.canvas.plane.center_ras == pytest.approx(tilted(300.0).center_ras)
    assert panel.canvas.sheets.all[0].plane.center_ras == pytest.approx(tilted(300.0).center_ras)
    draw(panel.canvas, 30.0)
    assert [one.role for one in panel.drawings()] == ["contour"]
    undo(panel), undo(panel)
    assert panel.canvas.plane == PlaneFrame.standard("axial", 320.0)


def test_a_view_that_is_placed_takes_all_drawings_along_and_a_contour_moves_alone(panel):
    draw(panel.canvas)
    click(panel.list.add_view_button)
    draw(panel.canvas, 50.0)
    panel.add_contour("axial", 15.0)
    draw(panel.canvas, 30.0)
    pick(panel, 0)
    before = [one.plane.plane_to_ras for one in panel.drawings()]
    click(panel.sources.place)
    after = [one.plane.plane_to_ras for one in panel.drawings()]
    turn = after[0] @ np.linalg.inv(before[0])
    assert np.array_equal(after[0], tilted(300.0).plane_to_ras)
    for old, new in zip(before, after, strict=True):
        assert new == pytest.approx(turn @ old)
    pick(panel, 2)
    click(panel.sources.place)
    assert [one.plane.plane_to_ras for one in panel.drawings()][:2] == [pytest.approx(one) for one in after[:2]]
    assert panel.canvas.plane.position_mm == pytest.approx(tilted(300.0).position_mm)
    undo(panel), undo(panel)
    assert [one.plane.plane_to_ras for one in panel.drawings()] == [pytest.approx(one) for one in before]
    pick(panel, 1)
    panel.place("Red")
    assert "axial view already" in panel.said[-1]


def test_what_the_panel_draws_fits_the_cube_that_a_run_lays_around_it(panel):
    draw(panel.canvas, 80.0, (10.0, 5.0))
    click(panel.list.add_view_button)
    draw(panel.canvas, 78.0, (10.0, 0.0))
    panel.add_contour("axial", 12.0)
    draw(panel.canvas, 60.0, (10.0, 5.0))
    panel.add_contour("sagittal", -10.0)
    draw(panel.canvas, 40.0)
    pick(panel, 0)
    for place in (lambda: None, lambda: click(panel.sources.place)):
        place()
        placed, notes = on_cube(panel.drawings(), cube_of("liver", panel.drawings(), 64), "liver")
        assert len(placed) == 4 and not notes


def test_the_structure_changes_the_paper_of_all_drawings_also_of_those_that_undo_brings_back(panel):
    draw(panel.canvas)
    panel.add_contour("axial", 10.0)
    draw(panel.canvas, 30.0)
    panel.set_structure("spleen")
    assert {one.plane.size_mm for one in panel.drawings()} == {(192.0, 192.0)}
    assert {one.structure for one in panel.drawings()} == {"spleen"}
    undo(panel), undo(panel)
    assert panel.sketch().plane == PlaneFrame.standard("axial", 192.0)


@pytest.mark.parametrize("first", ["axial", "coronal", "sagittal"])
def test_a_further_view_is_at_right_angles_through_the_same_centre(panel, first):
    panel.canvas.set_strokes((), plane=seen_from(tilted(320.0), first))
    one = panel.canvas.plane
    click(panel.list.add_view_button)
    other = panel.canvas.plane
    assert other.view != one.view and other.center_ras == pytest.approx(one.center_ras)
    assert abs(one.plane_to_ras[:3, 2] @ other.plane_to_ras[:3, 2]) < 1e-9
    assert np.linalg.det(other.plane_to_ras[:3, :3]) == pytest.approx(1.0)


def test_drawings_of_a_scene_come_back_without_a_word(panel):
    strokes = (Stroke(np.eye(2) * 30),)
    view = Sketch(strokes, tilted(300.0), "liver")
    cut = Sketch(strokes, PlaneFrame.standard("coronal", 300.0, tuple(CENTER)), "liver", "contour")
    panel.set_drawings((view, cut))
    assert panel.drawings() == (view, cut)
    assert panel.changes == [] and not panel.canvas.can_undo()
    assert titles(panel) == ["Axial view", f"Coronal contour at {told_place('coronal', CENTER[1])}"]
    panel.set_drawings(())
    assert panel.drawings() == () and titles(panel) == ["Axial view (empty)"] and panel.canvas.plane == tilted(300.0)


def test_a_line_that_is_being_drawn_counts_on_its_own_drawing(panel):
    draw(panel.canvas)
    click(panel.list.add_contour_button)
    press(panel.canvas, 100, 100)
    for at in range(100, 160, 5):
        move(panel.canvas, at, 120)
    assert [len(one.strokes) for one in panel.drawn_so_far()] == [1, 1]
    assert [one.role for one in panel.drawings()] == ["silhouette"]


# ---- what is seen of the others


def green(canvas, u, v):
    """Whether the trace of another drawing is seen at a point in mm."""
    x, y = canvas.viewport.to_pixels(u, v)
    image = canvas.grab().toImage()
    colors = [qt.QColor(image.pixel(round(x) + dx, round(y) + dy)) for dx in range(-2, 3) for dy in range(-2, 3)]
    return any(one.green() > one.red() + 25 and one.green() > one.blue() + 6 for one in colors)


def test_the_others_are_seen_where_they_meet_the_drawing():
    canvas = shown(SketchCanvas())
    box = Stroke(np.array([[-60.0, -40.0], [60.0, -40.0], [60.0, 40.0], [-60.0, 40.0]]), closed=True)
    view = CanvasSheet(PlaneFrame.standard("coronal", 320.0), "silhouette", (box,))
    cut = CanvasSheet(PlaneFrame.standard("sagittal", 320.0, (20.0, 0.0, 0.0)), "contour", (box,))
    canvas.begin([CanvasSheet(PlaneFrame.standard("axial", 320.0, (0.0, 0.0, 10.0)), "contour"), view, cut])
    pump()
    assert green(canvas, -20.0, 0.0), "the sagittal cut passes along R +20, which is 20 mm left on the paper"
    assert green(canvas, -20.0, 60.0) and green(canvas, -20.0, -60.0), "through these points"
    assert not green(canvas, -20.0, 70.0) and not green(canvas, 20.0, 0.0)
    assert green(canvas, -60.0, 120.0) or green(canvas, -60.0, 116.0), "the coronal view ends there"
    assert not green(canvas, 0.0, 0.0)
    canvas.choose(1)
    pump()
    assert green(canvas, -20.0, 39.0) and green(canvas, -20.0, -39.0), "the cut as the view sees it, edge on"
    assert not green(canvas, -20.0, 44.0)
    canvas.set_sheets([view])
    pump()
    assert not green(canvas, -20.0, 20.0)
    canvas.hide()
    canvas.deleteLater()


def test_a_trace_follows_the_position_of_its_contour():
    canvas = shown(SketchCanvas())
    axial = CanvasSheet(PlaneFrame.standard("axial", 320.0), "contour")
    canvas.begin([CanvasSheet(PlaneFrame.standard("coronal", 320.0), "contour"), axial])
    canvas.choose(1)
    drag(canvas, ring(80))
    middle = canvas.strokes()[0].points_mm[:, 0].mean()
    for position_mm in (0.0, 30.0):
        canvas.choose(1)
        canvas.set_sheets(canvas.sheets.with_top(CanvasSheet(axial.plane.at(position_mm), "contour", canvas.strokes())))
        canvas.choose(0)
        pump()
        assert green(canvas, middle, position_mm) and not green(canvas, middle, 30.0 - position_mm)
    canvas.hide()
    canvas.deleteLater()

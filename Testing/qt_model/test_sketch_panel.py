"""The sketch panel: its buttons, keys and paper; driven as a person would. `test_drawing_list` has several drawings."""

import numpy as np
import pytest
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

from canvas_events import pump  # noqa: E402
from panel_scene import click, draw, panels, tilted  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.widgets.layout import chosen  # noqa: E402

from Sketch2CTLib.frames import PlaneFrame  # noqa: E402
from Sketch2CTLib.sketch import Sketch, silhouette  # noqa: E402


@pytest.fixture
def panel():
    yield from panels()


# ---- drawing


def test_what_is_drawn_is_a_sketch_of_the_structure(panel):
    assert panel.sketch() is None and panel.drawings() == ()
    panel.set_structure("spleen")
    draw(panel.canvas)
    sketch = panel.sketch()
    assert (sketch.structure, sketch.plane) == ("spleen", PlaneFrame.standard("axial", 192.0))
    assert silhouette(sketch, 64).sum() * (192 / 64) ** 2 == pytest.approx(np.pi * 60 * 42, rel=0.05)
    assert panel.changes
    assert Sketch.from_json(sketch.to_json()).to_json() == sketch.to_json()


def test_buttons_do_what_they_say(panel):
    bar = panel.toolbar
    assert not bar.button("undo").enabled and not bar.button("clear").enabled
    draw(panel.canvas)
    first = panel.sketch().strokes
    click(bar.button("smooth"))
    assert panel.sketch().strokes != first
    click(bar.button("clear"))
    assert panel.sketch() is None and not bar.button("mirror").enabled
    click(bar.button("undo")), click(bar.button("undo"))
    assert panel.sketch().strokes == first
    click(bar.button("redo")), click(bar.button("redo"))
    assert panel.sketch() is None and not bar.button("redo").enabled


def test_tools_and_kinds_are_exclusive_and_keys_move_the_mark(panel):
    bar = panel.toolbar
    click(bar.button("eraser"))
    assert panel.canvas.tool.name == "eraser"
    QTest.keyClick(panel.canvas, Qt.Key_L)
    assert [bar.button(name).checked for name in ("pen", "line", "eraser", "move")] == [False, True, False, False]
    assert panel.canvas.tool.name == "line"
    click(bar.button("pen"))
    bar.button("crease").click()
    draw(panel.canvas)
    assert [stroke.kind for stroke in panel.sketch().strokes] == ["crease"]
    assert not bar.button("outline").checked


def test_the_erasers_size_is_in_mm(panel):
    panel.toolbar.eraser_size.value = 25.0
    assert panel.canvas.eraser_mm == 25.0


def test_every_control_says_what_it_does(panel):
    kinds = (qt.QToolButton, qt.QPushButton, qt.QComboBox, qt.QSlider, qt.QCheckBox, qt.QRadioButton, qt.QDoubleSpinBox)
    for kind in kinds:
        for widget in panel.widget.findChildren(kind):
            assert len(widget.toolTip) > 10, (kind.__name__, widget.accessibleName)


def test_shortcuts_are_there_only_between_enter_and_exit(panel):
    draw(panel.canvas)
    panel.widget.activateWindow()
    panel.canvas.setFocus()
    pump()
    QTest.keyClick(panel.canvas, Qt.Key_Z, Qt.ControlModifier)
    assert panel.sketch() is not None
    panel.shortcuts(True)
    QTest.keyClick(panel.canvas, Qt.Key_Z, Qt.ControlModifier)
    assert panel.sketch() is None
    QTest.keyClick(panel.canvas, Qt.Key_Z, Qt.ControlModifier | Qt.ShiftModifier)
    assert panel.sketch() is not None
    panel.shortcuts(False)
    pump()
    QTest.keyClick(panel.canvas, Qt.Key_Z, Qt.ControlModifier)
    assert panel.sketch() is not None


# ---- where the paper lies


def test_a_structure_brings_its_view_and_paper_and_keeps_the_lines(panel):
    draw(panel.canvas, 50.0)
    before = panel.sketch().strokes
    panel.set_structure("left_kidney")
    assert panel.sketch().plane == PlaneFrame.standard("coronal", 160.0)
    assert panel.sketch().strokes == before
    assert panel.list.view.currentText == "Coronal"


def test_a_view_that_shows_less_than_is_drawn_makes_no_line_leave_the_paper(panel):
    draw(panel.canvas, 158.0)
    click(panel.sources.place)
    assert 300.0 < panel.sketch().plane.size_mm[0] <= 320.0


def test_place_on_slice_view_gives_the_plane_and_keeps_the_lines(panel):
    draw(panel.canvas, 50.0)
    before = panel.sketch().strokes
    click(panel.sources.place)
    assert panel.sketch().plane == tilted(300.0) and panel.sketch().strokes == before, "the square that the view shows"
    draw(panel.canvas, 20.0, (80.0, 30.0))
    drawn = panel.sketch().plane.to_ras(panel.sketch().strokes[-1].points_mm).mean(axis=0)
    assert drawn == pytest.approx(tilted(300.0).to_ras((80.0, 30.0)), abs=3.0)
    panel.set_structure("spleen")  # the place stays, the paper is the spleen's
    assert panel.sketch().plane == tilted(192.0)
    click(panel.sources.reset)
    assert panel.sketch().plane == PlaneFrame.standard("axial", 192.0)


def test_where_the_paper_lies_is_an_edit_that_is_undone(panel):
    draw(panel.canvas)
    click(panel.list.add_view_button)
    draw(panel.canvas, 40.0)
    panel.choose(0)
    before, strokes = panel.canvas.plane, panel.sketch().strokes
    planes = [before]
    for move in (lambda: panel.place("Red"), lambda: panel.set_view("sagittal"), lambda: click(panel.sources.reset)):
        move()
        planes.append(panel.canvas.plane)
    assert len({str(plane) for plane in planes}) == 4
    for plane in planes[-2::-1]:
        click(panel.toolbar.button("undo"))
        assert panel.canvas.plane == plane and panel.sketch().strokes == strokes
        assert panel.canvas.sheets.all[1].plane.center_ras == pytest.approx(plane.center_ras), "the second one follows"
        assert chosen(panel.list.view) == plane.view
    for plane in planes[1:]:
        click(panel.toolbar.button("redo"))
        assert panel.canvas.plane == plane
    assert not panel.toolbar.button("redo").enabled
    for _ in range(6):
        click(panel.toolbar.button("undo"))
    assert panel.sketch() is None and panel.canvas.plane == before and not panel.canvas.can_undo()
    assert len(panel.canvas.sheets.all) == 1


def test_a_paper_that_is_moved_after_an_undo_forgets_what_was_undone(panel):
    draw(panel.canvas)
    click(panel.toolbar.button("undo"))
    panel.place("Red")
    assert not panel.canvas.can_redo()
    click(panel.toolbar.button("undo")), click(panel.toolbar.button("redo"))
    assert panel.canvas.plane == tilted(300.0) and panel.sketch() is None

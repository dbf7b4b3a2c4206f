"""The canvas, driven by synthetic mouse, pen, wheel and key events."""

import numpy as np
import pytest
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

from canvas_events import LEFT, NONE, SIZE, dark_at, drag, pen, pixels, pump, ring, send_move, shown  # noqa: E402
from PySide6.QtCore import QPointF, Qt  # noqa: E402
from PySide6.QtGui import QWheelEvent  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.canvas.canvas import SketchCanvas  # noqa: E402

from Sketch2CTLib.frames import PlaneFrame  # noqa: E402
from Sketch2CTLib.sketch import Stroke  # noqa: E402


@pytest.fixture
def canvas():
    made = shown(SketchCanvas())
    yield made
    made.hide()
    made.deleteLater()


# ---- drawing


def test_a_ring_that_is_drawn_is_a_closed_outline_in_mm(canvas):
    seen = []
    canvas.on_changed.add(lambda: seen.append(len(canvas.strokes())))
    drag(canvas, ring(100))
    (stroke,) = canvas.strokes()
    assert (stroke.closed, stroke.kind, stroke.pressure) == (True, "outline", None)
    radius = np.linalg.norm(stroke.points_mm, axis=1)
    assert radius == pytest.approx(100 / canvas.viewport.scale, abs=1.0 / canvas.viewport.scale)
    assert seen == [1]
    assert dark_at(canvas, *stroke.points_mm[10])


def test_the_stairs_of_whole_pixels_are_taken_out_and_nothing_else(canvas):
    slope = [(100 + 3 * step, round(100 + step * 0.8)) for step in range(60)]
    drag(canvas, slope)
    points = np.array([canvas.viewport.to_pixels(*point) for point in canvas.strokes()[0].points_mm])
    rough, fine = (np.abs(np.diff(np.array(line, dtype=float)[:, 1], 2)).sum() for line in (slope, points))
    assert fine < 0.6 * rough
    assert np.abs(points - np.array(slope)).max() <= 0.76


def test_inner_lines_have_their_kind_and_stay_open(canvas):
    canvas.kind = "crease"
    drag(canvas, [(100, 100), (150, 140), (220, 150)])
    (stroke,) = canvas.strokes()
    assert (stroke.kind, stroke.closed) == ("crease", False)


def test_a_tap_draws_nothing(canvas):
    drag(canvas, [(100, 100), (100, 100)])
    assert canvas.strokes() == () and not canvas.can_undo()


def test_a_straight_line_has_two_points_and_shift_keeps_it_level(canvas):
    canvas.set_tool("line")
    drag(canvas, [(100, 100), (140, 120), (200, 180)])
    drag(canvas, [(100, 300), (140, 320), (250, 310)], modifiers=Qt.ShiftModifier)
    free, level = canvas.strokes()
    assert len(free.points_mm) == len(level.points_mm) == 2
    assert free.points_mm[1] == pytest.approx(canvas.viewport.to_mm(200, 180), abs=1e-3)
    assert level.points_mm[0, 1] == pytest.approx(level.points_mm[1, 1], abs=1e-3)


def test_three_straight_lines_that_meet_become_one_closed_outline(canvas):
    canvas.set_tool("line")
    corners = [(100, 300), (300, 300), (200, 120)]
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        drag(canvas, [(start[0] + 3, start[1] - 2), (end[0] - 2, end[1] + 3)])
    (stroke,) = canvas.strokes()
    assert stroke.closed and len(stroke.points_mm) in (3, 4)
    canvas.undo()
    assert [one.closed for one in canvas.strokes()] == [False]


def test_a_gap_that_the_eraser_left_is_drawn_over_to_one_outline(canvas):
    drag(canvas, ring(100))
    canvas.set_tool("eraser")
    drag(canvas, [(330, 215), (330, 245)])
    (opened,) = canvas.strokes()
    assert not opened.closed
    canvas.set_tool("pen")
    ends = [canvas.viewport.to_pixels(*end) for end in (opened.points_mm[0], opened.points_mm[-1])]
    drag(canvas, [ends[0], (333, 230), ends[1]])
    (healed,) = canvas.strokes()
    assert healed.closed


def test_escape_gives_up_the_line(canvas):
    QTest.mousePress(canvas, LEFT, NONE, qt.QPoint(100, 100))
    send_move(canvas, qt.QPoint(200, 200))
    QTest.keyClick(canvas, Qt.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, NONE, qt.QPoint(200, 200))
    assert canvas.strokes() == ()
    assert not dark_at(canvas, *canvas.viewport.to_mm(150, 150))


def test_keys_choose_tools(canvas):
    chosen = []
    canvas.on_tool.add(chosen.append)
    for key in (Qt.Key_E, Qt.Key_L, Qt.Key_M, Qt.Key_P):
        QTest.keyClick(canvas, key)
    assert chosen == ["eraser", "line", "move", "pen"]


# ---- pen


def test_a_pens_pressure_is_kept_with_the_points(canvas):
    pen(canvas, qt.QEvent.TabletPress, (100.5, 100.0), 0.2)
    for step in range(1, 20):
        event = pen(canvas, qt.QEvent.TabletMove, (100.5 + 8 * step, 100.0 + step), 0.2 + 0.03 * step)
    assert event.isAccepted()
    pen(canvas, qt.QEvent.TabletRelease, (252.5, 119.0), 0.0)
    (stroke,) = canvas.strokes()
    assert len(stroke.pressure) == len(stroke.points_mm) >= 20
    assert stroke.pressure[0] == pytest.approx(0.2) and stroke.pressure.max() == pytest.approx(0.77)
    assert stroke.points_mm[0] == pytest.approx(canvas.viewport.to_mm(100.5, 100.0), abs=1e-3)
    pump()


def test_a_pen_that_is_turned_over_erases(canvas):
    drag(canvas, ring(100))
    pen(canvas, qt.QEvent.TabletPress, (330.0, 215.0), 0.5, "Eraser")
    pen(canvas, qt.QEvent.TabletMove, (330.0, 245.0), 0.5, "Eraser")
    pen(canvas, qt.QEvent.TabletRelease, (330.0, 245.0), 0.0, "Eraser")
    assert [stroke.closed for stroke in canvas.strokes()] == [False]
    assert canvas.tool.name == "pen"
    pump()


# ---- edits


def test_the_eraser_cuts_only_what_it_passes(canvas):
    drag(canvas, ring(100))
    before = canvas.strokes()[0]
    canvas.set_tool("eraser")
    canvas.eraser_mm = 20.0
    drag(canvas, [(330, 210), (330, 230), (330, 250)])
    (left,) = canvas.strokes()
    track = np.linspace(canvas.viewport.to_mm(330, 210), canvas.viewport.to_mm(330, 250), 50)
    away = np.linalg.norm(left.path_mm[:, None] - track, axis=2).min(axis=1)
    assert away.min() >= 10.0 - 0.01
    assert 0.5 * before.length_mm < left.length_mm < before.length_mm - 20
    canvas.undo()
    assert canvas.strokes() == (before,)


def test_move_takes_the_line_under_the_pointer_or_all(canvas):
    drag(canvas, [(100, 100), (200, 100)])
    drag(canvas, [(100, 300), (200, 300)])
    first, second = canvas.strokes()
    canvas.set_tool("move")
    drag(canvas, [(150, 101), (170, 111)])
    by = np.array([20.0, -10.0]) / canvas.viewport.scale
    assert canvas.strokes()[0].points_mm == pytest.approx(first.points_mm + by, abs=1e-3)
    assert canvas.strokes()[1] is second
    drag(canvas, [(400, 400), (410, 400)])
    by = np.array([10 / canvas.viewport.scale, 0])
    assert canvas.strokes()[1].points_mm == pytest.approx(second.points_mm + by, abs=1e-3)
    canvas.undo(), canvas.undo()
    assert canvas.strokes() == (first, second)


def test_smooth_mirror_and_clear_are_edits(canvas, rng):
    drag(canvas, ring(100, (200, 200), 240) + rng.normal(0, 1.5, (240, 2)))
    rough = canvas.strokes()[0]
    canvas.smooth()
    smooth = canvas.strokes()[0]
    assert smooth.length_mm < 0.9 * rough.length_mm
    canvas.mirror()
    assert canvas.strokes()[0].points_mm[:, 0].mean() == pytest.approx(-smooth.points_mm[:, 0].mean())
    canvas.clear()
    assert canvas.strokes() == ()
    for expected in ((-smooth.points_mm[:, 0].mean()), smooth.points_mm[:, 0].mean()):
        canvas.undo()
        assert canvas.strokes()[0].points_mm[:, 0].mean() == pytest.approx(expected)
    canvas.undo()
    assert canvas.strokes() == (rough,)


def test_undo_and_redo_over_a_thousand_edits(canvas):
    states = [canvas.strokes()]
    for number in range(1000):
        canvas.set_strokes((*canvas.strokes(), Stroke(np.array([[0.0, number / 10], [5.0, number / 10]]))))
        states.append(canvas.strokes())
    for expected in states[-2::-1]:
        canvas.undo()
        assert canvas.strokes() == expected
    assert not canvas.can_undo() and canvas.can_redo()
    for expected in states[1:]:
        canvas.redo()
        assert canvas.strokes() == expected
    assert not canvas.can_redo()
    canvas.redo()
    assert len(canvas.strokes()) == 1000


def test_undoing_a_step_that_moved_the_paper_brings_it_back(canvas):
    there = PlaneFrame.standard("sagittal", 200.0, (1.0, 2.0, 3.0))
    before = canvas.plane
    canvas.set_strokes((Stroke(np.eye(2)),), plane=there)
    assert canvas.plane == there
    canvas.undo()
    assert canvas.plane == before and canvas.strokes() == ()
    canvas.redo()
    assert canvas.plane == there


# ---- looking


def test_the_wheel_zooms_about_the_pointer_and_the_drawing_stays(canvas):
    drag(canvas, ring(80))
    before, look = canvas.strokes(), canvas.viewport
    under = look.to_mm(120, 333)
    place = QPointF(120, 333)
    for _ in range(5):
        event = QWheelEvent(
            place, canvas.mapToGlobal(place), qt.QPoint(), qt.QPoint(0, 120), Qt.NoButton, NONE, Qt.NoScrollPhase, False
        )
        qt.QApplication.sendEvent(canvas, event)
    pump()
    assert canvas.viewport.scale == pytest.approx(look.scale * 1.2**5)
    assert canvas.viewport.to_mm(120, 333) == pytest.approx(under)
    assert canvas.strokes() is before and canvas.can_undo()
    QTest.keyClick(canvas, Qt.Key_F)
    assert canvas.viewport == look


@pytest.mark.parametrize("with_space", [False, True])
def test_the_middle_button_or_space_moves_the_paper_and_draws_nothing(canvas, with_space):
    under = canvas.viewport.to_mm(200, 200)
    if with_space:
        QTest.keyPress(canvas, Qt.Key_Space)
    drag(canvas, [(200, 200), (230, 190), (260, 240)], button=LEFT if with_space else Qt.MiddleButton)
    if with_space:
        QTest.keyRelease(canvas, Qt.Key_Space)
    assert canvas.viewport.to_mm(260, 240) == pytest.approx(under)
    assert canvas.strokes() == ()
    drag(canvas, [(100, 100), (150, 150), (200, 150)])
    assert len(canvas.strokes()) == 1


def test_what_is_drawn_while_zoomed_lies_where_it_was_drawn(canvas):
    canvas.look(canvas.viewport.zoomed(3.0, 100, 100).panned(20, 30))
    start, end = canvas.viewport.to_mm(100, 100), canvas.viewport.to_mm(300, 200)
    drag(canvas, [(100, 100), (200, 150), (300, 200)])
    canvas.zoom_to_fit()
    assert canvas.strokes()[0].points_mm[0] == pytest.approx(start, abs=1e-3)
    assert canvas.strokes()[0].points_mm[-1] == pytest.approx(end, abs=1e-3)


def test_a_finer_screen_has_finer_layers_and_the_same_mm(canvas, monkeypatch):
    monkeypatch.setattr(SketchCanvas, "devicePixelRatioF", lambda self: 2.0)
    drag(canvas, ring(100))
    assert (canvas.layers.ink.width(), canvas.layers.ink.devicePixelRatio()) == (2 * SIZE, 2.0)
    assert np.linalg.norm(canvas.strokes()[0].points_mm, axis=1).max() == pytest.approx(
        100 / canvas.viewport.scale, rel=0.02
    )
    assert dark_at(canvas, *canvas.strokes()[0].points_mm[5])


def test_lines_are_as_wide_and_the_eraser_as_large_on_a_finer_screen(canvas, monkeypatch):
    def inked():
        image = canvas.layers.ink.convertToFormat(qt.QImage.Format_Alpha8)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return rows[:, : image.width()].sum() / 255.0 / image.devicePixelRatio() ** 2

    seen = []
    for ratio in (1.0, 2.0):
        monkeypatch.setattr(SketchCanvas, "devicePixelRatioF", lambda self, told=ratio: told)
        canvas.set_strokes(())
        canvas.set_tool("pen")
        drag(canvas, [(60, 200), (200, 200), (400, 200)])
        whole = inked()
        canvas.set_tool("eraser")
        QTest.mousePress(canvas, LEFT, NONE, qt.QPoint(200, 200))
        seen.append((whole, inked()))
        QTest.mouseRelease(canvas, LEFT, NONE, qt.QPoint(200, 200))
        pump()
        assert inked() == pytest.approx(seen[-1][1], rel=0.02)  # what was rubbed out live is what is cut
    assert seen[0] == pytest.approx(seen[1], rel=0.03)
    assert seen[0][0] == pytest.approx(340 * 2.2, rel=0.03)


def test_ink_is_seen_on_light_and_dark_palettes(canvas):
    drag(canvas, ring(100))
    point = canvas.strokes()[0].points_mm[5]
    x, y = (int(value) for value in canvas.viewport.to_pixels(*point))
    for paper, ink in (((255, 255, 255), (0, 0, 0)), ((25, 25, 25), (235, 235, 235))):
        palette = qt.QPalette()
        palette.setColor(qt.QPalette.Base, qt.QColor(*paper))
        palette.setColor(qt.QPalette.Text, qt.QColor(*ink))
        canvas.palette = palette
        pump()
        seen = pixels(canvas)[y - 2 : y + 3, x - 2 : x + 3]
        assert abs(seen - np.array(paper)).max() > 150


def test_the_reference_covers_the_paper_the_right_way_up(canvas):
    picture = np.zeros((64, 64, 3), dtype=np.uint8)
    picture[:32, :, 0] = 255  # the upper half is red
    picture[:, :32, 2] = 255  # the left half is blue
    canvas.set_reference(picture, 1.0)
    pump()
    half = canvas.plane.size_mm[0] * 0.4
    seen = pixels(canvas)
    for u, v, color in ((-1, 1, (255, 0, 255)), (1, 1, (255, 0, 0)), (-1, -1, (0, 0, 255)), (1, -1, (0, 0, 0))):
        x, y = canvas.viewport.to_pixels(u * half, v * half)
        assert seen[int(y), int(x)].tolist() == list(color)
    canvas.set_reference_opacity(0.0)
    x, y = canvas.viewport.to_pixels(half, half)
    assert pixels(canvas)[int(y), int(x)].min() > 200
    assert canvas.strokes() == ()

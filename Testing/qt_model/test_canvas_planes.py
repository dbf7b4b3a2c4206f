"""Left stays left on every plane; letters, scale bar and what a mouse move costs."""

import time

import numpy as np
import pytest
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

from canvas_events import LEFT, NONE, SIZE, drag, pump, send_move, shown  # noqa: E402
from heartbeat import ATTEMPTS, Stopwatch, limit_ms  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.canvas.canvas import SketchCanvas  # noqa: E402
from Sketch2CTUI.canvas.decor import caption, length_text, letters, round_length_mm  # noqa: E402
from Sketch2CTUI.canvas.sheets import CanvasSheet  # noqa: E402

from Sketch2CTLib.frames import PlaneFrame  # noqa: E402
from Sketch2CTLib.sketch import Stroke  # noqa: E402

AXES = {"R": (1, 0, 0), "L": (-1, 0, 0), "A": (0, 1, 0), "P": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}


@pytest.fixture
def canvas():
    made = shown(SketchCanvas())
    yield made
    made.hide()
    made.deleteLater()


# ---- left stays left


def oblique(view, degrees, about):
    angle = np.deg2rad(degrees)
    a, b = [axis for axis in range(3) if axis != about]
    turn = np.eye(3)
    turn[a, a] = turn[b, b] = np.cos(angle)
    turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
    matrix = PlaneFrame.standard(view, 1.0).plane_to_ras.copy()
    matrix[:3, :3] = turn @ matrix[:3, :3]
    matrix[:3, 3] = (11.0, -40.0, 250.0)
    return PlaneFrame(view, matrix, (300.0, 240.0))


def flipped(view, axes):
    plane = PlaneFrame.standard(view, 300.0)
    return PlaneFrame(view, plane.plane_to_ras @ np.diag([*axes, 1]), plane.size_mm)


PLANES = [
    *(PlaneFrame.standard(view, 320.0, (5, 6, 7)) for view in ("axial", "coronal", "sagittal")),
    *(
        flipped(view, axes)
        for view in ("axial", "coronal", "sagittal")
        for axes in ((-1, 1, -1), (1, -1, -1), (-1, -1, 1))
    ),
    *(
        oblique(view, turn, about)
        for view in ("axial", "coronal", "sagittal")
        for turn in (-35, 20, 40)
        for about in range(3)
    ),
]


@pytest.mark.parametrize("number", range(len(PLANES)))
def test_what_is_drawn_at_a_letter_lies_on_that_side_of_the_patient(canvas, number):
    plane = PLANES[number]
    canvas.set_strokes((), plane=plane)
    pump()
    sides = letters(plane)
    assert len({frozenset(pair) for pair in (sides[:2], sides[2:])}) == 2
    edge, middle = SIZE - 60, SIZE // 2
    places = ((60, middle), (edge, middle), (middle, 90), (middle, SIZE - 90))
    for letter, (x, y) in zip(sides, places, strict=True):
        canvas.set_strokes(())
        drag(canvas, [(x, y), (x + 3, y + 2), (x - 2, y + 6)])
        (stroke,) = canvas.strokes()
        towards = (plane.to_ras(stroke.points_mm).mean(axis=0) - plane.center_ras) @ np.array(AXES[letter])
        assert towards > 40.0


def test_the_standard_letters_are_those_of_slicer():
    assert letters(PlaneFrame.standard("axial", 1)) == ("R", "L", "A", "P")
    assert letters(PlaneFrame.standard("coronal", 1)) == ("R", "L", "S", "I")
    assert letters(PlaneFrame.standard("sagittal", 1)) == ("A", "P", "S", "I")
    assert caption(CanvasSheet(oblique("axial", 20, 0))) == "Axial, 20° oblique, 300 × 240 mm"
    assert caption(CanvasSheet(PlaneFrame.standard("axial", 320.0))) == "Axial, 320 × 320 mm"
    assert caption(CanvasSheet(PlaneFrame.standard("coronal", 320.0, (1, -20.4, 3)), "contour")) == (
        "Coronal contour at A −20 mm"
    )


@pytest.mark.parametrize("scale", [0.06, 0.4, 1.3, 7.0, 55.0])
def test_the_scale_bar_is_round_and_fits(scale):
    length = round_length_mm(scale, SIZE)
    assert f"{length:.0e}"[0] in "125"
    assert 0.1 * SIZE < length * scale <= 0.3 * SIZE + 1e-6


def test_lengths_have_their_unit():
    assert [length_text(mm) for mm in (0.5, 5, 20, 100)] == ["0.5 mm", "5 mm", "2 cm", "10 cm"]


# ---- speed

MIDDLE = (0, 0, 0)
PLACES = [("axial", MIDDLE), ("coronal", MIDDLE), ("axial", (0, 0, 20)), ("coronal", (0, 9, 0)), ("sagittal", MIDDLE)]


def committed(points=10_000, strokes=50):
    angle = np.linspace(0, 2 * np.pi, points // strokes, endpoint=False)
    egg = np.stack([1.3 * np.cos(angle), np.sin(angle)], axis=1)
    return [
        Stroke(egg * (20 + number), "outline" if number % 2 else "crease", number % 3 == 0) for number in range(strokes)
    ]


def sheets():
    """Five drawings with 10,000 points together, which cross each other; the view from the top is the one drawn on."""
    planes = [PlaneFrame.standard(view, 320.0, center) for view, center in PLACES]
    roles = ["silhouette", "silhouette", "contour", "contour", "contour"]
    strokes = tuple(committed(2_000, 10))
    return [CanvasSheet(plane, role, strokes) for plane, role in zip(planes, roles, strict=True)]


def cost_of_moves(canvas):
    """Median and 95th percentile of the processor's milliseconds a move, and the median of those that passed."""
    spent, passed = [], []
    for step in range(400):
        point = qt.QPoint(40 + step * 380 // 400, int(230 + 180 * np.sin(step / 20)))
        cpu, passing = time.thread_time(), Stopwatch()
        send_move(canvas, point)
        pump()  # the repaint
        spent.append(1e3 * (time.thread_time() - cpu))
        passed.append(passing.ms)
    return (*np.percentile(spent, [50, 95]), np.median(passed))  # of the last one, the 95th is the machine's other work


@pytest.mark.alone
@pytest.mark.parametrize("tool", ["pen", "line", "eraser", "move"])
def test_a_mouse_move_takes_less_than_5_ms_at_10_000_points_on_five_drawings(canvas, tool):
    """On a machine as fast as ours."""
    canvas.set_tool(tool)
    costs = []
    while not costs or (max(costs[-1]) > limit_ms(5.0) and len(costs) < ATTEMPTS):
        canvas.begin(sheets())
        pump()
        QTest.mousePress(canvas, LEFT, NONE, qt.QPoint(40, 230))
        pump()
        costs.append(cost_of_moves(canvas))
        QTest.mouseRelease(canvas, LEFT, NONE, qt.QPoint(420, 230))
        print("{}: median {:.2f} ms, 95 % {:.2f} ms of the processor; median {:.2f} ms passed".format(tool, *costs[-1]))
    assert max(costs[-1]) <= limit_ms(5.0), costs

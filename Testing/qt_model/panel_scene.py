"""Stand-ins for the scene that a sketch panel looks at, and hands that draw on it."""

from dataclasses import replace

import numpy as np
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

from canvas_events import pump  # noqa: E402
from PySide6.QtCore import QPoint, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QCheckBox  # noqa: E402
from Sketch2CTUI.sketch.panel import SketchPanel  # noqa: E402

from Sketch2CTLib.errors import InputError  # noqa: E402
from Sketch2CTLib.frames import PlaneFrame, VoxelGrid  # noqa: E402

CHECK_BOX_X = 8  # pixels
CENTER = np.array([40.0, -25.0, 130.0])


def tilted(size_mm):
    turn = np.deg2rad(25)
    matrix = PlaneFrame.standard("axial", size_mm, (10.0, 20.0, -100.0)).plane_to_ras.copy()
    about_x = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
    matrix[:3, :3] = about_x @ matrix[:3, :3]
    return PlaneFrame("axial", matrix, (size_mm, size_mm))


class Segments:
    """An ellipsoid with a ball at the patient's left, on a grid with flipped directions; and an empty segment."""

    def choices(self):
        return [("body", "Segmentation: liver"), ("empty", "Segmentation: nothing"), ("gone", "A segment that is gone")]

    def mask(self, key):
        grid = VoxelGrid((60, 70, 80), np.diag([-2.0, -2.0, 2.5, 1.0]))
        affine = grid.ijk_to_ras.copy()
        affine[:3, 3] = CENTER - affine[:3, :3] @ [44.0, 35.0, 28.0]
        grid = VoxelGrid(grid.shape_kji, affine)
        if key == "gone":
            raise InputError("The segment 'gone' is no longer in the scene.", hint="Choose another one.")
        if key == "empty":
            return np.zeros(grid.shape_kji, dtype=bool), grid
        k, j, i = np.meshgrid(*(np.arange(count) for count in grid.shape_kji), indexing="ij")
        points = grid.to_ras(np.stack([i, j, k], axis=-1)) - CENTER
        body = ((points / [40.0, 25.0, 30.0]) ** 2).sum(-1) < 1
        return body | (((points - [-45.0, 5.0, 8.0]) ** 2).sum(-1) < 12.0**2), grid


class References:
    def __init__(self):
        self.asked = []

    def choices(self):
        return [("ct", "CT abdomen"), ("far", "A scan elsewhere")]

    def picture(self, key, plane, pixels):
        self.asked.append((key, plane))
        return None if key == "far" else np.full((pixels, pixels), 90, dtype=np.uint8)


class Placer:
    def __init__(self, views=("Red", "Yellow")):
        self.views = list(views)

    def choices(self):
        return [(view, view) for view in self.views]

    def plane(self, key):
        if key == "Yellow":
            raise InputError("The slice view 'Yellow' shows nothing.", hint="Show a volume in it.")
        return replace(tilted(300.0), size_mm=(420.0, 300.0))  # a wide view


def panels():
    """A panel with stand-ins for the scene; what it said and how often it changed is kept."""
    made = SketchPanel(Segments(), References(), Placer())
    made.widget.resize(460, 900)
    made.widget.show()
    pump()
    made.said, made.changes = [], []
    made.on_message.add(made.said.append)
    made.on_changed.add(lambda: made.changes.append(1))
    yield made
    made.widget.hide()
    made.widget.deleteLater()


def click(button):
    """Clicks where a person does: in the middle of a button, but on the box of a check box wider than its title."""
    middle = button.rect.center()
    place = QPoint(CHECK_BOX_X, middle.y()) if isinstance(button, QCheckBox) else middle
    QTest.mouseClick(button, Qt.LeftButton, Qt.NoModifier, place)
    pump()


def draw(canvas, radius_mm=60.0, middle=(0.0, 0.0)):
    angle = np.linspace(0, 2 * np.pi, 60)
    points = np.stack([np.cos(angle), 0.7 * np.sin(angle)], axis=1) * radius_mm + middle
    places = [qt.QPoint(round(x), round(y)) for x, y in (canvas.viewport.to_pixels(*one) for one in points)]
    QTest.mousePress(canvas, Qt.LeftButton, Qt.NoModifier, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, Qt.LeftButton, Qt.NoModifier, places[-1])
    pump()

"""Synthetic mouse and pen events for canvases, and what is seen on them."""

import ctypes
import functools

import numpy as np
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

from PySide6.QtCore import QPointF, Qt  # noqa: E402
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

# shiboken on Python 3.11 gives away one reference to None with each call that returns nothing.
ctypes.c_ssize_t.from_address(id(None)).value += 1 << 40

LEFT, NONE = Qt.LeftButton, Qt.NoModifier
SIZE = 460  # pixels of a canvas


def shown(canvas):
    """The canvas, on the screen."""
    canvas.resize(SIZE, SIZE)
    canvas.show()
    pump()
    return canvas


def pump():
    qt.QApplication.instance().processEvents()


def drag(canvas, points, button=LEFT, modifiers=NONE):
    points = [qt.QPoint(round(x), round(y)) for x, y in points]
    QTest.mousePress(canvas, button, modifiers, points[0])
    for point in points[1:]:
        send_move(canvas, point, button, modifiers)
    QTest.mouseRelease(canvas, button, modifiers, points[-1])
    pump()


def press(canvas, x, y):
    QTest.mousePress(canvas, LEFT, NONE, qt.QPoint(x, y))


def move(canvas, x, y):
    send_move(canvas, qt.QPoint(x, y))


def release(canvas, x, y):
    QTest.mouseRelease(canvas, LEFT, NONE, qt.QPoint(x, y))


def send_move(canvas, point, button=LEFT, modifiers=NONE):
    place = QPointF(point)
    event = qt.QMouseEvent(qt.QEvent.MouseMove, place, canvas.mapToGlobal(place), Qt.NoButton, button, modifiers)
    qt.QApplication.sendEvent(canvas, event)


def pen(canvas, kind, point, pressure, pointer="Pen"):
    place = QPointF(*point)
    held = Qt.NoButton if kind == qt.QEvent.TabletRelease else LEFT
    where = (place, canvas.mapToGlobal(place), pressure, 0.0, 0.0, 0.0, 0.0, 0.0)
    event = QTabletEvent(kind, stylus(pointer), *where, NONE, LEFT, held)
    qt.QApplication.sendEvent(canvas, event)
    return event


@functools.cache
def stylus(pointer):
    kind, end = QInputDevice.DeviceType.Stylus, getattr(QPointingDevice.PointerType, pointer)
    able = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
    return QPointingDevice("stylus", 7, kind, end, able, 1, 3)


def ring(radius=100, middle=(SIZE / 2, SIZE / 2), count=60):
    angle = np.linspace(0, 2 * np.pi, count)
    return np.stack([middle[0] + radius * np.cos(angle), middle[1] + radius * np.sin(angle)], axis=1)


def pixels(canvas):
    image = canvas.grab().toImage().convertToFormat(qt.QImage.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def dark_at(canvas, u, v):
    """Whether there is ink at a point in mm."""
    x, y = canvas.viewport.to_pixels(u, v)
    return pixels(canvas)[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2].min() < 100

"""The results panel with three candidates on disk, and what clicks on it: shared by its tests."""

import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.results.panel import ResultsPanel  # noqa: E402
from Sketch2CTUI.results.tables import RANK  # noqa: E402

from Sketch2CTLib.errors import MaskError  # noqa: E402


class Segments:
    """What the panel asks of the scene."""

    def __init__(self, *choices):
        self.given = list(choices)

    def choices(self):
        if self.given is None:
            raise MaskError("The scene is closed.", hint="Open one.")
        return self.given


def shown(result, segments=None, **arguments):
    panel = ResultsPanel(segments, **arguments)
    panel.show(*result)
    panel.widget.resize(420, 900)
    panel.widget.show()
    pythonqt_model.application().processEvents()
    return panel


def texts(table, column):
    return [table.item(row, column).text() for row in range(table.rowCount)]


def click_row(table, row):
    place = table.visualItemRect(table.item(row, RANK)).center()
    QTest.mouseClick(table.viewport(), qt.Qt.LeftButton, qt.Qt.NoModifier, place)


def click_head(table, column):
    header = table.horizontalHeader()
    place = qt.QPoint(header.sectionViewportPosition(column) + 10, 5)
    QTest.mouseClick(header.viewport(), qt.Qt.LeftButton, qt.Qt.NoModifier, place)


def click(button):
    QTest.mouseClick(button, qt.Qt.LeftButton)


def heard_by(listeners):
    calls = []
    listeners.add(lambda *arguments: calls.append(arguments))
    return calls

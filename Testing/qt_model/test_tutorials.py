"""The clicks of the tutorials: each is there, can be clicked at that moment, and does what the page says."""

import types

import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
import results_on_disk  # noqa: E402
from canvas_events import drag  # noqa: E402
from controller_bench import nodes_named, told  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QAbstractButton, QComboBox  # noqa: E402

from Testing.tutorial_pages import TutorialPage  # noqa: E402

PAGES = ("one_organ.md", "contour.md", "organs.md", "server.md")


class Reader:
    """Somebody who follows a page with the mouse; runs bring results of ellipsoids."""

    def __init__(self, opened, folder):
        widget, self.controller, self.backend = opened
        self.root, self.window, self.folder = widget.parent, self.controller.window, folder
        self.results = 0

    def click(self, name):
        """Clicks what bears that name: a button, a box, or an entry of a list."""
        slicer_model.turns(2)
        for widget in self.root.findChildren(QAbstractButton):
            if name in (widget.text.replace("&", ""), widget.accessibleName) and self.can_use(widget):
                QTest.mouseClick(widget, Qt.LeftButton, Qt.NoModifier, qt.QPoint(8, widget.height // 2))
                return
        for box in self.root.findChildren(QComboBox):
            if self.can_use(box) and box.findText(name) >= 0:
                box.currentIndex = box.findText(name)
                return
        pytest.fail(f"Nothing that can be clicked is named '{name}'.")

    def can_use(self, widget):
        return widget.visible and widget.enabled

    def draws(self):
        canvas = self.window.sketch.canvas
        before = len(canvas.strokes())
        points = [(-80, -40), (80, -40), (80, 40), (-80, 40), (-80, -40)]
        drag(canvas, [canvas.viewport.to_pixels(float(x), float(y)) for x, y in points])
        assert len(canvas.strokes()) == before + 1

    def types(self, text):
        editor = self.window.geometry.editor
        editor.widget.setFocus()
        QTest.keyClicks(editor.widget, text)
        editor.flush()

    def ticked(self):
        return {name for name, row in self.window.geometry.rows.rows.items() if row.check.checked}

    def run_brings(self, event):
        """The run that was started ends with that result; Apply was Cancel meanwhile."""
        assert self.window.generate.view.button.text == "Cancel"
        self.backend.runs[-1].done(event)
        self.backend.deliver()
        assert slicer_model.spin(lambda: not self.controller.run.is_running)
        self.settle()
        return self.backend.runs[-1].request

    def settle(self):
        assert slicer_model.spin(lambda: self.controller.results._steps.are_done)

    def made(self, candidates=1):
        self.results += 1
        return results_on_disk.event(self.folder / f"result_{self.results}", candidates=candidates)

    def column(self, table, number):
        return [table.item(row, number).text() for row in range(table.rowCount)]


def one_organ(reader):
    """The steps of 'One organ'."""
    window = reader.window
    yield "Liver", lambda: window.structure == "liver"
    yield "Pen", lambda: window.sketch.canvas.tool is window.sketch.canvas.tool_named("pen")
    reader.draws()
    reader.types("About 1.5 litres, 20 cm wide, with a smooth surface.")
    assert reader.ticked() == {"volume_ml", "extent_rl_mm"} and "smooth" in told(reader.controller)
    yield "Preview: 8 steps", lambda: window.generate.settings().quality == "preview"
    yield "Apply", lambda: len(reader.backend.runs) == 1
    request = reader.run_brings(reader.made())
    assert request["sampling"]["quality"] == "preview" and {"sketch", "sketches"} & set(request)
    window.ui.resultsButton.collapsed = False
    yield "Accept candidate 1", lambda: nodes_named("SYNTHETIC")
    reader.settle()
    asked = window.results.asked.table
    assert ("Volume", "met") in zip(reader.column(asked, 0), map(last_word, reader.column(asked, 4)), strict=True)
    segments = reader.controller.results.nodes.segmentation.GetSegmentation()
    assert segments.GetNthSegment(0).GetName() == "Liver"
    assert len(nodes_named("SYNTHETIC")) == 2, "a segmentation and a volume"


def last_word(text):
    return text.split()[-1]


def contour(reader):
    """The steps of 'A contour more'."""
    window = reader.window
    reader.draws()
    window.generate.form.candidates_spin.value = 2
    yield "Apply", lambda: len(reader.backend.runs) == 1
    reader.run_brings(reader.made(candidates=2))
    window.ui.resultsButton.collapsed = False
    yield "Show where the candidates agree", lambda: window.results.agreement_check.checked
    assert slicer_model.spin(lambda: nodes_named("agree"))
    assert "contour would help most" in told(reader.controller)
    rows = window.sketch.list.list
    yield "Draw it", lambda: rows.count == 2 and "empty" in rows.item(1).text() and rows.currentRow == 1
    yield "Pen", lambda: window.sketch.canvas.sheets.top.role == "contour"
    reader.draws()
    yield "Apply", lambda: len(reader.backend.runs) == 2
    request = reader.run_brings(reader.made(candidates=2))
    assert len(request["sketches"]) == len(request["contours"]) == 1


def organs(reader):
    """The steps of 'Several organs'."""
    window, number = reader.window, 0
    yield "Liver", lambda: window.structure == "liver"
    yield "Pen", lambda: True
    reader.draws()
    yield "Add organ", lambda: window.organs.list.count == 2
    yield "Spleen", lambda: window.structure == "spleen"
    reader.types("200 mL, 10 cm high")
    yield "Add organ", lambda: window.organs.list.count == 3
    yield "Left kidney", lambda: window.structure == "left_kidney"
    reader.types("165 mL")
    yield "Remove organ", lambda: window.organs.list.count == 2
    yield "Bring back", lambda: window.organs.list.count == 3 and window.structure == "left_kidney"
    yield "Apply", lambda: len(reader.backend.runs) == 1
    names = ("liver", "spleen", "left_kidney")
    request = reader.run_brings(results_on_disk.organs_event(reader.folder / "organs", names))
    assert tuple(one["structure"] for one in request["organs"]) == names
    assert reader.column(window.results.table.widget, number) == ["Liver", "Spleen", "Left kidney"]
    window.ui.resultsButton.collapsed = False
    yield "Accept all organs", lambda: nodes_named("SYNTHETIC")
    segments = reader.controller.results.nodes.segmentation.GetSegmentation()
    found = [segments.GetNthSegment(place) for place in range(segments.GetNumberOfSegments())]
    assert [one.GetName() for one in found] == ["Liver", "Spleen", "Left kidney"]
    assert len({one.GetColor() for one in found}) == 3


def server(reader):
    """The steps of 'A server'."""
    window = reader.window
    where = window.generate.where
    yield "A server", lambda: where.url_edit.visible and where.token_edit.visible
    QTest.keyClicks(where.url_edit, "http://127.0.0.1:8000")
    yield "Test connection", lambda: "✗ Error:" in told(reader.controller)
    ready = types.SimpleNamespace(own_structures=None, structures=("liver",))

    def answered(on_told, _on_failed, on_ready):
        on_told("Sketch2CT answers.")
        on_ready(ready)

    reader.backend.test_connection = answered
    reader.click("Test connection")
    assert "Note:" in told(reader.controller) and "✗ Error:" not in told(reader.controller)
    reader.draws()
    yield "Apply", lambda: len(reader.backend.runs) == 1
    assert window.generate.settings().where == "server"
    reader.run_brings(reader.made())


STEPS = {"one_organ.md": one_organ, "contour.md": contour, "organs.md": organs, "server.md": server}


@pytest.mark.parametrize("name", PAGES)
def test_the_clicks_of_the_page_do_what_it_says(name, opened, tmp_path):
    reader, clicked = Reader(opened, tmp_path), []
    for wanted, is_so in STEPS[name](reader):
        clicked.append(wanted)
        reader.click(wanted)
        slicer_model.turns(2)
        assert is_so(), f"'{wanted}' did not do what {name} says"
    assert clicked == TutorialPage(name).clicks, "every click of the page is made, in its order"

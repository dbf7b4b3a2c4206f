"""Colours that change while the module is open, as Slicer's style does; event filters that go before the program."""

import re
import subprocess
import sys

import pytest
import pythonqt_model
import slicer_model

slicer = slicer_model.install()
pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
from controller_bench import draw, run_to_end  # noqa: E402
from Sketch2CTUI.results.panel import ResultsPanel  # noqa: E402
from Sketch2CTUI.widgets import events  # noqa: E402
from Sketch2CTUI.widgets.painting import _DARK, _LIGHT  # noqa: E402

FILL = {qt.QPalette.Window: "#323232", qt.QPalette.Base: "#1c1c1c", qt.QPalette.Button: "#444444"}
INK = (qt.QPalette.WindowText, qt.QPalette.Text, qt.QPalette.ButtonText)


@pytest.fixture
def dark():
    """Switches the application to dark colours; light ones again at the end."""
    usual = qt.QPalette(qt.QApplication.palette())
    made = qt.QPalette(usual)
    for role, name in FILL.items():
        made.setColor(role, qt.QColor(name))
    for role in INK:
        made.setColor(role, qt.QColor("#ffffff"))

    def switch():
        qt.QApplication.setPalette(made)
        slicer_model.turns(10)

    yield switch
    qt.QApplication.setPalette(usual)
    slicer_model.turns(10)


def inks(widget):
    """Every colour that stands in a label's text or style sheet, or in a cell of a table."""
    found = set()
    for label in widget.findChildren(qt.QLabel):
        found |= set(re.findall(r"#[0-9a-f]{6}", label.text + label.styleSheet))
    for table in widget.findChildren(qt.QTableWidget):
        items = [table.item(row, column) for row in range(table.rowCount) for column in range(table.columnCount)]
        brushes = [item.foreground() for item in items if item is not None]
        found |= {brush.color().name() for brush in brushes if brush.style() != qt.Qt.NoBrush}
    return found


def test_no_ink_of_the_former_colours_is_left(opened, result, dark):
    widget, controller, backend = opened
    window = controller.window
    draw(controller)
    window.geometry.set_text("3 litres, 20 cm wide")
    window.geometry.rows.rows["extent_rl_mm"].show(500.0)
    run_to_end(controller, backend, result)
    window.generate.show_error("It broke.", "Mend it.")
    window.results.show_error("That too.")
    window.setup.show_device("The worker computes on the processor.")
    window.setup.models.show_message("Damaged.", fault=True)
    before = inks(widget.parent)
    assert before & set(_LIGHT.values()) and not before & set(_DARK.values())
    dark()
    after = inks(widget.parent)
    assert not after & set(_LIGHT.values()), "every ink is one of the dark palette now"
    assert len(after & set(_DARK.values())) == len(before & set(_LIGHT.values()))


def test_what_is_being_typed_stays_when_the_colours_change(opened, dark):
    _, controller, _ = opened
    geometry = controller.window.geometry
    geometry.set_text("1.4 litres")
    geometry.editor.widget.insertPlainText("about ")
    typed = geometry.text()
    assert geometry.editor.is_pending
    dark()
    assert geometry.text() == typed and "about" in typed


def test_a_result_that_is_whole_shows_its_decimals(result):
    folder, event = result.folder, result.model_dump(mode="json")
    panel = ResultsPanel()
    panel.show(folder, event)
    table = panel.table.widget
    shown = [table.item(0, column).text() for column in range(4)]
    assert re.fullmatch(r"\d\.\d{3}|–", shown[1]) and re.fullmatch(r"\d\.\d\d|–", shown[2]), shown
    assert re.fullmatch(r"-?\d+\.\d|–", shown[3]), shown


ENDING = """
import sys
sys.path.insert(0, sys.argv[1])
import pythonqt_model
pythonqt_model.install()
pythonqt_model.use_properties(__name__)
import atexit, qt
from Sketch2CTUI.widgets import events
seen = []
class Filter(qt.QObject):
    def eventFilter(self, watched, event):
        seen.append(event.type())
        return False
widget, other, one, two = qt.QWidget(), qt.QWidget(), Filter(), Filter()
def after():
    count = len(seen)
    widget.resize(50, 60)
    widget.show()
    print("silent" if len(seen) == count and count else "seen", count)
atexit._clear()
atexit.register(after)
atexit.register(events.remove_filters)
events.install_filter(other, two)
events.install_filter(widget, one)
other.deleteLater()
qt.QApplication.sendPostedEvents(None, qt.QEvent.DeferredDelete)
widget.resize(40, 40)
widget.show()
"""


def test_event_filters_are_gone_before_the_interpreter():
    folder = str(pythonqt_model.ROOT / "Testing" / "qt_model")
    ended = subprocess.run([sys.executable, "-c", ENDING, folder], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("silent"), ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_panels_install_their_filters_there(opened):
    _, controller, _ = opened
    watched = {one.watched for one in events._FILTERS}
    geometry = controller.window.geometry
    assert geometry.editor.widget in watched and geometry.rows.rows["volume_ml"].box in watched

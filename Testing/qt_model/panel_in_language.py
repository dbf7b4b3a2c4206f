"""The whole panel in another language, in a process of its own: what stands in it, what is cut off, a picture of it.

    python Testing/qt_model/panel_in_language.py de-DE FOLDER

Writes FOLDER/panel.png and FOLDER/panel.json: `texts` of all widgets, `cut` of those that are narrower than their text
at Slicer's usual width of a panel, `mnemonics` of labels and shortcuts of buttons.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import slicer_model

language, folder = sys.argv[1], Path(sys.argv[2])
slicer_model.speak(language)
slicer_model.pythonqt_model.use_properties(__name__)

import results_on_disk  # noqa: E402
from PySide6 import QtWidgets  # noqa: E402
from PySide6.QtGui import QKeySequence  # noqa: E402

from Sketch2CTLib.frames import PlaneFrame  # noqa: E402
from Sketch2CTLib.sketch import Sketch, Stroke  # noqa: E402

WIDTH = 560  # pixels, as the tutorial's pictures


def texts_of(widget):
    """What a widget shows and says, tooltips and names for screen readers too."""
    for name in ("text", "title", "toolTip", "accessibleName", "placeholderText"):
        if isinstance(text := getattr(widget, name, None), str) and text:
            yield text
    if isinstance(widget, QtWidgets.QComboBox):
        yield from (widget.itemText(number) for number in range(widget.count))
    if isinstance(widget, QtWidgets.QTableWidget):
        yield from (widget.horizontalHeaderItem(number).text() for number in range(widget.columnCount))


def is_cut(widget):
    """Whether its text needs more room than there is."""
    plain = isinstance(widget, QtWidgets.QLabel) and not widget.wordWrap and bool(widget.text)
    button = isinstance(widget, QtWidgets.QAbstractButton) and bool(widget.text)
    return widget.visible and (plain or button) and widget.sizeHint.width() > widget.width


def fill(controller):
    """An outline, a contour, two organs and a result."""
    window = controller.window
    outline = Stroke([[-80, -40], [80, -40], [80, 40], [-80, 40]], closed=True)
    window.sketch.set_drawings((Sketch((outline,), PlaneFrame.standard("axial", 320), "liver"),))
    controller.session.sketch_changed()
    window.sketch.add_contour("coronal", 12.0)
    window.ui.addOrganButton.click()
    controller.organs.choose(0)
    event = results_on_disk.event(folder / "result", candidates=2)
    window.results.show(str(folder / "result"), event.model_dump())


widget = slicer_model.open_module()
fill(widget.controller)
window, root = widget.controller.window, widget.parent
window.generate.advanced_button.collapsed = False
for name in ("sketch", "geometry", "generate", "results", "setup", "about"):
    getattr(window.ui, f"{name}Button").collapsed = False
for _ in range(4):
    root.resize(WIDTH, root.sizeHint.height())
    slicer_model.turns(5)
widgets = root.findChildren(QtWidgets.QWidget)
labels = [one for one in widgets if isinstance(one, QtWidgets.QLabel) and one.buddy() is not None]
buttons = [one for one in widgets if isinstance(one, QtWidgets.QAbstractButton) and not one.shortcut.isEmpty()]
found = {
    "texts": sorted({text for one in widgets for text in texts_of(one)}),
    "cut": [f"{one.text}: {one.sizeHint.width()} > {one.width}" for one in widgets if is_cut(one)],
    "width": root.width,
    "mnemonics": [keys for one in labels if (keys := QKeySequence.mnemonic(one.text).toString())]
    + [one.shortcut.toString() for one in buttons],
}
(folder / "panel.json").write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
root.grab().save(str(folder / "panel.png"))
widget.cleanup()

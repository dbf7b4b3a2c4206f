"""The module's code holds what PythonQt demands, as far as a syntax tree shows it; and the lint sees what it should."""

import re
from collections import Counter

import pytest

from Testing.rules.house import ROOT, short, tracked_files
from Testing.rules.pythonqt_lint import faults
from Testing.rules.qt_properties import clash_anywhere, clashes, properties

MODULE_FILES = [path for path in tracked_files() if path.suffix == ".py" and ROOT / "Sketch2CT" in path.parents]
LONGEST_FILE = 400
MOST_FILES = 25  # in a folder


def name_in_module(path):
    """`nodes/segments` for a file of Sketch2CTUI, `Sketch2CT` for the file above it."""
    base = ROOT / "Sketch2CT"
    folder = base / "Sketch2CTUI" if base / "Sketch2CTUI" in path.parents else base
    return path.relative_to(folder).with_suffix("").as_posix()


@pytest.mark.parametrize("path", MODULE_FILES, ids=short)
def test_no_pitfall_of_pythonqt(path):
    found = faults(path.read_text(encoding="utf-8"), name_in_module(path))
    assert not found, "\n".join(f"{short(path)}:{line}: {told}" for line, told in found)


@pytest.mark.parametrize("path", MODULE_FILES, ids=short)
def test_a_file_of_the_module_stays_short(path):
    assert path.read_text(encoding="utf-8").count("\n") <= LONGEST_FILE


def test_no_folder_of_the_module_is_a_heap():
    counts = Counter(short(path.parent) for path in MODULE_FILES)
    assert max(counts.values()) <= MOST_FILES, counts.most_common(3)


WRONG = {
    "painter": (
        "def paintEvent(self, event):\n    p = qt.QPainter(self)\n    p.drawLine(0, 0, 1, 1)\n    p.end()",
        "finally",
    ),
    "signal": ("button.clicked.connect(f)", "PythonQt's way"),
    "signal without types": ("button.connect('clicked', f)", "PythonQt's way"),
    "qt6 event": ("def f(event):\n    return event.position()", "Qt 5"),
    "isinstance": ("isinstance(x, qt.QWidget)", "False in PythonQt"),
    "isinstance of several": ("isinstance(x, (int, ctk.ctkSliderWidget))", "False in PythonQt"),
    "torch": ("import torch", "file scope"),
    "cv2": ("import cv2 as c", "file scope"),
    "pydantic": ("from pydantic import BaseModel", "file scope"),
    "SimpleITK": ("import SimpleITK as sitk", "file scope"),
    "a heavy room": ("from Sketch2CTLib.generation import run", "are light"),
    "the service": ("from Sketch2CTLib.service.client import Client", "are light"),
    "pydantic inside": ("from Sketch2CTLib.description import GeometryDescription", "needs pydantic"),
    "slicer": ("def f():\n    import slicer", "panels know only"),
    "threads": ("def f():\n    import threading", "threads"),
    "a pool of threads": ("from concurrent.futures import ThreadPoolExecutor", "threads"),
    "another binding": ("from PySide6 import QtCore", "binding"),
    "new attribute": ("label = qt.QLabel()\nlabel.colour = 3", "no property 'colour'"),
    "new attribute of a member": (
        "class P:\n def __init__(self):\n  self.b = qt.QPushButton()\n def f(self):\n  self.b.txt = ''",
        "no property 'txt'",
    ),
    "a static's property": ("t = qt.QTimer()\nt.singleShot = True", "refuses to set it"),
    "a static's property of something": ("def f(one):\n    one.singleShot = True", "refuses to set it"),
    "a static's property of the application": ("a = qt.QApplication(0)\na.windowIcon = x", "refuses to set it"),
    "a property of Qt 6": ("def f(layout):\n    layout.contentsMargins = x", "no property in Qt 5"),
    "called property": ("label = qt.QLabel()\nlabel.text()", "is a property"),
    "called width": ("class C(qt.QWidget):\n    def f(self):\n        return self.width()", "is a property"),
    "called rect": ("class C(qt.QWidget):\n    def f(self):\n        return self.rect()", "is a property"),
    "float point": ("qt.QPoint(a / 2, 0)", "wants ints"),
    "float size": ("widget.setFixedWidth(2.5 * em)", "wants ints"),
    "scoped enum": ("x = qt.Qt.MouseButton.LeftButton", "flat"),
    "signal class": ("changed = qt.Signal(int)", "Listeners"),
    "thread class": ("t = qt.QThread()", "QTimer"),
    "snake case override": ("class C(qt.QWidget):\n    def paint_event(self, event): pass", "never called"),
    "base not made": ("class C(qt.QWidget):\n    def __init__(self):\n        self.a = 1", "its base"),
    "print": ("print('x')", "calls print"),
    "sleep": ("def f():\n    time.sleep(1)", "calls time.sleep"),
    "nested loop": ("slicer.app.processEvents()", "processEvents"),
    "an unmarked button": ("button = push_button(_('Stop'), 'Stops the run.', f)", "not marked"),
    "an unmarked property": ("def f(label):\n    label.text = 'On' if a else 'Off'", "not marked"),
    "broad except": ("try:\n    f()\nexcept Exception:\n    pass", "everything"),
}
NEEDS_PYSIDE = {
    "new attribute",
    "new attribute of a member",
    "a static's property",
    "a static's property of something",
    "a static's property of the application",
    "called property",
    "called width",
    "called rect",
}

RIGHT = {
    "painter": "def f(self):\n    p = qt.QPainter(self)\n    try:\n        p.x()\n    finally:\n        p.end()",
    "connect": "button.connect('clicked()', f)\nspin.connect('valueChanged(double)', f)",
    "pos": "def f(event):\n    return event.pos().x()",
    "own isinstance": "isinstance(x, dict)",
    "late import": "def f():\n    from Sketch2CTLib.service.client import Client",
    "light import": "from Sketch2CTLib.sketch import Stroke\nfrom Sketch2CTLib import catalog",
    "marked": "button = push_button(_('Stop'), _TIP, f)\nbutton.text = _('Go')\nbutton.text = f'{n} mm'",
    "property": "label = qt.QLabel()\nlabel.text = 'x'\nlabel.visible = False",
    "own attributes": "class C(qt.QWidget):\n def __init__(self):\n  super().__init__()\n  self.mine = 1",
    "methods of pictures": "image = qt.QImage(3, 3, 4)\nimage.width()\nimage.rect()",
    "other widths": "def f(box):\n    return box.width()",
    "whole numbers": "qt.QPoint(round(a / 2), b // 2)\nqt.QPointF(0.5, a / 2)",
    "a method of a static's name": "qt.QTimer.singleShot(5, f)\nt = qt.QTimer()\nt.setSingleShot(True)",
    "a widget's property": "def f(one):\n    one.windowIcon = x\n    one.layoutDirection = y",
    "flat enum": "qt.Qt.LeftButton\nqt.QSizePolicy.Expanding",
    "named errors": "try:\n    f()\nexcept (OSError, ValueError):\n    pass",
}


@pytest.mark.parametrize("name", WRONG)
def test_the_lint_catches(name):
    if name in NEEDS_PYSIDE and not properties("QWidget"):
        pytest.skip("PySide6 is not installed: it says which properties there are")
    source, told = WRONG[name]
    assert any(told in sentence for _, sentence in faults(source)), faults(source)


@pytest.mark.parametrize("name", RIGHT)
def test_the_lint_lets_pass(name):
    assert faults(RIGHT[name]) == []


def test_some_files_may_import_slicer():
    assert faults("import slicer", "nodes/segments") == []
    assert faults("import slicer", "session/run") == []


def test_one_file_may_catch_everything():
    source = "try:\n    f()\nexcept Exception:\n    pass"
    assert faults(source, "widgets/events") == []
    assert any("events alone" in told for _, told in faults(source, "session/controller"))


def test_one_file_may_start_threads_and_knows_nothing_that_they_must_not_touch():
    assert faults("import threading", "widgets/file_task") == []
    for name in ("qt", "ctk", "slicer", "vtk"):
        assert any("in a thread" in told for _, told in faults(f"def f():\n    import {name}", "widgets/file_task")), (
            name
        )


def test_the_clashes_are_those_that_pythonqt_refuses():
    if not properties("QWidget"):
        pytest.skip("PySide6 is not installed: it says which properties there are")
    assert clashes("QTimer") == {"singleShot"}
    used = {name for path in MODULE_FILES for name in re.findall(r"qt\.(Q\w+)", path.read_text(encoding="utf-8"))}
    assert "QTimer" in used and "QTableWidget" in used
    assert {name: clashes(name) for name in used - {"QApplication"} if clashes(name)} == {"QTimer": {"singleShot"}}
    assert "singleShot" in clash_anywhere()
    assert not clash_anywhere() & (properties("QWidget") | properties("QComboBox")), "those can be set on widgets"

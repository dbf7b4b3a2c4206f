"""Keyboard and screen reader: every control has a name and is reached with Tab in the order seen, tools have keys."""

import re
from itertools import pairwise

import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
import results_on_disk  # noqa: E402
from controller_bench import draw, run_to_end  # noqa: E402
from PySide6 import QtWidgets  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtGui import QKeySequence  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.canvas import keys  # noqa: E402
from Sketch2CTUI.canvas.canvas import SketchCanvas  # noqa: E402
from Sketch2CTUI.canvas.tools import TOOLS  # noqa: E402

from Testing.tutorial_pages import TutorialPage  # noqa: E402

SECTIONS = ("sketch", "geometry", "generate", "results", "setup")
CONTROLS = (
    QtWidgets.QAbstractButton,
    QtWidgets.QComboBox,
    QtWidgets.QAbstractSpinBox,
    QtWidgets.QAbstractSlider,
    QtWidgets.QLineEdit,
    QtWidgets.QPlainTextEdit,
    QtWidgets.QTextEdit,
    QtWidgets.QListWidget,
    QtWidgets.QTableWidget,
    SketchCanvas,
)
MOST_PRESSES = 500
PARTS = (QtWidgets.QScrollBar, QtWidgets.QHeaderView)  # of Qt's own controls


@pytest.fixture
def unfolded(opened, tmp_path):
    """(the widget, all its controls) with every section open and a result of two candidates shown."""
    widget, controller, backend = opened
    window = controller.window
    draw(controller)
    window.ui.addOrganButton.click()
    controller.organs.choose(0)
    window.organs.remove_button.click()
    run_to_end(controller, backend, results_on_disk.event(tmp_path / "result", candidates=2))
    window.generate.advanced_button.collapsed = False
    window.geometry.rows.fold.click()
    for log in (window.generate.view.log_check, window.setup.log_check):
        log.checked = True
    for name in SECTIONS:
        getattr(window.ui, f"{name}Button").collapsed = False
    slicer_model.turns(5)
    return widget, [one for one in widget.parent.findChildren(QtWidgets.QWidget) if is_control(one)]


def is_control(widget):
    """Whether somebody acts on it: not the parts that Qt's own controls are made of."""
    inner = isinstance(widget, PARTS) or isinstance(widget.parentWidget(), (*CONTROLS, *PARTS))
    return isinstance(widget, CONTROLS) and not inner


def name_of(widget):
    """What a screen reader says: its name for that, its own text, or the label whose buddy it is."""
    labels = [one.text for one in widget.window().findChildren(QtWidgets.QLabel) if one.buddy() is widget]
    text = widget.text if isinstance(widget, QtWidgets.QAbstractButton) else ""
    return " ".join((widget.accessibleName or text or next(iter(labels), "")).split())


def told(widget):
    return f"{type(widget).__name__} '{name_of(widget)}' {widget.toolTip[:60]!r}"


def test_every_control_has_a_name_and_a_tooltip(unfolded):
    _widget, controls = unfolded
    assert len(controls) > 100
    nameless = [told(one) for one in controls if not re.search(r"\w|\?", name_of(one))]
    assert not nameless, "\n".join(nameless)
    unexplained = [told(one) for one in controls if not (one.toolTip or one.accessibleDescription)]
    assert not unexplained, "\n".join(unexplained)


def reached(root, first):
    """The controls that Tab comes to, in its order; a text with links keeps it until the last of them."""
    root.activateWindow()
    first.setFocus()
    assert slicer_model.spin(lambda: first.focus), "the window is active"
    found = []
    for _press in range(MOST_PRESSES):
        now = QtWidgets.QApplication.focusWidget()
        if found and now is found[0]:
            return found
        if now not in found:
            found.append(now)
        QTest.keyClick(now, Qt.Key_Tab)
    pytest.fail(f"Tab does not leave {told(now)}.")


def can_be_used(widget):
    group = widget.group() if isinstance(widget, QtWidgets.QAbstractButton) else None
    alternative = group is not None and group.exclusive and not widget.checked
    return widget.visible and widget.enabled and not alternative


def test_tab_reaches_every_control_in_the_order_in_which_they_are_seen(unfolded):
    widget, controls = unfolded
    root = widget.parent
    root.resize(560, root.sizeHint.height())
    slicer_model.turns(5)
    found = reached(root, widget.ui.structureBox)
    missing = [told(one) for one in controls if can_be_used(one) and one not in found]
    assert not missing, "\n".join(missing)
    found = [one for one in found if is_control(one)]
    heights = [one.mapTo(root, qt.QPoint(0, one.height // 2)).y() for one in found]
    back = [f"{told(found[n])} → {told(found[n + 1])}" for n, (a, b) in enumerate(pairwise(heights)) if b < a - 60]
    assert not back, "Tab goes up to: " + "\n".join(back)


def test_no_key_does_two_things_and_every_tool_has_one(unfolded):
    names = [name for one in keys.ALL_KEYS for name in one.names]
    shown = [one.shown for one in keys.ALL_KEYS] + [one for one, _action in keys.SHORTCUTS]
    assert len(set(names)) == len(names) and len(set(shown)) == len(shown)
    widget, _controls = unfolded
    toolbar = widget.controller.window.sketch.toolbar
    for name in (
        *TOOLS,
        "undo",
        "redo",
        "smooth",
        "mirror",
        "clear",
        "zoom_in",
        "zoom_out",
        "fit",
        "outline",
        "crease",
    ):
        key = keys.shown_keys({"fit": "zoom_to_fit"}.get(name, name))
        assert key and f"({key})" in toolbar.button(name).toolTip, name


def test_the_keys_of_the_paper_do_what_they_say(opened):
    widget, controller, _backend = opened
    panel = controller.window.sketch
    canvas, toolbar = panel.canvas, panel.toolbar
    draw(controller)
    widget.parent.activateWindow()
    canvas.setFocus()
    assert slicer_model.spin(lambda: canvas.focus)

    def press(does):
        (key,) = (one for one in keys.ALL_KEYS if one.does == does)
        QTest.keyClick(canvas, getattr(Qt, key.names[0]))

    for name in TOOLS:
        press(name)
        assert canvas.tool is canvas.tool_named(name) and toolbar.button(name).checked
    press("crease")
    assert canvas.kind == "crease" and toolbar.kind() == "crease"
    press("outline")
    assert canvas.kind == "outline"
    size = canvas.eraser_mm
    press("larger_eraser")
    assert canvas.eraser_mm > size
    press("smaller_eraser")
    press("smaller_eraser")
    assert canvas.eraser_mm < size
    for does in ("smooth", "mirror"):
        before = canvas.strokes()
        press(does)
        assert canvas.strokes() != before and canvas.can_undo(), does
    press("add_view")
    press("add_contour")
    sheets = canvas.sheets
    assert [one.role for one in sheets.all] == ["silhouette", "silhouette", "contour"] and sheets.number == 2
    press("previous_drawing")
    press("previous_drawing")
    press("previous_drawing")
    assert canvas.sheets.number == 0 and panel.list.list.currentRow == 0
    press("next_drawing")
    assert canvas.sheets.number == 1
    press("previous_drawing")
    scale = canvas.viewport
    press("zoom_in")
    assert canvas.viewport != scale
    press("zoom_to_fit")
    assert canvas.viewport == scale
    press("clear")
    assert not canvas.strokes()


def shortcuts_of(root):
    """What works in the whole window: shortcuts of buttons, and Alt with the underlined letters of texts."""
    buttons = root.findChildren(QtWidgets.QAbstractButton)
    found = [one.shortcut.toString() for one in buttons if not one.shortcut.isEmpty()]
    labels = [one for one in root.findChildren(QtWidgets.QLabel) if one.buddy() is not None]
    return found + [sequence for one in labels if (sequence := QKeySequence.mnemonic(one.text).toString())]


def test_no_shortcut_of_the_window_does_two_things(unfolded):
    found = shortcuts_of(unfolded[0].parent)
    assert len(found) > 5 and len(set(found)) == len(found), sorted(found)


def test_the_tutorial_lists_every_key(opened):
    section = TutorialPage("panel.md").text.split("## Keys")[1].split("## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    listed = [key for row in rows for key in re.findall(r"`([^`]+)`", row)]
    shown = [one.shown for one in keys.ALL_KEYS] + [one for one, _action in keys.SHORTCUTS]
    assert sorted(listed) == sorted([*shown, *shortcuts_of(opened[0].parent)])

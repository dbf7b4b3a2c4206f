"""The text of the geometry panel: told a moment after the last key, marked, undone."""

import pytest
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import slicer_model  # noqa: E402
from PySide6.QtCore import QMimeData, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.geometry.text_editor import DELAY_MS, TextEditor  # noqa: E402


@pytest.fixture
def editor():
    made = TextEditor(delay_ms=60)
    made.told = []
    made.on_typed.add(made.told.append)
    made.on_undone.add(lambda text, beside: made.told.append(text))
    made.widget.resize(400, 90)
    made.widget.show()
    yield made
    made.stop()
    made.widget.close()


def kinds(editor):
    """What is marked, as (text, kind)."""
    found, marks = [], editor.marks()
    for at, kind in enumerate(marks):
        if kind and (at == 0 or marks[at - 1] != kind):
            found.append(["", kind])
        if kind:
            found[-1][0] += editor.text[at]
    return [tuple(one) for one in found]


def test_typing_is_told_once_a_moment_after_the_last_key(editor):
    assert DELAY_MS == 300
    QTest.keyClicks(editor.widget, "1.4 litres")
    assert editor.told == [] and editor.is_pending
    assert slicer_model.spin(lambda: not editor.is_pending)
    assert editor.told == ["1.4 litres"]


def test_flush_tells_at_once_and_not_again(editor):
    QTest.keyClicks(editor.widget, "a")
    editor.flush()
    editor.flush()
    QTest.qWait(120)
    assert editor.told == ["a"]


def test_what_is_shown_and_marked_is_not_told(editor):
    editor.show("20 cm wide and smooth")
    editor.mark([(0, 10, "number"), (15, 21, "word")])
    editor.show("21 cm wide and smooth")
    editor.mark([(0, 10, "number"), (15, 21, "word")])
    QTest.qWait(120)
    assert editor.told == []


def test_marks_lie_on_their_pieces_and_go_with_the_next(editor):
    editor.show("20 cm wide and smooth, volume unknown", undoable=False)
    editor.mark([(0, 10, "number"), (15, 21, "word"), (23, 37, "unknown")])
    assert kinds(editor) == [("20 cm wide", "number"), ("smooth", "word"), ("volume unknown", "unknown")]
    editor.mark([(15, 21, "word")])
    assert kinds(editor) == [("smooth", "word")]
    editor.mark([])
    assert kinds(editor) == []


def test_marks_are_right_behind_characters_of_two_places(editor):
    editor.show("🫀 smooth", undoable=False)
    editor.mark([(2, 8, "word")])
    assert editor.marks() == ["", "", "", *["word"] * 6]


def test_marks_outside_the_text_do_no_harm(editor):
    editor.show("ab", undoable=False)
    editor.mark([(-3, 1, "word"), (1, 99, "number")])
    assert editor.marks() == ["word", "number"]


def test_one_undo_takes_back_one_edit_with_its_marks(editor):
    editor.show("smooth", undoable=False)
    editor.mark([(0, 6, "word")])
    editor.undo()
    assert editor.text == "smooth", "what is shown first is no edit"
    editor.show("smooth, 20 cm wide")
    editor.mark([(0, 6, "word"), (8, 18, "number")])
    QTest.keyClick(editor.widget, Qt.Key_Z, Qt.ControlModifier)
    assert editor.text == "smooth" and kinds(editor) == [("smooth", "word")]
    assert editor.told == ["smooth"]
    editor.mark([(0, 6, "word")])
    QTest.keyClick(editor.widget, Qt.Key_Z, Qt.ControlModifier | Qt.ShiftModifier)
    assert editor.text == "smooth, 20 cm wide" and editor.told[-1] == editor.text


def test_what_was_typed_between_two_pauses_is_one_step(editor):
    QTest.keyClicks(editor.widget, "20 cm wide")
    editor.flush()
    editor.mark([(0, 10, "number")])
    QTest.keyClicks(editor.widget, ", smooth")
    editor.undo()
    assert editor.text == "20 cm wide" and editor.told[-1] == editor.text
    editor.undo()
    editor.undo()
    assert editor.text == ""
    editor.redo()
    editor.redo()
    editor.redo()
    assert editor.text == "20 cm wide, smooth"
    editor.undo()
    QTest.keyClicks(editor.widget, "!")
    editor.redo()
    assert editor.text.count("!") == 1 and "smooth" not in editor.text, "a new edit ends the redo"


def test_what_is_typed_behind_a_mark_is_not_marked(editor):
    QTest.keyClicks(editor.widget, "smooth")
    editor.mark([(0, 6, "word")])
    QTest.keyClicks(editor.widget, " indeed")
    assert kinds(editor) == [("smooth", "word")]


def test_the_cursor_stays_where_only_another_place_changes(editor):
    editor.show("20 cm wide, smooth", undoable=False)
    cursor = editor.widget.textCursor()
    cursor.setPosition(15)
    editor.widget.setTextCursor(cursor)
    editor.show("210 cm wide, smooth")
    assert editor.widget.textCursor().position() == 16
    assert editor.text == "210 cm wide, smooth"


def test_pasted_pages_arrive_as_plain_text(editor):
    pasted = QMimeData()
    pasted.setHtml("<h1>20 cm <b>wide</b></h1>")
    pasted.setText("20 cm wide")
    editor.widget.insertFromMimeData(pasted)
    assert editor.text == "20 cm wide"
    assert editor.widget.textCursor().charFormat().fontWeight() < 600


def test_dark_and_light_marks_come_from_the_palette(editor):
    editor.show("smooth", undoable=False)
    palette = qt.QPalette(editor.widget.palette)
    palette.setColor(qt.QPalette.Highlight, qt.QColor("#ff0000"))
    editor.widget.palette = palette
    editor.mark([(0, 6, "word")])
    cursor = qt.QTextCursor(editor.widget.document)
    cursor.setPosition(3)
    assert cursor.charFormat().background().color().red() == 255

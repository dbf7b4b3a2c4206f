"""Text and rows of the geometry panel are in step both ways, and what a person wrote stays."""

import pytest
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import slicer_model  # noqa: E402
from geometry_scene import TEXT, marked, open_panel, row, shown, type_text, type_value  # noqa: E402
from panel_scene import click  # noqa: E402
from PySide6.QtCore import QPoint, QPointF, Qt  # noqa: E402
from PySide6.QtGui import QWheelEvent  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from Sketch2CTLib.description import GeometryDescription, parse_text  # noqa: E402
from Sketch2CTLib.errors import DescriptionError  # noqa: E402
from Sketch2CTLib.training_ranges import training_range  # noqa: E402


@pytest.fixture
def panel():
    made = open_panel()
    yield made
    made.editor.stop()
    made.widget.close()


# ---- from the text to the rows


def test_typed_text_fills_the_rows_after_a_moment(panel):
    QTest.keyClicks(panel.editor.widget, "about 1.4 litres, 20 cm wide")
    assert not row(panel, "volume_ml").check.checked, "not before the pause"
    assert slicer_model.spin(lambda: not panel.editor.is_pending)
    assert row(panel, "volume_ml").check.checked and row(panel, "volume_ml").box.value == 1400
    assert row(panel, "extent_rl_mm").value == 200
    assert not row(panel, "extent_ap_mm").check.checked and not row(panel, "extent_ap_mm").box.enabled
    assert len(panel.changes) == 1, "one edit, told once"


def test_what_was_understood_is_marked_and_told(panel):
    panel.set_text(f"{TEXT}; height unknown")
    assert marked(panel) == [
        ("about 1.4 litres", "number"),
        ("20 cm wide", "number"),
        ("smooth", "word"),
        ("height unknown", "unknown"),
    ]
    told = shown(panel.understood)
    assert "Volume 1,400 mL ± 10 %" in told and "Surface smoothness: smooth" in told
    assert "Not understood in the text: 'says Anna'" in told or "Anna" in told


def test_a_cleared_text_clears_the_rows(panel):
    panel.set_text("1.4 L")
    panel.editor.widget.selectAll()
    QTest.keyClick(panel.editor.widget, Qt.Key_Delete)
    assert slicer_model.spin(lambda: not panel.editor.is_pending)
    assert panel.state.numbers == {} and row(panel, "volume_ml").word.text == "not given"


def test_said_to_be_unknown_is_not_the_same_as_not_given(panel):
    panel.set_text("volume unknown")
    assert row(panel, "volume_ml").word.text == "unknown" and row(panel, "extent_rl_mm").word.text == "not given"
    assert panel.description().unknown == ("volume_ml",)
    click(row(panel, "volume_ml").check)
    assert panel.text().startswith("volume 1,") and panel.description().unknown == ()


def test_a_text_that_cannot_be_is_one_sentence_and_the_rows_stay(panel):
    panel.set_text("1.4 L")
    panel.set_text("1.4 L and a volume of 1.6 L")
    assert "two values for volume" in shown(panel.understood) and marked(panel) == []
    assert row(panel, "volume_ml").value == 1400
    with pytest.raises(DescriptionError, match="two values"):
        panel.description()
    panel.set_text("1.6 L")
    assert panel.description().numbers == {"volume_ml": 1600}


def test_an_endless_text_is_one_sentence(panel):
    panel.set_text("smooth " * 1000)
    assert "at most 4,000" in shown(panel.understood)
    with pytest.raises(DescriptionError, match="4,000"):
        panel.description()


def test_description_reads_what_was_typed_a_moment_ago(panel):
    QTest.keyClicks(panel.editor.widget, "1.4 L")
    assert panel.description().numbers == {"volume_ml": 1400} and not panel.editor.is_pending


# ---- from the rows to the text


def test_a_changed_row_changes_its_number_and_no_other_word(panel):
    panel.set_text(TEXT)
    type_value(panel, "volume_ml", "1500")
    assert panel.text() == TEXT.replace("1.4", "1.5")
    type_value(panel, "extent_rl_mm", "215.5")
    assert panel.text() == TEXT.replace("1.4", "1.5").replace("20 cm", "21.55 cm")
    assert marked(panel)[1] == ("21.55 cm wide", "number")


def test_an_arrow_of_the_box_is_one_step(panel):
    panel.set_text("1400 mL, 200 mm wide")
    box = row(panel, "extent_rl_mm").box
    box.setFocus()
    QTest.keyClick(box, Qt.Key_Up)
    assert panel.text() == "1400 mL, 201 mm wide"
    QTest.keyClick(box, Qt.Key_Down)
    QTest.keyClick(box, Qt.Key_Down)
    assert panel.text() == "1400 mL, 199 mm wide"


def test_a_ticked_row_begins_at_the_usual_median_and_is_written(panel):
    panel.set_text("a smooth thing")
    click(row(panel, "volume_ml").check)
    median = round(training_range("liver", "volume_ml").median, 1)
    assert panel.state.numbers == {"volume_ml": pytest.approx(median)}
    assert panel.text() == f"a smooth thing, volume {median:,} mL"
    assert row(panel, "volume_ml").box.focus and row(panel, "volume_ml").word.text == "usual"


def test_an_unticked_row_takes_its_number_out_and_the_other_words_stay(panel):
    panel.set_text(TEXT)
    click(row(panel, "volume_ml").check)
    assert panel.text() == "A happy liver, 20 cm wide, with a smooth surface, says Anna"
    assert panel.state.numbers == {"extent_rl_mm": 200} and panel.state.words == {"surface_smoothness": "smooth"}
    click(row(panel, "extent_rl_mm").check)
    assert panel.text() == "A happy liver, with a smooth surface, says Anna"
    click(row(panel, "volume_ml").check)
    assert panel.state.numbers == {"volume_ml": 1400}, "what stood there before"


def test_one_of_three_in_a_piece(panel):
    panel.set_text("Liver 20 x 15 x 12 cm, smooth")
    type_value(panel, "extent_ap_mm", "160")
    assert panel.state.numbers == {"extent_rl_mm": 200, "extent_ap_mm": 160, "extent_si_mm": 120}
    assert panel.text().startswith("Liver ") and panel.text().endswith(", smooth")
    click(row(panel, "extent_rl_mm").check)
    assert panel.state.numbers == {"extent_ap_mm": 160, "extent_si_mm": 120}


@pytest.mark.parametrize("structure", ["liver", "aorta"])
def test_every_row_can_be_ticked_changed_and_unticked(panel, structure):
    panel.set_structure(structure)
    for name in panel.rows._names:
        panel.set_text("somebody's own words")
        one = row(panel, name)
        one.check.checked = True
        first = panel.state.numbers[name]
        one.box.stepUp()
        assert panel.state.numbers.keys() == {name}
        assert panel.state.numbers[name] > first or first >= one.box.maximum
        said = parse_text(panel.text(), structure).numbers
        assert said.get(name, panel.state.numbers[name]) == pytest.approx(panel.state.numbers[name]), panel.text()
        assert (name in said) != name.startswith(("widest", "centroid")), panel.text()
        one.check.checked = False
        assert panel.state.numbers == {} and panel.text() == "somebody's own words"


def test_what_a_text_cannot_say_is_held_beside_it(panel):
    panel.set_text("smooth")
    row(panel, "widest_rl").check.checked = True
    assert panel.text() == "smooth" and "Beside the text: Widest section, left to right" in shown(panel.understood)
    assert panel.description().numbers.keys() == {"widest_rl"}
    assert "(1 given)" in panel.rows.fold.text


def test_a_number_beside_the_text_gives_way_to_what_is_typed(panel):
    panel.set_description(GeometryDescription.checked(structure="liver", numbers={"volume_ml": 1400}), "smooth")
    type_text(panel, " and ")
    assert panel.state.numbers == {"volume_ml": 1400}
    panel.set_text("smooth and 1.6 L")
    assert panel.state.numbers == {"volume_ml": 1600}


def test_undo_takes_back_a_row(panel):
    panel.set_text("1.4 L, smooth")
    type_value(panel, "volume_ml", "1500")
    panel.editor.widget.setFocus()
    QTest.keyClick(panel.editor.widget, Qt.Key_Z, Qt.ControlModifier)
    assert panel.text() == "1.4 L, smooth" and row(panel, "volume_ml").box.value == 1400
    QTest.keyClick(panel.editor.widget, Qt.Key_Z, Qt.ControlModifier | Qt.ShiftModifier)
    assert panel.text() == "1.5 L, smooth" and row(panel, "volume_ml").box.value == 1500


# ---- no endless answers


def test_neither_answers_the_other(panel):
    reads, writes = [], []
    panel.editor.on_typed.add(reads.append)
    panel.rows.on_edit.add(lambda *edit: writes.append(edit))
    type_text(panel, "1.4 L")
    assert len(reads) == 1 and writes == []
    type_value(panel, "volume_ml", "1501")
    slicer_model.spin(lambda: False, 0.5)
    assert len(reads) == 1 and writes == [("volume_ml", 1501.0)]
    assert len(panel.changes) == 2


def test_a_row_while_typing_loses_neither(panel):
    QTest.keyClicks(panel.editor.widget, "20 cm wide")
    click(row(panel, "volume_ml").check)
    assert panel.state.numbers.keys() == {"volume_ml", "extent_rl_mm"} and panel.text().startswith("20 cm wide, ")


def test_the_wheel_over_a_box_that_is_not_in_use_scrolls_the_panel(panel):
    panel.set_text("1.4 L")
    box = row(panel, "volume_ml").box
    panel.editor.widget.setFocus()
    down = QPoint(0, -120)
    for used in (False, True):
        if used:
            box.setFocus()
            assert slicer_model.spin(lambda: box.focus)
        args = (QPointF(5, 5), QPointF(5, 5), QPoint(), down, Qt.NoButton, Qt.NoModifier, Qt.NoScrollPhase, False)
        pythonqt_model.application().sendEvent(box, QWheelEvent(*args))
        assert (box.value < 1400) == used

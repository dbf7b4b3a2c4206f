"""Text and rows of the geometry panel are in step both ways, and what a person wrote stays."""

import pytest
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import slicer_model  # noqa: E402
from panel_scene import Segments, click  # noqa: E402
from PySide6.QtCore import QPoint, QPointF, Qt  # noqa: E402
from PySide6.QtGui import QWheelEvent  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.geometry.panel import GeometryPanel  # noqa: E402

from Sketch2CTLib.description import GeometryDescription, measure, parse_text  # noqa: E402
from Sketch2CTLib.errors import DescriptionError  # noqa: E402
from Sketch2CTLib.training_ranges import training_range  # noqa: E402

TEXT = "A happy liver of about 1.4 litres, 20 cm wide, with a smooth surface, says Anna"
MEASURED_S = 60


@pytest.fixture
def panel():
    made = GeometryPanel(segments=Segments())
    made.set_structure("liver")
    made.said, made.changes = [], []
    made.on_message.add(made.said.append)
    made.on_changed.add(lambda: made.changes.append(made.text()))
    made.widget.resize(420, 700)
    made.widget.show()
    made.widget.activateWindow()  # no window manager does it here, and no box has the focus before
    yield made
    made.editor.stop()
    made.widget.close()


def row(panel, name):
    return panel.rows.rows[name]


def type_text(panel, text):
    QTest.keyClicks(panel.editor.widget, text)
    assert slicer_model.spin(lambda: not panel.editor.is_pending)


def type_value(panel, name, figures):
    box = row(panel, name).box
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, figures)
    QTest.keyClick(box, Qt.Key_Return)


def shown(label):
    document = qt.QTextDocument()
    document.setHtml(label.text)
    return document.toPlainText().replace("\xa0", " ")


def marked(panel):
    text, marks, found = panel.text(), panel.editor.marks(), []
    for at, kind in enumerate(marks):
        if kind and (at == 0 or marks[at - 1] != kind):
            found.append(["", kind])
        if kind:
            found[-1][0] += text[at]
    return [tuple(one) for one in found]


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


# ---- units, ranges, contradictions


def test_units_change_figures_and_not_numbers(panel):
    panel.set_text("1.4 L, 200 mm wide")
    box = row(panel, "volume_ml").box
    assert (box.value, box.suffix.strip()) == (1400, "mL")
    panel.units.currentIndex = 2
    assert (box.value, box.suffix.strip()) == (1.4, "L") and row(panel, "extent_rl_mm").box.suffix.strip() == "cm"
    assert panel.state.numbers == {"volume_ml": 1400, "extent_rl_mm": 200} and panel.text() == "1.4 L, 200 mm wide"
    type_value(panel, "extent_rl_mm", "21")
    assert panel.state.numbers["extent_rl_mm"] == 210 and panel.text() == "1.4 L, 210 mm wide"
    click(row(panel, "extent_ap_mm").check)
    assert panel.text().endswith(" cm deep")
    assert "L, median" in row(panel, "volume_ml").bar.toolTip


@pytest.mark.parametrize(("text", "word"), [("0.1 L", "below usual"), ("1.5 L", "usual"), ("8 L", "above usual")])
def test_how_a_number_stands_to_the_usual_is_a_word(panel, text, word):
    panel.set_text(text)
    one = row(panel, "volume_ml")
    assert one.word.text == one.bar.standing == word and one.word.toolTip
    assert bool(one.word.styleSheet) == (word != "usual"), "and a colour beside the word"


def test_a_contradiction_is_one_plain_sentence_and_its_rows_say_so(panel):
    panel.set_text("9 litres, 20 x 15 x 12 cm")
    told = shown(panel.conflict)
    assert told.startswith("✗ Volume (9000 mL) is more than the box of its extents") and "Change one" in told
    names = ("volume_ml", "extent_rl_mm", "extent_ap_mm", "extent_si_mm")
    assert all(row(panel, name).word.text == "conflict" for name in names)
    assert row(panel, "sphericity").word.text == "not given"
    with pytest.raises(DescriptionError, match="more than the box"):
        panel.description()
    type_value(panel, "volume_ml", "1400")
    assert panel.conflict.isHidden() and panel.description().numbers["volume_ml"] == 1400


def test_rows_and_ranges_follow_the_structure(panel):
    def seen():
        return [name for name, one in panel.rows.rows.items() if not one.widget.isHidden()]

    assert "tortuosity" not in seen() and len(seen()) == 25
    panel.set_text("volume 300 mL, 20 cm wide")
    assert row(panel, "volume_ml").word.text == "below usual"
    panel.set_structure("aorta")
    assert len(seen()) == 29 and row(panel, "centreline_length_mm").widget.parent() == panel.rows.common
    assert panel.state.numbers == {"volume_ml": 300, "mean_cross_section_diameter_mm": 200}, "wide is a tube's width"
    assert row(panel, "volume_ml").bar.toolTip != "" and panel.text() == "volume 300 mL, 20 cm wide"
    panel.set_text("tortuosity 1.2")
    panel.set_structure("liver")
    assert "tortuosity" in seen(), "what was said is not hidden"


def test_clear_empties_all_and_can_be_undone(panel):
    panel.set_text("1.4 L")
    row(panel, "widest_rl").check.checked = True
    type_value(panel, "widest_rl", "0.6")
    before = panel.description()
    assert before.numbers == {"volume_ml": 1400, "widest_rl": 0.6} and panel.text() == "1.4 L"
    click(panel.buttons["clear"])
    assert panel.text() == "" and panel.state.numbers == {} and panel.description().numbers == {}
    click(panel.buttons["undo"])
    assert panel.description() == before and row(panel, "widest_rl").box.value == 0.6
    click(panel.buttons["redo"])
    assert panel.text() == "" and panel.state.numbers == {} and not panel.buttons["redo"].enabled


def test_a_number_that_the_text_cannot_say_is_undone_too(panel):
    panel.set_text("1.4 L")
    for value in ("0.6", "0.7"):
        row(panel, "widest_rl").check.checked = True
        type_value(panel, "widest_rl", value)
    assert panel.text() == "1.4 L" and panel.state.numbers["widest_rl"] == 0.7
    click(panel.buttons["undo"])
    assert panel.text() == "1.4 L" and panel.state.numbers["widest_rl"] == 0.6
    while panel.buttons["undo"].enabled:
        click(panel.buttons["undo"])
    assert panel.text() == "" and panel.state.numbers == {}
    while panel.buttons["redo"].enabled:
        click(panel.buttons["redo"])
    assert panel.text() == "1.4 L" and panel.state.numbers["widest_rl"] == 0.7


def test_a_measured_segment_is_one_step(panel):
    panel.set_text("1.4 L, says Anna")
    click(panel.measure_button)
    assert slicer_model.spin(lambda: panel._measuring is None)
    assert len(panel.state.numbers) > 20
    measured = panel.description()
    click(panel.buttons["undo"])
    assert panel.text() == "1.4 L, says Anna" and panel.state.numbers == {"volume_ml": 1400}
    click(panel.buttons["redo"])
    assert panel.description() == measured


# ---- for the others


@pytest.mark.parametrize("structure", ["liver", "aorta"])
def test_a_description_comes_back_as_it_was(panel, structure):
    held = GeometryDescription.checked(
        structure=structure,
        numbers={"volume_ml": 412.345678, "widest_rl": 0.7123456, "extent_ap_mm": 111.11},
        tolerances={"volume_ml": 12.0},
        unknown=["sphericity"],
        words={"overall_shape": "tubular" if structure == "aorta" else "wedge-like"},
        text="somebody's words, 11 cm deep",
    )
    panel.set_description(held)
    assert panel.description() == held and panel.changes == []
    panel.set_description(held, "other words")
    assert panel.text() == "other words" and panel.description().numbers == held.numbers


def test_a_description_without_a_text_gets_one_of_its_numbers(panel):
    panel.set_description(GeometryDescription.checked(structure="spleen", numbers={"volume_ml": 180, "holes": 0}))
    assert panel.text() == "A spleen: volume 180 mL."
    assert panel.description().numbers == {"volume_ml": 180, "holes": 0}


def test_an_empty_scene_empties_the_panel(panel):
    panel.set_text("1.4 L")
    panel.set_description(GeometryDescription.checked(structure="liver"), "")
    assert panel.text() == "" and panel.description().numbers == {} and panel.conflict.isHidden()
    panel.editor.undo()
    assert panel.text() == "", "another scene is no edit"


# ---- measuring


def test_a_measured_segment_fills_the_rows_and_keeps_the_words(panel):
    panel.set_text("1.4 L, says Anna")
    mask, grid = Segments().mask("body")
    click(panel.measure_button)
    assert panel.measure_button.text == "Stop measuring" and not panel.segment.enabled
    assert slicer_model.spin(lambda: panel._measuring is None, MEASURED_S)
    expected = measure(mask, grid)
    assert panel.state.numbers == pytest.approx(expected, rel=1e-6)
    assert "says Anna" in panel.text() and f"{expected['volume_ml'] / 1000:.4f}".rstrip("0") in panel.text()
    assert panel.said[-1] == "25 numbers were measured from 'Segmentation: liver'."
    assert panel.conflict.isHidden() and len(panel.changes) == 2
    assert panel.description().numbers == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("index", "told"), [(1, "The segment is empty."), (2, "no longer in the scene")])
def test_a_segment_that_cannot_be_measured_is_one_sentence(panel, index, told):
    panel.set_text("1.4 L")
    panel.segment.currentIndex = index
    click(panel.measure_button)
    assert slicer_model.spin(lambda: panel._measuring is None, MEASURED_S)
    assert told in panel.said[-1] and panel.text() == "1.4 L"


def test_measuring_is_given_up_on_the_second_click(panel):
    click(panel.measure_button)
    click(panel.measure_button)
    assert panel._measuring is None and panel.measure_button.text == "Measure from segment"
    slicer_model.spin(lambda: False, 0.5)
    assert panel.state.numbers == {} and panel.said == []


def test_without_segments_there_is_nothing_to_measure(panel):
    class Nothing:
        def choices(self):
            return []

    empty = GeometryPanel(segments=Nothing())
    assert not empty.measure_button.enabled
    assert GeometryPanel().measure_button.parent().isHidden()


def test_refreshed_choices_keep_the_chosen_one(panel):
    panel.segment.currentIndex = 1
    panel._segments.choices = lambda: [("new", "New"), ("empty", "Nothing")]
    panel.refresh_choices()
    assert panel.segment.currentText == "Nothing"


def test_every_control_has_a_tooltip_and_the_panel_fits_a_narrow_dock(panel):
    panel.set_text(TEXT)
    panel.rows.fold.checked = True
    click(panel.llm_button)
    kinds = (qt.QCheckBox, qt.QDoubleSpinBox, qt.QPushButton, qt.QComboBox, qt.QToolButton, qt.QLineEdit)
    own = [one for kind in kinds for one in panel.widget.findChildren(kind) if one.objectName != "qt_spinbox_lineedit"]
    assert len(own) > 60
    assert [one for one in own if not one.toolTip] == []
    assert panel.widget.minimumSizeHint.width() <= 420

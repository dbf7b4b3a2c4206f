"""The geometry panel's numbers: units, usual ranges, contradictions, and measuring a segment."""

import pytest
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import slicer_model  # noqa: E402
from geometry_scene import TEXT, open_panel, row, shown, type_value  # noqa: E402
from panel_scene import Segments, click  # noqa: E402
from Sketch2CTUI.geometry.panel import GeometryPanel  # noqa: E402

from Sketch2CTLib.description import GeometryDescription, measure  # noqa: E402
from Sketch2CTLib.errors import DescriptionError  # noqa: E402

MEASURED_S = 60


@pytest.fixture
def panel():
    made = open_panel()
    yield made
    made.editor.stop()
    made.widget.close()


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

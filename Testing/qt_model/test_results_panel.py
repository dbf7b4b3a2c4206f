"""The results panel on the model of PythonQt: true reports, damaged ones, clicks, keys, what is told to listeners."""

import pytest
import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from results_shown import Segments, click, click_head, click_row, heard_by, shown, texts  # noqa: E402
from Sketch2CTUI.results.panel import RESEARCH_TEXT, ResultsPanel  # noqa: E402
from Sketch2CTUI.results.tables import ERROR, MEASURED, NAME, RANK, RESULT, SKETCH, VOLUME, WARNINGS  # noqa: E402


@pytest.fixture
def result(three_candidates):
    return three_candidates


# ---- candidates


def test_before_the_first_result_nothing_can_be_accepted_and_a_sentence_says_what_to_do():
    panel = ResultsPanel()
    assert "draw a sketch" in panel.empty_label.text
    assert not panel.accept_button.enabled
    assert not panel.steps.regenerate_button.enabled
    assert not panel.exporting.export_button.enabled
    assert panel.selected() == 0
    assert RESEARCH_TEXT in panel.research_label.text


def test_the_table_says_rank_score_overlap_and_volume_error(result):
    table = shown(result).table.widget
    assert texts(table, RANK) == ["1", "2", "3"]
    assert texts(table, VOLUME) == ["0.0", "-26.7", "4.0"]
    assert texts(table, SKETCH) == ["0.99", "0.80", "0.95"]
    assert "scan looks unreal" in table.item(0, WARNINGS).text()
    assert "sketch not followed" in table.item(1, WARNINGS).text()


def test_a_click_on_a_row_selects_that_candidate_and_tells_once(result):
    panel = shown(result)
    calls = heard_by(panel.on_select)
    click_row(panel.table.widget, 1)
    assert calls == [(1,)]
    assert panel.selected() == 1
    assert panel.accept_button.text == "Accept candidate 2"
    assert texts(panel.asked.table, MEASURED)[0] in ("–", "1,100 mL")


def test_a_click_on_the_selected_row_tells_again(result):
    panel = shown(result)
    calls = heard_by(panel.on_select)
    click_row(panel.table.widget, 0)
    click_row(panel.table.widget, 2)
    click_row(panel.table.widget, 2)
    assert calls == [(0,), (2,), (2,)]


def test_showing_a_result_selects_the_best_and_tells_no_one(result):
    panel = ResultsPanel()
    calls = heard_by(panel.on_select)
    panel.show(*result)
    assert panel.selected() == 0
    assert calls == []


def test_arrow_keys_select_too(result):
    panel = shown(result)
    calls = heard_by(panel.on_select)
    panel.table.widget.setFocus()
    QTest.keyClick(panel.table.widget, qt.Qt.Key_Down)
    assert calls == [(1,)]


def test_a_click_on_a_head_sorts_by_value_and_the_selection_stays_with_its_candidate(result):
    panel = shown(result)
    table = panel.table.widget
    click_row(table, 2)
    calls = heard_by(panel.on_select)
    click_head(table, VOLUME)
    assert texts(table, RANK) == ["2", "1", "3"]
    assert panel.selected() == 2
    click_head(table, VOLUME)
    assert texts(table, RANK) == ["3", "1", "2"]
    click_row(table, 2)
    assert calls == [(1,)]


def test_a_new_result_is_shown_by_rank_again(result):
    panel = shown(result)
    click_head(panel.table.widget, VOLUME)
    panel.show(*result)
    assert texts(panel.table.widget, RANK) == ["1", "2", "3"]
    assert panel.selected() == 0


# ---- asked and measured


def test_each_number_is_met_off_or_unknown_in_a_word_the_farthest_off_first(result):
    panel = shown(result)
    panel.select(1)
    table = panel.asked.table
    told = dict(zip(texts(table, NAME), texts(table, RESULT), strict=True))
    assert told["Volume"] == "✗ off"
    assert told["Extent right–left"] == "✓ met"
    assert told["Tortuosity"] == "? unknown"
    assert told["Sketch, axial (IoU)"] == "✗ off"
    assert texts(table, NAME)[:2] == ["Tortuosity", "Volume"]
    assert texts(table, ERROR)[1] == "−26.7 %"


def test_met_and_off_differ_in_colour_and_can_be_read_in_light_and_dark(result):
    application = pythonqt_model.application()
    light = qt.QPalette(application.palette())
    dark = qt.QPalette(qt.QColor("#2b2b2b"))
    try:
        for palette in (light, dark):
            application.setPalette(palette)
            panel = shown(result)
            panel.select(1)
            table = panel.asked.table
            ground = table.palette.color(qt.QPalette.Base).lightness()
            inks = {texts(table, RESULT)[row]: table.item(row, RESULT).foreground().color() for row in range(4)}
            assert len({ink.name() for ink in inks.values()}) == 3
            assert all(abs(ink.lightness() - ground) > 80 for ink in inks.values())
    finally:
        application.setPalette(light)


def test_what_was_not_asked_is_shown_on_demand(result):
    panel = shown(result)
    assert "Sphericity" not in texts(panel.asked.table, NAME)
    click(panel.asked.all_check)
    rows = texts(panel.asked.table, NAME)
    assert texts(panel.asked.table, RESULT)[rows.index("Sphericity")] == "not asked"
    assert rows.count("Volume") == 1


def test_tooltips_tell_the_usual_range(result):
    panel = shown(result)
    row = texts(panel.asked.table, NAME).index("Volume")
    tip = panel.asked.table.item(row, NAME).toolTip()
    assert "1,010 mL and 1,400 mL" in tip
    assert "outside" in tip


def test_notes_and_warnings_stand_in_sentences_and_markup_in_them_stays_text(result):
    panel = shown(result)
    notes = panel.asked.notes_label.text
    assert "spread inside 31.2 HU instead of 3.5 to 26.9 HU" in notes
    assert "The sketch is 21 cm wide." in notes
    assert "Of the run." in notes
    assert "&lt;b&gt;no markup" in panel.verdict_label.text


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b'{"numbers": 3, "sketch": [], "measured": "x"}', b"\xff\xfe", b'{"a":']
)
def test_a_damaged_report_is_no_crash_and_is_said(result, content):
    folder, event = result
    with open(f"{folder}/candidate_02/report.json", "wb") as file:
        file.write(content)
    panel = shown((folder, event))
    panel.select(1)
    assert panel.selected() == 1
    assert panel.asked.table.rowCount == 0
    table = panel.table.widget
    assert texts(table, VOLUME)[1] == "–"


# ---- what can be done


def test_accept_tells_the_selected_candidate(result):
    panel = shown(result)
    calls = heard_by(panel.on_accept)
    click_row(panel.table.widget, 2)
    click(panel.accept_button)
    assert calls == [(2,)]


def test_the_agreement_map_is_a_check_box_only_where_there_is_one(result):
    panel = shown(result)
    calls = heard_by(panel.on_agreement)
    assert panel.agreement_check.visible
    QTest.mouseClick(panel.agreement_check, qt.Qt.LeftButton, qt.Qt.NoModifier, qt.QPoint(8, 8))
    assert calls == [(True,)]
    panel.set_agreement(False)
    assert calls == [(True,)]
    folder, event = result
    panel.show(folder + "/candidate_02", {**event, "candidates": event["candidates"][:1]})
    assert not panel.agreement_check.visible


def test_again_with_the_changed_sketch_tells_the_strength(result):
    panel = shown(result)
    calls = heard_by(panel.on_regenerate)
    panel.steps.strength_slider.setFocus()
    QTest.keyClick(panel.steps.strength_slider, qt.Qt.Key_End)
    assert panel.steps.strength_label.text == "1.00"
    QTest.keyClick(panel.steps.strength_slider, qt.Qt.Key_Home)
    click(panel.steps.regenerate_button)
    assert calls == [(0.0,)]


def test_variations_tell_their_number(result):
    panel = shown(result)
    calls = heard_by(panel.on_variations)
    panel.steps.variations_spin.value = 1000
    click(panel.steps.variations_button)
    panel.steps.variations_spin.value = 7
    click(panel.steps.variations_button)
    assert calls == [(64,), (7,)]


def test_a_volume_for_a_segment_needs_no_result_but_a_segment():
    segments = Segments()
    panel = ResultsPanel(segments)
    calls = heard_by(panel.on_volume_from_segment)
    assert not panel.steps.volume_button.enabled
    segments.given = [("n1|a", "Liver"), ("n1|b", "Spleen")]
    panel.refresh_choices()
    panel.steps.segment_box.currentIndex = 1
    segments.given = [("n0|x", "Aorta"), *segments.given]
    panel.refresh_choices()
    panel.widget.show()
    click(panel.steps.volume_button)
    assert calls == [("n1|b",)]


def test_a_scene_that_cannot_be_read_is_said_and_nothing_is_offered():
    segments = Segments(("n|a", "Liver"))
    panel = ResultsPanel(segments)
    segments.given = None
    panel.refresh_choices()
    assert "The scene is closed. Open one." in panel.fault_label.text
    assert not panel.steps.volume_button.enabled


def test_during_a_run_nothing_new_is_started_but_export_goes_on(result):
    panel = shown(result, Segments(("n|a", "Liver")))
    panel.set_running(True)
    steps = panel.steps
    waiting = (panel.accept_button, steps.regenerate_button, steps.variations_button, steps.volume_button)
    assert not any(button.enabled for button in waiting)
    assert panel.exporting.export_button.enabled
    panel.set_running(False)
    assert all(button.enabled for button in waiting)


def test_export_tells_folder_and_kinds(result, tmp_path):
    panel = shown(result, chooser=lambda _parent, _folder: str(tmp_path))
    calls = heard_by(panel.on_export)
    click(panel.exporting.choose_button)
    for kind in ("nifti", "dicom"):
        QTest.mouseClick(panel.exporting.checks[kind], qt.Qt.LeftButton, qt.Qt.NoModifier, qt.QPoint(8, 8))
    click(panel.exporting.export_button)
    assert calls == [(str(tmp_path), {"nrrd", "seg.nrrd", "nifti", "dicom", "report"})]


def test_export_without_folder_or_kind_says_what_to_do(result, tmp_path):
    panel = shown(result, chooser=lambda _parent, _folder: "")
    calls = heard_by(panel.on_export)
    click(panel.exporting.choose_button)
    click(panel.exporting.export_button)
    assert "click 'Choose…'" in panel.fault_label.text
    (tmp_path / "file").write_text("x", encoding="utf-8")
    panel.exporting.folder_edit.text = str(tmp_path / "file")
    click(panel.exporting.export_button)
    assert "is a file" in panel.fault_label.text
    for check in panel.exporting.checks.values():
        check.checked = False
    click(panel.exporting.export_button)
    assert "tick at least one" in panel.fault_label.text
    assert calls == []


def test_clear_takes_everything_away(result):
    panel = shown(result)
    panel.show_nodes("In the scene: SYNTHETIC liver 1")
    panel.show_error("It failed.", "Do this.")
    panel.clear()
    assert panel.table.widget.rowCount == 0
    assert panel.empty_label.visible
    assert not panel.nodes_label.visible
    assert not panel.fault_label.visible
    assert not panel.exporting.export_button.enabled


def test_every_control_has_a_tooltip(result):
    panel = shown(result)
    kinds = (qt.QAbstractButton, qt.QAbstractSpinBox, qt.QSlider, qt.QComboBox, qt.QTableWidget)
    controls = [
        one for kind in kinds for one in panel.widget.findChildren(kind) if one.objectName != "qt_spinbox_lineedit"
    ]
    bare = [type(one).__name__ for one in controls if not one.toolTip and one.parent() not in controls]
    assert controls
    assert not [name for name in bare if "TableCornerButton" not in name and name != "QAbstractButton"]


def test_it_fits_a_narrow_window(result):
    panel = shown(result, Segments(("n|a", "A segment with quite a long name in a segmentation with a long name")))
    assert panel.widget.minimumSizeHint.width() <= 420

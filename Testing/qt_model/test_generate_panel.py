"""The generate panel under synthetic clicks: settings come and go, a run is told in words, nothing is modal."""

import numpy as np
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import pytest  # noqa: E402
from backend_runs import Bench, Heard, asked, spin  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.generate.panel import GeneratePanel  # noqa: E402
from Sketch2CTUI.generate.settings import GenerateSettings  # noqa: E402

WIDTH = 420
FULL = GenerateSettings(
    quality="fine",
    candidates=3,
    seed=77,
    keep_seed=False,
    guidance={"sketch": 1.5, "numbers": 0.0, "words": 2.25},
    device="cuda:1",
    with_volume=False,
    strength=0.7,
    where="server",
    url="https://host:8000",
    python="/opt/python",
)


@pytest.fixture
def panel():
    made = GeneratePanel(chooser=lambda parent, path: "/chosen/python")
    made.widget.resize(WIDTH, 700)
    made.widget.show()
    pump()
    made.heard = []
    for name in ("apply", "cancel", "changed", "test_connection"):
        getattr(made, f"on_{name}").add(lambda name=name: made.heard.append(name))
    yield made
    made.widget.hide()
    made.widget.deleteLater()


def pump():
    for _ in range(3):
        qt.QApplication.instance().processEvents()


def click(widget):
    QTest.mouseClick(widget, Qt.LeftButton)
    pump()


def tick(check):
    """A click on the box itself, which stands at the left."""
    QTest.mouseClick(check, Qt.LeftButton, Qt.NoModifier, qt.QPoint(8, check.height // 2))
    pump()


def test_settings_come_back_as_they_were_set(panel):
    assert panel.settings() == GenerateSettings()
    panel.set_settings(FULL)
    assert panel.settings() == FULL and panel.heard == []
    panel.set_settings(GenerateSettings())
    assert panel.settings() == GenerateSettings()


def test_every_edit_is_told(panel):
    panel.form.quality_box.currentIndex = 0
    panel.form.candidates_spin.value = 4
    tick(panel.form.keep_check)
    tick(panel.form.volume_check)
    panel.where.place_box.currentIndex = 1
    QTest.keyClicks(panel.where.url_edit, "http://a:1")
    assert len(panel.heard) == 15 and set(panel.heard) == {"changed"}
    changed = panel.settings()
    assert (changed.quality, changed.candidates, changed.keep_seed) == ("preview", 4, False)
    assert (changed.with_volume, changed.where, changed.url) == (False, "server", "http://a:1")


def test_the_quality_says_its_steps_and_its_time(panel):
    titles = [panel.form.quality_box.itemText(number) for number in range(3)]
    assert [word for title in titles for word in title.split() if word.isdigit()] == ["8", "25", "50"]
    with_volume = panel.form.quality_label.text
    tick(panel.form.volume_check)
    assert "s a candidate" in with_volume and panel.form.quality_label.text != with_volume


def test_a_new_seed_is_another_one(panel):
    click(panel.form.seed_button)
    first = panel.settings().seed
    panel.next_seed()
    assert first and panel.settings().seed not in (0, first)


def test_place_shows_what_belongs_to_it(panel):
    assert panel.where.device_box.visible and not panel.where.url_edit.visible
    panel.where.place_box.currentIndex = 1
    pump()
    assert panel.where.url_edit.visible and not panel.where.device_box.visible


def test_a_token_is_hidden_and_in_no_settings(panel):
    panel.where.place_box.currentIndex = 1
    pump()
    QTest.keyClicks(panel.where.token_edit, "secret")
    assert panel.token() == "secret" and panel.where.token_edit.displayText != "secret"
    assert "secret" not in str(panel.settings().to_dict())


def test_what_a_paste_brings_along_is_left_out(panel):
    panel.where.url_edit.text = " http://a:1\u2028\t"
    assert panel.settings().url == "http://a:1"


def test_guidance_and_python_are_folded_away(panel):
    assert not panel.guidance.own_check.visible and not panel.python.edit.visible
    panel.advanced_button.collapsed = False
    pump()
    assert panel.guidance.own_check.visible and not panel.guidance.spins["sketch"].enabled
    tick(panel.guidance.own_check)
    panel.guidance.spins["words"].value = 3.0
    assert panel.settings().guidance == {"sketch": 1.0, "numbers": 1.0, "words": 3.0}
    click(panel.python.choose_button)
    assert panel.settings().python == "/chosen/python"


def test_apply_becomes_cancel_and_back(panel):
    button = panel.view.button
    assert button.text == "Apply" and button.height >= 40 and button.width >= WIDTH - 20
    click(button)
    assert panel.heard == ["apply"]
    panel.set_running(True)
    assert button.text == "Cancel" and not panel.form.quality_box.enabled and not panel.where.test_button.enabled
    click(button)
    assert panel.heard == ["apply", "cancel"] and button.text == "Stopping …" and not button.enabled
    click(button)
    assert panel.heard == ["apply", "cancel"]
    panel.set_running(False)
    assert button.text == "Apply" and button.enabled and panel.form.quality_box.enabled


def test_test_connection_is_told(panel):
    click(panel.where.test_button)
    assert panel.heard == ["test_connection"]


def test_progress_in_words_and_never_backwards(panel):
    view = panel.view
    assert not view.bar.visible
    panel.set_running(True)
    assert view.bar.visible and view.bar.maximum == 0
    panel.show_progress("Loading the networks", 1, 1, None)
    assert view.stage_label.text == "Loading the networks" and view.bar.maximum == 0
    view._began -= 10
    panel.show_progress("Drawing the mask", 3, 8, 10.0)
    assert view.stage_label.text == "Drawing the mask, step 3 of 8, about 10 s left"
    half = view.bar.value / view.bar.maximum
    assert half == pytest.approx(0.5, abs=0.02)
    panel.show_progress("Drawing the mask", 4, 8, 100.0)
    assert view.bar.value / view.bar.maximum == half and "about 2 min left" in view.stage_label.text
    panel.show_progress("Writing files", 1, 1, 0.2)
    assert view.bar.value / view.bar.maximum > 0.95
    panel.set_running(False)
    panel.show_progress("Drawing the mask", 4, 8, 1.0)
    assert not view.bar.visible and view.stage_label.text == ""


def test_the_preview_is_the_array(panel):
    picture = np.zeros((40, 60), dtype=np.uint8)
    picture[:20, :30] = 255  # on top at the left
    panel.show_preview(picture)
    pump()
    shown = panel.view.preview_label.pixmap.toImage()
    across, down = shown.width(), shown.height()
    assert across / down == pytest.approx(1.5, abs=0.02)
    grey = [qt.QColor(shown.pixel(x * across // 4, y * down // 4)).lightness() for y in (1, 3) for x in (1, 3)]
    assert grey == [255, 0, 0, 0]
    panel.show_preview(np.asfortranarray(picture).T[::-1])
    panel.show_preview(np.zeros((0, 3), dtype=np.uint8))
    assert not panel.view.preview_label.visible
    panel.show_preview(picture)
    panel.show_preview(None)
    assert not panel.view.preview_label.visible


def test_messages_bear_a_mark_and_a_word(panel):
    panel.show_error("The <b>disk</b> is full.", "Free some space.")
    told = panel.view.message_label.text
    assert "✗ Error:" in told and "&lt;b&gt;disk" in told and "Free some space." in told
    panel.show_note("Starting …")
    assert "ℹ Note:" in panel.view.message_label.text and "Error" not in panel.view.message_label.text
    panel.show_note("")
    assert not panel.view.message_label.visible
    panel.show_error("Old.")
    panel.set_running(True)
    assert not panel.view.message_label.visible and qt.QApplication.activeModalWidget() is None


def test_the_log_is_folded_and_bounded(panel):
    for number in range(2500):
        panel.log(f"line {number}")
    panel.log("x" * 100_000)
    text = panel.view.log_view.plainText
    assert text.count("\n") < 2000 and "line 2499" in text and "line 100\n" not in text and len(text) < 100_000
    assert not panel.view.log_view.visible
    tick(panel.view.log_check)
    assert panel.view.log_view.visible


def test_it_fits_into_a_narrow_module_panel(panel):
    panel.set_settings(FULL)
    panel.advanced_button.collapsed = False
    panel.show_error("A long sentence " * 20)
    panel.set_running(True)
    panel.show_progress("Drawing the CT volume of a long name", 30, 50, 1000.0)
    pump()
    assert panel.widget.minimumSizeHint.width() <= WIDTH


def test_every_control_has_a_tooltip(panel):
    kinds = (qt.QAbstractButton, qt.QComboBox, qt.QAbstractSpinBox, qt.QLineEdit, qt.QPlainTextEdit, qt.QProgressBar)
    bare = []
    for kind in kinds:
        for widget in panel.widget.findChildren(kind):
            inside = widget.parent().toolTip if widget.parent() is not None else ""
            if not widget.toolTip and not inside:
                bare.append(widget)
    assert bare == []


def test_a_run_on_the_panel_from_click_to_end(panel):
    """As the controller wires it, with a worker whose jobs are scripted."""
    bench, runs, heard = Bench(), [], Heard()
    bench.backend.on_log.add(panel.log)

    def end(event):
        panel.set_running(False)
        heard.ends.append(event)
        if event.kind == "error":
            panel.show_error(event.message, event.hint)

    def apply():
        panel.set_running(True)
        functions = {
            "on_progress": lambda e: e.kind == "progress" and panel.show_progress(e.stage, e.step, e.steps, e.eta_s),
            "on_preview": lambda event: None,
            "on_done": end,
            "on_failed": end,
        }
        runs.append(bench.backend.submit(asked("steps=3000 delay=0.01"), **functions))

    panel.on_apply.add(apply)
    panel.on_cancel.add(lambda: runs[-1].cancel())
    click(panel.view.button)
    assert spin(lambda: panel.view.stage_label.text.startswith("mask, step"))
    click(panel.view.button)
    assert spin(lambda: runs[-1].is_over)
    assert heard.end.code == "cancelled" and panel.view.button.text == "Apply"
    bench.stop()

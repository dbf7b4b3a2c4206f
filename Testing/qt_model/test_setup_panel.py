"""The setup panel on the model of PythonQt: it shows, asks inline, installs on a click and never before."""

import types

import pytest
import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
import slicer_model  # noqa: E402
from heartbeat import Heartbeat  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from setup_scene import (  # noqa: E402
    THERE,
    FakeEnvironment,
    check,
    click,
    heard_by,
    held_up,
    look,
    model_store,
    shown,
    status,
    texts,
)
from Sketch2CTUI.setup.environment import Environment  # noqa: E402
from Sketch2CTUI.setup.install import Pending  # noqa: E402
from Sketch2CTUI.setup.packages import MISSING, PackageState  # noqa: E402
from Sketch2CTUI.setup.panel import SetupPanel  # noqa: E402
from Sketch2CTUI.setup.preflight import OK, STOP, Finding  # noqa: E402
from Sketch2CTUI.setup.views import NAME, STATE  # noqa: E402


@pytest.fixture
def environment():
    """One where einops is missing."""
    return FakeEnvironment()


@pytest.fixture
def store(tmp_path):
    """A shipped model and an empty folder of the user's."""
    return model_store(tmp_path)


@pytest.fixture
def panel(environment, store):
    """The panel over both."""
    return shown(environment, store)


# ---- what is installed


def test_it_says_what_is_missing_first_and_versions_of_all(panel):
    assert "1 of 3 packages have to be installed: einops" in panel.status_label.text
    assert texts(panel.packages.widget, NAME) == ["einops", "torch", "monai", "numpy"]
    assert texts(panel.packages.widget, STATE) == ["✗ missing", "✓ installed", "✓ installed", "✓ installed"]
    for fact in ("5.12.0", "3.12.10", "2.13.0+cpu, CPU build", "49 GB", "16 GB"):
        assert fact in panel.facts_label.text


def test_a_cpu_build_beside_a_graphics_card_is_said(environment, store):
    environment.now = status(THERE, gpu="NVIDIA driver")
    panel = shown(environment, store)
    assert "CPU build, but this computer has an NVIDIA graphics card" in panel.status_label.text
    assert panel.status_label.text.count("✗") == 1


def test_building_the_panel_asks_neither_network_nor_pip(panel, environment):
    assert environment.asked == []
    assert not panel.question.widget.visible


def test_a_complete_installation_offers_nothing_but_repair(environment, store):
    environment.now = status(THERE)
    panel = shown(environment, store)
    look(panel, panel.install_button)
    assert environment.asked == []
    assert "Nothing has to be installed" in panel.message_label.text


# ---- installing


def test_install_looks_first_then_asks_then_runs_with_a_log(panel, environment):
    installs, changes = heard_by(panel.on_install), heard_by(panel.on_changed)
    look(panel, panel.install_button)
    assert environment.asked == [("preflight", False)]
    assert "einops" in panel.question.label.text
    assert "Room." in panel.question.label.text
    assert installs == []
    click(panel.question.yes_button)
    assert environment.asked[-1] == ("install", False, "")
    assert installs == [()]
    assert not panel.install_button.enabled
    environment.callbacks[0]("Collecting einops")
    assert "Collecting einops" in panel.log_view.plainText
    assert panel.log_view.visible
    environment.now = status(THERE, PackageState("einops", ">=0.8", "0.8.2"))
    environment.end()
    assert changes == [()]
    assert slicer_model.spin(lambda: panel._looking is None)
    assert "Installed. Restart Slicer: pydantic" in panel.message_label.text
    assert "Everything that Sketch2CT needs is installed" in panel.status_label.text
    assert panel.install_button.enabled


@pytest.mark.alone
def test_a_network_that_does_not_answer_holds_nothing_up(panel, environment, monkeypatch):
    go = held_up(monkeypatch, environment, "look_outside")
    beat = Heartbeat()
    beat.start()
    click(panel.install_button)
    click(panel.install_button)
    assert "network" in panel.message_label.text and not panel.install_button.enabled
    slicer_model.spin(lambda: False, 0.3)
    go.set()
    assert slicer_model.spin(lambda: panel._looking is None)
    beat.stop()
    assert beat.longest_ms < beat.limit_ms and beat.beats > 10
    assert environment.asked == [("preflight", False)] and panel.question.widget.visible


def test_cancel_changes_nothing(panel, environment):
    look(panel, panel.install_button)
    click(panel.question.no_button)
    assert environment.asked == [("preflight", False)]
    assert not panel.question.widget.visible


def test_what_stops_it_is_said_and_cannot_be_started(panel, environment):
    environment.findings = [Finding(STOP, "Make room first."), Finding(OK, "Room.")]
    look(panel, panel.install_button)
    assert "It cannot start yet" in panel.question.label.text
    assert panel.question.label.text.index("Make room") < panel.question.label.text.index("Room.")
    assert not panel.question.yes_button.visible


def test_a_failure_is_one_sentence_and_it_can_be_tried_again(panel, environment):
    look(panel, panel.install_button)
    click(panel.question.yes_button)
    environment.left = Pending(("Python packages",))
    environment.end("Installing Python packages failed. The disk is full: free at least 8 GB.")
    assert slicer_model.spin(lambda: panel._looking is None)
    assert "The disk is full" in panel.message_label.text
    assert "Python packages" in panel.question.label.text
    assert panel.install_button.enabled


def test_a_repair_asks_too_and_tells_that_the_worker_has_to_stop(panel, environment):
    repairs = heard_by(panel.on_repair)
    look(panel, panel.repair_button)
    assert environment.asked == [("preflight", True)]
    click(panel.question.yes_button)
    assert environment.asked[-1] == ("install", True, "")
    assert repairs == [()]


def test_an_interrupted_installation_is_offered_after_a_restart(environment, store):
    environment.left = Pending(("PyTorch", "Python packages"))
    panel = shown(environment, store)
    assert "PyTorch and Python packages" in panel.question.label.text
    assert environment.asked == []
    click(panel.question.yes_button)
    assert environment.asked == [("resume",)]


def test_an_interrupted_installation_can_be_forgotten(environment, store):
    environment.left = Pending(("Python packages",))
    panel = shown(environment, store)
    click(panel.question.no_button)
    assert environment.left is None
    panel.refresh()
    assert slicer_model.spin(lambda: panel._looking is None)
    assert not panel.question.widget.visible


def test_a_wheelhouse_is_chosen_or_typed_and_used(environment, store):
    panel = shown(environment, store, chooser=lambda _parent, _folder: "/media/wheels")
    click(panel.offline.choose_button)
    assert environment.wheelhouse == "/media/wheels"
    panel.offline.folder_edit.text = ""
    QTest.keyClicks(panel.offline.folder_edit, "/mnt/w ")
    assert environment.wheelhouse == "/mnt/w"
    check(panel.offline.help_check)
    assert panel.offline.help_label.visible
    for word in ("--no-index", "--find-links", "pip download"):
        assert word in panel.offline.help_label.text


def test_the_panel_is_drawn_before_a_step_that_blocks(tmp_path, store):
    """With a true environment: the first step comes on a later turn of the event loop."""
    asked = []
    installers = types.SimpleNamespace(
        torch_extension=lambda: "",
        install=lambda arguments, _constraints, _line, on_done: (asked.append(tuple(arguments)), on_done("")),
    )
    (tmp_path / "list.txt").write_text("no-such-package>=1\n", encoding="utf-8")
    environment = Environment(installers, tmp_path / "list.txt", tmp_path / "user", reach=lambda _host: True)
    panel = shown(environment, store)
    look(panel, panel.install_button)
    click(panel.question.yes_button)
    assert asked == []
    assert "Installing" in panel.message_label.text
    assert slicer_model.spin(lambda: "Installed." in panel.message_label.text)
    assert asked == [("no-such-package>=1",)]


# ---- the device


@pytest.mark.parametrize(
    ("answer", "gpu", "told", "works"),
    [
        (
            {"device": "cuda:0", "device_name": "RTX 4070", "free_mb": 11_000.0},
            "NVIDIA driver",
            "cuda:0 (RTX 4070)",
            True,
        ),
        ({"device": "cpu", "seconds": 2.5}, "", "on the processor, ready in 2.5 s", True),
        ({"device": "cpu"}, "NVIDIA driver", "although an NVIDIA card is there: click 'Repair'", False),
        (types.SimpleNamespace(kind="ready", tool_version="0.1.0"), "", "The worker answers (Sketch2CT 0.1.0)", True),
    ],
)
def test_the_device_test_says_what_computes(environment, store, answer, gpu, told, works):
    environment.now = status(THERE, gpu=gpu)
    environment.device_test = lambda on_ready, _on_failed: on_ready(answer)
    panel = shown(environment, store)
    click(panel.device_button)
    assert told in panel.device_label.text
    assert ("✓" in panel.device_label.text) == works


def test_a_device_test_waits_without_blocking_and_tells_why_not(environment, store):
    waiting = []
    environment.device_test = lambda *callbacks: waiting.append(callbacks)
    panel = shown(environment, store)
    tests = heard_by(panel.on_device_test)
    click(panel.device_button)
    assert "Asking the worker" in panel.device_label.text
    assert not panel.device_button.enabled
    assert tests == [()]
    waiting[0][1]("The worker cannot be started.", "Click 'Repair'.")
    assert "✗ The worker cannot be started. Click 'Repair'." in panel.device_label.text
    assert panel.device_button.enabled


def test_without_torch_there_is_no_device_to_test(environment, store):
    environment.now = status(THERE, torch=PackageState("torch", ">=2.8", state=MISSING))
    assert not shown(environment, store).device_button.enabled


@pytest.mark.alone
def test_what_is_installed_is_read_beside_the_event_loop(panel, environment, monkeypatch):
    go = held_up(monkeypatch, environment, "status")
    beat = Heartbeat()
    beat.start()
    click(panel.refresh_button)
    assert not panel.refresh_button.enabled
    environment.now = status(THERE)
    slicer_model.spin(lambda: False, 0.3)
    assert "1 of 3 packages" in panel.status_label.text
    go.set()
    assert slicer_model.spin(lambda: panel._looking is None)
    beat.stop()
    assert "Everything that Sketch2CT needs is installed" in panel.status_label.text
    assert panel.refresh_button.enabled and beat.longest_ms < beat.limit_ms, beat.longest_gap


def test_the_table_is_filled_only_where_it_changed(panel, environment, monkeypatch):
    filled = []
    monkeypatch.setattr(type(panel.packages), "_fill_row", lambda self, row, one, brought: filled.append(one.name))
    look(panel, panel.refresh_button)
    assert filled == []
    environment.now = status(THERE)
    look(panel, panel.refresh_button)
    assert filled == ["torch", "monai", "numpy"]


# ---- the whole


def test_without_arguments_it_shows_this_computer():
    panel = SetupPanel()
    assert panel.packages.widget.rowCount > 10
    assert "default" in texts(panel.models.table, 0)
    assert panel.question.widget.isHidden() or panel.question.is_asking


def test_every_control_has_a_tooltip_and_it_fits_a_narrow_window(panel):
    kinds = (qt.QPushButton, qt.QCheckBox, qt.QLineEdit, qt.QTableWidget, qt.QPlainTextEdit, qt.QTextBrowser)
    bare = [
        one.text if hasattr(one, "text") else one
        for kind in kinds
        for one in panel.widget.findChildren(kind)
        if not one.toolTip
    ]
    assert [one for one in bare if one != ""] == []
    assert panel.widget.minimumSizeHint.width() <= 420

"""The setup panel on the model of PythonQt: it shows, asks inline, installs on a click and never before."""

import threading
import types
from pathlib import Path

import pytest
import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
import slicer_model  # noqa: E402
from heartbeat import Heartbeat  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.setup import model_files  # noqa: E402
from Sketch2CTUI.setup.environment import Environment, SetupStatus  # noqa: E402
from Sketch2CTUI.setup.install import Pending  # noqa: E402
from Sketch2CTUI.setup.machine import Machine  # noqa: E402
from Sketch2CTUI.setup.model_store import ModelStore  # noqa: E402
from Sketch2CTUI.setup.packages import MISSING, PackageState  # noqa: E402
from Sketch2CTUI.setup.panel import SetupPanel  # noqa: E402
from Sketch2CTUI.setup.preflight import OK, STOP, Finding  # noqa: E402
from Sketch2CTUI.setup.views import NAME, STATE  # noqa: E402
from Sketch2CTUI.widgets import file_task  # noqa: E402
from test_model_store import make_model  # noqa: E402

THERE = PackageState("monai", ">=1.6.1", "1.6.1")
NOT_THERE = PackageState("einops", ">=0.8", state=MISSING, detail="not installed")
TORCH = PackageState("torch", ">=2.8", "2.13.0+cpu")


def status(*packages, torch=TORCH, gpu=""):
    place = Machine("Linux", "x86_64", "3.12.10", "5.12.0", Path("/p"), True, 50_000.0, 16_000.0, gpu)
    return SetupStatus(place, torch, packages or (THERE,), (PackageState("numpy", ">=2.4", "2.4.6"),), "0.1.0")


class FakeEnvironment:
    """An environment that notes what is asked of it."""

    def __init__(self):
        self.now, self.findings, self.left, self.device_test = (
            status(THERE, NOT_THERE),
            [Finding(OK, "Room.")],
            None,
            None,
        )
        self.wheelhouse, self.is_installing, self.asked, self.callbacks = "", False, [], None

    def machine(self):
        return self.now.machine

    def status(self, *, thorough=True, machine=None):
        return self.now

    def look_outside(self):
        return {}

    def preflight(self, reached, *, repair=False, status=None):
        self.asked.append(("preflight", repair))
        return self.findings

    def install(self, on_line, on_end, *, repair=False, status=None):
        self.asked.append(("install", repair, self.wheelhouse))
        self.callbacks, self.is_installing = (on_line, on_end), True
        return True

    def resume(self, on_line, on_end):
        self.asked.append(("resume",))
        self.callbacks, self.is_installing = (on_line, on_end), True
        return True

    def pending(self):
        return None if self.is_installing else self.left

    def forget_pending(self):
        self.left = None

    def changed_in_memory(self, before, after):
        return ("pydantic",) if before is not after else ()

    def end(self, fault=""):
        self.is_installing = False
        self.callbacks[1](fault)


@pytest.fixture
def environment():
    """One where einops is missing."""
    return FakeEnvironment()


@pytest.fixture
def store(tmp_path):
    """A shipped model and an empty folder of the user's."""
    make_model(tmp_path / "shipped" / "default")
    return ModelStore(tmp_path / "shipped", tmp_path / "own")


def shown(environment, store, **arguments):
    panel = SetupPanel(environment, store, **arguments)
    panel.widget.resize(420, 1000)
    panel.widget.show()
    pythonqt_model.application().processEvents()
    return panel


@pytest.fixture
def panel(environment, store):
    """The panel over both."""
    return shown(environment, store)


def click(button):
    QTest.mouseClick(button, qt.Qt.LeftButton)


def look(panel, button):
    """Clicks 'Install', 'Repair' or 'Refresh' and waits for what the panel found."""
    click(button)
    assert slicer_model.spin(lambda: panel._looking is None)


def do(models, button):
    """Clicks a button of the models and waits until their files are done with."""
    click(button)
    assert slicer_model.spin(lambda: models._file_task is None)


def check(box):
    QTest.mouseClick(box, qt.Qt.LeftButton, qt.Qt.NoModifier, qt.QPoint(8, 8))


def heard_by(listeners):
    calls = []
    listeners.add(lambda *arguments: calls.append(arguments))
    return calls


def texts(table, column):
    return [table.item(row, column).text() for row in range(table.rowCount)]


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
    assert beat.longest_ms < 50 and beat.beats > 10
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
    assert panel.refresh_button.enabled and beat.longest_ms < 50, beat.told


def test_the_table_is_filled_only_where_it_changed(panel, environment, monkeypatch):
    filled = []
    monkeypatch.setattr(type(panel.packages), "_fill_row", lambda self, row, one, brought: filled.append(one.name))
    look(panel, panel.refresh_button)
    assert filled == []
    environment.now = status(THERE)
    look(panel, panel.refresh_button)
    assert filled == ["torch", "monai", "numpy"]


# ---- models


def test_a_card_is_laid_out_once_when_it_is_opened_and_without_tables(environment, tmp_path):
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    card = f"# Model card: `default`\n\nDraws **masks**, see [there](x.md).\n\n{table}\n\n## Last\n\nEnd.\n"
    folder = make_model(tmp_path / "shipped" / "default")
    (folder / "README.md").write_text(card, encoding="utf-8")
    panel = shown(environment, ModelStore(tmp_path / "shipped", tmp_path / "own"))
    one = panel.models.card
    assert "Draws <b>masks</b>, see there." in one.head.text
    assert (folder / "README.md").as_uri() in one.head.text
    assert not one.view.visible and one.view.plainText == ""
    laid = []
    one.view.connect("textChanged()", lambda: laid.append(1))
    check(one.check)
    assert slicer_model.spin(lambda: "End." in one.view.plainText, 10)
    assert one.view.visible and "| 1 | 2 |" in one.view.plainText
    assert "<table" not in one.view.html
    times = len(laid)
    check(one.check)
    check(one.check)
    panel.models.refresh()
    slicer_model.spin(lambda: False, 0.05)
    assert len(laid) == times, "what stands there is not laid out again"


def test_models_are_listed_with_their_card(panel):
    table = panel.models.table
    assert texts(table, 0) == ["default"]
    assert texts(table, 2) == ["shipped"]
    assert texts(table, 3) == ["Liver, Spleen"]
    assert "Trained on 3 phantoms" in panel.models.card.head.text
    assert not panel.models.remove_button.enabled


def test_a_model_is_imported_checked_and_removed(environment, store, tmp_path):
    source = make_model(tmp_path / "mine")
    panel = shown(environment, store, chooser=lambda _parent, _folder: str(source))
    changes = heard_by(panel.on_changed)
    models = panel.models
    do(models, models.import_button)
    assert texts(models.table, 0) == ["default", "mine"]
    assert models.selected() == "mine"
    assert "was imported" in models.message_label.text
    do(models, models.verify_button)
    assert "2 files are whole" in models.message_label.text
    click(models.remove_button)
    assert texts(models.table, 0) == ["default", "mine"]
    do(models, models.question.yes_button)
    assert texts(models.table, 0) == ["default"]
    assert len(changes) == 2


def held_up(monkeypatch, owner, name):
    """A function that waits as on a slow disk, until the event is set that comes back; `begun` tells that it waits."""
    go, real = threading.Event(), getattr(owner, name)
    go.begun = threading.Event()

    def slow(*arguments, **more):
        go.begun.set()
        assert go.wait(60)
        return real(*arguments, **more)

    monkeypatch.setattr(owner, name, slow)
    return go


@pytest.mark.alone
@pytest.mark.parametrize("button", ["import_button", "verify_button"])
def test_large_files_hold_nothing_up(environment, store, tmp_path, monkeypatch, button):
    source = make_model(tmp_path / "mine")
    models = shown(environment, store, chooser=lambda _parent, _folder: str(source)).models
    go = held_up(monkeypatch, model_files, "copy_hashed" if button == "import_button" else "sha256_of")
    beat = Heartbeat()
    beat.start()
    click(getattr(models, button))
    assert "ing" in models.message_label.text and not models.verify_button.enabled
    assert not models.remove_button.enabled
    slicer_model.spin(lambda: False, 0.3)
    go.set()
    assert slicer_model.spin(lambda: models._file_task is None)
    beat.stop()
    assert beat.longest_ms < 50 and beat.beats > 10
    assert "every file is" in models.message_label.text or "are whole" in models.message_label.text
    assert models.verify_button.enabled and models.import_button.text == "Import…"


def test_an_import_can_be_stopped_and_leaves_nothing(environment, store, tmp_path, monkeypatch):
    source = make_model(tmp_path / "mine")
    panel = shown(environment, store, chooser=lambda _parent, _folder: str(source))
    changes, models = heard_by(panel.on_changed), panel.models
    go = held_up(monkeypatch, model_files, "copy_hashed")
    click(models.import_button)
    assert models.import_button.text == "Stop" and go.begun.wait(30)
    click(models.import_button)
    go.set()
    assert slicer_model.spin(lambda: models._file_task is None)
    assert "Stopped: no model was imported." in models.message_label.text and changes == []
    assert texts(models.table, 0) == ["default"] and list((tmp_path / "own").iterdir()) == []
    do(models, models.import_button)
    assert texts(models.table, 0) == ["default", "mine"]


def test_a_panel_that_goes_away_hears_nothing_of_its_files(environment, store, tmp_path, monkeypatch):
    source = make_model(tmp_path / "mine")
    panel = shown(environment, store, chooser=lambda _parent, _folder: str(source))
    changes = heard_by(panel.on_changed)
    go = held_up(monkeypatch, model_files, "copy_hashed")
    click(panel.models.import_button)
    panel.stop()
    go.set()
    assert slicer_model.spin(lambda: not file_task._LIVING)
    assert changes == [] and list((tmp_path / "own").iterdir()) == []


def test_keeping_a_model_keeps_it(environment, store, tmp_path):
    store.import_folder(make_model(tmp_path / "mine"))
    models = shown(environment, store).models
    models.table.selectRow(1)
    click(models.remove_button)
    click(models.question.no_button)
    assert texts(models.table, 0) == ["default", "mine"]


def test_a_damaged_model_is_refused_in_one_sentence(environment, store, tmp_path):
    source = make_model(tmp_path / "mine")
    (source / "mask_prior.safetensors").write_bytes(b"cut off")
    models = shown(environment, store, chooser=lambda _parent, _folder: str(source)).models
    do(models, models.import_button)
    assert "✗ The weight file 'mask_prior.safetensors' is damaged" in models.message_label.text
    assert texts(models.table, 0) == ["default"]


def test_a_damaged_shipped_model_is_marked_in_words(environment, store, tmp_path):
    (tmp_path / "shipped" / "default" / "mask_prior.safetensors").unlink()
    models = shown(environment, store).models
    assert texts(models.table, 3) == ["✗ damaged"]
    assert "is missing" in models.message_label.text
    assert not models.verify_button.enabled


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

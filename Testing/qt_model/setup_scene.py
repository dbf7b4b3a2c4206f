"""A setup panel over an environment that notes what is asked of it, and hands that use it."""

import threading
from pathlib import Path

import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
import slicer_model  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.setup.environment import SetupStatus  # noqa: E402
from Sketch2CTUI.setup.machine import Machine  # noqa: E402
from Sketch2CTUI.setup.model_store import ModelStore  # noqa: E402
from Sketch2CTUI.setup.packages import MISSING, PackageState  # noqa: E402
from Sketch2CTUI.setup.panel import SetupPanel  # noqa: E402
from Sketch2CTUI.setup.preflight import OK, Finding  # noqa: E402
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


def model_store(folder):
    """A shipped model and an empty folder of the user's."""
    make_model(folder / "shipped" / "default")
    return ModelStore(folder / "shipped", folder / "own")


def shown(environment, store, **arguments):
    panel = SetupPanel(environment, store, **arguments)
    panel.widget.resize(420, 1000)
    panel.widget.show()
    pythonqt_model.application().processEvents()
    return panel


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

"""What tests of the controller share: its widget on a backend that does what the test says, a hand that draws."""

import threading
import types

import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import results_on_disk  # noqa: E402
import slicer_core_app  # noqa: E402
from Sketch2CTUI.widgets.events import Listeners  # noqa: E402

from Sketch2CTLib.frames import PlaneFrame  # noqa: E402
from Sketch2CTLib.sketch import Sketch, Stroke  # noqa: E402


class FakeRun:
    def __init__(self, request, heard):
        self.request, self.heard, self.cancels, self.is_over = request, heard, 0, False

    def cancel(self):
        self.cancels += 1

    def progress(self, **fields):
        self.heard["on_progress"](types.SimpleNamespace(kind="progress", **fields))

    def done(self, event):
        self.is_over = True
        self.heard["on_done"](event)

    def failed(self, code="internal", message="It broke.", hint="Try again."):
        self.is_over = True
        self.heard["on_failed"](types.SimpleNamespace(code=code, message=message, hint=hint))


class FakeBackend:
    """Remembers what it was asked; files of a result are copied when the test says so."""

    is_running = False

    def __init__(self):
        self.runs, self.fetches, self.stopped, self.cancelled_fetches = [], [], False, 0
        self.drafts = []  # (request, on_drafted, on_failed) of each
        self.on_log = Listeners()

    def submit(self, request, **heard):
        self.runs.append(FakeRun(request, heard))
        return self.runs[-1]

    def draft(self, request, on_drafted, on_failed):
        self.drafts.append((request, on_drafted, on_failed))

    def fetch(self, event, folder, on_done, on_failed):
        self.fetches.append((event, folder, on_done, on_failed))
        return types.SimpleNamespace(cancel=self._fetch_cancelled)

    def _fetch_cancelled(self):
        self.cancelled_fetches += 1

    def deliver(self):
        event, folder, on_done, _ = self.fetches.pop(0)
        results_on_disk.copy(event.folder, folder)
        on_done({})

    def test_connection(self, on_told, on_failed, on_ready=None):
        on_failed(
            types.SimpleNamespace(code="service_unavailable", message="The server is not there.", hint="Start it.")
        )

    def stop(self):
        self.stopped = True


def open_module_on(backend, monkeypatch, tmp_path):
    """The module's widget on a fresh scene with that backend."""
    slicer_core_app.fresh_scene()
    monkeypatch.setattr(slicer.app, "temporaryPath", str(tmp_path / "temporary"), raising=False)
    monkeypatch.setattr("Sketch2CTUI.session.controller._backend", lambda panel, command: backend)
    return slicer_model.open_module()


def sketch(structure="liver", view="axial", half=80.0):
    outline = Stroke([[-half, -half / 2], [half, -half / 2], [half, half / 2], [-half, half / 2]], closed=True)
    return Sketch((outline,), PlaneFrame.standard(view, 320), structure)


def draw(controller, **how):
    controller.window.sketch.set_drawings((sketch(**how),))
    controller.session.sketch_changed()


def told(controller):
    """Every text that stands in the window."""
    import qt

    root = controller.window.ui.structureBox.window()
    return "\n".join(label.text for label in root.findChildren(qt.QLabel) if label.visible)


def run_to_end(controller, backend, result):
    controller.apply()
    backend.runs[-1].done(result)
    backend.deliver()
    assert slicer_model.spin(lambda: not controller.run.is_running)


def nodes_named(part):
    scene = slicer.mrmlScene
    names = [scene.GetNthNode(n).GetName() or "" for n in range(scene.GetNumberOfNodes())]
    kinds = ("vtkMRMLSegmentationNode", "vtkMRMLScalarVolumeNode")
    return [name for n, name in enumerate(names) if part in name and scene.GetNthNode(n).GetClassName() in kinds]


def held_up(monkeypatch, owner, name):
    """A function that waits as on a slow disk, until the event is set that comes back."""
    go, real = threading.Event(), getattr(owner, name)

    def slow(*arguments, **more):
        assert go.wait(60)
        return real(*arguments, **more)

    monkeypatch.setattr(owner, name, slow)
    return go

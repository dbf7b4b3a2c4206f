"""Slicer's application as far as the module asks for it: the real scene of slicer-core, widgets of the PySide6 model.

    import slicer_model
    slicer = slicer_model.install()     # `qt`, `ctk`, `slicer` with a scene, ScriptedLoadableModule
    module = slicer_model.module()      # Sketch2CT.py as Slicer imports it
    widget = slicer_model.open_module() # its widget, after setup() and enter()

`slicer.util.loadUI` and `childWidgetVariables` are Slicer's own code, on a loader that knows the model's classes.
"""

import importlib.util
import sys
import types
import unittest
from pathlib import Path

import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import ctk  # noqa: E402
import qt  # noqa: E402
from PySide6 import QtCore, QtUiTools  # noqa: E402
from shibokensupport import feature  # noqa: E402

from Testing.translations import context_of  # noqa: E402

SLICER_TESTS = pythonqt_model.ROOT / "Testing" / "slicer"
WAIT_S = 300.0  # at the longest, on a machine that does other things too; what is waited for ends it
MODULE_FILE = pythonqt_model.MODULE_FOLDER / "Sketch2CT.py"


_LOADED = []


class QUiLoader(QtUiTools.QUiLoader):
    """Makes the model's classes, CTK's stand-ins included, where a .ui file names them."""

    def createWidget(self, class_name, parent=None, name=""):
        made = getattr(ctk, class_name, None) or getattr(qt, class_name)
        widget = made(parent)
        widget.objectName = name
        _LOADED.append(widget)  # the loader keeps no reference to what Python made
        return widget


class ScriptedLoadableModule:
    """Registration: Slicer hands in what shall be filled."""

    def __init__(self, parent):
        self.parent = parent


class ScriptedLoadableModuleWidget:
    """As Slicer's: a parent with a layout; without one it makes its own and sets itself up."""

    def __init__(self, parent=None):
        self.moduleName = type(self).__name__.removesuffix("Widget")
        made = parent is None
        if made:
            parent = qt.QWidget()
            parent.setLayout(qt.QVBoxLayout())
        self.parent, self.layout = parent, parent.layout()
        if made:
            self.setup()

    def resourcePath(self, name):
        return str(MODULE_FILE.parent / "Resources" / name)

    def setup(self):
        pass

    def cleanup(self):
        pass

    def onReload(self):
        self.cleanup()


class ScriptedLoadableModuleLogic:
    """As Slicer's, as far as ours uses it."""

    def __init__(self, parent=None):
        self.moduleName = type(self).__name__.removesuffix("Logic")


def install():
    """Puts everything in place, once; returns the module `slicer`."""
    for folder in (str(SLICER_TESTS), str(Path(__file__).resolve().parent)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    import slicer_core_app

    slicer_core_app.start()
    import slicer
    import slicer.util

    qt.QUiLoader = QUiLoader
    loadable = types.ModuleType("slicer.ScriptedLoadableModule")
    loadable.ScriptedLoadableModule = ScriptedLoadableModule
    loadable.ScriptedLoadableModuleWidget = ScriptedLoadableModuleWidget
    loadable.ScriptedLoadableModuleLogic = ScriptedLoadableModuleLogic
    loadable.ScriptedLoadableModuleTest = unittest.TestCase
    sys.modules["slicer.ScriptedLoadableModule"] = loadable
    slicer.ScriptedLoadableModule = loadable
    for name in ("slicer.util", "Sketch2CT"):
        pythonqt_model.use_properties(name)
    return slicer


def speak(language):
    """A model of `slicer.i18n` and of the setting behind it; to be called before the panels are imported.

    Args:
        language: As Slicer names it: de-DE.
    """
    slicer = install()
    i18n = types.ModuleType("slicer.i18n")
    i18n.translate = lambda context, text: QtCore.QCoreApplication.translate(context, text)

    def tr(text):
        return i18n.translate(context_of(Path(sys._getframe(1).f_code.co_filename)), text)

    i18n.tr = tr
    sys.modules["slicer.i18n"] = slicer.i18n = i18n
    slicer.app.settings().update({"Internationalization/Enabled": "true", "language": language})


def module():
    """Sketch2CT.py, imported as Slicer does it: by its file, under its name."""
    install()
    if "Sketch2CT" not in sys.modules:
        spec = importlib.util.spec_from_file_location("Sketch2CT", MODULE_FILE)
        made = importlib.util.module_from_spec(spec)
        sys.modules["Sketch2CT"] = made
        spec.loader.exec_module(made)
    return sys.modules["Sketch2CT"]


def open_module():
    """The module's widget as Slicer opens it; `widget.cleanup()` closes it."""
    parent = qt.QWidget()
    parent.setLayout(qt.QVBoxLayout())
    widget = module().Sketch2CTWidget(parent)
    widget.setup()
    parent.resize(520, 1600)
    parent.show()
    widget.enter()
    spin(lambda: False, 0.1)  # until it is laid out and painted
    return widget


def give_cache(folder):
    """The folder through which the scene unpacks .mrb files; the application gives it one of its own."""
    import slicer

    cache, manager = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
    cache.SetRemoteCacheDirectory(str(folder))
    cache.SetMRMLScene(slicer.mrmlScene)
    manager.SetCacheManager(cache)
    slicer.mrmlScene.SetCacheManager(cache)
    slicer.mrmlScene.SetDataIOManager(manager)


def turns(count):
    """Lets the event loop turn so often, however long a turn takes."""
    for _ in range(count):
        spin(lambda: False, 0.02)


def spin(until, timeout_s=WAIT_S):
    """Turns the event loop until a function is true; whether it came true in time."""
    clock = QtCore.QElapsedTimer()
    clock.start()
    application = pythonqt_model.application()
    while not until():
        application.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 20)
        QtCore.QThread.msleep(1)
        if clock.elapsed() > timeout_s * 1000:
            return False
    return True


assert feature  # the properties of this file's objects are attributes

"""Slicer's module, imported with stand-ins for Slicer: registration, and where it looks for the backend."""

import ast
import importlib.util
import sys
import types
import unittest

import pytest

import Sketch2CTLib
from Testing.rules.house import LIBRARY, ROOT, syntax

MODULE = ROOT / "Sketch2CT" / "Sketch2CT.py"
ALLOWED_AT_FILE_SCOPE = {*sys.stdlib_module_names, "slicer", "vtk", "qt", "ctk", "numpy"}


class Widget:
    def __init__(self, parent=None):
        self.layout = types.SimpleNamespace(addWidget=lambda widget: None, addStretch=lambda stretch: None)

    def setup(self):
        pass


@pytest.fixture
def module(monkeypatch):
    loadable = types.ModuleType("slicer.ScriptedLoadableModule")
    loadable.ScriptedLoadableModule = type("Module", (), {"__init__": lambda self, parent: None})
    loadable.ScriptedLoadableModuleWidget = Widget
    loadable.ScriptedLoadableModuleLogic = type("Logic", (), {})
    loadable.ScriptedLoadableModuleTest = unittest.TestCase
    slicer = types.ModuleType("slicer")
    slicer.mrmlScene = types.SimpleNamespace(Clear=lambda: None)
    qt = types.ModuleType("qt")
    qt.QLabel = types.SimpleNamespace
    qt.Qt = types.SimpleNamespace(TextSelectableByMouse=1)
    for name, stand_in in (("slicer", slicer), ("slicer.ScriptedLoadableModule", loadable), ("qt", qt)):
        monkeypatch.setitem(sys.modules, name, stand_in)
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location("Sketch2CTModule", MODULE)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_only_slicers_own_packages_at_file_scope():
    for node in syntax(MODULE).body:
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {(node.module or "").split(".")[0]}
        else:
            continue
        assert names <= ALLOWED_AT_FILE_SCOPE, f"Sketch2CT.py:{node.lineno} imports {names - ALLOWED_AT_FILE_SCOPE}"


def test_the_four_classes_and_the_category(module):
    parent = types.SimpleNamespace()
    module.Sketch2CT(parent)
    assert parent.title == "Sketch2CT"
    assert parent.categories == ["Image Synthesis"]
    for name in ("Sketch2CTWidget", "Sketch2CTLogic", "Sketch2CTTest"):
        assert hasattr(module, name)


def test_the_backend_is_found_one_folder_up_without_importing_it(module):
    logic = module.Sketch2CTLogic()
    assert logic.libraryFolder() == str(LIBRARY)
    assert logic.libraryVersion() == Sketch2CTLib.__version__


def test_the_panel_says_where_the_backend_is_and_that_drawing_comes_later(module):
    widget = module.Sketch2CTWidget()
    widget.setup()
    assert str(LIBRARY) in widget.statusLabel.text
    assert "not part of this version" in widget.statusLabel.text


def test_a_missing_backend_is_said_plainly(module, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "__file__", str(tmp_path / "Sketch2CT" / "Sketch2CT.py"))
    logic = module.Sketch2CTLogic()
    assert logic.libraryFolder() is None
    assert "not found" in logic.statusText()
    with pytest.raises(RuntimeError, match="Reinstall"):
        logic.makeLibraryImportable()


def test_the_self_test_passes(module):
    module.Sketch2CTTest().runTest()

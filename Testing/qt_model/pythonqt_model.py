"""A model of PythonQt on PySide6: modules `qt` and `ctk` that the module's panels import outside Slicer.

It models what our code relies on: one flat namespace, properties as attributes, `connect("signal(type)", slot)`, and
the refusal, in PythonQt's words, of new attributes on plain C++ objects, of properties that are static methods too
(`QTimer.singleShot`) and of those that only Qt 6 has. It is no proof of PythonQt itself; `Testing/rules` holds a lint
of what it cannot show.

    import pythonqt_model
    pythonqt_model.install()      # before the first import of Sketch2CTUI
"""

import ctypes
import os
import sys
import types
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets
from shibokensupport import feature

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from Testing.rules import qt_properties  # noqa: E402

MODULE_FOLDER = ROOT / "Sketch2CT"
_TRUE_PROPERTY = 0x02
_MODELS: set[type] = set()
_reads_pyside = feature._mod_uses_pyside


def _uses_pyside(module) -> bool:
    """PySide6 reads every loaded module's source for its name; torch.classes takes that for a class of its own."""
    try:
        return bool(_reads_pyside(module))
    except RuntimeError:
        return False


feature._mod_uses_pyside = _uses_pyside
feature.set_selection(_TRUE_PROPERTY, __name__)


def _keep_none_alive():
    """Shiboken on Python 3.11 gives away one reference to None with each call that returns nothing."""
    if sys.version_info < (3, 12):  # None is immortal from there on
        ctypes.c_ssize_t.from_address(id(None)).value += 1 << 40


def application() -> QtWidgets.QApplication:
    """The one application, off-screen unless the environment says otherwise."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QtWidgets.QApplication.instance() or QtWidgets.QApplication(["sketch2ct"])


def install() -> types.ModuleType:
    """Puts `qt` and `ctk` into `sys.modules`, the module's folder on the path, and returns `qt`; once."""
    application()
    if "qt" not in sys.modules:
        _keep_none_alive()
        sys.modules["qt"] = _flat_namespace()
        use_properties("ctk_model")
        import ctk_model

        sys.modules["ctk"] = ctk_model.module()
        for folder in (str(MODULE_FOLDER), str(ROOT)):
            if folder not in sys.path:
                sys.path.insert(0, folder)
    for file in MODULE_FOLDER.rglob("*.py"):
        use_properties(".".join(file.relative_to(MODULE_FOLDER).with_suffix("").parts))
    return sys.modules["qt"]


def use_properties(module_name: str) -> None:
    """Lets code of that module write properties as attributes, as PythonQt does."""
    feature.set_selection(_TRUE_PROPERTY, module_name)


def connect(self, signal, slot):
    """`object.connect("valueChanged(double)", slot)`, as PythonQt writes it.

    Raises:
        AttributeError: There is no such signal.
    """
    name, arguments = signal.rstrip(")").split("(")
    bound = getattr(self, name)
    if not hasattr(bound, "connect"):
        raise AttributeError(f"{type(self).__name__} has no signal {signal}")
    for form in _overloads(arguments):
        try:
            bound[form].connect(slot)
            return True
        except (IndexError, KeyError, TypeError):
            continue
    bound.connect(slot)
    return True


def disconnect(self, signal, slot):
    """Undoes `connect`."""
    return bool(getattr(self, signal.split("(")[0]).disconnect(slot))


def _object_name(self):
    """PythonQt's `name`, by which Slicer finds the widgets of a .ui file."""
    return self.objectName


def _overloads(arguments):
    """The forms in which PySide6 may know a signal's overload, the C++ names first."""
    names = [part.strip().removeprefix("const ").rstrip("&* ") for part in arguments.split(",") if part.strip()]
    python = {"double": float, "int": int, "bool": bool, "QString": str}
    types_ = tuple(python.get(name, name) for name in names)
    return [types_[0] if len(types_) == 1 else types_] if types_ else []


def _refusing(base):
    """`__setattr__` that refuses what PythonQt does; subclasses in Python may have attributes of their own."""

    def assign(self, name, value):
        if name in qt_properties.clashes(base.__name__):
            raise AttributeError(f"Slot '{name}' can not be overwritten on {type(self).__name__} object")
        held = getattr(type(self), name, None)
        if type(self) in _MODELS and isinstance(held, types.MethodDescriptorType):
            raise AttributeError(f"Slot '{name}' can not be overwritten on {base.__name__} object")
        only_qt6 = name in qt_properties.ONLY_QT6 and hasattr(base, name)
        if type(self) in _MODELS and (only_qt6 or not hasattr(type(self), name)):
            if isinstance(value, QtCore.QObject) and value.objectName == name:
                return None  # PySide6's loader of .ui files hangs children onto their window; PythonQt's does not
            if type(value).__name__ == "MetaFunction":
                return base.__setattr__(self, name, value)  # PySide6 keeps a slot that only the meta object knows
            raise AttributeError(
                f"'{name}' does not exist on {base.__name__} and creating new attributes on C++ objects is not allowed"
            )
        base.__setattr__(self, name, value)
        return None

    return assign


def _with_heads(self, *arguments):
    """A table's heads are objects of the model too: `connect` is PythonQt's there."""
    QtWidgets.QTableWidget.__init__(self, *arguments)
    qt = sys.modules["qt"]
    for orientation, give in ((qt.Qt.Horizontal, self.setHorizontalHeader), (qt.Qt.Vertical, self.setVerticalHeader)):
        head = qt.QHeaderView(orientation, self)  # as a child it keeps its Python side
        qt_properties.click_sections(head)
        give(head)


def _flat_namespace() -> types.ModuleType:
    qt = types.ModuleType("qt")
    for source in (QtCore, QtGui, QtWidgets):
        for name in dir(source):
            if not name.startswith("__"):
                setattr(qt, name, _modelled(name, getattr(source, name)))
    return qt


def _modelled(name, found):
    if not (isinstance(found, type) and issubclass(found, QtCore.QObject)):
        return found
    body = {"connect": connect, "disconnect": disconnect, "__setattr__": _refusing(found), "__module__": "qt"}
    body["name"] = property(_object_name)
    if issubclass(found, QtWidgets.QLayout):
        body["setContentsMargins"] = qt_properties.set_margins
    if found is QtWidgets.QTableWidget:
        body["__init__"] = _with_heads
    try:
        made = type(name, (found,), body)
    except TypeError:  # a final class
        return found
    _MODELS.add(made)
    return made

"""What can be set as an attribute in PythonQt, asked of Qt's meta-objects as PySide6 shows them.

PySide6 sets every property. PythonQt refuses one whose name it knows as a slot or a static method (of all classes that
the module uses that is `QTimer.singleShot`, tried on PythonQt 4.1 with Qt 5.15), and Slicer's Qt 5.15 lacks some.
"""

from functools import cache

# Of the classes that the module uses: what PySide6's Qt 6 has as a property and Qt 5.15 has not.
ONLY_QT6 = frozenset(
    {
        "accessibleIdentifier",
        "contentsMargins",
        "horizontalSizeConstraint",
        "keyboardSearchFlags",
        "labelDrawingMode",
        "layoutEnabled",
        "sectionsClickable",
        "sectionsMovable",
        "sortIndicatorClearable",
        "supportedDragActions",
        "updateThreshold",
        "verticalSizeConstraint",
    }
)


@cache
def properties(kind: str) -> frozenset[str]:
    """The properties of a class of Qt 5.15; empty where it has none or PySide6 is not there."""
    meta = getattr(_class(kind), "staticMetaObject", None)
    if meta is None:
        return frozenset()
    return frozenset(str(meta.property(number).name()) for number in range(meta.propertyCount())) - ONLY_QT6


@cache
def clashes(kind: str) -> frozenset[str]:
    """Those of them that are slots or static methods too: they are set by their `setName` alone."""
    found = _class(kind)
    meta = getattr(found, "staticMetaObject", None)
    if meta is None:
        return frozenset()
    slots = {bytes(meta.method(number).name()).decode() for number in range(meta.methodCount())}
    return frozenset(name for name in properties(kind) if name in slots or _is_static(found, name))


@cache
def clash_anywhere() -> frozenset[str]:
    """Names that clash in one class of Qt and are a property of no other: wrong on whatever object."""
    clashing: set[str] = set()
    settable: set[str] = set()
    for kind in _kinds():
        clashing |= clashes(kind)
        settable |= properties(kind) - clashes(kind)
    return frozenset(clashing - settable)


def set_margins(layout, *margins: int) -> None:
    """`setContentsMargins` of a layout, which PySide6 hides from files that write properties as attributes."""
    from PySide6 import QtWidgets

    QtWidgets.QLayout.setContentsMargins(layout, *margins)


def click_sections(header) -> None:
    """The same for `setSectionsClickable` of a table's head."""
    from PySide6 import QtWidgets

    QtWidgets.QHeaderView.setSectionsClickable(header, True)


def _is_static(found: type, name: str) -> bool:
    held = next((one.__dict__[name] for one in found.__mro__ if name in one.__dict__), None)
    return isinstance(held, staticmethod) or type(held).__name__ == "builtin_function_or_method"


@cache
def _modules():
    try:
        from PySide6 import QtCore, QtGui, QtWidgets
    except ImportError:
        return ()
    return QtWidgets, QtGui, QtCore


def _class(kind: str):
    return next((getattr(module, kind) for module in _modules() if hasattr(module, kind)), None)


def _kinds() -> list[str]:
    return [name for module in _modules() for name in dir(module) if name.startswith("Q")]

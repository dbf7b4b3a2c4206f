"""Notifications, later turns of the event loop, event filters and changes of the colours."""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Callable
from typing import Any

import qt

_FILTERS: weakref.WeakSet = weakref.WeakSet()  # the filters; each keeps the widget that it watches


class Listeners:
    """Functions that are called, in the order in which they were added, when the owner calls this object."""

    def __init__(self) -> None:
        self._functions: list[Callable[..., Any]] = []

    def add(self, function: Callable[..., Any]) -> None:
        """Adds a function; one that is there already stays once."""
        if function not in self._functions:
            self._functions.append(function)

    def remove(self, function: Callable[..., Any]) -> None:
        """Takes a function out; one that is not there is no error."""
        if function in self._functions:
            self._functions.remove(function)

    def clear(self) -> None:
        """Takes all out: the owner is going away."""
        self._functions.clear()

    def __call__(self, *arguments: Any) -> None:
        for function in tuple(self._functions):
            function(*arguments)


def timer(interval_ms: int, function: Callable[[], None]):
    """A timer that begins anew at each `start`; `function` stops it."""
    made = qt.QTimer()
    made.interval = int(interval_ms)
    made.connect("timeout()", function)
    return made


def single_shot(interval_ms: int, function: Callable[[], None]):
    """A timer that calls a function once after each `start`.

    It stops itself: PythonQt knows `singleShot` as QTimer's static method alone, and refuses to set the property.
    """

    def rung() -> None:
        made.stop()
        function()

    made = timer(interval_ms, rung)
    return made


def end_of(one) -> None:
    """Lets go of a timer that is not needed any more.

    A signal of PythonQt holds its function, and with it whoever holds the timer: both would stay for ever.
    """
    one.stop()
    one.deleteLater()


def install_filter(widget, event_filter) -> None:
    """Lets the `eventFilter` of an object see a widget's events; its class is in Python, a reference must be kept."""
    widget.installEventFilter(event_filter)
    event_filter.watched = widget
    _FILTERS.add(event_filter)


@atexit.register
def remove_filters() -> None:
    """Qt would call into an interpreter that is gone, and each event would print an error."""
    for event_filter in tuple(_FILTERS):
        try:
            event_filter.watched.removeEventFilter(event_filter)
        except (ValueError, RuntimeError):  # the widget went first; the one is PythonQt's, the other PySide6's
            continue


class PaletteWatch(qt.QWidget):
    """A hidden child of a panel; a Python reference must be kept.

    Attributes:
        on_palette: Called on the next turn of the event loop, when every widget has the new palette.
    """

    def __init__(self, parent) -> None:
        super().__init__(parent)
        self.visible = False
        self.on_palette = Listeners()
        self._later = single_shot(0, self.on_palette)

    def changeEvent(self, event):
        if event.type() == qt.QEvent.PaletteChange and getattr(self, "_later", None) is not None:
            self._later.start()

"""How the panels are called: guarded slots, notifications, timers, event filters, changes of the colours.

A guard stands around what a click starts and an answer brings: no fault leaves a panel waiting for ever. An unforeseen
fault becomes an error like the others, told in one sentence, and its traceback goes to the log. Slots of Qt swallow
exceptions: without the guard a run would stay at 'Cancel'. No other file of the module catches everything.
"""

from __future__ import annotations

import atexit
import logging
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import qt

from Sketch2CTLib.errors import Sketch2CTError

from .translation import _

_LOG = logging.getLogger(__name__)
_LONGEST_REASON = 200  # characters of what was raised
_HINT = _("The log of Slicer tells where; please report it, then try again.")
_FILTERS: weakref.WeakSet = weakref.WeakSet()  # the filters; each keeps the widget that it watches


class Unforeseen(Sketch2CTError):
    """A mistake of the program: nothing that a user did wrong."""

    code = "unforeseen"


@contextmanager
def guarding() -> Iterator[None]:
    """Lets errors of the tree pass; any other exception is logged with its traceback.

    Raises:
        Unforeseen: It takes the place of the other exception.
    """
    try:
        yield
    except Sketch2CTError:
        raise
    except Exception as error:
        _LOG.exception("An unforeseen fault")
        message = " ".join(str(error).split())[:_LONGEST_REASON]
        reason = f"{type(error).__name__}: {message}" if message else type(error).__name__
        raise Unforeseen(
            _("It failed for a reason that was not foreseen ({reason}).").format(reason=reason), hint=_HINT
        ) from error


def attempt(function: Callable[[], Any], tell: Callable[[Sketch2CTError], None]) -> None:
    """Calls a function; `tell` hears what it raises.

    Args:
        function: Called without arguments.
        tell: Called with the error. What it raises itself is logged.
    """
    try:
        with guarding():
            function()
    except Sketch2CTError as error:
        try:
            with guarding():
                tell(error)
        except Sketch2CTError:
            _LOG.warning("Nobody was told: %s", error)


def slot(function: Callable[..., Any], tell: Callable[[Sketch2CTError], None]) -> Callable[..., None]:
    """A function for a signal or a listener that calls another one; `tell` hears what that raises."""

    def guarded(*arguments: Any) -> None:
        attempt(lambda: function(*arguments), tell)

    return guarded


class Listeners:
    """Functions that are called, in the order in which they were added, when the owner calls this object."""

    def __init__(self) -> None:
        self._functions: list[Callable[..., Any]] = []

    def add(self, function: Callable[..., Any]) -> None:
        """Adds a function; one that is there already stays once."""
        if function not in self._functions:
            self._functions.append(function)

    def __call__(self, *arguments: Any) -> None:
        for function in tuple(self._functions):
            function(*arguments)


def timer(interval_ms: int, function: Callable[[], None]):
    """A timer that begins anew at each `start`; `function` stops it."""
    qtimer = qt.QTimer()
    qtimer.interval = int(interval_ms)
    qtimer.connect("timeout()", function)
    return qtimer


def single_shot(interval_ms: int, function: Callable[[], None]):
    """A timer that calls a function once after each `start`.

    It stops itself: PythonQt knows `singleShot` as QTimer's static method alone, and refuses to set the property.
    """

    def rung() -> None:
        qtimer.stop()
        function()

    qtimer = timer(interval_ms, rung)
    return qtimer


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

"""Event filters in Python, taken away before the interpreter ends: widgets may outlive it."""

from __future__ import annotations

import atexit
import weakref

_LIVING: weakref.WeakSet = weakref.WeakSet()  # the filters; each keeps the widget that it watches


def install(widget, event_filter) -> None:
    """Lets the `eventFilter` of an object see a widget's events; its class is in Python, a reference must be kept."""
    widget.installEventFilter(event_filter)
    event_filter.watched = widget
    _LIVING.add(event_filter)


@atexit.register
def remove_all() -> None:
    """Qt would call into an interpreter that is gone, and each event would print an error."""
    for event_filter in tuple(_LIVING):
        try:
            event_filter.watched.removeEventFilter(event_filter)
        except (ValueError, RuntimeError):  # the widget went first; the one is PythonQt's, the other PySide6's
            continue

"""Event filters in Python, taken away before the interpreter ends: widgets may outlive it."""

from __future__ import annotations

import atexit

_INSTALLED: list[tuple] = []  # (widget, filter)


def install(widget, event_filter) -> None:
    """Lets an object's `eventFilter` see a widget's events; both are kept until the program ends."""
    widget.installEventFilter(event_filter)
    _INSTALLED.append((widget, event_filter))


@atexit.register
def remove_all() -> None:
    """Qt would call into an interpreter that is gone, and each event would print an error."""
    while _INSTALLED:
        widget, event_filter = _INSTALLED.pop()
        try:
            widget.removeEventFilter(event_filter)
        except (ValueError, RuntimeError):  # the widget went first; the one is PythonQt's, the other PySide6's
            continue

"""Timers that call a function on a later turn of the event loop."""

from __future__ import annotations

from collections.abc import Callable

import qt


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

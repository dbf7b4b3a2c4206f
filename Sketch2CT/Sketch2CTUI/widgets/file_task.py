"""Work on files whose outcome a panel awaits: a thread does it, a timer asks for it, the window goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from Sketch2CTLib.errors import Sketch2CTError

from .file_work import FileWork
from .guard import attempt
from .timers import end_of, timer

_INTERVAL_MS = 10
_PATIENCE_S = 0.005  # of each interval: the thread has Python's lock for half of the time, painting and mouse the other
_LIVING: set[Errand] = set()  # kept until their threads have stopped


class Errand:
    """A function that runs in a thread from now on; touches files only.

    Args:
        function: See `file_work.FileWork`.
        on_done: Called in the main thread with what it gave back.
        on_failed: Called in the main thread with a Sketch2CTError otherwise, also where `on_done` or `on_tick` failed.
        on_tick: Called in the main thread now and then while it goes on.
    """

    def __init__(
        self,
        function: Callable[[Callable[[], None]], Any],
        on_done: Callable[[Any], None],
        on_failed: Callable[[Sketch2CTError], None],
        on_tick: Callable[[], None] | None = None,
    ) -> None:
        self._on_done, self._on_failed, self._on_tick = on_done, on_failed, on_tick
        self.is_over = False
        self._work = FileWork(function)
        self._timer = timer(_INTERVAL_MS, self._look)
        self._timer.start()
        _LIVING.add(self)

    def stop(self) -> None:
        """Asks it to stop; `on_failed` hears `Cancelled`, or `on_done` where it was done before."""
        self._work.give_up()

    def cancel(self) -> None:
        """The same, and nobody is told."""
        self.is_over = True
        self._work.give_up()

    def _look(self) -> None:
        try:
            came = self._work.take(_PATIENCE_S)
        except Sketch2CTError as error:
            self._end(self._on_failed, error)
            return
        if came is not None:
            self._end(self._on_done, *came)
        elif self._on_tick is not None and not self.is_over:
            attempt(self._on_tick, self._fell)

    def _fell(self, error: Sketch2CTError) -> None:
        """Whoever is told of its progress failed."""
        self.cancel()
        self._on_failed(error)

    def _end(self, tell: Callable[[Any], None], outcome: Any) -> None:
        """A cancelled one is looked at until here as well: its thread needs time to stop."""
        end_of(self._timer)
        _LIVING.discard(self)
        if not self.is_over:
            self.is_over = True
            attempt(lambda: tell(outcome), self._on_failed)

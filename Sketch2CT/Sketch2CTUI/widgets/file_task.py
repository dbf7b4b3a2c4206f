"""Work on files in a thread of its own, whose outcome a panel awaits: a disk may be slow, and the window goes on.

What the thread calls touches neither Qt nor MRML. Slicer's event loop holds Python's lock, so that a thread gets on
only while the main thread waits: a timer asks for the outcome with a moment's patience.

While threads work, Python's collector of cycles is kept in the main thread. It runs in whichever thread happens to
allocate, and a widget or node that it finds there is destroyed there: Qt and VTK crash of that.
"""

from __future__ import annotations

import atexit
import gc
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from Sketch2CTLib.errors import Cancelled, OutputError, Sketch2CTError

from .events import attempt, end_of, timer

_COLLECT_EVERY_S = 2.0  # between two collections of the main thread
_YOUNG = 1  # the generation that it collects, which takes a few milliseconds
_INTERVAL_MS = 10
_PATIENCE_S = 0.005  # of each interval: the thread has Python's lock for half of the time, painting and mouse the other
_QUIT_S = 0.5  # for all threads together when the whole program ends
_LIVING: set[FileTask] = set()  # kept until their threads have stopped


class _Collector:
    """How many threads keep the collector off, whether it was on before, and when the main thread collected last."""

    holders = 0
    was_enabled = True
    collected_at = 0.0


def hold_garbage() -> None:
    """Keeps other threads from collecting; called in the main thread, once for each `release_garbage`."""
    if _Collector.holders == 0:
        _Collector.was_enabled, _Collector.collected_at = gc.isenabled(), time.monotonic()
        gc.disable()
    _Collector.holders += 1


def release_garbage() -> None:
    """Undoes one `hold_garbage`; called in the main thread when the other thread has ended or sleeps."""
    _Collector.holders -= 1
    if _Collector.holders == 0 and _Collector.was_enabled:
        gc.enable()


def collect_garbage() -> None:
    """Collects in the main thread, where the collector is held and some time has passed."""
    due = time.monotonic() - _Collector.collected_at > _COLLECT_EVERY_S
    if _Collector.holders > 0 and _Collector.was_enabled and due:
        _Collector.collected_at = time.monotonic()
        gc.collect(_YOUNG)


class FileTask:
    """A function that runs in a thread from now on; it works on files alone.

    Args:
        function: Called in the thread with a function of no arguments, which it calls between two pieces of its work:
            that raises `Cancelled` once the task was stopped.
        on_done: Called in the main thread with what the function gave back.
        on_failed: Called in the main thread with a Sketch2CTError otherwise, also where `on_done` or `on_tick` failed.
        on_tick: Called in the main thread now and then while it goes on.

    Attributes:
        is_over: Whether nobody waits for it any more.
    """

    def __init__(
        self,
        function: Callable[[Callable[[], None]], Any],
        on_done: Callable[[Any], None],
        on_failed: Callable[[Sketch2CTError], None],
        on_tick: Callable[[], None] | None = None,
    ) -> None:
        self._function, self._stopped = function, threading.Event()
        self._on_done, self._on_failed, self._on_tick = on_done, on_failed, on_tick
        self._outcome: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.is_over = False
        # A daemon: a disk that never answers must not keep the program from ending.
        self._thread = threading.Thread(target=self._work, name="Sketch2CT files", daemon=True)
        self._timer = timer(_INTERVAL_MS, self._look)
        hold_garbage()
        _LIVING.add(self)
        self._thread.start()
        self._timer.start()

    @property
    def is_quiet(self) -> bool:
        """Whether its thread touches no file any more, also after `cancel`."""
        return self not in _LIVING

    def stop(self) -> None:
        """Asks it to stop after its present piece; `on_failed` hears `Cancelled`, or `on_done` where it was done."""
        self._stopped.set()

    def cancel(self) -> None:
        """Stops it, and neither function is called."""
        self.is_over = True
        self.stop()

    def join(self, timeout_s: float) -> None:
        """Waits for its thread."""
        self._thread.join(timeout_s)

    def _work(self) -> None:
        """Calls the function in the thread and puts its outcome where the main thread finds it.

        An error that is none of ours or the system's is a mistake of the program: `on_failed` hears of one, and the
        traceback goes where those of threads go.
        """
        outcome: Any = OutputError("Files could not be read or written.", hint="Look into the log, then try again.")
        try:
            outcome = self._function(self._check)
        except Sketch2CTError as error:
            outcome = error
        except OSError as error:
            outcome = OutputError(
                f"A file cannot be read or written ({error.strerror or error}).", hint="Is it in use?"
            )
        finally:
            self._outcome.put(outcome)

    def _check(self) -> None:
        if self._stopped.is_set():
            raise Cancelled("Nobody waits for these files any more.")

    def _look(self) -> None:
        """Asks for the outcome; also after `cancel`, until the thread has stopped."""
        try:
            outcome = self._outcome.get(timeout=_PATIENCE_S)
        except queue.Empty:
            collect_garbage()
            if self._on_tick is not None and not self.is_over:
                attempt(self._on_tick, self._tick_failed)
            return
        self._thread.join()  # it has nothing left to do
        release_garbage()
        end_of(self._timer)
        _LIVING.discard(self)
        if not self.is_over:
            self.is_over = True
            tell = self._on_failed if isinstance(outcome, Sketch2CTError) else self._on_done
            attempt(lambda: tell(outcome), self._on_failed)

    def _tick_failed(self, error: Sketch2CTError) -> None:
        self.cancel()
        self._on_failed(error)


@atexit.register
def _end_all() -> None:
    """Has half-written files removed while the program ends, where the disk answers within a moment."""
    living = tuple(_LIVING)
    for task in living:
        task.stop()
    until = time.monotonic() + _QUIT_S
    for task in living:
        task.join(max(0.0, until - time.monotonic()))

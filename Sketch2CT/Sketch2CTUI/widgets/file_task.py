"""Work on files whose outcome a panel awaits: a thread does it, a timer asks for it, the window goes on."""

from __future__ import annotations

import atexit
import gc
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from Sketch2CTLib.errors import Cancelled, OutputError, Sketch2CTError

from .events import end_of, timer
from .guard import attempt

_EVERY_S = 2.0  # between two collections of the main thread
_GENERATION = 1  # of them: the young cycles, a few milliseconds
PATIENCE_S = 0.001  # that a look at the outcome waits
_QUIT_S = 0.5  # for all threads together when the whole program ends
_WORKING: set[FileWork] = set()
_INTERVAL_MS = 10
_PATIENCE_S = 0.005  # of each interval: the thread has Python's lock for half of the time, painting and mouse the other
_LIVING: set[FileTask] = set()  # kept until their threads have stopped


class _Held:
    """How many hold it, whether it was on before, and when the main thread collected last."""

    count = 0
    was_enabled = True
    collected_at = 0.0


def hold_garbage() -> None:
    """From now on no other thread collects; called in the main thread, once for each `release_garbage`."""
    if _Held.count == 0:
        _Held.was_enabled, _Held.collected_at = gc.isenabled(), time.monotonic()
        gc.disable()
    _Held.count += 1


def release_garbage() -> None:
    """Undoes one `hold_garbage`; called in the main thread when the other thread has ended or sleeps."""
    _Held.count -= 1
    if _Held.count == 0 and _Held.was_enabled:
        gc.enable()


def collect_garbage() -> None:
    """Collects what has gathered, where it is held and some time has passed."""
    if _Held.count > 0 and _Held.was_enabled and time.monotonic() - _Held.collected_at > _EVERY_S:
        _Held.collected_at = time.monotonic()
        gc.collect(_GENERATION)


class Outcome:
    """What a thread brings, once: it is put in there and taken out here.

    Attributes:
        is_in: Whether the thread has done its work; from then on it touches no file.
    """

    def __init__(self) -> None:
        self._came: queue.SimpleQueue = queue.SimpleQueue()
        self.is_in = False

    def put(self, function: Callable[[], Any]) -> None:
        """Calls a function, in the thread; what it gives or raises is the outcome. Nothing leaves the thread but that.

        An error that is none of ours or the system's is a mistake of the program: it is told as such, and its traceback
        goes where those of threads go.
        """
        came: Any = OutputError("Files could not be read or written.", hint="Look into the log, then try again.")
        try:
            came = function()
        except Sketch2CTError as error:
            came = error
        except OSError as error:
            came = OutputError(f"A file cannot be read or written ({error.strerror or error}).", hint="Is it in use?")
        finally:
            self.is_in = True
            self._came.put(came)

    def take(self, patience_s: float = 0.0) -> tuple[Any] | None:
        """The outcome in a tuple, or None while there is none.

        Args:
            patience_s: How long to wait for it; threads run meanwhile.

        Raises:
            Sketch2CTError: That is the outcome.
        """
        try:
            came = self._came.get(timeout=patience_s) if patience_s else self._came.get_nowait()
        except queue.Empty:
            return None
        if isinstance(came, Sketch2CTError):
            raise came
        return (came,)


class FileWork:
    """A function that runs in a thread from now on. It is asked, in the main thread, until it `is_quiet`.

    Args:
        function: Called in the thread with a function of no arguments, which it calls between two pieces of its work:
            that raises `Cancelled` when nobody waits any more.
    """

    def __init__(self, function: Callable[[Callable[[], None]], Any]) -> None:
        self._function, self._stop, self._outcome = function, threading.Event(), Outcome()
        # A daemon: a disk that never answers must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="Sketch2CT files", daemon=True)
        self._holds = True
        hold_garbage()
        _WORKING.add(self)
        self._thread.start()

    @property
    def is_quiet(self) -> bool:
        """Whether its thread does nothing any more."""
        if self._thread.is_alive():
            collect_garbage()
            return False
        if self._holds:
            self._holds = False
            release_garbage()
        return True

    def take(self, patience_s: float = PATIENCE_S) -> tuple[Any] | None:
        """See `Outcome.take`."""
        try:
            return self._outcome.take(patience_s)
        finally:
            if self._outcome.is_in:
                self._thread.join()  # it has nothing left to do
            self.is_quiet  # noqa: B018  gives the collector back

    def give_up(self) -> None:
        """Lets it stop at the end of the piece that it is at; its outcome does not matter."""
        self._stop.set()

    def join(self, timeout_s: float) -> None:
        """Waits until its thread has ended, as long as that."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        self._outcome.put(lambda: self._function(self._check))
        _WORKING.discard(self)

    def _check(self) -> None:
        if self._stop.is_set():
            raise Cancelled("Nobody waits for these files any more.")


@atexit.register
def _end_all() -> None:
    """While the program ends: what is half written is taken away, where the disk answers within a moment."""
    living = tuple(_WORKING)
    for work in living:
        work.give_up()
    until = time.monotonic() + _QUIT_S
    for work in living:
        work.join(max(0.0, until - time.monotonic()))


class FileTask:
    """A function that runs in a thread from now on; touches files only.

    Args:
        function: See `FileWork`.
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

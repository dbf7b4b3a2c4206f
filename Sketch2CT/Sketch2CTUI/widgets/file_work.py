"""Work on files in a thread of its own: a write may wait for the disk, and the window must not wait with it.

What the thread calls touches neither Qt nor MRML. Slicer's event loop holds Python's lock, so that a thread gets on
only while the main thread waits: whoever asks for the outcome does so with a moment's patience.
"""

from __future__ import annotations

import atexit
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from Sketch2CTLib.errors import Cancelled, OutputError, Sketch2CTError

from . import garbage

PATIENCE_S = 0.001  # that a look at the outcome waits
_QUIT_S = 0.5  # for all threads together when the whole program ends
_LIVING: set[FileWork] = set()


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
        garbage.hold()
        _LIVING.add(self)
        self._thread.start()

    @property
    def is_quiet(self) -> bool:
        """Whether its thread does nothing any more."""
        if self._thread.is_alive():
            garbage.collect_in_main_thread()
            return False
        if self._holds:
            self._holds = False
            garbage.release()
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
        _LIVING.discard(self)

    def _check(self) -> None:
        if self._stop.is_set():
            raise Cancelled("Nobody waits for these files any more.")


@atexit.register
def _end_all() -> None:
    """While the program ends: what is half written is taken away, where the disk answers within a moment."""
    living = tuple(_LIVING)
    for work in living:
        work.give_up()
    until = time.monotonic() + _QUIT_S
    for work in living:
        work.join(max(0.0, until - time.monotonic()))

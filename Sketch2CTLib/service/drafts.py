"""Drafts beside the jobs: a process of its own computes one after the other, and of a session the newest is next.

A process, not a thread: the number of threads, of which the bits of a result depend, and Python's lock are the running
job's own, and the system gives the job the processor first.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from ..errors import Cancelled
from .client.local import SubprocessWorker, worker_environment
from .client.transport import Hear
from .protocol.events import Event, Failed
from .protocol.faults import Busy, Closing, DuplicateId, WorkerLost
from .protocol.messages import Draft

MOST_WAITING = 64  # sessions
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
_SUPERSEDED = Cancelled("A newer draft took the place of this one.")


def drafter_command(preset: str = "", models: Path | None = None) -> list[str]:
    """The command that starts the process; the model is that of drafts that name none."""
    named = ["--preset", preset] * bool(preset) + ["--models", str(models)] * (models is not None)
    return [sys.executable, "-m", "Sketch2CTLib.service.drafter", *named]


class Drafts:
    """The drafts of all sessions; the process starts with the first one, and again after it died.

    All methods may be called from any thread; none waits.

    Args:
        command: Starts the process.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._process: SubprocessWorker | None = None
        self._waiting: dict[str, tuple[Draft, Hear]] = {}  # session → its newest draft, in the order of coming
        self._is_busy = self._closed = False
        self._lock = threading.Lock()

    def ask(self, request: Draft, hear: Hear) -> None:
        """Takes a draft; `hear` gets its one event, from any thread.

        Raises:
            Busy: Too many sessions wait.
            Closing: The service is shutting down.
        """
        session = request.session or ""
        with self._lock:
            if self._closed:
                raise Closing("The service is shutting down.", hint="Start it again.")
            if session not in self._waiting and len(self._waiting) >= MOST_WAITING:
                raise Busy(f"{len(self._waiting)} drafts are before this one; no more are taken.", hint="Try again.")
            former = self._waiting.get(session)
            self._waiting[session] = (request, hear)  # in the former one's place
        if former is not None:
            former[1](Failed.of(_SUPERSEDED, former[0].id))
        self._go_on()

    def close(self) -> None:
        """Lets the process end, without waiting for it; what waits is answered."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
            waiting, self._waiting = list(self._waiting.values()), {}
        for request, hear in waiting:
            hear(Failed.of(_SUPERSEDED, request.id))
        if process is not None:
            process.let_go()

    def _go_on(self) -> None:
        """Hands the next draft to the process, where that has nothing to do."""
        with self._lock:
            if self._is_busy or self._closed or not self._waiting:
                return
            self._is_busy = True
            request, hear = self._waiting.pop(next(iter(self._waiting)))

        def answered(event: Event) -> None:
            hear(event)
            with self._lock:
                self._is_busy = False
            self._go_on()

        try:
            self._living().send(request, answered)
        except (WorkerLost, DuplicateId) as error:
            answered(Failed.of(error, request.id))

    def _living(self) -> SubprocessWorker:
        with self._lock:
            if self._closed:
                raise WorkerLost("The service is shutting down.", hint="Start it again.")
            if self._process is None or self._process.is_lost:
                self._process = SubprocessWorker(self._command, worker_environment(_ONE_THREAD))
            return self._process

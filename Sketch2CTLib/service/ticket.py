"""One job's state and events, for any number of listeners, late ones too."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ..errors import Cancelled
from .protocol.events import Event, Failed, Preview, Progress, Queued
from .protocol.messages import JobRequest

TicketState = Literal["queued", "running", "done", "failed", "cancelled"]
Listener = Callable[[Event], None]
_LOG = logging.getLogger(__name__)


class Ticket:
    """A job as its queue knows it: the state, the events so far, a way to listen and a way to stop it.

    All methods may be called from any thread.

    Args:
        request: The request; it is let go of when the job has ended, since it may hold large files.
        folder: The folder of the job's files; it need not exist.
    """

    def __init__(self, request: JobRequest, folder: Path) -> None:
        self.job, self.folder = request.id, folder
        self.request: JobRequest | None = request
        self._state: TicketState = "queued"
        self._events: list[Event] = []
        self._listeners: list[Listener] = []
        self._seq = 0
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._stop = threading.Event()

    @property
    def state(self) -> TicketState:
        """One of queued, running, done, failed and cancelled."""
        return self._state

    @property
    def is_over(self) -> bool:
        """Whether the last event was said."""
        return self._over.is_set()

    @property
    def last(self) -> Event | None:
        """The last event, once the job is over."""
        with self._lock:
            return self._events[-1] if self.is_over else None

    def begin(self) -> None:
        """Marks the job as running."""
        self._state = "running"

    def say(self, event: Event) -> None:
        """Adds an event of this job; after the last one nothing is added any more.

        Listeners are called in this thread, so they must not block; one that raises is dropped. Of progress in a stage
        and of places in the queue, the history keeps the latest alone.
        """
        with self._lock:
            if self.is_over:
                return
            self._seq += 1
            event = event.model_copy(update={"id": self.job, "job": self.job, "seq": self._seq})
            self._events = [old for old in self._events if not _outdates(event, old)] + [event]
            if event.is_last:
                self._end(event)
            self._listeners = [hear for hear in self._listeners if _heard_by(hear, event)]
            if event.is_last:
                self._listeners.clear()

    def _end(self, last: Event) -> None:
        self._state = "done"
        if isinstance(last, Failed):
            self._state = "cancelled" if last.code == Cancelled.code else "failed"
        self.request = None
        self._over.set()

    def subscribe(self, hear: Listener, *, after: int = 0) -> Callable[[], None]:
        """Calls `hear` with the events after number `after`, the former ones now and the others as they come.

        Args:
            hear: Must not block: it is called from the thread that computes. Put the event in a queue.
            after: The `seq` of the last event that was heard.

        Returns:
            What ends the subscription; it may be called twice.
        """
        with self._lock:
            listening = all(_heard_by(hear, event) for event in self.history(after=after))
            if listening and not self.is_over:
                self._listeners.append(hear)

        def leave() -> None:
            with self._lock:
                if hear in self._listeners:
                    self._listeners.remove(hear)

        return leave

    def history(self, *, after: int = 0) -> tuple[Event, ...]:
        """The events so far with a larger `seq` than `after`."""
        with self._lock:
            return tuple(event for event in self._events if event.seq > after)

    def wait(self, timeout_s: float | None = None) -> Event | None:
        """The last event, once the job is over; None where it is not over after `timeout_s`."""
        self._over.wait(timeout_s)
        return self.last

    @property
    def is_stopping(self) -> bool:
        """Whether the job was asked to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Asks the job to stop at its next `check`; see `Engine.cancel`."""
        self._stop.set()

    def check(self) -> None:
        """Goes on, or stops the job.

        Raises:
            Cancelled: It was asked to stop.
        """
        if self.is_stopping:
            raise Cancelled("The job was cancelled.")


def _heard_by(hear: Listener, event: Event) -> bool:
    """Whether a listener took an event; one that fails is dropped, so that it cannot end the job of the others."""
    try:
        hear(event)
    except (RuntimeError, ValueError, OSError) as error:  # a closed event loop, pipe or file
        _LOG.warning("A listener of job '%s' is dropped: %s", event.job, error)
        return False
    return True


def _outdates(new: Event, old: Event) -> bool:
    if isinstance(new, Progress):
        return isinstance(old, Progress) and old.stage == new.stage
    if isinstance(new, Preview):  # of glimpses the latest; a candidate's own mask stays
        return isinstance(old, Preview) and old.candidate == 0
    return isinstance(old, Queued) and isinstance(new, Queued)

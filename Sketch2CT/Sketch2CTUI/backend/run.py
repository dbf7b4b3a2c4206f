"""One run of the backend: its events on their way to whoever asked, and its end, which comes exactly once."""

from __future__ import annotations

import time
import weakref
from collections import deque
from collections.abc import Callable

from Sketch2CTLib.errors import Sketch2CTError

from ..widgets.guard import attempt
from .words import plain

CANCEL_S = 3.0  # how long a worker may take to end a run before it is killed
_SUPERSEDED = ("progress", "queued")


class Run:
    """What `Backend.submit` gives back.

    Args:
        link: The client that carries it.
        call: Its request.
        heard: on_progress, on_preview, on_done, on_failed.
        owner: Whose run it is; when it is gone, the run is dropped. None: nobody's in particular.
    """

    def __init__(self, link, call, heard: dict[str, Callable], owner=None) -> None:
        self._link, self._call, self._heard = link, call, heard
        self._owner = weakref.ref(owner) if owner is not None else None
        self._events: deque = deque()
        self._asked_at: float | None = None
        self.is_over = False

    @property
    def id(self) -> str:
        """Of the request, which is the job's."""
        return self._call.job

    def cancel(self) -> None:
        """Asks the service to stop; the run ends as cancelled, after 3 s at the latest."""
        if self.is_over or self._asked_at is not None:
            return
        self._asked_at = time.monotonic()
        self._link.cancel(self.id)

    def drop(self) -> None:
        """Cancels, and nothing is told any more."""
        self._heard = {}
        self.cancel()

    def forget(self) -> None:
        """Ends at once, without a word to anybody: its service goes away."""
        self._heard, self.is_over = {}, True

    def tick(self) -> None:
        """Hands on what arrived, and ends what must end."""
        if self._owner is not None and self._owner() is None:
            self._owner = None
            self.drop()
        self._events.extend(self._call.poll())
        while self._events and not self.is_over:
            event = self._events.popleft()
            if not self._is_superseded(event):
                self._hand_on(event)
        if not self.is_over and self._asked_at is not None and time.monotonic() - self._asked_at > CANCEL_S:
            self._link.kill()
            self._end_cancelled()

    def _is_superseded(self, event) -> bool:
        """Whether a later event of the same kind waits, of which the latest is enough."""
        if not self._events or self._events[0].kind != event.kind:
            return False
        return event.kind in _SUPERSEDED or (event.kind == "preview" and event.candidate == 0)

    def _hand_on(self, event) -> None:
        if event.is_last and self._asked_at is not None:  # also where it was done a moment before
            self._end_cancelled()
        elif event.kind == "preview":
            self._tell("on_preview", event)
        elif not event.is_last:
            self._tell("on_progress", event)
        else:
            self.is_over = True
            if event.kind == "error":
                self._tell("on_failed", plain(event))
            else:
                self._tell("on_done", event)

    def _end_cancelled(self) -> None:
        from Sketch2CTLib.errors import Cancelled
        from Sketch2CTLib.service.protocol.events import Failed

        self.is_over = True
        self._tell("on_failed", Failed.of(Cancelled("The run was cancelled."), self.id, self.id))

    def _tell(self, name: str, event) -> None:
        function = self._heard.get(name)
        if function is not None:
            attempt(lambda: function(event), self._broke)

    def _broke(self, error: Sketch2CTError) -> None:
        """Whoever listens failed: the run ends here, and the service is asked to stop."""
        from Sketch2CTLib.service.protocol.events import Failed

        on_failed = self._heard.get("on_failed")
        if not self.is_over:
            self.drop()
            self.is_over = True
        if on_failed is not None:
            on_failed(Failed.of(error, self.id, self.id))

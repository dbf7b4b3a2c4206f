"""One request and the events that answer it."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ...errors import ServiceUnavailable
from ..protocol.events import Event, Failed, Result
from ..protocol.messages import AnyRequest, Attach

if TYPE_CHECKING:
    from .client import Client


class Call:
    """What `Client.send` gives back. Used from one thread; events arrive from another meanwhile.

    Either a program waits, with `follow` or `result`; or it looks in now and then, with `poll` (a Qt timer does).

    Args:
        client: Whose request it is.
        request: What was asked.
        on_event: Called by `poll`, `follow` and `result`, in their thread, with each event once.
    """

    def __init__(self, client: Client, request: AnyRequest, on_event: Callable[[Event], None] | None = None) -> None:
        self.client, self.request = client, request
        self._on_event = on_event
        self._arrived: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._last: Event | None = None

    @property
    def job(self) -> str:
        """The job that it is about."""
        return self.request.job if isinstance(self.request, Attach) else self.request.id

    @property
    def last(self) -> Event | None:
        """The last event, once it was taken."""
        return self._last

    @property
    def is_over(self) -> bool:
        """Whether the last event was taken."""
        return self._last is not None

    def hear(self, event: Event) -> None:
        """Takes an event from a transport; never blocks."""
        self._arrived.put(event)

    def poll(self) -> list[Event]:
        """The events that arrived since; never blocks."""
        found: list[Event] = []
        while not self.is_over and not self._arrived.empty():
            found.append(self._taken(self._arrived.get_nowait()))
        return found

    def follow(self, timeout_s: float | None = None) -> Iterator[Event]:
        """The events as they come, the last one included; blocks between them.

        Raises:
            ServiceUnavailable: Nothing came for `timeout_s`.
        """
        while not self.is_over:
            try:
                event = self._arrived.get(timeout=timeout_s)
            except queue.Empty as error:
                raise ServiceUnavailable(f"The service was silent for {timeout_s:g} s.") from error
            yield self._taken(event)

    def wait(self, timeout_s: float | None = None) -> Event:
        """The last event of a request that went well; blocks.

        Raises:
            ServiceUnavailable: It is not there after `timeout_s`.
            Sketch2CTError: What the service answered.
        """
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while self._last is None:
            left = None if until is None else max(until - time.monotonic(), 0.0)
            try:
                self._taken(self._arrived.get(timeout=left))
            except queue.Empty as error:
                raise ServiceUnavailable(f"The service did not answer within {timeout_s:g} s.") from error
        if isinstance(self._last, Failed):
            raise self._last.error()
        return self._last

    def result(self, timeout_s: float | None = None) -> Result:
        """The result of `generate`; blocks.

        Raises:
            ServiceUnavailable: It is not there after `timeout_s`, or the service ended without it.
            Sketch2CTError: What the service answered.
        """
        last = self.wait(timeout_s)
        if not isinstance(last, Result):
            raise ServiceUnavailable(f"The job '{self.job}' ended without a result.")
        return last

    def cancel(self) -> Call:
        """Asks the service to stop the job; this call then ends with an `error` of code `cancelled`."""
        return self.client.cancel(self.job)

    def _taken(self, event: Event) -> Event:
        if event.is_last:
            self._last = event
        if self._on_event is not None:
            self._on_event(event)
        return event

"""The seam between a client and the service: one method carries every message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ..protocol.events import Event, Preview, Result
from ..protocol.messages import AnyRequest

Hear = Callable[[Event], None]


class Transport(Protocol):
    """Carries messages to a service; `LocalTransport` to a process, `HttpTransport` (client/http.py) to a server.

    A transport keeps threads of its own, so that no call blocks longer than it takes to hand a message on; it may be
    used from any thread, for any number of requests at once.
    """

    def exchange(self, request: AnyRequest, hear: Hear) -> None:
        """Sends a request and returns at once; the events that answer it come through `hear`.

        `hear` is called from a thread of the transport, event by event in their order, each with the request's own
        `id` (of an attached job too: its events bear the job in `job`), and **exactly one of them is the last**
        (`event.is_last`). What goes wrong on the way is such an event too, `Failed.of(error, request.id)`: nothing is
        raised.

        Of a server: a broken stream of a job is taken up again where it broke (`after`), and a server that stays away
        ends the job with `service_unavailable`. Of a process: one that dies ends all its jobs with `worker_lost`, and
        the next request starts another.
        """
        ...

    def fetch(self, event: Result | Preview, name: str, target: Path) -> None:
        """Brings a file of a result to this machine; blocks. The file appears whole or not at all.

        Args:
            event: Names its job, and on a local worker its folder.
            name: The file's name in the event.
            target: The path that it is written to.

        Raises:
            UnknownJob: The job or its file is gone.
            ServiceUnavailable: The service is.
            OutputError: The target cannot be written.
        """
        ...

    def close(self) -> None:
        """Lets go of the service; a worker of one's own ends. Jobs that run there end with an `error` event."""
        ...

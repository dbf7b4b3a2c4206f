"""Events as a stream of server-sent events or JSON lines, from any event on, with a heartbeat in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from ..protocol.events import Event
from ..protocol.lines import encoded
from ..ticket import Ticket

NDJSON, SSE = "application/x-ndjson", "text/event-stream"
HEARTBEAT_S = 10.0  # between lines without content, from which either side learns that the other is gone
MOST_UNSENT = 2000  # events for a listener that does not read; then its stream ends, and it may come again


def framed(event: Event, media: str) -> bytes:
    """An event as bytes of the stream."""
    line = encoded(event)
    if media == NDJSON:
        return line
    kind = getattr(event, "kind", "unknown")
    return f"id: {event.seq}\nevent: {kind}\ndata: ".encode() + line + b"\n"


async def stream_of(
    ticket: Ticket, after: int, media: str, *, heartbeat_s: float = HEARTBEAT_S
) -> AsyncIterator[bytes]:
    """The events of a job after number `after`, until its last one.

    Args:
        ticket: The job.
        after: The number of the last event that the listener has.
        media: `NDJSON` or `SSE`.
        heartbeat_s: Seconds of silence after which an empty line is sent.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[Event] = asyncio.Queue()
    leave = ticket.subscribe(lambda event: _put(loop, arrived, event), after=after)
    try:
        while arrived.qsize() <= MOST_UNSENT:
            try:
                event = await asyncio.wait_for(arrived.get(), heartbeat_s)
            except TimeoutError:
                yield b"\n" if media == NDJSON else b": \n\n"
                continue
            yield framed(event, media)
            if event.is_last:
                return
    finally:
        leave()


def _put(loop: asyncio.AbstractEventLoop, arrived: asyncio.Queue[Event], event: Event) -> None:
    """Called in the thread that computes; of a closed loop the RuntimeError makes the ticket drop the listener."""
    loop.call_soon_threadsafe(arrived.put_nowait, event)

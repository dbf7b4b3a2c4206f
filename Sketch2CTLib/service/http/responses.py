"""Responses: errors with their HTTP status, code, message and hint; and events as a stream, from any event on."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator
from http import HTTPStatus

from pydantic import BaseModel, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...errors import Cancelled, InputError, OutputError, ServiceUnavailable, Sketch2CTError
from ..protocol.events import Event
from ..protocol.faults import Busy, DuplicateId, ProtocolError, Refused, TooLarge, UnknownJob
from ..protocol.lines import encoded
from ..ticket import Ticket

NDJSON, SSE = "application/x-ndjson", "text/event-stream"
HEARTBEAT_S = 10.0  # between lines without content, from which either side learns that the other is gone
MOST_UNSENT = 2000  # events for a listener that does not read; then its stream ends, and it may come again
RETRY_S = 5.0  # where nothing better is known
_STATUS: tuple[tuple[type[Sketch2CTError], HTTPStatus], ...] = (
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (ProtocolError, HTTPStatus.BAD_REQUEST),
    (DuplicateId, HTTPStatus.CONFLICT),
    (UnknownJob, HTTPStatus.NOT_FOUND),
    (Refused, HTTPStatus.FORBIDDEN),
    (Busy, HTTPStatus.TOO_MANY_REQUESTS),
    (ServiceUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (InputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Cancelled, HTTPStatus.CONFLICT),
    (OutputError, HTTPStatus.INSUFFICIENT_STORAGE),
)


class Fault(BaseModel):
    """An error, as it travels."""

    code: str = Field(description="Stable; PROTOCOL.md lists them.")
    message: str
    hint: str = ""


def status_of(error: Sketch2CTError) -> HTTPStatus:
    """The HTTP status of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def answer_of(error: Sketch2CTError, status: int | None = None, *, retry_s: float | None = None) -> Response:
    """An error as an answer; one that will pass says when to try again.

    Args:
        error: The error.
        status: The HTTP status; by default the one of the error's class.
        retry_s: Seconds after which another try may succeed.
    """
    status = int(status_of(error)) if status is None else status
    headers = {"Cache-Control": "no-store"}
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = str(math.ceil(RETRY_S if retry_s is None else retry_s))
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers["Connection"] = "close"  # the rest of the body is not read
    content = json.dumps(error.to_dict(), ensure_ascii=False)
    return Response(content, status, headers, media_type="application/json")


async def send_error(
    error: Sketch2CTError, scope: Scope, receive: Receive, send: Send, status: int | None = None
) -> None:
    """Answers with an error, without reading what was sent."""
    await answer_of(error, status)(scope, receive, send)


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

"""Errors as answers: the status that HTTP has for each, and the same code, message and hint as everywhere."""

from __future__ import annotations

import json
import math
from http import HTTPStatus

from pydantic import BaseModel, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...errors import Cancelled, InputError, OutputError, ServiceUnavailable, Sketch2CTError
from ..protocol.faults import Busy, DuplicateId, ProtocolError, Refused, TooLarge, UnknownJob

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

"""Messages as JSON, one a line in UTF-8, of bounded length; whatever the bytes, the answer is a message or an error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError

from .events import EVENTS, Event, Unknown
from .faults import ProtocolError, TooLarge, UnknownMessage
from .messages import MOST_LINE_BYTES, REQUESTS, AnyRequest, ClientRequest, Message

CHUNK_BYTES = 64 * 1024
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LONGEST_SHOWN = 60
_HINT = "PROTOCOL.md shows every message."


def encoded(message: Message) -> bytes:
    """A message as one line, its end included; a request leaves out fields at their defaults."""
    kind = getattr(message, "kind", "unknown")
    if isinstance(message, ClientRequest):  # by pydantic alone: lists of ten thousand points are not made anew
        return f'{{"kind":{json.dumps(kind)},{message.model_dump_json(exclude_defaults=True)[1:]}\n'.encode()
    record = {"kind": kind} | message.model_dump(mode="json")
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def decoded_request(line: bytes) -> AnyRequest:
    """The request in a line.

    Raises:
        UnknownMessage: Its kind is not known.
        ProtocolError: It is not JSON in UTF-8, not an object, or a field is wrong.
    """
    return request_of(decoded_json(line, "line"))


def request_of(record: object) -> AnyRequest:
    """The request in a JSON object; raises as `decoded_request`."""
    if not isinstance(record, dict):
        raise ProtocolError("A message must be a JSON object.", hint=_HINT)
    identifier = _identifier(record.get("id"))
    kind = record.get("kind")
    request_class = REQUESTS.get(kind) if isinstance(kind, str) else None
    if request_class is None:
        raise UnknownMessage(
            f"There is no request of kind {_short(kind)}.",
            hint=f"This version knows {', '.join(REQUESTS)}.",
            request_id=identifier,
        )
    try:
        return request_class.model_validate(record)  # type: ignore[return-value]
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:_LONGEST_SHOWN] or kind
        reason = " ".join(first["msg"].split())[:200]
        raise ProtocolError(
            f"The request '{kind}' cannot be used: '{where}': {reason}.", hint=_HINT, request_id=identifier
        ) from error


def decoded_event(line: bytes) -> Event:
    """The event in a line; one of a later version is `Unknown`.

    Raises:
        ProtocolError: It is not JSON, not an object, or a field is wrong.
    """
    record = decoded_json(line, "line")
    if not isinstance(record, dict):
        raise ProtocolError("An event must be a JSON object.", hint=_HINT)
    kind = record.get("kind")
    event_class = EVENTS.get(kind, Unknown) if isinstance(kind, str) else Unknown
    try:
        return event_class.model_validate(record)
    except ValidationError as error:
        raise ProtocolError(f"The event {_short(kind)} cannot be used.", hint="Update Sketch2CT.") from error


class LineBuffer:
    """Cuts a byte stream that comes in pieces into lines; a line beyond the limit is passed over without being kept.

    Args:
        limit: The most bytes of a line, its end not counted.
        most: The most lines that one piece gives, its last ones; None gives all of them.
    """

    def __init__(self, limit: int = MOST_LINE_BYTES, most: int | None = None) -> None:
        self._limit, self._most = limit, -1 if most is None else most
        self._partial, self._size = bytearray(), 0

    def feed(self, piece: bytes) -> list[bytes | TooLarge]:
        """The lines that a piece completes, without their ends; blank ones are left out, a long one is an error."""
        first, *rest = piece.rsplit(b"\n", self._most)
        if not rest:
            self._extend(first)
            return []
        lines: list[bytes | TooLarge] = []
        if b"\n" in first:  # it holds the lines before the last `most`
            self._partial, self._size = bytearray(), 0
        else:
            self._extend(first)
            lines = self.rest()
        for whole in rest[:-1]:
            lines += self._line(whole, len(whole))
        self._extend(rest[-1])
        return lines

    def rest(self) -> list[bytes | TooLarge]:
        """The line as far as it came; what stands after the last line end of a stream is a line cut short."""
        partial, size = bytes(self._partial), self._size
        self._partial, self._size = bytearray(), 0
        return self._line(partial, size)

    def _extend(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= self._limit:
            self._partial += piece
        else:
            self._partial = bytearray()

    def _line(self, line: bytes, size: int) -> list[bytes | TooLarge]:
        if size > self._limit:
            message = f"A line of {size:,} bytes is longer than the {self._limit:,} that are read."
            return [TooLarge(message, hint="Send smaller files, or name them by path.")]
        return [line] if line.strip() else []


def read_lines(read: Callable[[int], bytes], limit: int = MOST_LINE_BYTES) -> Iterator[bytes | TooLarge]:
    """The lines of a stream as `LineBuffer` cuts them; blocks between them.

    Args:
        read: Blocks until there are bytes and returns at most so many; none at the end.
        limit: The most bytes of a line.
    """
    lines = LineBuffer(limit)
    while piece := read(CHUNK_BYTES):
        yield from lines.feed(piece)
    yield from lines.rest()


def decoded_json(content: bytes, what: str) -> Any:
    """The value of JSON in UTF-8; NaN and infinity are none of its numbers.

    Args:
        content: The bytes of a message.
        what: 'line' or 'request', for the message of the error.

    Raises:
        ProtocolError: It is not JSON in UTF-8.
    """
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError too
        reason = " ".join(str(error).split())[:120]
        raise ProtocolError(f"The {what} is not JSON in UTF-8 ({reason}).", hint=_HINT) from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _identifier(value: object) -> str:
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else ""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"

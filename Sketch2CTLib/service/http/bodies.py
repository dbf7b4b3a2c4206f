"""Bodies of requests, of bounded size and of a bounded sum: JSON, or a form whose parts are files."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..inputs import INPUT_FILES, decoded_file, require_plain_nrrd
from ..protocol.faults import Busy, ProtocolError, TooLarge, UnknownMessage
from ..protocol.lines import decoded_json, request_of
from ..protocol.messages import MOST_LINE_BYTES, MOST_UPLOAD_BYTES, Generate, JobRequest, Load, Unload, new_id
from .responses import send_error

BODY_S = 300.0  # within which a body must have arrived
BODIES_AT_ONCE = 4  # of the largest size; smaller ones more
_MOST_MESSAGE_BYTES = MOST_LINE_BYTES - 2**16  # that the worker reads as one line
_HINT = "See /docs."


class BoundedBody:
    """ASGI middleware: a body beyond the limit is answered 413 before it is read, or as soon as it has grown so far.

    Args:
        app: The application that reads the bodies.
        most_bytes: The most bytes of one body.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app, self._most = app, most_bytes
        self._received = 0  # bytes of all bodies that are being read or answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request whose body is too large; lets the others through, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > self._most:
            await send_error(self._too_large(), scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            size = len(message.get("body", b""))
            received, self._received = received + size, self._received + size
            if received > self._most:
                raise self._too_large()
            if self._received > BODIES_AT_ONCE * self._most:
                raise Busy("Too much is being sent to this service at once.", hint="Try again in a moment.")
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._received -= received

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The request is larger than {self._most:,} bytes.", hint="Send smaller files.")


@dataclass
class Submission:
    """A request for a job, as it was received.

    Args:
        request: The request; its files lie in the draft.
        digest: The SHA-256 of everything but the id; equal for equal jobs.
        draft: The folder that holds the files.
    """

    request: JobRequest
    digest: str
    draft: Path


_Parts = tuple[dict[str, Any], frozenset[str]]  # the JSON of a request, and which files came beside it


async def read_submission(
    request: Request, draft: Path, job: str, check: Callable[[JobRequest], None] = lambda request: None
) -> Submission:
    """Reads a body.

    Args:
        request: A request whose body has not been read.
        draft: The folder that its files are written to.
        job: The id of the job, in place of the one in the body; empty to use that one.
        check: Raises an error for a request that the server refuses.

    Raises:
        ProtocolError: It is neither JSON nor a form, or asks what is no job; TooLarge: a file is.
        MaskError: A mask or a context is no plain NRRD file.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(BODY_S):
            if kind == "multipart/form-data":
                async with request.form(max_files=4, max_fields=4, max_part_size=MOST_UPLOAD_BYTES) as form:
                    parts = await run_in_threadpool(_from_form, form, draft)
            elif kind == "application/json":
                parts = await run_in_threadpool(_json_object, await request.body()), frozenset()
            else:
                raise ProtocolError(f"A body of type {kind[:60]!r} is not read.", hint="Send JSON, or a form.")
    except TimeoutError as error:
        raise ProtocolError(f"The request did not arrive within {BODY_S:g} s.", hint="Send it again.") from error
    return await run_in_threadpool(_submission, parts, draft, job, check)


def _json_object(content: bytes) -> dict[str, Any]:
    record = decoded_json(content, "request")
    if not isinstance(record, dict):
        raise ProtocolError("The request must be a JSON object.", hint=_HINT)
    return record


def _from_form(form: FormData, draft: Path) -> _Parts:
    """The part `request`, JSON, and the files `mask`, `edit` and `context`."""
    message, files = form.get("request"), set[str]()
    content = message.file.read() if isinstance(message, UploadFile) else (message or "").encode("utf-8", "replace")
    record = _json_object(content)
    for part, name in INPUT_FILES.items():
        upload = form.get(part)
        if isinstance(upload, UploadFile):
            _copy(upload.file, draft / name)
            files.add(part)
        elif upload is not None:
            raise ProtocolError(f"The part '{part}' is no file.", hint=_HINT)
    return record, frozenset(files)


def _copy(source: BinaryIO, target: Path) -> None:
    source.seek(0, 2)
    if source.tell() > MOST_UPLOAD_BYTES:
        raise TooLarge(f"A file of {source.tell():,} bytes is too large.", hint=f"At most {MOST_UPLOAD_BYTES:,}.")
    source.seek(0)
    with target.open("wb") as stream:
        shutil.copyfileobj(source, stream)


def _submission(parts: _Parts, draft: Path, job: str, check: Callable[[JobRequest], None]) -> Submission:
    """The request, its files out of the message and in the draft."""
    files = parts[1]
    record: dict[str, Any] = {"kind": "generate", "id": new_id()} | parts[0] | ({"id": job} if job else {})
    for part in files:
        fields = record.get(part) or {}
        if not isinstance(fields, dict) or {"path", "data", "job"} & fields.keys():
            raise ProtocolError(f"'{part}' comes twice: as a file and in the request.", hint="Send it once.")
        record[part] = fields | {"data": ""}
    request = request_of(record)
    if not isinstance(request, Generate | Load | Unload):
        raise UnknownMessage(f"'{request.kind}' is no job.", hint=_HINT)
    check(request)
    text = _canonical(request).encode()
    if len(text) > _MOST_MESSAGE_BYTES:  # numbers can be longer than they were sent: 1e15
        raise TooLarge(f"The request has {len(text):,} bytes beside its files.", hint="Send a simpler sketch.")
    digest = hashlib.sha256(text)
    if isinstance(request, Generate):
        for part, name in INPUT_FILES.items():
            _store_upload(request, part, draft / name, part in files)
            if (draft / name).exists():
                digest.update(part.encode() + hashlib.sha256((draft / name).read_bytes()).digest())
        request = _without_data(request)
    return Submission(request, digest.hexdigest(), draft)


def _store_upload(request: Generate, part: str, path: Path, is_stored: bool) -> None:
    """Writes a file that came as base64, and checks a mask and a context."""
    upload = getattr(request, part)
    if upload is None or (upload.data is None and not is_stored):
        return
    if not is_stored:
        path.write_bytes(decoded_file(upload.data))
    if part != "edit":
        require_plain_nrrd(path.read_bytes(), part)


def _without_data(request: Generate) -> Generate:
    """The request with files named by their place in the job's folder, in place of their bytes."""
    changes = {
        part: upload.model_copy(update={"data": None, "path": name})
        for part, name in INPUT_FILES.items()
        if (upload := getattr(request, part)) is not None and upload.data is not None
    }
    return request.model_copy(update=changes)


def _canonical(request: JobRequest) -> str:
    """The request less its files; what older versions did not know is left out where it is not used."""
    hidden: Any = {"id": True, **{part: {"data", "path"} for part in INPUT_FILES}}
    if isinstance(request, Generate):
        hidden |= {part: True for part in ("context", "layout") if getattr(request, part) is None}
        sampling = request.sampling
        unused = {name for name, usual in (("paint", True), ("spacing_mm", None)) if getattr(sampling, name) == usual}
        hidden |= {"sampling": unused} if unused else {}
    fields = request.model_dump(mode="json", exclude=hidden if isinstance(request, Generate) else {"id"})
    return json.dumps(fields, sort_keys=True)

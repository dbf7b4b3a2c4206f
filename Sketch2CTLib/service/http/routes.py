"""The addresses of the service."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Header, Query, Request
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ...errors import ServiceUnavailable
from ..protocol.events import Cancelling, Drafted, Event, Failed, Forgotten, Ready, State
from ..protocol.faults import Closing, ProtocolError, UnknownJob, WorkerLost
from ..protocol.lines import decoded_json, request_of
from ..protocol.messages import Draft, Generate, Load, Unload, new_id
from .bodies import read_submission
from .jobs import Jobs
from .responses import NDJSON, SSE, Fault, answer_of, stream_of
from .security import refuse_foreign

_CHUNK_BYTES = 2**20
_TYPES = {".json": "application/json", ".png": "image/png"}
_MOST_SEQ = 2**53
_DRAFT_S = 25.0  # the first one, whose networks are loaded, may miss it; later ones take a tenth of a second
JobId = Annotated[str, InPath(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="Of the job.")]
Key = Annotated[str | None, Header(max_length=200, description="The same key and content: the same job, once.")]
LastId = Annotated[str, Header(max_length=20, description="As browsers send it; like `after`.")]
router = APIRouter()


class Accepted(BaseModel):
    """A job that was taken in, or was already."""

    job: str
    state: str = Field(description="queued, running, done, failed or cancelled.")
    seq: int = Field(default=0, description="Number of its latest event.")


class Capabilities(Ready):
    """What the service is, can do, and takes."""

    most_body_bytes: int
    keep_s: float = Field(description="Seconds that a finished job is kept.")
    keep_mb: float = Field(description="Of all finished jobs; the oldest go first.")


class Health(BaseModel):
    """Whether it lives, or takes jobs."""

    status: str


def _faults(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Fault} for status in (401, 403, *statuses)}


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


@router.post(
    "/v1/jobs",
    status_code=202,
    response_model=Accepted,
    responses={200: {"model": Accepted, "description": "It was taken in before."}, **_faults(400, 404, 409, 413, 422)}
    | {429: {"model": Fault}, 503: {"model": Fault}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/JobRequest"}},
                "multipart/form-data": {"schema": {"$ref": "#/components/schemas/JobForm"}},
            },
        }
    },
)
async def submit(request: Request, idempotency_key: Key = None) -> Response:
    """Takes a job in: `generate`, `load` or `unload`, as PROTOCOL.md says.

    The id of the request is the job's; one is made where there is none. The same id, or the same Idempotency-Key, with
    the same content is the same job (200); with another content it is refused (409).
    """
    jobs, config = _jobs(request), request.app.state.config
    job = f"key-{hashlib.sha256(idempotency_key.encode()).hexdigest()[:40]}" if idempotency_key else ""
    draft = await run_in_threadpool(jobs.store.draft)
    try:
        submission = await read_submission(request, draft, job, partial(refuse_foreign, device=config.device))
        ticket, new = await run_in_threadpool(jobs.submit, submission)
    finally:
        await run_in_threadpool(shutil.rmtree, draft, ignore_errors=True)
    accepted = Accepted(job=ticket.job, state=ticket.state, seq=_latest(ticket.history()))
    headers = {"Location": f"{request.scope.get('root_path', '')}/v1/jobs/{ticket.job}"}
    return JSONResponse(accepted.model_dump(), 202 if new else 200, headers)


def _latest(events: tuple[Any, ...]) -> int:
    return events[-1].seq if events else 0


@router.get("/v1/jobs/{job}", response_model=Accepted, responses=_faults(400, 404))
def job_state(request: Request, job: JobId) -> Accepted:
    """How far a job is."""
    ticket = _jobs(request).store.ticket(job)
    return Accepted(job=job, state=ticket.state, seq=_latest(ticket.history()))


@router.get(
    "/v1/jobs/{job}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events, until the last one.",
            "content": {SSE: {"schema": {"type": "string"}}, NDJSON: {"schema": {"type": "string"}}},
        },
        204: {"description": "The job is over, and there is no event after that number."},
        **_faults(400, 404),
    },
)
def events(
    request: Request,
    job: JobId,
    after: Annotated[int, Query(ge=0, le=_MOST_SEQ, description="The last `seq` that was heard.")] = 0,
    last_event_id: LastId = "",
) -> Response:
    """The events of a job: server-sent events where they are accepted, otherwise JSON lines."""
    if last_event_id:
        if not last_event_id.isdecimal() or not last_event_id.isascii():
            raise ProtocolError(f"'{last_event_id}' is no number of an event.", hint="Send the last one's `id`.")
        after = min(int(last_event_id), _MOST_SEQ)
    ticket = _jobs(request).store.ticket(job)
    if ticket.is_over and not ticket.history(after=after):
        return Response(status_code=HTTPStatus.NO_CONTENT)
    media = SSE if SSE in request.headers.get("accept", "") else NDJSON
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream_of(ticket, after, media), media_type=media, headers=headers)


@router.get(
    "/v1/jobs/{job}/files/{name:path}",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file."}, **_faults(400, 404)},
)
def file(request: Request, job: JobId, name: Annotated[str, InPath(max_length=200)]) -> Response:
    """A file that the job's events name: mask.seg.nrrd, candidate_02/volume.nrrd, report.json, …"""
    path = _jobs(request).store.file(job, name)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UnknownJob(f"The job '{job}' is gone.", hint="Submit it again.") from error
    size = path.stat().st_size
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="{path.name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    media = _TYPES.get(Path(name).suffix, "application/octet-stream")
    return StreamingResponse(_chunks(stream), media_type=media, headers=headers)


async def _chunks(stream: BinaryIO) -> AsyncIterator[bytes]:
    with stream:
        while chunk := await run_in_threadpool(stream.read, _CHUNK_BYTES):
            yield chunk


@router.post("/v1/jobs/{job}/cancel", response_model=Cancelling, responses=_faults(400, 404))
def cancel(request: Request, job: JobId) -> Cancelling:
    """Stops a job: at once while it waits, after the running step otherwise. Its events end with `cancelled`."""
    return Cancelling(job=job, state=_jobs(request).cancel(job).state)


@router.delete("/v1/jobs/{job}", response_model=Forgotten, responses=_faults(400, 404))
def forget(request: Request, job: JobId) -> Forgotten:
    """Removes a job and its files; one that has not ended is cancelled first."""
    _jobs(request).forget(job)
    return Forgotten(job=job)


@router.post(
    "/v1/drafts",
    response_model=Drafted,
    responses=_faults(400, 409, 413, 422) | {429: {"model": Fault}, 503: {"model": Fault}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Draft"}}},
        }
    },
)
async def draft(request: Request) -> Response:
    """Draws a draft, as PROTOCOL.md says, without waiting for a job.

    Of a `session`, which the client makes up, the newest counts: one that the next one overtakes is answered with 409,
    code `cancelled`.
    """
    jobs, config = _jobs(request), request.app.state.config
    record = decoded_json(await request.body(), "request")
    asked = request_of({"id": new_id(), **record, "kind": "draft"} if isinstance(record, dict) else record)
    assert isinstance(asked, Draft)
    refuse_foreign(asked, config.device)
    loop, answers = asyncio.get_running_loop(), asyncio.Queue[Event]()

    def hear(event: Event) -> None:
        loop.call_soon_threadsafe(answers.put_nowait, event)

    jobs.draft(asked, hear)
    try:
        event = await asyncio.wait_for(answers.get(), _DRAFT_S)
    except TimeoutError as error:
        raise WorkerLost(f"There was no draft within {_DRAFT_S:g} s.", hint="Try again in a moment.") from error
    if isinstance(event, Failed):
        raise event.error()
    return JSONResponse(event.model_copy(update={"id": asked.id}).model_dump(mode="json"))


@router.get("/v1/capabilities", response_model=Capabilities, responses=_faults(400, 503))
def capabilities(
    request: Request, versions: Annotated[list[int] | None, Query(max_length=100, description="Of the client.")] = None
) -> Capabilities:
    """What the service is: versions, presets, structures, limits."""
    config = request.app.state.config
    ready = _jobs(request).ready(None if versions is None else tuple(versions))
    kept = {"keep_s": config.retention.keep_s, "keep_mb": config.retention.keep_mb}
    return Capabilities(**ready.model_dump(), most_body_bytes=config.most_body_bytes, **kept)


@router.get("/v1/state", response_model=State, responses=_faults(503))
def state(request: Request) -> State:
    """The queue, what is loaded, memory."""
    return _jobs(request).state()


@router.get("/health/live", response_model=Health)
async def live() -> Health:
    """Whether the server lives."""
    return Health(status="live")


@router.get("/health/ready", response_model=Health, responses={503: {"model": Fault}})
def ready(request: Request) -> Response:
    """Whether the server takes jobs and its worker answers."""
    jobs = _jobs(request)
    try:
        if jobs.is_closing:
            raise Closing("The service is shutting down.")
        jobs.state()
    except ServiceUnavailable as error:
        return answer_of(error, HTTPStatus.SERVICE_UNAVAILABLE)
    return JSONResponse({"status": "ready"})


@router.get("/metrics", response_class=PlainTextResponse, responses=_faults())
def metrics(request: Request) -> Response:
    """For Prometheus."""
    return Response(_jobs(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def job_schemas() -> dict[str, Any]:
    """The schemas of what is submitted, for the OpenAPI document."""
    schemas: dict[str, Any] = {}
    for kind in (Generate, Load, Unload, Draft):
        schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schema["required"] = ["kind"] if kind in (Load, Unload) else []
        schemas[kind.__name__] = schema
    names = ("Generate", "Load", "Unload")
    schemas["JobRequest"] = {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]}
    binary = {"type": "string", "format": "binary"}
    schemas["JobForm"] = {
        "type": "object",
        "required": ["request"],
        "properties": {
            "request": {"type": "string", "description": "The request, as JSON; its files less their data."},
            "mask": binary | {"description": "A NRRD file, for a scan alone."},
            "edit": binary | {"description": "The state.safetensors of a former result, to be changed."},
            "context": binary | {"description": "A NRRD file: neighbouring organs, as segments or catalog labels."},
            "layout": binary | {"description": "A NRRD file: organs and tissues that the scan is painted from."},
        },
    }
    return schemas

"""The server: the application, its worker, its error handlers and how it is stopped."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ... import __version__
from ...errors import ConfigError, Sketch2CTError
from ..client.local import LocalTransport
from ..client.transport import Transport
from ..protocol.faults import ProtocolError, fault_of
from ..store import Retention, Store
from .bodies import BoundedBody
from .jobs import Jobs
from .metrics import Counted
from .responses import answer_of
from .routes import job_schemas, router
from .security import Guard, require_safe

MOST_AT_ONCE = 2000  # connections
_WAIT_S = 0.1
_UNBOUNDED = 10**6  # the worker's own bounds: the server has its own
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServeConfig:
    """The configuration of a server.

    Args:
        retention: Where results are kept, and how long.
        queue_limit: The most jobs that may wait.
        most_body_bytes: The most bytes of a request.
        token: The token that clients must send; it may be empty on a loopback address alone.
        preset, models, device, memory_mb: Options of the worker; see `EngineConfig`.
        warm: Whether networks are loaded at the start.
        grace_s: Seconds that jobs may go on when the server is stopped; then they are cancelled.
        command: The command that starts the worker, in place of the default one.

    Raises:
        ConfigError: A number is out of range.
    """

    retention: Retention = field(default_factory=Retention)
    queue_limit: int = 32
    most_body_bytes: int = 64 * 2**20
    token: str = ""
    preset: str = ""
    models: Path | None = None
    device: str = "auto"
    memory_mb: float | None = None
    warm: bool = False
    grace_s: float = 30.0
    command: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.queue_limit < 0 or self.most_body_bytes < 1 or self.grace_s < 0:
            raise ConfigError(
                f"A queue of {self.queue_limit}, requests of {self.most_body_bytes} bytes and {self.grace_s:g} s of"
                " grace cannot be."
            )


def worker_of(config: ServeConfig, folder: Path) -> Transport:
    """The transport to a server's worker: one process, started with the first request, and again after it died."""
    arguments = ["--queue", str(_UNBOUNDED), "--keep", str(_UNBOUNDED), "--device", config.device]
    arguments += ["--preset", config.preset] if config.preset else []
    arguments += ["--models", str(config.models)] if config.models is not None else []
    arguments += ["--memory-mb", str(config.memory_mb)] if config.memory_mb is not None else []
    return LocalTransport(config.command, arguments=arguments, folder=folder)


def create_app(
    config: ServeConfig, transport: Callable[[ServeConfig, Path], Transport] = worker_of, *, drains: bool = False
) -> FastAPI:
    """The service as an ASGI application; its worker lives as long as the application does.

    Args:
        config: The configuration of the server.
        transport: Makes the transport to the worker, whose results lie in the given folder.
        drains: Whether its end waits for the jobs; a `GracefulServer` has waited already.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = Store(config.retention)
        app.state.jobs = jobs = Jobs(store, transport(config, store.work), config.queue_limit)
        if config.warm:
            jobs.warm()
        try:
            yield
        finally:
            if drains:
                await drain(jobs, config.grace_s)
            await asyncio.to_thread(jobs.close)

    app = FastAPI(
        title="Sketch2CT",
        version=__version__,
        summary="A sketch and a sentence → a 3D mask and a synthetic CT. For research, not for diagnosis.",
        lifespan=lifespan,
        redoc_url=None,
    )
    app.state.config = config
    app.include_router(router)
    app.add_middleware(BoundedBody, most_bytes=config.most_body_bytes)
    app.add_middleware(Guard, token=config.token)
    app.add_middleware(Counted)
    _add_handlers(app)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def _add_handlers(app: FastAPI) -> None:
    """Answers every error with a code, a message and a hint."""

    async def expected(request: Request, error: Exception) -> Response:
        assert isinstance(error, Sketch2CTError)
        jobs: Jobs = request.app.state.jobs  # when the running job is done, there is room for one more
        return answer_of(error, retry_s=jobs.metrics.typical_s)

    async def failed(request: Request, error: Exception) -> Response:
        _LOG.error("A request failed.", exc_info=error)
        return answer_of(fault_of(error))

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        reason = str(error.detail)[:200]
        hint = "See /docs." if error.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) else ""
        answer = answer_of(ProtocolError(reason, hint=hint), error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:60]
        return answer_of(ProtocolError(f"'{where}': {str(first['msg'])[:200]}.", hint="See /docs."))

    async def left(request: Request, error: Exception) -> Response:
        return answer_of(ProtocolError("The request was not sent to its end."))

    app.add_exception_handler(Sketch2CTError, expected)
    app.add_exception_handler(OSError, failed)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(ClientDisconnect, left)


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the messages and the token in it."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        parts = document.setdefault("components", {})
        parts["schemas"] = job_schemas() | parts.get("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(unused, None)
        for path, actions in document["paths"].items():
            for action in actions.values():
                action.get("responses", {}).pop("422" if path != "/v1/jobs" else "", None)
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        app.openapi_schema = document
    return app.openapi_schema


async def drain(jobs: Jobs, grace_s: float, hurried: Callable[[], bool] = lambda: False) -> None:
    """Refuses new jobs, and waits for those that there are.

    Args:
        jobs: The jobs of the server.
        grace_s: Seconds after which it waits no more.
        hurried: Whether it shall not wait any longer.
    """
    jobs.refuse_more()
    until = time.monotonic() + grace_s
    while not jobs.is_idle() and time.monotonic() < until and not hurried():
        await asyncio.sleep(_WAIT_S)


class GracefulServer(uvicorn.Server):
    """uvicorn that lets jobs finish, for a while, before it lets go of their listeners.

    Args:
        config: The configuration of uvicorn.
        app: The application of `create_app`.
        grace_s: Seconds that jobs may go on after the server is stopped.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, grace_s: float) -> None:
        super().__init__(config)
        self._app, self._grace_s = app, grace_s
        self.on_start: Callable[[], None] = lambda: None

    async def startup(self, sockets: Any = None) -> None:
        """Listens, then says so."""
        await super().startup(sockets)
        if self.started:
            self.on_start()

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        number: int = self.servers[0].sockets[0].getsockname()[1]
        return number

    async def shutdown(self, sockets: Any = None) -> None:
        """Refuses new jobs, waits for those that there are, cancels the rest, then ends."""
        jobs: Jobs = self._app.state.jobs
        await drain(jobs, self._grace_s, lambda: self.force_exit)
        await asyncio.to_thread(jobs.stop)
        await super().shutdown(sockets)


@dataclass(frozen=True)
class Address:
    """The address that a server listens on; port 0 takes a free one. A certificate and its key (PEM) make it HTTPS.

    Raises:
        ConfigError: The port cannot be.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ConfigError(f"There is no port {self.port}.", hint="Choose one of 1 to 65535, or 0 for a free one.")

    def url(self, port: int | None = None) -> str:
        """The URL of the server, as a client names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' * (self.certificate is not None)}://{host}:{self.port if port is None else port}"


def server_of(config: ServeConfig, address: Address) -> GracefulServer:
    """A server, ready to `run()` or `serve()`.

    Raises:
        ConfigError: It must not listen there as it is, or its certificate cannot be used.
    """
    require_safe(address.host, config.token, address.certificate, address.key)
    app = create_app(config)
    how = uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
        http="h11",  # bounds the head of a request
        ws="none",
        log_level="warning",
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
    )
    try:
        how.load()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ConfigError(f"The certificate cannot be used ({error}).", hint="Give PEM files that fit.") from error
    return GracefulServer(how, app, config.grace_s)

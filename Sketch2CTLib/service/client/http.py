"""A server: requests go there one after the other, each job is heard on a thread and a connection of its own.

A stream that breaks is taken up where it broke; a request that breaks is sent again, and a job is not taken in twice.

The standard library alone, so that it runs in Slicer as it is.
"""

from __future__ import annotations

import http.client
import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, quote, urlsplit

from ... import __version__
from ...atomic import written_beside
from ...errors import ConfigError, ServiceUnavailable, Sketch2CTError, error_from_dict
from ..protocol.events import Bye, Event, Failed, Preview, Result
from ..protocol.faults import Busy, ProtocolError, TooLarge
from ..protocol.lines import decoded_event, encoded, read_lines
from ..protocol.messages import AnyRequest, Attach, Cancel, Draft, Forget, Generate, Hello, Load, Quit, Status, Unload
from .transport import Hear

CONNECT_S = 10.0
SILENT_S = 30.0  # a server gives a sign of life every 10 s
PATIENCE_S = 60.0  # how long a server may be away before its jobs are given up
_FIRST_S = 2.0  # how long it may be away where no job runs there yet
_END_S = 3.0  # for cancel and forget, when the client is closed
_PAUSES_S = (0.1, 0.3, 1.0, 2.0)
_CHUNK_BYTES = 2**20
_MOST_ERROR_BYTES = 2**16
_BROKEN = (OSError, http.client.HTTPException)  # ssl errors and timeouts too
_BETWEEN = (502, 504)  # what a proxy says of a server that is away
_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")


class _Broken(Exception):
    """The connection to the server broke, or there is none."""


class HttpTransport:
    """A `Transport` to `sketch2ct serve`.

    Args:
        url: http://host:port or https://…, perhaps with a path before it.
        token: The token, where the server asks for one.
        certificates: PEM file of who signed the server's certificate, where the system does not know them.
        patience_s: Seconds that the server may be away before its jobs are given up here; they go on there.

    Raises:
        ConfigError: The address or the file cannot be used.
    """

    def __init__(
        self, url: str, *, token: str = "", certificates: Path | None = None, patience_s: float = PATIENCE_S
    ) -> None:
        parts = _parts(url)
        self._host, self._prefix = parts.hostname or "", parts.path.rstrip("/")
        self._secure = parts.scheme == "https"
        self._port = parts.port or (443 if self._secure else 80)
        self._context = _context(certificates) if self._secure else None
        self._headers = {"User-Agent": f"Sketch2CT/{__version__}"}
        if token:
            if not (token.isascii() and token.isprintable()):
                raise ConfigError("The token has characters that cannot be sent.", hint="Copy it again.")
            self._headers["Authorization"] = f"Bearer {token}"
        self._patience_s = patience_s
        self._closed = threading.Event()
        self._open: set[http.client.HTTPConnection] = set()
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="http-sender")  # in order: no cancel before its job
        self._latest: Future[None] = self._sender.submit(lambda: None)
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http{'s' * self._secure}://{self._host}:{self._port}{self._prefix}"

    def exchange(self, request: AnyRequest, hear: Hear) -> None:
        """See `Transport.exchange`."""
        if isinstance(request, Draft) and not self._closed.is_set():  # a newer one must overtake it
            threading.Thread(target=self._exchange, args=(request, hear), name="http-draft", daemon=True).start()
            return
        try:
            self._latest = self._sender.submit(self._exchange, request, hear)
        except RuntimeError:
            hear(Failed.of(ServiceUnavailable("The client is closed.", hint="Make another."), request.id))

    def fetch(self, event: Result | Preview, name: str, target: Path) -> None:
        """See `Transport.fetch`."""
        path = f"/v1/jobs/{quote(event.job, safe='')}/files/{quote(name)}"

        def copy(link: http.client.HTTPConnection) -> None:
            answer = _asked(link, "GET", self._prefix + path, self._headers)
            _require(answer)
            with written_beside(target) as beside, beside.open("wb") as stream:
                while chunk := _read(answer, _CHUNK_BYTES):
                    stream.write(chunk)

        self._tried(copy, _FIRST_S)

    def close(self) -> None:
        """Lets go of the server. Jobs go on there: attach to them later, or cancel them before."""
        self._sender.shutdown(wait=False)
        wait([self._latest], _END_S)
        self._closed.set()
        with self._lock:
            links = tuple(self._open)
        for link in links:
            _shut(link)

    def _exchange(self, request: AnyRequest, hear: Hear) -> None:
        """Sends a request, in the thread that sends all of them; a draft in one of its own."""
        try:
            if isinstance(request, Generate | Load | Unload):
                self._submit(request)
                self._listen(request.id, request.id, 0, hear)
            elif isinstance(request, Attach):
                self._listen(request.id, request.job, request.after, hear)
            elif isinstance(request, Draft):
                hear(self._drafted(request))
            else:
                hear(self._answer(request))
        except Sketch2CTError as error:
            hear(Failed.of(error, request.id, getattr(request, "job", request.id)))

    def _listen(self, identifier: str, job: str, after: int, hear: Hear) -> None:
        """Starts the thread that hears a job; whatever happens, `hear` gets one last event."""

        def listen() -> None:
            try:
                self._follow(identifier, job, after, hear)
            except Sketch2CTError as error:
                hear(Failed.of(error, identifier, job))

        threading.Thread(target=listen, name="http-listener", daemon=True).start()

    def _answer(self, request: Hello | Cancel | Forget | Status | Quit) -> Event:
        """The one event that answers a request that is no job."""
        if isinstance(request, Quit):
            return Bye(id=request.id)
        job = f"/v1/jobs/{request.job}" if isinstance(request, Cancel | Forget) else ""
        versions = "&".join(f"versions={v}" for v in request.versions) if isinstance(request, Hello) else ""
        method, path, kind = {
            "hello": ("GET", f"/v1/capabilities?{versions}", "ready"),
            "status": ("GET", "/v1/state", "state"),
            "cancel": ("POST", f"{job}/cancel", "cancelling"),
            "forget": ("DELETE", job, "forgotten"),
        }[request.kind]
        answer = self._tried(lambda link: self._json(link, method, path), _FIRST_S)
        return decoded_event(json.dumps(answer | {"kind": kind, "id": request.id}).encode())

    def _drafted(self, request: Draft) -> Event:
        answer = self._tried(lambda link: self._json(link, "POST", "/v1/drafts", encoded(request)), _FIRST_S)
        return decoded_event(json.dumps(answer | {"kind": "drafted", "id": request.id}).encode())

    def _submit(self, request: Generate | Load | Unload) -> None:
        """Hands a job in; one that was taken in before an answer broke off is not taken twice."""
        body = encoded(request)
        self._tried(lambda link: self._json(link, "POST", "/v1/jobs", body), _FIRST_S)

    def _json(self, link: http.client.HTTPConnection, method: str, path: str, body: bytes = b"") -> dict[str, object]:
        answer = _asked(link, method, self._prefix + path, self._headers, body)
        _require(answer)
        try:
            record = json.loads(_read(answer))
        except ValueError as error:
            raise _not_a_server(answer.status) from error
        if not isinstance(record, dict):
            raise _not_a_server(answer.status)
        return record

    def _follow(self, identifier: str, job: str, after: int, hear: Hear) -> None:
        """Hears a job to its end, over as many connections as it takes."""
        last_seq = after

        def stream(link: http.client.HTTPConnection) -> bool:
            nonlocal last_seq
            path = f"{self._prefix}/v1/jobs/{job}/events?after={last_seq}"
            answer = _asked(link, "GET", path, self._headers | {"Accept": "application/x-ndjson"})
            if answer.status == 204:
                raise ProtocolError(f"The job '{job}' has no event after {last_seq}.", hint="It is over.")
            _require(answer)
            before = last_seq
            try:
                for line in read_lines(lambda count: _read(answer, count, some=True)):
                    if isinstance(line, TooLarge):
                        raise line
                    event = decoded_event(line)
                    last_seq = max(last_seq, event.seq)
                    hear(event.model_copy(update={"id": identifier}))
                    if event.is_last:
                        return True
            except _Broken:
                if last_seq == before:
                    raise
            return False

        while not self._tried(stream, self._patience_s):
            _LOG.info("The stream of job '%s' broke after event %d and is taken up again.", job, last_seq)
            self._closed.wait(_PAUSES_S[0])

    def _tried(self, work: Callable[[http.client.HTTPConnection], _T], patience_s: float) -> _T:
        """Does something on a fresh connection, again while the line breaks and patience lasts."""
        until, tries = time.monotonic() + patience_s, 0
        while True:
            try:
                with self._connection() as link:
                    return work(link)
            except _Broken as error:
                if self._closed.is_set():
                    raise ServiceUnavailable("The client was closed.", hint="The job goes on at the server.") from error
                pause = _PAUSES_S[min(tries, len(_PAUSES_S) - 1)]
                if time.monotonic() + pause > until or isinstance(error.__cause__, ssl.SSLError):
                    hint = "Is it running there, and the address right?"
                    raise ServiceUnavailable(f"The server {self.url} is not reached ({error}).", hint=hint) from error
                tries += 1
                self._closed.wait(pause)

    @contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        """A connection, which `close` ends from outside."""
        link: http.client.HTTPConnection
        if self._context is not None:
            link = http.client.HTTPSConnection(self._host, self._port, timeout=CONNECT_S, context=self._context)
        else:
            link = http.client.HTTPConnection(self._host, self._port, timeout=CONNECT_S)
        with self._lock:
            self._open.add(link)
        try:
            with _line():
                if self._closed.is_set():
                    raise OSError("closed")
                link.connect()
                link.sock.settimeout(SILENT_S)
            yield link
        finally:
            with self._lock:
                self._open.discard(link)
            link.close()


@contextmanager
def _line() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise _Broken(" ".join(str(reason).split())[:200]) from error


def _asked(
    link: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> http.client.HTTPResponse:
    """The head of the answer; one that comes before all was sent counts too."""
    kind = {"Content-Type": "application/json"} if body else {}
    with _line():
        try:
            link.request(method, path, body or None, headers | kind)
        except (BrokenPipeError, ConnectionResetError) as error:
            _LOG.debug("The server did not read to the end: %s", error)
        return link.getresponse()


def _read(answer: http.client.HTTPResponse, count: int = -1, *, some: bool = False) -> bytes:
    """Bytes of the body: all, or so many, or some as soon as there are any."""
    with _line():
        if count >= 0:
            return answer.read1(count) if some else answer.read(count)
        return answer.read()


def _require(answer: http.client.HTTPResponse) -> None:
    """Lets a good answer pass.

    Raises:
        Sketch2CTError: What the server tells.
    """
    if 200 <= answer.status < 300:
        return
    if answer.status in _BETWEEN:
        raise _Broken(f"status {answer.status}")
    try:
        fields = json.loads(_read(answer, _MOST_ERROR_BYTES))
        error = error_from_dict({name: str(fields[name]) for name in ("code", "message", "hint")})
    except (ValueError, TypeError, KeyError) as cause:
        raise _not_a_server(answer.status) from cause
    if isinstance(error, Busy):
        error.hint = f"Try again in {answer.headers.get('Retry-After', 'some')} s."
    raise error


def _not_a_server(status: int) -> ServiceUnavailable:
    return ServiceUnavailable(
        f"What answers there (status {status}) is no Sketch2CT server.", hint="Check the address and its path."
    )


def _shut(link: http.client.HTTPConnection) -> None:
    """Ends a connection that another thread reads from."""
    sock = link.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            _LOG.debug("It was closed already: %s", error)


def _parts(url: str) -> SplitResult:
    hint = "Write http://host:8000 or https://host:8000."
    try:
        parts = urlsplit(url.strip())
        is_server = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ConfigError(f"'{url[:100]}' is no address of a server.", hint=hint) from error
    if not is_server or parts.username is not None or parts.query or parts.fragment or not url.isprintable():
        raise ConfigError(f"'{url[:100]}' is no address of a server.", hint=hint)
    return parts


def _context(certificates: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=certificates)
    except OSError as error:
        raise ConfigError(f"'{certificates}' cannot be used ({error}).", hint="Give a PEM file.") from error

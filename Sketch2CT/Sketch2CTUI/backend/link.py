"""A connection to the service, the requests that wait on it, and the files that come over it."""

from __future__ import annotations

import hashlib
import queue
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from Sketch2CTLib.atomic import written_beside
from Sketch2CTLib.errors import Cancelled, OutputError, ServiceUnavailable, Sketch2CTError

from ..widgets.events import attempt
from ..widgets.file_task import FileTask
from .processes import plain, worker_command

CANCEL_S = 3.0  # how long a worker may take to end a run before it is killed
LOCAL_ANSWER_S = 60.0  # the first answer of a fresh worker; later ones take milliseconds
SERVER_ANSWER_S = 15.0
PATIENCE_S = 20.0  # how long a server may be away before its runs end here
_RETIRE_S = 60.0  # after which a connection is closed even if it still waits for an answer
_CHUNK_BYTES = 4 * 2**20  # between two checks whether somebody still waits; Python's lock is asked for that seldom
_SUPERSEDED = ("progress", "queued")


class Run:
    """A request to the service: its events on their way to whoever asked, and its end, which comes exactly once.

    Args:
        link: The connection that carries it.
        request: The request of the protocol.
        listeners: Functions by name: on_progress, on_preview, on_done, on_failed.
        owner: An object without which the run is dropped; None: the run belongs to nobody in particular.
        answer_within_s: The longest wait for an answer to a small question; None for a job, which takes its time.

    Attributes:
        is_over: Whether its end was told, or nobody waits for it.
        is_answered: Whether the service has sent the last event.
    """

    def __init__(
        self, link: Link, request, listeners: dict[str, Callable], owner=None, answer_within_s: float | None = None
    ) -> None:
        self._link, self._request, self._listeners = link, request, listeners
        self._owner = weakref.ref(owner) if owner is not None else None
        self._arrived: queue.SimpleQueue = queue.SimpleQueue()
        self._events: deque = deque()
        self._cancelled_at: float | None = None
        self.is_job, self.is_draft = answer_within_s is None, request.kind == "draft"
        self._until = time.monotonic() + (answer_within_s or 0.0)
        self.is_over = self.is_answered = False

    @property
    def id(self) -> str:
        """The id of the request, which is the job's."""
        return self._request.id

    def hear(self, event) -> None:
        """Takes an event from the transport, in any thread; never blocks."""
        self._arrived.put(event)
        self.is_answered = self.is_answered or event.is_last

    def cancel(self) -> None:
        """Asks the service to stop; the run ends as cancelled, after 3 s at the latest."""
        if not self.is_over and self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            self._link.cancel(self.id)

    def drop(self) -> None:
        """Cancels, and no listener is called any more."""
        self._listeners = {}
        self.cancel()

    def forget(self) -> None:
        """Ends at once, and no listener is called: the service goes away."""
        self._listeners, self.is_over = {}, True

    def tick(self) -> None:
        """Hands on what arrived, and ends what must end."""
        if self._owner is not None and self._owner() is None:
            self._owner = None
            self.drop()
        while not self._arrived.empty():
            self._events.append(self._arrived.get_nowait())
        while self._events and not self.is_over:
            event = self._events.popleft()
            if not self._is_superseded(event):
                self._hand_on(event)
        if not self.is_over:
            self._end_in_time()

    def _is_superseded(self, event) -> bool:
        """Whether a later event of the same kind waits, of which the latest is enough."""
        if not self._events or self._events[0].kind != event.kind:
            return False
        return event.kind in _SUPERSEDED or (event.kind == "preview" and event.candidate == 0)

    def _hand_on(self, event) -> None:
        if event.is_last and self._cancelled_at is not None:  # also where it was done a moment before
            self._end(Cancelled("The run was cancelled."))
        elif event.kind == "preview":
            self._call("on_preview", event)
        elif not event.is_last:
            self._call("on_progress", event)
        else:
            self.is_over = True
            if event.kind == "error":
                self._call("on_failed", plain(event))
            else:
                self._call("on_done", event)

    def _end_in_time(self) -> None:
        now = time.monotonic()
        if not self.is_job and now > self._until:
            self._end(self._link.silence())
        elif self._cancelled_at is not None and now - self._cancelled_at > CANCEL_S:
            self._link.kill()
            self._end(Cancelled("The run was cancelled."))

    def _end(self, error: Sketch2CTError) -> None:
        from Sketch2CTLib.service.protocol.events import Failed

        self.is_over = True
        self._call("on_failed", Failed.of(error, self.id, self.id))

    def _call(self, name: str, event) -> None:
        function = self._listeners.get(name)
        if function is not None:
            attempt(lambda: function(event), self._listener_failed)

    def _listener_failed(self, error: Sketch2CTError) -> None:
        """Ends the run and asks the service to stop."""
        from Sketch2CTLib.service.protocol.events import Failed

        on_failed = self._listeners.get("on_failed")
        if not self.is_over:
            self.drop()
            self.is_over = True
        if on_failed is not None:
            on_failed(Failed.of(error, self.id, self.id))


class Link:
    """One connection. Settings that lead elsewhere make another link; the old one retires when its runs are over.

    Args:
        settings: GenerateSettings, which say where it leads.
        token: The password of a server.
        command: The command that starts the local worker, in place of what the settings say.
        log: Called with each line of the worker's log.

    Raises:
        ConfigError: The address, the token or the Python cannot be used.
    """

    def __init__(self, settings, token: str = "", command: Sequence[str] | None = None, log: Callable | None = None):
        self.key = link_key(settings, token)
        self.is_local = settings.where == "local"
        if self.is_local:
            from .worker import ProcessTransport

            self.title = "This computer"
            self._transport = ProcessTransport(list(command or worker_command(settings.python)), log=log)
        else:
            from Sketch2CTLib.service.client.http import HttpTransport

            self._transport = HttpTransport(settings.url, token=token, patience_s=PATIENCE_S)
            self.title = f"The server {self._transport.url}"
        self._runs: list[Run] = []
        self._unanswered: list[Run] = []  # questions for whose answers nobody waits any more
        self._fetches: list[FileTask] = []
        self._jobs: set[str] = set()
        self._retired_at: float | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something waits on it, or a thread still moves files for it."""
        self._clear()
        return bool(self._runs or self._fetches)

    @property
    def is_drafting(self) -> bool:
        """Whether somebody who draws waits for a draft."""
        return any(run.is_draft and not run.is_over for run in self._runs)

    @property
    def is_running(self) -> bool:
        """Whether a job goes on, or somebody waits for files."""
        jobs = [run for run in self._runs if run.is_job]
        return any(not one.is_over for one in (*jobs, *self._fetches))

    @property
    def pid(self) -> int | None:
        """The process number of the local worker; None where there is none."""
        return self._transport.pid if self.is_local else None

    def submit(self, request, listeners: dict[str, Callable], owner=None) -> Run:
        """Sends a job; see `Run`."""
        self._jobs.add(request.id)
        return self._send(Run(self, request, listeners, owner), request)

    def ask(self, request, on_answer: Callable, on_failed: Callable) -> None:
        """Sends a small question; exactly one of the functions is called."""
        within_s = LOCAL_ANSWER_S if self.is_local else SERVER_ANSWER_S
        listeners = {"on_done": on_answer, "on_failed": on_failed}
        self._send(Run(self, request, listeners, answer_within_s=within_s), request)

    def _send(self, run: Run, request) -> Run:
        self._runs.append(run)
        self._transport.exchange(request, run.hear)
        return run

    def cancel(self, job: str) -> None:
        """Asks that a job end; the answer does not matter."""
        from Sketch2CTLib.service.protocol.messages import Cancel, new_id

        self.ask(Cancel(id=new_id(), job=job), lambda answer: None, lambda failed: None)

    def kill(self) -> None:
        """Kills a local worker; a server's goes on."""
        if self.is_local:
            self._transport.kill()

    def silence(self) -> Sketch2CTError:
        """The error of a question that was not answered in time."""
        hint = "Look into the log." if self.is_local else "Is it busy?"
        return ServiceUnavailable(f"{self.title} does not answer.", hint=hint)

    def knows(self, job: str) -> bool:
        """Whether a job was sent here."""
        return job in self._jobs

    def fetch(self, event, folder, on_done: Callable, on_failed: Callable) -> FileTask:
        """Brings the files of an event; see `Backend.fetch`."""
        from Sketch2CTLib.service.protocol.events import Failed

        task = FileTask(
            lambda check: fetched(event, Path(folder), self._transport, check),
            on_done,
            lambda error: on_failed(Failed.of(error, event.id, event.job)),
        )
        self._fetches.append(task)
        return task

    def tick(self) -> None:
        """Hands on what arrived."""
        try:
            for run in tuple(self._runs):
                run.tick()
        finally:  # also where a listener failed
            self._clear()

    def drop_all(self) -> None:
        """Cancels every run and fetch; no listener is called any more."""
        for fetch in self._fetches:
            fetch.cancel()
        for run in tuple(self._runs):
            if run.is_job and not self.is_local:
                run.drop()
            else:  # the local worker ends, and nobody waits for that
                run.forget()
        self._clear()

    def retire(self) -> bool:
        """Closes the connection once nothing waits on it any more; whether it is closed."""
        now = time.monotonic()
        self._retired_at = self._retired_at if self._retired_at is not None else now
        waits = self.is_busy or (self._unanswered and not self.is_local)  # to close one that sends would block
        has_jobs = any(run.is_job for run in self._runs)
        if waits and (has_jobs or now - self._retired_at < _RETIRE_S):
            return False
        self._transport.close()
        return True

    def _clear(self) -> None:
        """Takes out what is over."""
        questions = [run for run in (*self._unanswered, *self._runs) if run.is_over and not run.is_job]
        self._unanswered = [run for run in questions if not run.is_answered]
        self._runs = [run for run in self._runs if not run.is_over]
        self._fetches = [fetch for fetch in self._fetches if not fetch.is_quiet]


def link_key(settings, token: str) -> tuple[str, ...]:
    """The part of the settings that leads to another service when it changes."""
    if settings.where == "local":
        return ("local", settings.python.strip())
    return ("server", settings.url.strip(), token)


def fetched(event, folder: Path, transport, check: Callable[[], None]) -> dict[str, Path]:
    """File name → path of each file; those of a local worker are copied, those of a server come over the network.

    Args:
        event: The `result` or `preview` that names the files.
        folder: Is made where it is not there.
        transport: Leads to the service; used from this thread.
        check: Called between two pieces; may raise.

    Raises:
        UnknownJob: A file is gone.
        ServiceUnavailable: The server is gone.
        OutputError: A file cannot be written, arrived damaged, or would lie elsewhere.
    """
    paths: dict[str, Path] = {}
    for file in event.files if event.kind == "result" else (event.file,):
        check()
        target = _inside(folder, file.name)
        if event.folder is not None:
            _copy(event, file, target, check)
        else:
            transport.fetch(event, file.name, target)
            if _sha256(target) != file.sha256:
                target.unlink(missing_ok=True)
                raise _damaged(file.name)
        paths[file.name] = target
    return paths


def _copy(event, file, target: Path, check: Callable[[], None]) -> None:
    from Sketch2CTLib.service.protocol.faults import UnknownJob

    source = Path(event.folder) / file.name
    if not source.is_file():
        raise UnknownJob(f"The job '{event.job}' has no file '{file.name}' any more.", hint="Run it again.")
    digest = hashlib.sha256()
    with written_beside(target) as beside:
        with source.open("rb") as reader, beside.open("wb") as writer:
            while chunk := reader.read(_CHUNK_BYTES):
                check()
                writer.write(chunk)
                digest.update(chunk)
        if digest.hexdigest() != file.sha256:
            raise _damaged(file.name)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _damaged(name: str) -> OutputError:
    return OutputError(f"'{name}' arrived damaged.", hint="Run it again.")


def _inside(folder: Path, name: str) -> Path:
    """The path of a file below the folder; a service must not choose another place on this computer."""
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise OutputError(f"The service names a file outside its result: {name[:60]!r}.", hint="Do not trust it.")
    return target

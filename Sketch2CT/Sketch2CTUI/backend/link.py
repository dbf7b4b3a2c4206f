"""A client of the service and what waits on it: runs, small questions, files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from Sketch2CTLib.errors import ServiceUnavailable

from ..widgets.guard import attempt
from .fetch import CopiedFetch, Fetch, ServedFetch
from .processes import worker_command
from .run import Run

LOCAL_ANSWER_S = 60.0  # the first answer of a fresh worker; later ones take milliseconds
SERVER_ANSWER_S = 15.0
PATIENCE_S = 20.0  # how long a server may be away before its runs end here
_CLIENT_NAME = "Slicer"
_RETIRE_S = 60.0  # after which a client is let go even if it still waits for an answer


@dataclass
class _Question:
    call: object
    on_answer: Callable
    on_failed: Callable
    until: float


class Link:
    """One client. Settings that lead elsewhere make another link; the old one retires when its runs are over.

    Args:
        settings: Where it leads.
        token: For a server.
        command: That starts the local worker, in place of what the settings say.
        log: Called with each line of the worker's log.

    Raises:
        ConfigError: The address, the token or the Python cannot be used.
    """

    def __init__(self, settings, token: str = "", command: Sequence[str] | None = None, log: Callable | None = None):
        from Sketch2CTLib.service.client import Client

        from .transport import ProcessTransport

        self.key = link_key(settings, token)
        self.is_local = settings.where == "local"
        if self.is_local:
            self.title = "This computer"
            self._transport = ProcessTransport(list(command or worker_command(settings.python)), log=log)
        else:
            from Sketch2CTLib.service.client.http import HttpTransport

            self._transport = HttpTransport(settings.url, token=token, patience_s=PATIENCE_S)
            self.title = f"The server {self._transport.url}"
        self._client = Client(self._transport, name=_CLIENT_NAME)
        self.runs: list[Run] = []
        self.fetches: list[Fetch] = []
        self._questions: list[_Question] = []
        self._unheard: list[Callable[[], bool]] = []  # whether what nobody waits for any more was answered
        self._working: list[Fetch] = []  # files that nobody waits for any more, while a thread still moves them
        self._jobs: set[str] = set()
        self._retired_at: float | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something waits on it, or still moves files for it."""
        return bool(self.runs or self.fetches or self._questions or self._working)

    @property
    def needs_threads(self) -> bool:
        """Whether threads work for it: they get on only while the main thread waits a moment."""
        return not self.is_local or bool(self.fetches or self._working)

    @property
    def pid(self) -> int | None:
        """Of the local worker, while there is one."""
        return self._transport.pid if self.is_local else None

    def submit(self, request, heard: dict[str, Callable], owner=None) -> Run:
        """Sends a job."""
        run = Run(self, self._client.send(request), heard, owner)
        self.runs.append(run)
        self._jobs.add(run.id)
        return run

    def ask(self, request, on_answer: Callable, on_failed: Callable) -> None:
        """Sends a small request; exactly one of the functions is called."""
        until = time.monotonic() + (LOCAL_ANSWER_S if self.is_local else SERVER_ANSWER_S)
        self._questions.append(_Question(self._client.send(request), on_answer, on_failed, until))

    def cancel(self, job: str) -> None:
        """Asks that a job end; the answer does not matter."""
        from Sketch2CTLib.service.client.client import new_id
        from Sketch2CTLib.service.protocol.messages import Cancel

        self.ask(Cancel(id=new_id(), job=job), lambda answer: None, lambda failed: None)

    def kill(self) -> None:
        """Kills a local worker; a server's goes on."""
        if self.is_local:
            self._transport.kill()

    def knows(self, job: str) -> bool:
        """Whether a job was sent here."""
        return job in self._jobs

    def fetch(self, event, folder, on_done: Callable, on_failed: Callable) -> Fetch:
        """Brings the files of an event."""
        if event.folder is not None:
            made: Fetch = CopiedFetch(event, folder, on_done, on_failed)
        else:
            made = ServedFetch(self._client, self._transport, event, folder, on_done, on_failed)
        self.fetches.append(made)
        return made

    def tick(self) -> None:
        """Hands on what arrived."""
        try:
            for question in tuple(self._questions):
                self._poll(question)
            for run in tuple(self.runs):
                run.tick()
            for fetch in tuple(self.fetches):
                fetch.step()
        finally:  # also where a listener failed
            self._clear()

    def drop_all(self) -> None:
        """Cancels every run; nobody hears anything any more."""
        for question in tuple(self._questions):
            self._leave(question)
        for fetch in self.fetches:
            fetch.cancel()
        for run in self.runs:
            if self.is_local:  # its worker ends, and nobody waits for that
                run.forget()
            else:
                run.drop()
        self._clear()

    def retire(self) -> bool:
        """Lets go of the service once nothing waits on it any more; whether it has."""
        now = time.monotonic()
        self._clear()
        self._retired_at = self._retired_at if self._retired_at is not None else now
        self._unheard = [is_over for is_over in self._unheard if not is_over()]
        waits = self.is_busy or (self._unheard and not self.is_local)  # to close a client that sends would block
        if waits and (self.runs or now - self._retired_at < _RETIRE_S):
            return False
        self._client.close()
        return True

    def _clear(self) -> None:
        """Takes out what is over."""
        self._working = [fetch for fetch in (*self._working, *self.fetches) if fetch.is_over and not fetch.is_quiet()]
        self.runs = [run for run in self.runs if not run.is_over]
        self.fetches = [fetch for fetch in self.fetches if not fetch.is_over]

    def _leave(self, question: _Question) -> None:
        """Nobody waits for its answer any more."""
        self._questions.remove(question)

        def is_over() -> bool:
            question.call.poll()
            return question.call.is_over

        if not is_over():
            self._unheard.append(is_over)

    def _poll(self, question: _Question) -> None:
        from Sketch2CTLib.service.protocol.events import Failed

        question.call.poll()
        answer = question.call.last
        if answer is None and time.monotonic() > question.until:
            silent = ServiceUnavailable(
                f"{self.title} does not answer.", hint="Look into the log." if self.is_local else "Is it busy?"
            )
            answer = Failed.of(silent)
        if answer is None:
            return
        self._leave(question)
        if answer.kind == "error":
            question.on_failed(answer)
        else:
            attempt(lambda: question.on_answer(answer), lambda error: question.on_failed(Failed.of(error)))


def link_key(settings, token: str) -> tuple[str, ...]:
    """What of the settings leads to another service."""
    if settings.where == "local":
        return ("local", settings.python.strip())
    return ("server", settings.url.strip(), token)

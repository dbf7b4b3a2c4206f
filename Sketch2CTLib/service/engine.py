"""The queue and the compute thread: one job after the other, any number of listeners, nothing lost."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol

from .. import __version__
from ..errors import Cancelled, OutputError
from .config import EngineConfig
from .protocol.events import Event, Failed, Queued, Ready, State
from .protocol.faults import Busy, Closing, DuplicateId, UnknownJob, fault_of
from .protocol.messages import MOST_CANDIDATES, Hello, JobRequest, agreed_version
from .ticket import Ticket

JOB_PREFIX = "job-"
_CANCELLED = Cancelled("The job was cancelled.")
_LOG = logging.getLogger(__name__)


class Runner(Protocol):
    """Does the jobs; tests put fakes in its place. All methods but `describe` are called from the compute thread."""

    def run(self, request: JobRequest, ticket: Ticket) -> Event:
        """Does a job: says events through `ticket.say`, calls `ticket.check` at every step, writes to `ticket.folder`.

        Returns:
            The last event. Whatever is raised becomes an `error` event.
        """
        ...

    def describe(self) -> Ready:
        """The presets and structures that it can generate; at once, from any thread."""
        ...

    def state(self) -> State:
        """The loaded models and the free memory; at once, from any thread."""
        ...


class Engine:
    """A bounded queue before one compute thread. All methods may be called from any thread; none waits for a job.

    Args:
        config: The configuration.
        runner: Does the jobs; by default the chain of `generation` on warm networks.

    Raises:
        OutputError: The folder cannot be made.
    """

    def __init__(self, config: EngineConfig | None = None, runner: Runner | None = None) -> None:
        self.config = config or EngineConfig()
        if runner is None:
            from .runner import ChainRunner

            runner = ChainRunner(self.config, former=self.result_folder)
        self._runner = runner
        self.folder = _made_folder(self.config.folder)
        self._cleans = self.config.clean or self.config.folder is None
        self._tickets: dict[str, Ticket] = {}  # in the order of submission
        self._waiting: list[Ticket] = []
        self._running: Ticket | None = None
        self._answered: Counter[str] = Counter()
        self._lock = threading.RLock()
        self._closing = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="compute")

    def hello(self, request: Hello) -> Ready:
        """The service's version, presets, structures and limits, in a version that both sides speak.

        Raises:
            UnsupportedVersion: There is none.
        """
        fields = {
            "id": request.id,
            "version": agreed_version(request.versions),
            "tool_version": __version__,
            "queue_limit": self.config.queue_limit,
            "most_candidates": MOST_CANDIDATES,
            "paths": True,
        }
        return self._runner.describe().model_copy(update=fields)

    def submit(self, request: JobRequest) -> Ticket:
        """Puts a job into the queue.

        Raises:
            DuplicateId: A job of that id is known.
            Busy: The queue is full.
            Closing: The service is shutting down.
        """
        with self._lock:
            if self._closing:
                raise Closing("The service is shutting down.", hint="Start it again.")
            if request.id in self._tickets:
                raise DuplicateId(f"There is a job '{request.id}' already.", hint="Attach to it, or choose another id.")
            ahead = len(self._waiting) + (self._running is not None)
            if ahead > self.config.queue_limit:
                raise Busy(f"{ahead} jobs are before this one; no more are taken.", hint="Try again later.")
            ticket = Ticket(request, self.folder / f"{JOB_PREFIX}{request.id}")
            self._tickets[request.id] = ticket
            ticket.say(Queued(ahead=ahead))
            self._waiting.append(ticket)
            future = self._thread.submit(self._run, ticket)
        future.add_done_callback(partial(self._finish, ticket))
        return ticket

    def ticket(self, job: str) -> Ticket:
        """A job that is known.

        Raises:
            UnknownJob: It never was, or it was forgotten.
        """
        with self._lock:
            if job not in self._tickets:
                raise UnknownJob(f"There is no job '{job}'.", hint="It may have been forgotten; submit it again.")
            return self._tickets[job]

    def result_folder(self, job: str) -> Path:
        """The folder of a finished job's files.

        Raises:
            UnknownJob: There is no such job, or it has no result.
        """
        ticket = self.ticket(job)
        if ticket.state != "done" or not ticket.folder.is_dir():
            raise UnknownJob(f"The job '{job}' has no result.", hint=f"It is {ticket.state}.")
        return ticket.folder

    def cancel(self, job: str) -> Ticket:
        """Stops a job: at once where it waits, at its next step where it runs; no effect where it is over.

        Raises:
            UnknownJob: There is no such job.
        """
        ticket = self.ticket(job)
        ticket.stop()
        with self._lock:
            waits = ticket in self._waiting
            if waits:
                self._waiting.remove(ticket)
        if waits:
            self._end(ticket, _CANCELLED)
        return ticket

    def forget(self, job: str) -> None:
        """Removes a job and its files; one that is not over is cancelled, and its files go when it has ended.

        Raises:
            UnknownJob: There is no such job.
        """
        ticket = self.cancel(job)
        with self._lock:
            self._tickets.pop(job, None)
        if ticket.is_over:
            shutil.rmtree(ticket.folder, ignore_errors=True)

    def state(self) -> State:
        """The queue, what is loaded, and memory."""
        with self._lock:
            fields = {
                "running": self._running.job if self._running else "",
                "queued": tuple(ticket.job for ticket in self._waiting),
                "queue_limit": self.config.queue_limit,
                "finished": sum(ticket.is_over for ticket in self._tickets.values()),
                "answered": dict(self._answered),
            }
        return self._runner.state().model_copy(update=fields)

    def close(self, grace_s: float = 3.0) -> bool:
        """Cancels every job, waits for the running one, and removes the folder if it shall.

        Returns:
            Whether the running job ended within `grace_s`; if not, its thread goes on until its next step.
        """
        with self._lock:
            self._closing = True
            jobs = [ticket for ticket in self._tickets.values() if not ticket.is_over]
            running = self._running
        for ticket in reversed(jobs):  # the later ones first, so that none of them is begun
            self.cancel(ticket.job)
        self._thread.shutdown(wait=False, cancel_futures=True)
        ended = running is None or running.wait(grace_s) is not None
        if self._cleans:
            shutil.rmtree(self.folder, ignore_errors=True)
        return ended

    def _run(self, ticket: Ticket) -> Event:
        """Runs a job in the compute thread; what it raises, the future keeps for `_finish`.

        Raises:
            Cancelled: The job was cancelled before it began, or meanwhile.
        """
        with self._lock:
            if ticket not in self._waiting:
                raise _CANCELLED
            self._waiting.remove(ticket)
            self._running = ticket
            request, waiting = ticket.request, tuple(self._waiting)
        assert request is not None  # a ticket lets go of it when the job is over
        ticket.begin()
        for ahead, other in enumerate(waiting, start=1):
            other.say(Queued(ahead=ahead))
        ticket.check()
        return self._runner.run(request, ticket)

    def _finish(self, ticket: Ticket, done: Future[Event]) -> None:
        """Ends a job that has run; one that was cancelled while it waited is over already."""
        if ticket.is_over:
            return
        error = done.exception()
        self._end(ticket, done.result() if error is None else error)

    def _end(self, ticket: Ticket, outcome: Event | BaseException) -> None:
        """Says the last event; called in the compute thread, or in the one that cancels a waiting job."""
        if isinstance(outcome, BaseException):
            fault = fault_of(outcome)
            if fault is not outcome:
                _LOG.error("Job '%s' failed.", ticket.job, exc_info=outcome)
            outcome = Failed.of(fault)
            shutil.rmtree(ticket.folder, ignore_errors=True)
        with self._lock:
            if self._running is ticket:
                self._running = None
        ticket.say(outcome)
        self._answered[ticket.state] += 1
        self._tidy(ticket)

    def _tidy(self, ended: Ticket) -> None:
        """Removes the files of a forgotten job, and forgets the oldest of too many."""
        with self._lock:
            if ended.job not in self._tickets:
                shutil.rmtree(ended.folder, ignore_errors=True)
            over = [ticket for ticket in self._tickets.values() if ticket.is_over]
            surplus = over[: max(len(over) - self.config.keep, 0)] if self.config.keep is not None else []
        for ticket in surplus:
            self.forget(ticket.job)


def _made_folder(folder: Path | None) -> Path:
    """The folder, made where it is missing."""
    try:
        if folder is None:
            return Path(tempfile.mkdtemp(prefix="sketch2ct-"))
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder of the results cannot be made ({error.strerror or error}).", hint="Choose another --folder."
        ) from error
    return folder

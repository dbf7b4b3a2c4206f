"""Between the routes, the store and the worker: every job ends with exactly one last event, whatever dies meanwhile."""

from __future__ import annotations

import logging
import queue
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import Cancelled
from ..client.transport import Hear, Transport
from ..inputs import INPUT_FILES
from ..job_table import JobRecord
from ..protocol.events import Event, Failed, Planned, Preview, Progress, Ready, Result, State
from ..protocol.faults import Busy, Closing, UnknownJob, WorkerLost
from ..protocol.messages import (
    VERSIONS,
    Cancel,
    Draft,
    Forget,
    Generate,
    Hello,
    JobRequest,
    Load,
    Status,
    Upload,
    new_id,
)
from ..store import Store
from ..ticket import Ticket
from .bodies import Submission
from .metrics import Metrics

ANSWER_S = 20.0  # of the worker, to what is no job; a fresh one must start first
_CANCEL_S = 5.0  # for the running step, when the server stops
_MASK_FILE = "mask.seg.nrrd"
_LOG = logging.getLogger(__name__)


@dataclass
class _WorkerJob:
    """A job of this server on its way through the worker.

    Args:
        ticket: Its state and events, as clients see them.
        record: Its row in the table of jobs.
        request: The request to the worker, under the record's `work` as id.
        is_retried: Whether it was handed to another worker already.
        is_forgotten: Whether it shall be removed when it has ended.
    """

    ticket: Ticket
    record: JobRecord
    request: JobRequest
    is_retried: bool = False
    is_forgotten: bool = False

    @property
    def has_begun(self) -> bool:
        """Whether a worker started on it."""
        return self.ticket.state != "queued"


class Jobs:
    """The jobs of one server. All methods may be called from any thread; `ask` waits for the worker, the others do not.

    Args:
        store: Keeps jobs and results.
        transport: Carries requests to the worker.
        queue_limit: The most jobs that may wait.
    """

    def __init__(self, store: Store, transport: Transport, queue_limit: int) -> None:
        self.store, self._transport, self.queue_limit = store, transport, queue_limit
        self.metrics = Metrics(self.counts, store.usage)
        self._jobs: dict[str, _WorkerJob] = {}
        self._lock = threading.RLock()
        self._closing = False
        store.on_wish = self._fulfil

    @property
    def is_closing(self) -> bool:
        """Whether no more jobs are taken."""
        return self._closing

    def counts(self) -> tuple[int, int]:
        """Jobs of this server that have not ended, and those of them that run."""
        with self._lock:
            return len(self._jobs), sum(entry.has_begun for entry in self._jobs.values())

    def submit(self, submission: Submission) -> tuple[Ticket, bool]:
        """Takes a job in, or finds that of the same id and content.

        Returns:
            Its ticket, and whether it is new.

        Raises:
            Busy: The queue is full.
            Closing: The server is shutting down.
            DuplicateId: There is a job of that id that asks something else.
            UnknownJob: It starts from a job that there is not.
        """
        request = submission.request
        with self._lock:
            if not self.store.knows(request.id):
                self._require_room()
                request = self._with_former(_placed(request, self.store.place(request.id)))
            ticket, record, new = self.store.begin(submission.request, submission.digest, submission.draft)
            if not new:
                return ticket, False
            entry = _WorkerJob(ticket, record, request.model_copy(update={"id": record.work}))
            self._jobs[ticket.job] = entry
        self.metrics.submitted.inc()
        ticket.subscribe(self.metrics.hear)
        self._transport.exchange(entry.request, lambda event: self._hear(entry, event))
        if entry.ticket.is_stopping:  # between the two
            self.cancel(ticket.job)
        return ticket, True

    def _require_room(self) -> None:
        if self._closing:
            raise Closing("The service is shutting down.", hint="Try again in a moment.")
        if len(self._jobs) > self.queue_limit:
            raise Busy(f"{len(self._jobs)} jobs are before this one; no more are taken.", hint="Try again later.")

    def _with_former(self, request: JobRequest) -> JobRequest:
        """The request with former jobs replaced by paths of their results, which every server of the store reads."""
        if not isinstance(request, Generate):
            return request
        changes: dict[str, Any] = {}
        for part in INPUT_FILES:
            upload: Upload | None = getattr(request, part)
            if upload is not None and upload.job is not None:
                folder = self.store.result_folder(upload.job)
                if upload.candidate > 1:
                    folder = folder / f"candidate_{upload.candidate:02d}"
                path = folder if part == "edit" else folder / _MASK_FILE
                if not path.exists():
                    raise UnknownJob(f"The job '{upload.job}' has no candidate {upload.candidate}.")
                changes[part] = upload.model_copy(update={"job": None, "path": str(path)})
        return request.model_copy(update=changes)

    def _hear(self, entry: _WorkerJob, event: Event) -> None:
        """Takes an event of the worker; called in a thread of the transport."""
        ticket = entry.ticket
        if isinstance(event, Planned | Progress):
            ticket.begin()
        if isinstance(event, Preview | Result):
            folder = None if event.folder is None else Path(event.folder)
            event = event.model_copy(update={"folder": None})
        else:
            folder = None
        if not event.is_last:
            ticket.say(event)
            return
        if isinstance(event, Failed) and event.code == WorkerLost.code:
            if self._again(entry):
                return
            if entry.ticket.is_stopping:
                event = Failed.of(Cancelled("The job was cancelled."))
        self.store.end(ticket, event, folder)
        with self._lock:
            self._jobs.pop(ticket.job, None)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if not (isinstance(event, Failed) and event.code == WorkerLost.code):
            self._transport.exchange(Forget(id=new_id(), job=entry.record.work), _ignore)
        if entry.is_forgotten:
            self.store.remove(ticket.job)

    def _again(self, entry: _WorkerJob) -> bool:
        """Hands a job that was still waiting when the worker died to the next worker, once; whether it did."""
        if entry.has_begun and not self._closing:
            self.metrics.lost.inc()
        if entry.has_begun or entry.is_retried or entry.ticket.is_stopping or self._closing:
            return False
        entry.is_retried = True
        _LOG.info("Job '%s' waits for the next worker.", entry.ticket.job)
        self._transport.exchange(entry.request, lambda event: self._hear(entry, event))
        return True

    def ask(self, request: Hello | Status) -> Event:
        """The answer of the worker to a request that is no job; blocks until it is there.

        Raises:
            ServiceUnavailable: It does not, in time.
            Sketch2CTError: What it answers.
        """
        answers: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._transport.exchange(request, answers.put)
        try:
            answer = answers.get(timeout=ANSWER_S)
        except queue.Empty as error:
            message = f"The worker did not answer within {ANSWER_S:g} s."
            raise WorkerLost(message, hint="Try again in a moment.") from error
        if isinstance(answer, Failed):
            raise answer.error()
        return answer

    def draft(self, request: Draft, hear: Hear) -> None:
        """Has a draft drawn; `hear` gets the one event that answers it, in a thread of the transport.

        Raises:
            Closing: The server is shutting down.
        """
        if self._closing:
            raise Closing("The service is shutting down.", hint="Try again in a moment.")
        self._transport.exchange(request.model_copy(update={"id": new_id()}), hear)

    def ready(self, versions: tuple[int, ...] | None = None) -> Ready:
        """The service's version, presets, structures and limits."""
        ready = self.ask(Hello(id=new_id(), versions=VERSIONS if versions is None else versions))
        assert isinstance(ready, Ready)
        return ready.model_copy(update={"queue_limit": self.queue_limit, "paths": False})

    def state(self) -> State:
        """The queue, what is loaded, memory. Other clients' jobs are counted, not named."""
        state = self.ask(Status(id=new_id()))
        assert isinstance(state, State)
        count, running = self.counts()
        hidden = {"running": "-" if running else "", "queued": ("-",) * (count - running)}
        finished = self.store.usage()[0]
        return state.model_copy(update={**hidden, "queue_limit": self.queue_limit, "finished": finished})

    def warm(self) -> None:
        """Asks the worker to load its networks before they are needed."""
        self._transport.exchange(Load(id=new_id()), _log)

    def cancel(self, job: str) -> Ticket:
        """Stops a job, of any server.

        Raises:
            UnknownJob: There is no such job.
        """
        ticket = self.store.ticket(job)
        ticket.stop()
        with self._lock:
            entry = self._jobs.get(job)
        if entry is not None:
            self._transport.exchange(Cancel(id=new_id(), job=entry.record.work), _ignore)
        elif not ticket.is_over:
            self.store.ask_owner(job, "cancel")
        return ticket

    def forget(self, job: str) -> None:
        """Removes a job, of any server, and its files; one that has not ended is cancelled first.

        Raises:
            UnknownJob: There is no such job.
        """
        ticket = self.store.ticket(job)
        with self._lock:
            entry = self._jobs.get(job)
            if entry is not None:
                entry.is_forgotten = True
        if entry is not None:
            self.cancel(job)
        elif ticket.is_over:
            self.store.remove(job)
        else:
            self.store.ask_owner(job, "forget")

    def _fulfil(self, job: str, wish: str) -> None:
        if wish == "forget":
            self.forget(job)
        else:
            self.cancel(job)

    def refuse_more(self) -> None:
        """Refuses new jobs from here on."""
        self._closing = True

    def is_idle(self) -> bool:
        """Whether all jobs of this server have ended."""
        return not self._jobs

    def stop(self) -> None:
        """Cancels what has not ended and ends the worker; every listener hears a last event."""
        self._closing = True
        with self._lock:
            entries = list(self._jobs.values())
        for entry in reversed(entries):
            self.cancel(entry.ticket.job)
        until = time.monotonic() + _CANCEL_S
        for entry in entries:
            entry.ticket.wait(max(until - time.monotonic(), 0.0))
        self._transport.close()
        stopped = Closing("The service was shut down before the job was done.", hint="Submit the job again.")
        for entry in entries:
            if not entry.ticket.is_over:
                self.store.end(entry.ticket, Failed.of(stopped), None)
        self._jobs.clear()

    def close(self) -> None:
        """Stops, and lets go of the store."""
        self.stop()
        self.store.close()


def _placed(request: JobRequest, place: Path) -> JobRequest:
    """The request with its files named by their paths in the job's folder."""
    changes = {
        part: upload.model_copy(update={"path": str(place / upload.path)})
        for part in INPUT_FILES
        if (upload := getattr(request, part, None)) is not None and upload.path is not None
    }
    return request.model_copy(update=changes)


def _ignore(event: Event) -> None:
    """Ignores an answer."""


def _log(event: Event) -> None:
    if isinstance(event, Failed) and event.code != Cancelled.code:
        _LOG.warning("The networks are not loaded yet: %s %s", event.message, event.hint)

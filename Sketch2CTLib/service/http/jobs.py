"""Between the routes, the store and the worker: every job ends with exactly one last event, whatever dies meanwhile."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import Cancelled
from ..client.client import new_id
from ..client.transport import Transport
from ..job_table import JobRecord
from ..protocol.events import Event, Failed, Planned, Preview, Progress, Ready, Result, State
from ..protocol.faults import Busy, Closing, UnknownJob, WorkerLost
from ..protocol.messages import Cancel, Forget, Generate, Hello, JobRequest, Load, Status, Upload
from ..store import Store
from ..ticket import Ticket
from .bodies import FILES, Submission
from .metrics import Metrics

ANSWER_S = 20.0  # of the worker, to what is no job; a fresh one must start first
_CANCEL_S = 5.0  # for the running step, when the server stops
_MASK_FILE = "mask.seg.nrrd"
_LOG = logging.getLogger(__name__)


@dataclass
class _Run:
    """A job of this server on its way through the worker."""

    ticket: Ticket
    record: JobRecord
    request: JobRequest
    begun: bool = False  # whether the worker had started on it
    tried_again: bool = False  # with another worker
    stopped: bool = False
    forgotten: bool = False


class Jobs:
    """See the module. All methods may be called from any thread; `ask` waits for the worker, the others do not.

    Args:
        store: Keeps jobs and results.
        transport: To the worker.
        queue_limit: Jobs that may wait.
    """

    def __init__(self, store: Store, transport: Transport, queue_limit: int) -> None:
        self.store, self._transport, self.queue_limit = store, transport, queue_limit
        self.metrics = Metrics(self.counts, store.usage)
        self._runs: dict[str, _Run] = {}
        self._lock = threading.RLock()
        self._closing = False
        store.on_wish = self._obey

    @property
    def is_closing(self) -> bool:
        """Whether no more jobs are taken."""
        return self._closing

    def counts(self) -> tuple[int, int]:
        """Jobs of this server that have not ended, and those of them that run."""
        with self._lock:
            return len(self._runs), sum(run.begun for run in self._runs.values())

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
            run = _Run(ticket, record, request.model_copy(update={"id": record.work}))
            self._runs[ticket.job] = run
        self.metrics.submitted.inc()
        ticket.subscribe(self.metrics.hear)
        self._transport.exchange(run.request, lambda event: self._hear(run, event))
        if run.stopped:  # between the two
            self.cancel(ticket.job)
        return ticket, True

    def _require_room(self) -> None:
        if self._closing:
            raise Closing("The service is shutting down.", hint="Try again in a moment.")
        if len(self._runs) > self.queue_limit:
            raise Busy(f"{len(self._runs)} jobs are before this one; no more are taken.", hint="Try again later.")

    def _with_former(self, request: JobRequest) -> JobRequest:
        """Former jobs by the place of their results, which any server that shares the store finds."""
        if not isinstance(request, Generate):
            return request
        changes: dict[str, Any] = {}
        for part in FILES:
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

    def _hear(self, run: _Run, event: Event) -> None:
        """Takes an event of the worker; called in a thread of the transport."""
        ticket = run.ticket
        if isinstance(event, Planned | Progress):
            run.begun = True
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
            if self._again(run):
                return
            if run.stopped:
                event = Failed.of(Cancelled("The job was cancelled."))
        self.store.end(ticket, event, folder)
        with self._lock:
            self._runs.pop(ticket.job, None)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if not (isinstance(event, Failed) and event.code == WorkerLost.code):
            self._transport.exchange(Forget(id=new_id(), job=run.record.work), _ignore)
        if run.forgotten:
            self.store.remove(ticket.job)

    def _again(self, run: _Run) -> bool:
        """Hands a job that only waited when the worker died to the next worker, once."""
        if run.begun and not self._closing:
            self.metrics.lost.inc()
        if run.begun or run.tried_again or run.stopped or self._closing:
            return False
        run.tried_again = True
        _LOG.info("Job '%s' waits for the next worker.", run.ticket.job)
        self._transport.exchange(run.request, lambda event: self._hear(run, event))
        return True

    def ask(self, request: Hello | Status) -> Event:
        """What the worker answers at once.

        Raises:
            ServiceUnavailable: It does not, in time.
            Sketch2CTError: What it answers.
        """
        told: list[Event] = []
        arrived = threading.Event()

        def hear(event: Event) -> None:
            told.append(event)
            arrived.set()

        self._transport.exchange(request, hear)
        if not arrived.wait(ANSWER_S):
            raise WorkerLost(f"The worker did not answer within {ANSWER_S:g} s.", hint="Try again in a moment.")
        if isinstance(told[0], Failed):
            raise told[0].error()
        return told[0]

    def ready(self, versions: tuple[int, ...] | None = None) -> Ready:
        """What the service is and can do."""
        asked = Hello(id=new_id()) if versions is None else Hello(id=new_id(), versions=versions)
        told = self.ask(asked)
        assert isinstance(told, Ready)
        return told.model_copy(update={"queue_limit": self.queue_limit, "paths": False})

    def state(self) -> State:
        """The queue, what is loaded, memory. Other clients' jobs are counted, not named."""
        told = self.ask(Status(id=new_id()))
        assert isinstance(told, State)
        count, running = self.counts()
        hidden = {"running": "-" if running else "", "queued": ("-",) * (count - running)}
        kept = self.store.usage()[0]
        return told.model_copy(update={**hidden, "queue_limit": self.queue_limit, "finished": kept})

    def warm(self) -> None:
        """Has the worker load its networks, before they are needed."""
        self._transport.exchange(Load(id=new_id()), _log)

    def cancel(self, job: str) -> Ticket:
        """Stops a job, of any server.

        Raises:
            UnknownJob: There is no such job.
        """
        ticket = self.store.ticket(job)
        ticket.stop()
        with self._lock:
            run = self._runs.get(job)
        if run is not None:
            run.stopped = True
            self._transport.exchange(Cancel(id=new_id(), job=run.record.work), _ignore)
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
            run = self._runs.get(job)
            if run is not None:
                run.forgotten = True
        if run is not None:
            self.cancel(job)
        elif ticket.is_over:
            self.store.remove(job)
        else:
            self.store.ask_owner(job, "forget")

    def _obey(self, job: str, wish: str) -> None:
        if wish == "forget":
            self.forget(job)
        else:
            self.cancel(job)

    def refuse_more(self) -> None:
        """From here on no more jobs are taken."""
        self._closing = True

    def is_idle(self) -> bool:
        """Whether all jobs of this server have ended."""
        return not self._runs

    def stop(self) -> None:
        """Cancels what has not ended and ends the worker; every listener hears a last event."""
        self._closing = True
        with self._lock:
            runs = list(self._runs.values())
        for run in reversed(runs):
            self.cancel(run.ticket.job)
        until = time.monotonic() + _CANCEL_S
        for run in runs:
            run.ticket.over_within(max(until - time.monotonic(), 0.0))
        self._transport.close()
        stopped = Closing("The service was shut down before the job was done.", hint="Submit the job again.")
        for run in runs:
            if not run.ticket.is_over:
                self.store.end(run.ticket, Failed.of(stopped), None)
        self._runs.clear()

    def close(self) -> None:
        """Stops, and lets go of the store."""
        self.stop()
        self.store.close()


def _placed(request: JobRequest, place: Path) -> JobRequest:
    """The request with its files by their place in the job's folder."""
    changes = {
        part: upload.model_copy(update={"path": str(place / upload.path)})
        for part in FILES
        if (upload := getattr(request, part, None)) is not None and upload.path is not None
    }
    return request.model_copy(update=changes)


def _ignore(event: Event) -> None:
    """An answer that nobody waits for."""


def _log(event: Event) -> None:
    if isinstance(event, Failed) and event.code != Cancelled.code:
        _LOG.warning("The networks are not loaded yet: %s %s", event.message, event.hint)

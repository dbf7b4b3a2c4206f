"""Jobs and their results on disk, kept for a stated time and total size.

Several servers may share one folder (a cluster does): each runs its own jobs and knows the others' from the table.
No name below the folder comes from a request: a job's place is the hash of its id.

    jobs.sqlite3         all jobs, their events and the servers; see `job_table`
    jobs/<hash>/input.*  what was sent along
    jobs/<hash>/files/   the result
    work/<server>/       that server's worker
"""

from __future__ import annotations

import logging
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ..errors import ConfigError, OutputError, Sketch2CTError
from .job_table import JobRecord, JobTable
from .protocol.events import Event, Failed, Planned, Preview, Progress, Result
from .protocol.faults import DuplicateId, ProtocolError, UnknownJob, WorkerLost
from .protocol.lines import decoded_event, encoded
from .protocol.messages import JobRequest, Load
from .ticket import Ticket

_SWEEP_S, _EXPIRE_S = 0.1, 2.0
_MOST_OPEN = 64  # tickets of ended jobs in memory; the others are read from the table
_OLD_FILE = "job.json"  # of each job, in folders that earlier versions kept
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Retention:
    """Where jobs are kept, how many and how long.

    Args:
        folder: Holds everything; None makes a temporary one, which is removed at the end.
        keep_s: Seconds that a finished job is kept.
        keep_mb: Megabytes of all finished jobs; the oldest go first.

    Raises:
        ConfigError: A number is out of range.
    """

    folder: Path | None = None
    keep_s: float = 3600.0
    keep_mb: float = 4096.0

    def __post_init__(self) -> None:
        if not (self.keep_s > 0 and self.keep_mb > 0):
            raise ConfigError(f"Results cannot be kept for {self.keep_s:g} s in {self.keep_mb:g} MB.")


class Store:
    """The jobs of all servers that share a folder. All methods may be called from any thread.

    Args:
        retention: Where jobs are kept, and how long.
        on_wish: Called with a job of this server and "cancel" or "forget", when another server asks for it.

    Raises:
        OutputError: The folder cannot be made, or its table cannot be used.
    """

    def __init__(self, retention: Retention, on_wish: Callable[[str, str], None] = lambda job, wish: None) -> None:
        self.retention, self.name = retention, secrets.token_hex(8)
        self.on_wish = on_wish
        self.folder = retention.folder or Path(tempfile.mkdtemp(prefix="sketch2ct-serve-"))
        self.work = self.folder / "work" / self.name
        self._tickets: dict[str, Ticket] = {}  # by id; ended ones leave first
        self._remote: dict[str, int] = {}  # those of other servers' jobs → the number of the last event that was read
        self._ended_s: dict[str, float] = {}  # job → when it was seen to have ended
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._table = self._opened()
        self._thread = threading.Thread(target=self._tend, name="store", daemon=True)
        self._thread.start()

    def _opened(self) -> JobTable:
        try:
            for part in (self.folder, self.folder / "jobs", self.work):
                part.mkdir(mode=0o700, parents=True, exist_ok=True)
            old = sum((place / _OLD_FILE).exists() for place in (self.folder / "jobs").iterdir())
            if old:
                _LOG.warning(
                    "%d jobs of an earlier version in '%s' are not read; they are left there.", old, self.folder
                )
            return JobTable(self.folder / "jobs.sqlite3", self.name)
        except OSError as error:
            raise OutputError(
                f"The folder of the results cannot be made ({error.strerror or error}).", hint="Choose another."
            ) from error

    def place(self, job: str) -> Path:
        """The folder of a job's files."""
        return self.folder / "jobs" / sha256(job.encode()).hexdigest()[:40]

    def draft(self) -> Path:
        """A new folder for what comes with a request, before it is known whether the job is new."""
        return Path(tempfile.mkdtemp(prefix="draft-", dir=self.work))

    def knows(self, job: str) -> bool:
        """Whether there is a job of that id, of any server."""
        return self._table.find(job) is not None

    def begin(self, request: JobRequest, digest: str, draft: Path) -> tuple[Ticket, JobRecord, bool]:
        """Makes a job of a draft, or finds the one that was submitted before with the same content.

        Returns:
            Its ticket, its record, and whether it is new.

        Raises:
            DuplicateId: There is a job of that id that asks something else.
        """
        record = JobRecord(request.id, digest, self.name, secrets.token_hex(12))
        place = self.place(request.id)
        with self._lock:
            if not self._table.add(record):
                return *self._same(request.id, digest), False
            ticket = Ticket(request, place)
            self._tickets[request.id] = ticket
        try:
            shutil.rmtree(place, ignore_errors=True)  # of a server that died before it had removed all of a job
            draft.rename(place)
        except OSError:
            self.remove(request.id)
            raise
        ticket.subscribe(lambda event: self._table.add_event(event.job, event.seq, encoded(event)))
        return ticket, record, True

    def _same(self, job: str, digest: str) -> tuple[Ticket, JobRecord]:
        record = self.record(job)
        if record.digest != digest:
            raise DuplicateId(f"There is a job '{job}' already, which asks something else.", hint="Choose another id.")
        return self.ticket(job), record

    def record(self, job: str) -> JobRecord:
        """The record of a job.

        Raises:
            UnknownJob: There is none.
        """
        record = self._table.find(job)
        if record is None:
            raise UnknownJob(f"There is no job '{job}'.", hint="It may have been removed; submit it again.")
        return record

    def ticket(self, job: str) -> Ticket:
        """The ticket of a job of any server.

        Raises:
            UnknownJob: There is none.
        """
        with self._lock:
            record = self.record(job)
            if job not in self._tickets:
                self._tickets[job] = Ticket(Load(id=job), self.place(job))
                self._remote[job] = 0
                self._read_remote(record)
            return self._tickets[job]

    def live(self) -> tuple[Ticket, ...]:
        """This server's jobs that have not ended, the oldest first."""
        with self._lock:
            return tuple(t for job, t in self._tickets.items() if not t.is_over and job not in self._remote)

    def usage(self) -> tuple[int, int]:
        """The number of finished jobs, and their bytes."""
        ended = self._table.ended()
        return len(ended), sum(size for _, size in ended)

    def end(self, ticket: Ticket, last: Event, folder: Path | None) -> None:
        """Keeps the result of one's own job and says its last event.

        Args:
            ticket: The job.
            last: Its last event.
            folder: The folder that the worker left the files in; they are moved.
        """
        size = 0
        if isinstance(last, Result) and folder is not None and folder.is_dir():
            try:
                folder.rename(ticket.folder / "files")
                size = sum(file.size for file in last.files)
            except OSError as error:
                _LOG.warning("The result of '%s' cannot be kept: %s", ticket.job, error)
                last = Failed.of(UnknownJob(f"The result cannot be kept ({error.strerror}).", hint="Run it again."))
        for sent in ticket.folder.glob("input.*"):
            sent.unlink(missing_ok=True)
        ticket.say(last)
        try:
            self._table.end(ticket.job, size)
        except OSError as error:  # a full disk: the job is not kept beyond this server's life
            _LOG.warning("The end of '%s' is not noted: %s", ticket.job, error)
        with self._lock:
            self._ended_s[ticket.job] = time.monotonic()
            over = [job for job, one in self._tickets.items() if one.is_over]
            for job in over[: max(len(over) - _MOST_OPEN, 0)]:
                self._tickets.pop(job)

    def file(self, job: str, name: str) -> Path:
        """A file that the job's events name; no other.

        Raises:
            UnknownJob: There is no such job, or it has no such file.
        """
        events = self.ticket(job).history()
        named = {one.file.name for one in events if isinstance(one, Preview)}
        named |= {file.name for one in events if isinstance(one, Result) for file in one.files}
        if name in named:
            record = self.record(job)
            for root in (self.place(job) / "files", self.folder / "work" / record.server / f"job-{record.work}"):
                path = root / name
                if path.is_file() and path.resolve().is_relative_to(root.resolve()):
                    return path
        raise UnknownJob(f"The job '{job}' has no file {name[:60]!r}.", hint="Its events name its files.")

    def result_folder(self, job: str) -> Path:
        """The folder of a finished job's files.

        Raises:
            UnknownJob: There is no such job, or it has no result.
        """
        folder = self.place(job) / "files"
        if self.ticket(job).state != "done" or not folder.is_dir():
            raise UnknownJob(f"The job '{job}' has no result.", hint="Start from one that is done.")
        return folder

    def ask_owner(self, job: str, wish: str) -> None:
        """Asks the server that runs another server's job to cancel or forget it."""
        self._table.set_wish(job, wish)

    def remove(self, job: str) -> None:
        """Forgets a job that has ended, with its files."""
        self._table.remove(job)
        shutil.rmtree(self.place(job), ignore_errors=True)
        with self._lock:
            self._tickets.pop(job, None)
            self._remote.pop(job, None)
            self._ended_s.pop(job, None)

    def close(self) -> None:
        """Stops tending, and removes the worker's folder, and everything where the folder is a temporary one."""
        self._stop.set()
        self._thread.join()
        shutil.rmtree(self.work, ignore_errors=True)
        try:
            self._table.close()
        except OSError as error:
            _LOG.warning("%s", error)
        if self.retention.folder is None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _tend(self) -> None:
        expired_s = time.monotonic()
        while not self._stop.wait(_SWEEP_S):
            now = time.monotonic()
            try:
                self._follow_others()
                for job, wish in self._table.take_wishes():
                    self.on_wish(job, wish)
                self._table.beat()
                if now - expired_s >= min(_EXPIRE_S, self.retention.keep_s):
                    expired_s = now
                    self.expire()
            except (OSError, Sketch2CTError) as error:  # a folder that went away meanwhile, a full disk
                _LOG.warning("The store goes on after: %s", error)

    def _follow_others(self) -> None:
        with self._lock:
            for job in tuple(self._remote):
                try:
                    self._read_remote(self.record(job))
                except UnknownJob as error:
                    self._tickets[job].say(Failed.of(error))
                    self._remote.pop(job)

    def _read_remote(self, record: JobRecord) -> None:
        """Takes in the events of another server's job that came since, under the same numbers."""
        ticket = self._tickets[record.job]
        for seq, line in self._table.events(record.job, self._remote[record.job]):
            self._remote[record.job] = seq
            try:
                event = decoded_event(line)
            except ProtocolError as error:
                _LOG.warning("Event %d of '%s' is left out: %s", seq, record.job, error)
                continue
            if isinstance(event, Planned | Progress):
                ticket.begin()
            ticket.say(event)
        is_own = record.server == self.name  # which would be in memory, did it still run
        if not ticket.is_over and (is_own or not self._table.is_alive(record.server)):
            ticket.say(Failed.of(WorkerLost("The server that ran this job has ended.", hint="Submit the job again.")))
        if ticket.is_over:
            self._remote.pop(record.job)

    def expire(self) -> None:
        """Removes finished jobs that are too old, then the oldest while there is too much of them."""
        for server in self._table.dead_servers():  # jobs that have ended do not need its worker's folder
            shutil.rmtree(self.folder / "work" / server, ignore_errors=True)
            self._table.remove_server(server)
        now = time.monotonic()
        with self._lock:
            sizes = dict(self._table.ended())
            self._ended_s = {job: self._ended_s.get(job, now) for job in sizes}
            ages_s = {job: now - since for job, since in self._ended_s.items()}
        total = sum(sizes.values())
        for job in sorted(ages_s, key=ages_s.__getitem__, reverse=True):
            if ages_s[job] >= self.retention.keep_s or total > self.retention.keep_mb * 1e6:
                self.remove(job)
                total -= sizes[job]

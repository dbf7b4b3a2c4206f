"""Jobs and their results on disk, kept for a stated time and total size.

Several servers may share one folder (a cluster does): each runs its own jobs and knows the others' from their journals.
No name below the folder comes from a request: a job's place is the hash of its id.

    jobs/<hash>/job.json        the id, what was asked (as a digest) and whose it is
    jobs/<hash>/events.ndjson   every event, one a line
    jobs/<hash>/input.*         what was sent along
    jobs/<hash>/files/          the result
    jobs/<hash>/cancel, forget  what another server asks of the job's owner
    jobs/<hash>/over            the bytes of a job that has ended
    servers/<name>              a count that grows while that server lives
    work/<name>/                that server's worker
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from ..atomic import write_text
from ..errors import ConfigError, OutputError, Sketch2CTError
from .journal import Journal, Mirror
from .protocol.events import Event, Failed, Preview, Result
from .protocol.faults import DuplicateId, UnknownJob, WorkerLost
from .protocol.messages import JobRequest
from .pulse import Pulses
from .ticket import Ticket

_SWEEP_S, _EXPIRE_S = 0.1, 2.0
_MOST_OPEN = 64  # tickets of ended jobs in memory; the others are read from their journals
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Keeping:
    """What is kept.

    Args:
        folder: Of everything; None makes a temporary one, which is removed at the end.
        keep_s: Seconds that a finished job is kept.
        keep_mb: Of all finished jobs; the oldest go first.

    Raises:
        ConfigError: A number is out of range.
    """

    folder: Path | None = None
    keep_s: float = 3600.0
    keep_mb: float = 4096.0

    def __post_init__(self) -> None:
        if not (self.keep_s > 0 and self.keep_mb > 0):
            raise ConfigError(f"Results cannot be kept for {self.keep_s:g} s in {self.keep_mb:g} MB.")


@dataclass(frozen=True)
class Kept:
    """What job.json says: the job, a digest of what was asked, whose it is, and its id in that server's worker."""

    job: str
    digest: str
    server: str
    work: str


class Store:
    """See the module. All methods may be called from any thread.

    Args:
        keeping: Where and how long.
        on_mark: Called with a job of this server and "cancel" or "forget", when another server asks for it.
    """

    def __init__(self, keeping: Keeping, on_mark: Callable[[str, str], None] = lambda job, mark: None) -> None:
        self.keeping, self.name = keeping, secrets.token_hex(8)
        self.on_mark = on_mark
        self._cleans = keeping.folder is None
        self.folder = keeping.folder or Path(tempfile.mkdtemp(prefix="sketch2ct-serve-"))
        self.work = self.folder / "work" / self.name
        self._tickets: dict[str, Ticket] = {}  # by id; ended ones leave first
        self._mirrors: dict[str, Mirror] = {}
        self._ended: dict[Path, tuple[float, int]] = {}  # place → when it was seen to have ended, bytes
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._made()
        self._thread = threading.Thread(target=self._tend, name="store", daemon=True)
        self._thread.start()

    def _made(self) -> None:
        try:
            for part in (self.folder, self.folder / "jobs", self.work):
                part.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._pulses = Pulses(self.folder / "servers", self.name)
        except OSError as error:
            raise OutputError(
                f"The folder of the results cannot be made ({error.strerror or error}).", hint="Choose another."
            ) from error

    def place(self, job: str) -> Path:
        """Where a job lies."""
        return self.folder / "jobs" / hashlib.sha256(job.encode()).hexdigest()[:32]

    def draft(self) -> Path:
        """A new folder for what comes with a request, before it is known whether the job is new."""
        return Path(tempfile.mkdtemp(prefix="draft-", dir=self.work))

    def begin(self, request: JobRequest, digest: str, draft: Path) -> tuple[Ticket, Kept, bool]:
        """Makes a job of a draft, or finds the one that was submitted before with the same content.

        Returns:
            Its ticket, its record, and whether it is new.

        Raises:
            DuplicateId: There is a job of that id that asks something else.
        """
        kept = Kept(request.id, digest, self.name, secrets.token_hex(12))
        place = self.place(request.id)
        write_text(draft / "job.json", json.dumps(asdict(kept)))
        with self._lock:
            try:
                draft.rename(place)
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise
                shutil.rmtree(draft, ignore_errors=True)
                return *self._same(request.id, digest), False
            ticket = Ticket(request, place)
            self._tickets[request.id] = ticket
        ticket.subscribe(Journal(place).write)
        return ticket, kept, True

    def _same(self, job: str, digest: str) -> tuple[Ticket, Kept]:
        kept = self.kept(job)
        if kept.digest != digest:
            raise DuplicateId(f"There is a job '{job}' already, which asks something else.", hint="Choose another id.")
        return self.ticket(job), kept

    def kept(self, job: str) -> Kept:
        """The record of a job.

        Raises:
            UnknownJob: There is none.
        """
        try:
            return Kept(**json.loads((self.place(job) / "job.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise UnknownJob(f"There is no job '{job}'.", hint="It may have been removed; submit it again.") from error

    def is_own(self, job: str) -> bool:
        """Whether this server runs, or ran, the job."""
        return self.kept(job).server == self.name

    def ticket(self, job: str) -> Ticket:
        """The ticket of a job of any server.

        Raises:
            UnknownJob: There is none.
        """
        with self._lock:
            known = self._tickets.get(job)
            if known is not None and known.folder.is_dir():
                return known
            kept = self.kept(job)
            mirror = Mirror(self.place(job), job)
            mirror.read()
            self._tickets[job] = mirror.ticket
            if not mirror.ticket.is_over:
                self._mirrors[job] = mirror
                self._check_life(kept.server, mirror.ticket)
            return mirror.ticket

    def live(self) -> tuple[Ticket, ...]:
        """This server's jobs that have not ended, the oldest first."""
        with self._lock:
            return tuple(t for job, t in self._tickets.items() if not t.is_over and job not in self._mirrors)

    def usage(self) -> tuple[int, int]:
        """Finished jobs, and their bytes."""
        with self._lock:
            return len(self._ended), sum(size for _, size in self._ended.values())

    def end(self, ticket: Ticket, last: Event, folder: Path | None) -> None:
        """Keeps the result of one's own job and says its last event.

        Args:
            ticket: Of the job.
            last: Its last event.
            folder: Where the worker left the files; they are moved.
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
        self._mark_over(ticket.folder, size)

    def _mark_over(self, place: Path, size: int) -> None:
        try:
            write_text(place / "over", str(size))
        except OutputError as error:  # a full disk: the job is not kept beyond this server's life
            _LOG.warning("%s", error)
        with self._lock:
            self._ended[place] = (time.monotonic(), size)
            over = [job for job, ticket in self._tickets.items() if ticket.is_over]
            for job in over[: max(len(over) - _MOST_OPEN, 0)]:
                self._tickets.pop(job)

    def file(self, job: str, name: str) -> Path:
        """A file that the job's events name; no other.

        Raises:
            UnknownJob: There is no such job, or it has no such file.
        """
        told = self.ticket(job).history()
        named = {one.file.name for one in told if isinstance(one, Preview)}
        named |= {file.name for one in told if isinstance(one, Result) for file in one.files}
        if name in named:
            kept = self.kept(job)
            for root in (self.place(job) / "files", self.folder / "work" / kept.server / f"job-{kept.work}"):
                path = root / name
                if path.is_file() and path.resolve().is_relative_to(root.resolve()):
                    return path
        raise UnknownJob(f"The job '{job}' has no file {name[:60]!r}.", hint="Its events name its files.")

    def result_folder(self, job: str) -> Path:
        """Where a finished job's files lie.

        Raises:
            UnknownJob: There is no such job, or it has no result.
        """
        folder = self.place(job) / "files"
        if self.ticket(job).state != "done" or not folder.is_dir():
            raise UnknownJob(f"The job '{job}' has no result.", hint="Start from one that is done.")
        return folder

    def mark(self, job: str, mark: str) -> None:
        """Asks the owner of another server's job to cancel or forget it."""
        (self.place(job) / mark).touch()

    def remove(self, job: str) -> None:
        """Forgets a job that has ended, with its files."""
        self._remove(self.place(job), job)

    def _remove(self, place: Path, job: str | None = None) -> None:
        shutil.rmtree(place, ignore_errors=True)
        with self._lock:
            self._ended.pop(place, None)
            gone = [name for name, t in self._tickets.items() if name == job or (t.folder == place and t.is_over)]
            for name in gone:
                self._tickets.pop(name)
                self._mirrors.pop(name, None)

    def close(self) -> None:
        """Stops tending, and removes the worker's folder, and everything where the folder is a temporary one."""
        self._stop.set()
        self._thread.join()
        shutil.rmtree(self.work, ignore_errors=True)
        self._pulses.end()
        if self._cleans:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _tend(self) -> None:
        expired = time.monotonic()
        while not self._stop.wait(_SWEEP_S):
            now = time.monotonic()
            try:
                self._follow_others()
                self._obey_marks()
                self._pulses.beat()
                if now - expired >= min(_EXPIRE_S, self.keeping.keep_s):
                    expired = now
                    self.expire()
            except (OSError, Sketch2CTError) as error:  # a folder that went away meanwhile, a full disk
                _LOG.warning("The store goes on after: %s", error)

    def _follow_others(self) -> None:
        with self._lock:
            mirrors = dict(self._mirrors)
        for job, mirror in mirrors.items():
            mirror.read()
            if not mirror.ticket.is_over:
                try:
                    self._check_life(self.kept(job).server, mirror.ticket)
                except UnknownJob as error:
                    mirror.ticket.say(Failed.of(error))
            if mirror.ticket.is_over:
                with self._lock:
                    self._mirrors.pop(job, None)

    def _check_life(self, server: str, ticket: Ticket) -> None:
        if server == self.name or not self._pulses.lives(server):  # one's own would be in memory, did it still run
            lost = WorkerLost("The server that ran this job has ended.", hint="Submit the job again.")
            ticket.say(Failed.of(lost))

    def _obey_marks(self) -> None:
        for ticket in self.live() if self._pulses.others else ():
            for mark in ("forget", "cancel"):
                path = ticket.folder / mark
                if path.exists():
                    path.unlink(missing_ok=True)
                    self.on_mark(ticket.job, mark)

    def expire(self) -> None:
        """Removes finished jobs that are too old, then the oldest while there is too much of them."""
        self._look_for_ended()
        self._clear_after_dead()
        with self._lock:
            ended = sorted(self._ended.items(), key=lambda one: one[1][0])
        total, now = sum(size for _, (_, size) in ended), time.monotonic()
        for place, (since, size) in ended:
            if now - since >= self.keeping.keep_s or total > self.keeping.keep_mb * 1e6:
                self._remove(place)
                total -= size

    def _clear_after_dead(self) -> None:
        """Removes what servers left behind that have died; jobs that have ended do not need it."""
        for place in (self.folder / "work").iterdir():
            if place != self.work and not self._pulses.lives(place.name):
                shutil.rmtree(place, ignore_errors=True)
                self._pulses.bury(place.name)

    def _look_for_ended(self) -> None:
        """Finds jobs of other servers, and of former ones, that have ended."""
        known = {*self._ended, *(ticket.folder for ticket in self.live())}
        with os.scandir(self.folder / "jobs") as found:
            places = [Path(entry.path) for entry in found]
        for place in places:
            if place in known:
                continue
            try:
                server = json.loads((place / "job.json").read_text(encoding="utf-8"))["server"]
                over = place / "over"
                if over.exists() or not self._pulses.lives(server):
                    size = int(over.read_text(encoding="utf-8") or 0) if over.exists() else 0
                    self._ended.setdefault(place, (time.monotonic(), size))
            except (OSError, ValueError, KeyError, TypeError):
                self._ended.setdefault(place, (time.monotonic(), 0))

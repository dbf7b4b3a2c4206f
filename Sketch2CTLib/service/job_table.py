"""The jobs, their events and the servers that run them: one SQLite file that all servers of a folder share.

A server shows that it lives by a count that grows (its heartbeat). Clocks are not compared: one that is set does not
matter.
"""

from __future__ import annotations

import errno
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

ALIVE_S = 10.0  # a server whose heartbeat stands still for so long has died
BEAT_S = 1.0
_BUSY_S = 10.0  # how long another server's writing is waited for
_MOUNTS = Path("/proc/mounts")
_NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "9p", "ceph", "lustre", "gluster", "beegfs", "gpfs", "fuse.")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS servers (name TEXT PRIMARY KEY, beats INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    job TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    server TEXT NOT NULL,
    work TEXT NOT NULL,
    wish TEXT NOT NULL DEFAULT '',
    bytes INTEGER
);
CREATE TABLE IF NOT EXISTS events (
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    line BLOB NOT NULL,
    PRIMARY KEY (job, seq)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class JobRecord:
    """A row of the table.

    Args:
        job: The id.
        digest: The digest of the request.
        server: The name of the server that runs it, or ran it.
        work: The job's id in that server's worker.
    """

    job: str
    digest: str
    server: str
    work: str


class JobTable:
    """The table, as one server sees it. All methods may be called from any thread.

    Args:
        path: The file; it is made where there is none.
        server: The name of this server.

    Raises:
        OSError: The file cannot be used; each method raises it too, with ENOSPC on a full disk.
    """

    def __init__(self, path: Path, server: str) -> None:
        self.server, self.alive_s = server, ALIVE_S
        self._lock = threading.Lock()
        self._seen_beats: dict[str, tuple[int, float]] = {}  # server → its count, and when that was seen first
        self._beaten_s = -BEAT_S
        with _system_errors():
            self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            self._connection.execute(f"PRAGMA journal_mode = {'DELETE' if is_on_network(path) else 'WAL'}")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.executescript(_SCHEMA)
        self.beat()

    def add(self, record: JobRecord) -> bool:
        """Adds a job; whether there was none of its id."""
        sql = "INSERT INTO jobs (job, digest, server, work) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return self._changed(sql, record.job, record.digest, record.server, record.work) == 1

    def find(self, job: str) -> JobRecord | None:
        """The record of a job; None where there is none."""
        rows = self._rows("SELECT job, digest, server, work FROM jobs WHERE job = ?", job)
        return JobRecord(*rows[0]) if rows else None

    def remove(self, job: str) -> None:
        """Removes a job and its events."""
        self._changed("DELETE FROM jobs WHERE job = ?", job)

    def add_event(self, job: str, seq: int, line: bytes) -> None:
        """Adds an event of a job; of one that was removed meanwhile nothing is kept."""
        self._changed("INSERT INTO events SELECT job, ?, ? FROM jobs WHERE job = ?", seq, line, job)

    def events(self, job: str, after: int) -> list[tuple[int, bytes]]:
        """The events of a job after number `after`, each with its number."""
        return self._rows("SELECT seq, line FROM events WHERE job = ? AND seq > ? ORDER BY seq", job, after)

    def end(self, job: str, size: int) -> None:
        """Notes that a job has ended, with so many bytes of files."""
        self._changed("UPDATE jobs SET bytes = ? WHERE job = ?", size, job)

    def ended(self) -> list[tuple[str, int]]:
        """The jobs of all servers that have ended, with their bytes, in the order of submission."""
        return self._rows("SELECT job, bytes FROM jobs WHERE bytes IS NOT NULL ORDER BY rowid")

    def set_wish(self, job: str, wish: str) -> None:
        """Asks the server that runs a job to 'cancel' or 'forget' it."""
        self._changed("UPDATE jobs SET wish = ? WHERE job = ? AND wish != 'forget'", wish, job)

    def take_wishes(self) -> list[tuple[str, str]]:
        """The jobs that other servers asked this one to 'cancel' or 'forget' since the last call."""
        wishes = self._rows("SELECT job, wish FROM jobs WHERE server = ? AND wish != ''", self.server)
        for job, wish in wishes:
            self._changed("UPDATE jobs SET wish = '' WHERE job = ? AND wish = ?", job, wish)
        return wishes

    def beat(self) -> None:
        """Lets this server's heartbeat go on, where the last beat is long enough ago."""
        now = time.monotonic()
        if now - self._beaten_s >= BEAT_S:
            sql = "INSERT INTO servers VALUES (?, 1) ON CONFLICT DO UPDATE SET beats = beats + 1"
            self._changed(sql, self.server)
            self._beaten_s = now

    def is_alive(self, server: str) -> bool:
        """Whether a server's heartbeat goes on; this server's does."""
        if server == self.server:
            return True
        rows = self._rows("SELECT beats FROM servers WHERE name = ?", server)
        if not rows:
            return False
        beats, since = self._seen_beats.get(server, (0, 0.0))
        if rows[0][0] != beats:
            self._seen_beats[server] = (rows[0][0], time.monotonic())
            return True
        return time.monotonic() - since < self.alive_s

    def dead_servers(self) -> list[str]:
        """The servers that have died and that nobody has removed yet."""
        return [name for (name,) in self._rows("SELECT name FROM servers") if not self.is_alive(name)]

    def remove_server(self, server: str) -> None:
        """Removes a server that has ended, which the others see at once; its jobs that had not ended keep no files."""
        self._changed("UPDATE jobs SET bytes = 0 WHERE bytes IS NULL AND server = ?", server)
        self._changed("DELETE FROM servers WHERE name = ?", server)

    def close(self) -> None:
        """Ends this server's heartbeat and closes the file."""
        self.remove_server(self.server)
        with self._lock, _system_errors():
            self._connection.close()

    def _rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock, _system_errors(), closing(self._connection.execute(sql, values)) as cursor:
            return cursor.fetchall()

    def _changed(self, sql: str, *values: object) -> int:
        """Runs a statement as a transaction of its own; how many rows it changed."""
        with self._lock, _system_errors(), closing(self._connection.execute(sql, values)) as cursor:
            return cursor.rowcount


@contextmanager
def _system_errors() -> Iterator[None]:
    """SQLite's errors as those of the system, which listeners and answers know."""
    try:
        yield
    except sqlite3.Error as error:
        is_full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        raise OSError(errno.ENOSPC if is_full else errno.EIO, f"the table of jobs: {error}") from error


def is_on_network(path: Path) -> bool:
    """Whether a file lies on a file system of the network, where SQLite's WAL does not work; False if unknown."""
    try:
        mounts = [line.split()[1:3] for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return False
    real = path.resolve()
    holding = [(len(place), kind) for place, kind in mounts if real.is_relative_to(place)]
    return max(holding, default=(0, ""))[1].startswith(_NETWORK_FILE_SYSTEMS)

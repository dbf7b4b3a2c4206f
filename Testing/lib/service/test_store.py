"""Jobs on disk: one table for all servers of a folder, whoever dies meanwhile; nothing is lost and nothing is left."""

from __future__ import annotations

import errno
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from Sketch2CTLib.errors import OutputError
from Sketch2CTLib.service.job_table import JobRecord, JobTable
from Sketch2CTLib.service.protocol.events import Failed, FileOut, Progress, Result
from Sketch2CTLib.service.protocol.faults import DuplicateId, UnknownJob
from Sketch2CTLib.service.protocol.messages import Generate
from Sketch2CTLib.service.store import Retention, Store

ROOT = Path(__file__).parents[3]


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Opens stores over one folder, as servers that share it do."""
    stores: list[Store] = []

    def open_one(**retention: object) -> Store:
        stores.append(Store(Retention(tmp_path / "shared", **retention)))
        stores[-1]._stop.set()  # the tests call what its thread would
        stores[-1]._thread.join()
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


def begin(store: Store, job: str, digest: str = "same"):
    return store.begin(Generate(id=job, text="x"), digest, store.draft())


def finish(store: Store, job: str, content: bytes = b"mask") -> None:
    """Ends a job with one file."""
    made = store.work / f"made-{job}"
    made.mkdir()
    (made / "mask.seg.nrrd").write_bytes(content)
    file = FileOut(name="mask.seg.nrrd", size=len(content), sha256="0")
    store.end(store.ticket(job), Result(job=job, files=(file,), candidates=(), report={}), made)


def test_a_job_is_one_and_the_same_for_all_servers(open_store: Callable[..., Store]) -> None:
    one, other = open_store(), open_store()
    ticket, record, new = begin(one, "a")
    assert new and record.server == one.name and other.knows("a") and one.place("a").is_dir()
    again, theirs, new = begin(other, "a")
    assert not new and theirs == record and again.job == "a"
    with pytest.raises(DuplicateId):
        begin(other, "a", "something else")
    ticket.say(Progress(stage="mask", step=1, steps=2))
    finish(one, "a")
    other._follow_others()
    assert other.ticket("a").state == "done"
    assert [event.seq for event in other.ticket("a").history()] == [event.seq for event in ticket.history()]
    assert other.file("a", "mask.seg.nrrd").read_bytes() == b"mask"
    assert one.usage() == other.usage() == (1, 4)
    other.remove("a")
    for store in (one, other):
        with pytest.raises(UnknownJob):
            store.ticket("a")
    assert not one.place("a").exists() and one.usage() == (0, 0)


def test_a_wish_is_heard_once_and_by_the_owner_alone(open_store: Callable[..., Store]) -> None:
    one, other = open_store(), open_store()
    begin(one, "a")
    other.ask_owner("a", "forget")
    other.ask_owner("a", "cancel")
    assert other._table.take_wishes() == []
    assert one._table.take_wishes() == [("a", "forget")], "to forget is to cancel too"
    assert one._table.take_wishes() == []


def test_jobs_of_a_server_that_died_are_lost_expire_and_its_folder_is_removed(
    open_store: Callable[..., Store],
) -> None:
    dead, other = open_store(), open_store(keep_s=1e-9)
    begin(dead, "a")
    other._table.alive_s = 0.0
    other._table.is_alive(dead.name)  # its heartbeat is seen, and stands still from then on
    lost = other.ticket("a").last
    assert isinstance(lost, Failed) and lost.code == "worker_lost"
    other.expire()
    assert not dead.work.exists() and other.work.exists() and other.usage() == (1, 0)
    other.expire()
    assert not other.knows("a") and not other.place("a").exists()


def test_results_are_read_by_the_next_server_and_the_oldest_leave_first(open_store: Callable[..., Store]) -> None:
    first = open_store()
    for job in "abc":
        begin(first, job)
        finish(first, job, b"x" * 10)
    first.close()
    second = open_store(keep_mb=25e-6)
    assert second.ticket("a").state == "done" and second.usage() == (3, 30)
    second.expire()
    assert [second.knows(job) for job in "abc"] == [False, True, True] and second.usage() == (2, 20)


def test_the_folder_of_an_earlier_version_is_left_as_it_is_and_told(
    tmp_path: Path, open_store: Callable[..., Store], caplog: pytest.LogCaptureFixture
) -> None:
    former = tmp_path / "shared"
    old = [former / "jobs" / "0123" / "job.json", former / "servers" / "abc", former / "work" / "abc" / "x"]
    for path in old:
        path.parent.mkdir(parents=True)
        path.write_text('{"job": "a", "digest": "d", "server": "abc", "work": "w"}')
    with caplog.at_level(logging.WARNING):
        store = open_store(keep_s=1e-9)
    assert [record.getMessage() for record in caplog.records if "1 jobs of an earlier version" in record.getMessage()]
    begin(store, "a")
    finish(store, "a")
    store.expire()
    assert all(path.exists() for path in old) and not store.knows("a")


def test_a_file_that_is_no_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "jobs.sqlite3").write_bytes(b"no database" * 100)
    with pytest.raises(OutputError, match="not a database"):
        Store(Retention(tmp_path))


def test_errors_of_the_table_are_those_of_the_system(tmp_path: Path) -> None:
    table = JobTable(tmp_path / "jobs.sqlite3", "me")
    table._connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(OSError) as full:
        for number in range(1000):
            table.add_event("a", number, b"x") if table.find("a") else table.add(JobRecord("a", "x" * 9999, "me", "w"))
    assert full.value.errno == errno.ENOSPC
    table._connection.close()
    with pytest.raises(OSError, match="closed"):
        table.find("a")


WRITER = """
import sys
from Sketch2CTLib.service.job_table import JobRecord, JobTable
from pathlib import Path
from Sketch2CTLib.service import job_table
job_table._MOUNTS = Path(sys.argv[3])
table = JobTable(Path(sys.argv[1]), sys.argv[2])
for number in range(50):
    new = table.add(JobRecord(f"j{number}", "d", sys.argv[2], "w"))
    if new:
        table.add_event(f"j{number}", 1, b"line")
        table.end(f"j{number}", 1)
"""


@pytest.mark.parametrize(("file_system", "journal"), [("ext4", "wal"), ("nfs4", "delete"), ("fuse.sshfs", "delete")])
def test_many_processes_write_at_once_and_each_job_has_one_owner(
    tmp_path: Path, file_system: str, journal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, mounts = tmp_path / "jobs.sqlite3", tmp_path / "mounts"
    mounts.write_text(f"disk / ext4 rw 0 0\nshare {tmp_path} {file_system} rw 0 0\nother /elsewhere nfs rw 0 0\n")
    monkeypatch.setattr("Sketch2CTLib.service.job_table._MOUNTS", mounts)
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, f"server{n}", str(mounts)], cwd=ROOT) for n in range(6)]
    assert [writer.wait(60) for writer in writers] == [0] * 6
    table = JobTable(path, "me")
    assert table._connection.execute("PRAGMA journal_mode").fetchone() == (journal,)
    assert len(table.ended()) == 50
    assert all(len(table.events(f"j{number}", 0)) == 1 for number in range(50))
    table.close()

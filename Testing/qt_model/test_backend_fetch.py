"""Files of a local worker: copied by a thread, whole or not at all; a slow disk holds nothing up."""

import hashlib
import os
import threading
import time
from contextlib import contextmanager

import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import pytest  # noqa: E402
from backend_runs import is_alive, spin  # noqa: E402
from heartbeat import Stopwatch, limit_ms, watched  # noqa: E402
from Sketch2CTUI.backend import backend as backend_module  # noqa: E402
from Sketch2CTUI.backend import link as backend_link  # noqa: E402
from Sketch2CTUI.widgets import file_task  # noqa: E402

from Sketch2CTLib.atomic import written_beside  # noqa: E402
from Sketch2CTLib.service.protocol.events import FileOut, Result  # noqa: E402

STALL_S = 0.4  # that the disk of `slow_disk` takes for each file


@pytest.fixture
def slow_disk(monkeypatch):
    """A disk that takes its time for each file; the list says how often it was asked."""
    asked = []

    @contextmanager
    def slow(path):
        asked.append(path)
        with written_beside(path) as beside:
            beside.write_bytes(b"half")
            time.sleep(STALL_S)
            yield beside

    monkeypatch.setattr(backend_link, "written_beside", slow)
    return asked


def result_of(folder, **contents):
    """A result event whose files lie in a folder."""
    folder.mkdir(exist_ok=True)
    files = []
    for name, content in contents.items():
        (folder / f"{name}.nrrd").write_bytes(content)
        files.append(FileOut(name=f"{name}.nrrd", size=len(content), sha256=hashlib.sha256(content).hexdigest()))
    return Result(files=tuple(files), folder=str(folder), candidates=(), report={})


def files_in(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def digest(path):
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@pytest.mark.alone
def test_large_files_arrive_as_they_were_and_the_window_goes_on(bench, tmp_path):
    result = result_of(tmp_path / "from", volume=os.urandom(2**20) * 120)
    fetched = []
    beat = watched(lambda: fetched.append(bench.fetch(result, tmp_path / "to")))
    assert digest(fetched[-1]["volume.nrrd"]) == result.files[0].sha256
    assert files_in(tmp_path / "to") == ["volume.nrrd"]
    assert beat.longest_ms < beat.limit_ms


@pytest.mark.alone
def test_a_disk_that_stalls_does_not_hold_up_the_window(bench, tmp_path, slow_disk):
    contents = {"mask.nrrd": b"mask", "volume.nrrd": b"volume"}
    result = result_of(tmp_path / "from", mask=b"mask", volume=b"volume")

    def fetch():
        slow_disk.clear()
        began = time.monotonic()
        paths = bench.fetch(result, tmp_path / "to")
        assert time.monotonic() - began > 2 * STALL_S and len(slow_disk) == 2
        assert {name: path.read_bytes() for name, path in paths.items()} == contents

    beat = watched(fetch)
    assert beat.longest_ms < beat.limit_ms and beat.beats > 20


def test_a_cancelled_fetch_stops_soon_and_leaves_nothing_half_written(bench, tmp_path, slow_disk):
    result = result_of(tmp_path / "from", mask=b"mask", volume=b"volume", agreement=b"agreement")
    fetch = bench.backend.fetch(result, tmp_path / "to", pytest.fail, pytest.fail)
    assert spin(lambda: slow_disk) and not fetch.is_quiet
    fetch.cancel()
    assert fetch.is_over and not bench.backend.is_running
    assert not fetch.is_quiet, "the disk has not answered yet"
    assert spin(lambda: fetch.is_quiet)
    assert len(slow_disk) == 1 and files_in(tmp_path / "to") == []
    assert spin(lambda: not bench.backend._timer.active)


@pytest.mark.alone
def test_stop_waits_for_no_disk_and_the_worker_goes_when_the_disk_has_answered(bench, tmp_path, slow_disk):
    bench.run("steps=1")
    pid = bench.backend.pid
    fetch = bench.backend.fetch(result_of(tmp_path / "from", mask=b"mask"), tmp_path / "to", pytest.fail, pytest.fail)
    assert spin(lambda: slow_disk)
    passing = Stopwatch()
    bench.backend.stop()
    assert passing.ms < limit_ms() and not fetch.is_quiet
    assert spin(lambda: not backend_module._STOPPING) and fetch.is_quiet
    assert spin(lambda: not is_alive(pid)) and files_in(tmp_path / "to") == []


@pytest.mark.parametrize(
    ("name", "sha", "said"), [("gone.nrrd", "", "no file"), ("a.nrrd", "00", "damaged"), ("../a.nrrd", "", "outside")]
)
def test_a_file_comes_whole_or_not_at_all(bench, tmp_path, name, sha, said):
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "a.nrrd").write_bytes(b"abc")
    file = FileOut(name=name, size=3, sha256=sha)
    result = Result(files=(file,), folder=str(tmp_path / "from"), candidates=(), report={})
    failed = bench.fetch(result, tmp_path / "to")
    assert failed.kind == "error" and said in failed.message
    assert files_in(tmp_path / "to") == [] and not (tmp_path / "a.nrrd").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(bench, tmp_path):
    (tmp_path / "file").write_text("")
    failed = bench.fetch(bench.run("steps=1"), tmp_path / "file")
    assert failed.code == "bad_output" and "cannot be written" in failed.message


def test_a_full_disk_is_one_sentence_and_leaves_nothing(bench, tmp_path, monkeypatch):
    def full(path):
        raise OSError(28, "No space left on device", str(path))

    @contextmanager
    def on_full_disk(path):
        with written_beside(path) as beside:
            full(beside)
            yield beside

    monkeypatch.setattr(backend_link, "written_beside", on_full_disk)
    failed = bench.fetch(result_of(tmp_path / "from", mask=b"mask"), tmp_path / "to")
    assert failed.code == "bad_output" and "No space left" in failed.message and "free space" in failed.hint
    assert files_in(tmp_path / "to") == []


def test_a_mistake_in_the_thread_ends_the_fetch_too(bench, tmp_path, monkeypatch):
    def broken(path):
        raise TypeError("not ours")

    exceptions = []
    monkeypatch.setattr(file_task.threading, "excepthook", lambda raised: exceptions.append(raised.exc_type))
    monkeypatch.setattr(backend_link, "written_beside", broken)
    failed = bench.fetch(result_of(tmp_path / "from", mask=b"mask"), tmp_path / "to")
    assert failed.code == "bad_output" and "log" in failed.hint
    assert spin(lambda: exceptions == [TypeError])


class SlowServer:
    """The transport to a server that gives out a file at each `go`."""

    def __init__(self):
        self.names, self.go = [], threading.Semaphore(0)

    def fetch(self, event, name, target):
        assert self.go.acquire(timeout=30)
        self.names.append(name)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(target.stem.encode())


def served(tmp_path, *names):
    """A result event of a server, whose files hold their own names."""
    event = result_of(tmp_path / "from", **{name: name.encode() for name in names})
    return event.model_copy(update={"folder": None})


@pytest.fixture
def server_link(bench):
    """A link whose transport leads to a slow server; (link, server)."""
    link, server = backend_link.Link(bench.settings), SlowServer()
    link._transport = server
    return link, server


def test_files_of_a_server_come_one_by_one(server_link, tmp_path):
    link, server = server_link
    came = []
    fetch = link.fetch(served(tmp_path, "mask", "volume"), tmp_path / "to", came.append, pytest.fail)
    server.go.release()
    assert spin(lambda: server.names == ["mask.nrrd"]) and not came and not fetch.is_quiet
    server.go.release()
    assert spin(lambda: came) and fetch.is_over and fetch.is_quiet and not link.is_busy
    assert {name: path.read_bytes() for name, path in came[0].items()} == {
        "mask.nrrd": b"mask",
        "volume.nrrd": b"volume",
    }


def test_a_server_s_file_after_a_cancel_is_the_last(server_link, tmp_path):
    link, server = server_link
    event = served(tmp_path, "mask", "volume", "agreement")
    fetch = link.fetch(event, tmp_path / "to", pytest.fail, pytest.fail)
    server.go.release()
    assert spin(lambda: server.names == ["mask.nrrd"])
    fetch.cancel()
    assert link.is_busy and not link.is_running
    server.go.release(2)
    assert spin(lambda: fetch.is_quiet) and len(server.names) <= 2 and not link.is_busy


def test_a_damaged_file_of_a_server_is_told_and_does_not_stay(server_link, tmp_path):
    link, server = server_link
    event = served(tmp_path, "mask")
    event = event.model_copy(update={"files": (event.files[0].model_copy(update={"sha256": "00"}),)})
    failed = []
    server.go.release()
    link.fetch(event, tmp_path / "to", pytest.fail, failed.append)
    assert spin(lambda: failed) and "damaged" in failed[0].message and files_in(tmp_path / "to") == []

"""Work on files in a thread: its outcome comes once, and the program ends whatever the disk does."""

import gc
import subprocess
import sys
import threading
import time
import weakref

import pythonqt_model

pythonqt_model.install()

import pytest  # noqa: E402
from Sketch2CTUI.widgets import file_task  # noqa: E402
from Sketch2CTUI.widgets.file_task import FileWork  # noqa: E402

from Sketch2CTLib.errors import Cancelled, InputError, OutputError  # noqa: E402

STUCK = """
import sys; sys.path[:0] = [{folder!r}]
import pythonqt_model; pythonqt_model.install()
import time
from pathlib import Path
from Sketch2CTUI.widgets import file_task  # noqa: E402
from Sketch2CTUI.widgets.file_task import FileWork
from Sketch2CTLib.atomic import written_beside

def copy(check):
    with written_beside(Path(sys.argv[1])) as beside:
        beside.write_text("half")
        print("begun", flush=True)
        while True:
            time.sleep({pause})
            check()

FileWork(copy)
time.sleep(1.0)
"""


def outcome(work, timeout_s=10.0):
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        found = work.take(0.01)
        if found is not None:
            return found[0]
    raise AssertionError("no outcome")


def test_what_it_gives_back_comes_once_from_another_thread():
    work = FileWork(lambda check: threading.current_thread() is threading.main_thread())
    assert outcome(work) is False
    assert work.take(0.0) is None and work.is_quiet


def test_an_outcome_of_none_is_an_outcome():
    work = FileWork(lambda check: None)
    assert outcome(work) is None


def test_our_errors_come_as_they_are_and_those_of_the_system_as_one_sentence():
    def ours(check):
        raise InputError("There is no file.", hint="Choose another.")

    def systems(check):
        raise PermissionError(13, "Permission denied")

    with pytest.raises(InputError, match="no file"):
        outcome(FileWork(ours))
    with pytest.raises(OutputError, match="Permission denied"):
        outcome(FileWork(systems))


def test_what_is_given_up_stops_at_the_next_check():
    begun, go, passed = threading.Event(), threading.Event(), []

    def work(check):
        begun.set()
        go.wait(10)
        check()
        passed.append(True)

    made = FileWork(work)
    assert begun.wait(10) and not made.is_quiet
    made.give_up()
    assert not made.is_quiet
    go.set()
    with pytest.raises(Cancelled):
        outcome(made)
    assert made.is_quiet and not passed


class Cycle:
    """What only the collector frees, as a panel whose buttons call it."""

    def __init__(self, freed_in):
        self.me = self
        weakref.finalize(self, lambda: freed_in.append(threading.current_thread() is threading.main_thread()))


def allocations():
    """Enough for many collections, were there any."""
    return len([[n] for n in range(50_000)])


def test_what_the_collector_frees_is_never_freed_in_the_thread():
    """A widget that is destroyed there would crash Qt."""
    gc.collect()
    freed_in = []
    go = threading.Event()
    work = FileWork(lambda check: (go.wait(30), allocations()))
    for _ in range(5):
        Cycle(freed_in)
    go.set()
    while not work.is_quiet:
        time.sleep(0.001)
    assert gc.isenabled(), "the collector is back"
    gc.collect()
    assert freed_in == [True] * 5


def test_the_main_thread_collects_while_a_thread_works(monkeypatch):
    monkeypatch.setattr(file_task, "_EVERY_S", 0.0)
    gc.collect()
    freed_in, go = [], threading.Event()
    work = FileWork(lambda check: go.wait(30))
    Cycle(freed_in)
    assert not gc.isenabled()
    assert not work.is_quiet and freed_in == [True]
    go.set()
    outcome(work)
    assert gc.isenabled()


@pytest.mark.alone
@pytest.mark.parametrize(("pause", "left"), [(0.02, []), (60.0, [".out.nrrd"])])
def test_the_program_ends_whatever_the_disk_does(tmp_path, pause, left):
    """A disk that answers lets what is half written be taken away; one that does not is not waited for."""
    code = STUCK.format(folder=str(pythonqt_model.ROOT / "Testing" / "qt_model"), pause=pause)
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "out.nrrd")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    began = time.monotonic()
    assert process.wait(20) == 0
    assert time.monotonic() - began < 15
    process.stdout.close()
    assert len(list(tmp_path.iterdir())) == len(left)

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
from backend_runs import spin  # noqa: E402
from Sketch2CTUI.widgets import file_task  # noqa: E402
from Sketch2CTUI.widgets.file_task import FileTask  # noqa: E402

from Sketch2CTLib.errors import Cancelled, InputError, OutputError  # noqa: E402

STUCK = """
import sys; sys.path[:0] = [{folder!r}]
import pythonqt_model; pythonqt_model.install()
import time
from pathlib import Path
from Sketch2CTUI.widgets.file_task import FileTask
from Sketch2CTLib.atomic import written_beside

def copy(check):
    with written_beside(Path(sys.argv[1])) as beside:
        beside.write_text("half")
        print("begun", flush=True)
        while True:
            time.sleep({pause})
            check()

FileTask(copy, print, print)
time.sleep(1.0)
"""


def outcome(function):
    """What a task gives back; raises what it failed with."""
    came, failed = [], []
    task = FileTask(function, came.append, failed.append)
    assert spin(lambda: task.is_over)
    assert len(came) + len(failed) == 1 and task.is_quiet
    if failed:
        raise failed[0]
    return came[0]


def test_the_function_runs_in_another_thread():
    assert outcome(lambda check: threading.current_thread() is threading.main_thread()) is False


def test_an_outcome_of_none_is_an_outcome():
    assert outcome(lambda check: None) is None


def test_our_errors_come_as_they_are_and_those_of_the_system_as_one_sentence():
    def ours(check):
        raise InputError("There is no file.", hint="Choose another.")

    def systems(check):
        raise PermissionError(13, "Permission denied")

    with pytest.raises(InputError, match="no file"):
        outcome(ours)
    with pytest.raises(OutputError, match="Permission denied"):
        outcome(systems)


@pytest.mark.parametrize("how", ["stop", "cancel"])
def test_what_is_given_up_stops_at_the_next_check(how):
    begun, go, passed, failed = threading.Event(), threading.Event(), [], []

    def work(check):
        begun.set()
        go.wait(60)
        check()
        passed.append(True)

    task = FileTask(work, passed.append, failed.append)
    assert begun.wait(60) and not task.is_quiet
    getattr(task, how)()
    assert not task.is_quiet and task.is_over == (how == "cancel")
    go.set()
    assert spin(lambda: task.is_quiet) and not passed
    assert [type(error) for error in failed] == ([Cancelled] if how == "stop" else [])


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
    task = FileTask(lambda check: (go.wait(60), allocations()), lambda _: None, pytest.fail)
    for _ in range(5):
        Cycle(freed_in)
    go.set()
    assert spin(lambda: task.is_quiet)
    assert gc.isenabled(), "the collector is back"
    gc.collect()
    assert freed_in == [True] * 5


def test_the_main_thread_collects_while_a_thread_works(monkeypatch):
    monkeypatch.setattr(file_task, "_COLLECT_EVERY_S", 0.0)
    gc.collect()
    freed_in, go = [], threading.Event()
    task = FileTask(lambda check: go.wait(60), lambda _: None, pytest.fail)
    Cycle(freed_in)
    assert not gc.isenabled()
    assert spin(lambda: freed_in) and freed_in == [True] and not task.is_quiet
    go.set()
    assert spin(lambda: task.is_quiet)
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
    assert process.wait(120) == 0
    assert time.monotonic() - began < 30, "half of what the disk takes"
    process.stdout.close()
    assert len(list(tmp_path.iterdir())) == len(left)

"""The transport on QProcess: lines in pieces, one last event for each request, no process left behind."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest
import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

from backend_runs import SCRIPTED, is_alive, spin  # noqa: E402
from heartbeat import Stopwatch, limit_ms, watched  # noqa: E402
from Sketch2CTUI.backend import processes, worker  # noqa: E402
from Sketch2CTUI.backend.worker import ProcessTransport  # noqa: E402

from Sketch2CTLib.errors import ConfigError, Sketch2CTError  # noqa: E402
from Sketch2CTLib.service.protocol.lines import request_of  # noqa: E402

# A worker that says what the test tells it; each request is answered by `Ready`, or as its client's name says.
TOY = """
import json, os, subprocess, sys, time
say = lambda text: (os.write(1, text.encode()), None)[1]
for line in sys.stdin:
    asked = json.loads(line)
    ready = json.dumps({"kind": "ready", "id": asked["id"], "presets": ["Ä\\u00f6é"]}, ensure_ascii=False) + "\\n"
    how = asked.get("client", "")
    if how == "pieces":
        raw = ready.encode()
        for start in range(0, len(raw), 7):
            os.write(1, raw[start:start + 7]); time.sleep(0.002)
    elif how == "noise":
        say("no json\\n\\n{}\\n[1]\\n")
        say('{"kind": "later", "id": "' + asked["id"] + '"}\\n' + "x" * 100000 + "\\n" + ready)
    elif how == "die":
        sys.stderr.write("first\\nTraceback\\nValueError: the last wörds\\n"); sys.stderr.flush(); os._exit(3)
    elif how == "unfinished":
        say(ready.rstrip()); os._exit(0)
    elif how == "missing":
        import package_that_is_nowhere
    elif how == "child":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        sys.stderr.write(f"child {child.pid}\\n"); sys.stderr.flush(); say(ready)
    elif how == "flood":
        sys.stderr.write("line\\n" * 2000000); sys.stderr.flush(); say(ready)
    elif how == "stray":
        sys.stdout.write("line\\n" * 50000); sys.stdout.flush(); say(ready)
    elif how == "silent":
        pass
    else:
        say(ready)
"""


def hello(name="", identifier="h1"):
    return request_of({"kind": "hello", "id": identifier, "client": name})


@pytest.fixture
def toy(tmp_path):
    """A transport to a toy worker; (transport, lines of its log)."""
    (tmp_path / "toy.py").write_text(TOY, encoding="utf-8")
    log = []
    made = ProcessTransport([sys.executable, str(tmp_path / "toy.py")], log=log.append)
    yield made, log
    pid = made.pid
    made.kill()
    made.close()
    assert spin(lambda: not is_alive(pid))


def answers(transport, *names, count=None):
    """All events that answer hellos, once there is a last one for each."""
    heard = []
    for number, name in enumerate(names):
        transport.exchange(hello(name, f"h{number}"), heard.append)
    wanted = len(names) if count is None else count
    assert spin(lambda: sum(event.is_last for event in heard) >= wanted), heard
    return heard


def test_requests_are_answered_each_under_its_id(toy):
    heard = answers(toy[0], "", "pieces", "")
    assert [(event.id, event.kind) for event in heard] == [("h0", "ready"), ("h1", "ready"), ("h2", "ready")]
    assert heard[1].presets == ("Äöé",)


def test_what_is_no_event_is_left_out(toy):
    heard = answers(toy[0], "noise")
    assert [event.is_last for event in heard] == [False, True] and heard[-1].kind == "ready"


def test_a_worker_that_dies_ends_all_its_requests_once_with_its_last_words(toy):
    heard = answers(toy[0], "silent", "silent", "die")
    assert sorted(event.id for event in heard) == ["h0", "h1", "h2"]
    assert {event.code for event in heard} == {"worker_lost"}
    assert "status 3" in heard[0].message and "the last wörds" in heard[0].message and heard[0].hint
    assert "\n" not in heard[0].message
    assert toy[1] == ["first", "Traceback", "ValueError: the last wörds"]


def test_the_next_request_starts_another_worker(toy):
    transport, _ = toy
    answers(transport, "")
    first = transport.pid
    os.kill(first, signal.SIGKILL)
    (lost,) = answers(transport, "silent")
    assert lost.code == "worker_lost" and "signal 9" in lost.message and transport.pid is None
    assert answers(transport, "")[0].kind == "ready" and transport.pid != first


def test_a_line_without_its_end_is_heard_when_the_worker_ends(toy):
    assert [event.kind for event in answers(toy[0], "unfinished")] == ["ready"]


def test_a_missing_package_is_one_sentence_with_what_to_do(toy):
    (failed,) = answers(toy[0], "missing")
    assert failed.code == "missing_dependency" and "'package_that_is_nowhere'" in failed.message
    assert "Install" in failed.hint


def test_an_id_that_waits_is_refused(toy):
    heard = []
    for _ in range(2):
        toy[0].exchange(hello("silent"), heard.append)
    assert [event.code for event in heard] == ["duplicate_id"]


def test_a_program_that_is_not_there_is_one_sentence():
    made = ProcessTransport(["/no/such/program"])
    (failed,) = answers(made, "")
    assert failed.code == "worker_lost" and "cannot be started" in failed.message and "/no/such/program" in failed.hint
    (again,) = answers(made, "")
    assert again.code == "worker_lost"
    made.close()


def test_what_the_worker_started_dies_with_it(toy):
    transport, log = toy
    answers(transport, "child")
    assert spin(lambda: bool(log))
    child = int(log[0].split()[1])
    assert is_alive(child)
    transport.kill()
    assert spin(lambda: not is_alive(child) and transport.pid is None)


@pytest.mark.alone
@pytest.mark.parametrize("how", ["flood", "stray"])
def test_a_flood_of_lines_holds_nothing_up(toy, how):
    answers(toy[0], "")
    beat = watched(lambda: answers(toy[0], how))
    assert beat.longest_ms < beat.limit_ms and beat.beats > 3


def test_of_many_lines_that_are_no_event_two_warnings_tell(toy, caplog):
    answers(toy[0], "stray")
    told = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    assert len(told) == 2 and "not JSON" in told[0] and "49999 further lines" in told[1]


@pytest.mark.alone
def test_closing_does_not_wait_and_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setattr(worker.tempfile, "tempdir", str(tmp_path))
    made = ProcessTransport(SCRIPTED)
    answers(made, "")
    pid = made.pid
    assert list(tmp_path.iterdir())
    passing = Stopwatch()
    made.close()
    assert passing.ms < limit_ms()
    assert spin(lambda: not is_alive(pid))
    assert spin(lambda: not list(tmp_path.iterdir()) and not worker._LIVING)
    assert "closed" in answers(made, "")[0].message


def test_a_worker_that_does_not_end_is_killed(monkeypatch):
    stubborn = "import sys, time\nfor line in sys.stdin: pass\ntime.sleep(60)\n"
    monkeypatch.setattr(worker, "END_MS", 200)
    made = ProcessTransport([sys.executable, "-c", stubborn])
    made.exchange(hello(), lambda event: None)
    assert spin(lambda: made.pid)
    pid = made.pid
    made.close()
    assert spin(lambda: not is_alive(pid))


def test_closing_ends_what_waits(toy):
    heard = []
    toy[0].exchange(hello("silent"), heard.append)
    toy[0].close()
    assert spin(lambda: len(heard) == 1) and heard[0].code == "worker_lost"


def test_a_given_folder_stays(tmp_path):
    (tmp_path / "keep").mkdir()
    made = ProcessTransport(SCRIPTED, folder=tmp_path / "keep")
    answers(made, "")
    pid = made.pid
    made.close()
    assert spin(lambda: not is_alive(pid)) and (tmp_path / "keep").is_dir()


# ---- how it is started


def test_the_library_is_on_the_path_of_the_worker():
    variables = processes.worker_environment(sys.executable, {"PYTHONPATH": "/other", "MINE": "1"})
    first, rest = variables["PYTHONPATH"].split(os.pathsep)
    assert (Path(first) / "Sketch2CTLib" / "__init__.py").is_file() and rest == "/other" and variables["MINE"] == "1"


def test_another_python_does_not_find_slicers_own(monkeypatch):
    values = {"SLICER_HOME": "/opt/Slicer", "PYTHONHOME": "/opt/Slicer/lib/Python", "PYTHONPATH": "/opt/Slicer/x"}
    values["LD_LIBRARY_PATH"] = os.pathsep.join(["/opt/Slicer/lib", "/usr/local/lib"])
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    theirs = processes.worker_environment("/usr/bin/python3")
    assert "PYTHONHOME" not in theirs and "/opt/Slicer" not in theirs["PYTHONPATH"]
    assert theirs["LD_LIBRARY_PATH"] == "/usr/local/lib"
    ours = processes.worker_environment("/opt/Slicer/bin/PythonSlicer")
    assert ours["PYTHONHOME"] == values["PYTHONHOME"] and "/opt/Slicer/x" in ours["PYTHONPATH"]


def test_inside_slicer_its_own_python_is_taken(monkeypatch, tmp_path):
    (tmp_path / "PythonSlicer").write_text("#!/bin/sh\n")
    (tmp_path / "PythonSlicer").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/opt/Slicer/bin/SlicerApp-real")
    assert processes.worker_command()[0] == str(tmp_path / "PythonSlicer")


def test_a_python_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match="/no/python"):
        processes.worker_command("/no/python")
    assert processes.worker_command(sys.executable)[0] == sys.executable


def test_fetching_copies_whole_or_refuses(tmp_path):
    from Sketch2CTLib.service.protocol.events import FileOut, Result

    (tmp_path / "a.nrrd").write_bytes(b"abc")
    file = FileOut(name="a.nrrd", size=3, sha256="")
    told = Result(files=(file,), folder=str(tmp_path), candidates=(), report={})
    made = ProcessTransport(SCRIPTED)
    made.fetch(told, "a.nrrd", tmp_path / "out" / "a.nrrd")
    assert (tmp_path / "out" / "a.nrrd").read_bytes() == b"abc"
    with pytest.raises(Sketch2CTError, match=r"b\.nrrd"):
        made.fetch(told, "b.nrrd", tmp_path / "b.nrrd")
    assert json.dumps([path.name for path in (tmp_path / "out").iterdir()]) == '["a.nrrd"]'
    made.close()

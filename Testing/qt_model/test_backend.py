"""The backend on a timer: every run ends once, whatever happens, and the event loop never stands still."""

import gc
import os
import signal
import sys
import time

import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import pytest  # noqa: E402
from backend_runs import LONG, SCRIPTED, SERVICE_TESTS, Bench, Heard, asked, begun, is_alive, spin  # noqa: E402
from heartbeat import Stopwatch, limit_ms, watched  # noqa: E402
from Sketch2CTUI.backend import backend as backend_module  # noqa: E402
from Sketch2CTUI.backend import link as backend_link  # noqa: E402

from Sketch2CTLib.errors import ConfigError, Sketch2CTError  # noqa: E402

HANGS_S = 60.0  # that a job with 'hang' in its text stands still


@pytest.fixture
def make():
    """The same with a command or settings of the test's own."""
    benches = []

    def bench(*command, **settings):
        benches.append(Bench(command or SCRIPTED, **settings))
        return benches[-1]

    yield bench
    for one in benches:
        one.stop()


# ---- a local worker


def test_a_run_tells_progress_and_brings_its_files(bench, tmp_path):
    run, heard = bench.start("steps=20 delay=0.01")
    assert bench.backend.is_running and not run.is_over
    assert spin(lambda: run.is_over)
    assert heard.end.kind == "result" and {"queued", "progress"} <= heard.kinds()
    steps = [event.step for event in heard.events if event.kind == "progress"]
    assert steps == sorted(steps) and steps[-1] == 19
    paths = bench.fetch(heard.end, tmp_path / "out")
    assert paths["mask.seg.nrrd"].read_text() == "steps=20 delay=0.01"
    assert not bench.backend.is_running


@pytest.mark.alone
def test_the_event_loop_is_never_blocked(bench, tmp_path):
    sketch = {"strokes": [{"points": [[float(x), x / 3] for x in range(5000)]}]}

    def runs():
        result = bench.run("steps=200 delay=0.002 print", sketch=sketch)
        bench.fetch(result, tmp_path)
        run, _ = bench.start(LONG)
        spin(lambda: False, 0.2)
        run.cancel()
        assert spin(lambda: run.is_over)
        os.kill(bench.backend.pid, signal.SIGKILL)
        bench.run("steps=3")
        bench.backend.stop()
        spin(lambda: False, 0.2)

    bench.run("steps=1")
    beat = watched(runs)
    assert beat.longest_ms < beat.limit_ms and beat.beats > 50


def test_the_timer_sleeps_while_nothing_is_asked(bench):
    assert not bench.backend._timer.active
    bench.run("steps=1")
    assert spin(lambda: not bench.backend._timer.active)


def test_a_draft_is_answered_while_a_run_goes_on(bench):
    run, heard = bench.start(LONG)
    begun(heard)
    assert bench.draft("radius=9").kind == "drafted"
    assert bench.draft("fail").code == "bad_sketch"
    assert not run.is_over and bench.backend.is_running
    run.cancel()
    assert spin(lambda: run.is_over)
    assert not bench.backend.is_running


def test_of_two_drafts_at_once_the_newer_is_drawn(bench):
    bench.draft()  # the worker and its drafter have started
    ends = []
    for text in ("delay=0.5", "radius=4", "radius=5"):
        asked_ = {"kind": "draft", "structure": "liver", "text": text}
        bench.backend.draft(asked_, ends.append, ends.append)
    assert spin(lambda: len(ends) == 3)
    assert sorted(end.kind for end in ends) == ["drafted", "drafted", "error"]
    assert [end.code for end in ends if end.kind == "error"] == ["cancelled"]


def test_cancel_ends_a_run_between_two_steps(bench):
    run, heard = bench.start(LONG)
    begun(heard)
    pid = bench.backend.pid
    run.cancel()
    run.cancel()
    assert spin(lambda: run.is_over) and heard.end.code == "cancelled"
    assert bench.run("steps=1").kind == "result" and bench.backend.pid == pid


@pytest.mark.alone
def test_cancel_kills_a_worker_that_does_not_stop(bench, monkeypatch):
    monkeypatch.setattr(backend_link, "CANCEL_S", 0.4)
    run, heard = bench.start("hang")
    begun(heard)
    pid, began = bench.backend.pid, time.monotonic()
    run.cancel()
    assert spin(lambda: run.is_over) and heard.end.code == "cancelled"
    assert 0.35 < time.monotonic() - began < HANGS_S / 2
    assert spin(lambda: not is_alive(pid))
    assert bench.run("steps=1").kind == "result" and bench.backend.pid != pid
    assert len(heard.ends) == 1


@pytest.mark.alone
def test_cancel_comes_within_three_seconds_also_while_the_worker_starts(make):
    bench = make(sys.executable, "-c", "import time; time.sleep(60)")
    run, heard = bench.start()
    began = time.monotonic()
    run.cancel()
    assert spin(lambda: run.is_over) and heard.end.code == "cancelled"
    assert time.monotonic() - began < 30.0, "three seconds and what a busy machine adds, not the worker's 60"


def test_a_killed_worker_is_one_sentence_and_the_next_run_works(bench):
    run, heard = bench.start(LONG)
    begun(heard)
    os.kill(bench.backend.pid, signal.SIGKILL)
    assert spin(lambda: run.is_over)
    assert heard.end.code == "worker_lost" and "signal 9" in heard.end.message and heard.end.hint
    assert bench.run("steps=1").kind == "result"


@pytest.mark.parametrize(("text", "code"), [("fail=disk", "disk_full"), ("fail=memory", "out_of_memory")])
def test_what_the_service_says_arrives(bench, text, code):
    assert bench.run(text).code == code


def test_no_torch_is_one_sentence_with_what_to_do(make):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import scripted_worker as s; "
        "s.ERRORS['torch'] = ModuleNotFoundError(\"No module named 'torch'\"); "
        "from Sketch2CTLib.service.worker import main; main(sys.argv[2:], runner=s.ScriptedRunner())"
    )
    failed = make(sys.executable, "-c", script, str(SERVICE_TESTS)).run("fail=torch")
    assert failed.code == "missing_dependency" and "'torch'" in failed.message and "Install" in failed.hint


def test_a_wrong_request_is_refused_at_once(bench):
    with pytest.raises(Sketch2CTError, match="candidates"):
        bench.start(candidates=0)
    assert not bench.backend.is_running


def test_a_python_that_is_not_there_is_refused_at_once():
    bench = Bench(command=None, python="/no/python")
    with pytest.raises(ConfigError, match="/no/python"):
        bench.start()
    failed = []
    bench.backend.hello(pytest.fail, failed.append)
    assert failed[0].code == "bad_config"


# ---- owners


def test_a_dropped_run_tells_nothing_more(bench):
    run, heard = bench.start(LONG)
    begun(heard)
    count = len(heard.events)
    run.drop()
    assert spin(lambda: run.is_over) and not heard.ends and len(heard.events) == count
    assert not bench.backend.is_running


def test_a_run_whose_owner_is_gone_is_dropped(bench):
    owner, heard = type("Owner", (), {})(), Heard()
    run = bench.backend.submit(asked(LONG), owner=owner, **heard.functions())
    begun(heard)
    del owner
    gc.collect()
    assert spin(lambda: run.is_over) and not heard.ends


def test_a_listener_that_fails_stops_nobody_else(bench):
    def broken(event):
        raise ValueError("the widget is gone")

    heard = Heard()
    bad = bench.backend.submit(asked("steps=1"), **(heard.functions() | {"on_done": broken, "on_progress": broken}))
    run, other = bench.start("steps=1")
    while not (bad.is_over and run.is_over):
        try:
            spin(lambda: False, 0.01)
            bench.backend._tick()
        except ValueError as error:
            assert "gone" in str(error)
    assert other.end.kind == "result"


@pytest.mark.alone
def test_stop_is_at_once_and_leaves_no_process(bench):
    run, heard = bench.start(LONG)
    begun(heard)
    pid, passing = bench.backend.pid, Stopwatch()
    bench.backend.stop()
    assert passing.ms < limit_ms() and not bench.backend.is_running
    assert spin(lambda: not is_alive(pid))
    assert run.is_over and not heard.ends and bench.backend not in backend_module._STOPPING
    assert bench.run("steps=1").kind == "result"


def test_other_settings_make_another_client_and_the_run_of_the_old_one_goes_on(bench, tmp_path):
    bench.settings = type(bench.settings)(python=sys.executable)
    heard, fetched = Heard(), []

    def done(event):
        heard.ends.append(event)
        bench.backend.fetch(event, tmp_path, fetched.append, pytest.fail)

    run = bench.backend.submit(asked("steps=30 delay=0.02"), **(heard.functions() | {"on_done": done}))
    begun(heard)
    first = bench.backend.pid
    bench.settings = type(bench.settings)()
    assert bench.run("steps=1").kind == "result"
    assert bench.backend.pid != first
    assert spin(lambda: run.is_over) and heard.end.kind == "result"
    assert spin(lambda: fetched) and fetched[0]["mask.seg.nrrd"].is_file()
    assert spin(lambda: not is_alive(first))


# ---- hello


def test_hello_and_test_connection_say_who_answers(bench):
    ready, told = [], []
    bench.backend.hello(ready.append, pytest.fail)
    bench.backend.test_connection(told.append, pytest.fail)
    assert spin(lambda: ready and told)
    assert ready[0].kind == "ready" and ready[0].presets == ("scripted",)
    assert told[0].startswith("This computer answers: Sketch2CT") and "scripted" in told[0] and "\n" not in told[0]


def test_hello_ends_also_where_nobody_answers(make, monkeypatch):
    monkeypatch.setattr(backend_link, "LOCAL_ANSWER_S", 0.3)
    failed = []
    make(sys.executable, "-c", "import sys\nfor line in sys.stdin: pass").backend.hello(pytest.fail, failed.append)
    assert spin(lambda: failed) and failed[0].code == "service_unavailable" and "not answer" in failed[0].message


def test_the_log_of_the_worker_arrives(make):
    script = "import sys; print('wörd', file=sys.stderr)\nfor line in sys.stdin: pass"
    bench = make(sys.executable, "-X", "utf8", "-c", script)
    bench.backend.hello(lambda ready: None, lambda failed: None)
    assert spin(lambda: bench.log == ["wörd"])


# ---- the true chain


@pytest.mark.alone
def test_a_true_worker_with_untrained_networks(make, tmp_path):
    pytest.importorskip("torch")
    import json
    import subprocess

    from Sketch2CTLib.resources import resource_path

    models = tmp_path / "models"
    code = "import sys; from pathlib import Path; import untrained; untrained.untrained_model(Path(sys.argv[1]))"
    places = os.pathsep.join([str(pythonqt_model.ROOT), str(SERVICE_TESTS)])
    subprocess.run([sys.executable, "-c", code, str(models)], check=True, env={**os.environ, "PYTHONPATH": places})
    worker = str(SERVICE_TESTS / "untrained_worker.py")
    bench = make(sys.executable, worker, "--models", str(models), "--device", "cpu")
    sketch = json.loads(resource_path("Sketches", "liver_sketch.json").read_text(encoding="utf-8"))
    request = {"sketch": sketch, "seed": 5, "pictures": False, "candidates": 2}

    def runs():
        run, heard = bench.start("about 1.4 litres", sampling={"steps": 2}, **request)
        assert spin(lambda: run.is_over) and heard.end.kind == "result", heard.ends
        paths = bench.fetch(heard.end, tmp_path / "out")
        assert {"mask.seg.nrrd", "volume.nrrd", "report.json", "candidate_02/mask.seg.nrrd"} <= set(paths)
        assert {"planned", "progress", "preview"} <= heard.kinds()
        run, heard = bench.start("about 1.4 litres", sampling={"steps": 1000}, **request)
        begun(heard)
        run.cancel()
        assert spin(lambda: run.is_over) and heard.end.code == "cancelled"
        run, heard = bench.start("about 1.4 litres", sampling={"steps": 1000}, **request)
        begun(heard)
        os.kill(bench.backend.pid, signal.SIGKILL)
        assert spin(lambda: run.is_over) and heard.end.code == "worker_lost"

    beat = watched(runs)

    assert beat.longest_ms < beat.limit_ms

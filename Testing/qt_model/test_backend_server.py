"""The backend with a server: the same as with a worker of one's own, and a server that goes away."""

import ctypes
import gc
import socket
import threading
import time

import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import pytest  # noqa: E402
from backend_runs import LONG, WAIT_S, Bench, ServedProcess, begun, is_alive, spin  # noqa: E402
from heartbeat import Stopwatch, limit_ms, watched  # noqa: E402
from Sketch2CTUI.backend import backend as backend_module  # noqa: E402
from Sketch2CTUI.backend import link as backend_link  # noqa: E402

from Sketch2CTLib.errors import ConfigError  # noqa: E402


@pytest.fixture
def make():
    """Backends with settings of the test's own."""
    benches = []

    def bench(**settings):
        benches.append(Bench(**settings))
        return benches[-1]

    yield bench
    for one in benches:
        one.stop()


@pytest.fixture(scope="module")
def server():
    pytest.importorskip("uvicorn")
    pytest.importorskip("fastapi")
    made = ServedProcess()
    yield made
    made.kill()


@pytest.mark.alone
def test_a_server_does_the_same(make, server, tmp_path):
    bench = make(where="server", url=server.url)

    def runs():
        run, heard = bench.start("steps=20 delay=0.01")
        assert spin(lambda: run.is_over) and heard.end.kind == "result" and "progress" in heard.kinds()
        assert heard.end.folder is None
        assert bench.fetch(heard.end, tmp_path)["mask.seg.nrrd"].read_text() == "steps=20 delay=0.01"
        run, heard = bench.start(LONG)
        begun(heard)
        run.cancel()
        assert spin(lambda: run.is_over) and heard.end.code == "cancelled"

    bench.backend.hello(lambda ready: None, pytest.fail)
    beat = watched(runs)
    assert beat.longest_ms < beat.limit_ms


def test_a_server_tells_who_it_is(make, server):
    told = []
    make(where="server", url=server.url).backend.test_connection(told.append, pytest.fail)
    assert spin(lambda: told) and told[0].startswith(f"The server {server.url} answers") and "scripted" in told[0]


def test_from_a_worker_to_a_server_and_back(make, server):
    bench = make()
    assert bench.run("steps=1").folder is not None
    pid = bench.backend.pid
    bench.settings = type(bench.settings)(where="server", url=server.url)
    assert bench.run("steps=1").folder is None
    assert spin(lambda: not is_alive(pid))
    bench.settings = type(bench.settings)()
    assert bench.run("steps=1").folder is not None


@pytest.mark.alone
def test_stopping_cancels_the_job_of_a_server_without_waiting(make, server):
    bench = make(where="server", url=server.url)
    run, heard = bench.start(LONG)
    begun(heard)
    passing = Stopwatch()
    bench.backend.stop()
    assert passing.ms < limit_ms()
    assert spin(lambda: bench.backend not in backend_module._STOPPING) and run.is_over and not heard.ends
    assert bench.run("steps=1").kind == "result"  # its queue is free


def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_a_server_that_is_not_there_is_one_sentence(make):
    bench = make(where="server", url=f"http://127.0.0.1:{closed_port()}")
    failed = bench.run("steps=1")
    assert failed.code == "service_unavailable" and "is not reached" in failed.message and failed.hint
    told = []
    bench.backend.hello(pytest.fail, told.append)
    assert spin(lambda: told) and told[0].code == "service_unavailable"


def test_a_server_that_goes_away_is_one_sentence(make, monkeypatch):
    pytest.importorskip("uvicorn")
    monkeypatch.setattr(backend_link, "PATIENCE_S", 1.0)
    server = ServedProcess()
    bench = make(where="server", url=server.url)
    run, heard = bench.start(LONG)
    begun(heard)
    server.kill()
    assert spin(lambda: run.is_over)
    assert heard.end.code == "service_unavailable" and "is not reached" in heard.end.message


@pytest.mark.alone
def test_a_server_that_takes_calls_and_never_answers_holds_nothing_up(make, monkeypatch):
    from Sketch2CTLib.service.client import http

    monkeypatch.setattr(http, "SILENT_S", 1.0)
    monkeypatch.setattr(backend_link, "SERVER_ANSWER_S", 0.3)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(20)

        def runs():
            bench, failed = make(where="server", url=f"http://127.0.0.1:{deaf.getsockname()[1]}"), []
            bench.backend.hello(pytest.fail, failed.append)
            assert spin(lambda: failed) and "does not answer" in failed[0].message
            run, heard = bench.start()
            run.cancel()
            assert spin(lambda: run.is_over) and heard.end.code == "cancelled"
            bench.backend.stop()
            assert spin(lambda: bench.backend not in backend_module._STOPPING)

        beat = watched(runs)
    assert beat.longest_ms < beat.limit_ms


@pytest.mark.parametrize("url", ["", "host", "ftp://host", "http://"])
def test_an_address_that_cannot_be_is_one_sentence(make, url):
    bench, failed = make(where="server", url=url), []
    bench.backend.hello(pytest.fail, failed.append)
    assert failed[0].code == "bad_config" and "address" in failed[0].message
    with pytest.raises(ConfigError):
        bench.start()


@pytest.mark.alone
def test_a_client_s_threads_run_though_the_event_loop_holds_python_s_lock(make, server):
    """Slicer's event loop holds the lock while it waits; here a call into C that keeps it does."""
    hold, turns = ctypes.PyDLL(None).usleep, []
    bench = make(where="server", url=server.url)
    run, heard = bench.start("steps=20 delay=0.05")
    stop = threading.Event()

    def work():
        while not stop.is_set():
            turns.append(time.sleep(0))  # gives the lock away, as reading from a socket does

    thread = threading.Thread(target=work)
    thread.start()
    ticks, until = 0, time.monotonic() + WAIT_S
    while not run.is_over and time.monotonic() < until:
        hold(10_000)
        bench.backend._tick()
        ticks += 1
    stop.set()
    thread.join()
    assert heard.end.kind == "result" and len(turns) > 4 * ticks


@pytest.fixture
def collector():
    """Python's collector at work, which the panels' tests keep still."""
    gc.enable()
    yield
    gc.disable()


@pytest.mark.usefixtures("collector")
def test_the_collector_stays_in_the_main_thread_while_a_server_is_heard(make, server):
    bench = make(where="server", url=server.url)
    run, heard = bench.start("steps=20 delay=0.02")
    begun(heard)
    assert not gc.isenabled(), "a client's threads read JSON, and would free widgets"
    assert spin(lambda: run.is_over) and heard.end.kind == "result"
    assert spin(gc.isenabled)

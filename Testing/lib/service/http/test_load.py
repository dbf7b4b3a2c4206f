"""Many clients at once, and the benchmark that measures them, around scripted jobs."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from serving import PATIENCE_S, ROOM, until

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.service.bench import BenchConfig, bench_service, children_of, resident_mb
from Sketch2CTLib.service.client import Client
from Testing.timing import slowness

HERE = Path(__file__).parent
WORK = (sys.executable, str(ROOM / "scripted_worker.py"))
SERVE = (sys.executable, str(HERE / "serve_scripted.py"), *WORK)
TEXT = b"about 1.4 litres"


@pytest.fixture(autouse=True)
def found_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOM.parents[2]))


def test_fifty_clients_lose_nothing_and_hear_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("Sketch2CTLib.service.bench._cancelled", lambda client: (0.0, 0.0))
    digests = {"mask.seg.nrrd": hashlib.sha256(TEXT).hexdigest()}
    config = BenchConfig(
        runs=3, clients=50, jobs=200, memory_jobs=80, serve=SERVE, work=WORK, reference=lambda seed: digests
    )
    told: list[str] = []
    found = bench_service(config, told.append)
    crowd = found["load"]
    assert (crowd["lost"], crowd["answered_twice"], crowd["unlike_command_line"], crowd["failed"]) == (0, 0, 0, [])
    assert len(told) == 4 and found["local"]["runs"] == 3
    growth = found["memory"]["growth_mb"]
    assert growth is None or max(growth.values()) < 5, found["memory"]


def test_a_server_that_is_killed_leaves_no_worker_behind() -> None:
    server = subprocess.Popen(SERVE, stdout=subprocess.PIPE, text=True)
    url = server.stdout.readline().split()[2]
    with Client.server(url, patience_s=0.5) as client:
        assert client.hello(PATIENCE_S).presets == ("scripted",)
        [worker] = children_of(server.pid)
        assert resident_mb(worker) > 1
        server.kill()
        server.wait()
    server.stdout.close()
    until(lambda: not _runs(worker))


@pytest.mark.alone
def test_a_terminated_server_ends_its_worker_and_itself() -> None:
    server = subprocess.Popen(SERVE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    url = server.stdout.readline().split()[2]
    with Client.server(url) as client:
        client.generate(text="steps=3000 delay=0.01")
        until(lambda: client.state().running == "-")
        [worker] = children_of(server.pid)
        begun = time.monotonic()
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE_S)
    assert time.monotonic() - begun < 10 * slowness() and not _runs(worker)
    assert "Traceback" not in server.stderr.read()
    server.stdout.close()
    server.stderr.close()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_benchmark_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError):
        BenchConfig(clients=5, jobs=3)

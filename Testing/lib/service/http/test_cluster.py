"""Two replicas on Ray Serve: every job is reached through whichever answers; skipped without Ray Serve."""

from __future__ import annotations

import socket
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
from serving import ROOM

from Sketch2CTLib.errors import Cancelled, ConfigError, MissingDependency, ResourceError
from Sketch2CTLib.service import cluster as cluster_module
from Sketch2CTLib.service.client import Client
from Sketch2CTLib.service.cluster import (
    NAME,
    Replicas,
    cluster,
    deployment_of,
    gpus_each,
    replicas_wanted,
    require_serve,
)
from Sketch2CTLib.service.http.app import Address, ServeConfig
from Sketch2CTLib.service.protocol.faults import Refused
from Sketch2CTLib.service.store import Retention, Store

TOKEN = "a-token-of-some-length"
PATIENCE_S = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_without_ray_serve_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "find_spec", lambda name: None if name == "grpc" else object())
    with pytest.raises(MissingDependency, match="Ray Serve") as caught:
        require_serve()
    assert "[cluster]" in caught.value.hint


def test_replicas_need_a_folder_in_common() -> None:
    with pytest.raises(ConfigError, match="folder"):
        deployment_of(ServeConfig(), Replicas(2, 2))


def test_there_are_as_many_replicas_as_jobs_within_the_bounds() -> None:
    def wanted(*jobs: float) -> int:
        metrics = {"jobs": {f"replica {n}": value for n, value in enumerate(jobs)}}
        bounds = {"capacity_adjusted_min_replicas": 1, "capacity_adjusted_max_replicas": 4}
        return replicas_wanted(SimpleNamespace(aggregated_metrics=metrics, **bounds))[0]

    assert [wanted(), wanted(0.0), wanted(1.0, 0.2), wanted(2.0, 1.0), wanted(9.0)] == [1, 1, 2, 3, 4]


def test_replicas_that_cannot_be_are_refused() -> None:
    for least, most in ((0, 2), (3, 2)):
        with pytest.raises(ConfigError, match=f"cannot be {least} to {most} replicas"):
            Replicas(least, most)


def test_a_replica_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert gpus_each("cuda", Replicas(2, 2), 2) == 1.0
    assert gpus_each("cpu", Replicas(2, 2), 2) == 0.0
    assert [gpus_each("auto", Replicas(2, 4), there) for there in (0, 1, 2)] == [0.0, 0.0, 1.0]
    with pytest.raises(ResourceError, match="2 replicas need a GPU each, and there are 1"):
        gpus_each("cuda", Replicas(2, 2), 1)
    monkeypatch.setenv("RAY_ADDRESS", "head:6379")
    assert gpus_each("cuda", Replicas(2, 8), 0) == 1.0, "a cluster brings machines for them"


@pytest.mark.slow
@pytest.mark.skipif(find_spec("grpc") is None, reason="the extra 'cluster' is not installed")
def test_replicas_come_with_jobs_and_end_theirs_when_they_are_taken_down(tmp_path: Path) -> None:
    from ray import serve

    def running() -> int:
        (deployment,) = serve.status().applications[NAME].deployments.values()
        return deployment.replica_states.get("RUNNING", 0)

    command = (sys.executable, str(ROOM / "scripted_worker.py"))
    config = ServeConfig(Retention(tmp_path / "store"), token=TOKEN, command=command, grace_s=20)
    with cluster(config, Address(port=free_port()), Replicas(1, 2, downscale_s=2.0)) as url:
        assert running() == 1
        with Client.server(url, token=TOKEN) as client:
            calls = [client.generate(text="steps=300 delay=0.1", id=f"long{n}") for n in range(4)]
            until = time.monotonic() + PATIENCE_S
            while running() < 2 and time.monotonic() < until:
                time.sleep(0.5)
            assert running() == 2
            for call in calls:
                client.cancel(call.job)
            while running() > 1 and time.monotonic() < until + PATIENCE_S:
                time.sleep(0.5)
            assert running() == 1
            client.generate(text="steps=30 delay=0.1", id="last")
            time.sleep(1.0)
    store = Store(Retention(tmp_path / "store"))
    try:
        assert store.ticket("last").state == "done", "it was let end"
    finally:
        store.close()


@pytest.mark.slow
@pytest.mark.skipif(find_spec("grpc") is None, reason="the extra 'cluster' is not installed")
def test_two_replicas_serve_each_others_jobs(tmp_path: Path) -> None:
    command = (sys.executable, str(ROOM / "scripted_worker.py"))
    config = ServeConfig(token=TOKEN, command=command, grace_s=1)
    with cluster(config, Address(port=free_port()), Replicas(2, 2)) as url:
        with Client.server(url, token=TOKEN) as client:
            calls = [client.generate(id=f"j{n}", text=f"steps={n}", seed=n) for n in range(12)]
            assert [call.result(PATIENCE_S).report["seed"] for call in calls] == list(range(12))
            workers = set()
            for n, call in enumerate(calls):
                paths = client.save(call.result(), tmp_path / call.job)
                assert paths["mask.seg.nrrd"].read_bytes() == f"steps={n}".encode()
            for _ in range(20):
                workers.add(client.state(PATIENCE_S).answered.get("done"))
            assert len(workers) > 1, "both replicas answered"
            long = client.generate(text="steps=3000 delay=0.01")
            next(long.follow(PATIENCE_S))
            joined = client.attach(long.job)
            client.cancel(long.job)
            for call in (long, joined):
                with pytest.raises(Cancelled):
                    call.wait(PATIENCE_S)
            again = client.generate(id="j3", text="steps=3", seed=3)
            assert again.result(PATIENCE_S).seq == calls[3].result().seq
        with Client.server(url, token="wrong") as client, pytest.raises(Refused):
            client.hello()

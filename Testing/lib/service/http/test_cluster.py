"""Two replicas on Ray Serve: every job is reached through whichever answers; skipped without Ray Serve."""

from __future__ import annotations

import socket
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from serving import ROOM

from Sketch2CTLib.errors import Cancelled, ConfigError, MissingDependency
from Sketch2CTLib.service import cluster as cluster_module
from Sketch2CTLib.service.client import Client
from Sketch2CTLib.service.cluster import cluster, deployment_of, require_serve
from Sketch2CTLib.service.http.app import Address, ServeConfig
from Sketch2CTLib.service.protocol.faults import Refused

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
        deployment_of(ServeConfig(), 2)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("grpc") is None, reason="the extra 'cluster' is not installed")
def test_two_replicas_serve_each_others_jobs(tmp_path: Path) -> None:
    command = (sys.executable, str(ROOM / "scripted_worker.py"))
    config = ServeConfig(token=TOKEN, command=command, grace_s=1)
    with cluster(config, Address(port=free_port()), 2) as url:
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

"""A server in a thread, around an engine whose jobs are scripted, or around a worker process of such jobs."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import uvicorn
from scripted_worker import ScriptedRunner

from Sketch2CTLib.service.client import Client
from Sketch2CTLib.service.client.local import LocalTransport
from Sketch2CTLib.service.config import EngineConfig
from Sketch2CTLib.service.engine import Engine
from Sketch2CTLib.service.http.app import GracefulServer, ServeConfig, create_app
from Sketch2CTLib.service.protocol.lines import encoded
from Sketch2CTLib.service.worker import Worker

ROOM = Path(__file__).parents[1]
PATIENCE_S = 60.0
SLOW = "steps=3000 delay=0.01"


class EngineTransport:
    """A worker in this process."""

    def __init__(self, folder: Path) -> None:
        self.runner = ScriptedRunner()
        self.engine = Engine(EngineConfig(folder=folder, queue_limit=10**6, keep=None), self.runner)

    def exchange(self, request, hear) -> None:
        Worker(self.engine, hear).answer(encoded(request))

    def close(self) -> None:
        self.engine.close()


def engine_of(config: ServeConfig, folder: Path) -> EngineTransport:
    return EngineTransport(folder)


def process_of(config: ServeConfig, folder: Path) -> LocalTransport:
    """A worker process whose jobs are scripted."""
    return LocalTransport([sys.executable, str(ROOM / "scripted_worker.py")], folder=folder)


class Live:
    """A running server."""

    def __init__(self, config: ServeConfig, transport, port: int = 0, **options: object) -> None:
        self.app = create_app(config, transport)
        how = uvicorn.Config(self.app, port=port, log_level="warning", timeout_graceful_shutdown=5, **options)
        self.server = GracefulServer(how, self.app, config.grace_s)
        self.started = threading.Event()
        self.server.on_start = self.started.set
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        assert self.started.wait(PATIENCE_S)
        self.port = self.server.port
        self.url = f"http{'s' * ('ssl_certfile' in options)}://127.0.0.1:{self.port}"
        self.token = config.token

    @property
    def jobs(self):
        return self.app.state.jobs

    @property
    def transport(self):
        return self.jobs._transport

    def http(self, **options: object) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S, **options)

    def client(self, **options: object) -> Client:
        return Client.server(self.url, token=self.token, **options)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()


def until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def begun(call) -> None:
    """Waits for the first step of a job."""
    for event in call.follow(PATIENCE_S):
        if event.kind == "progress":
            return

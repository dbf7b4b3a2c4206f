"""Lets the tests of this room import `scripted_worker`, and gives them clients of real processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from Sketch2CTLib.service.client import Client  # noqa: E402
from Sketch2CTLib.service.client.local import LocalTransport  # noqa: E402
from Sketch2CTLib.service.engine import Engine, EngineConfig  # noqa: E402


@pytest.fixture
def transport() -> Iterator[LocalTransport]:
    """To a worker process whose jobs are scripted; it needs no torch."""
    made = LocalTransport([sys.executable, str(HERE / "scripted_worker.py")], arguments=["--line-bytes", "100000"])
    yield made
    made.close()


@pytest.fixture
def client(transport: LocalTransport) -> Client:
    return Client(transport)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of untrained networks."""
    from untrained import untrained_model

    return untrained_model(tmp_path_factory.mktemp("untrained"))


@pytest.fixture(scope="module")
def engine(models: Path) -> Iterator[Engine]:
    """The service around them."""
    made = Engine(EngineConfig(models=models, device="cpu"))
    yield made
    made.close()

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


@pytest.fixture
def transport() -> Iterator[LocalTransport]:
    """To a worker process whose jobs are scripted; it needs no torch."""
    made = LocalTransport([sys.executable, str(HERE / "scripted_worker.py")], arguments=["--line-bytes", "100000"])
    yield made
    made.close()


@pytest.fixture
def client(transport: LocalTransport) -> Client:
    return Client(transport)

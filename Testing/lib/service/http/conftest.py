"""Lets the tests of this room import `serving`, and gives them servers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from serving import Live, engine_of  # noqa: E402

from Sketch2CTLib.service.http.app import ServeConfig  # noqa: E402


@pytest.fixture
def serve() -> Iterator[Callable[..., Live]]:
    """Starts servers, and stops them at the end."""
    made: list[Live] = []

    def start(config: ServeConfig | None = None, transport=engine_of, **options: object) -> Live:
        made.append(Live(config or ServeConfig(grace_s=0), transport, **options))
        return made[-1]

    yield start
    for live in made:
        live.stop()


@pytest.fixture(scope="module")
def shared() -> Iterator[Live]:
    """One server for tests that leave it as it was."""
    live = Live(ServeConfig(grace_s=0), engine_of)
    yield live
    live.stop()

"""A server on this machine, its key, and a describer that does not sleep."""

import os

import pytest
from llm_server import KEY, NUMBERS, SNAPSHOTS, LlmServer

from Sketch2CTLib.description.llm import LlmDescriber, LlmSettings


@pytest.fixture
def server():
    server = LlmServer()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("OPENAI_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def waits():
    return []


@pytest.fixture
def describe(server, waits):
    """Describes a liver with the given settings; waits between retries are noted, not slept."""

    def run(**settings):
        given = {"base_url": server.url, "timeout_s": 10.0} | settings
        return LlmDescriber(LlmSettings(**given), sleep=waits.append).describe("liver", NUMBERS, SNAPSHOTS)

    return run

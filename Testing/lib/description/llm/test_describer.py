"""The language model's describer over real HTTP, against a server on this machine."""

import base64
import json
import socket
import subprocess
import sys
import time

import pytest
from llm_server import (
    GOOD,
    KEY,
    NUMBERS,
    PNG,
    SNAPSHOTS,
    Answer,
    LlmServer,
    assert_one_safe_line,
    completion,
    failure,
    trickle,
)

from Sketch2CTLib.description.llm import LlmDescriber, LlmSettings, build_prompt
from Sketch2CTLib.errors import ConfigError, InputError, MissingDependency, ServiceUnavailable

LATE_S = 30.0  # after which a slow server has answered; who gives up in time needs less than half of it


def test_success(server, describe):
    found = describe()
    assert found.words == {name: value for name, value in GOOD.items() if name != "summary"}
    assert found.summary == GOOD["summary"]
    assert (found.model, found.cached) == ("gpt-4o-mini-2024-07-18", False)
    assert found.usage == {"prompt_tokens": 900, "completion_tokens": 80, "requests": 1}


def test_what_is_sent(server, describe):
    describe()
    ((path, headers, body),) = server.requests
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body["model"] == "gpt-4o-mini"
    assert (body["temperature"], body["seed"]) == (0.0, 7)
    schema = body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["properties"]["overall_shape"]["enum"][1] == "ball-like"
    system, user = body["messages"]
    assert "Never diagnose" in system["content"]
    text, *pictures = user["content"]
    assert "Volume (volume_ml): 1500 mL" in text["text"]
    assert [part["image_url"]["url"] for part in pictures] == [
        f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    ] * 3


def test_nothing_about_this_machine_is_sent(server, describe):
    describe()
    headers = server.requests[0][1]
    assert not [name for name in headers if name.startswith("x-stainless")]
    assert headers["user-agent"] == "Sketch2CT"
    assert KEY not in json.dumps(server.requests[0][2])


def test_making_a_describer_and_its_prompt_sends_nothing(server):
    LlmDescriber(LlmSettings(base_url=server.url)).prompt("liver", NUMBERS, SNAPSHOTS)
    assert server.requests == []


def test_the_address_may_come_from_the_environment(server, describe, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    assert describe(base_url=None).words
    assert len(server.requests) == 1


def test_a_server_on_this_machine_needs_no_key(server, describe, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    assert describe().words
    assert server.requests[0][1]["authorization"] == "Bearer none"


@pytest.mark.parametrize("key", [None, "", "  \n"])
def test_elsewhere_no_key_is_an_error_before_anything_is_sent(key, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY") if key is None else monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ConfigError, match="OPENAI_API_KEY is not set") as told:
        LlmDescriber(LlmSettings()).describe("liver", NUMBERS, SNAPSHOTS)
    assert "export OPENAI_API_KEY" in told.value.hint


def test_a_key_that_no_header_can_carry(describe, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-“quoted”")
    with pytest.raises(ConfigError, match="characters that no key has") as told:
        describe()
    assert "quoted" not in str(told.value)


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        (401, failure(f"Incorrect API key provided: {KEY}."), ConfigError, "does not accept the key (401)"),
        (403, failure(f"No access for {KEY}"), ConfigError, "does not allow this (403): No access for …"),
        (404, failure("The model `x` does not exist"), ConfigError, "knows no model 'gpt-4o-mini'"),
        (404, "<html>not found</html>", ConfigError, "(404)"),
        (400, failure("Image input is not supported"), ConfigError, "refuses the request (400): Image input"),
        (413, "", ConfigError, "(413)"),
        (418, "\x1b[31m" + "x" * 5000, ConfigError, "(418)"),
        (307, "", ConfigError, "redirects (307), which is not followed"),
        (429, failure("quota", code="insufficient_quota"), ServiceUnavailable, "no quota left (429)"),
        (501, "", ServiceUnavailable, "fails (501)"),
    ],
)
def test_what_no_retry_mends_is_told_at_once(server, describe, waits, status, body, error, said):
    server.answers(Answer(body, status))
    with pytest.raises(error) as told:
        describe()
    assert said in str(told.value)
    assert told.value.hint
    assert len(server.requests) == 1
    assert waits == []
    assert_one_safe_line(told.value)


def test_the_key_is_in_no_traceback(server, describe):
    import traceback

    server.answers(Answer(failure(f"Incorrect API key provided: {KEY}."), 401))
    with pytest.raises(ConfigError) as told:
        describe()
    assert KEY not in "".join(traceback.format_exception(told.value))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 529])
def test_passing_failures_are_retried_with_growing_waits(server, describe, waits, status):
    server.answers(Answer(failure("later"), status), Answer("", status), completion(GOOD))
    assert describe().usage["requests"] == 3
    assert waits == [0.5, 1.0]


@pytest.mark.parametrize(("status", "said"), [(429, "is busy (429), after 4 requests"), (500, "fails (500), after 4")])
def test_retries_end(server, describe, waits, status, said):
    server.answers(Answer(failure("later"), status))
    with pytest.raises(ServiceUnavailable) as told:
        describe()
    assert said in str(told.value)
    assert len(server.requests) == 4
    assert waits == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("headers", "waited"),
    [({"Retry-After": "7"}, 7.0), ({"Retry-After-Ms": "1500"}, 1.5), ({"Retry-After": "0"}, 0.5)],
)
def test_the_server_says_how_long_to_wait(server, describe, waits, headers, waited):
    server.answers(Answer("", 429, headers), completion(GOOD))
    describe()
    assert waits == [waited]


def test_a_long_wait_is_not_waited(server, describe, waits):
    server.answers(Answer("", 429, {"Retry-After": "3600"}))
    with pytest.raises(ServiceUnavailable, match="asks to wait 3600 s, after 1 request"):
        describe()
    assert waits == []


@pytest.mark.parametrize("written", ["soon", "-5", "1e9", "٣", "9" * 50, "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_wait_that_is_no_number_of_seconds_is_passed_over(server, describe, waits, written):
    server.answers(Answer("", 503, {"Retry-After": written.encode().decode("latin-1")}), completion(GOOD))
    describe()
    assert waits == [0.5]


@pytest.mark.alone
def test_timeout(server, describe):
    server.answers(Answer(completion(GOOD), delay_s=LATE_S))
    begin = time.monotonic()
    with pytest.raises(
        ServiceUnavailable, match=r"No answer from 127.0.0.1:\d+ in time \(0.2 s each\), after 2 requests"
    ):
        describe(timeout_s=0.2, retries=1)
    assert time.monotonic() - begin < LATE_S / 2


@pytest.mark.alone
def test_the_whole_takes_no_longer_than_allowed(server):
    server.answers(Answer(completion(GOOD), delay_s=LATE_S))
    begin = time.monotonic()
    with pytest.raises(ServiceUnavailable, match="in time"):
        LlmDescriber(LlmSettings(base_url=server.url, timeout_s=0.4, total_s=1.0, retries=10)).describe(
            "liver", NUMBERS, SNAPSHOTS
        )
    assert time.monotonic() - begin < LATE_S / 2


@pytest.mark.alone
def test_a_reply_that_trickles_is_given_up(server, describe):
    server.answers(Answer(trickle(0.05, int(LATE_S / 0.05))))
    begin = time.monotonic()
    with pytest.raises(ServiceUnavailable, match="too slowly"):
        describe(timeout_s=1.0, total_s=0.5)
    assert time.monotonic() - begin < LATE_S / 2


def test_nobody_listens(describe, waits):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(ServiceUnavailable, match="cannot be reached") as told:
            describe(base_url=url)
    assert_one_safe_line(told.value)
    assert waits == []


def test_a_redirect_takes_the_pictures_nowhere(server, describe):
    other = LlmServer()
    try:
        server.answers(Answer("", 308, {"Location": f"{other.url}/chat/completions"}))
        with pytest.raises(ConfigError, match="redirects"):
            describe()
        assert other.requests == []
    finally:
        other.close()


@pytest.mark.parametrize(
    ("numbers", "snapshots", "said"),
    [
        ({}, {}, "nothing to describe"),
        (NUMBERS, {"top": PNG}, "Unknown view 'top'"),
        (NUMBERS, {"axial": b"GIF89a" + b"0" * 50}, "no PNG"),
        (NUMBERS, {"axial": PNG[:20]}, "no PNG"),
        (NUMBERS, {"axial": PNG[:16] + b"\x00\x01\x00\x00" * 2 + PNG[24:]}, "65536×65536 pixels"),
        (NUMBERS, {"axial": PNG + b"0" * 2_000_000}, "bytes"),
        ({"volume_ml": float("nan")}, SNAPSHOTS, "nan"),
        ({"patient_age": 60}, SNAPSHOTS, "Unknown number"),
    ],
)
def test_what_cannot_be_sent(server, numbers, snapshots, said):
    with pytest.raises(InputError, match=said):
        LlmDescriber(LlmSettings(base_url=server.url)).describe("liver", numbers, snapshots)
    assert server.requests == []


def test_without_the_package_the_extra_is_named(monkeypatch, server):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(MissingDependency, match=r"'openai'.*pip install -e \"\.\[llm\]\""):
        LlmDescriber(LlmSettings(base_url=server.url)).ask(build_prompt("liver", NUMBERS, SNAPSHOTS))


def test_importing_the_describer_is_cheap():
    program = (
        "import sys; import Sketch2CTLib.description.llm as llm;"
        "llm.LlmDescriber().prompt('liver', {'volume_ml': 1500}, {});"
        "print([m for m in ('openai', 'httpx2', 'httpx', 'cv2', 'vtk', 'SimpleITK', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""The language model's describer over real HTTP, against a server on this machine."""

import base64
import json
import os
import socket
import subprocess
import sys
import time

import pytest
from llm_server import GOOD, Answer, LlmServer, completion, failure, trickle

from Sketch2CTLib.description.llm import LlmDescriber, LlmSettings, build_prompt
from Sketch2CTLib.errors import ConfigError, DescriptionError, InputError, MissingDependency, ServiceUnavailable

NUMBERS = {"volume_ml": 1500.0, "extent_rl_mm": 210.0, "elongation": 1.4, "components": 1.0}
KEY = "sk-secret-of-the-test"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
SNAPSHOTS = {"axial": PNG, "coronal": PNG, "sagittal": PNG}


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


def assert_one_safe_line(error):
    text = str(error)
    assert KEY not in text
    assert "\n" not in text
    assert text.isprintable()
    assert len(text) < 500


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


def test_timeout(server, describe):
    server.answers(Answer(completion(GOOD), delay_s=30))
    begin = time.monotonic()
    with pytest.raises(
        ServiceUnavailable, match=r"No answer from 127.0.0.1:\d+ in time \(0.2 s each\), after 2 requests"
    ):
        describe(timeout_s=0.2, retries=1)
    assert time.monotonic() - begin < 5


def test_the_whole_takes_no_longer_than_allowed(server):
    server.answers(Answer(completion(GOOD), delay_s=30))
    begin = time.monotonic()
    with pytest.raises(ServiceUnavailable, match="in time"):
        LlmDescriber(LlmSettings(base_url=server.url, timeout_s=0.4, total_s=1.0, retries=10)).describe(
            "liver", NUMBERS, SNAPSHOTS
        )
    assert time.monotonic() - begin < 4


def test_a_reply_that_trickles_is_given_up(server, describe):
    server.answers(Answer(trickle(0.05, 200)))
    begin = time.monotonic()
    with pytest.raises(ServiceUnavailable, match="too slowly"):
        describe(timeout_s=1.0, total_s=0.5)
    assert time.monotonic() - begin < 4


def test_nobody_listens(describe, waits):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(ServiceUnavailable, match="cannot be reached") as told:
            describe(base_url=url)
    assert_one_safe_line(told.value)
    assert waits == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("this is not json", "reply is not JSON"),
        ("", "reply is not JSON"),
        ("[" * 100_000, "reply is not JSON"),
        ("[]", "no choices"),
        ({"choices": []}, "no choices"),
        ({"choices": {}}, "no choices"),
        ({"choices": [None]}, "no choices"),
        ({"choices": [{"message": None}]}, "no choices"),
        ({"error": {"message": "x"}}, "no choices"),
        (completion(None), "empty"),
        (completion("   "), "empty"),
        ({"choices": [{"message": {"content": [1]}}]}, "empty"),
        (completion(GOOD, finish="length"), "cut off"),
        (completion(GOOD, finish="content_filter"), "refuses"),
        (completion(None, refusal="I cannot\nhelp with that."), "refuses to describe this: 'I cannot help with that.'"),
        (b"\xff\xfe\x00bad", "reply is not JSON"),
    ],
)
def test_a_reply_without_an_answer(server, describe, body, said):
    server.answers(Answer(body))
    with pytest.raises(DescriptionError) as told:
        describe()
    assert said in str(told.value)
    assert len(server.requests) == 1
    assert_one_safe_line(told.value)


@pytest.mark.parametrize("declared", [True, False])
def test_a_reply_larger_than_a_megabyte(server, describe, declared):
    server.answers(Answer(b" " * 1_200_000 if declared else (b" " * 100_000 for _ in range(50))))
    with pytest.raises(DescriptionError, match="larger than 1 MB"):
        describe()
    assert len(server.requests) == 1


def test_a_large_error_page_is_not_read_either(server, describe):
    server.answers(Answer((b"x" * 100_000 for _ in range(50)), 500))
    with pytest.raises(DescriptionError, match="larger than 1 MB"):
        describe()


def test_a_compressed_reply_is_refused(server, describe):
    import gzip

    server.answers(Answer(gzip.compress(b" " * 5_000_000), headers={"Content-Encoding": "gzip"}))
    with pytest.raises(DescriptionError, match="compressed"):
        describe()
    assert server.requests[0][1]["accept-encoding"] == "identity"


WRONG = {
    "prose": ("The shape is a wedge.", "is not JSON"),
    "cut JSON": ('{"overall_shape": "wed', "is not JSON"),
    "no object": ("[1, 2]", "no JSON object"),
    "deep": ("[" * 5000, "is not JSON"),
    "unknown value": (GOOD | {"overall_shape": "liver-like"}, "'overall_shape'"),
    "unknown word": (GOOD | {"health": "fine"}, "'health'"),
    "missing word": ({k: v for k, v in GOOD.items() if k != "symmetry"}, "'symmetry'"),
    "wrong type": (GOOD | {"symmetry": 3}, "'symmetry'"),
    "against the numbers": (GOOD | {"topological_continuity": "several pieces"}, "'topological_continuity'"),
    "no summary": (GOOD | {"summary": " \n"}, "0 characters"),
    "long summary": (GOOD | {"summary": "wide " * 100}, "499 characters"),
    "diagnosis": (GOOD | {"summary": "A cirrhotic, shrunken wedge."}, "it says 'cirrhotic'"),
    "denied diagnosis": (GOOD | {"summary": "A smooth wedge with no LESIONS."}, "it says 'LESIONS'"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_answer_is_sent_back_once_with_the_reason(server, describe, kind):
    content, said = WRONG[kind]
    server.answers(completion(content), completion(GOOD))
    found = describe()
    assert found.summary == GOOD["summary"]
    assert found.usage == {"prompt_tokens": 1800, "completion_tokens": 160, "requests": 2}
    first, second = (request[2]["messages"] for request in server.requests)
    assert second[:2] == first
    assert [message["role"] for message in second[2:]] == ["assistant", "user"]
    assert said in second[3]["content"]


@pytest.mark.parametrize("kind", WRONG)
def test_a_second_wrong_answer_is_an_error(server, describe, kind):
    content, said = WRONG[kind]
    server.answers(completion(content))
    with pytest.raises(DescriptionError) as told:
        describe()
    assert said in str(told.value)
    assert told.value.code == "bad_description"
    assert len(server.requests) == 2
    assert_one_safe_line(told.value)


def test_an_answer_in_a_code_fence_is_read(server, describe):
    server.answers(completion(f"```json\n{json.dumps(GOOD, indent=1)}\n```\n"))
    assert describe().words["symmetry"] == "asymmetric"


def test_a_summary_cannot_command_the_terminal(server, describe):
    server.answers(completion(GOOD | {"summary": "A wedge\x1b]0;title\x07,\r\nthin\u202e."}))
    assert describe().summary == "A wedge]0;title, thin."


def test_a_server_that_knows_only_json_objects(server, describe):
    refusal = failure("response_format.type must be json_object", param="response_format")
    server.answers(Answer(refusal, 400), completion(GOOD))
    assert describe().words["overall_shape"] == "wedge-like"
    body = server.requests[1][2]
    assert body["response_format"] == {"type": "json_object"}
    assert '"enum": ["tubular", "ball-like"' in body["messages"][0]["content"]


def test_a_server_that_knows_no_output_format_at_all(server, describe):
    refusal = Answer({"detail": "Unsupported: response_format"}, 422)
    server.answers(refusal, refusal, completion(GOOD))
    describe()
    assert "response_format" not in server.requests[2][2]
    server.requests.clear()
    server.answers(refusal)
    with pytest.raises(ConfigError, match=r"\(422\)"):
        describe()
    assert len(server.requests) == 3


def test_parameters_that_a_model_refuses_are_left_out(server, describe):
    server.answers(
        Answer(failure("Unsupported parameter: 'max_tokens', use 'max_completion_tokens'", param="max_tokens"), 400),
        Answer(failure("Unsupported value: 'temperature' is fixed", param="temperature"), 400),
        Answer(failure("Unknown parameter: seed", param="seed"), 400),
        completion(GOOD),
    )
    describe()
    last = server.requests[-1][2]
    assert last["max_completion_tokens"] == 600
    assert not {"max_tokens", "temperature", "seed"} & set(last)


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
    with pytest.raises(MissingDependency, match=r"'openai'.*Sketch2CTLib\[llm\]"):
        LlmDescriber(LlmSettings(base_url=server.url)).ask(build_prompt("liver", NUMBERS, SNAPSHOTS))


def test_importing_the_describer_is_cheap():
    program = (
        "import sys; import Sketch2CTLib.description.llm as llm;"
        "llm.LlmDescriber().prompt('liver', {'volume_ml': 1500}, {});"
        "print([m for m in ('openai', 'httpx2', 'httpx', 'cv2', 'vtk', 'SimpleITK', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

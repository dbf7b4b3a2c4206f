"""What a server may answer, over real HTTP: no answer, a wrong one, a large one, one in another form."""

import json

import pytest
from llm_server import GOOD, Answer, assert_one_safe_line, completion, failure

from Sketch2CTLib.errors import ConfigError, DescriptionError


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

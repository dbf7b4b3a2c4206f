"""The messages: whatever the bytes, there is a message or a coded error; both ways keep everything."""

from __future__ import annotations

import io
import json

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import Sketch2CTLib.service.protocol.faults as faults
from Sketch2CTLib.errors import Cancelled, OutputError, Sketch2CTError
from Sketch2CTLib.resources import resource_path
from Sketch2CTLib.service.protocol.bits import packed
from Sketch2CTLib.service.protocol.events import EVENTS, Event, Failed, Planned, Progress, Result, Unknown
from Sketch2CTLib.service.protocol.faults import ProtocolError, TooLarge, UnknownMessage, UnsupportedVersion, fault_of
from Sketch2CTLib.service.protocol.lines import LineBuffer, decoded_event, decoded_request, encoded, read_lines
from Sketch2CTLib.service.protocol.messages import REQUESTS, VERSION, Generate, Guidance, Hello, agreed_version
from Sketch2CTLib.service.protocol.schema import schema_text, service_schema

NEEDED = {"job": "j-1"}
EXAMPLES = [cls(id="r.1", **({} if "job" not in cls.model_fields else NEEDED)) for cls in REQUESTS.values()]
FULL = Generate(
    id="a",
    structure="liver",
    description={"structure": "liver", "numbers": {"volume_ml": "1.4 L"}},
    sketch={"format": "x"},
    seed=2**61,
    candidates=4,
    sampling={"quality": "fine", "guidance": Guidance(sketch=2.0), "spread": 0.0},
    edit={"job": "b", "candidate": 2, "strength": 0.0},
)


def fits(line: bytes, side: str) -> None:
    jsonschema.Draft202012Validator(service_schema() | {"anyOf": [{"$ref": f"#/$defs/{side}"}]}).validate(
        json.loads(line)
    )


def all_errors() -> list[type[Sketch2CTError]]:
    found = [Sketch2CTError]
    for cls in found:
        found.extend(cls.__subclasses__())
    return [cls for cls in dict.fromkeys(found) if cls.__module__.startswith("Sketch2CTLib.")]


@pytest.mark.parametrize("request_", [*EXAMPLES, FULL], ids=lambda one: one.kind)
def test_a_request_survives_the_wire_and_fits_the_schema(request_) -> None:
    line = encoded(request_)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert decoded_request(line) == request_
    fits(line, "request")


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_survives_the_wire_and_fits_the_schema(kind: str) -> None:
    needed = {
        "progress": {"stage": "mask", "step": 1, "steps": 2},
        "preview": {"file": {"name": "p", "size": 1, "sha256": "0"}},
        "result": {"files": [], "candidates": [], "report": {}},
        "error": {"code": "busy", "message": "m"},
        "drafted": {"shape_kji": (2, 2, 2), "ijk_to_ras": np.eye(4).tolist(), "mask": packed(np.ones((2, 2, 2), bool))},
    }
    event = EVENTS[kind].model_validate({"id": "a", "job": "a", "seq": 3, **needed.get(kind, {})})
    assert decoded_event(encoded(event)) == event
    fits(encoded(event), "event")


def test_the_published_schema_is_this_one() -> None:
    assert resource_path("Schemas", "service.schema.json").read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("cls", all_errors(), ids=lambda cls: cls.__name__)
def test_every_error_has_a_code_of_its_own_and_comes_back(cls: type[Sketch2CTError]) -> None:
    assert [other for other in all_errors() if other.code == cls.code] == [cls]
    sent = Failed.of(cls("The value 'x' is wrong.", hint="Use 'y'."), "r", "j")
    received = decoded_event(encoded(sent))
    assert isinstance(received, Failed) and received.id == "r" and received.job == "j"
    assert type(received.error()) is cls and str(received.error()) == "The value 'x' is wrong. Use 'y'."


def test_every_fault_of_the_service_is_on_the_drawn_tree() -> None:
    drawn = [line.split() for line in (faults.__doc__ or "").splitlines()]
    for cls in all_errors():
        if cls.__module__ == faults.__name__:
            line = next((words for words in drawn if cls.__name__ in words), [])
            assert cls.code in line, cls


def test_system_errors_have_codes() -> None:
    wrapped = OutputError("It cannot be written.")
    wrapped.__cause__ = OSError(28, "No space left on device")
    assert fault_of(wrapped).code == "disk_full"
    assert fault_of(MemoryError()).code == "out_of_memory"
    assert fault_of(RuntimeError("DefaultCPUAllocator: can't allocate memory")).code == "out_of_memory"
    assert fault_of(KeyError("x")).code == "internal" and "KeyError" in fault_of(KeyError("x")).message
    assert fault_of(Cancelled("stop")).code == "cancelled"


def test_later_versions_are_understood() -> None:
    later = json.loads(encoded(FULL)) | {"colour": "blue", "sampling": {"quality": "fine", "magic": 3}}
    read = decoded_request(json.dumps(later).encode())
    assert isinstance(read, Generate) and read.sampling.quality == "fine"
    event = decoded_event(b'{"kind": "smell", "id": "a", "strength": 3}')
    assert isinstance(event, Unknown) and event.kind == "smell" and not event.is_last
    assert agreed_version((VERSION + 5, VERSION)) == VERSION
    with pytest.raises(UnsupportedVersion, match=f"version {VERSION + 1} "):
        agreed_version((VERSION + 1,))


WRONG = {
    b"hello": ProtocolError,
    b'{"kind": "generate"': ProtocolError,
    b"\xff\xfe{}": ProtocolError,
    b"[1, 2]": ProtocolError,
    b'{"kind": "fly", "id": "a"}': UnknownMessage,
    b'{"id": "a"}': UnknownMessage,
    b'{"kind": ["generate"], "id": "a"}': UnknownMessage,
    b'{"kind": "generate"}': ProtocolError,
    b'{"kind": "generate", "id": "../../etc"}': ProtocolError,
    b'{"kind": "generate", "id": "a", "seed": -1}': ProtocolError,
    b'{"kind": "generate", "id": "a", "candidates": 65}': ProtocolError,
    b'{"kind": "generate", "id": "a", "sampling": {"spread": NaN}}': ProtocolError,
    b'{"kind": "generate", "id": "a", "sampling": {"spread": 1e999}}': ProtocolError,
    b'{"kind": "generate", "id": "a", "seed": ' + b"9" * 5000 + b"}": ProtocolError,
    b'{"kind": "generate", "id": "a", "mask": {}}': ProtocolError,
    b'{"kind": "generate", "id": "a", "mask": {"job": "b"}, "edit": {"job": "b"}}': ProtocolError,
    b'{"kind": "cancel", "id": "a"}': ProtocolError,
    b'{"kind": "hello", "id": "a", "versions": []}': ProtocolError,
    b"[" * 100_000: ProtocolError,
}


@pytest.mark.parametrize("line", WRONG, ids=lambda line: line[:40].decode("latin-1"))
def test_a_wrong_line_has_a_coded_error_that_names_its_request(line: bytes) -> None:
    with pytest.raises(WRONG[line]) as caught:
        decoded_request(line)
    assert caught.value.hint and len(str(caught.value)) < 600
    if b'"id": "a"' in line:
        assert caught.value.request_id == ("" if b"NaN" in line or b"99999" in line else "a")


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text() | st.integers() | st.floats(), st.lists).map(
        lambda value: json.dumps({"kind": "generate", "id": "a", "sampling": value, "sketch": value}).encode()
    )
)
def test_any_bytes_are_a_request_or_a_protocol_error(line: bytes) -> None:
    try:
        decoded_request(line)
    except ProtocolError as error:
        assert error.code and error.message


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=30)), st.integers(1, 9))
def test_lines_are_found_however_the_stream_is_cut(pieces: list[bytes], size: int) -> None:
    stream = b"\n".join(pieces)
    source = io.BytesIO(stream)
    found = list(read_lines(lambda count: source.read(min(count, size)), limit=10))
    expected = [line for line in stream.split(b"\n") if len(line) > 10 or line.strip()]
    assert [isinstance(one, TooLarge) for one in found] == [len(line) > 10 for line in expected]
    assert [one for one in found if isinstance(one, bytes)] == [line for line in expected if len(line) <= 10]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_lines_come_the_same_however_they_are_cut(size: int) -> None:
    text = "one\n\n  \ntwö\n{}\nlast".encode()
    buffer, lines = LineBuffer(1000), []
    for start in range(0, len(text), size):
        lines += buffer.feed(text[start : start + size])
    assert [*lines, *buffer.rest()] == [b"one", "twö".encode(), b"{}", b"last"]


def test_a_line_that_is_too_long_is_passed_over_and_not_kept() -> None:
    buffer = LineBuffer(10)
    assert buffer.feed(b"x" * 8) == [] and buffer.feed(b"x" * 8) == []
    assert len(buffer._partial) == 0
    too_long, short = buffer.feed(b"x\nshort\n")
    assert isinstance(too_long, TooLarge) and "17 bytes" in too_long.message and short == b"short"


def test_of_a_flood_the_last_lines_are_kept_whole() -> None:
    buffer = LineBuffer(10, most=2)
    assert buffer.feed(b"begun") == []
    assert buffer.feed(b" and ended\n" * 3 + b"one\ntwo\nthr") == [b"two"]
    assert buffer.feed(b"ee\nfour\nfive") == [b"three", b"four"] and buffer.rest() == [b"five"]


def test_an_endless_line_is_not_kept_in_memory() -> None:
    import tracemalloc

    left = 2_000

    def read(count: int) -> bytes:
        nonlocal left
        left -= 1
        return b"x" * count if left > 0 else b""

    tracemalloc.start()
    (told,) = read_lines(read, limit=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (isinstance(told, TooLarge) and "131,006,464" in told.message) or "131,0" in told.message
    assert peak < 4_000_000


def test_what_more_follows_is_known() -> None:
    assert not Progress(stage="mask", step=0, steps=1).is_last and not Planned().is_last
    assert Result(files=(), candidates=(), report={}).is_last and Failed(code="busy", message="m").is_last
    assert issubclass(Result, Event) and Hello(id="a").versions == (VERSION,)


def test_the_page_shows_messages_that_can_be_read_and_names_every_kind_and_code() -> None:
    from pathlib import Path

    import Sketch2CTLib.service as room

    text = (Path(room.__file__).parent / "PROTOCOL.md").read_text(encoding="utf-8")
    lines = [line.encode() for line in text.splitlines() if line.startswith('{"kind"')]
    kinds = {json.loads(line)["kind"] for line in lines}
    assert {"hello", "generate", "cancel"} <= kinds and {"ready", "progress", "preview", "result", "error"} <= kinds
    for line in lines:
        told = decoded_request(line) if json.loads(line)["kind"] in REQUESTS else decoded_event(line)
        assert not isinstance(told, Unknown)
    missing = [name for name in [*REQUESTS, *EVENTS, *(cls.code for cls in all_errors())] if f"`{name}`" not in text]
    assert not missing

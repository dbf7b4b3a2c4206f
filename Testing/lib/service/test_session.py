"""The protocol with a worker without a worker: bytes in, events out, one last event for each request."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from Sketch2CTLib.errors import MissingDependency
from Sketch2CTLib.service.client.session import WorkerSession
from Sketch2CTLib.service.protocol.events import Event, Failed, Progress, Ready
from Sketch2CTLib.service.protocol.faults import DuplicateId, WorkerLost
from Sketch2CTLib.service.protocol.lines import encoded
from Sketch2CTLib.service.protocol.messages import Hello


def answers(session: WorkerSession) -> list[tuple[str, Event]]:
    """What is pending, each with the name of its listener."""
    heard: list[tuple[str, Event]] = []
    while session.has_pending:
        delivery = session.take()
        if delivery is not None:
            hear, event = delivery
            hear(event)
            heard.append((hear.__self__[0], event))
    return heard


def listener(name: str) -> object:
    """A listener that knows its name."""
    return [name].append


def ask(session: WorkerSession, *names: str) -> None:
    for name in names:
        line = session.send(Hello(id=name), listener(name))
        assert json.loads(line) == {"kind": "hello", "id": name} and line.endswith(b"\n")


def test_events_go_to_the_request_that_they_answer_until_its_last_one() -> None:
    session = WorkerSession()
    ask(session, "a", "b")
    session.receive(encoded(Progress(id="b", stage="mask", step=1, steps=2)) + encoded(Ready(id="b")))
    session.receive(encoded(Ready(id="a")) + encoded(Ready(id="a")))
    assert [(name, event.kind) for name, event in answers(session)] == [
        ("b", "progress"),
        ("b", "ready"),
        ("a", "ready"),
    ]
    ask(session, "a")  # its id is free again


def test_an_id_that_waits_is_refused_and_its_request_goes_on() -> None:
    session = WorkerSession()
    ask(session, "a")
    with pytest.raises(DuplicateId, match="'a'"):
        session.send(Hello(id="a"), listener("again"))
    session.receive(encoded(Ready(id="a")))
    assert [name for name, _ in answers(session)] == ["a"]


def test_a_worker_that_ends_answers_what_it_sent_then_every_request_hears_of_the_loss() -> None:
    session = WorkerSession()
    ask(session, "a", "b", "c")
    session.receive(encoded(Ready(id="b")).rstrip())  # a line without its end
    assert session.receive_log(b"first\nValueError: ") == ["first"]
    assert session.receive_log("the last wörds".encode()) == []
    assert session.end(3) == ["ValueError: the last wörds"]
    heard = answers(session)
    assert [(name, event.kind) for name, event in heard] == [("b", "ready"), ("a", "error"), ("c", "error")]
    assert heard[1][1].code == "worker_lost" and "(status 3)" in heard[1][1].message
    assert "Its last words: ValueError: the last wörds" in heard[1][1].message
    assert (heard[1][1].id, heard[1][1].job) == ("a", "a")
    with pytest.raises(WorkerLost, match="status 3"):
        session.send(Hello(id="d"), listener("d"))
    assert not session.has_pending


def test_how_a_worker_ended_is_named_and_a_loss_that_was_known_before_stays() -> None:
    killed = WorkerSession()
    ask(killed, "a")
    killed.end(9, by_signal=True)
    assert "(signal 9)" in answers(killed)[0][1].message
    stopped = WorkerSession()
    ask(stopped, "a")
    stopped.loss = MissingDependency("There is no package 'x'.", hint="Install it.")
    with pytest.raises(MissingDependency):
        ask(stopped, "b")
    assert not stopped.has_pending, "what waits hears when the worker is gone"
    stopped.end(1)
    assert [event.code for _, event in answers(stopped)] == ["missing_dependency"]


def test_lines_that_are_no_event_are_left_out_and_two_warnings_tell(caplog: pytest.LogCaptureFixture) -> None:
    session = WorkerSession()
    ask(session, "a")
    with caplog.at_level(logging.WARNING):
        session.receive(b"no json\n\n[1]\n" + b"x" * 100 + b"\n" + encoded(Ready(id="a")))
        assert [name for name, _ in answers(session)] == ["a"]
    warnings = [record.getMessage() for record in caplog.records]
    assert len(warnings) == 2 and "not JSON" in warnings[0] and "2 further lines" in warnings[1]


def test_an_error_that_answers_nobody_is_a_last_word() -> None:
    session = WorkerSession()
    session.receive(encoded(Failed(code="bad_config", message="There is no folder.")))
    assert answers(session) == [] and session.last_log_line == "There is no folder."


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("abcd"), unique=True, min_size=1), st.integers(1, 40), st.integers(0, 4))
def test_every_request_has_one_last_event_however_the_bytes_are_cut(names: list[str], size: int, count: int) -> None:
    session = WorkerSession()
    ask(session, *names)
    output = b"".join(encoded(Ready(id=name)) for name in names[:count])
    heard: list[tuple[str, Event]] = []
    for start in range(0, len(output), size):
        session.receive(output[start : start + size])
        heard += answers(session)
    session.end(0)
    heard += answers(session)
    assert sorted(name for name, event in heard if event.is_last) == sorted(names)
    assert [event.kind for _, event in heard] == ["ready"] * min(count, len(names)) + ["error"] * (len(names) - count)

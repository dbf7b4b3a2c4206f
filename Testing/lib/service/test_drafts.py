"""Drafts beside the jobs: the newest counts, a run is not waited for, and a process that died is replaced."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from chain_requests import SKETCH

from Sketch2CTLib.errors import Cancelled, SketchError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.service.client import Client
from Sketch2CTLib.service.client.client import Call
from Sketch2CTLib.service.client.local import LocalTransport
from Sketch2CTLib.service.drafts import MOST_WAITING, Drafts
from Sketch2CTLib.service.protocol.bits import packed, unpacked
from Sketch2CTLib.service.protocol.events import Drafted, Event
from Sketch2CTLib.service.protocol.faults import Busy, Closing, ProtocolError, UnknownMessage, WorkerLost
from Sketch2CTLib.service.protocol.messages import Draft

HERE = Path(__file__).parent
PATIENCE_S = 60.0
SLOW_RUN = "steps=2000 delay=0.02"
SLOW = "delay=0.5"


@pytest.fixture
def drafts() -> Iterator[Drafts]:
    made = Drafts([sys.executable, str(HERE / "scripted_drafter.py")])
    yield made
    made.close()


def kind_of(call: Call) -> str:
    try:
        return call.wait(PATIENCE_S).kind
    except Cancelled:
        return "cancelled"


def process_of(event: Event) -> int:
    assert isinstance(event, Drafted)
    return int(event.notes[0].split()[1])


def until_gone(pid: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_mask_survives_the_wire(client: Client) -> None:
    event = client.draft(structure="liver", text="radius=12").wait(PATIENCE_S)
    assert isinstance(event, Drafted)
    body = unpacked(event.mask, event.shape_kji)
    grid = VoxelGrid(event.shape_kji, np.array(event.ijk_to_ras))
    assert body.shape == (64, 64, 64)
    assert event.volume_ml == pytest.approx(body.sum() * 5**3 / 1000)
    extent = np.ptp(np.argwhere(body), axis=0) + 1
    assert (extent == 24).all()
    assert grid.center_ras == pytest.approx([0, 0, 0])
    assert len(event.mask) < 4000


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 4, 3), (64, 64, 64)])
def test_bits_come_back_as_they_went(shape: tuple[int, int, int]) -> None:
    body = np.random.default_rng(1).random(shape) > 0.5
    assert np.array_equal(unpacked(packed(body), shape), body)


@pytest.mark.parametrize("text", ["?", "AAAA", packed(np.ones((4, 4, 4), bool)), packed(np.ones((9, 9, 9), bool))])
def test_bits_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        unpacked(text, (8, 8, 8))


def test_the_newest_draft_wins_and_the_one_that_was_begun_is_answered(client: Client) -> None:
    first = client.draft(structure="liver", text=SLOW)
    later = [client.draft(structure="liver", text=f"radius={radius}") for radius in (4, 5, 6)]
    assert [kind_of(call) for call in (first, *later)] == ["drafted", "cancelled", "cancelled", "drafted"]
    body = unpacked(later[-1].last.mask, (64, 64, 64))
    assert np.ptp(np.argwhere(body)[:, 0]) + 1 == 12


def test_sessions_do_not_overtake_each_other(client: Client, transport: LocalTransport) -> None:
    other = Client(transport)
    calls = [one.draft(structure="liver", text=SLOW) for one in (client, other, client)]
    assert [kind_of(call) for call in calls] == ["drafted"] * 3


def test_a_draft_does_not_wait_for_a_run_and_does_not_end_it(client: Client) -> None:
    run = client.generate(text=SLOW_RUN)
    next(run.follow(PATIENCE_S))
    assert kind_of(client.draft(structure="liver")) == "drafted"
    run.poll()
    assert not run.is_over
    run.cancel()
    with pytest.raises(Cancelled):
        run.result(PATIENCE_S)
    assert kind_of(client.draft(structure="liver")) == "drafted"


def test_a_draft_that_fails_says_why_and_the_next_is_drawn(client: Client) -> None:
    with pytest.raises(SketchError, match="cannot be drawn"):
        client.draft(structure="liver", text="fail").wait(PATIENCE_S)
    assert kind_of(client.draft(structure="liver")) == "drafted"


def test_a_process_that_died_is_replaced(client: Client) -> None:
    first = process_of(client.draft(structure="liver").wait(PATIENCE_S))
    with pytest.raises(WorkerLost):
        client.draft(structure="liver", text="die").wait(PATIENCE_S)
    assert process_of(client.draft(structure="liver").wait(PATIENCE_S)) != first


def test_the_process_ends_with_its_worker(client: Client, transport: LocalTransport) -> None:
    drafter = process_of(client.draft(structure="liver").wait(PATIENCE_S))
    os.kill(transport.pid, signal.SIGKILL)
    until_gone(drafter)


def test_a_closed_service_answers_what_waits_and_takes_no_more(drafts: Drafts) -> None:
    heard: list[Event] = []
    for name in ("a", "b"):
        drafts.ask(Draft(id=name, text=SLOW), heard.append)
    drafts.close()
    assert [(event.id, event.code) for event in heard] == [("b", "cancelled")]
    with pytest.raises(Closing):
        drafts.ask(Draft(id="c"), heard.append)


def test_too_many_sessions_are_refused(drafts: Drafts) -> None:
    for number in range(MOST_WAITING + 1):  # one of them is at work
        drafts.ask(Draft(id=f"d{number}", session=f"s{number}", text=SLOW), lambda event: None)
    with pytest.raises(Busy):
        drafts.ask(Draft(id="more", session="more"), lambda event: None)
    drafts.ask(Draft(id="again", session="s1"), lambda event: None)  # takes the place of its session's


def test_an_older_worker_does_not_know_drafts(engine) -> None:
    from Sketch2CTLib.service.protocol.lines import encoded
    from Sketch2CTLib.service.worker import Worker

    heard: list[Event] = []
    Worker(engine, heard.append).answer(encoded(Draft(id="d", structure="liver", sketch=SKETCH)))
    assert [event.code for event in heard] == [UnknownMessage.code]

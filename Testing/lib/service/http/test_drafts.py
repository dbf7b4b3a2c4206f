"""Drafts over HTTP: the same answers, of a session the newest, never behind a job."""

from __future__ import annotations

import numpy as np
import pytest
from serving import PATIENCE_S, SLOW, process_of

from Sketch2CTLib.errors import Cancelled, SketchError
from Sketch2CTLib.service.http.app import ServeConfig
from Sketch2CTLib.service.protocol.bits import unpacked
from Sketch2CTLib.service.protocol.events import Drafted


@pytest.fixture
def live(serve):
    return serve(ServeConfig(grace_s=0), process_of)


def test_a_draft_answers_while_a_job_runs(live) -> None:
    with live.client() as client:
        run = client.generate(text=SLOW)
        next(run.follow(PATIENCE_S))
        drafted = client.draft(structure="liver", text="radius=8").wait(PATIENCE_S)
        assert isinstance(drafted, Drafted)
        assert np.ptp(np.argwhere(unpacked(drafted.mask, drafted.shape_kji))[:, 0]) + 1 == 16
        run.poll()
        assert not run.is_over
        run.cancel()


def test_of_a_session_the_newest_counts(live) -> None:
    with live.client() as client, live.client() as other:
        first = client.draft(structure="liver", text="delay=1.5")
        second = client.draft(structure="liver", text="delay=1.5", session="elsewhere")
        assert isinstance(first.wait(PATIENCE_S), Drafted)
        beside = other.draft(structure="liver")
        calls = [client.draft(structure="liver", text="delay=0.5", session="elsewhere") for _ in range(4)]
        ends = []
        for call in (second, beside, *calls):
            try:
                ends.append(call.wait(PATIENCE_S).kind)
            except Cancelled:
                ends.append("cancelled")
        assert ends[:2] == ["drafted", "drafted"]
        assert "cancelled" in ends[2:]
        assert "drafted" in ends[2:]


def test_its_status_says_what_went_wrong(live) -> None:
    with live.http() as http:
        good = http.post("/v1/drafts", json={"structure": "liver"})
        assert good.status_code == 200
        assert good.json()["kind"] == "drafted"
        assert http.post("/v1/drafts", json={"structure": "liver", "text": "fail"}).status_code == 422
        assert http.post("/v1/drafts", json={"voxels": 65}).status_code == 400
        assert http.post("/v1/drafts", content=b"[]").status_code == 400
        assert http.post("/v1/drafts", json={"model": {"models": "/etc"}}).status_code == 403


def test_errors_reach_the_client_as_they_were(live) -> None:
    with live.client() as client, pytest.raises(SketchError, match="cannot be drawn"):
        client.draft(structure="liver", text="fail").wait(PATIENCE_S)

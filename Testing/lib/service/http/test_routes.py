"""The addresses: jobs submitted, followed, fetched, cancelled and removed; the document; metrics."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from serving import PATIENCE_S, SLOW, Live, begun, until

from Sketch2CTLib.errors import Cancelled
from Sketch2CTLib.service.http.app import ServeConfig
from Sketch2CTLib.service.protocol.faults import Busy, DuplicateId, UnknownJob
from Sketch2CTLib.service.protocol.messages import Generate

NRRD = b"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 2 2\nencoding: raw\n\n" + bytes(8)


def test_a_job_from_its_request_to_its_files(shared: Live, tmp_path: Path) -> None:
    with shared.client() as client:
        call = client.generate(text="steps=3", seed=7)
        kinds = [event.kind for event in call.follow(PATIENCE_S)]
        assert kinds[0] == "queued" and kinds[-1] == "result" and "progress" in kinds
        result = call.result()
        assert result.report == {"seed": 7} and result.folder is None
        assert client.save(result, tmp_path)["mask.seg.nrrd"].read_bytes() == b"steps=3"
        late = client.attach(call.job)
        assert [event.seq for event in late.follow(PATIENCE_S)][-1] == result.seq
        assert client.forget(call.job).wait(PATIENCE_S).kind == "forgotten"
        with pytest.raises(UnknownJob):
            client.save(result, tmp_path / "again")
        with pytest.raises(UnknownJob):
            client.attach(call.job).wait(PATIENCE_S)
    assert not list(shared.jobs.store.work.iterdir()), "the worker's folder is empty"
    until(lambda: not shared.transport.engine._tickets)


def test_capabilities_name_limits_and_not_paths(shared: Live) -> None:
    with shared.http() as http, shared.client() as client:
        told = http.get("/v1/capabilities").json()
        assert told["presets"] == ["scripted"] and told["most_body_bytes"] == 64 * 2**20 and told["paths"] is False
        assert client.hello().queue_limit == 32
        assert http.get("/v1/capabilities?versions=77").json()["code"] == "unsupported_version"


def test_server_sent_events_can_be_taken_up_again(shared: Live) -> None:
    with shared.http() as http, shared.client() as client:
        call = client.generate(text="steps=4")
        last = call.result(PATIENCE_S).seq
        address = f"/v1/jobs/{call.job}/events"
        whole = http.get(address, headers={"Accept": "text/event-stream"})
        assert whole.headers["content-type"].startswith("text/event-stream")
        blocks = [
            dict(line.split(": ", 1) for line in block.splitlines()) for block in whole.text.strip().split("\n\n")
        ]
        assert [b["event"] for b in blocks][-1] == "result" and int(blocks[-1]["id"]) == last
        assert json.loads(blocks[-1]["data"])["seq"] == last
        rest = http.get(address, headers={"Accept": "text/event-stream", "Last-Event-ID": blocks[-2]["id"]})
        assert rest.text.count("data:") == 1
        assert http.get(address, params={"after": last}).status_code == 204
        assert http.get(address, headers={"Last-Event-ID": "x1"}).status_code == 400


def test_the_same_content_is_one_job_and_another_is_refused(shared: Live) -> None:
    body = {"kind": "generate", "text": "steps=1", "seed": 3}
    before = len(shared.transport.runner.ran)
    with shared.http() as http:
        first, again = (http.post("/v1/jobs", json=body, headers={"Idempotency-Key": "mine"}) for _ in range(2))
        assert (first.status_code, again.status_code) == (202, 200)
        assert first.json()["job"] == again.json()["job"]
        other = http.post("/v1/jobs", json=body | {"seed": 4}, headers={"Idempotency-Key": "mine"})
        assert other.status_code == 409 and other.json()["code"] == "duplicate_id"
        named = [http.post("/v1/jobs", json=body | {"id": "named"}).status_code for _ in range(2)]
        assert named == [202, 200]
        assert http.post("/v1/jobs", json=body | {"id": "named", "seed": 9}).status_code == 409
    with shared.client() as client:
        client.attach("named").wait(PATIENCE_S)
        with pytest.raises(DuplicateId):
            client.send(Generate(id="named", text="else")).wait(PATIENCE_S)
    assert len(shared.transport.runner.ran) == before + 2


@pytest.mark.parametrize("part", ["mask", "context"])
def test_files_come_as_parts_or_base64_and_are_the_same_job(shared: Live, part: str) -> None:
    asked = {"structure": "liver", "id": f"sent-{part}"}
    with shared.http() as http:
        form = http.post("/v1/jobs", data={"request": json.dumps(asked)}, files={part: ("m.nrrd", NRRD)})
        assert form.status_code == 202, form.text
        as_json = asked | {part: {"data": base64.b64encode(NRRD).decode()}}
        assert http.post("/v1/jobs", json=as_json).status_code == 200
        worse = asked | {part: {"data": base64.b64encode(NRRD + b"x").decode()}}
        assert http.post("/v1/jobs", json=worse).status_code == 409
        twice = http.post("/v1/jobs", data={"request": json.dumps(as_json)}, files={part: ("m.nrrd", NRRD)})
        assert twice.status_code == 400
        until(lambda: http.get(f"/v1/jobs/{asked['id']}").json()["state"] == "done")
    assert not list(shared.jobs.store.place(asked["id"]).glob("input*"))


def test_the_worker_finds_what_was_sent_and_former_results(serve) -> None:
    live, seen = serve(), []
    usual = live.transport.runner.run
    live.transport.runner.run = lambda request, ticket: (seen.append(_found(request)), usual(request, ticket))[1]
    with live.http() as http, live.client() as client:
        http.post("/v1/jobs", data={"request": '{"id": "a"}'}, files={"edit": ("s", b"state")})
        client.attach("a").wait(PATIENCE_S)
        client.generate(edit={"job": "a", "strength": 0.5}).wait(PATIENCE_S)
        client.generate(structure="liver", mask={"job": "a"}).wait(PATIENCE_S)
        client.generate(structure="liver", context={"job": "a"}).wait(PATIENCE_S)
        upload = {"data": base64.b64encode(NRRD).decode()}
        client.generate(structure="liver", context=upload).wait(PATIENCE_S)
        for missing in ({"job": "nobody"}, {"job": "a", "candidate": 2}):
            with pytest.raises(UnknownJob):
                client.generate(edit=missing).wait(PATIENCE_S)
    assert seen[0] == ("input.safetensors", b"state") and seen[1] == ("files", 0.5) and seen[2][0] == "mask.seg.nrrd"
    assert seen[3][0] == "mask.seg.nrrd" and seen[4] == ("input.context.nrrd", NRRD)


def _found(request: Generate) -> tuple:
    path = Path((request.mask or request.edit or request.context).path)
    return (path.name, path.read_bytes()) if path.is_file() else (path.name, request.edit.strength)


def test_cancel_while_waiting_and_while_running(shared: Live) -> None:
    with shared.client() as client:
        running, waiting = client.generate(text=SLOW), client.generate(text=SLOW)
        begun(running)
        state = client.state()
        assert (state.running, state.queued) == ("-", ("-",)), "other clients' jobs are not named"
        for call in (waiting, running):
            call.cancel()
            with pytest.raises(Cancelled):
                call.result(PATIENCE_S)


def test_a_job_is_removed_while_it_runs(shared: Live) -> None:
    with shared.client() as client:
        call = client.generate(text=SLOW)
        begun(call)
        client.forget(call.job).wait(PATIENCE_S)
        with pytest.raises(Cancelled):
            call.result(PATIENCE_S)
    until(lambda: not shared.jobs.store.place(call.job).exists())


def test_a_full_queue_says_when_to_come_again(serve) -> None:
    live = serve(ServeConfig(queue_limit=1, grace_s=0))
    with live.client() as client, live.http() as http:
        taken = [client.generate(id=f"j{n}", text=SLOW) for n in range(2)]
        for call in taken:
            next(call.follow(PATIENCE_S))
        full = http.post("/v1/jobs", json={"text": SLOW})
        assert full.status_code == 429 and int(full.headers["Retry-After"]) > 0 and full.json()["code"] == "busy"
        live.jobs.metrics.typical_s = 41.5
        assert http.post("/v1/jobs", json={"text": SLOW}).headers["Retry-After"] == "42", "as long as jobs take here"
        assert http.post("/v1/jobs", json={"id": "j1", "text": SLOW}).status_code == 200, "one that is known"
        with pytest.raises(Busy, match="Try again in"):
            client.generate(text="x").result(PATIENCE_S)
        assert not list(live.jobs.store.work.glob("draft*"))


def test_health_metrics_and_the_document(shared: Live) -> None:
    with shared.http() as http, shared.client() as client:
        client.generate(text="x").result(PATIENCE_S)
        assert http.get("/health/live").json() == {"status": "live"}
        assert http.get("/health/ready").json() == {"status": "ready"}
        text = http.get("/metrics").text
        assert 'sketch2ct_jobs_ended_total{how="done"}' in text and "sketch2ct_jobs_waiting 0.0" in text
        assert "openapi.json" in http.get("/docs").text
        document = http.get("/openapi.json").json()
        body = document["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]
        assert set(body) == {"application/json", "multipart/form-data"}
        references = {part.split('"')[0] for part in json.dumps(document).split('"#/components/schemas/')[1:]}
        assert references <= set(document["components"]["schemas"])
        nothing = http.get("/v2/nothing")
        assert nothing.status_code == 404 and nothing.json()["code"] == "bad_message"

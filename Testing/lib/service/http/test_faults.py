"""What dies meanwhile: the worker, the client, the connection, the server; every job still ends once."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from serving import PATIENCE_S, SLOW, Live, begun, engine_of, process_of, until

from Sketch2CTLib.errors import Cancelled, ConfigError, ServiceUnavailable
from Sketch2CTLib.service.client import Client
from Sketch2CTLib.service.client.http import HttpTransport
from Sketch2CTLib.service.http.app import ServeConfig
from Sketch2CTLib.service.protocol.events import Event, FileOut, Result
from Sketch2CTLib.service.protocol.faults import Closing, UnknownJob, WorkerLost
from Sketch2CTLib.service.store import Retention


def test_a_killed_worker_ends_its_job_and_those_that_wait_go_on(serve, tmp_path: Path) -> None:
    live: Live = serve(transport=process_of)
    with live.client() as client, live.http() as http:
        before = client.generate(text="before")
        before.result(PATIENCE_S)
        running = client.generate(text=SLOW)
        begun(running)
        waiting, dropped = client.generate(text="waiting"), client.generate(text="dropped")
        next(dropped.follow(PATIENCE_S))
        first = live.transport.pid
        os.kill(first, signal.SIGSTOP)
        dropped.cancel().wait(PATIENCE_S)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(WorkerLost, match="signal 9"):
            running.result(PATIENCE_S)
        with pytest.raises(Cancelled):
            dropped.result(PATIENCE_S)
        assert waiting.result(PATIENCE_S).report == {"seed": 1}
        assert client.save(waiting.result(), tmp_path / "w")["mask.seg.nrrd"].read_bytes() == b"waiting"
        assert client.save(before.result(), tmp_path / "b")["mask.seg.nrrd"].read_bytes() == b"before"
        assert http.get("/health/ready").status_code == 200 and live.transport.pid not in (None, first)
        assert 'how="worker_lost"} 1.0' in http.get("/metrics").text


def test_a_listener_that_leaves_is_let_go_and_the_job_goes_on(shared: Live) -> None:
    with shared.client() as client:
        call = client.generate(text=SLOW)
        begun(call)
        ticket = shared.jobs.store.ticket(call.job)
        listening = len(ticket._listeners)
        with socket.create_connection(("127.0.0.1", shared.port)) as link:
            link.sendall(f"GET /v1/jobs/{call.job}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            link.recv(100)
            until(lambda: len(ticket._listeners) == listening + 1)
        until(lambda: len(ticket._listeners) == listening)
        assert not ticket.is_over
        call.cancel()
        with pytest.raises(Cancelled):
            call.result(PATIENCE_S)


class Relay:
    """A line to a server that breaks when told."""

    def __init__(self, port: int) -> None:
        self._to, self._socket = port, socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._links: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near = self._socket.accept()[0]
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            self._links += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            end.close()

    def cut(self) -> None:
        links, self._links = self._links, []
        for link in links:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()
        self.cut()


def test_a_broken_stream_is_taken_up_where_it_broke(shared: Live) -> None:
    relay = Relay(shared.port)
    heard: list[Event] = []
    with Client.server(f"http://127.0.0.1:{relay.port}") as client:
        call = client.generate(text="steps=40 delay=0.02")
        for event in call.follow(PATIENCE_S):
            heard.append(event)
            if event.seq in (5, 15, 25):
                relay.cut()
    relay.close()
    assert [event.seq for event in heard] == sorted({event.seq for event in heard}), "nothing twice"
    assert heard[-1].kind == "result" and shared.transport.runner.ran.count(shared.transport.runner.ran[-1]) == 1


def test_a_server_that_stays_away_is_told(serve) -> None:
    live: Live = serve()
    with Client.server(live.url, patience_s=0.5) as client:
        call = client.generate(text="x")
        call.result(PATIENCE_S)
        live.stop()
        with pytest.raises(ServiceUnavailable, match="is not reached"):
            client.attach(call.job).wait(PATIENCE_S)
        with pytest.raises(ServiceUnavailable, match="Is it running"):
            client.hello(PATIENCE_S)


def test_what_is_no_server_is_told() -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_say_nonsense, args=(silent,), daemon=True).start()
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    with Client.server(url) as client, pytest.raises(ServiceUnavailable, match="no Sketch2CT server"):
        client.hello(PATIENCE_S)
    silent.close()
    for url in ("localhost:8000", "ftp://x", "http://", "http://a:b@c", "http://x:99999", "http://x?y", "http://[", ""):
        with pytest.raises(ConfigError, match="no address"):
            HttpTransport(url)


def _say_nonsense(listener: socket.socket) -> None:
    try:
        while True:
            with listener.accept()[0] as link:
                link.recv(65536)
                link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    except OSError:
        return


def test_a_closed_client_ends_its_calls_and_its_cancel_arrives(shared: Live) -> None:
    client = shared.client()
    kept, stopped = client.generate(text=SLOW), client.generate(text=SLOW)
    begun(kept)
    stopped.cancel()
    client.close()
    with pytest.raises(ServiceUnavailable, match="client was closed"):
        kept.result(PATIENCE_S)
    with pytest.raises(ServiceUnavailable, match="client is closed"):
        client.hello(PATIENCE_S)
    assert not shared.jobs.store.ticket(kept.job).is_over
    until(lambda: shared.jobs.store.ticket(stopped.job).state == "cancelled")
    with shared.client() as another:
        again = another.attach(kept.job)
        another.cancel(kept.job)
        with pytest.raises(Cancelled):
            again.wait(PATIENCE_S)


def test_stopping_finishes_what_it_can_and_cancels_the_rest(serve) -> None:
    live: Live = serve(ServeConfig(grace_s=1.0))
    with live.client() as client, live.http() as http:
        short = client.generate(text="steps=30 delay=0.01")
        begun(short)
        long = client.generate(text=SLOW)
        live.server.should_exit = True
        until(lambda: live.jobs.is_closing)
        refused = http.post("/v1/jobs", json={"text": "x"})
        assert refused.status_code == 503 and refused.json()["code"] == "closing"
        assert http.get("/health/ready").status_code == 503 and http.get("/health/live").status_code == 200
        with pytest.raises(Closing):
            client.generate(text="x").result(PATIENCE_S)
        assert short.result(PATIENCE_S).report == {"seed": 1}
        with pytest.raises((Cancelled, Closing)):
            long.result(PATIENCE_S)
    live.stop()
    assert not live.jobs.store.folder.exists()


def test_results_leave_when_their_time_is_up(serve, tmp_path: Path) -> None:
    live: Live = serve(ServeConfig(Retention(keep_s=0.5), grace_s=0))
    with live.client() as client:
        result = client.generate(text="x").result(PATIENCE_S)
        client.save(result, tmp_path / "in time")
        until(lambda: not list((live.jobs.store.folder / "jobs").iterdir()))
        with pytest.raises(UnknownJob):
            client.save(result, tmp_path / "late")
        assert client.generate(id=result.job, text="x").result(PATIENCE_S).job == result.job


def test_the_oldest_results_leave_when_there_is_too_much(serve) -> None:
    live: Live = serve(ServeConfig(Retention(keep_mb=25e-6), grace_s=0))
    with live.client() as client, live.http() as http:
        for n in range(4):
            client.generate(id=f"j{n}", text="x" * 10).result(PATIENCE_S)
        live.jobs.store.expire()
        assert [http.get(f"/v1/jobs/j{n}").status_code for n in range(4)] == [404, 404, 200, 200]
        assert live.jobs.store.usage() == (2, 20)


def test_a_clock_that_is_set_changes_nothing(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    live: Live = serve()
    usual = time.time
    with live.client() as client, live.http() as http:
        call = client.generate(text="steps=40 delay=0.01")
        begun(call)
        for jump in (1e6, -1e6):
            monkeypatch.setattr(time, "time", lambda jump=jump: usual() + jump)
        call.result(PATIENCE_S)
        live.jobs.store.expire()
        assert http.get(f"/v1/jobs/{call.job}").json()["state"] == "done"


def test_the_server_survives_a_full_disk(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    live: Live = serve()
    with live.client() as client, live.http() as http:

        def full(*arguments: object, **named: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(live.jobs.store, "draft", full)
        answer = http.post("/v1/jobs", json={"text": "x"})
        assert answer.status_code == 507 and answer.json()["code"] == "disk_full"
        monkeypatch.undo()
        assert client.generate(text="x").result(PATIENCE_S).kind == "result"


@pytest.fixture
def pair(tmp_path: Path):
    """Two servers that share a folder, as replicas do."""
    made = [Live(ServeConfig(Retention(tmp_path / "shared"), grace_s=0), engine_of) for _ in range(2)]
    yield made
    for live in made:
        live.stop()


def test_a_job_is_reached_through_any_replica(pair: list[Live], tmp_path: Path) -> None:
    with pair[0].client() as one, pair[1].client() as other, pair[1].http() as http:
        call = one.generate(id="shared", text="steps=20 delay=0.01")
        begun(call)
        assert http.get("/v1/jobs/shared").json()["state"] == "running"
        far = list(other.attach("shared").follow(PATIENCE_S))
        assert far[-1].kind == "result" and far[-1].seq == call.result(PATIENCE_S).seq
        assert other.save(far[-1], tmp_path / "out")["mask.seg.nrrd"].read_bytes() == b"steps=20 delay=0.01"
        again = http.post("/v1/jobs", json={"id": "shared", "text": "steps=20 delay=0.01"})
        assert again.status_code == 200 and len(pair[1].transport.runner.ran) == 0
        assert http.post("/v1/jobs", json={"id": "shared", "text": "other"}).status_code == 409
        assert other.generate(edit={"job": "shared"}).result(PATIENCE_S).kind == "result"
        other.forget("shared").wait(PATIENCE_S)
        with pytest.raises(UnknownJob):
            one.attach("shared").wait(PATIENCE_S)


def test_a_job_is_cancelled_and_removed_through_any_replica(pair: list[Live]) -> None:
    with pair[0].client() as one, pair[1].client() as other:
        for end in (other.cancel, other.forget):
            call = one.generate(text=SLOW)
            begun(call)
            end(call.job).wait(PATIENCE_S)
            with pytest.raises(Cancelled):
                call.result(PATIENCE_S)
        until(lambda: not pair[0].jobs.store.place(call.job).exists())


def test_a_replica_that_died_has_lost_its_job_and_its_results_stay(
    pair: list[Live], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pair[1].jobs.store._table, "alive_s", 0.3)
    monkeypatch.setattr("Sketch2CTLib.service.job_table.BEAT_S", 0.05)
    with pair[0].client() as one, pair[1].client() as other:
        done = one.generate(text="done").result(PATIENCE_S)
        call = one.generate(text=SLOW)
        begun(call)
        pair[0].jobs.store._stop.set()  # its heartbeat stands still
        with pytest.raises(WorkerLost, match="server that ran this job"):
            other.attach(call.job).wait(PATIENCE_S)
        assert other.save(done, tmp_path / "out")["mask.seg.nrrd"].read_bytes() == b"done"


def test_results_outlive_a_server_that_keeps_a_folder(serve, tmp_path: Path) -> None:
    config = ServeConfig(Retention(tmp_path / "kept"), grace_s=0)
    live: Live = serve(config)
    with live.client() as client:
        done = client.generate(text="done").result(PATIENCE_S)
        lost = client.generate(text=SLOW)
        begun(lost)
        live.stop()
    live = serve(config)
    with live.client() as client:
        assert client.save(done, tmp_path / "out")["mask.seg.nrrd"].read_bytes() == b"done"
        with pytest.raises(Cancelled):
            client.attach(lost.job).wait(PATIENCE_S)
        assert live.jobs.store.usage()[0] >= 0


def test_a_file_name_that_a_server_makes_up_stays_in_the_folder(shared: Live, tmp_path: Path) -> None:
    from Sketch2CTLib.errors import OutputError

    evil = FileOut(name="../../evil", size=1, sha256="0")
    with shared.client() as client, pytest.raises(OutputError, match="outside"):
        client.save(Result(job="a", files=(evil,), candidates=(), report={}), tmp_path / "out")

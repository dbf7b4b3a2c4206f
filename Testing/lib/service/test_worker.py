"""Real worker processes: killed, abandoned, shouted at; every line is answered and nothing is left behind."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from Sketch2CTLib.errors import Cancelled
from Sketch2CTLib.service.client import Client
from Sketch2CTLib.service.client.local import LocalTransport
from Sketch2CTLib.service.config import EngineConfig
from Sketch2CTLib.service.engine import Engine
from Sketch2CTLib.service.protocol.events import Event
from Sketch2CTLib.service.protocol.faults import TooLarge, UnknownJob, WorkerLost
from Sketch2CTLib.service.protocol.messages import Cancel, Generate
from Sketch2CTLib.service.worker import Worker
from Testing.timing import slowness

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
COMMAND = [sys.executable, str(HERE / "scripted_worker.py"), "--line-bytes", "100000"]
SLOW = "steps=2000 delay=0.02"
PATIENCE_S = 60.0


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie whose parent died too counts)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def started(*arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen([*COMMAND, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, env=environment)


def spoken(lines: list[bytes], *arguments: str) -> tuple[list[dict], bytes]:
    """What a worker answers until its stdin is closed and it ends, and its log."""
    process = started(*arguments)
    out, log = process.communicate(b"".join(lines), timeout=PATIENCE_S)
    assert process.returncode == 0
    return [json.loads(line) for line in out.splitlines()], log


def begun(call) -> None:
    """Waits for the first step of a job."""
    for event in call.follow(PATIENCE_S):
        if event.kind == "progress":
            return


def test_a_killed_worker_ends_its_job_and_the_next_job_gets_another(client: Client, transport: LocalTransport) -> None:
    call, waiting = client.generate(text=SLOW), client.generate(text=SLOW)
    begun(call)
    first = transport.pid
    os.kill(first, signal.SIGKILL)
    for lost in (call, waiting):
        with pytest.raises(WorkerLost, match="signal 9"):
            lost.result(PATIENCE_S)
    assert client.generate(text="again").result(PATIENCE_S).report == {"seed": 1}
    assert transport.pid != first and gone(first)
    client.close()
    until(lambda: transport.pid is None)


def test_a_result_is_saved_and_its_job_forgotten(client: Client, tmp_path: Path) -> None:
    call = client.generate(text="hello", seed=7)
    result = call.result(PATIENCE_S)
    paths = client.save(result, tmp_path / "out")
    assert paths["mask.seg.nrrd"].read_bytes() == b"hello"
    assert client.forget(call.job).wait(PATIENCE_S).kind == "forgotten"
    with pytest.raises(UnknownJob):
        client.save(result, tmp_path / "again")
    with pytest.raises(UnknownJob):
        client.attach(call.job).wait(PATIENCE_S)


@pytest.mark.alone
def test_a_timer_can_poll(client: Client) -> None:
    heard: list[Event] = []
    call = client.generate(text="steps=5 delay=0.01", on_event=heard.append)
    longest = 0.0
    while not call.is_over:
        at = time.monotonic()
        client.poll()
        longest = max(longest, time.monotonic() - at)
        time.sleep(0.005)
    assert heard[0].kind == "queued" and heard[-1].kind == "result"
    assert longest < 0.5 * slowness()
    assert client.poll() == 0


@pytest.mark.alone
def test_cancel_attach_and_two_at_once(client: Client) -> None:
    running, waiting = client.generate(text=SLOW), client.generate(text=SLOW)
    begun(running)
    joined = client.attach(running.job)
    assert next(joined.follow(PATIENCE_S)).job == running.job
    assert client.state().queued == (waiting.job,)
    waiting.cancel()
    running.cancel()
    at = time.monotonic()
    for call in (running, waiting, joined):
        with pytest.raises(Cancelled):
            call.wait(PATIENCE_S)
    assert time.monotonic() - at < 20, "one of them takes 40 s"
    missed = client.attach(running.job, after=1).follow(PATIENCE_S)
    assert [event.kind for event in missed][-1] == "error"


def test_an_id_in_use_is_refused(client: Client) -> None:
    running = client.generate(id="mine", text=SLOW)
    begun(running)
    twice = client.send(Generate(id="mine", text="x"))
    assert [event.code for event in twice.follow(PATIENCE_S)] == ["duplicate_id"]
    running.cancel()


def test_only_the_protocol_is_on_stdout() -> None:
    request = {"kind": "generate", "id": "a", "text": "print"}
    answers, log = spoken([json.dumps(request).encode() + b"\n", b'{"kind":"quit","id":"q"}\n'])
    assert {answer["kind"] for answer in answers} <= {"queued", "progress", "result", "bye", "error"}
    assert answers[0]["kind"] == "queued"
    process = started()
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    seen = [json.loads(process.stdout.readline())["kind"] for _ in range(3)]
    out, log = process.communicate(timeout=PATIENCE_S)
    assert seen == ["queued", "progress", "result"] and out == b""
    assert b"printed by Python" in log and b"printed by C" in log


def test_every_line_is_answered_however_odd() -> None:
    lines = [
        b"hello\n",
        b"\n",
        b"\xff\xfe\n",
        b'{"kind":"status","id":"s1"}\n',
        b"x" * 300_000 + b"\n",
        b'{"kind":"fly","id":"f1","high":true}\n',
        b'{"kind":"hello","id":"h1","versions":[99]}\n',
        b'{"kind":"hello","id":"h2"}\n',
        b'{"kind":"cancel","id":"c1","job":"nobody"}\n',
        b'{"kind":"status","id":"s2"',
    ]
    answers, _ = spoken(lines)
    told = [(one["kind"], one.get("code", ""), one["id"]) for one in answers]
    assert told == [
        ("error", "bad_message", ""),
        ("error", "bad_message", ""),
        ("state", "", "s1"),
        ("error", "too_large", ""),
        ("error", "unknown_message", "f1"),
        ("error", "unsupported_version", "h1"),
        ("ready", "", "h2"),
        ("error", "unknown_job", "c1"),
        ("error", "bad_message", ""),
    ]


def test_ten_thousand_lines_of_garbage() -> None:
    chance = random.Random(6)
    garbage = [
        bytes(chance.choice(b'{}[]":,\\ abk\xc3\xff01') for _ in range(chance.randrange(1, 60))) for _ in range(10_000)
    ]
    lines = [line.replace(b"\n", b" ") + b"\n" for line in garbage]
    answers, _ = spoken([*lines, b'{"kind":"status","id":"end"}\n'])
    assert len(answers) == 1 + sum(bool(line.strip()) for line in lines)
    assert {one["kind"] for one in answers[:-1]} == {"error"} and answers[-1]["kind"] == "state"


MESSAGE = st.fixed_dictionaries(
    {"kind": st.sampled_from(["hello", "status", "cancel", "attach", "forget", "unload", "load", "what", 3])},
    optional={
        "id": st.text(max_size=5) | st.just("a"),
        "job": st.sampled_from(["a", "b", "", None]),
        "after": st.integers(),
    },
)


@settings(max_examples=150, deadline=None)
@given(st.lists(MESSAGE.map(lambda told: json.dumps(told).encode()) | st.binary(max_size=40), max_size=20))
def test_any_conversation_is_answered(lines: list[bytes]) -> None:
    from scripted_worker import ScriptedRunner

    said: list[Event] = []
    engine = Engine(EngineConfig(queue_limit=2), ScriptedRunner())
    worker = Worker(engine, said.append)
    for line in lines:
        before = len(said)
        assert worker.answer(line)
        assert len(said) > before
    engine.close()


@pytest.mark.alone
@pytest.mark.parametrize("text", ["hang", SLOW, ""])
def test_it_ends_within_five_seconds_when_stdin_closes(text: str, tmp_path: Path) -> None:
    process = started("--folder", str(tmp_path / "jobs"), "--clean")
    process.stdin.write(json.dumps({"kind": "generate", "id": "a", "text": text}).encode() + b"\n")
    process.stdin.flush()
    assert b"queued" in process.stdout.readline() and b"progress" in process.stdout.readline()
    at = time.monotonic()
    process.stdin.close()
    assert process.wait(PATIENCE_S) == 0
    assert time.monotonic() - at < 5 * slowness()
    assert not (tmp_path / "jobs").exists()
    for stream in (process.stdout, process.stderr):
        stream.close()


@pytest.mark.alone
def test_no_orphan_is_left_when_the_parent_is_killed(tmp_path: Path) -> None:
    program = f"""
import sys, time
from Sketch2CTLib.service.client import Client
from Sketch2CTLib.service.client.local import LocalTransport
transport = LocalTransport([sys.executable, {str(HERE / "scripted_worker.py")!r}])
call = Client(transport).generate(text={SLOW!r})
for event in call.follow(60):
    if event.kind == "progress":
        break
print(transport.pid, transport._folder, flush=True)
time.sleep(100)
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment)
    pid, folder = parent.stdout.readline().split()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    at = time.monotonic()
    until(lambda: gone(int(pid)))
    assert time.monotonic() - at < 5 * slowness()
    until(lambda: not Path(folder.decode()).exists())


def test_a_worker_that_cannot_start_is_told(tmp_path: Path) -> None:
    for command, told in (
        ([str(tmp_path / "nothing")], "cannot be started"),
        ([sys.executable, "-c", "raise SystemExit('no torch here')"], "no torch here"),
    ):
        with Client(LocalTransport(command)) as client, pytest.raises(WorkerLost, match=told):
            client.generate().result(PATIENCE_S)
    with pytest.raises(WorkerLost, match="closed"):
        client.generate().result(PATIENCE_S)


def test_a_result_outside_its_folder_is_not_written(client: Client, tmp_path: Path) -> None:
    from Sketch2CTLib.errors import OutputError

    result = client.generate(text="x").result(PATIENCE_S)
    evil = result.model_copy(update={"files": (result.files[0].model_copy(update={"name": "../evil"}),)})
    with pytest.raises(OutputError, match="outside"):
        client.save(evil, tmp_path / "out")
    damaged = result.model_copy(update={"files": (result.files[0].model_copy(update={"sha256": "0"}),)})
    with pytest.raises(OutputError, match="damaged"):
        client.save(damaged, tmp_path / "out")
    assert not list(tmp_path.rglob("*.nrrd"))


def test_worker_answers_too_large_lines_in_place() -> None:
    said: list[Event] = []
    worker = Worker(None, said.append)  # type: ignore[arg-type]
    assert worker.answer(TooLarge("much"))
    assert said[0].code == "too_large"
    assert Cancel(id="a", job="b").job == "b"

"""The queue: one job after the other, any number of listeners, every job answered exactly once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from following import follow
from scripted_worker import ScriptedRunner

from Sketch2CTLib.errors import ConfigError, OutputError
from Sketch2CTLib.service.config import EngineConfig
from Sketch2CTLib.service.engine import Engine
from Sketch2CTLib.service.protocol.events import Event, Failed, Progress, Queued, Result
from Sketch2CTLib.service.protocol.faults import Busy, Closing, DuplicateId, UnknownJob
from Sketch2CTLib.service.protocol.messages import Generate, Hello, Load, Unload

SLOW = "steps=400 delay=0.02"
PATIENCE_S = 60.0  # at the longest, on a machine that does other things too; what is waited for ends it


def job(name: str, text: str = "") -> Generate:
    return Generate(id=name, structure="liver", text=text)


def kinds(events: list[Event] | tuple[Event, ...]) -> list[str]:
    return [event.kind for event in events]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    made: list[Engine] = []

    def engine(**config: object) -> Engine:
        made.append(Engine(EngineConfig(folder=tmp_path / "jobs", **config), ScriptedRunner()))
        return made[-1]

    yield engine
    for one in made:
        one.close()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_job_is_told_from_begin_to_end(make: Callable[..., Engine]) -> None:
    ticket = make().submit(job("a", "steps=3"))
    events = list(follow(ticket))
    assert kinds(events) == ["queued", "progress", "progress", "progress", "result"]
    assert [event.seq for event in events] == [1, 2, 3, 4, 5]
    assert {(event.id, event.job) for event in events} == {("a", "a")}
    assert ticket.state == "done" and (ticket.folder / "mask.seg.nrrd").is_file()
    assert ticket.request is None


def test_a_late_listener_gets_the_history_and_many_get_the_same(make: Callable[..., Engine]) -> None:
    ticket = make().submit(job("a", "steps=50 delay=0.002"))
    heard: list[list[Event]] = [[] for _ in range(5)]
    for one in heard:
        ticket.subscribe(one.append)
        time.sleep(0.01)
    last = ticket.wait(PATIENCE_S)
    until(lambda: all(one and one[-1] == last for one in heard))
    late = list(follow(ticket, timeout_s=1))
    assert kinds(late) == ["queued", "progress", "result"], "of progress, the history keeps the latest"
    assert list(follow(ticket, after=last.seq - 1, timeout_s=1)) == [last]
    assert list(follow(ticket, after=last.seq, timeout_s=1)) == []
    for one in heard:
        assert [event.seq for event in one] == sorted({event.seq for event in one})


def test_a_listener_that_fails_or_leaves_does_not_matter(make: Callable[..., Engine]) -> None:
    def closed(event: Event) -> None:
        raise RuntimeError("Event loop is closed")

    ticket = make().submit(job("a", "steps=20 delay=0.002"))
    left: list[Event] = []
    ticket.subscribe(closed)
    leave = ticket.subscribe(left.append)
    leave()
    leave()
    assert isinstance(ticket.wait(PATIENCE_S), Result)
    assert all(event.seq < 5 for event in left)


def test_jobs_run_in_order_and_the_queue_is_bounded(make: Callable[..., Engine]) -> None:
    engine = make(queue_limit=2)
    first = engine.submit(job("a", SLOW))
    until(lambda: first.state == "running")
    waiting = [engine.submit(job(name)) for name in "bc"]
    with pytest.raises(Busy):
        engine.submit(job("d"))
    with pytest.raises(DuplicateId):
        engine.submit(job("b"))
    state = engine.state()
    assert (state.running, state.queued, state.queue_limit) == ("a", ("b", "c"), 2)
    assert [event.ahead for event in waiting[1].history() if isinstance(event, Queued)] == [2]
    engine.cancel("a")
    assert [isinstance(one.wait(PATIENCE_S), Result) for one in waiting] == [True, True]
    assert engine._runner.ran == ["a", "b", "c"]
    until(lambda: engine.state().answered == {"cancelled": 1, "done": 2})


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_step(make: Callable[..., Engine]) -> None:
    engine = make()
    running, waiting = engine.submit(job("a", SLOW)), engine.submit(job("b"))
    until(lambda: len(running.history()) > 1)
    engine.cancel("b")
    assert waiting.state == "cancelled" and engine._runner.ran == ["a"]
    engine.cancel("a")
    before = running.history()[-1].seq
    last = running.wait(PATIENCE_S)
    assert isinstance(last, Failed) and last.code == "cancelled"
    assert last.seq <= before + 2, "of 400 steps, at most one was told after it"
    assert not running.folder.exists()
    engine.cancel("a")
    assert running.wait(1) == last, "a job ends once"


@pytest.mark.parametrize(
    ("fail", "code"),
    [("memory", "out_of_memory"), ("disk", "disk_full"), ("weights", "bad_weights"), ("bug", "internal")],
)
def test_a_fault_has_its_code_and_the_next_job_runs(make: Callable[..., Engine], fail: str, code: str) -> None:
    engine = make()
    last = engine.submit(job("a", f"fail={fail}")).wait(PATIENCE_S)
    assert isinstance(last, Failed) and last.code == code and last.hint
    assert isinstance(engine.submit(job("b")).wait(PATIENCE_S), Result)


def test_results_are_kept_until_there_are_too_many_or_they_are_forgotten(make: Callable[..., Engine]) -> None:
    engine = make(keep=3)
    tickets = [engine.submit(job(f"j{n}")) for n in range(6)]
    tickets[-1].wait(PATIENCE_S)
    until(lambda: [ticket.folder.exists() for ticket in tickets] == [False] * 3 + [True] * 3)
    assert [ticket.job for ticket in engine._tickets.values()] == ["j3", "j4", "j5"]
    assert engine.result_folder("j5") == tickets[5].folder
    engine.forget("j5")
    assert not tickets[5].folder.exists()
    for act in (engine.ticket, engine.cancel, engine.forget, engine.result_folder):
        with pytest.raises(UnknownJob):
            act("j5")


def test_forgetting_a_running_job_cancels_it_and_removes_its_files(make: Callable[..., Engine]) -> None:
    engine = make()
    ticket = engine.submit(job("a", SLOW))
    until(lambda: ticket.state == "running")
    engine.forget("a")
    assert ticket.wait(PATIENCE_S).code == "cancelled" and not ticket.folder.exists()
    assert isinstance(engine.submit(job("a")).wait(PATIENCE_S), Result), "its id is free again"


def test_closing_cancels_all_and_takes_no_more(make: Callable[..., Engine]) -> None:
    engine = make(clean=True)
    tickets = [engine.submit(job(name, SLOW)) for name in "abc"]
    assert engine.close(PATIENCE_S)
    assert [ticket.wait(PATIENCE_S).code for ticket in tickets] == ["cancelled"] * 3
    assert not engine.folder.exists()
    with pytest.raises(Closing):
        engine.submit(job("d"))


@pytest.mark.alone
def test_a_step_that_hangs_does_not_hold_up_the_end(make: Callable[..., Engine]) -> None:
    engine = make()
    release = threading.Event()
    engine._runner.run = lambda request, ticket: release.wait(PATIENCE_S) and Result(files=(), candidates=(), report={})
    engine.submit(job("a"))
    until(lambda: engine.state().running == "a")
    begun = time.monotonic()
    assert not engine.close(0.2)
    assert time.monotonic() - begun < PATIENCE_S / 2
    release.set()


def test_many_threads_lose_nothing(make: Callable[..., Engine]) -> None:
    engine = make(queue_limit=1000, keep=None)
    ended: list[str] = []

    def some(thread: int) -> None:
        for n in range(20):
            ticket = engine.submit(job(f"t{thread}-{n}", f"steps=2 seed{n}"))
            ticket.subscribe(lambda event: ended.append(event.job) if event.is_last else None)

    threads = [threading.Thread(target=some, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: len(ended) == 200)
    assert len(set(ended)) == 200
    assert sorted(engine._runner.ran) == sorted(ended)


def test_it_says_what_it_is(make: Callable[..., Engine]) -> None:
    ready = make(queue_limit=7).hello(Hello(id="h", versions=(1, 9)))
    assert (ready.id, ready.version, ready.queue_limit, ready.paths) == ("h", 1, 7, True)


def test_other_jobs_go_through_the_queue_too(make: Callable[..., Engine]) -> None:
    engine = make()
    assert engine.submit(Load(id="l")).wait(PATIENCE_S).kind == "loaded"
    assert engine.submit(Unload(id="u")).wait(PATIENCE_S).kind == "unloaded"


def test_a_folder_that_cannot_be_made_and_numbers_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        Engine(EngineConfig(folder=tmp_path / "file" / "x"), ScriptedRunner())
    for wrong in ({"queue_limit": -1}, {"keep": 0}, {"memory_mb": 0.0}, {"memory_mb": float("nan")}):
        with pytest.raises(ConfigError):
            EngineConfig(**wrong)


def test_no_clock_that_can_be_set_is_read() -> None:
    import Sketch2CTLib.service as room

    for path in Path(room.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "time.time(" not in text and "datetime.now" not in text, path


def test_progress_is_typed() -> None:
    assert Progress(stage="mask", step=1, steps=2).eta_s is None

"""Data sets on Ray: whatever is killed, a later run makes what is missing, each sample once, with the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from plans import digests, made, tiny_plan, tiny_source

from Sketch2CTLib import workers
from Sketch2CTLib.errors import MissingDependency, OutputError
from Sketch2CTLib.synthesis import driver
from Sketch2CTLib.synthesis.driver import Cluster, SetProgress, run_plan
from Sketch2CTLib.synthesis.records import all_records, record_path

COUNT = 6
PATIENCE_S = 900.0  # a busy machine takes minutes to start Ray and two workers with torch


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, listed) for one in (child, *descendants(child))]


def worker_of(pid: int) -> int:
    """An actor that a driver has started."""
    for one in descendants(pid):
        try:
            if "ray::_Worker" in Path(f"/proc/{one}/cmdline").read_text():
                return one
        except OSError:
            continue
    raise AssertionError("there is no worker")


def wait_for(path: Path, process: subprocess.Popen) -> None:
    until = time.monotonic() + PATIENCE_S
    while not path.is_file():
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() < until, "no sample was made"
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are found through /proc")
def test_a_killed_driver_and_a_killed_worker_lose_and_double_nothing(models: Path, tmp_path: Path) -> None:
    alone, out = tmp_path / "alone", tmp_path / "killed"
    plan = tiny_plan(count=COUNT, drawn=False)
    made(plan, models, alone)
    script = Path(__file__).parent / "tiny_driver.py"
    command = [sys.executable, str(script), str(models), str(out), str(COUNT)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        wait_for(record_path(out, 1), process)
    finally:
        process.kill()
        process.wait()
    begun = {one["index"]: one for one in all_records(out, COUNT)}
    assert 0 < len(begun) < COUNT, "the driver was killed in the middle"
    killed = []

    def heard(progress: SetProgress) -> None:
        if not killed:
            killed.append(worker_of(os.getpid()))
            os.kill(killed[0], signal.SIGKILL)

    progress = run_plan(plan.settled(out), tiny_source(models), None, out, Cluster(workers=2), heard=heard)
    assert killed and progress.before >= len(begun)
    assert progress.done == COUNT and progress.statuses == {"accepted": COUNT}
    records = list(all_records(out, COUNT))
    assert [one["index"] for one in records] == list(range(COUNT))
    assert len({one["name"] for one in records}) == COUNT
    assert all(records[index]["seconds"] == one["seconds"] for index, one in begun.items()), "none was made again"
    assert digests(out) == digests(alone) and len(digests(out)) == COUNT
    assert not [one for one in out.rglob(".*") if one.name != ".lock"], "nothing temporary is left"


def made_by_mortals(deadly: Path, count: int) -> list[int]:
    """The samples that a worker makes which dies at those in a file, each time that the file still has them."""
    import ray

    class Mortal:  # in here, so that a worker need not import this module
        def ready(self) -> None:
            pass

        def make(self, task) -> dict[str, int]:
            left = deadly.read_text().split()
            if str(task.index) in left:
                left.remove(str(task.index))
                deadly.write_text(" ".join(left))
                os._exit(1)
            return {"index": task.index}

    with workers.ray_started("", 1):
        team = driver._Team(lambda: ray.remote(num_cpus=1)(Mortal).remote(), 1)
        open_tasks, seen = [SimpleNamespace(index=n) for n in range(count)], []
        while open_tasks or team.returned or team.under_way:
            while team.has_room and (open_tasks or team.returned):
                team.begin(team.returned.pop() if team.returned else open_tasks.pop(0))
            seen += [answer["index"] for answer in team.answers()]
    return seen


def test_a_sample_that_kills_its_worker_is_made_by_the_next_and_the_one_that_waited_is_not_blamed(
    tmp_path: Path,
) -> None:
    (tmp_path / "deadly").write_text("0 0 1 1")
    assert sorted(made_by_mortals(tmp_path / "deadly", 4)) == [0, 1, 2, 3]


def test_a_sample_whose_answer_is_not_heard_yet_is_not_blamed_for_the_next() -> None:
    import ray

    @ray.remote
    def answered() -> int:
        return 1

    @ray.remote(num_cpus=0)
    class Dying:
        def end(self) -> None:
            os._exit(1)

        def wait(self) -> None:
            time.sleep(60)

    with workers.ray_started("", 1):
        done = answered.remote()
        ray.wait([done])
        assert driver._is_answered(done)
        assert not driver._is_answered(Dying.remote().wait.remote())
        died = Dying.remote().end.remote()
        ray.wait([died])
        assert not driver._is_answered(died)


def test_a_sample_that_kills_every_worker_ends_the_run(tmp_path: Path) -> None:
    from ray.exceptions import RayActorError

    (tmp_path / "deadly").write_text("1 1 1 1")
    with pytest.raises(RayActorError):
        made_by_mortals(tmp_path / "deadly", 3)


@pytest.mark.slow
def test_a_node_that_is_killed_leaves_its_samples_to_the_other(models: Path, tmp_path: Path) -> None:
    from ray.cluster_utils import Cluster as Nodes

    alone, out = tmp_path / "alone", tmp_path / "two_nodes"
    plan = tiny_plan(count=COUNT, drawn=False)
    made(plan, models, alone)
    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    second = [nodes.add_node(num_cpus=1)]

    def heard(progress: SetProgress) -> None:
        if second and progress.done > 1:
            nodes.remove_node(second.pop(), allow_graceful=False)

    try:
        there = Cluster(nodes.address, workers=2)
        progress = run_plan(plan.settled(out), tiny_source(models), None, out, there, heard=heard)
    finally:
        nodes.shutdown()
    assert not second and progress.statuses == {"accepted": COUNT}
    assert [one["index"] for one in all_records(out, COUNT)] == list(range(COUNT))
    assert digests(out) == digests(alone)


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "find_spec", lambda name: None if name == "ray" else object())
    with pytest.raises(MissingDependency, match=r"'ray'.*\[synthesize\]"):
        workers.require_ray("Data sets", "pyarrow")


def test_two_runs_in_one_folder_are_refused(models: Path, tmp_path: Path) -> None:
    plan = tiny_plan(count=1).settled(tmp_path / "out")
    with driver._alone(tmp_path / "out"), pytest.raises(OutputError, match="Another run"):
        run_plan(plan, tiny_source(models), None, tmp_path / "out", Cluster(workers=1), heard=lambda progress: None)


def test_a_run_ends_before_its_bound_is_passed(tmp_path: Path) -> None:
    bound = driver._Bound(tmp_path, 0.001)
    assert bound.reason(1) == ""
    for _ in range(3):
        bound.add({"bytes": 200_000})
    assert bound.reason(0) == ""
    assert "allows 0.001" in bound.reason(2), "with those under way it would be 1.2 MB"
    assert "the disk has" in driver._Bound(tmp_path, 0.0, largest=10**18).reason(0)


def test_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    progress = SetProgress(10, before=4, done=4, begun=0.0)
    monkeypatch.setattr(driver.time, "monotonic", lambda: 60.0)
    assert progress.left_s is None
    for status in ("accepted", "rejected"):
        progress.add({"status": status, "rejected": ["not met"], "bytes": 5})
    assert progress.per_hour == pytest.approx(120.0)
    assert progress.left_s == pytest.approx(120.0)
    assert progress.reasons == {"not met": 2} and json.dumps(progress.statuses)

"""Samples made side by side by actors of Ray, each with warm networks: any number of workers gives the same files.

A sample's record is written by its worker once its files are there, so that whatever is killed, worker, node or this
driver, a later run makes what has no record and nothing twice. Where a worker dies another is started, as soon as there
is room for it, and its samples are made anew by whichever is free.
On several machines the folder must be one that all of them reach.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, OutputError, ResourceError, Sketch2CTError, error_from_dict
from ..workers import known_folder, ray_started, require_ray, require_same_folder, worker_ended
from .making import Maker, Source
from .plan import SetPlan
from .records import read_record, remove_unfinished
from .sources import Task, tasks

_MOST_DEATHS = 3  # of workers at one sample, or in a row at their start
_AT_START = -1  # in place of a sample
_QUEUED = 2  # tasks of a worker at once: one is made, the next is there already
_RESERVE_MB = 500.0  # of the disk, that stay free
_AS_FLOAT32 = 2.0  # weights are stored as half as much
_WORKING_MB = 2500.0  # of a worker on a GPU beside its weights: its context, and one sample of 128³
_MOST_ON_A_GPU = 4  # beyond it they only wait for each other

Heard = Callable[["SetProgress"], None]


@dataclass(frozen=True)
class Cluster:
    """Where samples are made.

    Args:
        address: Of a Ray cluster; '' starts one on this machine.
        workers: Actors; 0 takes as many as there are processors (or GPUs) for them.
        gpus: Share of a GPU that each gets; 0 none.
    """

    address: str = ""
    workers: int = 0
    gpus: float = 0.0


@dataclass
class SetProgress:
    """How far a run is.

    Args:
        count: Samples in all.
        before: Those that a former run had done.
        done: Those that are done.
        statuses: How many were accepted, rejected and failed.
        reasons: How many drawings were rejected, by reason.
        bytes: Of the accepted samples' files.
        begun: When this run began, by the monotonic clock.
    """

    count: int
    before: int = 0
    done: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    begun: float = field(default_factory=time.monotonic)

    def add(self, record: dict[str, Any]) -> None:
        """Counts a sample."""
        self.done += 1
        self.statuses[record["status"]] += 1
        self.reasons.update(record["rejected"])
        self.bytes += record["bytes"]

    @property
    def per_hour(self) -> float:
        """Samples an hour in this run."""
        return (self.done - self.before) * 3600.0 / max(time.monotonic() - self.begun, 1e-6)

    @property
    def left_s(self) -> float | None:
        """Seconds that are left at this rate; None before the first sample."""
        return (self.count - self.done) * 3600.0 / self.per_hour if self.done > self.before else None


def gpu_share(source: Source) -> float:
    """The share of a GPU that a worker gets on this machine, by the memory that is free; 0 on a CPU.

    Raises:
        WeightsError: There are no such weights.
    """
    if not source.device.startswith("cuda"):
        return 0.0
    import torch

    free, whole = torch.cuda.mem_get_info(torch.device(source.device))
    need = source.load(volumes=True).needed()
    weights_mb = sum(models.stored_mb(name) * _AS_FLOAT32 for models, name in need)
    fitting = int(free / 1e6 // (weights_mb + _WORKING_MB))
    if fitting < 1:
        raise ResourceError(f"The GPU has {free / 1e6:.0f} of {whole / 1e6:.0f} MB free.", hint="Take --device cpu.")
    return 1.0 / min(fitting, _MOST_ON_A_GPU)


def run_plan(
    plan: SetPlan, source: Source, given: Path | None, out: Path, cluster: Cluster, *, max_gb: float = 0.0, heard: Heard
) -> SetProgress:
    """Makes all samples of a plan that have no record yet.

    Args:
        plan: The data set, as settled in its folder.
        source: The weights.
        given: What requests are read from.
        out: The folder.
        cluster: Where to make them.
        max_gb: Size of the samples in all; 0 for any. It ends in time, and a later run with a larger one goes on.
        heard: Called after each sample.

    Raises:
        MissingDependency: Ray is not installed.
        OutputError: The disk or the bound is full; what is done stays.
        ResourceError: A worker cannot be started, or is killed again and again.
        InputError: Requests cannot be read.
    """
    require_ray("Data sets", "pyarrow")
    out, progress = out.resolve(), SetProgress(plan.count)
    with _alone(out):
        remove_unfinished(out)
        open_tasks = _undone(plan, given, out, progress)
        first = next(open_tasks, None)
        if first is None:
            return progress
        progress.begun = time.monotonic()
        processors = max(cluster.workers * plan.threads, 1) if cluster.workers else None
        with ray_started(cluster.address, processors), known_folder(out) as token:
            for record in _made(_chained(first, open_tasks), plan, source, out, cluster, token, _Bound(out, max_gb)):
                progress.add(record)
                heard(progress)
    return progress


def _undone(plan: SetPlan, given: Path | None, out: Path, progress: SetProgress) -> Iterator[Task]:
    """The tasks that have no record; those that have one are counted on the way."""
    for task in tasks(plan, given):
        record = read_record(out, task.index)
        if record is None:
            yield task
        else:
            progress.add(record)
            progress.before += 1


def _chained(first: Task, rest: Iterator[Task]) -> Iterator[Task]:
    yield first
    yield from rest


@dataclass
class _Bound:
    """How much may be written.

    Args:
        out: The folder.
        max_gb: Size of the samples in all; 0 for any.
        used: Bytes of those that are there.
        largest: Bytes of the largest.
    """

    out: Path
    max_gb: float
    used: int = 0
    largest: int = 0

    def add(self, record: dict[str, Any]) -> None:
        self.used += record["bytes"]
        self.largest = max(self.largest, record["bytes"])

    def reason(self, under_way: int) -> str:
        """Why no further sample shall be begun; '' where it may.

        Args:
            under_way: Samples that are being made.
        """
        coming = (under_way + 1) * self.largest
        if self.max_gb and self.used + coming > self.max_gb * 1e9:
            return f"the samples come to {(self.used + coming) / 1e9:.2f} GB, --max-disk allows {self.max_gb:g}"
        free = shutil.disk_usage(self.out).free
        if free - coming < _RESERVE_MB * 1e6:
            return f"the disk has {free / 1e6:.0f} MB left"
        return ""


def _made(
    open_tasks: Iterator[Task], plan: SetPlan, source: Source, out: Path, cluster: Cluster, token: str, bound: _Bound
) -> Iterator[dict[str, Any]]:
    """The records of tasks in the order in which they are done."""
    from ray.exceptions import RayError

    for index in range(plan.count):  # what former runs have written
        record = read_record(out, index) if bound.max_gb else None
        if record is not None:
            bound.add(record)
    team = _Team(lambda: _actor(plan, source, out, cluster, token), _workers(cluster, plan.threads))
    full, exhausted = "", False
    try:
        while True:
            while team.has_room and not full and not (exhausted and not team.returned):
                full = bound.reason(len(team.under_way))
                task = None if full else team.returned.pop() if team.returned else next(open_tasks, None)
                exhausted = exhausted or (task is None and not full)
                if task is not None:
                    team.begin(task)
            if not team.under_way and (full or (exhausted and not team.returned)):
                break
            for answer in team.answers():
                if "ended" in answer:
                    raise error_from_dict(answer["ended"])
                bound.add(answer)
                yield answer
    except RayError as error:
        raise worker_ended(error) from error
    if full:
        raise OutputError(f"Stopped in time: {full}.", hint="Make room and run the same command again: it goes on.")


class _Team:
    """Workers, each with a task and the next one. What a worker had when it died is returned, and another is started.

    Ray itself would let an actor wait for the room that it had, with its tasks: on a node that is gone, for ever.

    Args:
        start: Starts a worker.
        count: How many there are.

    Attributes:
        under_way: Task's reference → worker and task.
        returned: Tasks of workers that died.
    """

    def __init__(self, start: Callable[[], Any], count: int) -> None:
        self._start, self._deaths, self._loads = start, Counter[int](), Counter[Any]()
        self._starting: dict[Any, Any] = {}
        self._ready: list[Any] = []
        self.under_way: dict[Any, tuple[Any, Task]] = {}
        self.returned: list[Task] = []
        for _ in range(count):
            self._add()

    @property
    def has_room(self) -> bool:
        """Whether a worker can be given a task: each gets one before any gets two."""
        most = 1 if self._starting else _QUEUED
        return any(self._loads[one] < most for one in self._ready)

    def begin(self, task: Task) -> None:
        """Gives a task to the worker that has the least to do."""
        actor = min(self._ready, key=lambda one: self._loads[one])
        self._loads[actor] += 1
        self.under_way[actor.make.remote(task)] = (actor, task)

    def answers(self) -> Iterator[dict[str, Any]]:
        """What came out of tasks since, at least one event awaited.

        Raises:
            RayError: Workers die again and again.
        """
        import ray
        from ray.exceptions import RayActorError

        for ref in ray.wait([*self.under_way, *self._starting])[0]:
            try:
                answer = ray.get(ref)
            except RayActorError:
                if self._deaths_after(ref) >= _MOST_DEATHS:
                    raise
                continue
            if ref in self._starting:
                self._ready.append(self._starting.pop(ref))
                self._deaths[_AT_START] = 0
            else:
                actor, _ = self.under_way.pop(ref)
                self._loads[actor] -= 1
                yield answer

    def _deaths_after(self, ref: Any) -> int:
        """Takes back what a dead worker had, and starts another in its place, once.

        Returns:
            How many workers died at the sample that it was making, or in a row at their start; 0 where its death is
            known already.
        """
        import ray

        blamed = _AT_START
        if ref in self._starting:
            actor = self._starting.pop(ref)
        else:
            actor = self.under_way[ref][0]
            its = [(one, task) for one, (other, task) in self.under_way.items() if other == actor]  # in their order
            blamed = next(task.index for one, task in its if one == ref or not _is_answered(one))
            self.returned.append(self.under_way.pop(ref)[1])
            self._loads[actor] -= 1
            if actor not in self._ready:
                return 0
            self._ready.remove(actor)
        with suppress(ValueError):
            ray.kill(actor)
        self._add()
        self._deaths[blamed] += 1
        return self._deaths[blamed]

    def _add(self) -> None:
        actor = self._start()
        self._starting[actor.ready.remote()] = actor


def _is_answered(ref: Any) -> bool:
    """Whether a task has ended with an answer, which may not have been heard yet."""
    import ray
    from ray.exceptions import RayActorError

    if not ray.wait([ref], timeout=0.0)[0]:
        return False
    try:
        ray.get(ref)
    except RayActorError:
        return False
    return True


def _actor(plan: SetPlan, source: Source, out: Path, cluster: Cluster, token: str) -> Any:
    import ray

    return ray.remote(num_cpus=plan.threads, num_gpus=cluster.gpus)(_Worker).remote(plan, source, out, token)


class _Worker:
    """An actor: the networks are loaded with its first sample."""

    def __init__(self, plan: SetPlan, source: Source, out: Path, token: str) -> None:
        self.given, self.token = (plan, source, out), token
        self.maker: Maker | None = None

    def ready(self) -> None:
        """Ends when the worker has begun."""

    def make(self, task: Task) -> dict[str, Any]:
        """The record of a sample, less its long parts, or what ends the whole run."""
        try:
            if self.maker is None:
                require_same_folder(self.given[2], self.token)
                self.maker = Maker(*self.given)
            record = self.maker.make(task)
        except Sketch2CTError as error:
            return {"ended": error.to_dict()}
        return {name: record[name] for name in ("index", "status", "rejected", "bytes", "name")}


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Within it no other run writes into the folder; the lock goes with its process.

    Raises:
        OutputError: One does already.
    """
    from filelock import FileLock, Timeout

    try:
        with FileLock(out / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise OutputError(f"Another run is writing into '{out}'.", hint="Wait for it, or stop it.") from error


def _workers(cluster: Cluster, threads: int) -> int:
    import ray

    if cluster.workers:
        return cluster.workers
    there = ray.cluster_resources()
    by_processor = int(there.get("CPU", 1)) // threads
    by_gpu = int(there.get("GPU", 0) / cluster.gpus) if cluster.gpus else by_processor
    wanted = min(by_processor, by_gpu)
    if wanted < 1:
        raise InputError("The cluster has no room for a worker.", hint="Lower --threads or --gpus-per-worker.")
    return wanted

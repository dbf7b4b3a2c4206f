"""Work shared out to processes, one torch thread and one loaded model each: the same numbers for any count of them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch

from ..errors import ConfigError, ResourceError
from ..generation.model.presets import Preset
from ..generation.pipeline import Pipeline
from ..weights import ModelFolder

MOST_BY_DEFAULT = 8
Task = TypeVar("Task")
Result = TypeVar("Result")
Work = Callable[[Task, Pipeline], Result]


@dataclass(frozen=True)
class ModelSource:
    """What a process needs to load a pipeline."""

    models: ModelFolder
    device: str
    preset: Preset

    def load(self) -> Pipeline:
        """The pipeline; its networks are read when first needed."""
        return Pipeline(self.models, device=self.device, custom=self.preset)


_loaded: list[Pipeline] = []  # of a worker process, which does one thing


def usual_workers(device: str) -> int:
    """As many as there are cores on a CPU (at most 8), one on a GPU."""
    if not device.startswith("cpu"):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_BY_DEFAULT)


def parallel_map(
    work: Work[Task, Result], tasks: Sequence[Task], pipeline: Pipeline, *, workers: int = 1
) -> Iterator[tuple[Task, Result]]:
    """Each task with its result, in the order in which they are done.

    Args:
        work: A function at the top of a module: (task, pipeline) → result.
        tasks: What can be pickled, with more than one worker.
        pipeline: The model; other processes load it anew.
        workers: Processes; 1 works in this one.

    Raises:
        ConfigError: Fewer than one worker.
        ResourceError: A process was killed.
    """
    if workers < 1:
        raise ConfigError(f"At least one worker is needed, got {workers}.")
    if workers == 1 or len(tasks) < 2:
        with _one_thread():
            for task in tasks:
                yield task, work(task, pipeline)
        return
    model = ModelSource(pipeline.folder, str(pipeline.device), pipeline.preset)
    context = multiprocessing.get_context("spawn")  # a forked torch hangs
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(model,))
    try:
        futures: dict[Future[Result], Task] = {pool.submit(_do, work, task): task for task in tasks}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool as error:
        raise ResourceError("A worker process was killed.", hint="Free memory, or use fewer --workers.") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(model: ModelSource) -> None:
    torch.set_num_threads(1)
    _loaded[:] = [model.load()]


def _do(work: Work[Task, Result], task: Task) -> Result:
    return work(task, _loaded[0])


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

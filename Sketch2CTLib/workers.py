"""Work shared out by Ray: on this machine, where it is started for the time, or on a cluster.

On several machines the folder that is written must be one that all of them reach.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .errors import MissingDependency, OutputError, ResourceError, Sketch2CTError, error_from_dict, install_hint

_STORE_MB = 128  # Ray's store of objects; what is handed over is small
_QUEUED = 2  # jobs of a worker at once: one is done, the next is there already
_RAY_SETTINGS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0", "RAY_worker_niceness": "0"}


@dataclass(frozen=True)
class Workers:
    """Who does the work.

    Args:
        count: Processes; 0 takes as many as there are processors.
        address: Of a Ray cluster; '' starts one on this machine.
    """

    count: int = 0
    address: str = ""

    @property
    def alone(self) -> bool:
        """Whether one process does it all, for which Ray is not needed."""
        return self.count == 1 and not self.address


def require_ray(what: str, *packages: str) -> None:
    """Does nothing where Ray, and other packages of its extra, are installed.

    Args:
        what: What needs them, in the plural.
        packages: The others.

    Raises:
        MissingDependency: They are not.
    """
    for package in ("ray", *packages):
        if find_spec(package) is None:
            raise MissingDependency(f"{what} need the package '{package}'.", hint=install_hint("synthesize"))


@contextmanager
def ray_started(address: str, processors: int | None) -> Iterator[None]:
    """Ray, ready: a cluster's, or one on this machine that ends with the block.

    Args:
        address: Of the cluster; '' starts one with so many processors, all that there are if None.

    Raises:
        ResourceError: It cannot be reached or started.
    """
    for name, value in _RAY_SETTINGS.items():
        os.environ.setdefault(name, value)
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address:
            ray.init(address=address, **quiet)
        else:
            store = _STORE_MB * 2**20
            ray.init("local", num_cpus=processors, include_dashboard=False, object_store_memory=store, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = address or "this machine"
        raise ResourceError(f"Ray cannot be reached on {where} ({error}).", hint="Check --ray-address.") from error
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def known_folder(out: Path) -> Iterator[str]:
    """A file in the folder for the time of a run, by which workers tell that they see the same one; its name."""
    token = f".run-{secrets.token_hex(4)}"
    out.mkdir(parents=True, exist_ok=True)
    (out / token).touch()
    try:
        yield token
    finally:
        (out / token).unlink(missing_ok=True)


def require_same_folder(out: Path, token: str) -> None:
    """Does nothing where a worker sees the folder of `known_folder`.

    Raises:
        OutputError: It does not.
    """
    if not (out / token).is_file():
        raise OutputError(f"'{out}' is not the same folder on every machine.", hint="Give an --out that all reach.")


def shared_out(function: Callable[[Any], Any], jobs: Iterable[Any], out: Path, workers: Workers) -> Iterator[Any]:
    """The results of a function of a module for each job, in the order in which they are done.

    Args:
        function, jobs: What pickles; a job whose worker is killed is done again, so that it may write its files twice.
        out: The folder that they write.
        workers: Who does it.

    Raises:
        Sketch2CTError: What the function raised; jobs that have not begun are left.
        MissingDependency: Ray is not installed.
        ResourceError: Ray cannot be reached, or workers are killed again and again.
    """
    require_ray("Several workers")
    import ray
    from ray.exceptions import RayError

    with ray_started(workers.address, workers.count or None), known_folder(out) as token:
        count = workers.count or max(1, int(ray.cluster_resources().get("CPU", 1)))
        task = ray.remote(num_cpus=1)(_done)
        open_jobs, under_way = iter(jobs), []
        try:
            for job in open_jobs:
                under_way.append(task.remote(function, job, out, token))
                if len(under_way) >= count * _QUEUED:
                    under_way, answer = _first_of(under_way)
                    yield answer
            while under_way:
                under_way, answer = _first_of(under_way)
                yield answer
        except RayError as error:
            raise worker_ended(error) from error


def worker_ended(error: Exception) -> ResourceError:
    """What a worker's end is told as."""
    told = " ".join(str(error).split())[:300]
    return ResourceError(
        f"A worker could not go on ({told}).", hint="Free memory or use fewer --workers; then run it again."
    )


def _first_of(under_way: list[Any]) -> tuple[list[Any], Any]:
    """What is still under way, and the first result."""
    import ray

    done, rest = ray.wait(under_way)
    answer = ray.get(done[0])
    if "ended" in answer:
        raise error_from_dict(answer["ended"])
    return rest, answer["result"]


def _done(function: Callable[[Any], Any], job: Any, out: Path, token: str) -> dict[str, Any]:
    """In a worker: the result of a job, or what ends the whole work."""
    try:
        require_same_folder(out, token)
        return {"result": function(job)}
    except Sketch2CTError as error:
        return {"ended": error.to_dict()}

"""The same application as a Ray Serve deployment of replicas, each with a worker of its own (extra 'cluster').

Between two bounds there are as many replicas as jobs: one computes one job at a time. A replica that is taken away, or
shut down, takes no more jobs and ends those that it has.

The replicas share one store, so that a job is followed, fetched, cancelled and resubmitted through whichever replica
answers: no request needs to find its way back.
Across machines the store's folder must be one that all of them reach.
"""

from __future__ import annotations

import logging
import math
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, MissingDependency, ResourceError, install_hint
from .http.app import Address, ServeConfig, create_app
from .http.security import require_safe

if TYPE_CHECKING:
    from fastapi import FastAPI

NAME = "sketch2ct"
_JOBS = "jobs"
_UPSCALE_S = 10.0  # seconds with more jobs before replicas are added
_AT_ONCE = 1000  # requests of one replica; a listener is one
# A busy machine takes longer to start a proxy than the 5 s that Serve waits before it kills it.
_RAY_SETTINGS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60"}
_NEEDED = ("ray", "grpc")  # the latter comes with ray[serve] alone
_LOG = logging.getLogger(__name__)


def require_serve() -> None:
    """Does nothing where Ray Serve can be used; Ray alone, which data sets are made with, brings no server.

    Raises:
        MissingDependency: The extra 'cluster' is not installed.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        raise MissingDependency("Replicas need Ray Serve, which is not installed.", hint=install_hint("cluster"))


@dataclass(frozen=True)
class Replicas:
    """How many replicas there are.

    Args:
        least, most: Bounds; as many as jobs between them.
        downscale_s: Seconds with fewer jobs before a replica is taken away.

    Raises:
        ConfigError: There are none, or fewer at the most than at the least.
    """

    least: int = 1
    most: int = 1
    downscale_s: float = 300.0

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most:
            raise ConfigError(
                f"There cannot be {self.least} to {self.most} replicas.",
                hint="Give --replicas of 1 or more, and --most-replicas that are no fewer.",
            )

    def options(self) -> dict[str, Any]:
        """What Ray Serve is told."""
        if self.least == self.most:
            return {"num_replicas": self.least}
        from ray.serve.config import AutoscalingConfig, AutoscalingPolicy

        scaling = AutoscalingConfig(
            min_replicas=self.least,
            initial_replicas=self.least,
            max_replicas=self.most,
            upscale_delay_s=_UPSCALE_S,
            downscale_delay_s=self.downscale_s,
            look_back_period_s=_UPSCALE_S,
            metrics_interval_s=1.0,
            policy=AutoscalingPolicy(policy_function=replicas_wanted),
        )
        return {"autoscaling_config": scaling}


def replicas_wanted(context: Any) -> tuple[int, dict[str, Any]]:
    """As many replicas as there are jobs that have not ended, within the bounds: a policy of Ray Serve.

    Ray's own counts requests: a job may be followed by several of them, or by none.
    """
    jobs = sum((context.aggregated_metrics or {}).get(_JOBS, {}).values())
    least, most = context.capacity_adjusted_min_replicas, context.capacity_adjusted_max_replicas
    return min(max(math.ceil(jobs), least), most), {}


class _Counting:
    """What a replica tells of itself, beside the application."""

    app: FastAPI

    def record_autoscaling_stats(self) -> dict[str, float]:
        """The jobs that have not ended."""
        return {_JOBS: float(self.app.state.jobs.counts()[0])}


def deployment_of(config: ServeConfig, replicas: Replicas, gpus: float = 0.0) -> Any:
    """The application, to be handed to `ray.serve.run`.

    Args:
        config: How each replica runs; its folder is shared.
        replicas: How many there are.
        gpus: The number of GPUs that each replica gets.

    Raises:
        ConfigError: The replicas have no folder in common.
    """
    if config.retention.folder is None:
        raise ConfigError(f"{replicas.most} replicas need a folder in common.", hint="Give --folder.")
    from ray import serve

    def build() -> FastAPI:
        return create_app(config, drains=True)

    deployment: Any = serve.deployment(
        serve.ingress(build)(_Counting),
        name=NAME,
        **replicas.options(),
        max_ongoing_requests=_AT_ONCE,
        graceful_shutdown_timeout_s=config.grace_s + 10,
        ray_actor_options={"num_cpus": 0, "num_gpus": gpus},  # the work is done in processes that ray does not count
    )
    return deployment.bind()


@contextmanager
def cluster(config: ServeConfig, address: Address, replicas: Replicas) -> Iterator[str]:
    """A running deployment; gives its URL, and takes it down in the end.

    A Ray that runs already (RAY_ADDRESS) is used, otherwise one is started on this machine.

    Raises:
        ConfigError: It must not listen there as it is.
        MissingDependency: The extra 'cluster' is not installed.
    """
    require_serve()
    require_safe(address.host, config.token, address.certificate, address.key)
    for name, value in _RAY_SETTINGS.items():
        os.environ.setdefault(name, value)
    import ray
    from ray import serve
    from ray.serve.config import HTTPOptions

    own = Path(tempfile.mkdtemp(prefix="sketch2ct-cluster-")) if config.retention.folder is None else None
    if own is not None:
        config = replace(config, retention=replace(config.retention, folder=own))
    ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.WARNING, ignore_reinit_error=True)
    try:
        how = HTTPOptions(
            host=address.host,
            port=address.port,
            ssl_certfile=str(address.certificate) if address.certificate else None,
            ssl_keyfile=str(address.key) if address.key else None,
        )
        serve.start(http_options=how)
        gpus = gpus_each(config.device, replicas, int(ray.cluster_resources().get("GPU", 0)))
        serve.run(deployment_of(config, replicas, gpus), name=NAME, route_prefix="/")
        yield address.url()
    finally:
        serve.shutdown()
        ray.shutdown()
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)


def gpus_each(device: str, replicas: Replicas, there: int) -> float:
    """GPUs of a replica: one each where the cluster has them; with 'auto' on fewer of them none is counted.

    A cluster that RAY_ADDRESS names may bring machines when replicas ask for them; this machine has what it has.

    Raises:
        ResourceError: This machine has fewer GPUs than replicas that shall have one.
    """
    if not device.startswith("cuda"):
        return 1.0 if device == "auto" and there >= replicas.least else 0.0
    if there < replicas.least and not os.environ.get("RAY_ADDRESS"):
        raise ResourceError(
            f"{replicas.least} replicas need a GPU each, and there are {there}.", hint="Give fewer --replicas."
        )
    return 1.0


def run_cluster(config: ServeConfig, address: Address, replicas: Replicas, announce: Callable[[str], None]) -> None:
    """Serves until it is interrupted or terminated; then the replicas end their jobs.

    Args:
        config: How each replica runs.
        address: Where the cluster listens.
        replicas: How many there are.
        announce: Called with the URL.
    """
    stopped = threading.Event()
    with cluster(config, address, replicas) as url:
        former = signal.signal(signal.SIGTERM, lambda *_: stopped.set())
        try:
            announce(url)
            stopped.wait()
        except KeyboardInterrupt:
            pass
        finally:
            signal.signal(signal.SIGTERM, former)
        _LOG.info("The replicas are taken down.")

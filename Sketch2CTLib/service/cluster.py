"""The same application as a Ray Serve deployment of N replicas, each with a worker of its own (extra 'cluster').

The replicas share one store, so that a job is followed, fetched, cancelled and resubmitted through whichever replica
answers: no request needs to find its way back.
Across machines the store's folder must be one that all of them reach.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, MissingDependency, install_hint
from .http.app import Address, ServeConfig, create_app
from .http.security import require_safe

if TYPE_CHECKING:
    from fastapi import FastAPI

NAME = "sketch2ct"
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


def deployment_of(config: ServeConfig, replicas: int, gpus: float = 0.0) -> Any:
    """The application, to be handed to `ray.serve.run`.

    Args:
        config: How each replica runs; its folder is shared.
        replicas: The number of replicas.
        gpus: The number of GPUs that each replica gets.

    Raises:
        ConfigError: The replicas have no folder in common, or there are none.
    """
    if config.retention.folder is None or replicas < 1:
        raise ConfigError(f"{replicas} replicas need a folder in common.", hint="Give --folder.")
    from ray import serve

    def build() -> FastAPI:
        return create_app(config)

    deployment: Any = serve.deployment(
        serve.ingress(build)(),
        name=NAME,
        num_replicas=replicas,
        max_ongoing_requests=_AT_ONCE,
        graceful_shutdown_timeout_s=config.grace_s + 10,
        ray_actor_options={"num_cpus": 0, "num_gpus": gpus},  # the work is done in processes that ray does not count
    )
    return deployment.bind()


@contextmanager
def cluster(config: ServeConfig, address: Address, replicas: int) -> Iterator[str]:
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
        gpus = 1.0 if config.device != "cpu" and ray.cluster_resources().get("GPU", 0) >= replicas else 0.0
        serve.run(deployment_of(config, replicas, gpus), name=NAME, route_prefix="/")
        yield address.url()
    finally:
        serve.shutdown()
        ray.shutdown()
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)


def run_cluster(config: ServeConfig, address: Address, replicas: int, announce: Callable[[str], None]) -> None:
    """Serves until it is interrupted.

    Args:
        config: How each replica runs.
        address: Where the cluster listens.
        replicas: The number of replicas.
        announce: Called with the URL.
    """
    with cluster(config, address, replicas) as url:
        announce(url)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            _LOG.info("Interrupted; the replicas are taken down.")

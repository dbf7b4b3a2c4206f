"""`sketch2ct serve`: the service over HTTP, for several programs and machines."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from .options import TOKEN_VARIABLE, Device


def serve(
    host: Annotated[str, typer.Option(help="Address; any but this machine's own needs a token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8000,
    token_file: Annotated[Path | None, typer.Option(help=f"File of the token; else ${TOKEN_VARIABLE}.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="PEM file, for HTTPS.")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM file of the certificate's key.")] = None,
    preset: Annotated[str, typer.Option(help="Of requests that name none; default by default.")] = "",
    models: Annotated[Path | None, typer.Option(help="Model folder, or a bundle, in place of a preset.")] = None,
    device: Device = "auto",
    memory_mb: Annotated[float | None, typer.Option(help="Memory that may be used, where less than there is.")] = None,
    queue: Annotated[int, typer.Option(help="Jobs that may wait; more are told to come later.")] = 32,
    body_mb: Annotated[float, typer.Option(help="Largest request.")] = 64.0,
    folder: Annotated[Path | None, typer.Option(help="Of the results; a temporary one by default.")] = None,
    keep_minutes: Annotated[float, typer.Option(help="How long a result is kept.")] = 60.0,
    keep_mb: Annotated[float, typer.Option(help="Results that are kept in all; the oldest go first.")] = 4096.0,
    grace: Annotated[float, typer.Option(help="Seconds that jobs may go on after Ctrl+C.")] = 30.0,
    warm: Annotated[bool, typer.Option(help="Load the networks at the start.")] = True,
    replicas: Annotated[
        int, typer.Option(min=1, help="More than one: a Ray Serve deployment (extra 'cluster'), a GPU each.")
    ] = 1,
    most_replicas: Annotated[
        int, typer.Option(min=0, help="From --replicas up to so many, as there are jobs; 0: always --replicas.")
    ] = 0,
) -> None:
    """Serve generation over HTTP: /docs shows the addresses, /metrics is for Prometheus.

    Example: sketch2ct serve --preset default

    For other machines: SKETCH2CT_TOKEN=$(openssl rand -hex 24) sketch2ct serve --host 0.0.0.0 --certificate c --key k
    """
    from ..service.http.app import Address, ServeConfig, server_of
    from ..service.store import Retention

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if models is not None and models.is_file():
        from ..generation.model.loaded import find_model

        models = find_model(models, "").folder
    config = ServeConfig(
        Retention(folder, keep_minutes * 60, keep_mb),
        queue,
        int(body_mb * 2**20),
        _token(token_file),
        preset,
        models,
        device,
        memory_mb,
        warm,
        grace,
    )
    address = Address(host, port, certificate, key)
    if max(replicas, most_replicas) > 1:
        from ..service.cluster import Replicas, run_cluster

        bounds = Replicas(replicas, most_replicas or replicas)
        run_cluster(config, address, bounds, lambda url: _announce(url, config.token))
        return
    server = server_of(config, address)
    server.on_start = lambda: _announce(address.url(server.port), config.token)
    server.run()


def _announce(url: str, token: str) -> None:
    print(f"serving on {url} ({'with a token' if token else 'this machine alone'}); {url}/docs", flush=True)


def _token(path: Path | None) -> str:
    """The token of a file, or of the environment: an option would be seen in the list of processes."""
    import os

    from ..errors import ConfigError

    if path is None:
        return os.environ.get(TOKEN_VARIABLE, "").strip()
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"The token file '{path}' cannot be read.", hint="Write one line into it.") from error
    if not token:
        raise ConfigError(f"The token file '{path}' is empty.", hint="Run: openssl rand -hex 24 > token")
    return token

"""The processes that train together, one a device: started by torchrun, joined by Fabric; without it there is one.

The first of them builds, validates, writes and tells; the others follow it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy

from ..errors import ConfigError, ProcessLost
from ..generation.model.device import torch_device, training_precision
from .pace import LoopConfig

Value = TypeVar("Value")

STARTED_VARIABLE = "WORLD_SIZE"  # torchrun tells each process how many there are
_PATIENCE = timedelta(days=2)  # that others wait while the first builds a corpus; torchrun ends them where it dies
_BROKEN = ("gloo", "NCCL", "Connection closed", "Connection reset")


def joined(config: LoopConfig) -> Fabric:
    """Fabric on the devices of a run; this process is one of them, and all others are there.

    Raises:
        ConfigError: The processes that torchrun started are not as many as devices were asked for, or a device is not
            there.
    """
    kind = torch_device(config.device).type
    started = int(os.environ.get(STARTED_VARIABLE, "1"))
    if started != config.processes:
        raise ConfigError(
            f"{config.devices} × {config.nodes} devices need {config.processes} processes, and there are {started}.",
            hint=f"Start it with torchrun, {config.devices} processes on each of {config.nodes} machines.",
        )
    precision: Any = config.precision or training_precision(kind)
    if config.processes == 1:
        one = [int(config.device.split(":")[1])] if ":" in config.device else 1
        return Fabric(accelerator=kind, devices=one, precision=precision)
    if ":" in config.device or kind == "mps":
        raise ConfigError(f"Several devices cannot be '{config.device}'.", hint="Give --device cuda or cpu.")
    if kind == "cuda" and torch.cuda.device_count() < config.devices:
        raise ConfigError(
            f"This machine has {torch.cuda.device_count()} GPUs, not {config.devices}.", hint="Give fewer --devices."
        )
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it would announce each process
    strategy = DDPStrategy(timeout=_PATIENCE)
    fabric = Fabric(
        accelerator=kind, devices=config.devices, num_nodes=config.nodes, strategy=strategy, precision=precision
    )
    fabric.launch()
    return fabric


def rank() -> int:
    """The number of this process, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def count() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_first() -> bool:
    """Whether this is the process that builds, writes and tells."""
    return rank() == 0


def barrier() -> None:
    """Waits for all processes."""
    if count() > 1:
        dist.barrier()


def shared(value: Value) -> Value:
    """The first process's value, in all of them; it must be one that pickles."""
    if count() == 1:
        return value
    values = [value]
    dist.broadcast_object_list(values, src=0)
    return values[0]


@contextmanager
def first_alone() -> Iterator[None]:
    """A block that the first process passes before the others: what it keeps on the disk they find."""
    if not is_first():
        barrier()
    yield
    if is_first():
        barrier()


def shared_clock(clock: Callable[[], float], device: torch.device) -> Callable[[], float]:
    """The first process's clock, in all of them, so that they decide alike what depends on time."""
    if count() == 1:
        return clock

    def told() -> float:
        seconds = torch.tensor(clock(), dtype=torch.float64, device=device)
        dist.broadcast(seconds, src=0)
        return float(seconds)

    return told


@contextmanager
def together() -> Iterator[None]:
    """A block in which the loss of another process is told in one line.

    Raises:
        ProcessLost: Another process has ended.
    """
    try:
        yield
    except RuntimeError as error:
        broken = isinstance(error, dist.DistError) or any(word in str(error) for word in _BROKEN)
        if count() == 1 or not broken:
            raise
        raise ProcessLost(
            f"Another of the {count()} processes that train has ended, and with it this one.",
            hint="Look for its error, then run the same command again: it goes on from the last checkpoint.",
        ) from error

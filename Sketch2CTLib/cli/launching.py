"""`sketch2ct train` on several devices of a machine: torchrun's own agent starts a process a device and watches them.

On several machines the user's torchrun does that, on each of them.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import tempfile
import uuid
from collections.abc import Callable
from typing import Any

from ..errors import ConfigError, ResourceError, Sketch2CTError, error_from_dict

_HANDLED = {"SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"}  # by the agent, from then on


def launch(devices: int, nodes: int, verb: Callable[..., None], arguments: dict[str, Any]) -> None:
    """Runs a verb in so many processes; the first one's output is shown.

    Args:
        devices, nodes: Processes on this machine; machines, of which there must be one.
        verb: A function of a module.
        arguments: Its arguments, of plain types.

    Raises:
        ConfigError: There are several machines.
        Sketch2CTError: What ended the first process that failed; the others are stopped.
        ResourceError: A process was killed.
    """
    if nodes > 1:
        raise ConfigError(
            f"{nodes} machines need torchrun on each of them.",
            hint="On each: torchrun --nnodes M --nproc-per-node N --rdzv-backend c10d --rdzv-endpoint HOST:29500 "
            "-m Sketch2CTLib train, with the same options.",
        )
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException, Std
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    for name in list(logging.root.manager.loggerDict):  # each has a level of its own
        if name.startswith("torch.distributed.elastic"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # they would tell a failure in pages
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // devices)))
    sys.stdout.flush()
    handlers = {number: signal.getsignal(number) for number in signal.Signals if number.name in _HANDLED}
    with tempfile.TemporaryDirectory(prefix="sketch2ct-train-") as folder:
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=devices,
            run_id=uuid.uuid4().hex,
            rdzv_backend="c10d",
            rdzv_endpoint="localhost:0",
            max_restarts=0,
            logs_specs=DefaultLogsSpecs(folder, dict.fromkeys(range(1, devices), Std.ALL)),
        )
        try:
            elastic_launch(config, _process)(verb, arguments)
        except ChildFailedError as error:
            raise _told(error, devices) from error
        except SignalException as error:
            raise KeyboardInterrupt from error
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _process(verb: Callable[..., None], arguments: dict[str, Any]) -> None:
    """The verb in one of the processes; an expected error becomes a line that the agent hands on."""
    from .main import FORESEEN, as_sketch2ct_error, prepare_streams

    prepare_streams()
    try:
        verb(**arguments)
    except FORESEEN as error:
        expected = as_sketch2ct_error(error)
        if expected is None:
            raise
        raise RuntimeError(json.dumps(expected.to_dict())) from error


def _told(error: Any, devices: int) -> Sketch2CTError:
    """What ended the first process that failed, in our own terms."""
    number, failure = error.get_first_failure()
    message = failure.message
    if isinstance(message, dict):
        text = str(message.get("message", ""))
        try:
            return error_from_dict(json.loads(text[text.index("{") :]))
        except (ValueError, TypeError):
            what = f"failed ({text})"
    elif failure.exitcode < 0:
        what = f"was ended by {signal.Signals(-failure.exitcode).name}"
    else:
        what = f"ended with {failure.exitcode}"
    return ResourceError(
        f"Process {number} of the {devices} that train {what}; the others were stopped.",
        hint="Run the same command again: it goes on from the last checkpoint.",
    )

"""What a process knows of torchrun, if that has started it."""

from __future__ import annotations

import os

from ..errors import InputError, ProcessLost, Sketch2CTError

_STARTED, _LOCAL_RANK = "TORCHELASTIC_RUN_ID", "LOCAL_RANK"  # what torchrun tells its processes


def started_by_torchrun() -> bool:
    """Whether this is one of the processes of torchrun."""
    return _STARTED in os.environ


def told_by_another(error: Sketch2CTError) -> bool:
    """Whether another process of torchrun tells of an error: what a user handed in is wrong in all of them alike."""
    if not started_by_torchrun() or os.environ.get(_LOCAL_RANK, "0") == "0":
        return False
    return isinstance(error, InputError | ProcessLost)

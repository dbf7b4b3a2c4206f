"""Processes that draw the pictures of a result, begun before torch is imported and ready when there is a result."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process

from .. import catalog

PROCESSES = 2  # preview and report


@contextmanager
def drawing_processes(*, wanted: bool) -> Iterator[Executor | None]:
    """Processes that import what pictures need, once each.

    None where none are wanted, where there is one core alone, and where structures of the user's own have joined the
    catalog: new processes would not know them.
    """
    if not wanted or (os.cpu_count() or 1) < 2 or len(catalog.structures()) > len(catalog.STRUCTURES):
        yield None
        return
    pool = ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"), initializer=_begin)
    try:
        for _ in range(PROCESSES):
            pool.submit(_import_pictures)
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _begin() -> None:
    """Leaves an interrupt to the parent, and ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _import_pictures() -> None:
    import matplotlib.backends.backend_agg
    import matplotlib.figure
    import scipy.ndimage

    from .report import picture, preview

    del matplotlib, scipy, picture, preview  # imported for the next call

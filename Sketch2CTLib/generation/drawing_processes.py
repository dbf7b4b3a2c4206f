"""Processes that draw the pictures of a result: ready when there is one, and out of the way until then."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from multiprocessing import get_context, parent_process

from .. import catalog

PROCESSES = 2  # preview and report
_NICENESS = 10  # they import and warm up beside a run, which is in more of a hurry


def drawn_here() -> bool:
    """Whether this process draws the pictures itself.

    So it is where there is one core alone, and where structures of the user's own have joined the catalog, which no
    other process knows.
    """
    return (os.cpu_count() or 1) < 2 or len(catalog.structures()) > len(catalog.STRUCTURES)


def begin_drawing() -> Executor:
    """Processes that import what pictures need, once each; they end with this one."""
    pool = ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"), initializer=_begin)
    for _ in range(PROCESSES):
        pool.submit(_warm_up)
    return pool


@contextmanager
def drawing_processes(*, wanted: bool) -> Iterator[Executor | None]:
    """Those of `begin_drawing`, for the time of a block; None where none are wanted, or pictures are drawn here."""
    pool = begin_drawing() if wanted and not drawn_here() else None
    try:
        yield pool
    finally:
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)


def _begin() -> None:
    """Leaves an interrupt to the parent, ends with it, and gives way to it."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _warm_up() -> None:
    """Imports what pictures need and draws a small one, which finds the fonts."""
    import scipy.ndimage

    from .report import picture, preview
    from .report.panels import new_page, panel

    del scipy, picture, preview  # imported for the next call
    page = new_page((1.0, 1.0))
    panel(page, 0.1, 0.1, 0.8, 0.8).set_title("mm")
    page.savefig(BytesIO(), format="png")

"""Ends a process and all that it started, at once.

By its descendants and not by a group: QProcess of Qt 5 cannot put a child into a group of its own, and PythonSlicer is
a launcher that starts Python as a child, so that a group led by the worker would miss the launcher.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import qt

_LONGEST_LISTING_S = 2.0


def kill_tree(pid: int) -> None:
    """Kills a process and its descendants; those that are gone already are no error.

    Args:
        pid: Of a child of this process; 0 or less is nothing.
    """
    if pid <= 0:
        return
    if sys.platform == "win32":
        qt.QProcess.startDetached("taskkill", ["/PID", str(pid), "/T", "/F"])
        return
    for one in _stopped_tree(pid):
        _signal(one, signal.SIGKILL)


def _stopped_tree(pid: int) -> list[int]:
    """The process and its descendants, each halted before its children are listed: none is born meanwhile."""
    found = [pid]
    for one in found:  # grows while it is walked
        if _signal(one, signal.SIGSTOP):
            found += [child for child in _children(one) if child not in found]
    return found


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    try:
        told = " ".join((task / "children").read_text() for task in tasks.iterdir())
    except OSError:  # not Linux, or a kernel without these files
        return _listed_children(pid)
    return [int(word) for word in told.split()]


def _listed_children(pid: int) -> list[int]:
    try:
        listing = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, timeout=_LONGEST_LISTING_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    rows = [line.split() for line in listing.stdout.splitlines()]
    return [int(row[0]) for row in rows if len(row) == 2 and row[1] == str(pid)]


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except OSError:  # gone meanwhile, or another user's
        return False
    return True

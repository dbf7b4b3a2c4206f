"""Processes of the backend: which Python starts them, with which environment, how they are killed, why they failed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import qt

import Sketch2CTLib
from Sketch2CTLib.errors import ConfigError

from ..widgets.translation import _

_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
INSTALL_HINT = _("Click 'Install' under Setup, or choose another Python under Advanced.")
WORKER = ("-m", "Sketch2CTLib.service.worker")
_ROOT = Path(Sketch2CTLib.__file__).resolve().parents[1]  # where Sketch2CTLib lies
_SLICER_HOME = "SLICER_HOME"  # set by Slicer's launcher
_LIBRARY_PATHS = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH", "QT_PLUGIN_PATH")
_PYTHON_ONLY = ("PYTHONHOME", "PYTHONPATH", "PYTHONNOUSERSITE", "PYTHONSTARTUP")
_LONGEST_LISTING_S = 2.0


def worker_command(python: str = "") -> list[str]:
    """The command that starts the worker.

    Args:
        python: A Python of the user's choice, a path or a name; by default Slicer's own, or the running one.

    Raises:
        ConfigError: There is no such program.
    """
    chosen = python.strip()
    if not chosen:
        return [_own_python(), *WORKER]
    program = shutil.which(os.path.expanduser(chosen))
    if program is None:
        raise ConfigError(
            _("There is no Python at '{chosen}'.").format(chosen=chosen[:200]),
            hint=_("Choose another one under Advanced, or leave the field empty for Slicer's own."),
        )
    return [program, *WORKER]


def worker_environment(program: str, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of a worker: the library on its path; without Slicer's own where the Python is another.

    Args:
        program: The program that starts it.
        extra: Variables on top of this process'.
    """
    variables = dict(os.environ)
    home = variables.get(_SLICER_HOME, "")
    if home and not _is_inside(program, home):
        variables = _without_slicer(variables, home)
    variables |= dict(extra or {})
    path = variables.get("PYTHONPATH", "")
    variables["PYTHONPATH"] = os.pathsep.join([str(_ROOT), path] if path else [str(_ROOT)])
    variables["PYTHONUNBUFFERED"] = "1"
    return variables


def process_with(environment: Mapping[str, str]):
    """A QProcess, not started, that will have these variables and no others."""
    process, variables = qt.QProcess(), qt.QProcessEnvironment()
    for name, value in environment.items():
        variables.insert(name, value)
    process.setProcessEnvironment(variables)
    return process


def _own_python() -> str:
    """Inside Slicer the program that runs is not Python: PythonSlicer lies beside it."""
    if "python" in Path(sys.executable or "").stem.lower():
        return sys.executable
    return shutil.which("PythonSlicer") or sys.executable


def _without_slicer(variables: dict[str, str], home: str) -> dict[str, str]:
    """Another Python must find neither Slicer's packages nor its shared libraries."""
    others = {name: value for name, value in variables.items() if name not in _PYTHON_ONLY}
    for name in _LIBRARY_PATHS:
        if name in others:
            parts = others[name].split(os.pathsep)
            others[name] = os.pathsep.join(part for part in parts if part and not _is_inside(part, home))
    return others


def _is_inside(path: str, folder: str) -> bool:
    return Path(os.path.abspath(path)).is_relative_to(os.path.abspath(folder))


def kill_tree(pid: int) -> None:
    """Kills a process and its descendants; those that are gone already are no error.

    Args:
        pid: The number of a child of this process; 0 or less means none.
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
    pids = [pid]
    for one in pids:  # grows while it is walked
        if _signal(one, signal.SIGSTOP):
            pids += [child for child in _children(one) if child not in pids]
    return pids


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    try:
        listing = " ".join((task / "children").read_text() for task in tasks.iterdir())
    except OSError:  # not Linux, or a kernel without these files
        return _listed_children(pid)
    return [int(word) for word in listing.split()]


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


def plain(failed):
    """An `error` event with a sentence that helps a user of the panels.

    Args:
        failed: The event as the service sent it.
    """
    missing = missing_package(failed.message) if failed.code == "internal" else ""
    if missing:
        return failed.model_copy(update={"code": "missing_dependency", "message": missing, "hint": INSTALL_HINT})
    return failed


def missing_package(message: str) -> str:
    """The sentence for a package that a worker did not find; '' where its words are about something else."""
    match = _NO_MODULE.search(message)
    return _("The Python that should draw has no package '{package}'.").format(package=match[1]) if match else ""

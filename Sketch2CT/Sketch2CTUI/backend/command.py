"""How the local worker is started: which Python, and with which environment."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import Sketch2CTLib
from Sketch2CTLib.errors import ConfigError

WORKER = ("-m", "Sketch2CTLib.service.worker")
_ROOT = Path(Sketch2CTLib.__file__).resolve().parents[1]  # where Sketch2CTLib lies
_SLICER_HOME = "SLICER_HOME"  # set by Slicer's launcher
_LIBRARY_PATHS = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH", "QT_PLUGIN_PATH")
_PYTHON_ONLY = ("PYTHONHOME", "PYTHONPATH", "PYTHONNOUSERSITE", "PYTHONSTARTUP")


def worker_command(python: str = "") -> list[str]:
    """What starts the worker.

    Args:
        python: A Python of the user's choice, a path or a name; by default Slicer's own, or the running one.

    Raises:
        ConfigError: There is no such program.
    """
    chosen = python.strip()
    if not chosen:
        return [_own_python(), *WORKER]
    found = shutil.which(os.path.expanduser(chosen))
    if found is None:
        raise ConfigError(
            f"There is no Python at '{chosen[:200]}'.",
            hint="Choose another one under Advanced, or leave the field empty for Slicer's own.",
        )
    return [found, *WORKER]


def worker_environment(program: str, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of a worker: the library on its path; without Slicer's own where the Python is another.

    Args:
        program: That starts it.
        extra: On top.
    """
    variables = dict(os.environ)
    home = variables.get(_SLICER_HOME, "")
    if home and not _is_inside(program, home):
        variables = _without_slicer(variables, home)
    variables |= dict(extra or {})
    known = variables.get("PYTHONPATH", "")
    variables["PYTHONPATH"] = os.pathsep.join([str(_ROOT), known] if known else [str(_ROOT)])
    variables["PYTHONUNBUFFERED"] = "1"
    return variables


def _own_python() -> str:
    """Inside Slicer the program that runs is not Python: PythonSlicer lies beside it."""
    if "python" in Path(sys.executable or "").stem.lower():
        return sys.executable
    return shutil.which("PythonSlicer") or sys.executable


def _without_slicer(variables: dict[str, str], home: str) -> dict[str, str]:
    """Another Python must find neither Slicer's packages nor its shared libraries."""
    kept = {name: value for name, value in variables.items() if name not in _PYTHON_ONLY}
    for name in _LIBRARY_PATHS:
        if name in kept:
            parts = kept[name].split(os.pathsep)
            kept[name] = os.pathsep.join(part for part in parts if part and not _is_inside(part, home))
    return kept


def _is_inside(path: str, folder: str) -> bool:
    return Path(os.path.abspath(path)).is_relative_to(os.path.abspath(folder))

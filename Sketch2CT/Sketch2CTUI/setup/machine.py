"""The machine that Slicer runs on: versions, free disk and memory, whether it has a graphics card for computing."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

_MB = 2**20
FOLDER_NAME = "Sketch2CT"


@dataclass(frozen=True)
class Machine:
    """What installing and computing depend on.

    Args:
        system: 'Linux', 'Windows' or 'Darwin'.
        architecture: 'x86_64', 'AMD64', 'arm64', …
        python: Version, '3.12.10'.
        slicer: Version, '' outside Slicer.
        packages_folder: Where Python packages are installed.
        writable: Whether that folder can be written.
        disk_free_mb: The free space on its disk; None where it is not known.
        memory_free_mb: None where it cannot be told.
        gpu: What speaks for a graphics card that PyTorch can use; '' for none.
    """

    system: str
    architecture: str
    python: str
    slicer: str
    packages_folder: Path
    writable: bool
    disk_free_mb: float | None
    memory_free_mb: float | None
    gpu: str = ""


def read_machine() -> Machine:
    """The machine at hand; takes about a millisecond."""
    folder = Path(sysconfig.get_paths()["purelib"])
    return Machine(
        system=platform.system(),
        architecture=platform.machine(),
        python=platform.python_version(),
        slicer=slicer_version(),
        packages_folder=folder,
        writable=os.access(folder, os.W_OK),
        disk_free_mb=disk_free_mb(folder),
        memory_free_mb=memory_free_mb(),
        gpu=graphics_card(),
    )


def slicer_version() -> str:
    """Slicer's version, '' outside the application."""
    app = getattr(sys.modules.get("slicer"), "app", None)
    return str(getattr(app, "applicationVersion", "") or "")


def disk_free_mb(folder: Path) -> float | None:
    """Free space on the disk of a folder that may not be there yet."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free / _MB
        except OSError:
            continue
    return None


def memory_free_mb() -> float | None:
    """Memory that programs can still take; None where the system does not tell."""
    if sys.platform == "win32":
        return _windows_memory_mb()
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        values = {name: rest.split()[0] for name, _colon, rest in (line.partition(":") for line in lines) if rest}
        return int(values["MemAvailable"]) / 1024
    except (OSError, KeyError, ValueError):
        return _installed_memory_mb()


def graphics_card() -> str:
    """'NVIDIA driver', 'Apple silicon' or ''; asks files alone and starts no program."""
    if platform.system() == "Darwin":
        return "Apple silicon" if platform.machine() == "arm64" else ""
    windows = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "nvcuda.dll"
    if Path("/proc/driver/nvidia/version").is_file() or windows.is_file() or shutil.which("nvidia-smi"):
        return "NVIDIA driver"
    return ""


def user_folder() -> Path:
    """The folder of a user's own models and of the note of an unfinished installation; it may not exist yet."""
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Application Support"
    else:
        root = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(root) / FOLDER_NAME


def in_words(megabytes: float | None) -> str:
    """'12 GB', '3.4 GB', '800 MB', 'unknown'."""
    if megabytes is None:
        return "unknown"
    gigabytes = megabytes / 1024
    return (
        f"{gigabytes:.0f} GB" if gigabytes >= 10 else f"{gigabytes:.1f} GB" if gigabytes >= 1 else f"{megabytes:.0f} MB"
    )


def _installed_memory_mb() -> float | None:
    """All memory that is built in, for macOS, which does not tell what is free without another program."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _MB
    except (AttributeError, OSError, ValueError):
        return None


def _windows_memory_mb() -> float | None:
    class GlobalMemoryStatus(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            *((name, ctypes.c_uint64) for name in ("total", "free", "page", "page_free", "virtual", "virtual_free")),
            ("extended", ctypes.c_uint64),
        )

    status = GlobalMemoryStatus()
    status.length = ctypes.sizeof(status)
    windll = getattr(ctypes, "windll", None)
    if windll is None or not windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return status.free / _MB

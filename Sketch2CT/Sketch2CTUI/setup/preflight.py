"""What speaks against an installation before it is started, one sentence each, with what to do."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from ..widgets.translation import _
from .machine import Machine, in_words
from .packages import PackageState, torch_build

OK, WARNING, STOP = "ok", "warning", "stop"
HOSTS = ("pypi.org", "download.pytorch.org")
GPU_DISK_MB, CPU_DISK_MB, OTHERS_DISK_MB = 8000, 2000, 1500  # a build for GPUs brings CUDA with it
_MEMORY_MB = 4000
_CONNECT_S = 2.0
_LONGEST_PATH = 120  # of the folder on Windows, where whole paths end at 260
_OLDEST_PYTHON, _OLDEST_SLICER = (3, 11), (5, 12)
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        level: OK, WARNING (it may go wrong) or STOP (it would).
        sentence: What was found, and what to do.
    """

    level: str
    sentence: str


@dataclass(frozen=True)
class Wanted:
    """What is to be installed.

    Args:
        torch: Its state.
        packages: The others.
        wheelhouse: Folder of wheels for an installation without a network; '' to download.
        extension: '' where the PyTorch extension is there, else what is missing, one sentence.
        repair: Whether what is there is installed again.
    """

    torch: PackageState
    packages: tuple[PackageState, ...]
    wheelhouse: str = ""
    extension: str = ""
    repair: bool = False

    @property
    def needs_torch(self) -> bool:
        """Whether PyTorch is installed too."""
        return not self.torch.is_fine


def preflight(machine: Machine, wanted: Wanted, reach=None) -> list[Finding]:
    """Everything that was looked at, what stops first.

    Args:
        machine: See `machine`.
        wanted: What is to be installed.
        reach: `(host) -> bool`; by default a connection is opened and closed, two seconds at most each.
    """
    findings = [*_versions(machine), *_places(machine, wanted), _memory(machine)]
    if wanted.wheelhouse:
        findings += wheelhouse_findings(Path(wanted.wheelhouse), wanted)
    else:
        findings.append(_network(reach or reachable))
        if wanted.needs_torch and wanted.extension:
            findings.append(Finding(STOP, wanted.extension))
    if wanted.needs_torch:
        findings.append(_build(machine))
    order = (STOP, WARNING, OK)
    return sorted(findings, key=lambda one: order.index(one.level))


def can_start(findings) -> bool:
    """Whether nothing stops it."""
    return all(one.level != STOP for one in findings)


def reachable(host: str) -> bool:
    """Whether a connection to a host's port 443 can be opened; nothing is sent."""
    try:
        with socket.create_connection((host, 443), timeout=_CONNECT_S):
            return True
    except OSError:
        return False


def is_proxied() -> bool:
    """Whether downloads go through a proxy: the hosts themselves need not be reached then."""
    return any(os.environ.get(name) for name in _PROXIES)


def build_mismatch(version: str, machine: Machine) -> str:
    """One sentence where a CPU build of torch runs on a machine with a graphics card; '' otherwise."""
    if machine.gpu == "NVIDIA driver" and torch_build(version, machine.system) == "CPU build":
        return _(
            "PyTorch {version} is a CPU build, but this computer has an NVIDIA graphics card: click "
            "'Repair' to replace it by a GPU build."
        ).format(version=version)
    return ""


# ---- one thing each


def _versions(machine: Machine) -> list[Finding]:
    findings = []
    if _numbers(machine.python) < _OLDEST_PYTHON:
        findings.append(
            Finding(STOP, _("Python {python} is too old: use Slicer 5.12 or later.").format(python=machine.python))
        )
    if machine.slicer and _numbers(machine.slicer) < _OLDEST_SLICER:
        findings.append(
            Finding(STOP, _("Slicer {slicer} is too old: install Slicer 5.12 or later.").format(slicer=machine.slicer))
        )
    if machine.system == "Darwin" and machine.architecture == "x86_64":
        sentence = _("PyTorch is no longer made for Macs with Intel processors: use a server under Generate instead.")
        findings.append(Finding(STOP, sentence))
    return findings or [Finding(OK, _("Python {python} is recent enough.").format(python=machine.python))]


def _places(machine: Machine, wanted: Wanted) -> list[Finding]:
    folder, findings = machine.packages_folder, []
    if not machine.writable:
        sentence = _(
            "'{folder}' cannot be written: install Slicer into a folder of your own, or ask its administrator."
        ).format(folder=folder)
        findings.append(Finding(STOP, sentence))
    if machine.system == "Windows" and (len(str(folder)) > _LONGEST_PATH or not str(folder).isascii()):
        sentence = _(
            "'{folder}' is long or has unusual letters: if it fails, install Slicer into a short path."
        ).format(folder=folder)
        findings.append(Finding(WARNING, sentence))
    need = needed_mb(machine, wanted)
    free = machine.disk_free_mb
    if free is None:
        findings.append(
            Finding(WARNING, _("Free disk space is unknown: about {need} are needed.").format(need=in_words(need)))
        )
    elif free < need:
        sentence = _("{free} are free on the disk of Slicer, about {need} are needed: make room first.").format(
            free=in_words(free), need=in_words(need)
        )
        findings.append(Finding(STOP, sentence))
    else:
        needed = _(", about {need} are needed").format(need=in_words(need)) if need else ""
        findings.append(
            Finding(OK, _("{free} are free on the disk{needed}.").format(free=in_words(free), needed=needed))
        )
    return findings


def needed_mb(machine: Machine, wanted: Wanted) -> float:
    """Disk space of what is missing, roughly."""
    torch = (GPU_DISK_MB if machine.gpu == "NVIDIA driver" else CPU_DISK_MB) if wanted.needs_torch else 0
    count = len(wanted.packages)
    missing = count if wanted.repair else sum(not one.is_fine for one in wanted.packages)
    return torch + OTHERS_DISK_MB * missing / max(1, count)


def _memory(machine: Machine) -> Finding:
    free = machine.memory_free_mb
    if free is None:
        return Finding(WARNING, _("Free memory is unknown: about 4 GB are needed."))
    if free < _MEMORY_MB:
        return Finding(
            WARNING,
            _("{free} of memory are free: close other programs, about 4 GB are needed.").format(free=in_words(free)),
        )
    return Finding(OK, _("{free} of memory are free.").format(free=in_words(free)))


def _network(reach) -> Finding:
    if is_proxied():
        return Finding(OK, _("A proxy is set; whether it lets downloads through shows when they start."))
    missing = [host for host in HOSTS if not reach(host)]
    if missing:
        sentence = _("{names} cannot be reached: connect to the internet, set a proxy, or install offline.").format(
            names=" and ".join(missing)
        )
        return Finding(STOP if len(missing) == len(HOSTS) else WARNING, sentence)
    return Finding(OK, _("The servers that packages are downloaded from can be reached."))


def _build(machine: Machine) -> Finding:
    if machine.gpu == "NVIDIA driver":
        return Finding(
            OK, _("An NVIDIA graphics card was found: PyTorch comes as a GPU build, a download of 2 to 3 GB.")
        )
    return Finding(
        OK, _("{gpu} was found: PyTorch computes without CUDA.").format(gpu=machine.gpu or "No NVIDIA graphics card")
    )


def wheelhouse_findings(folder: Path, wanted: Wanted) -> list[Finding]:
    """Whether a folder holds wheels of everything that is missing."""
    if not folder.is_dir():
        return [
            Finding(
                STOP,
                _("The wheelhouse '{folder}' is no folder: choose the one that holds the .whl files.").format(
                    folder=folder
                ),
            )
        ]
    names = wheel_names(folder)
    needed = [one.name for one in (wanted.torch, *wanted.packages) if not one.is_fine]
    needed += [one.name for one in wanted.packages if wanted.repair and one.name not in needed]
    lacking = [name for name in needed if _canonical(name) not in names]
    if lacking:
        sentence = _("The wheelhouse has no wheel of {names}: add it as the help text says.").format(
            names=", ".join(lacking)
        )
        return [Finding(STOP, sentence)]
    return [
        Finding(
            OK, _("The wheelhouse holds {count} packages, all that are asked for among them.").format(count=len(names))
        )
    ]


def wheel_names(folder: Path) -> dict[str, str]:
    """Canonical name → version of the wheels in a folder; of several the last by name."""
    versions = {}
    for path in sorted(folder.glob("*.whl")):
        parts = path.name.split("-")
        if len(parts) >= 5:
            versions[_canonical(parts[0])] = parts[1]
    return versions


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _numbers(version: str) -> tuple[int, int]:
    parts = [int("".join(filter(str.isdigit, part)) or 0) for part in version.split(".")]
    major, minor = [*parts, 0, 0][:2]
    return major, minor

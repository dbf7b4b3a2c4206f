"""Which Python packages are there, read from their metadata: nothing is imported, torch least of all."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from Sketch2CTLib.errors import MissingDependency

from ..widgets.translation import _

INSTALLED, MISSING, WRONG, INCOMPLETE = _("installed"), _("missing"), _("wrong version"), _("incomplete")
TORCH = "torch>=2.8"  # what monai 1.6.1 needs at least
TORCH_ON_WINDOWS = "torch>=2.8,<2.13"  # 2.13 cannot be installed there
BROUGHT = ("numpy>=2.4", "SimpleITK>=2.5")  # by Slicer itself
KEPT = ("torch", "numpy", "SimpleITK", "vtk")  # never changed by installing the others


@dataclass(frozen=True)
class PackageState:
    """One package as it is installed.

    Args:
        name: The name as the registry spells it.
        wanted: '>=2.8', or '' where any version does.
        version: The installed one, '' where it is missing.
        state: INSTALLED, MISSING, WRONG or INCOMPLETE.
        detail: What is wrong, a few words.
    """

    name: str
    wanted: str
    version: str = ""
    state: str = INSTALLED
    detail: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether nothing has to be done."""
        return self.state == INSTALLED


def read_requirements(path: Path) -> list[str]:
    """The lines of a requirements file that name a package.

    Raises:
        MissingDependency: The file is not there.
    """
    try:
        lines = [line.split("#", 1)[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise MissingDependency(
            _("The list of needed packages '{path}' cannot be read ({reason}).").format(
                path=path, reason=error.strerror
            ),
            hint=_("Reinstall Sketch2CT."),
        ) from error
    return [line for line in lines if line and not line.startswith("-")]


def package_states(requirements, *, thorough: bool = True) -> list[PackageState]:
    """The state of each requirement.

    Args:
        requirements: Lines of a requirements file: 'monai>=1.6.1'.
        thorough: Whether what each of them needs itself is looked at too.
    """
    importlib.invalidate_caches()
    seen: dict[str, list[str]] | None = {} if thorough else None
    return [_state(text, seen) for text in requirements]


def installed_version(name: str) -> str:
    """The version of an installed package, '' where it is missing or its metadata is damaged."""
    try:
        return metadata.version(name) or ""
    except (metadata.PackageNotFoundError, TypeError, KeyError):
        return ""


def torch_requirement(system: str) -> str:
    """The requirement for the PyTorch extension, by operating system as `platform.system` names it."""
    return TORCH_ON_WINDOWS if system == "Windows" else TORCH


def torch_build(version: str, system: str) -> str:
    """'GPU build (CUDA 12.6)', 'CPU build', 'build for Apple silicon'; '' without torch."""
    if not version:
        return ""
    local = version.partition("+")[2]
    cuda = re.fullmatch(r"cu(\d+)(\d)", local)
    if cuda:
        return f"GPU build (CUDA {cuda[1]}.{cuda[2]})"
    if local.startswith(("rocm", "xpu")):
        return f"GPU build ({local})"
    if system == "Darwin":
        return "build for macOS"
    # without a suffix the registry's own build: with CUDA for Linux, without it for Windows
    return "CPU build" if local == "cpu" or system == "Windows" else "GPU build"


def constraints_text(*, hold_torch: bool = True) -> str:
    """Lines for pip that hold what Slicer and the PyTorch extension brought at its version."""
    versions = [(name, installed_version(name)) for name in KEPT if hold_torch or name != "torch"]
    return "".join(f"{name}=={version}\n" for name, version in versions if version)


def _state(requirement: str, seen: dict[str, list[str]] | None) -> PackageState:
    from packaging.requirements import Requirement

    parsed = Requirement(requirement)
    version = installed_version(parsed.name)
    if not version:
        return PackageState(parsed.name, str(parsed.specifier), state=MISSING, detail=_("not installed"))
    if not parsed.specifier.contains(version, prereleases=True):
        detail = _("{version} is there, {specifier} is needed").format(version=version, specifier=parsed.specifier)
        return PackageState(parsed.name, str(parsed.specifier), version, WRONG, detail)
    lacking = [] if seen is None else _lacking(parsed.name, seen)
    if lacking:
        names = ", ".join(lacking[:3]) + (
            _(" and {count} more").format(count=len(lacking) - 3) if len(lacking) > 3 else ""
        )
        return PackageState(
            parsed.name, str(parsed.specifier), version, INCOMPLETE, _("needs {names}").format(names=names)
        )
    return PackageState(parsed.name, str(parsed.specifier), version)


def _lacking(name: str, seen: dict[str, list[str]]) -> list[str]:
    """Names of missing packages that a package needs, directly or not."""
    key = _canonical(name)
    if key in seen:
        return seen[key]
    seen[key] = []  # a circle of dependencies ends here
    lacking: list[str] = []
    for needed in _needs(name):
        below = _lacking(needed, seen) if installed_version(needed) else [needed]
        lacking += [one for one in below if one not in lacking]
    seen[key] = lacking
    return lacking


def _needs(name: str) -> list[str]:
    from packaging.requirements import InvalidRequirement, Requirement

    needed = []
    for text in metadata.requires(name) or []:
        try:
            one = Requirement(text)
        except InvalidRequirement:
            continue
        if one.marker is None or one.marker.evaluate({"extra": ""}):
            needed.append(one.name)
    return needed


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

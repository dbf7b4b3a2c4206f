"""What is installed for Sketch2CT, and how the rest is installed: on a click, never by itself.

torch is asked of the PyTorch extension alone (it knows the build that fits the graphics card) and never of pip without
a wheelhouse; the other packages come after it, held to the versions of torch, numpy, SimpleITK and vtk that are there.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from Sketch2CTLib.errors import ConfigError, MissingDependency, Sketch2CTError

from ..widgets.translation import _
from .install import CONSTRAINTS, FILES, PACKAGES, PYTORCH, InstallRun, Marker, Pending, SlicerInstallers, Step
from .machine import Machine, read_machine, user_folder
from .packages import (
    BROUGHT,
    WRONG,
    PackageState,
    constraints_text,
    package_states,
    read_requirements,
    torch_build,
    torch_requirement,
)
from .preflight import (
    HOSTS,
    Finding,
    Wanted,
    build_mismatch,
    can_start,
    is_proxied,
    preflight,
    reachable,
)

REQUIREMENTS = "requirements.txt"
_IMPORTED_AS = {
    "scikit-image": "skimage",
    "opencv-python-headless": "cv2",
    "PyYAML": "yaml",
}


@dataclass(frozen=True)
class SetupStatus:
    """What is installed.

    Args:
        machine: Versions, disk, memory, graphics card.
        torch: PyTorch.
        packages: The other packages that are needed.
        brought: Packages that Slicer itself brings.
        library: Version of Sketch2CT.
    """

    machine: Machine
    torch: PackageState
    packages: tuple[PackageState, ...]
    brought: tuple[PackageState, ...]
    library: str

    @property
    def missing(self) -> tuple[PackageState, ...]:
        """What has to be installed."""
        return tuple(one for one in (self.torch, *self.packages) if not one.is_fine)

    @property
    def is_complete(self) -> bool:
        """Whether everything is there."""
        return not self.missing

    @property
    def build(self) -> str:
        """'GPU build (CUDA 12.6)', 'CPU build'; '' without torch."""
        return torch_build(self.torch.version, self.machine.system)

    @property
    def mismatch(self) -> str:
        """One sentence where a CPU build of torch runs beside a graphics card; '' otherwise."""
        return build_mismatch(self.torch.version, self.machine)

    @property
    def sentence(self) -> str:
        """The whole in one sentence."""
        missing = self.missing
        if not missing:
            return self.mismatch or _("Everything that Sketch2CT needs is installed.")
        names = ", ".join(one.name for one in missing[:4]) + (
            _(" and {count} more").format(count=len(missing) - 4) if len(missing) > 4 else ""
        )
        return _("{count} of {all} packages have to be installed: {names}. Click 'Install'.").format(
            count=len(missing), all=1 + len(self.packages), names=names
        )


class Environment:
    """The installation of Python packages; everything that touches the world is an argument.

    Args:
        installers: See `installers.SlicerInstallers`.
        requirements: The list of needed packages; the shipped one by default.
        folder: Holds the note of an unfinished installation; the user's folder by default.
        machine: `() -> Machine`.
        reach: `(host) -> bool`, for the preflight.
        device_test: `(on_ready(answer), on_failed(message, hint))`, asks the worker for its device; may be set later.
    """

    def __init__(self, installers=None, requirements=None, folder=None, machine=None, reach=None, device_test=None):
        self.installers = installers or SlicerInstallers()
        self.device_test = device_test
        self.wheelhouse = ""  # a folder of wheels; '' downloads
        self.later = _at_once  # the panel puts a timer here
        self._requirements = None if requirements is None else Path(requirements)
        self._folder = Path(folder) if folder is not None else user_folder()
        self._machine, self._reach = machine or read_machine, reach
        self._marker = Marker(self._folder)
        self._run: InstallRun | None = None

    # ---- what is there

    def machine(self) -> Machine:
        """What is known of this machine; called in the main thread, because Slicer is asked for its version."""
        return self._machine()

    def status(self, *, thorough: bool = True, machine: Machine | None = None) -> SetupStatus:
        """What is installed now. With a machine it touches files alone, and may be called in a thread.

        Args:
            thorough: Whether what the packages need themselves is looked at too, some tenths of a second.
            machine: The result of `machine()`; by default it is asked here.

        Raises:
            MissingDependency: The list of needed packages is not there.
        """
        from Sketch2CTLib import __version__

        machine = machine or self._machine()
        return SetupStatus(
            machine,
            package_states([torch_requirement(machine.system)], thorough=thorough)[0],
            tuple(package_states(self.requirements(), thorough=thorough)),
            tuple(package_states(BROUGHT, thorough=False)),
            __version__,
        )

    def requirements(self) -> list[str]:
        """What is needed beside torch, as pip writes it."""
        if self._requirements is not None:
            return read_requirements(self._requirements)
        from Sketch2CTLib.resources import resource_path

        try:
            return read_requirements(resource_path(REQUIREMENTS))
        except ConfigError as error:
            raise MissingDependency(error.message, hint=error.hint) from error

    # ---- installing

    @property
    def is_installing(self) -> bool:
        """Whether an installation runs."""
        return self._run is not None and not self._run.is_over

    def look_outside(self) -> dict[str, bool]:
        """Which of the hosts that packages come from are reached; takes long where there is no network.

        May be called in a thread: it touches neither Qt nor the scene.
        """
        if self.wheelhouse or is_proxied():
            return {}
        return {host: (self._reach or reachable)(host) for host in HOSTS}

    def preflight(
        self, reached: dict[str, bool], *, repair: bool = False, status: SetupStatus | None = None
    ) -> list[Finding]:
        """What speaks for and against it, before anything is changed.

        Args:
            reached: The result of `look_outside`.
            repair: Whether what is there is installed again.
            status: What is installed; by default it is read here, which takes some tenths of a second.
        """
        status = status or self.status()
        torch = status.torch
        if repair and status.mismatch:
            torch = PackageState(torch.name, torch.wanted, torch.version, WRONG, "CPU build")
        wanted = Wanted(torch, status.packages, self.wheelhouse, self.installers.torch_extension(), repair)
        return preflight(status.machine, wanted, lambda host: reached.get(host, False))

    def install(self, on_line, on_end, *, repair: bool = False, status: SetupStatus | None = None) -> bool:
        """Installs what is missing; a repair also installs again what is there.

        Args:
            on_line: Hears each line of the log.
            on_end: Hears `(fault)`: '' when all went well, else one sentence with what to do.
            repair: Also replaces what is there, and a CPU build of torch beside a graphics card.
            status: The same as for `preflight`.

        Returns:
            Whether it was started: not while another one runs.
        """
        steps = self._titles(status or self.status(), repair)
        return self._start(Pending(tuple(steps), self.wheelhouse, repair), on_line, on_end)

    def pending(self) -> Pending | None:
        """An installation that was interrupted, by a restart for instance; None while one runs."""
        return None if self.is_installing else self._marker.read()

    def resume(self, on_line, on_end) -> bool:
        """Goes on with an interrupted installation; whether there was one."""
        pending = self.pending()
        if pending is None:
            return False
        self.wheelhouse = pending.wheelhouse
        return self._start(pending, on_line, on_end)

    def forget_pending(self) -> None:
        """The interrupted installation is not wanted any more."""
        self._marker.remove()

    def changed_in_memory(self, before: SetupStatus, after: SetupStatus) -> tuple[str, ...]:
        """Packages that were loaded in this process and now have another version: Slicer has to be restarted."""
        old = {one.name: one.version for one in (before.torch, *before.packages, *before.brought)}
        new = {one.name: one.version for one in (after.torch, *after.packages, *after.brought)}
        changed = [name for name, version in new.items() if old.get(name) and old[name] != version]
        return tuple(name for name in changed if _IMPORTED_AS.get(name, name.replace("-", "_")) in sys.modules)

    # ---- inside

    def _titles(self, status: SetupStatus, repair: bool) -> list[str]:
        steps = [PYTORCH] if not status.torch.is_fine or (repair and status.mismatch) else []
        return [*steps, FILES, PACKAGES] if repair else [*steps, PACKAGES]

    def _start(self, pending: Pending, on_line, on_end) -> bool:
        if self.is_installing:
            return False
        runs = {PYTORCH: self._install_torch, FILES: self._install_files, PACKAGES: self._install_packages}
        steps = [Step(title, runs[title]) for title in pending.steps]
        self._run = InstallRun(steps, self._marker, pending, on_line, on_end, self.later)
        try:
            self._run.start()
        except Sketch2CTError as error:
            self._run = None
            on_end(str(error))
        return True

    def _install_torch(self, on_line, on_done) -> None:
        status = self.status(thorough=False)
        requirement = torch_requirement(status.machine.system)
        if self.wheelhouse:
            anew = ["--force-reinstall", "--no-deps"] if status.mismatch else []
            self._pip([*anew, requirement], on_line, on_done, hold_torch=False)
            return
        replace = bool(status.torch.version)
        self.installers.install_torch(requirement, replace=replace, on_line=on_line)
        found = self.status(thorough=False)
        if not found.torch.version:
            raise MissingDependency(
                _("The PyTorch extension ended without installing PyTorch."), hint=_("Try it there first.")
            )
        if found.mismatch:
            on_line(found.mismatch)
        on_done("")

    def _install_files(self, on_line, on_done) -> None:
        self._pip(["--force-reinstall", "--no-deps", *self.requirements()], on_line, on_done)

    def _install_packages(self, on_line, on_done) -> None:
        if not self.status(thorough=False).torch.version:
            raise MissingDependency(
                _("PyTorch is missing, and pip is not asked for it."), hint=_("Click 'Install' again.")
            )
        self._pip(self.requirements(), on_line, on_done)

    def _pip(self, arguments, on_line, on_done, *, hold_torch: bool = True) -> None:
        from Sketch2CTLib.atomic import write_text

        source = ["--no-index", "--find-links", self.wheelhouse] if self.wheelhouse else []
        path = self._folder / CONSTRAINTS
        write_text(path, constraints_text(hold_torch=hold_torch))
        self.installers.install([*source, *arguments], str(path), on_line, on_done)


def _at_once(function) -> None:
    function()


__all__ = ["Environment", "SetupStatus", "can_start"]

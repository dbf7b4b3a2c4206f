"""An installation as a row of steps, one after the other, with a note on disk that survives a restart."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import subprocess
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from Sketch2CTLib.errors import MissingDependency, OutputError, Sketch2CTError

from ..widgets.events import attempt, slot
from ..widgets.translation import _

_KNOWN = (
    (
        r"no space left|errno 28|disk full|not enough space",
        _("The disk is full: free at least 8 GB on the disk of Slicer, then click 'Install' again."),
    ),
    (
        r"winerror (5|32)\b|being used by another process|access is denied|permission denied|errno 13",
        _("Files are in use or may not be written: close other Slicer windows, restart Slicer, then click 'Repair'."),
    ),
    (
        r"proxy authentication|407 |cannot connect to proxy|proxyerror",
        _("The proxy refused the download: set HTTPS_PROXY with your name and password, or install offline."),
    ),
    (
        r"certificate_verify_failed|sslerror|ssl: ",
        _("The download's certificate was refused: ask your administrator for the right one, or install offline."),
    ),
    (
        (
            r"temporary failure in name resolution|name or service not known|getaddrinfo failed|is unreachable"
            r"|connection (refused|reset|aborted)|newconnectionerror|max retries exceeded|incompleteread|timed out"
        ),
        _("The download broke off: check the network, then click 'Install' again, or install offline."),
    ),
    (
        r"hashes? (do|does) not match|these packages do not match the hashes",
        _("A download was damaged: click 'Install' again."),
    ),
    (
        r"could not find a version|no matching distribution",
        _("A package is not to be had for this Python or in this wheelhouse: see the log for its name."),
    ),
    (
        r"resolutionimpossible|conflicting dependencies|cannot install .* because these package versions",
        _("Another extension holds a package at a version that does not fit: see the log for its name."),
    ),
    (
        r"filename or extension is too long|file name too long|errno 36|winerror 206",
        _("A path is too long: install Slicer into a short path such as C:\\Slicer."),
    ),
    (
        r"memoryerror|cannot allocate memory|killed",
        _("Memory ran out: close other programs, then click 'Install' again."),
    ),
)
_UNKNOWN = _("It failed for a reason that is not known here: see the log's last lines, then click 'Repair'.")
_LINES = 60  # of the log's end that are searched
NO_EXTENSION = _(
    "The PyTorch extension is missing: install 'PyTorch' in the Extensions Manager, restart "
    "Slicer, then click 'Install' again."
)
_REQUESTER = "Sketch2CT"
MARKER = "pending_install.json"
CONSTRAINTS = "install_constraints.txt"
PYTORCH, PACKAGES, FILES = "PyTorch", _("Python packages"), _("their files anew")
_FORMAT, _VERSION = "sketch2ct.pending-install", 1
_LOG_LINES = 400
_CAUGHT = (OSError, RuntimeError, ValueError, ImportError, AttributeError, subprocess.SubprocessError)


def fault_sentence(step: str, lines, error: str = "") -> str:
    """'Installing PyTorch failed. The disk is full: …'.

    Args:
        step: What was being installed.
        lines: The log, the last line last.
        error: What was raised, if anything.
    """
    log = "\n".join([*list(lines)[-_LINES:], error]).lower()
    reason = next((sentence for pattern, sentence in _KNOWN if re.search(pattern, log)), _UNKNOWN)
    return _("Installing {step} failed. {reason}").format(step=step, reason=reason)


class SlicerInstallers:
    """The three ways to install. Another object of the same methods takes its place in tests."""

    def torch_extension(self) -> str:
        """'' where the PyTorch extension is there, else one sentence."""
        return "" if importlib.util.find_spec("PyTorchUtils") is not None else NO_EXTENSION

    def install_torch(self, requirement: str, *, replace: bool, on_line) -> None:
        """Installs torch in the build that fits this machine; Slicer does not answer meanwhile.

        Args:
            requirement: 'torch>=2.8'.
            replace: Whether what is there is taken away first.
            on_line: Hears lines of the log.

        Raises:
            MissingDependency: The PyTorch extension is not there.
            OSError, RuntimeError, ValueError, ImportError, SubprocessError: It failed.
        """
        if self.torch_extension():
            raise MissingDependency(NO_EXTENSION)
        logic = importlib.import_module("PyTorchUtils").PyTorchUtilsLogic()
        if replace:
            on_line(_("Removing the PyTorch that is there …"))
            logic.uninstallTorch()
        on_line(_("The PyTorch extension downloads and installs PyTorch; Slicer does not answer for some minutes."))
        logic.installTorch(askConfirmation=False, torchVersionRequirement=requirement.removeprefix("torch"))

    def install(self, arguments, constraints: str, on_line, on_done) -> None:
        """Runs pip; returns at once and tells how it ended.

        Args:
            arguments: Requirements and options of `pip install`.
            constraints: A file of versions that must stay.
            on_line: Hears each line.
            on_done: `(fault)`, '' when it ended well.

        Raises:
            ImportError: This is no Slicer of version 5.12 or later.
            OSError, RuntimeError: pip cannot be started.
        """
        packaging = importlib.import_module("slicer.packaging")

        def completed(code: int) -> None:
            on_done("" if code == 0 else _("pip ended with code {code}.").format(code=code))

        packaging.pip_install(
            list(arguments),
            constraints=constraints,
            blocking=False,
            show_progress=False,
            requester=_REQUESTER,
            logCallback=on_line,
            completedCallback=completed,
        )


@dataclass(frozen=True)
class Pending:
    """An installation that was begun and not finished.

    Args:
        steps: Titles of the steps that are left.
        wheelhouse: The folder that it was begun with, '' for downloads.
        repair: Whether it is a repair.
    """

    steps: tuple[str, ...]
    wheelhouse: str = ""
    repair: bool = False

    @property
    def sentence(self) -> str:
        """The sentence that the panel shows."""
        what = _(" and ").join(self.steps) or _("nothing more")
        return _("An installation was interrupted; still to be installed: {what}.").format(what=what)


class Marker:
    """The note of an unfinished installation.

    Args:
        folder: The user's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.path = Path(folder) / MARKER

    def write(self, pending: Pending) -> None:
        """Notes what is left.

        Raises:
            OutputError: The folder cannot be written.
        """
        from Sketch2CTLib.atomic import write_text

        record = {"format": _FORMAT, "version": _VERSION, "steps": list(pending.steps)}
        record.update(wheelhouse=pending.wheelhouse, repair=pending.repair)
        write_text(self.path, json.dumps(record))

    def read(self) -> Pending | None:
        """What is left; None where nothing is, or the note cannot be understood."""
        try:
            record = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(record, dict) or (record.get("format"), record.get("version")) != (_FORMAT, _VERSION):
            return None
        steps = record.get("steps")
        if not isinstance(steps, list) or not all(step in (PYTORCH, PACKAGES, FILES) for step in steps):
            return None
        return Pending(tuple(steps), str(record.get("wheelhouse") or ""), record.get("repair") is True)

    def remove(self) -> None:
        """Nothing is left, or the person does not want it."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                _("'{path}' cannot be removed ({reason}).").format(path=self.path, reason=error.strerror),
                hint=_("Remove it by hand."),
            ) from error


@dataclass(frozen=True)
class Step:
    """One step of an installation.

    Args:
        title: PYTORCH, PACKAGES or FILES.
        run: `(on_line, on_done)`: starts it; `on_done(fault)` with '' when it ended well. It may return before its end.
    """

    title: str
    run: object


class InstallRun:
    """Runs steps one after the other.

    Args:
        steps: What to do.
        marker: Is kept in step.
        pending: What the marker says of wheelhouse and repair.
        on_line: Hears each line of the log.
        on_end: Hears `(fault)`: '' when all went well, else one sentence and what to do.
        later: Calls a function on a later turn of the event loop, so that the panel is drawn before a long step.
    """

    def __init__(self, steps, marker: Marker, pending: Pending, on_line, on_end, later) -> None:
        self._steps, self._marker, self._pending = deque(steps), marker, pending
        self._on_line, self._on_end, self._later = on_line, on_end, later
        self._lines: deque[str] = deque(maxlen=_LOG_LINES)
        self.is_over = False

    def start(self) -> None:
        """Begins with the first step."""
        self._note()
        self._next()

    # ---- inside

    def _next(self) -> None:
        if not self._steps:
            self._end_well()
            return
        self._log(_("Installing {step} …").format(step=self._steps[0].title))
        self._later(self._run_step)

    def _run_step(self) -> None:
        attempt(self._start_step, self._failed)

    def _start_step(self) -> None:
        try:
            self._steps[0].run(self._log, slot(self._step_done, self._failed))
        except _CAUGHT as error:
            self._step_done(str(error) or type(error).__name__)

    def _failed(self, error: Sketch2CTError) -> None:
        if not self.is_over:
            self._finish(
                _("Installing {step} failed. {reason}").format(
                    step=self._steps[0].title if self._steps else PACKAGES, reason=error
                )
            )

    def _step_done(self, fault: str = "") -> None:
        if self.is_over:
            return
        step = self._steps[0]
        if fault:
            self._log(fault)
            self._finish(fault_sentence(step.title, self._lines, fault))
            return
        self._steps.popleft()
        try:
            self._note()
        except OutputError as error:  # it can go on without
            self._log(str(error))
        self._next()

    def _end_well(self) -> None:
        try:
            self._marker.remove()
        except OutputError as error:
            self._log(str(error))
        self._finish("")

    def _note(self) -> None:
        left = tuple(step.title for step in self._steps)
        self._marker.write(Pending(left, self._pending.wheelhouse, self._pending.repair))

    def _finish(self, fault: str) -> None:
        self.is_over = True
        self._log(fault or _("Done."))
        self._on_end(fault)

    def _log(self, line: str) -> None:
        text = str(line).rstrip()
        if text:
            self._lines.append(text)
            self._on_line(text)

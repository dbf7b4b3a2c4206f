"""How packages are installed inside Slicer: torch by the PyTorch extension alone, the others by `slicer.packaging`.

Everything is looked up when it is called: this file can be imported anywhere.
"""

from __future__ import annotations

import importlib
import importlib.util

from Sketch2CTLib.errors import MissingDependency

NO_EXTENSION = (
    "The PyTorch extension is missing: install 'PyTorch' in the Extensions Manager, restart Slicer, "
    "then click 'Install' again."
)
_REQUESTER = "Sketch2CT"


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
            on_line("Removing the PyTorch that is there …")
            logic.uninstallTorch()
        on_line("The PyTorch extension downloads and installs PyTorch; Slicer does not answer for some minutes.")
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
            on_done("" if code == 0 else f"pip ended with code {code}.")

        packaging.pip_install(
            list(arguments),
            constraints=constraints,
            blocking=False,
            show_progress=False,
            requester=_REQUESTER,
            logCallback=on_line,
            completedCallback=completed,
        )

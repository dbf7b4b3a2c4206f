"""The `sketch2ct` command: verbs loaded on demand, every expected failure told in one line.

Exit codes: 0 done, 1 failed, 2 bad input or usage, 130 stopped by the user.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from .. import __version__
from ..errors import InputError, MissingDependency, OutputError, ResourceError, Sketch2CTError, install_hint
from .terminal import make_speakable
from .torchrun import told_by_another
from .usage import HELP_NAMES, refuse_empty_paths, run_command

_COLLECTED_EVERY = 20_000  # new objects; Python's own 700 suits small programs
DEBUG_VARIABLE, STRUCTURES_VARIABLE = "SKETCH2CT_DEBUG", "SKETCH2CT_STRUCTURES"
# Errors that are told in a line, or most of them: `as_sketch2ct_error` says which.
FORESEEN = (Sketch2CTError, OSError, MemoryError, ModuleNotFoundError, RuntimeError, UnicodeEncodeError)


class Verb(NamedTuple):
    """Where a verb is written ("module:attribute", a function or a typer.Typer) and its line in the help."""

    target: str
    help: str


VERBS: dict[str, Verb] = {
    "prepare": Verb("Sketch2CTLib.cli.prepare:prepare", "Scans and labels → organ-centred cubes and a manifest."),
    "sketch": Verb("Sketch2CTLib.cli.sketch:sketch", "A mask → the sketch of it, as JSON and a picture."),
    "describe": Verb("Sketch2CTLib.cli.describe:describe", "A mask → its numbers and words."),
    "parse": Verb("Sketch2CTLib.cli.parse:parse", "A text → the numbers and words that are understood of it."),
    "train": Verb("Sketch2CTLib.cli.train:train", "Train the networks on prepared cubes: all stages, or one."),
    "generate": Verb("Sketch2CTLib.cli.generate:generate", "A sketch and words → a mask and a CT volume."),
    "synthesize": Verb("Sketch2CTLib.cli.synthesize:synthesize", "Data sets of synthetic cases, by the thousand."),
    "evaluate": Verb("Sketch2CTLib.cli.evaluate:evaluate", "Measure the models on prepared cases, beside baselines."),
    "serve": Verb("Sketch2CTLib.cli.serve:serve", "The service over HTTP, for several programs and machines."),
    "bench": Verb("Sketch2CTLib.cli.bench:bench", "Seconds and memory of each stage, for any preset."),
    "structures": Verb("Sketch2CTLib.cli.structures:structures", "Which structures are known; codes of new ones."),
    "models": Verb("Sketch2CTLib.cli.models:models", "List the trained weights and check their hashes."),
}

# Top-level module of an optional package → the extra that installs it.
EXTRAS: dict[str, str] = {
    "lightning_fabric": "train",
    "lightning": "train",
    "fastapi": "serve",
    "uvicorn": "serve",
    "prometheus_client": "serve",
    "openai": "llm",
    "httpx2": "llm",
    "efficientnet_lite_pytorch": "metrics",
    "ray": "cluster",
    "pyarrow": "synthesize",
    "pydicom": "dicom",
    "highdicom": "dicom",
    "cryptography": "bundle",
    "slicerio": "test",
}


class VerbGroup(TyperGroup):
    """A command group that imports a verb's module only when that verb runs."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The verbs, in the order of a user's work."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A verb's name and help line, enough for listing; `resolve_command` loads the real one."""
        verb = VERBS.get(cmd_name)
        return None if verb is None else TyperCommand(cmd_name, help=verb.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb that the arguments name, imported."""
        self.commands = {name: TyperCommand(name) for name in VERBS}  # lets typer suggest the nearest name
        name, _, rest = super().resolve_command(ctx, args)
        verb = load_verb(str(name))
        refuse_empty_paths(verb, rest)
        return name, verb, rest


def load_verb(name: str) -> Any:
    """The command of a verb, ready to run; its module is imported here."""
    module, attribute = VERBS[name].target.split(":")
    command = getattr(import_module(module), attribute)
    if isinstance(command, typer.Typer):
        group = typer.main.get_group(command)
        group.name = name
        return group
    single = typer.Typer(add_completion=False)
    single.command(name)(command)
    return typer.main.get_command(single)


app = typer.Typer(
    name="sketch2ct", cls=VerbGroup, no_args_is_help=True, context_settings={"help_option_names": list(HELP_NAMES)}
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"sketch2ct {__version__}")
        raise typer.Exit


@app.callback()
def sketch2ct(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help=f"Show the traceback of an error ({DEBUG_VARIABLE}=1 does the same).")
    ] = False,
) -> None:
    """From a sketch and a sentence to a 3D segmentation and a CT volume. For research, not for diagnosis.

    Example: sketch2ct generate --sketch sketch.json --text "about 1.4 litres" --structure liver --out result
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        argv: The arguments, by default those of the process.

    Returns:
        The exit code: 0 done, 1 failed, 2 bad input or usage, 130 stopped by the user.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    prepare_streams()
    debug = os.environ.get(DEBUG_VARIABLE, "") not in ("", "0") or "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        _introduce_structures()
        return run_command(typer.main.get_command(app), arguments, "sketch2ct")
    except SystemExit as stop:
        return _status(stop.code)
    except KeyboardInterrupt:
        return 130
    except FORESEEN as error:
        expected = as_sketch2ct_error(error)
        if expected is None:
            raise
        if debug:
            traceback.print_exc()
        if told_by_another(expected):
            return expected.exit_status
        print(f"error [{expected.code}]: {' '.join(str(expected).split())}", file=sys.stderr)
        return expected.exit_status


def run() -> int:
    """The command line of a process of its own, in which garbage is seldom looked for, and not at the end.

    torch's import makes a million objects that all stay; the usual collections take a tenth of a run's start and end.
    """
    gc.set_threshold(_COLLECTED_EVERY)
    status = main()
    gc.freeze()
    return status


def _introduce_structures() -> None:
    """Lets the structures of the user's own that a variable names join the catalog; nothing is imported without it."""
    if os.environ.get(STRUCTURES_VARIABLE):
        from ..own_structures import read_named

        read_named(STRUCTURES_VARIABLE)


def prepare_streams() -> None:
    """Lets standard output and error take any text, and tells warnings as notes."""
    make_speakable()
    warnings.showwarning = _shown_warning


def as_sketch2ct_error(error: BaseException) -> Sketch2CTError | None:
    """The error in our own terms, or None where it is a fault of the program and its traceback should be seen."""
    if isinstance(error, Sketch2CTError):
        return error
    if isinstance(error, ModuleNotFoundError):
        return _missing(error.name or "")
    if isinstance(error, OSError):
        return _from_os(error)
    if isinstance(error, UnicodeEncodeError):
        return _from_name(error)
    text = str(error)
    out_of_memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    if out_of_memory or "can't allocate memory" in text:
        return ResourceError(
            "Not enough memory for this run.", hint="Choose a smaller preset, fewer candidates, or --device cpu."
        )
    return None


def _missing(module: str) -> Sketch2CTError | None:
    top = module.split(".")[0]
    if not top or top == "Sketch2CTLib":
        return None
    return MissingDependency(
        f"The package '{top}' is needed here and not installed.", hint=install_hint(EXTRAS.get(top, ""))
    )


def _from_os(error: OSError) -> Sketch2CTError | None:
    where = f"'{error.filename}'" if error.filename else "the output folder"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"The disk is full while writing {where}.", hint="Free some space or choose another --out.")
    if error.errno == errno.EROFS:
        return OutputError(f"{where} lies on a read-only disk.", hint="Choose another --out.")
    if isinstance(error, PermissionError):
        return InputError(f"No permission to use {where}.", hint="Check who owns it.")
    return None


def _from_name(error: UnicodeEncodeError) -> Sketch2CTError | None:
    """The path that a library could not take: bytes that are no UTF-8 come as surrogates."""
    if "surrogates" not in error.reason:
        return None
    shown = str(error.object).encode("utf-8", "replace").decode("utf-8")
    return InputError(f"The path '{shown[:200]}' is not UTF-8.", hint="Rename the file or folder.")


def _shown_warning(message: Warning | str, category: type[Warning], *where: Any, **rest: Any) -> None:
    """What a reader notes about a file, as one line; other warnings are for developers."""
    from ..frames import VolumeWarning

    if issubclass(category, VolumeWarning):
        print(f"note: {message}", file=sys.stderr)
    elif os.environ.get(DEBUG_VARIABLE, "") not in ("", "0"):
        print(f"{category.__name__}: {message}", file=sys.stderr)


def _status(code: object) -> int:
    if code is None:
        return 0
    return code if isinstance(code, int) else 1

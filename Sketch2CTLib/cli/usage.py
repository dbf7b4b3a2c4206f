"""Usage errors of the command line in one line, in the form of all other errors: what, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import typer

from ..errors import InputError

HELP_NAMES = ("-h", "--help")
USAGE_ERROR: type[Exception] = typer.BadParameter.__base__  # type: ignore[assignment]  # click's, whichever typer brings

_POSSIBLE = re.compile(r"\s*\(Possible options: [^)]*\)")  # the nearest one is named instead
_PLAIN = {
    "Input should be a valid integer, unable to parse string as an integer": "it must be a whole number",
    "Input should be a valid integer": "it must be a whole number",
    "Input should be a valid number, unable to parse string as a number": "it must be a number",
    "Input should be": "it must be",
}


def run_command(command: Any, arguments: Sequence[str], name: str) -> int:
    """Runs a command and gives back its exit code.

    Args:
        command: Of typer.
        arguments: Without the program's name.
        name: Of the program, for the help.

    Raises:
        InputError: The arguments are wrong: an unknown option or verb, one that is missing, a value of another kind.
        SystemExit: The command ended by itself.
    """
    try:
        ended = command.main(args=list(arguments), prog_name=name, standalone_mode=False)
    except USAGE_ERROR as error:
        shown = _shown_help(error)
        if shown:
            return 2
        raise usage_error(error, " ".join([name, *arguments[:1]])) from error
    except typer.Abort:
        return 1
    return ended if isinstance(ended, int) else 0


def usage_error(error: Any, command: str) -> InputError:
    """A usage error of click in our own terms: what is wrong, and where the help stands.

    Args:
        error: What click raised.
        command: Whose help is named where the error does not know it.
    """
    message = " ".join(_POSSIBLE.sub("", str(error.format_message())).split())
    for said, plain in _PLAIN.items():
        message = message.replace(said, plain)
    where = command if error.ctx is None else error.ctx.command_path
    near = _nearest(error)
    hints = [f"Did you mean {near}?"] if near and "Did you mean" not in message else []
    hints.append(f"See '{where} --help'.")
    return InputError(_sentence(message), hint=" ".join(hints))


def _shown_help(error: Any) -> bool:
    """Whether nothing was asked at all: click raises its help as an error then, which is shown as it is."""
    if type(error).__name__ != "NoArgsIsHelpError":
        return False
    error.show()
    return True


def _nearest(error: Any) -> str:
    """The option or verb that an unknown one is nearest to, in quotes; '' where there is none or click says it."""
    option = getattr(error, "option_name", None)
    if not option or error.ctx is None:
        return ""
    known = [name for one in error.ctx.command.get_params(error.ctx) for name in (*one.opts, *one.secondary_opts)]
    found = get_close_matches(str(option), [name for name in known if name.startswith("-")], n=1)
    return f"'{found[0]}'" if found else ""


def _sentence(message: str) -> str:
    return message if message.endswith((".", "?", "!")) else f"{message}."

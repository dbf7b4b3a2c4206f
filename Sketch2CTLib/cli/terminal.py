"""What goes in and out at a terminal: any text on any encoding, and no empty path."""

from __future__ import annotations

import codecs
import sys
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..errors import InputError

_PLAIN = {
    "–": "-", "—": "-", "−": "-", "×": "x", "·": "*", "≤": "<=", "≥": ">=", "→": "->", "…": "...", "≈": "~", "÷": "/",
    "‘": "'", "’": "'", "“": '"', "”": '"', "✓": "+", "±": "+-", "°": " deg", "│": "|", "┃": "|", "─": "-", "━": "-",
}  # fmt: skip
_HANDLER = "sketch2ct.plain"


def make_speakable() -> None:
    """Lets standard output and error take any text: what their encoding lacks is written plainly, or as '?'."""
    codecs.register_error(_HANDLER, _plainly)
    for stream in (sys.stdout, sys.stderr):
        change = getattr(stream, "reconfigure", None)
        if change is not None:
            change(errors=_HANDLER)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """An error handler of `codecs`: the plain form of each letter that cannot be encoded, in ASCII."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_plain(one) for one in error.object[error.start : error.end]), error.end


def _plain(letter: str) -> str:
    simple = _PLAIN.get(letter) or unicodedata.normalize("NFKD", letter)
    return simple.encode("ascii", "ignore").decode("ascii") or "?"


def refuse_empty_paths(command: Any, arguments: Sequence[str]) -> None:
    """Checks that no option of a command that takes a path has an empty one: Path('') is the folder one stands in.

    Raises:
        InputError: One has.
    """
    options = _path_options(command)
    for option, value in pairwise([*arguments, "end"]):
        name, equals, rest = option.partition("=")
        if name in options and (not rest if equals else value == ""):
            raise InputError(f"{name} is empty.", hint="Give a path.")


def _path_options(command: Any) -> set[str]:
    """Those of a command and of the commands below it."""
    found = {
        option
        for one in command.params
        for option in one.opts
        if getattr(getattr(one, "type_descriptor", None), "annotation", None) is Path and option.startswith("-")
    }
    below = getattr(command, "commands", {}).values()
    return found.union(*(_path_options(one) for one in below))

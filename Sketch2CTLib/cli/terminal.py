"""What a command shows on a terminal: any text on any encoding, and its progress."""

from __future__ import annotations

import codecs
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

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
    """An error handler of `codecs`: the plain form of each letter that cannot be encoded, in ASCII.

    A stream may be read again, as by what captures it, and other libraries write bytes of no encoding into it: what
    cannot be decoded is replaced.
    """
    if not isinstance(error, UnicodeEncodeError):
        return codecs.replace_errors(error)  # type: ignore[return-value]
    return "".join(_plain(one) for one in error.object[error.start : error.end]), error.end


def _plain(letter: str) -> str:
    simple = _PLAIN.get(letter) or unicodedata.normalize("NFKD", letter)
    return simple.encode("ascii", "ignore").decode("ascii") or "?"


@contextmanager
def progress_bars() -> Iterator[Callable[..., None]]:
    """Progress on standard error where that is a terminal, a bar a part; nothing is shown elsewhere.

    Gives a function of (part, done, of, text): the part's bar is moved to `done` of `of` steps, `None` where their
    number is not known, with the text behind its name.
    """
    from rich.console import Console
    from rich.progress import Progress, TaskID

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def show(part: str, done: int, of: int | None, text: str = "") -> None:
            if part not in tasks:
                tasks[part] = bars.add_task(part)
            bars.update(tasks[part], completed=done, total=of, description=f"{part} {text}".rstrip())

        yield show


@contextmanager
def progress_bar(part: str) -> Iterator[Callable[..., None]]:
    """The bar of one part alone: gives a function of (done, of, text)."""
    with progress_bars() as show:
        yield partial(show, part)

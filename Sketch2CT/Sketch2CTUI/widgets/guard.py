"""The one guard around what a click starts and an answer brings: no fault leaves a panel waiting for ever.

A fault that nobody foresaw becomes an error like the others, told in one sentence; its traceback goes to the log. Slots
of Qt swallow exceptions: without it a run would stay at 'Cancel'. No other file of the module catches everything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from Sketch2CTLib.errors import Sketch2CTError

_LOG = logging.getLogger(__name__)
_LONGEST_REASON = 200  # characters of what was raised
_HINT = "The log of Slicer tells where; please report it, then try again."


class Unforeseen(Sketch2CTError):
    """A mistake of the program: nothing that a user did wrong."""

    code = "unforeseen"


@contextmanager
def guarding() -> Iterator[None]:
    """Lets errors of the tree pass; any other exception is logged with its traceback.

    Raises:
        Unforeseen: In place of the other exception.
    """
    try:
        yield
    except Sketch2CTError:
        raise
    except Exception as error:
        _LOG.exception("An unforeseen fault")
        said = " ".join(str(error).split())[:_LONGEST_REASON]
        reason = f"{type(error).__name__}: {said}" if said else type(error).__name__
        raise Unforeseen(f"It failed for a reason that was not foreseen ({reason}).", hint=_HINT) from error


def attempt(function: Callable[[], Any], tell: Callable[[Sketch2CTError], None]) -> None:
    """Calls a function; what it raises is told.

    Args:
        function: Called without arguments.
        tell: Called with the error. What it raises itself is logged.
    """
    try:
        with guarding():
            function()
    except Sketch2CTError as error:
        try:
            with guarding():
                tell(error)
        except Sketch2CTError:
            _LOG.warning("Nobody was told: %s", error)


def slot(function: Callable[..., Any], tell: Callable[[Sketch2CTError], None]) -> Callable[..., None]:
    """A function for a signal or a listener that calls another one; what that raises is told."""

    def guarded(*arguments: Any) -> None:
        attempt(lambda: function(*arguments), tell)

    return guarded

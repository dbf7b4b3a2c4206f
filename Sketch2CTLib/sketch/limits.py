"""What the reader of a sketch's JSON refuses before it spends memory or time on it."""

from __future__ import annotations

import json
import re
import reprlib
from typing import Any, NoReturn

import numpy as np

from ..errors import SketchError

MOST_CHARACTERS = 64_000_000  # of a sketch's JSON
MOST_STROKES = 20_000
MOST_POINTS = 2_000_000  # of all strokes together

_DEEPEST = 32  # lists and objects in one another; a sketch needs five
_MOST_TEXT = 4_000_000  # characters between quotes: names and notes, not geometry
_SPARE = 100_000  # signs of punctuation for what later versions may add
_MOST_SIGNS = {
    "[": MOST_POINTS + 2 * MOST_STROKES + _SPARE,
    "]": MOST_POINTS + 2 * MOST_STROKES + _SPARE,
    "{": MOST_STROKES + _SPARE,
    "}": MOST_STROKES + _SPARE,
    ",": 3 * MOST_POINTS + 6 * MOST_STROKES + _SPARE,
    '"': 16 * MOST_STROKES + _SPARE,
}
_NESTING = np.zeros(256, dtype=np.int8)
_NESTING[list(b"[{")], _NESTING[list(b"]}")] = 1, -1
# Possessive, and content with a quote that is never closed: linear in time whatever the text.
_QUOTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def parsed(text: str) -> Any:
    """The values in a sketch's JSON text; time and memory are bounded whatever the text.

    Raises:
        SketchError: Not JSON, too long, too deep, too many values, or NaN or Infinity in it.
    """
    if len(text) > MOST_CHARACTERS:
        raise SketchError(f"The sketch has {len(text):,} characters, too many for a sketch.", hint="Check the file.")
    for sign, most in _MOST_SIGNS.items():
        if text.count(sign) > most:
            raise SketchError(
                f"The sketch has {text.count(sign):,} times '{sign}', too many strokes or points.", hint="Simplify it."
            )
    _check_depth(text)
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise SketchError(f"The sketch is not readable JSON ({short(error)}).", hint="Save it again.") from error


def check_size(strokes: int, points: int) -> None:
    """Raises SketchError where a sketch has more strokes or points than its file may hold."""
    if strokes > MOST_STROKES or points > MOST_POINTS:
        raise SketchError(
            f"The sketch has {strokes:,} strokes with {points:,} points; at most {MOST_STROKES:,} strokes "
            f"with {MOST_POINTS:,} points can be.",
            hint="Simplify it.",
        )


def short(value: object) -> str:
    """Any value in a few words on one line, for a message."""
    return " ".join(str(value).split())[:120] if isinstance(value, Exception) else reprlib.repr(value)


def _check_depth(text: str) -> None:
    bare = _QUOTED.sub("", text)
    if len(text) - len(bare) > _MOST_TEXT:
        raise SketchError(f"The sketch has {len(text) - len(bare):,} characters of words.", hint="Check the file.")
    steps = _NESTING[np.frombuffer(bare.encode("utf-8", "replace"), dtype=np.uint8)]
    steps = steps[steps != 0]
    depth = int(np.cumsum(steps, dtype=np.int32).max(initial=0))
    if depth > _DEEPEST:
        raise SketchError(
            f"The sketch is not readable JSON (lists lie {depth} deep in one another).", hint="Save it again."
        )


def _refuse_constant(name: str) -> NoReturn:
    raise SketchError(f"The numbers of a sketch must be finite, not {name}.", hint="Leave out points that are unknown.")

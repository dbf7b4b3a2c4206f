"""Words that no body can have together: 'round' and 'strongly elongated'."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import DescriptionError
from ..words import VOCABULARY, geometric_words
from .plain import PlainText
from .vocabulary import Found

# An overall shape → what cannot be said beside it.
_OPPOSED: dict[str, tuple[tuple[str, str], ...]] = {
    "ball-like": (("elongation", "strongly elongated"), ("flatness", "strongly flattened")),
    "rod-like": (("elongation", "hardly elongated"), ("flatness", "strongly flattened")),
    "disc-like": (("flatness", "hardly flattened"), ("elongation", "strongly elongated")),
    "blade-like": (("elongation", "hardly elongated"), ("flatness", "hardly flattened")),
}
_NUMBER_OF = {"elongation": "elongation", "flatness": "flatness", "course": "tortuosity"}


def opposed(words: Mapping[str, str]) -> tuple[str, str] | None:
    """The names of two geometric words that exclude each other, or None.

    Args:
        words: Geometric word → value.
    """
    others = _OPPOSED.get(words.get("overall_shape", ""), ())
    return next((("overall_shape", name) for name, value in others if words.get(name) == value), None)


def check_opposed(words: list[Found], numbers: Mapping[str, float], plain: PlainText) -> None:
    """Refuses words that exclude each other or a number of the text.

    Args:
        words: In reading order; of two values of one word the first counts.
        numbers: Of the text.
        plain: The text, for its own words.

    Raises:
        DescriptionError: Two of them cannot both be; it names them as written.
    """
    said: dict[str, Found] = {}
    for word in words:
        said.setdefault(word.name, word)
    pair = opposed({name: word.value for name, word in said.items()})
    if pair is not None:
        first, second = sorted((said[name] for name in pair), key=lambda one: one.start)
        raise _refused(plain.written(first.start, first.end), plain.written(second.start, second.end))
    for name, number in _NUMBER_OF.items():
        one, value_of = said.get(name), numbers.get(number)
        if one is None or value_of is None:
            continue
        by_number = geometric_words("liver" if name != "course" else "aorta", {number: value_of}).get(name, one.value)
        steps = VOCABULARY[name]
        if abs(steps.index(one.value) - steps.index(by_number)) > 1:
            raise _refused(plain.written(one.start, one.end), f"{number} {value_of:g}")


def _refused(first: str, second: str) -> DescriptionError:
    return DescriptionError(
        f"'{first}' and '{second}' contradict each other: no body is both.", hint="Keep one of them."
    )

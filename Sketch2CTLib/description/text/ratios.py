"""Extents told beside each other: 'twice as wide as deep', 'as tall as it is wide', 'longer than it is wide'.

A ratio is of use only where the text gives one of the two extents: the other follows. Without a factor ('longer than
wide') it says too little for a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .figures import number_of

RATIO_TOLERANCE = 0.10

_WAYS = {
    "wide": "extent_rl_mm", "broad": "extent_rl_mm", "width": "extent_rl_mm", "wider": "extent_rl_mm",
    "broader": "extent_rl_mm", "deep": "extent_ap_mm", "deeper": "extent_ap_mm", "depth": "extent_ap_mm",
    "tall": "extent_si_mm", "high": "extent_si_mm", "long": "extent_si_mm", "taller": "extent_si_mm",
    "higher": "extent_si_mm", "longer": "extent_si_mm", "height": "extent_si_mm", "length": "extent_si_mm",
}  # fmt: skip
_ADJECTIVE = r"(?:wide|broad|deep|tall|high|long)"
_COMPARED = r"(?:wider|broader|deeper|taller|higher|longer)"
_NOUN = r"(?:width|depth|height|length)"
_TIMES = (
    r"(?:(?P<factor>\d{1,3}(?:[.,]\d{1,4})?)\s?(?:x|×|times)|(?P<word>twice|double|thrice|half|a\sthird|two\sthirds"
    r"|three\squarters|(?:two|three|four|five)\stimes|one\sand\sa\shalf\stimes))"
)
_IT = r"(?:\sit\sis)?"
_RATIOS = re.compile(
    rf"\b(?:{_TIMES}\s)?as\s(?P<first>{_ADJECTIVE})\sas{_IT}\s(?P<second>{_ADJECTIVE})\b"
    rf"|\b(?:(?P<percent>\d{{1,3}}(?:[.,]\d)?)\s?(?:%|per\s?cent)\s)?(?P<more>{_COMPARED})\sthan{_IT}\s(?P<than>{_ADJECTIVE})\b"
    rf"|\b(?P<noun>{_NOUN})\s(?:is\s)?(?P<times>twice|double|half|thrice)\s(?:of\s)?(?:the|its)\s(?P<of>{_NOUN})\b",
    re.IGNORECASE,
)
_WORDS = {"twice": 2.0, "double": 2.0, "thrice": 3.0}


@dataclass(frozen=True)
class Ratio:
    """One extent beside another.

    Args:
        start, end: Where it stands in the text.
        first, second: Quantities.
        factor: first ÷ second, or None where only 'more' is said.
        said: For people: 'twice as wide as deep'.
    """

    start: int
    end: int
    first: str
    second: str
    factor: float | None
    said: str


def find_ratios(text: str) -> list[Ratio]:
    """Every comparison of two extents, in reading order."""
    ratios = []
    for match in _RATIOS.finditer(text):
        first = match["first"] or match["more"] or match["noun"]
        second = match["second"] or match["than"] or match["of"]
        names = _WAYS[first.lower()], _WAYS[second.lower()]
        factor = _factor(match)
        if names[0] != names[1] and (factor is None or factor > 0):
            ratios.append(Ratio(*match.span(), *names, factor, match[0]))
    return ratios


def derived(ratio: Ratio, numbers: dict[str, float]) -> tuple[str, float] | None:
    """(The extent that is missing, its value) where exactly one of the two is known and a factor said."""
    if ratio.factor is None or (ratio.first in numbers) == (ratio.second in numbers):
        return None
    if ratio.second in numbers:
        return ratio.first, numbers[ratio.second] * ratio.factor
    return ratio.second, numbers[ratio.first] / ratio.factor


def _factor(match: re.Match[str]) -> float | None:
    if match["more"]:
        return 1.0 + float(match["percent"].replace(",", ".")) / 100 if match["percent"] else None
    if match["factor"]:
        return float(match["factor"].replace(",", "."))
    word = (match["word"] or match["times"] or "").lower()
    if not word:
        return 1.0
    return _WORDS.get(word) or number_of(word.removesuffix(" times"))

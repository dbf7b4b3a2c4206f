"""The units that people write, and what one of each is in mL, cm² or mm."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["volume", "area", "length", "pure", "other"]  # 'other': no amount that a size could be

_MM_PER_INCH = 25.4  # exact, by definition
_CUBED, _SQUARED = r"(?:[^\S\n]?(?:3|³|\^\s?3)|\scubed)", r"(?:[^\S\n]?(?:2|²|\^\s?2)|\ssquared)"
_CUBIC, _SQUARE = r"(?:cubic|cu\.?)\s?", r"sq(?:uare|\.)?\s?"

# Unit pattern → (kind, factor to mL, cm² or mm); the first that fits is taken.
UNITS: tuple[tuple[str, Kind, float], ...] = (
    (rf"millilit(?:re|er)s?|mls?|ccms?|ccs?|cm{_CUBED}|{_CUBIC}(?:centimet(?:re|er)s?|cm)", "volume", 1.0),
    (r"microlit(?:re|er)s?|[µμ]l", "volume", 0.001),
    (r"decilit(?:re|er)s?|dl", "volume", 100.0),
    (r"centilit(?:re|er)s?|cl", "volume", 10.0),
    (rf"{_CUBIC}decimet(?:re|er)s?|dm{_CUBED}", "volume", 1000.0),
    (r"lit(?:re|er)s?|ltrs?|lt|l", "volume", 1000.0),
    (rf"mm{_CUBED}|{_CUBIC}(?:millimet(?:re|er)s?|mm)", "volume", 0.001),
    (rf"cm{_SQUARED}|{_SQUARE}(?:cm|centimet(?:re|er)s?)", "area", 1.0),
    (rf"mm{_SQUARED}|{_SQUARE}(?:mm|millimet(?:re|er)s?)", "area", 0.01),
    (r"millimet(?:re|er)s?|mms?", "length", 1.0),
    (r"centimet(?:re|er)s?|cms?", "length", 10.0),
    (r"decimet(?:re|er)s?|dm", "length", 100.0),
    (r"met(?:re|er)s?|m", "length", 1000.0),
    # The preposition 'in' is no inch: it needs a word that a length goes before, or the end.
    (
        r'inch(?:es)?|"|in\.?(?=\s*(?:$|[,;)\n]|x\b|×|by\b|to\b|[-–]|wide|deep|tall|high|long|across|thick|broad))',
        "length",
        _MM_PER_INCH,
    ),
    (r"%|per\s?cent|percent", "pure", 0.01),
)
UNIT = "|".join(f"(?P<u{n}>{pattern})" for n, (pattern, _, _) in enumerate(UNITS))
_SIZES = "|".join(pattern for pattern, kind, _ in UNITS if kind != "pure")
# What may follow a figure directly: a unit of a size, in any spelling.
SIZE_UNIT = rf"(?:{_SIZES})(?![\w²³^])"
# Units written out, that a number word may stand before, and all of them.
UNIT_WORD = (
    r"(?:milli|centi|deci)?(?:lit|met)(?:re|er)s?|inch(?:es)?|(?:cubic|square)\s(?:milli|centi|deci)?met(?:re|er)s?"
)
UNIT_AFTER = rf"(?:{UNIT_WORD}|[cdm]m[³²]|[cdm]m\^?[23]|mm|cm|mls?|cl|dl|ccm|cc|per ?cent|percent|l|%)(?![\w])"
# Something per something else is no size of the organ: '34 mL/m²', '5 cm per year'.
RATE = re.compile(
    r"\s?(?:/|\bper\s)\s?(?:m(?:\s?(?:²|2|\^2))?|kg|g|h|hrs?|hours?|min(?:utes?)?|s|sec(?:onds?)?|d|days?|weeks?|months?"
    r"|years?|yrs?|[cdµ]?l|ml|cm|mm|beats?|body|bsa|1[.,]73|lit(?:re|er)s?|square|kilo\w*)(?![\w])",
    re.IGNORECASE,
)


def unit_of(match: re.Match[str]) -> tuple[Kind, float]:
    """(Kind, factor) of a match of a pattern that holds `UNIT`; ('pure', 1) where no unit stands."""
    for n, (_, kind, factor) in enumerate(UNITS):
        if match[f"u{n}"]:
            return kind, factor
    return "pure", 1.0

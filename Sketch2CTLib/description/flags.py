"""What of a description is unusual: numbers outside the range of the training cases, and numbers that fit badly.

Neither is an error: the model has not seen the like, and the result may be worse.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ..apart import told_apart
from ..training_ranges import training_range
from .quantities import QUANTITY_NAMES, quantity

_DIGITS = 4
_TUBE_SHARE = 4.0  # measured vessels, branches included, hold up to 1.06 times a tube as wide as their widest section


@dataclass(frozen=True)
class RangeFlag:
    """A number outside the range that the training cases span.

    Args:
        name: The quantity.
        value: What is asked, in its own unit.
        low, high: Smallest and largest value of the training cases.
        cases: How many there were.
        sentence: For people, with unit and range.
    """

    name: str
    value: float
    low: float
    high: float
    cases: int
    sentence: str


def outside_training_range(structure: str, numbers: Mapping[str, float]) -> tuple[RangeFlag, ...]:
    """A flag for each number outside the range of the training cases of its structure, in token order.

    Raises:
        ConfigError: The shipped ranges are missing or damaged.
    """
    flags = []
    for name in QUANTITY_NAMES:
        reference = training_range(structure, name) if name in numbers else None
        if reference is not None and not reference.holds(numbers[name]):
            value = numbers[name]
            sentence = _sentence(name, value, reference.low, reference.high, reference.cases)
            flags.append(RangeFlag(name, value, reference.low, reference.high, reference.cases, sentence))
    return tuple(flags)


def doubts(numbers: Mapping[str, float]) -> tuple[str, ...]:
    """Sentences about numbers that geometry allows but that no tubular organ has."""
    names = ("volume_ml", "centreline_length_mm", "max_cross_section_diameter_mm")
    if not all(name in numbers for name in names):
        return ()
    volume_ml, length_mm, width_mm = (numbers[name] for name in names)
    tube_ml = math.pi / 4e3 * width_mm**2 * length_mm
    if volume_ml <= _TUBE_SHARE * tube_ml:
        return ()
    sentence = (
        f"Volume {grouped(volume_ml)} mL is far more than a tube of {grouped(length_mm)} mm, "
        f"{grouped(width_mm)} mm at its widest, holds ({grouped(tube_ml)} mL)."
    )
    return (sentence,)


def grouped(value: float) -> str:
    """'1,010', '4,200', '0.7312': a number of four significant digits for people."""
    if value == 0 or abs(value) >= 10 ** (_DIGITS - 1):
        return f"{value:,.0f}"
    return f"{value:.{_DIGITS}g}"


def with_unit(name: str, value: float) -> str:
    """'4,200 mL'."""
    return f"{grouped(value)} {quantity(name).unit}".rstrip()


def _sentence(name: str, value: float, low: float, high: float, cases: int) -> str:
    value_text, least, most = told_apart((value, low, high), grouped)
    span = f"always {least}" if low == high else f"{least}–{most}"
    unit = f" {quantity(name).unit}".rstrip()
    stated = f"{quantity(name).title} {value_text}{unit}"
    return f"{stated} lies outside what was seen in training ({span}{unit}, {cases} cases)."

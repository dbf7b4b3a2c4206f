"""The numbers that describe an organ's geometry: names, units and what is physically possible.

Their order is the order of the geometry tokens; append, never reorder.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import DescriptionError


@dataclass(frozen=True)
class Quantity:
    """One number of a description.

    Args:
        name: Key in files and tables; its suffix is its unit.
        title: Name for people.
        unit: Unit for people, empty for pure numbers.
        low, high: Inclusive bounds of what is possible for an organ.
        log: Whether values are compared by ratio (volumes, areas, lengths) rather than by difference.
        whole: Whether it is a count.
        tubular: Whether only tubular organs have it.
        reason: Why nothing lies beyond a bound of 0 or 1, for people; empty where bounds are a matter of size.
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    log: bool = False
    whole: bool = False
    tubular: bool = False
    reason: str = ""


def _length(name: str, title: str, high: float = 2000.0, *, tubular: bool = False) -> Quantity:
    return Quantity(name, title, "mm", 0.05, high, log=True, tubular=tubular)


def _position(name: str, title: str) -> Quantity:
    return Quantity(name, title, "", 0.0, 1.0, reason="0 and 1 are the two ends of the extent")


_QUOTED = 60  # characters of a value that a message repeats
_BALL = "a ball has 1, every other body has less"

QUANTITIES: tuple[Quantity, ...] = (
    Quantity("volume_ml", "Volume", "mL", 1e-4, 20_000.0, log=True),
    Quantity("surface_area_cm2", "Surface area", "cm²", 1e-3, 50_000.0, log=True),
    _length("extent_rl_mm", "Extent right–left"),
    _length("extent_ap_mm", "Extent front–back"),
    _length("extent_si_mm", "Extent top–bottom"),
    _length("spread_rl_mm", "Spread right–left"),
    _length("spread_ap_mm", "Spread front–back"),
    _length("spread_si_mm", "Spread top–bottom"),
    _position("widest_rl", "Widest section, left to right"),
    _position("widest_ap", "Widest section, back to front"),
    _position("widest_si", "Widest section, bottom to top"),
    _position("centroid_rl", "Centre of mass, left to right"),
    _position("centroid_ap", "Centre of mass, back to front"),
    _position("centroid_si", "Centre of mass, bottom to top"),
    _length("major_axis_mm", "Major axis"),
    _length("middle_axis_mm", "Middle axis"),
    _length("minor_axis_mm", "Minor axis"),
    _length("max_diameter_mm", "Largest diameter"),
    _length("min_diameter_mm", "Smallest diameter"),
    Quantity("sphericity", "Sphericity", "", 1e-3, 1.0, reason=_BALL),
    Quantity("compactness", "Compactness", "", 1e-9, 1.0, reason=_BALL),
    Quantity("elongation", "Elongation", "", 1.0, 200.0, reason="it is the major axis divided by the middle one"),
    Quantity("flatness", "Flatness", "", 1.0, 200.0, reason="it is the middle axis divided by the minor one"),
    Quantity("components", "Pieces", "", 1.0, 100_000.0, whole=True),
    Quantity("holes", "Holes", "", 0.0, 1_000_000.0, whole=True),
    _length("centreline_length_mm", "Centreline length", 5000.0, tubular=True),
    _length("mean_cross_section_diameter_mm", "Mean cross-section diameter", 300.0, tubular=True),
    _length("max_cross_section_diameter_mm", "Largest cross-section diameter", 400.0, tubular=True),
    Quantity(
        "tortuosity", "Tortuosity", "", 1.0, 100.0, tubular=True, reason="no way is shorter than the straight one"
    ),
)

QUANTITY_NAMES: tuple[str, ...] = tuple(q.name for q in QUANTITIES)
_BY_NAME = {q.name: q for q in QUANTITIES}


def short(value: object) -> str:
    """A value as messages quote it: one line of at most 60 characters."""
    try:
        text = value[: 10 * _QUOTED] if isinstance(value, str) else reprlib.repr(value)
    except ValueError:  # Python refuses to write whole numbers of thousands of digits
        text = type(value).__name__
    line = "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
    return line if len(line) <= _QUOTED else f"{line[: _QUOTED - 1]}…"


def quantity(name: str) -> Quantity:
    """The quantity of that name.

    Raises:
        DescriptionError: There is no such quantity.
    """
    if name not in _BY_NAME:
        raise DescriptionError(f"Unknown number '{short(name)}'.", hint=f"Choose from {', '.join(QUANTITY_NAMES)}.")
    return _BY_NAME[name]


def check_number(name: str, value: float) -> float:
    """The value as a float, if it is possible for that quantity.

    Raises:
        DescriptionError: Unknown name, NaN, infinite, negative or beyond what an organ can have.
    """
    wanted = quantity(name)
    number = _as_float(wanted, value)
    if not math.isfinite(number):
        raise DescriptionError(f"{wanted.title} ({name}) is {number}, a finite number is needed.")
    if not wanted.low <= number <= wanted.high:
        unit = f" {wanted.unit}" if wanted.unit else ""
        bound = wanted.low if number < wanted.low else wanted.high
        why = f": {wanted.reason}" if wanted.reason and bound in (0.0, 1.0) else ""
        raise DescriptionError(
            f"{wanted.title} ({name}) cannot be {number:g}{unit}{why}.",
            hint=f"Give a value between {wanted.low:g} and {wanted.high:g}{unit}, or leave it out.",
        )
    if wanted.whole and number != round(number):
        raise DescriptionError(f"{wanted.title} ({name}) is a count and cannot be {number:g}.")
    return number


def _as_float(wanted: Quantity, value: float) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise DescriptionError(f"{wanted.title} ({wanted.name}) is a number of several hundred digits.") from error


def check_numbers(numbers: Mapping[str, float]) -> dict[str, float]:
    """Every number checked by itself, in token order.

    Raises:
        DescriptionError: See `check_number`.
    """
    checked = {name: check_number(name, value) for name, value in numbers.items()}
    return {name: checked[name] for name in QUANTITY_NAMES if name in checked}

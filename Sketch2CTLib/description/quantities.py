"""The numbers that describe an organ's geometry: names, units and what is physically possible.

Their order is the order of the geometry tokens; append, never reorder.
"""

from __future__ import annotations

import math
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
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    log: bool = False
    whole: bool = False
    tubular: bool = False


def _length(name: str, title: str, high: float = 2000.0, *, tubular: bool = False) -> Quantity:
    return Quantity(name, title, "mm", 0.05, high, log=True, tubular=tubular)


QUANTITIES: tuple[Quantity, ...] = (
    Quantity("volume_ml", "Volume", "mL", 1e-4, 20_000.0, log=True),
    Quantity("surface_area_cm2", "Surface area", "cm²", 1e-3, 50_000.0, log=True),
    _length("extent_rl_mm", "Extent right–left"),
    _length("extent_ap_mm", "Extent front–back"),
    _length("extent_si_mm", "Extent top–bottom"),
    _length("spread_rl_mm", "Spread right–left"),
    _length("spread_ap_mm", "Spread front–back"),
    _length("spread_si_mm", "Spread top–bottom"),
    Quantity("widest_rl", "Widest section, left to right", "", 0.0, 1.0),
    Quantity("widest_ap", "Widest section, back to front", "", 0.0, 1.0),
    Quantity("widest_si", "Widest section, bottom to top", "", 0.0, 1.0),
    Quantity("centroid_rl", "Centre of mass, left to right", "", 0.0, 1.0),
    Quantity("centroid_ap", "Centre of mass, back to front", "", 0.0, 1.0),
    Quantity("centroid_si", "Centre of mass, bottom to top", "", 0.0, 1.0),
    _length("major_axis_mm", "Major axis"),
    _length("middle_axis_mm", "Middle axis"),
    _length("minor_axis_mm", "Minor axis"),
    _length("max_diameter_mm", "Largest diameter"),
    _length("min_diameter_mm", "Smallest diameter"),
    Quantity("sphericity", "Sphericity", "", 1e-3, 1.0),
    Quantity("compactness", "Compactness", "", 1e-9, 1.0),
    Quantity("elongation", "Elongation", "", 1.0, 200.0),
    Quantity("flatness", "Flatness", "", 1.0, 200.0),
    Quantity("components", "Pieces", "", 1.0, 100_000.0, whole=True),
    Quantity("holes", "Holes", "", 0.0, 1_000_000.0, whole=True),
    _length("centreline_length_mm", "Centreline length", 5000.0, tubular=True),
    _length("mean_cross_section_diameter_mm", "Mean cross-section diameter", 300.0, tubular=True),
    _length("max_cross_section_diameter_mm", "Largest cross-section diameter", 400.0, tubular=True),
    Quantity("tortuosity", "Tortuosity", "", 1.0, 100.0, tubular=True),
)

QUANTITY_NAMES: tuple[str, ...] = tuple(q.name for q in QUANTITIES)
_BY_NAME = {q.name: q for q in QUANTITIES}


def quantity(name: str) -> Quantity:
    """The quantity of that name.

    Raises:
        DescriptionError: There is no such quantity.
    """
    if name not in _BY_NAME:
        raise DescriptionError(f"Unknown number '{name}'.", hint=f"Choose from {', '.join(QUANTITY_NAMES)}.")
    return _BY_NAME[name]


def check_number(name: str, value: float) -> float:
    """The value as a float, if it is possible for that quantity.

    Raises:
        DescriptionError: Unknown name, NaN, infinite, negative or beyond what an organ can have.
    """
    wanted = quantity(name)
    number = float(value)
    if not math.isfinite(number):
        raise DescriptionError(f"{wanted.title} ({name}) is {number}, a finite number is needed.")
    if not wanted.low <= number <= wanted.high:
        unit = f" {wanted.unit}" if wanted.unit else ""
        raise DescriptionError(
            f"{wanted.title} ({name}) cannot be {number:g}{unit}.",
            hint=f"Give a value between {wanted.low:g} and {wanted.high:g}{unit}, or leave it out.",
        )
    if wanted.whole and number != round(number):
        raise DescriptionError(f"{wanted.title} ({name}) is a count and cannot be {number:g}.")
    return number


def check_numbers(numbers: Mapping[str, float]) -> dict[str, float]:
    """Every number checked by itself, in token order.

    Raises:
        DescriptionError: See `check_number`.
    """
    checked = {name: check_number(name, value) for name, value in numbers.items()}
    return {name: checked[name] for name in QUANTITY_NAMES if name in checked}

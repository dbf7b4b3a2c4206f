"""Numbers that no body can have together; each is named in a DescriptionError.

Only what geometry forbids is refused, with room for rounding; two numbers that fit badly but can be are left alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..errors import DescriptionError
from .quantities import quantity

ROUNDING = 0.06  # relative; sentences round to two digits

# (smaller, larger): a ≤ b in every body.
_ORDERED: tuple[tuple[str, str], ...] = (
    ("min_diameter_mm", "max_diameter_mm"),
    ("minor_axis_mm", "middle_axis_mm"),
    ("middle_axis_mm", "major_axis_mm"),
    ("mean_cross_section_diameter_mm", "max_cross_section_diameter_mm"),
    ("extent_rl_mm", "max_diameter_mm"),
    ("extent_ap_mm", "max_diameter_mm"),
    ("extent_si_mm", "max_diameter_mm"),
)
_AXES = ("rl", "ap", "si")


def check_consistent(numbers: Mapping[str, float]) -> None:
    """Does nothing if a body can have all these numbers.

    Raises:
        DescriptionError: Two of them contradict each other.
    """
    for small, large in _ORDERED:
        _at_most(numbers, small, large)
    for axis in _AXES:  # the widest spread has half of the mass at either end
        _spread_fits(numbers, f"spread_{axis}_mm", f"extent_{axis}_mm")
    _volume_in_box(numbers)
    _volume_in_ball(numbers)
    _volume_in_surface(numbers)


def _at_most(numbers: Mapping[str, float], small: str, large: str) -> None:
    if small in numbers and large in numbers and numbers[small] > numbers[large] * (1 + ROUNDING) + 0.5:
        raise DescriptionError(
            f"{_told(small, numbers)} cannot be more than {_told(large, numbers, lower=True)}.",
            hint="Change one of them or leave it out.",
        )


def _spread_fits(numbers: Mapping[str, float], spread: str, extent: str) -> None:
    if spread in numbers and extent in numbers and 2 * numbers[spread] > numbers[extent] * (1 + ROUNDING) + 0.5:
        raise DescriptionError(
            f"{_told(spread, numbers)} cannot be more than half of {_told(extent, numbers, lower=True)}.",
            hint="Change one of them or leave it out.",
        )


def _volume_in_box(numbers: Mapping[str, float]) -> None:
    extents = [numbers.get(f"extent_{axis}_mm") for axis in _AXES]
    known = [extent for extent in extents if extent is not None]
    if len(known) == 3:
        box_ml = math.prod(known) / 1000.0
        _limit_volume(numbers, box_ml, f"the box of its extents ({' × '.join(f'{e:g}' for e in known)} mm)", 3)


def _volume_in_ball(numbers: Mapping[str, float]) -> None:
    """Isodiametric inequality: of all bodies of one diameter the ball is the largest."""
    if "max_diameter_mm" in numbers:
        diameter_mm = numbers["max_diameter_mm"]
        ball_ml = math.pi / 6.0 * diameter_mm**3 / 1000.0
        _limit_volume(numbers, ball_ml, f"a ball of its largest diameter ({diameter_mm:g} mm)", 3)


def _volume_in_surface(numbers: Mapping[str, float]) -> None:
    """Isoperimetric inequality: of all bodies of one surface the ball is the largest."""
    if "surface_area_cm2" in numbers:
        area_cm2 = numbers["surface_area_cm2"]
        ball_ml = area_cm2**1.5 / (6.0 * math.sqrt(math.pi))
        _limit_volume(numbers, ball_ml, f"what its surface of {area_cm2:g} cm² can enclose", 1.5)


def _limit_volume(numbers: Mapping[str, float], limit_ml: float, what: str, power: float) -> None:
    if numbers.get("volume_ml", 0.0) > limit_ml * (1 + ROUNDING) ** (power + 1):
        raise DescriptionError(
            f"{_told('volume_ml', numbers)} is more than {what}, {limit_ml:.4g} mL.",
            hint="Change one of them or leave it out.",
        )


def _told(name: str, numbers: Mapping[str, float], *, lower: bool = False) -> str:
    wanted = quantity(name)
    title = wanted.title.lower() if lower else wanted.title
    return f"{title} ({numbers[name]:g} {wanted.unit})"

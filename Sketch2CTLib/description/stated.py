"""One number as people state it: plain, with a unit, with a tolerance, as a string, or 'unknown'.

1400                                              in the quantity's own unit
{"value": 1.4, "unit": "L", "tolerance": 0.1}     the tolerance in the same unit
{"value": 1.4, "unit": "L", "tolerance_percent": 10}
"1.4 L", "18 cm ± 5 mm", "1.4 L ± 10 %", "75 %"
"unknown" or null                                 explicitly unknown: neither text nor sketch fills it
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from ..errors import DescriptionError
from .quantities import Quantity, check_number, quantity, short

UNKNOWN = "unknown"
KEYS = ("value", "unit", "tolerance", "tolerance_percent")

# Unit of a quantity → what may be written instead, and what one of it is in the quantity's own unit.
_UNITS: dict[str, dict[str, float]] = {
    "mL": {
        **dict.fromkeys(("mL", "ml", "cc", "ccm", "cm3", "cm³", "cm^3", "millilitre", "millilitres"), 1.0),
        **dict.fromkeys(("milliliter", "milliliters"), 1.0),
        **dict.fromkeys(("dL", "dl"), 100.0),
        **dict.fromkeys(("L", "l", "litre", "litres", "liter", "liters"), 1000.0),
        **dict.fromkeys(("mm3", "mm³", "mm^3"), 0.001),
    },
    "cm²": {
        **dict.fromkeys(("cm²", "cm2", "cm^2"), 1.0),
        **dict.fromkeys(("mm²", "mm2", "mm^2"), 0.01),
    },
    "mm": {
        **dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), 1.0),
        **dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimeters"), 10.0),
        **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), 1000.0),
    },
}
_LITRE = 1000.0
_SHARE = {"%": 0.01}  # for what lies between 0 and 1
_SHOWN = {"mL": "mL, cc, cm3, dL, L, mm3", "cm²": "cm2, mm2", "mm": "mm, cm, m"}

LONGEST = 60  # characters of a number with its unit
_DIGITS = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]{1,3})?|\.[0-9]+"
_UNIT = r"[^0-9\s.,±+\-][^\s±+\-]*"
STRING = (
    rf"\s*(?P<value>[+-]?(?:{_DIGITS}))\s*(?P<unit>{_UNIT})?"
    rf"(?:\s*(?:±|\+/-|\+-)\s*(?P<tolerance>{_DIGITS})\s*(?P<tolerance_unit>{_UNIT})?)?\s*"
)
_STRING = re.compile(STRING)


@dataclass(frozen=True)
class Stated:
    """One number of a description, checked and in its quantity's own unit.

    Args:
        value: The number; None where it is explicitly unknown.
        tolerance: Absolute; None where none is stated.
    """

    value: float | None
    tolerance: float | None = None


def units_of(name: str) -> dict[str, float]:
    """What may be written as the unit of a quantity → what one of it is in the quantity's own unit.

    Raises:
        DescriptionError: There is no such quantity.
    """
    wanted = quantity(name)
    if wanted.unit:
        return _UNITS[wanted.unit]
    return _SHARE if takes_percent(wanted) else {}


def takes_percent(wanted: Quantity) -> bool:
    """Whether a quantity is a share of something, so that 75 % means 0.75."""
    return not wanted.unit and not wanted.whole and wanted.high <= 1.0


def read_stated(name: str, given: Any) -> Stated:
    """The number that was given in any of the forms above.

    Raises:
        DescriptionError: No such quantity, none of these forms, a unit of another kind, or an impossible value.
    """
    wanted = quantity(name)
    if given is None or isinstance(given, Stated):
        return _checked(wanted, given or Stated(None))
    if isinstance(given, str):
        return _from_string(wanted, given)
    if isinstance(given, Mapping):
        return _from_object(wanted, given)
    return Stated(check_number(name, _number(wanted, given, "value")))


def read_tolerance(name: str, given: Any) -> float:
    """An absolute tolerance in the quantity's own unit.

    Raises:
        DescriptionError: No such quantity, or not a number of at least 0.
    """
    wanted = quantity(name)
    return _tolerance(wanted, _number(wanted, given, "tolerance"))


def _checked(wanted: Quantity, stated: Stated) -> Stated:
    if stated.value is None:
        return Stated(None)
    value = check_number(wanted.name, stated.value)
    return Stated(value, None if stated.tolerance is None else _tolerance(wanted, stated.tolerance))


def _from_string(wanted: Quantity, text: str) -> Stated:
    if text.strip().lower() == UNKNOWN:
        return Stated(None)
    match = _STRING.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        raise DescriptionError(
            f"{wanted.title} ({wanted.name}) must be a number with or without a unit, or '{UNKNOWN}', "
            f"got '{short(text)}'.",
            hint=f"Write for example {_example(wanted)}, or leave it out.",
        )
    own = match["tolerance_unit"]
    unit = match["unit"] or (own if own != "%" else None)  # '1.4 ± 0.1 L'
    factor = _factor(wanted, unit)
    litres = wanted.unit == "mL" and factor == _LITRE
    value = _in_own_unit(_float(match["value"], litres=litres), factor)
    if match["tolerance"] is None:
        return _checked(wanted, Stated(value))
    tolerance = _float(match["tolerance"], litres=litres)
    if own == "%" and unit != "%":  # a share of the value, unless that is in per cent itself
        return _checked(wanted, Stated(value, tolerance / 100.0 * abs(value)))
    return _checked(wanted, Stated(value, _in_own_unit(tolerance, _factor(wanted, own or unit))))


def _from_object(wanted: Quantity, fields: Mapping[Any, Any]) -> Stated:
    strange = [short(key) for key in fields if key not in KEYS]
    if strange or "value" not in fields:
        what = f"has the unknown key '{strange[0]}'" if strange else "has no 'value'"
        raise DescriptionError(f"{wanted.title} ({wanted.name}) {what}.", hint=f"Its keys are {', '.join(KEYS)}.")
    _check_tolerances(wanted, fields)
    factor = _factor(wanted, fields.get("unit"))
    if fields["value"] is None or fields["value"] == UNKNOWN:
        return Stated(None)
    value = check_number(wanted.name, _in_own_unit(_number(wanted, fields["value"], "value"), factor))
    if fields.get("tolerance") is not None:
        tolerance = _in_own_unit(_number(wanted, fields["tolerance"], "tolerance"), factor)
        return Stated(value, _tolerance(wanted, tolerance))
    if fields.get("tolerance_percent") is not None:
        percent = _number(wanted, fields["tolerance_percent"], "tolerance_percent")
        return Stated(value, _tolerance(wanted, percent / 100.0 * abs(value)))
    return Stated(value)


def _check_tolerances(wanted: Quantity, fields: Mapping[Any, Any]) -> None:
    stated = [key for key in ("tolerance", "tolerance_percent") if fields.get(key) is not None]
    if len(stated) > 1:
        raise DescriptionError(
            f"{wanted.title} ({wanted.name}) has both 'tolerance' and 'tolerance_percent'.", hint="Keep one of them."
        )
    for key in stated:
        _tolerance(wanted, _number(wanted, fields[key], key))


def _tolerance(wanted: Quantity, tolerance: float) -> float:
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise DescriptionError(
            f"The tolerance of {wanted.title.lower()} ({wanted.name}) cannot be {tolerance:g}.",
            hint="Give a number of at least 0, or leave it out.",
        )
    return tolerance


def _number(wanted: Quantity, value: Any, key: str) -> float:
    """A JSON or numpy number; booleans and everything else are refused."""
    if isinstance(value, bool) or not isinstance(value, Real):
        what = "must be a number" if key == "value" else f"has a {key} that must be a number"
        raise DescriptionError(
            f"{wanted.title} ({wanted.name}) {what}, got {short(value)}.",
            hint=f"Leave out what is not known, or write '{UNKNOWN}'.",
        )
    try:
        return float(value)
    except OverflowError as error:
        raise DescriptionError(f"{wanted.title} ({wanted.name}): the {key} has several hundred digits.") from error


def _factor(wanted: Quantity, unit: Any) -> float:
    if unit is None or unit == "":
        return 1.0
    known = units_of(wanted.name)
    if not isinstance(unit, str) or unit not in known:
        shown = _SHOWN.get(wanted.unit) or ("%, or nothing" if known else "")
        raise DescriptionError(
            f"{wanted.title} ({wanted.name}) cannot be in '{short(unit)}'.",
            hint=f"Choose from {shown}." if shown else "It has no unit: leave the unit out.",
        )
    return known[unit]


def _in_own_unit(number: float, factor: float) -> float:
    """1.1 L are 1100 mL, not 1100.0000000000002."""
    return number if factor == 1.0 or not math.isfinite(number) else float(f"{number * factor:.12g}")


def _float(digits: str, *, litres: bool) -> float:
    """'1,400' is one thousand four hundred (but not in litres, as in texts), '1,4' and '1.4' are the same."""
    thousands = re.fullmatch(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", digits)
    if thousands and not (litres and digits.count(",") == 1 and "." not in digits):
        return float(digits.replace(",", ""))
    return float(digits.replace(",", "."))


def _example(wanted: Quantity) -> str:
    examples = {"mL": '1400, "1.4 L"', "cm²": '820, "820 cm2"', "mm": '180, "18 cm"'}
    return examples.get(wanted.unit, "1" if wanted.whole else "0.75" if takes_percent(wanted) else "1.4")

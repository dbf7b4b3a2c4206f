"""The JSON Schema of a description's file, published as Resources/Schemas/description.schema.json.

It says what can be said of one number at a time: forms, units and bounds. What a sum of several numbers contradicts,
and the bounds of values with a unit, only the reader checks.
"""

from __future__ import annotations

import re
from typing import Any

from .quantities import QUANTITIES, Quantity
from .stated import LONGEST, STRING, UNKNOWN, units_of
from .words import VOCABULARY, WORD_NAMES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMAT = "sketch2ct.description"
VERSION = 1


def numbers_schema(*, short: bool = False) -> dict[str, Any]:
    """Every quantity with its title, unit and bounds, in every form that `stated` reads.

    Args:
        short: Whether forms with a unit are references to the '$defs' of `description_schema`.
    """
    return {
        "type": "object",
        "title": "Numbers",
        "description": "Known geometric numbers, any subset.",
        "properties": {wanted.name: _number(wanted, short=short) for wanted in QUANTITIES},
        "additionalProperties": False,
        "propertyNames": {"enum": [wanted.name for wanted in QUANTITIES]},
    }


def tolerances_schema() -> dict[str, Any]:
    """Absolute tolerances by quantity."""
    return {
        "type": "object",
        "title": "Tolerances",
        "description": "Absolute tolerances of known numbers, in each quantity's own unit.",
        "additionalProperties": {"type": "number", "minimum": 0},
        "propertyNames": {"enum": [wanted.name for wanted in QUANTITIES]},
    }


def unknown_schema() -> dict[str, Any]:
    """Names of quantities that are explicitly unknown."""
    return {
        "type": "array",
        "title": "Unknown",
        "description": "Numbers that are explicitly unknown: neither text nor drawing fills them.",
        "items": {"enum": [wanted.name for wanted in QUANTITIES]},
    }


def words_schema(longest: int) -> dict[str, Any]:
    """Every geometric word with its usual values."""
    word = {"type": "string", "minLength": 1, "maxLength": longest, "pattern": r"\S"}
    return {
        "type": "object",
        "title": "Words",
        "description": "Geometric words, never diagnostic; any text, the examples are what sentences use.",
        "properties": {
            name: {**word, **({"examples": list(VOCABULARY[name])} if name in VOCABULARY else {})}
            for name in WORD_NAMES
        },
        "additionalProperties": False,
        "propertyNames": {"enum": list(WORD_NAMES)},
    }


def kind_of(wanted: Quantity) -> str:
    """What quantities with the same units have in common."""
    kinds = {"mL": "volume", "cm²": "area", "mm": "length"}
    return kinds.get(wanted.unit, "share" if units_of(wanted.name) else "pure")


def written_forms(wanted: Quantity) -> list[dict[str, Any]]:
    """Every form in which a number of that quantity may be written."""
    return [{"type": "null"}, _text(wanted), _with_unit(wanted)]


def _number(wanted: Quantity, *, short: bool) -> dict[str, Any]:
    plain = {"type": "integer" if wanted.whole else "number", "minimum": wanted.low, "maximum": wanted.high}
    unit = f" in {wanted.unit}" if wanted.unit else ""
    reason = f"; {wanted.reason}" if wanted.reason else ""
    return {
        "title": wanted.title,
        "description": f"{wanted.title}{unit}, {wanted.low:g} to {wanted.high:g}{reason}."
        + (" Tubular structures only." if wanted.tubular else ""),
        "anyOf": [plain, *([{"$ref": f"#/$defs/{kind_of(wanted)}"}] if short else written_forms(wanted))],
    }


def _text(wanted: Quantity) -> dict[str, Any]:
    """'1.4 L ± 0.1', or 'unknown'."""
    units = _either(units_of(wanted.name))
    share = _either([*units_of(wanted.name), "%"])
    form = re.sub(r"\(\?P<unit>[^)]*\)\?", lambda _: f"(?:{units})?", STRING)
    form = re.sub(r"\(\?P<tolerance_unit>[^)]*\)\?", lambda _: f"(?:{share})?", form)
    form = re.sub(r"\?P<\w+>", "?:", form)
    return {"type": "string", "maxLength": LONGEST, "pattern": rf"^(?:{form}|\s*[uU][nN][kK][nN][oO][wW][nN]\s*)$"}


def _either(units: Any) -> str:
    return "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))


def _with_unit(wanted: Quantity) -> dict[str, Any]:
    tolerance = {"type": ["number", "null"], "minimum": 0}
    unit = {"enum": [*units_of(wanted.name), "", None]} if units_of(wanted.name) else {"enum": ["", None]}
    return {
        "type": "object",
        "properties": {
            "value": {"anyOf": [{"type": "number"}, {"type": "null"}, {"const": UNKNOWN}]},
            "unit": {"description": f"Left out: {wanted.unit or 'a pure number'}.", **unit},
            "tolerance": {"description": "Absolute, in the same unit.", **tolerance},
            "tolerance_percent": {"description": "In per cent of the value.", **tolerance},
        },
        "required": ["value"],
        "additionalProperties": False,
        "not": {
            "required": ["tolerance", "tolerance_percent"],
            "properties": {"tolerance": {"type": "number"}, "tolerance_percent": {"type": "number"}},
        },
    }

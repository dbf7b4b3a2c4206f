"""Amounts in text: '1.4 litres', '12,5 cm', '1 400 mL', 'between 1.2 and 1.4 L', '21 × 18 × 17 cm'."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["volume", "area", "length", "pure"]

# Unit pattern → (kind, factor to mL, cm² or mm); the first that fits is taken.
_UNITS: tuple[tuple[str, Kind, float], ...] = (
    (r"millilit(?:re|er)s?|ml|cc|ccm|cm\s?(?:3|³|\^3)|cubic\s+centimet(?:re|er)s?", "volume", 1.0),
    (r"decilit(?:re|er)s?|dl", "volume", 100.0),
    (r"lit(?:re|er)s?|ltr?|l", "volume", 1000.0),
    (r"mm\s?(?:3|³|\^3)|cubic\s+millimet(?:re|er)s?", "volume", 0.001),
    (r"cm\s?(?:2|²|\^2)|sq(?:uare|\.)?\s*(?:cm|centimet(?:re|er)s?)", "area", 1.0),
    (r"mm\s?(?:2|²|\^2)|sq(?:uare|\.)?\s*(?:mm|millimet(?:re|er)s?)", "area", 0.01),
    (r"millimet(?:re|er)s?|mm", "length", 1.0),
    (r"centimet(?:re|er)s?|cm", "length", 10.0),
    (r"met(?:re|er)s?|m", "length", 1000.0),
    (r"%|per\s?cent", "pure", 0.01),
)
_UNIT = "|".join(f"(?P<u{n}>{pattern})" for n, (pattern, _, _) in enumerate(_UNITS))
_SPACE = "[ \u00a0\u202f]"
_NUMBER = (
    r"(?<![\w.,])(?P<sign>(?:(?:minus|negative)\s+|(?<!\d\s)[-−])?)"
    rf"(?P<digits>\d{{1,3}}(?:{_SPACE}\d{{3}})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*)"
)
_AMOUNT = re.compile(rf"{_NUMBER}(?:[\s-]?\s*(?:{_UNIT})(?![\w²³^]))?", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:-|–|—|to|and)\s*", re.IGNORECASE)
_TIMES = re.compile(r"\s*(?:x|×|\*|by)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Amount:
    """A number with its unit.

    Args:
        start, end: Where it stands in the text.
        values: In mL, cm², mm, or pure; several for a product of lengths.
        kind: What it measures.
    """

    start: int
    end: int
    values: tuple[float, ...]
    kind: Kind

    @property
    def value(self) -> float:
        """The first (mostly the only) value."""
        return self.values[0]


def find_amounts(text: str) -> list[Amount]:
    """Every number of a text in reading order; ranges become their middle, products of lengths one amount."""
    found = [_amount(match) for match in _AMOUNT.finditer(text)]
    return _join(_join(found, text, _RANGE, _middle), text, _TIMES, _product)


def _amount(match: re.Match[str]) -> Amount:
    kind, factor = next(((kind, factor) for n, (_, kind, factor) in enumerate(_UNITS) if match[f"u{n}"]), ("pure", 1.0))
    value = _value(match["digits"], litres=factor == 1000.0 and kind == "volume")
    return Amount(match.start(), match.end(), (-value * factor if match["sign"] else value * factor,), kind)


def _value(digits: str, *, litres: bool) -> float:
    """The number that the digits mean: the last of two different marks is the decimal one, a repeated mark is not.

    A single comma before exactly three digits separates thousands ('1,400 mL'), but not in litres ('1,450 L').
    """
    plain = re.sub(_SPACE, "", digits)
    if "," in plain and "." in plain:
        decimal = max(",", ".", key=plain.rfind)
        plain = plain.replace("." if decimal == "," else ",", "").replace(decimal, ".")
    elif plain.count(",") > 1 or plain.count(".") > 1:
        plain = plain.replace(",", "").replace(".", "")
    elif re.fullmatch(r"[1-9]\d{0,2},\d{3}", plain) and not litres:
        plain = plain.replace(",", "")
    return float(plain.replace(",", "."))


def _join(found: list[Amount], text: str, link: re.Pattern[str], join: object) -> list[Amount]:
    joined: list[Amount] = []
    for amount in found:
        before = joined[-1] if joined else None
        if before is not None and link.fullmatch(text, before.end, amount.start):
            both = join(before, amount, text)  # type: ignore[operator]
            if both is not None:
                joined[-1] = both
                continue
        joined.append(amount)
    return joined


def _rescaled(first: Amount, second: Amount, text: str) -> Amount | None:
    """The first amount in the second's unit if it has none of its own."""
    if first.kind == second.kind:
        return first
    if first.kind != "pure" or text[first.end - 1] == "%":
        return None
    unit = re.search(rf"(?:{_UNIT})$", text[second.start : second.end], re.IGNORECASE)
    factor = next((f for n, (_, _, f) in enumerate(_UNITS) if unit and unit[f"u{n}"]), 1.0)
    return Amount(first.start, first.end, tuple(v * factor for v in first.values), second.kind)


def _middle(first: Amount, second: Amount, text: str) -> Amount | None:
    link = text[first.end : second.start].strip().lower()
    lead = text[: first.start].lower().rstrip()
    if link == "and" and not lead.endswith("between"):
        return None
    same = _rescaled(first, second, text)
    if same is None or second.value < same.value or len(same.values) > 1:
        return None
    return Amount(first.start, second.end, ((same.value + second.value) / 2,), second.kind)


def _product(first: Amount, second: Amount, text: str) -> Amount | None:
    same = _rescaled(first, second, text)
    if same is None or second.kind not in ("length", "pure"):
        return None
    return Amount(first.start, second.end, same.values + second.values, second.kind)

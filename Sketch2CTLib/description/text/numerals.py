"""Amounts in text: '1.4 litres', '12,5 cm', '1 400 mL', 'between 1.2 and 1.4 L', '140 ± 5 mm', '21 × 18 × 17 cm'."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from .units import UNIT, Kind, unit_of

_SPACE = "[ \u00a0\u202f']"
_NUMBER = (
    r"(?<![\w.,/])(?P<sign>(?:(?:minus|negative)\s+|(?<!\d\s)[-−])?)"
    rf"(?P<digits>\d{{1,3}}(?:{_SPACE}\d{{3}})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*|\.\d+)"
)
_AMOUNT = re.compile(rf"{_NUMBER}(?P<ish>[ -]?ish)?(?:(?:[\s-]?\s?(?:{UNIT})(?![\w²³^]))|(?![\w°/]))", re.IGNORECASE)
_RANGE = re.compile(r"\s?(?:-|–|—|to|and|or|\.\.\.?|…)\s?", re.IGNORECASE)
_BOTH_BOUNDS = re.compile(
    r"\s?,?\s?(?:(?:and|but)\s)?(?:at\smost|no(?:t)?\smore\sthan|less\sthan|under|below|up\sto|<|≤)\s?", re.IGNORECASE
)
_LOWER_LEAD = re.compile(r"(?:at\sleast|more\sthan|over|above|>|≥)\s?$", re.IGNORECASE)
_RANGE_LEAD = re.compile(
    r"\b(?:between|from|anywhere\sbetween)\s(?:about\s|around\s|roughly\s|some\s|ca\.?\s|~\s?)?$", re.I
)
_TIMES = re.compile(r"\s?(?:x|×|\*|by)\s?", re.IGNORECASE)
# Up to where the amount before is named ('18 cm wide ± 1 cm'), then the sign of a tolerance.
_WITHIN = re.compile(
    r"(?P<named>[^\d;.\n±+]{0,40}?)[,\s]?\s?\(?\s?(?:±|\+\s?/\s?-?|\+-|plus\s(?:or\s|/\s?)?minus|give\sor\stake|to\swithin|within"
    r"|(?:with\s)?(?:an?\s)?(?:tolerance|error|accuracy|uncertainty)(?:\sof|:)?)\s?(?:about\s)?",
    re.IGNORECASE,
)
_BUT = re.compile(r"(?P<named>[^\d;.\n]{0,40}?)\s?,?\s?\bbut\b[^\d;\n]{0,24}", re.IGNORECASE)
_NOT_LEAD = re.compile(r"\bnot\s(?:about\s|around\s)?$|n't\s(?:about\s)?$", re.IGNORECASE)
_INSTEAD = re.compile(
    r"(?P<named>[^\d;.\n]{0,40}?)\s?[,(]?\s?(?:instead\sof|rather\sthan|and\snot|,\snot|\bnot)\s(?:the\s)?(?:about\s)?",
    re.I,
)
_INSTEAD_LEAD = re.compile(r"\b(?:instead\sof|rather\sthan)\s(?:the\s)?(?:about\s)?$", re.IGNORECASE)
_AFTER_INSTEAD = re.compile(r"(?P<named>)[^\d;.\n]{0,60}")
_LEAD = 32  # characters before an amount that decide how it joins the next


@dataclass(frozen=True)
class Amount:
    """A number with its unit.

    Args:
        start, end: Where it stands in the text.
        values: In mL, cm², mm, or pure; several for a product of lengths.
        kind: What it measures.
        spread: Absolute tolerance that its own writing gives (a range, '± 5 mm'); None if none.
        relative: The same as a share of each value, for products and percentages; None if none.
        factor: Of the unit; unit: whether one is written.
        named: A span inside the amount that may name it, where two amounts became one.
        said: What joined them, for people: 'range', '±', 'correction'.
    """

    start: int
    end: int
    values: tuple[float, ...]
    kind: Kind
    spread: float | None = None
    relative: float | None = None
    factor: float = 1.0
    unit: bool = False
    named: tuple[int, int] | None = None
    said: str = ""

    @property
    def value(self) -> float:
        """The first (mostly the only) value."""
        return self.values[0]

    @property
    def percent(self) -> bool:
        """Whether it is a percentage."""
        return self.kind == "pure" and self.unit


Join = Callable[[Amount, Amount, str, re.Match[str]], "Amount | None"]


def find_amounts(text: str) -> list[Amount]:
    """Every number of a text in reading order.

    Ranges become their middle, products of lengths one amount, a number after '±' the tolerance of the one before it,
    and of 'not 1.4 but 1.6 L' and '1.6 instead of 1.4 L' the number that holds remains.
    """
    found = [_amount(match) for match in _AMOUNT.finditer(text)]
    joins: tuple[tuple[re.Pattern[str], Join], ...] = (
        (_RANGE, _middle), (_BOTH_BOUNDS, _both_bounds), (_TIMES, _product), (_WITHIN, _tolerant),
        (_BUT, _not_but), (_INSTEAD, _first_holds), (_AFTER_INSTEAD, _second_holds),
    )  # fmt: skip
    for link, join in joins:
        found = _joined(found, text, link, join)
    return found


def _amount(match: re.Match[str]) -> Amount:
    kind, factor = unit_of(match)
    unit = kind != "pure" or factor != 1.0
    value = _value(match["digits"], litres=factor == 1000.0 and kind == "volume")
    value = -value * factor if match["sign"] else value * factor
    relative = 0.15 if match["ish"] else None
    return Amount(match.start(), match.end(), (value,), kind, None, relative, factor, unit)


def _value(digits: str, *, litres: bool) -> float:
    """The number that the digits mean: the last of two different marks is the decimal one, a repeated mark is not.

    A single comma before exactly three digits separates thousands ('1,400 mL'), but not in litres ('1,450 L').
    """
    plain = re.sub(_SPACE, "", digits)
    if "," in plain and "." in plain:
        decimal = max(",", ".", key=plain.rfind)
        plain = plain.replace("." if decimal == "," else ",", "").replace(decimal, ".")
        if plain.count(".") > 1:
            plain = plain.replace(".", "")
    elif plain.count(",") > 1 or plain.count(".") > 1:
        plain = plain.replace(",", "").replace(".", "")
    elif re.fullmatch(r"[1-9]\d{0,2},\d{3}", plain) and not litres:
        plain = plain.replace(",", "")
    return float(plain.replace(",", "."))


def _joined(found: list[Amount], text: str, link: re.Pattern[str], join: Join) -> list[Amount]:
    joined: list[Amount] = []
    for amount in found:
        before = joined[-1] if joined else None
        if before is not None:
            match = link.fullmatch(text, before.end, amount.start) if amount.start - before.end < 100 else None
            both = join(before, amount, text, match) if match else None
            if both is not None:
                joined[-1] = both
                continue
        joined.append(amount)
    return joined


def _lead(amount: Amount, text: str) -> str:
    return text[max(0, amount.start - _LEAD) : amount.start]


def _rescaled(first: Amount, second: Amount) -> Amount | None:
    """The first amount in the second's unit if it has none of its own."""
    if first.kind == second.kind and first.unit == second.unit:
        return first
    if first.unit or not second.unit:
        return None
    values = tuple(v * second.factor for v in first.values)
    spread = None if first.spread is None else first.spread * second.factor
    return replace(first, values=values, spread=spread, kind=second.kind, factor=second.factor, unit=True)


def _middle(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    led = bool(_RANGE_LEAD.search(_lead(first, text)))
    link = match[0].strip().lower()
    same = _rescaled(first, second)
    if (link == "and" and not led) or same is None or first.spread is not None:
        return None
    low, high = same.value, second.value
    if high < low and (led or link == "or"):
        low, high = high, low
    if high < low or low < 0:
        return None
    middle, half = (low + high) / 2, (high - low) / 2
    return replace(second, start=first.start, values=(middle,), spread=half, said="range")


def _both_bounds(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    if not _LOWER_LEAD.search(_lead(first, text)):
        return None
    same = _rescaled(first, second)
    if same is None or same.value > second.value or first.said or second.said:
        return None
    middle, half = (same.value + second.value) / 2, (second.value - same.value) / 2
    return replace(second, start=first.start, values=(middle,), spread=half, said="range")


def _product(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    same = _rescaled(first, second)
    if same is None or second.kind not in ("length", "pure") or len(same.values) > 5:
        return None
    return replace(second, start=first.start, values=same.values + second.values, spread=None, said="")


def _tolerant(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    if len(second.values) > 1 or first.said == "±":
        return None
    named = match.span("named") if match["named"].strip() else None
    size = abs(second.value)
    if second.percent:
        return replace(first, end=second.end, relative=size, spread=None, named=named, said="±")
    base = _rescaled(first, second) if second.unit else first
    if base is None:
        return None
    spread = size if second.unit else size * base.factor
    return replace(base, end=second.end, spread=spread, relative=None, named=named, said="±")


def _not_but(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    if not _NOT_LEAD.search(_lead(first, text)):
        return None
    return _corrected(first, second, match, kept=second)


def _first_holds(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    scaled = _rescaled(first, second) or first
    return _corrected(first, second, match, kept=scaled)


def _second_holds(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    if not _INSTEAD_LEAD.search(_lead(first, text)):
        return None
    return _corrected(first, second, match, kept=second)


def _corrected(first: Amount, second: Amount, match: re.Match[str], *, kept: Amount) -> Amount | None:
    """One amount over both places; only where both can be of one kind."""
    if first.unit and second.unit and first.kind != second.kind:
        return None
    if not kept.unit and first.unit:  # 'not 1.4 L but 1.6'
        kept = _rescaled(kept, first) or kept
    named = match.span("named") if match["named"].strip() else None
    return replace(kept, start=first.start, end=second.end, named=named, said="correction")

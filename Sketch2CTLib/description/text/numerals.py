"""Amounts in text: '1.4 litres', '12,5 cm', '1 400 mL', 'between 1.2 and 1.4 L', '140 ± 5 mm', '21 × 18 × 17 cm'."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from .amounts import Amount, single_amounts

_RANGE = re.compile(r"\s?(?:-|–|—|to|and|or|\.\.\.?|…)\s?", re.IGNORECASE)
_BOTH_BOUNDS = re.compile(
    r"\s?,?\s?(?:(?:and|but)\s)?(?:at\smost|no(?:t)?\smore\sthan|less\sthan|under|below|up\sto|<|≤)\s?", re.IGNORECASE
)
_LOWER_LEAD = re.compile(r"(?:at\sleast|more\sthan|over|above|>|≥)\s?$", re.IGNORECASE)
_RANGE_LEAD = re.compile(
    r"\b(?:between|from|anywhere\sbetween)\s(?:about\s|around\s|roughly\s|some\s|ca\.?\s|~\s?)?$", re.I
)
# 'grew from 1.4 to 1.6 L': what it is now holds.
_CHANGE_LEAD = re.compile(
    r"\b(?:gr[eo]wn?|increas\w+|decreas\w+|enlarg\w+|shr[aiu]nk\w*|chang\w+|went|gone|ris(?:en|ing)|rose|fell|fallen|declin\w+)"
    r"(?:\s(?:in|its|the|size|volume)){0,3}\sfrom\s(?:about\s|some\s|~\s?)?$",
    re.IGNORECASE,
)
_COMPOUND = re.compile(r"\s(?P<and>and\s)?")
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


Join = Callable[[Amount, Amount, str, re.Match[str]], "Amount | None"]


def find_amounts(text: str) -> list[Amount]:
    """Every numeral of a text in reading order; see `amounts`.

    Ranges become their middle, products of lengths one amount, a number after '±' the tolerance of the one before it,
    and of 'not 1.4 but 1.6 L' and '1.6 instead of 1.4 L' the number that holds remains.
    """
    amounts = single_amounts(text)
    joins: tuple[tuple[re.Pattern[str], Join], ...] = (
        (_COMPOUND, _compound), (_RANGE, _middle), (_BOTH_BOUNDS, _both_bounds), (_TIMES, _product),
        (_WITHIN, _tolerant), (_BUT, _not_but), (_INSTEAD, _first_holds), (_AFTER_INSTEAD, _second_holds),
    )  # fmt: skip
    for link, join in joins:
        amounts = _joined(amounts, text, link, join)
    return amounts


def _joined(amounts: list[Amount], text: str, link: re.Pattern[str], join: Join) -> list[Amount]:
    joined: list[Amount] = []
    for amount in amounts:
        before = joined[-1] if joined else None
        if before is not None and "other" not in (before.kind, amount.kind):
            match = link.fullmatch(text, before.end, amount.start) if amount.start - before.end < 100 else None
            both = join(before, amount, text, match) if match else None
            if both is not None:
                joined[-1] = both
                continue
        joined.append(amount)
    return joined


def _lead(amount: Amount, text: str) -> str:
    return text[max(0, amount.start - _LEAD) : amount.start]


def rescaled(first: Amount, second: Amount) -> Amount | None:
    """The first amount in the second's unit if it has none of its own."""
    if first.kind == second.kind and first.unit == second.unit:
        return first
    if first.unit or not second.unit:
        return None
    values = tuple(v * second.factor for v in first.values)
    margin = None if first.margin is None else first.margin * second.factor
    return replace(first, values=values, margin=margin, kind=second.kind, factor=second.factor, unit=True)


def _compound(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    """'1 L 200 mL', '21 cm 5 mm'."""
    units = first.unit and second.unit and first.kind == second.kind and first.kind in ("volume", "length")
    if not units or (match["and"] and first.kind == "length") or first.value % first.factor:
        return None
    if not 0 < second.value < first.factor or first.factor <= second.factor:
        return None
    return replace(first, end=second.end, values=(first.value + second.value,), problem=first.problem or second.problem)


def _middle(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    led = bool(_RANGE_LEAD.search(_lead(first, text)))
    link = match[0].strip().lower()
    same = rescaled(first, second)
    if (link == "and" and not led) or same is None or first.margin is not None:
        return None
    if _CHANGE_LEAD.search(text[max(0, first.start - 2 * _LEAD) : first.start]):
        return replace(second, start=first.start, said="correction")
    low, high = same.value, second.value
    if high < low and (led or link == "or"):
        low, high = high, low
    if high < low or low < 0:
        return None
    middle, half = (low + high) / 2, (high - low) / 2
    problem = first.problem or second.problem
    return replace(second, start=first.start, values=(middle,), margin=half, said="range", problem=problem)


def _both_bounds(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    if not _LOWER_LEAD.search(_lead(first, text)):
        return None
    same = rescaled(first, second)
    if same is None or same.value > second.value or first.said or second.said:
        return None
    middle, half = (same.value + second.value) / 2, (second.value - same.value) / 2
    problem = first.problem or second.problem
    return replace(second, start=first.start, values=(middle,), margin=half, said="range", problem=problem)


def _product(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    same = rescaled(first, second)
    if same is None or second.kind not in ("length", "pure") or len(same.values) > 5:
        return None
    values, problem = same.values + second.values, first.problem or second.problem
    return replace(second, start=first.start, values=values, margin=None, said="", problem=problem)


def _tolerant(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    if len(second.values) > 1 or first.said == "±":
        return None
    named = match.span("named") if match["named"].strip() else None
    size = abs(second.value)
    if second.percent:
        return replace(first, end=second.end, relative=size, margin=None, named=named, said="±")
    base = rescaled(first, second) if second.unit else first
    if base is None:
        return None
    margin = size if second.unit else size * base.factor
    problem = first.problem or second.problem
    return replace(base, end=second.end, margin=margin, relative=None, named=named, said="±", problem=problem)


def _not_but(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    if not _NOT_LEAD.search(_lead(first, text)):
        return None
    return _corrected(first, second, match, valid=second)


def _first_holds(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    scaled = rescaled(first, second) or first
    return _corrected(first, second, match, valid=scaled)


def _second_holds(first: Amount, second: Amount, text: str, match: re.Match[str]) -> Amount | None:
    if not _INSTEAD_LEAD.search(_lead(first, text)):
        return None
    return _corrected(first, second, match, valid=second)


def _corrected(first: Amount, second: Amount, match: re.Match[str], *, valid: Amount) -> Amount | None:
    """One amount over both places; only where both can be of one kind."""
    if first.unit and second.unit and first.kind != second.kind:
        return None
    if not valid.unit and first.unit:  # 'not 1.4 L but 1.6'
        valid = rescaled(valid, first) or valid
    named = match.span("named") if match["named"].strip() else None
    return replace(valid, start=first.start, end=second.end, named=named, said="correction")

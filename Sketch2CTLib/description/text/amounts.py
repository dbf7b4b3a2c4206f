"""Every numeral of a text as an amount: with its unit, as a pure number, or as none that a size could be.

A numeral that is no amount ('L1', '3D', '14/16', '34 mL/m²', 'twelve' without a unit) is one of kind 'other': it names
nothing, and it ends what its neighbours may take for their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .figures import NUMBER_WORDS, SUPERSCRIPTS, VULGAR
from .units import RATE, UNIT, UNITS, Kind, unit_of

_SPACE = "[ '\u00a0\u202f]"
_DIGITS = rf"\d{{1,3}}(?:{_SPACE}\d{{3}})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*|\.\d+"
_NUMBER = (
    r"(?<![\w.,/^·])(?P<sign>(?:(?:minus|negative)\s+|(?<!\d\s)-)?)"
    rf"(?P<digits>{_DIGITS})(?P<ish>[ -]?ish(?!\w))?(?P<measured>[\s-]?\s?(?:{UNIT})(?![\w²³^]))?"
)
_ONE = r"(?<!the )(?<!this )(?<!that )(?<!no )(?<!any )(?<!each )(?<!every )(?<!which )(?<![lr] )\bone\b"
_TOKEN = re.compile(
    rf"(?P<number>{_NUMBER})|(?P<other>(?<!\w)[^\W\d]\w{{0,40}}?\d|[\d{VULGAR}{SUPERSCRIPTS}]+)|(?P<word>\b(?:{NUMBER_WORDS})\b|{_ONE})",
    re.IGNORECASE,
)
_REST = re.compile(rf"(?:[\w^°{VULGAR}{SUPERSCRIPTS}]|[.,/·:](?=\w))*")
_GLUED = re.compile(rf"[\w^°/·{VULGAR}{SUPERSCRIPTS}]")
_UNIT_ALONE = re.compile("|".join(pattern for pattern, kind, _ in UNITS if kind != "pure"), re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"\d,\d{1,2}(?![\d,.])")
_DECIMAL_POINT = re.compile(r"\d\.\d{1,2}(?![\d,.])")
_LITRE = 1000.0
_LARGEST = {"volume": 20_000.0, "length": 2_000.0, "area": 50_000.0}  # of an organ, in mL, mm, cm²


@dataclass(frozen=True)
class Amount:
    """A number with its unit.

    Args:
        start, end: Where it stands in the text.
        values: In mL, cm², mm, or pure; several for a product of lengths; none for kind 'other'.
        kind: What it measures.
        margin: Absolute tolerance that its own writing gives (a range, '± 5 mm'); None if none.
        relative: The same as a share of each value, for products and percentages; None if none.
        factor: Of the unit; unit: whether one is written.
        named: A span inside the amount that may name it, where two amounts became one.
        said: What joined them, for people: 'range', '±', 'correction'.
        problem: Why it cannot be taken, for people; '' where it can, or where there is nothing to say.
    """

    start: int
    end: int
    values: tuple[float, ...]
    kind: Kind
    margin: float | None = None
    relative: float | None = None
    factor: float = 1.0
    unit: bool = False
    named: tuple[int, int] | None = None
    said: str = ""
    problem: str = ""

    @property
    def value(self) -> float:
        """The first (mostly the only) value."""
        return self.values[0]

    @property
    def percent(self) -> bool:
        """Whether it is a percentage."""
        return self.kind == "pure" and self.unit


def single_amounts(text: str) -> list[Amount]:
    """Every numeral of a plain text in reading order, none joined with another."""
    commas = bool(_DECIMAL_COMMA.search(text)) and not _DECIMAL_POINT.search(text)
    amounts: list[Amount] = []
    for amount in _tokens(text, commas):
        before = amounts[-1] if amounts else None
        if before is not None and _run_together(before, amount, text):
            amounts[-1] = _other(before.start, amount.end, "two numbers without a word between them")
        else:
            amounts.append(amount)
    return amounts


def _tokens(text: str, commas: bool) -> Iterator[Amount]:
    place = 0
    while (match := _TOKEN.search(text, place)) is not None:
        amount = _amount(match, text, commas) if match["number"] else _piece(match, text)
        place = max(match.end(), amount.end if amount is not None else 0)
        if amount is not None:
            yield amount


def _other(start: int, end: int, problem: str = "") -> Amount:
    return Amount(start, end, (), "other", problem=problem)


def _piece(match: re.Match[str], text: str) -> Amount | None:
    """A numeral that is no number by itself; a unit such as 'cm3' is none."""
    if match["word"]:
        return _other(*match.span())
    rest = _REST.match(text, match.end())
    end = rest.end() if rest else match.end()
    return None if _UNIT_ALONE.fullmatch(text, match.start(), end) else _other(match.start(), end)


def _amount(match: re.Match[str], text: str, commas: bool) -> Amount:
    start, end = match.span()
    rate = RATE.match(text, end) if match["measured"] else None
    if rate:
        return _other(start, rate.end(), "a size per something else is no size of the organ")
    if not match["measured"] and end < len(text) and _GLUED.match(text, end):
        rest = _REST.match(text, end)
        return _other(start, rest.end() if rest else end)
    kind, factor = unit_of(match) if match["measured"] else ("pure", 1.0)
    values = _readings(match["digits"], kind, factor, commas)
    if not values:
        return _other(start, end, "no number is written so")
    sign = -1.0 if match["sign"] else 1.0
    problem = _doubt(values, kind) if len(values) > 1 else ""
    relative = 0.15 if match["ish"] else None
    unit = kind != "pure" or factor != 1.0
    return Amount(start, end, (sign * values[0] * factor,), kind, None, relative, factor, unit, problem=problem)


def _run_together(first: Amount, second: Amount, text: str) -> bool:
    """'10 3 mL': who knows what was meant."""
    if first.unit or text[first.end : second.start] != " " or not text[second.start].isdigit():
        return False
    return first.kind == "pure" or text[first.start].isdigit() or text[first.start : first.end].isalpha()


def _doubt(values: tuple[float, ...], kind: Kind) -> str:
    one, other = f"{values[0]:,g}", f"{values[1]:,g}"
    return f"it can be {one} or {other}: was {max(values):,.0f} meant? Write {max(values):.0f}, or {min(values):g}"


def _readings(digits: str, kind: Kind, factor: float, commas: bool) -> tuple[float, ...]:
    """The numbers that digits can mean, the likeliest first; empty for what no one writes, such as '21,15,17'.

    The last of two different marks is the decimal one, a repeated mark separates thousands. A single mark before
    exactly three digits can be either: a comma separates thousands ('1,400 mL', but not litres), unless the text writes
    decimals with commas; a point is in doubt ('1.400 mL') unless thousands would be more than any organ has.
    """
    if digits.isdecimal():
        return (float(digits),)
    plain = re.sub(_SPACE, "", digits)
    marks = re.sub(r"\d", "", plain)
    if len(set(marks)) == 2:
        thousands, decimal = marks[0], marks[-1]
        grouped = rf"\d{{1,3}}(?:\{thousands}\d{{3}})+\{decimal}\d+"
        return (float(plain.replace(thousands, "").replace(",", ".")),) if re.fullmatch(grouped, plain) else ()
    if len(marks) > 1:
        grouped = rf"\d{{1,3}}(?:\{marks[0]}\d{{3}})+"
        return (float(plain.replace(marks[0], "")),) if re.fullmatch(grouped, plain) else ()
    decimal_value = float(plain.replace(",", "."))
    if not re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", plain):
        return (decimal_value,)
    grouped_value = float(re.sub("[.,]", "", plain))
    litres = kind == "volume" and factor == _LITRE
    if litres or (marks == "." and grouped_value * factor > _LARGEST.get(kind, 0.0)):
        return (decimal_value,)
    if commas == (marks == "."):
        return (grouped_value,)
    return (decimal_value, grouped_value)

"""Whose number is it: every amount of a text is attributed to a quantity, left to right, with its hedge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import shorten

from ...errors import DescriptionError
from ..quantities import quantity
from .amounts import Amount
from .hedges import Hedge, bounded, hedge_of
from .naming import EXTENTS, WINDOW, length_name, named_plane, phrase_name, product_labels, ratio_name
from .numerals import find_amounts, rescaled
from .plain import PlainText
from .statements import Statement, amount_said
from .subjects import Subjects

BOUNDARY = re.compile(r"[;\n,]|\.(?=\s|$)|\band\b|(?<=[a-z]{3})\s?/(?=\s?[a-z])", re.IGNORECASE)
_SENTENCE = re.compile(r"[;\n]|\.(?=\s|$)")
_CORRECTION = re.compile(
    r"(?:\bno\s?[,:–-]|\b(?:sorry|correction|corrected|i\smean|i\smeant|or\srather|rather|make\s(?:that|it)|actually|oops|wait)\b)"
    r"[^\d;\n]{0,24}$",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\s?(?:larger|smaller|bigger|more|less|longer|shorter|wider|narrower|deeper|taller|thicker|thinner)\b",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"\b(?:prior(?:ly)?|previous(?:ly)?|formerly|earlier|used\sto\sbe|last\s(?:exam\w*|stud\w+|scan|time|year)|compared\s(?:to|with)|versus|vs\.?"
    r"|from\sa\sprevious)\b[^\d;\n]{0,24}$",
    re.IGNORECASE,
)
_LINK = 64  # characters before an amount in which a correction of the one before stands
_APART = re.compile(r"[\n!?]|\.(?=\s|$)")
_LISTED = 60  # characters between the lengths of a list with one unit


@dataclass(frozen=True)
class Attributed:
    """One amount and what it was taken for.

    Args:
        start, end: The piece that was understood, or the amount where none was.
        statements: What it states; empty where it was not understood.
        corrects: Whether it stands in place of what was said before.
        note: Why it was not understood, or how, for people; may be empty.
    """

    start: int
    end: int
    statements: tuple[Statement, ...] = ()
    corrects: bool = False
    note: str = ""


@dataclass(frozen=True)
class _Place:
    """One amount among its neighbours.

    What is its own before (`lead`, from `start`) and after it (`tail`); its clause begins at `clause`, before other
    numbers that stand in it too. `used`: up to where the text belongs to what stands before. `shared`: the tail reaches
    up to another number.
    """

    amount: Amount
    start: int
    lead: str
    tail: str
    clause: int
    hedge: Hedge
    shared: bool
    used: int


class Attribution:
    """Attributes the amounts of one text.

    Args:
        text: Plain text, with everything blanked that means something else already, at the same places as in `plain`.
        plain: The plain text and its original.
        subjects: Its nouns.
        tubular: Whether the structure is.
    """

    def __init__(self, text: str, plain: PlainText, subjects: Subjects, *, tubular: bool) -> None:
        self.text, self.plain, self.subjects, self.tubular = text, plain, subjects, tubular

    def read(self) -> Iterator[Attributed]:
        """Every amount in reading order.

        Raises:
            DescriptionError: A size is negative.
        """
        amounts = self._with_units(find_amounts(self.text))
        used, last = 0, ""
        before: Amount | None = None
        hedged: _Place | None = None
        for position, amount in enumerate(amounts):
            stop = amounts[position + 1].start if position + 1 < len(amounts) else len(self.text)
            place = self._place(amount, used, stop)
            names, taken = self._names(place)
            if last in EXTENTS and names and names[0] in EXTENTS:
                place = self._carried(place, hedged, before)
            corrects = before is not None and bool(last) and names in ((), (last,)) and self._corrects(before, amount)
            if corrects and before is not None:
                place, names = _in_unit_of(place, before), (last,)
            problem = self._problem(place, names)
            used, before = amount.end + (taken if problem is None else 0), amount
            if problem is not None:
                yield Attributed(amount.start, amount.end, note=problem)
                continue
            last, hedged = (names[0] if len(names) == 1 else ""), place
            end = amount.end + max(taken, place.hedge.after)
            said = tuple(self._states(place, names, end))
            yield Attributed(self._first_of(place), end, said, corrects, self._order_taken(place))

    def _with_units(self, amounts: list[Amount]) -> list[Amount]:
        """'width 21, depth 15, height 17 cm': a list of named lengths has one unit, at its end or at its first."""
        carried = list(amounts)
        for step, places in ((1, range(len(amounts) - 2, -1, -1)), (-1, range(1, len(amounts)))):
            for place in places:
                with_unit = carried[place + step]
                left, right = sorted((carried[place], with_unit), key=lambda one: one.start)
                between = self.text[left.end : right.start]
                if with_unit.kind != "length" or len(between) > _LISTED or _APART.search(between):
                    continue
                if carried[place].kind == "pure" and not carried[place].unit and self._is_length(carried, place):
                    carried[place] = rescaled(carried[place], with_unit) or carried[place]
        return carried

    def _is_length(self, amounts: list[Amount], position: int) -> bool:
        """Whether the words around a number without a unit name a length."""
        amount = amounts[position]
        stop = amounts[position + 1].start if position + 1 < len(amounts) else len(self.text)
        place = self._place(amount, amounts[position - 1].end if position else 0, stop)
        if len(amount.values) != 1 or ratio_name(place.lead):
            return False
        return length_name(place.lead, place.tail, tubular=self.tubular, shared=place.shared) is not None

    def _order_taken(self, place: _Place) -> str:
        """What to tell of three lengths without labels."""
        amount = place.amount
        if len(amount.values) != 3 or product_labels(self.text, amount.start, amount.end, place.used):
            return ""
        written = shorten(self.plain.written(amount.start, amount.end), 60, placeholder="…")
        return f"'{written}' was taken as right–left × front–back × top–bottom; for another order write (CC x AP x TR)."

    def _corrects(self, before: Amount, amount: Amount) -> bool:
        return bool(_CORRECTION.search(self.text[before.end : amount.start][-_LINK:]))

    def _place(self, amount: Amount, used: int, stop: int) -> _Place:
        """The windows around an amount; bounded, so that reading stays linear."""
        clause = max(0, amount.start - WINDOW)
        for match in BOUNDARY.finditer(self.text, clause, amount.start):
            clause = match.end()
        start = max(clause, used)
        shared = stop < len(self.text)
        stop = min(stop, amount.end + WINDOW)
        boundary = BOUNDARY.search(self.text, amount.end, stop)
        tail = self.text[amount.end : boundary.start() if boundary else stop]
        lead = self.text[start : amount.start]
        shared = shared and boundary is None
        return _Place(amount, start, lead, tail, clause, hedge_of(lead, tail, shared=shared), shared, used)

    def _carried(self, place: _Place, earlier: _Place | None, before: Amount | None) -> _Place:
        """'about 21 cm wide, 18 cm deep and 9 cm high': the hedge is of all three."""
        amount = place.amount
        if earlier is None or before is not earlier.amount or earlier.hedge.relative is None or earlier.amount.relative:
            return place
        plain = place.hedge.relative is None and amount.margin is None and amount.relative is None
        if not plain or not amount.kind == earlier.amount.kind == "length":
            return place
        if _SENTENCE.search(self.text, earlier.amount.end, amount.start):
            return place
        return replace(place, hedge=replace(place.hedge, relative=earlier.hedge.relative))

    def _names(self, place: _Place) -> tuple[tuple[str, ...], int]:
        """(Quantities or nothing, how much of the text after the amount names it)."""
        amount = place.amount
        if amount.kind == "other":
            return (), 0
        if len(amount.values) > 1:
            return self._product_names(place)
        if amount.kind in ("volume", "area"):
            return ("volume_ml" if amount.kind == "volume" else "surface_area_cm2",), 0
        if amount.kind == "pure":
            ratio = ratio_name(place.lead)
            return ((ratio[0],) if ratio else ()), 0
        named = f"{self.text[slice(*amount.named)]} " if amount.named is not None else ""
        named_by = length_name(place.lead, f"{named}{place.tail}", tubular=self.tubular, shared=place.shared)
        if named_by is None:
            return (), 0
        return (named_by.name,), max(0, named_by.end - len(named)) if named_by.side == "after" else 0

    def _product_names(self, place: _Place) -> tuple[tuple[str, ...], int]:
        amount = place.amount
        if amount.kind != "length":
            return (), 0
        labels = product_labels(self.text, amount.start, amount.end, place.used)
        if labels is None:
            return (EXTENTS if len(amount.values) == 3 else ()), 0
        taken = max(0, labels.end - amount.end)
        return (labels.names if len(labels.names) == len(amount.values) else ()), taken

    def _problem(self, place: _Place, names: tuple[str, ...]) -> str | None:
        """Why an amount cannot be taken ('' where there is nothing to say), or None where it can.

        Raises:
            DescriptionError: It is a negative size.
        """
        amount = place.amount
        written = shorten(self.plain.written(amount.start, amount.end), 60, placeholder="…")
        if amount.problem:
            return f"'{written}': {amount.problem}."
        if amount.kind == "other":
            return ""
        noun = self.subjects.foreign(place.clause, amount.start, amount.end, amount.end + len(place.tail))
        if noun and (names or amount.unit):
            return f"'{written}' is said of '{noun}', not of the organ."
        if min(amount.values) < 0 and (amount.unit or names) and not noun:
            raise DescriptionError(f"A size cannot be negative: '{written}'.", hint="Leave the sign out.")
        if _RELATIVE.match(place.tail):
            return f"'{written}' is a difference, and nothing usual to add it to."
        if _EARLIER.search(place.lead):
            return f"'{written}' is said of an earlier time, or of something else."
        if place.hedge.denied and amount.said != "correction":
            return f"'not {written}' says only what it is not."
        if names:
            return None
        if amount.kind == "length" and len(amount.values) == 1:
            plane = named_plane(place.lead, place.tail)
            if plane and not noun:
                return f"'{written}': '{plane}' names a plane; say AP, transverse or craniocaudal."
            return "" if noun else f"'{written}': say of what, such as wide, deep or high."
        if amount.kind == "length" and product_labels(self.text, amount.start, amount.end, place.used):
            return f"'{written}': its labels do not name that many different directions; write (W x D x H)."
        if amount.kind == "length":
            return f"'{written}': three lengths are right–left × front–back × top–bottom; name each of fewer."
        if len(amount.values) > 1 and not amount.unit:
            return f"'{written}' has no unit: write mm or cm."
        named = phrase_name(f"{place.lead} {place.tail}", tubular=self.tubular)
        if amount.kind == "pure" and not amount.unit and named is not None and quantity(named).unit and not noun:
            return f"'{written}' has no unit: write mL, L, mm or cm."
        return ""

    def _first_of(self, place: _Place) -> int:
        """Where the understood piece begins: at its hedge or at what names it, else at the number."""
        amount, lead = place.amount, place.lead
        shift = amount.start - len(lead)
        begins = [amount.start, amount.start - place.hedge.before]
        if amount.kind == "length" and len(amount.values) == 1:
            named_by = length_name(lead, "", tubular=self.tubular)
            begins += [shift + named_by.start] if named_by else []
        if len(amount.values) > 1 and (labels := product_labels(self.text, amount.start, amount.end, place.used)):
            return min(labels.start, *begins)
        ratio = ratio_name(lead) if amount.kind == "pure" else None
        begins += [shift + ratio[1]] if ratio else []
        return max(place.start, min(begins))

    def _states(self, place: _Place, names: tuple[str, ...], end: int) -> Iterator[Statement]:
        amount, hedge = place.amount, place.hedge
        start = self._first_of(place)
        for name, value in zip(names, amount.values, strict=True):
            one = Statement(name, value, None, start, end)
            if hedge.bound and amount.margin is None:
                middle, tolerance = bounded(value, hedge.bound)
                middle = min(middle, quantity(name).high) if value <= quantity(name).high else middle
                why = f"{hedge.bound} {amount_said(name, value)}: the fifth next to it"
                yield replace(one, value=middle, tolerance=tolerance, why=why, bound=hedge.bound, limit=value)
            elif amount.margin is not None:
                low, high = amount_said(name, value - amount.margin), amount_said(name, value + amount.margin)
                why = f"{low} to {high}" if amount.said == "range" else ""
                yield replace(one, tolerance=amount.margin, relative=False, why=why)
            elif amount.said == "±" and amount.relative is not None:
                yield replace(one, tolerance=amount.relative * value)
            else:
                shares = [share for share in (amount.relative, hedge.relative) if share is not None]
                yield replace(one, tolerance=max(shares) * value if shares else None)


def _in_unit_of(place: _Place, before: Amount) -> _Place:
    amount = place.amount
    if amount.unit or not before.unit:
        return place
    values = tuple(value * before.factor for value in amount.values)
    return replace(place, amount=replace(amount, values=values, kind=before.kind, factor=before.factor, unit=True))

"""Reads one text from left to right: what stands where, and what it is of. `parse.parse_text` is the door."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Protocol, TypeVar

from ... import catalog
from ..quantities import QUANTITY_NAMES, check_numbers, quantity
from .amounts import single_amounts
from .attribution import BOUNDARY, Attribution
from .comparatives import FACTOR_TOLERANCE, Comparison, compared, find_adjectives, find_directed, find_factors
from .figures import plain_text
from .hedges import find_unknowns, hedge_of, hedged_places
from .parsed import ParsedText, Understood
from .ratios import RATIO_TOLERANCE, Ratio, derived, find_ratios
from .statements import Statement, Statements, amount_said, unknown_reading, word_reading
from .subjects import Subjects, dates, other_organs, own_pattern
from .vocabulary import Found, check_opposed, find_counts, find_words

_NAMING = re.compile(r"\s*(?:the structure is )?(?:an?|the|this)? ?", re.IGNORECASE)
_CLAUSE = re.compile(r"[;\n]|\.(?=\s|$)|,(?=\s)")
_USED = "\x01"  # stands in for text that already means something else
_AROUND = " ,;\n\t\r\u00a0"
_LEAD = re.compile(rf"(?:[/{_AROUND}]|\.(?!\d))*")
_MAX_NOTES = 40


class _HasPlace(Protocol):
    """Stands somewhere in the text."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


_Placed = TypeVar("_Placed", bound=_HasPlace)


class Reader:
    """One text, read once.

    Args:
        text: As typed.
        structure: Catalog name or None; tubular: whether it is.
    """

    def __init__(self, text: str, structure: str | None, tubular: bool) -> None:
        self.plain = plain_text(text)
        self.text = self.plain.text
        self.structure, self.tubular = structure, tubular
        self.subjects = Subjects(self.text, structure)
        self.taken = bytearray(len(self.text))  # means something already
        self.read = bytearray(len(self.text))  # was understood
        self.numerals = bytearray(len(self.text))  # whose numerals a number or a count was taken from
        self.lost: list[tuple[int, int]] = []
        self.notes: list[str] = []
        self.said = Statements(self.plain)
        self.counted: list[tuple[int, int]] = []
        self.words: list[Found] = []
        self.unknown: list[tuple[str, int, int]] = []

    def parsed(self) -> ParsedText:
        """Everything that the text says.

        Raises:
            DescriptionError: A number is negative, absurd, or given twice with different values.
        """
        self._set_aside()
        self._read_counts()
        self._read_unknowns()
        factors = self._mark(find_factors(self._open_text(), tubular=self.tubular))
        directed = find_directed(self._open_text())
        ratios = self._mark(find_ratios(self._open_text()))
        self._read_amounts(directed)
        self.words, word_notes = find_words(self.text, self._closed_to_words(), self.subjects)
        self.notes += word_notes
        for word in self.words:
            self._understood(word.start, word.end, numerals=word.name == "topological_continuity")
        self._read_ratios(ratios)
        adjectives = find_adjectives(self._open_text(), self.structure, tubular=self.tubular)
        self._read_comparisons(self._mark(factors) + directed + self._mark(adjectives), directed)
        return self._result()

    # What is taken, what was understood

    def _take(self, start: int, end: int) -> None:
        self.taken[start:end] = b"\1" * (end - start)

    def _understood(self, start: int, end: int, *, numerals: bool = True) -> None:
        self._take(start, end)
        self.read[start:end] = b"\1" * (end - start)
        if numerals:
            self.numerals[start:end] = b"\1" * (end - start)

    def _open_text(self) -> str:
        """The text with everything that is taken blanked, at the same places."""
        if not any(self.taken):
            return self.text
        return "".join(_USED if used else letter for letter, used in zip(self.text, self.taken, strict=True))

    def _mark(self, placed: list[_Placed]) -> list[_Placed]:
        """The same, their places taken."""
        for one in placed:
            self._take(one.start, one.end)
        return placed

    def _closed_to_words(self) -> bytearray:
        """What is taken and 'round about'; but 'one connected piece' is a count and a word."""
        closed = bytearray(self.taken)
        for start, end in hedged_places(self.text):
            closed[start:end] = b"\1" * (end - start)
        for start, end in self.counted:
            closed[start:end] = bytes(end - start)
        return closed

    def _lose(self, start: int, end: int, note: str = "") -> None:
        self.lost.append((start, end))
        if note:
            self.notes.append(note)

    # One kind of statement after the other

    def _set_aside(self) -> None:
        """Dates, and stretches that speak of another organ."""
        for start, end in dates(self.text):
            self._take(start, end)
            self._lose(start, end)
        for start, end, organ in other_organs(self.text, self.structure):
            if not any(self.taken[start:end]):
                self._lose(start, end)
            self._take(start, end)
            self.notes.append(f"What is said of the {organ.lower()} was left out.")

    def _read_counts(self) -> None:
        """Pieces and holes, written as figures or words."""
        for name, value, (start, end) in find_counts(self.text):
            if not any(self.taken[start:end]):
                self.said.add(Statement(name, value, None, start, end))
                self._understood(start, end)
                self.counted.append((start, end))

    def _read_unknowns(self) -> None:
        places = []
        for name, start, end in find_unknowns(self._open_text(), tubular=self.tubular):
            self.unknown.append((name, start, end))
            places.append((start, end))
        for start, end in places:
            self._understood(start, end, numerals=False)

    def _read_amounts(self, directed: list[Comparison]) -> None:
        text = self._open_text()
        for one in directed:  # '12 cm flattened front to back' is no depth
            text = f"{text[: one.start]}{_USED * (one.end - one.start)}{text[one.end :]}"
        read_to = 0
        for attributed in Attribution(text, self.plain, self.subjects, tubular=self.tubular).read():
            if not attributed.statements:
                self._lose(attributed.start, attributed.end, attributed.note)
                continue
            self.notes += [attributed.note] if attributed.note else []
            for statement in attributed.statements:
                (self.said.correct if attributed.corrects else self.said.add)(statement)
            self._understood(read_to if attributed.corrects else attributed.start, attributed.end)
            read_to = attributed.end

    def _read_ratios(self, ratios: list[Ratio]) -> None:
        for ratio in ratios:
            if ratio.factor is None:
                self._lose(ratio.start, ratio.end, f"'{ratio.said}' gives no number: say by how much.")
                continue
            missing = derived(ratio, self.said.numbers)
            if missing is None:
                both = ratio.first in self.said.held and ratio.second in self.said.held
                known = "both are given already" if both else "give one of the two"
                self._lose(ratio.start, ratio.end, f"'{ratio.said}' is of no use here: {known}.")
                continue
            name, value = missing
            base = self.said.held[ratio.second if name == ratio.first else ratio.first]
            share = RATIO_TOLERANCE + (base.tolerance or 0.0) / base.value
            self.said.add(Statement(name, value, share * value, ratio.start, ratio.end, 1, ratio.said))
            self._understood(ratio.start, ratio.end)

    def _read_comparisons(self, comparisons: list[Comparison], directed: list[Comparison]) -> None:
        """Factors, then adjectives; without a structure there is nothing to compare with."""
        for one in sorted(comparisons, key=lambda each: (each.rank, each.start)):
            written = self.plain.written(one.start, one.end)
            clause = max(0, one.start - 80)
            for match in BOUNDARY.finditer(self.text, clause, one.start):
                clause = match.end()
            stop = BOUNDARY.search(self.text, one.end, one.end + 40)
            noun = self.subjects.foreign(clause, one.start, one.end, stop.start() if stop else one.end + 40)
            lead = self.text[clause : one.start]
            if noun:
                self._lose(one.start, one.end, f"'{written}' is said of '{noun}', not of the organ.")
                continue
            if one.rank == 2 and one.name in [name for name, *_ in self.unknown]:
                self._lose(one.start, one.end, f"'{written}' gives way: the text calls that number unknown.")
                continue
            if self.structure is None:
                self._lose(one.start, one.end, f"'{written}' needs the structure to compare with.")
                continue
            result = compared(one, self.structure)
            if result is None:
                self._lose(one.start, one.end, f"'{written}': nothing is known of what is usual here.")
                continue
            value, tolerance, reference = result
            if one in directed:
                value, tolerance = self._scaled(one, value, tolerance)
                if one.name in self.said.held:
                    continue
            hedge = hedge_of(lead, "").relative if one.factor is not None else None
            tolerance += value * max(0.0, hedge - FACTOR_TOLERANCE / 3) if hedge else 0.0
            why = f"'{written}'; usual is {amount_said(one.name, float(f'{reference.median:.3g}'))}"
            self.said.add(Statement(one.name, value, tolerance, one.start, one.end, one.rank, why))
            self._understood(one.start, one.end)

    def _scaled(self, one: Comparison, value: float, tolerance: float) -> tuple[float, float]:
        """A directed extent for the volume that the text gives, by the cube root of its share of the usual."""
        volume = self.said.held.get("volume_ml")
        if volume is None or self.structure is None:
            return value, tolerance
        compared_volume = compared(replace(one, name="volume_ml", deviations=0.0), self.structure)
        scale = (volume.value / compared_volume[0]) ** (1 / 3) if compared_volume else 1.0
        return value * scale, tolerance * scale

    # The result

    def _result(self) -> ParsedText:
        numbers = check_numbers(self.said.numbers)
        words: dict[str, str] = {}
        for word in self.words:
            if words.setdefault(word.name, word.value) != word.value:
                title = word.name.replace("_", " ")
                self.notes.append(f"Two values for {title}: '{words[word.name]}' is kept, '{word.value}' left out.")
        unknown = self._unknown(numbers)
        unread = self._unread()
        check_opposed(self.words, numbers, self.plain)
        notes = [*dict.fromkeys([*self.notes, *self.said.notes])]
        return ParsedText(
            numbers=numbers,
            words=words,
            unread=tuple(self.plain.original[slice(*place)] for place in unread),
            unread_at=tuple(unread),
            tolerances={n: float(t) for n in numbers if (t := self.said.held[n].tolerance) is not None},
            unknown=unknown,
            understood=tuple(self._pieces(words, unknown)),
            notes=tuple(notes[:_MAX_NOTES]),
        )

    def _unknown(self, numbers: dict[str, float]) -> tuple[str, ...]:
        for name, *_ in self.unknown:
            if name in numbers:
                said = f"{quantity(name).title} is called unknown and given as {amount_said(name, numbers[name])}"
                self.notes.append(f"{said}; the number is kept.")
        return tuple(n for n in QUANTITY_NAMES if n not in numbers and n in [name for name, *_ in self.unknown])

    def _pieces(self, words: dict[str, str], unknown: tuple[str, ...]) -> list[Understood]:
        pieces = [
            Understood(*self.plain.span(*place), "number", name, one.value, one.tolerance, one.reading)
            for name, one in self.said.held.items()
            for place in one.places
        ]
        for word in self.words:
            if words[word.name] == word.value:
                span = self.plain.span(word.start, word.end)
                reading = word_reading(word.name, word.value)
                pieces.append(Understood(*span, "word", word.name, word.value, None, reading))
        for name, start, end in self.unknown:
            if name in unknown:
                span = self.plain.span(start, end)
                pieces.append(Understood(*span, "unknown", name, None, None, unknown_reading(name)))
        return sorted(pieces, key=lambda piece: (piece.start, piece.end))

    def _unread(self) -> list[tuple[int, int]]:
        """Where the text as typed was not understood, in reading order.

        Clauses without anything understood, what was lost in the others, and every numeral that nothing took up.
        """
        shown: list[tuple[int, int]] = []
        start = 0
        lost = sorted(self.lost)
        for end in [*(m.start() for m in _CLAUSE.finditer(self.text)), len(self.text)]:
            understood = self.read.find(1, start, end) >= 0
            if not understood and re.search(r"\w", self.text[start:end]) and not self._names_only(self.text[start:end]):
                shown.append((start, end))
            elif understood:
                shown += [one for one in lost if start <= one[0] < end]
            lost = [one for one in lost if one[0] >= end]
            start = end
        shown += self._forgotten(shown)
        places = [self._trimmed(*self.plain.span(*one)) for one in sorted(shown)]
        return [(start, end) for start, end in places if start < end]

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        """A span of the text as typed without the punctuation around it."""
        written = self.plain.original[start:end]
        text = written.rstrip(_AROUND + ".")
        lead = _LEAD.match(text)
        return start + (lead.end() if lead else 0), start + len(text)

    def _forgotten(self, shown: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The numerals that are neither of a number that was understood nor shown as unread."""
        shown_at = bytearray(self.numerals)
        for start, end in shown:
            shown_at[start:end] = b"\1" * (end - start)
        return [(one.start, one.end) for one in single_amounts(self.text) if shown_at.find(0, one.start, one.end) >= 0]

    def _names_only(self, clause: str) -> bool:
        """Whether a clause only names the structure: 'The structure is a liver'."""
        clause = clause.lstrip(_AROUND + ".")
        lead = _NAMING.match(clause)
        rest = clause[lead.end() if lead else 0 :].strip(" .")
        if self.structure is None:
            return bool(lead and "structure" in lead[0].lower())
        titles = (self.structure.replace("_", " "), catalog.structure(self.structure).title.split(" (")[0])
        return rest.lower() in [title.lower() for title in titles] or bool(own_pattern(self.structure).fullmatch(rest))

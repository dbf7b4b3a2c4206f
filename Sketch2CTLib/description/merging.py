"""One description out of numbers, words, a text and a drawing, each of them partial: what wins, and what is told.

Numbers, strongest first; one of a rank below only fills what the ranks above leave open:

1. an explicit number, or an explicit 'unknown', which keeps text and drawing from filling it;
2. the text: its numbers, and what it calls unknown;
3. the drawing: the extents that its outline spans. They never contradict: one that cannot be together with the
   numbers above is left out.

Words, strongest first: a known number (a word that says otherwise is left out); explicit words; words of the text;
words that follow from the numbers (these are not stored, `sentences` derives them).

Notes tell each disagreement: two values that differ by more than the stated tolerance of the one taken, or 5 % where
none is stated (and more than the rounding of a written number). Against a drawing the stated number wins: it is what
is asked and compared with the result. The mask stays within the drawn outline all the same, so that a drawing that is
too small keeps the number from being met; beyond 30 % the note asks to rescale the drawing. Numbers of rank 1 and 2
that no body can have together are an error.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..apart import told_apart
from ..errors import DescriptionError
from .consistency import contradictions, room
from .flags import RangeFlag, doubts, grouped, outside_training_range, with_unit
from .model import GeometryDescription
from .quantities import QUANTITY_NAMES, check_number, quantity, short
from .text.parse import parse_text
from .text.parsed import ParsedText
from .words import PLACES, VOCABULARY, WORD_NAMES, geometric_words

Source = Literal["number", "text", "sketch", "unknown"]

DISAGREEMENT = 0.05  # relative, where no tolerance is stated
CONFLICT = 0.30  # relative, between a stated size and the drawn one
_MIDDLE = 0.02  # this close to the middle a place lies on neither side
_MOST_UNREAD = 5  # pieces of text that a note repeats

# Word → the quantity that decides it; the places follow from three each.
_DECIDED_BY = {
    "elongation": "elongation",
    "flatness": "flatness",
    "topological_continuity": "components",
    "course": "tortuosity",
}
_PLACED_BY = {"widest_section": "widest", "mass_distribution": "centroid"}


@dataclass(frozen=True)
class Merged:
    """What numbers, words, text and drawing make together.

    Args:
        description: All of it; its numbers hold those of the drawing too.
        sources: Quantity name → where its number comes from, or 'unknown' where it is explicitly so.
        notes: What disagreed or was not understood, one sentence each.
        flags: Numbers outside the range of the training cases.
    """

    description: GeometryDescription
    sources: dict[str, Source]
    notes: tuple[str, ...]
    flags: tuple[RangeFlag, ...]

    @property
    def stated(self) -> GeometryDescription:
        """The description without the drawing's numbers: what was asked in figures and words."""
        numbers = {name: value for name, value in self.description.numbers.items() if self.sources[name] != "sketch"}
        return self.description.model_copy(update={"numbers": numbers})

    @property
    def sentences(self) -> tuple[str, ...]:
        """Notes and flags together, one line each."""
        return (*self.notes, *(flag.sentence for flag in self.flags))


def merge(
    structure: str,
    *,
    numbers: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
    text: str = "",
    sketch_numbers: Mapping[str, float] | None = None,
) -> Merged:
    """One description by the rules of this module.

    Args:
        structure: Catalog name or alias.
        numbers: Quantity name → number in any form of `stated`, any subset.
        words: Geometric word → value, any subset.
        text: Free text.
        sketch_numbers: Quantity name → what a drawing shows, such as `sketch.model.drawn_extents`.

    Raises:
        DescriptionError: A stated number or word is wrong, or stated numbers contradict each other.
        UnknownStructure: The catalog has no such structure.
    """
    own = GeometryDescription.checked(structure=structure, numbers=numbers or {}, words=words or {}, text=text)
    return merge_description(own, sketch_numbers)


def merge_description(own: GeometryDescription, sketch_numbers: Mapping[str, float] | None = None) -> Merged:
    """The same for numbers, words and text that are a description already.

    Args:
        own: The description; its text is read.
        sketch_numbers: Quantity name → what a drawing shows.
    """
    read = parse_text(own.text, own.structure)
    merger = _Merger(dict(own.numbers), dict(own.tolerances), dict.fromkeys(own.numbers, "number"))
    merger.sources |= dict.fromkeys(own.unknown, "unknown")
    merger.notes += [*read.notes, *_unread(read)]
    for name in QUANTITY_NAMES:
        merger.take_text(name, read)
    words = _words(own, read, merger)
    stated = GeometryDescription.checked(structure=own.structure, text=own.text, words=words, **merger.fields())
    merger.take_sketch(sketch_numbers or {})
    merger.notes += doubts(merger.numbers)
    whole = stated.model_copy(update=merger.fields())
    sources = {name: merger.sources[name] for name in QUANTITY_NAMES if name in merger.sources}
    return Merged(
        whole, sources, tuple(dict.fromkeys(merger.notes)), outside_training_range(whole.structure, whole.numbers)
    )


def merged_description(own: GeometryDescription) -> GeometryDescription:
    """The same, with the text's numbers and words where none are given explicitly; explicit ones win.

    Raises:
        DescriptionError: The text's numbers are wrong, or contradict the explicit ones.
    """
    return merge_description(own).description


def description_of_text(text: str, structure: str) -> GeometryDescription:
    """The description that a text gives, its numbers and words filled in.

    Raises:
        DescriptionError: The text's numbers are negative, absurd or contradict each other.
        UnknownStructure: The catalog has no such structure.
    """
    return merged_description(GeometryDescription.checked(structure=structure, text=text))


def load_description(path: str | os.PathLike[str]) -> GeometryDescription:
    """The description in a JSON file, merged with its text; raises as `GeometryDescription.read`."""
    return merged_description(GeometryDescription.read(path))


@dataclass
class _Merger:
    """Numbers as they come together."""

    numbers: dict[str, float]
    tolerances: dict[str, float]
    sources: dict[str, Source]
    notes: list[str] = field(default_factory=list)

    def fields(self) -> dict[str, Any]:
        """The fields of a description, in token order."""
        return {
            "numbers": {name: self.numbers[name] for name in QUANTITY_NAMES if name in self.numbers},
            "tolerances": {name: self.tolerances[name] for name in QUANTITY_NAMES if name in self.tolerances},
            "unknown": tuple(name for name in QUANTITY_NAMES if self.sources.get(name) == "unknown"),
        }

    def take_text(self, name: str, read: ParsedText) -> None:
        """Fills one number from the text, or notes why not."""
        title, value = quantity(name).title, read.numbers.get(name)
        if value is not None and name in self.numbers:
            if self._differs(name, value, max(read.tolerances.get(name, 0.0), room(name, value))):
                taken, other = _both(name, self.numbers[name], value)
                self.notes.append(f"{title}: {taken} as given in figures, not {other} as in the text.")
        elif value is not None and self.sources.get(name) == "unknown":
            self.notes.append(f"{title}: left unknown as given, {with_unit(name, value)} in the text is not used.")
        elif value is not None:
            self.numbers[name], self.sources[name] = value, "text"
            if name in read.tolerances:
                self.tolerances[name] = read.tolerances[name]
        elif name in read.unknown and name in self.numbers:
            taken = with_unit(name, self.numbers[name])
            self.notes.append(f"{title}: {taken} as given in figures, though the text calls it unknown.")
        elif name in read.unknown:
            self.sources[name] = "unknown"

    def take_sketch(self, drawn: Mapping[str, float]) -> None:
        """Fills what is open from the drawing, as far as it can be together with what is stated."""
        fits: dict[str, float] = {}
        for name, value in drawn.items():
            try:
                value = check_number(name, value)
            except DescriptionError as error:
                self.notes.append(f"The drawing's number is not used: {error.message}")
                continue
            if name in self.numbers:
                self._compare_drawn(name, value)
            elif name not in self.sources:
                fits[name] = value
        while broken := contradictions({**self.numbers, **fits}, self.tolerances):
            self.notes.append(f"The drawing does not fit the stated numbers: {broken[0].message}")
            fits = {name: value for name, value in fits.items() if name not in broken[0].names}
        self.numbers |= fits
        self.sources |= dict.fromkeys(fits, "sketch")

    def _differs(self, name: str, value: float, slack: float) -> bool:
        taken = self.numbers[name]
        return abs(value - taken) > max(self.tolerances.get(name, DISAGREEMENT * abs(taken)), slack) + 1e-9

    def _compare_drawn(self, name: str, value: float) -> None:
        if not self._differs(name, value, 0.0):
            return
        taken = self.numbers[name]
        stated, drawn = _both(name, taken, value)
        both = f"{quantity(name).title}: {stated} as stated, {drawn} as drawn"
        if not name.endswith("_mm"):
            self.notes.append(f"{both}; the number is taken.")
            return
        off = (value - taken) / taken
        note = f"{both} ({off:+.0%}); the number is asked for, within the drawn outline"
        if abs(off) > CONFLICT:
            note += f": a conflict, scale the drawing by {taken / value:.2f} or change the number"
        self.notes.append(f"{note}.")


def _both(name: str, taken: float, other: float) -> tuple[str, str]:
    """Two values of one quantity with their unit, told apart."""
    first, second = (f"{text} {quantity(name).unit}".rstrip() for text in told_apart((taken, other), grouped))
    return first, second


def _unread(read: ParsedText) -> list[str]:
    if not read.unread:
        return []
    shown = ", ".join(f"'{short(piece)}'" for piece in read.unread[:_MOST_UNREAD])
    more = f" and {len(read.unread) - _MOST_UNREAD} more" if len(read.unread) > _MOST_UNREAD else ""
    return [f"Not understood in the text: {shown}{more}."]


def _words(own: GeometryDescription, read: ParsedText, merger: _Merger) -> dict[str, str]:
    """Explicit words before those of the text, without those that a number refutes."""
    words = {}
    for name in WORD_NAMES:
        word = own.words.get(name, read.words.get(name))
        if word is None:
            continue
        title = name.replace("_", " ").capitalize()
        if name in own.words and read.words.get(name, word) != word:
            merger.notes.append(f"{title}: '{word}' as given, not '{read.words[name]}' as in the text.")
        number = _refuted(own.structure, name, word, merger)
        if number:
            said = f"{quantity(number).title.lower()} {with_unit(number, merger.numbers[number])}"
            merger.notes.append(f"{title}: '{word}' does not fit {said}; the number is taken.")
        else:
            words[name] = word
    return words


def _refuted(structure: str, name: str, word: str, merger: _Merger) -> str | None:
    """The quantity that says otherwise, whatever its value within tolerance; None if there is none."""
    if name in _DECIDED_BY and word in VOCABULARY[name]:
        decider = _DECIDED_BY[name]
        if decider in merger.numbers:
            derived = {geometric_words(structure, {decider: v}).get(name, word) for v in _span(decider, merger)}
            return None if word in derived else decider
    if name in _PLACED_BY:
        for axis, (low_side, high_side) in PLACES.items():
            placed = f"{_PLACED_BY[name]}_{axis}"
            if placed not in merger.numbers:
                continue
            low, *_, high = _span(placed, merger)
            said = word.replace(",", " ").split()
            if (high_side in said and high < 0.5 - _MIDDLE) or (low_side in said and low > 0.5 + _MIDDLE):
                return placed
    return None


def _span(name: str, merger: _Merger) -> tuple[float, ...]:
    """A number's least, own and largest value within tolerance and rounding, all possible."""
    wanted, value = quantity(name), merger.numbers[name]
    slack = max(merger.tolerances.get(name, 0.0), room(name, value))
    ends = (value - slack, value, value + slack)
    if wanted.whole:
        ends = (float(round(ends[0])), value, float(round(ends[2])))
    return tuple(min(max(end, wanted.low), wanted.high) for end in ends)

"""What stands on the geometry panel: a text, what it says, and the numbers beside it. No widgets.

The text is the source. A number that the text cannot say (or says in fewer digits) is held beside it until the text
says another one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from Sketch2CTLib import catalog
from Sketch2CTLib.description.consistency import contradictions
from Sketch2CTLib.description.quantities import QUANTITY_NAMES, check_number, quantity
from Sketch2CTLib.errors import DescriptionError, Sketch2CTError

from .phrases import Unit, phrase, reworded

LONGEST_TEXT = 4000  # characters that a description holds
# What a text made of numbers alone says, in this order.
_TOLD = (
    "volume_ml", "extent_rl_mm", "extent_ap_mm", "extent_si_mm", "centreline_length_mm",
    "mean_cross_section_diameter_mm", "max_cross_section_diameter_mm", "max_diameter_mm", "sphericity",
)  # fmt: skip
_CLOSE = 1e-9


class GeometryState:
    """One description while it is being edited.

    Attributes:
        structure: Catalog name.
        text: The text as it stands.
        read: What was understood of it, a ParsedText; of an earlier text where `fault` is set.
        fault: Why the text cannot be read, an error; None where it can.
    """

    def __init__(self, structure: str = catalog.STRUCTURE_NAMES[0]) -> None:
        self.structure, self.text = structure, ""
        self.fault: Sketch2CTError | None = None
        self._beside: dict[str, float | None] = {}
        self._slack: dict[str, float] = {}
        self._words: dict[str, str] = {}
        self.read = self._parsed("")

    # ---- what it says

    @property
    def numbers(self) -> dict[str, float]:
        """Quantity name → value, in token order."""
        numbers = {**self.read.numbers, **self._beside}
        return {name: numbers[name] for name in QUANTITY_NAMES if numbers.get(name) is not None}

    @property
    def unknown(self) -> tuple[str, ...]:
        """The quantities that are said to be unknown."""
        hidden = {name for name, value in self._beside.items() if value is None}
        hidden |= {name for name in self.read.unknown if name not in self._beside}
        return tuple(name for name in QUANTITY_NAMES if name in hidden)

    @property
    def tolerances(self) -> dict[str, float]:
        """Quantity name → absolute tolerance."""
        tolerances = {**self.read.tolerances, **self._slack}
        return {name: tolerances[name] for name in self.numbers if name in tolerances}

    @property
    def words(self) -> dict[str, str]:
        """Geometric words of the text and beside it."""
        return {**self._words, **self.read.words}

    @property
    def numbers_beside(self) -> tuple[str, ...]:
        """The numbers that the text does not say."""
        return tuple(name for name in self.numbers if name not in self.read.numbers)

    @property
    def words_beside(self) -> dict[str, str]:
        """The words that the text does not say."""
        return {name: word for name, word in self._words.items() if name not in self.read.words}

    def contradictions(self) -> tuple[Any, ...]:
        """Numbers that no body can have together."""
        return contradictions(self.numbers, self.tolerances)

    def description(self):
        """All of it as a GeometryDescription.

        Raises:
            DescriptionError: The text cannot be read, or the numbers contradict each other.
        """
        from Sketch2CTLib.description import GeometryDescription

        if self.fault is not None:
            raise self.fault
        return GeometryDescription.checked(
            structure=self.structure,
            numbers=self.numbers,
            tolerances=self.tolerances,
            unknown=self.unknown,
            words=self.words,
            text=self.text,
        )

    def notes(self) -> tuple[str, ...]:
        """What a reader should know of how it is taken; empty where it cannot be taken at all."""
        if self.fault is not None or self.contradictions():
            return ()
        from Sketch2CTLib.description.merging import merge_description

        try:
            return tuple(merge_description(self.description()).notes)
        except Sketch2CTError as error:
            return (error.message,)

    # ---- edits

    def set_structure(self, name: str) -> None:
        """Another structure: the text is read anew, as 'wide' means another thing in a tube; the numbers stay."""
        structure = catalog.structure(name).name
        if structure != self.structure:
            self.structure = structure
            self._read_text()

    def take_text(self, text: str) -> None:
        """Another text; a number or word that it now says otherwise is no longer held beside it."""
        before = self.read
        self.text = text
        if self._read_text():
            for name in QUANTITY_NAMES:
                if _statement(self.read, name) != _statement(before, name):
                    self._beside.pop(name, None)
                    self._slack.pop(name, None)
            self._words = self.words_beside

    def set_number(self, name: str, value: float | None, unit: Unit) -> None:
        """A number as a row says it; None leaves it open. The text follows where it can say so.

        Raises:
            DescriptionError: The value is impossible.
        """
        if value is not None:
            value = check_number(name, value)
        self._beside.pop(name, None)
        self._slack.pop(name, None)
        value_in_text = self.read.numbers.get(name)
        if self.fault is None and not (value is None and value_in_text is None and name not in self.read.unknown):
            changed = reworded(self.text, self.read, self.structure, name, value, unit)
            if changed is not None and len(changed) <= LONGEST_TEXT:
                self.text = changed
                self._read_text()
        self._hold(name, value)

    def fill(self, numbers: Mapping[str, float], units: Mapping[str, Unit]) -> None:
        """Many numbers at once, as of a measured segment; those that are said before are replaced."""
        for name, value in numbers.items():
            if name in _TOLD or name in self.read.numbers or name in self.read.unknown:
                self.set_number(name, value, units[name])
            else:
                self._hold(name, check_number(name, value))

    def add_words(self, words: Mapping[str, str]) -> None:
        """Geometric words as sentences at the end of the text; those that it says already stay as they are.

        One that cannot be said there without a number ('one connected piece') is held beside the text.
        """
        fresh = {name: word for name, word in words.items() if name not in self.read.words}
        if self.fault is not None:
            return
        sayable: dict[str, str] = {}
        for name in fresh:
            trial = {**sayable, name: fresh[name]}
            if self._can_say(self._with_sentences(trial), trial):
                sayable = trial
        self._words |= fresh
        if sayable:
            self.take_text(self._with_sentences(sayable))

    def _with_sentences(self, words: Mapping[str, str]) -> str:
        from Sketch2CTLib.description import sentences

        base = self.text.rstrip()
        stop = "" if not base or base[-1] in ".!?" else "."
        return f"{base}{stop} {' '.join(sentences(self.structure, {}, words))}".strip()

    def _can_say(self, text: str, words: Mapping[str, str]) -> bool:
        """Whether a text says these words beside its own, and the same numbers."""
        try:
            parsed = self._parsed(text)
        except Sketch2CTError:
            return False
        return parsed.numbers == self.read.numbers and parsed.words == {**self.read.words, **words}

    def beside(self) -> tuple[dict[str, Any], ...]:
        """What the text does not say, for `restore`: numbers, tolerances, words."""
        return dict(self._beside), dict(self._slack), dict(self._words)

    def restore(self, text: str, beside: tuple[dict[str, Any], ...]) -> None:
        """A text and what stood beside it, as they were.

        Args:
            text: The text.
            beside: The result of `beside`.
        """
        self.text = text
        self._beside, self._slack, self._words = (dict(one) for one in beside)
        self._read_text()

    def clear(self) -> None:
        """Takes out the text, the numbers and the words."""
        self._beside, self._slack, self._words = {}, {}, {}
        self.text = ""
        self._read_text()

    def set_description(self, description, text: str | None = None) -> None:
        """What a description says, with its own text, another one, or one made of its numbers."""
        self.structure = description.structure
        self.text = description.text if text is None else text
        self._beside, self._slack, self._words = {}, {}, {}
        numbers = dict(description.numbers)
        if text is None and not self.text:
            self.text = self._told(numbers)
        self._read_text()
        for name in QUANTITY_NAMES:
            if name in numbers:
                self._hold(name, numbers[name])
            elif name in description.unknown and name not in self.read.unknown:
                self._beside[name] = None
        self._slack = {name: slack for name, slack in description.tolerances.items() if name in self._beside}
        for name, slack in description.tolerances.items():
            if not math.isclose(slack, self.read.tolerances.get(name, -1.0), rel_tol=_CLOSE):
                self._slack[name] = slack
        self._words = dict(description.words)
        self._words = {name: word for name, word in self._words.items() if self.read.words.get(name) != word}

    # ---- details

    def _told(self, numbers: Mapping[str, float]) -> str:
        phrases = [phrase(name, numbers[name], self.structure, own_unit(name)) for name in _TOLD if name in numbers]
        if not phrases:
            return ""
        title = catalog.structure(self.structure).title.split(" (")[0].lower()
        return f"{'An' if title[0] in 'aeiou' else 'A'} {title}: {', '.join(phrases)}."

    def _hold(self, name: str, value: float | None) -> None:
        """Keeps a number beside the text, unless the text says just that."""
        value_in_text = self.read.numbers.get(name)
        if value is None:
            if value_in_text is not None or name in self.read.unknown:
                self._beside[name] = None
        elif value_in_text is None or not math.isclose(value_in_text, value, rel_tol=_CLOSE):
            self._beside[name] = value

    def _read_text(self) -> bool:
        try:
            self.read, self.fault = self._parsed(self.text), None
        except Sketch2CTError as error:
            self.fault = error
        return self.fault is None

    def _parsed(self, text: str):
        from Sketch2CTLib.description import parse_text

        if len(text) > LONGEST_TEXT:
            raise DescriptionError(
                f"The text has {len(text):,} characters; at most {LONGEST_TEXT:,} are kept.", hint="Shorten it."
            )
        return parse_text(text, self.structure)


def own_unit(name: str) -> Unit:
    """The quantity's own unit, with the decimals in which people see it."""
    definition = quantity(name)
    decimals = 0 if definition.whole else 1 if definition.unit else 3
    return Unit(definition.unit, 1.0, decimals)


def _statement(read: Any, name: str) -> Any:
    """What a text says of one quantity, to see whether it changed."""
    if name in read.unknown:
        return "unknown"
    return read.numbers.get(name), read.tolerances.get(name)

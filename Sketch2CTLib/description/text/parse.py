"""Text → numbers and geometric words: 'about 1.4 litres, 18 cm across (R-L), 12 cm long, smooth'.

Reads back everything that `words.sentences` and `summary.summary_text` write. What is not understood is given back as
unread, not guessed at. What each hedge means stands in `hedges`, what sizes beside the usual mean in `comparatives`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from ...errors import DescriptionError

MAX_CHARACTERS = 20_000
_KEPT = 8  # texts


@dataclass(frozen=True)
class Understood:
    """One piece of a text and what it was taken for.

    Args:
        start, end: Where it stands in the text, in characters.
        kind: A 'number', a geometric 'word', or a quantity stated to be 'unknown'.
        name: Quantity or word.
        value: The number in the quantity's own unit, the word's value, or None where unknown.
        tolerance: Absolute, in the quantity's own unit; None where the text implies none.
        reading: For people: 'Volume 1,400 mL ± 10 %'.
    """

    start: int
    end: int
    kind: Literal["number", "word", "unknown"]
    name: str
    value: float | str | None
    tolerance: float | None
    reading: str


@dataclass(frozen=True)
class ParsedText:
    """What a text says.

    Args:
        numbers: Quantity name → value.
        words: Geometric word → value, see `words.VOCABULARY`.
        unread: The pieces that were not understood, as written.
        tolerances: Quantity name → absolute tolerance in its own unit, only where the text implies one.
        unknown: The quantities that the text states to be unknown or unsure.
        understood: The pieces that were understood, in reading order.
        notes: What a reader should know about how the text was taken, one sentence each.
        unread_at: Where each of `unread` stands in the text, in characters: (start, end).
    """

    numbers: dict[str, float] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    tolerances: dict[str, float] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    understood: tuple[Understood, ...] = ()
    notes: tuple[str, ...] = ()
    unread_at: tuple[tuple[int, int], ...] = ()


def parse_text(text: str, structure: str | None = None) -> ParsedText:
    """The numbers and words of a text, with the tolerance that its hedges imply.

    'wide' is right–left, 'deep' front–back, 'tall', 'high' and 'long' top–bottom; three lengths 'a × b × c' are
    right–left × front–back × top–bottom. 'Diameter' and 'wide' alone are the cross-section's in tubular structures.
    Ranges are their middle; a bound ('at most 2 cm') is the fifth next to it. Sizes beside the usual ('twice the usual
    volume', 'enlarged') are read against the training cases of the structure. Time and memory grow with the length of
    the text alone.

    Args:
        text: English, or sizes in German or French, at most 20,000 characters; decimal point or comma.
        structure: Catalog name, if known; without it, nothing can be told beside what is usual.

    Raises:
        DescriptionError: The text is too long, or a number is negative, absurd, or given twice with different values.
        UnknownStructure: The catalog has no such structure.
    """
    if len(text) > MAX_CHARACTERS:
        raise DescriptionError(
            f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.", hint="Shorten it."
        )
    tubular = False
    if structure is not None:
        from ... import catalog

        known = catalog.structure(structure)
        structure, tubular = known.name, known.tubular
    read = _read(text, structure, tubular)
    return replace(read, numbers={**read.numbers}, words={**read.words}, tolerances={**read.tolerances})


@lru_cache(maxsize=_KEPT)
def _read(text: str, structure: str | None, tubular: bool) -> ParsedText:
    """What is read last is read again soon: a panel asks for the same text at every change."""
    from .reader import Reader

    return Reader(text, structure, tubular).parsed()

"""What a text was found to say, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


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

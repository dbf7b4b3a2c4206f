"""What a text states, quantity by quantity: which statement holds where several speak of one, and its
words for people, such as 'Volume 1,400 mL ± 10 %'.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...errors import DescriptionError
from ..quantities import check_number, quantity, short
from .hedges import PLAIN, Bound
from .plain import PlainText

SAME = 0.10  # two values of one quantity may differ by rounding


@dataclass(frozen=True)
class Statement:
    """One number that a text gives.

    Args:
        name: Quantity; value, tolerance: in its own unit, None where the text implies none.
        start, end: Where it stands in the plain text.
        rank: 0 a number, 1 what follows from numbers or a factor, 2 an adjective; the lower wins.
        why: For people, where the value is not the number written.
        relative: Whether the tolerance is a share.
        bound, limit: Of a one-sided bound, the side and the number written.
        also: Other places that say the same, or gave way to it.
    """

    name: str
    value: float
    tolerance: float | None
    start: int
    end: int
    rank: int = 0
    why: str = ""
    relative: bool = True
    bound: Bound = ""
    limit: float = 0.0
    also: tuple[tuple[int, int], ...] = ()

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Every place in the text that it was read from."""
        return ((self.start, self.end), *self.also)

    @property
    def reading(self) -> str:
        """For people."""
        return number_reading(self.name, self.value, self.tolerance, self.why, relative=self.relative)


class Statements:
    """The statements of one text, one a quantity.

    Args:
        plain: The text, for its own words where two statements cannot both be.
    """

    def __init__(self, plain: PlainText) -> None:
        self._plain = plain
        self.held: dict[str, Statement] = {}
        self.notes: list[str] = []

    @property
    def numbers(self) -> dict[str, float]:
        """Quantity name → value, in reading order."""
        return {name: one.value for name, one in self.held.items()}

    def add(self, new: Statement) -> None:
        """Takes a statement up; a number goes before a factor, a factor before an adjective.

        Raises:
            DescriptionError: The value is impossible, or another number was given for the quantity.
        """
        new = replace(new, value=check_number(new.name, new.value))
        old = self.held.get(new.name)
        if old is None:
            self.held[new.name] = new
        elif old.rank != new.rank or new.rank == 2:
            self._ranked(old, new)
        elif old.bound and new.bound and old.bound != new.bound:
            self._between(old, new)
        elif _agree(old, new):
            self._keep(*((new, old) if _width(new) < _width(old) else (old, new)))
        else:
            raise self._contradiction(old, new)

    def _keep(self, better: Statement, other: Statement) -> None:
        self.held[better.name] = replace(better, also=(*better.also, *other.places))

    def correct(self, new: Statement) -> None:
        """Takes a statement up in place of what was said before of its quantity."""
        old = self.held.pop(new.name, None)
        if old is not None:
            said = f"{amount_said(old.name, old.value)} is corrected to {amount_said(new.name, new.value)}"
            self.notes.append(f"{quantity(new.name).title}: {said}.")
        self.add(new)
        if old is not None:
            self._keep(self.held[new.name], old)

    def _ranked(self, old: Statement, new: Statement) -> None:
        better, worse = (old, new) if old.rank <= new.rank else (new, old)
        self._keep(better, worse)
        room = (better.tolerance or 0.0) + (worse.tolerance or 0.0)
        if abs(better.value - worse.value) > room + SAME * abs(better.value):
            self.notes.append(f"{better.reading} goes before {worse.why or worse.reading}, which does not fit it.")

    def _between(self, old: Statement, new: Statement) -> None:
        low, high = sorted((old, new), key=lambda one: one.bound == "at most")
        if low.limit > high.limit:
            raise self._contradiction(old, new)
        middle, half = (low.limit + high.limit) / 2, (high.limit - low.limit) / 2
        why = f"between {amount_said(old.name, low.limit)} and {amount_said(old.name, high.limit)}"
        self.held[old.name] = replace(
            old, value=middle, tolerance=half, why=why, relative=False, bound="", also=(*old.also, *new.places)
        )

    def _contradiction(self, old: Statement, new: Statement) -> DescriptionError:
        first, second = sorted((old, new), key=lambda one: one.start)
        said = [short(self._plain.written(one.start, one.end).strip()) for one in (first, second)]
        title = quantity(old.name).title.lower()
        return DescriptionError(
            f"The text gives two values for {title}: '{said[0]}' and '{said[1]}'.", hint="Keep one of them."
        )


def _agree(old: Statement, new: Statement) -> bool:
    room = max(SAME * max(abs(old.value), abs(new.value)), (old.tolerance or 0.0) + (new.tolerance or 0.0))
    if quantity(old.name).whole:
        room = 0.0
    return abs(old.value - new.value) <= room + 1e-9


def _width(one: Statement) -> float:
    return PLAIN * abs(one.value) if one.tolerance is None else one.tolerance


def amount_said(name: str, value: float) -> str:
    """'1,400 mL', '180 mm', '0.65', '2'."""
    wanted = quantity(name)
    figures = f"{value:,.0f}" if wanted.whole or abs(value) >= 1000 else f"{value:.4g}"
    return f"{figures} {wanted.unit}".strip()


def number_reading(name: str, value: float, tolerance: float | None, why: str = "", *, relative: bool = True) -> str:
    """'Volume 1,400 mL ± 10 % (why)'.

    Args:
        name: Quantity; value: in its own unit; tolerance: absolute, in its own unit, or None.
        why: What the value was taken from, where it is not simply the number written.
        relative: Whether to show the tolerance as a share.
    """
    said = f"{quantity(name).title} {amount_said(name, value)}"
    if tolerance is not None and relative and value:
        said += f" ± {100 * tolerance / abs(value):.2g} %"
    elif tolerance is not None:
        said += f" ± {amount_said(name, tolerance)}"
    return f"{said} ({why})" if why else said


def word_reading(name: str, value: str) -> str:
    """'Surface smoothness: smooth'."""
    return f"{name.replace('_', ' ').capitalize()}: {value}"


def unknown_reading(name: str) -> str:
    """'Volume: unknown'."""
    return f"{quantity(name).title}: unknown"

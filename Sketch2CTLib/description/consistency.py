"""Numbers that no body can have together, each contradiction told with the numbers that make it.

Every number is an interval: its stated tolerance, and at least the rounding of the sentences that carry numbers. A
contradiction is reported only where no choice within the intervals agrees with the theorems of `theorems`, so what
was measured on a body, rounded or not, never is one; two numbers that fit badly but can be are left alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..errors import DescriptionError
from .quantities import check_numbers, quantity
from .theorems import AXES, CONNECTED, EXTENTS, PRINCIPAL, RULES, SPREADS, Rule
from .words import rounded

HINT = "Change one of them or leave it out."

# Half the steps in which sentences write numbers: two digits of a volume or area, 10 or 5 mm, 1 mm, 0.05.
_SIZE_SHARE, _RATIO = 0.051, 0.026
_LENGTH_SHARE, _LENGTH_MM, _SHORT_MM, _SHORT_BELOW_MM = 0.05, 2.5, 1.0, 20.0
_WRITTEN_FINER = 0.02  # of a number that those steps do not meet
# Of lengths of one kind, which rounding keeps in order.
_FINE_SHARE, _FINE_MM = 0.03, 0.25


@dataclass(frozen=True)
class Contradiction:
    """Numbers that no body can have together.

    Args:
        names: The quantities.
        message: One sentence that holds all of them with their units.
    """

    names: tuple[str, ...]
    message: str


def contradictions(
    numbers: Mapping[str, float], tolerances: Mapping[str, float] | None = None
) -> tuple[Contradiction, ...]:
    """Everything that contradicts itself in these numbers; empty if a body may have them all.

    Args:
        numbers: Quantity name → value, any subset.
        tolerances: Quantity name → absolute tolerance in its own unit; widens the checks.

    Raises:
        DescriptionError: A number is unknown or impossible by itself.
    """
    known = _Known(check_numbers(numbers), dict(tolerances or {}))
    rules = RULES if numbers.get("components", 1) > 1 else (*RULES, *CONNECTED)
    broken = [contradiction for rule in rules for contradiction in _broken(rule, known)]
    for special in (_diagonal, _course, _trace, _off_centre):
        broken += special(known)
    return tuple(broken)


def check_consistent(numbers: Mapping[str, float], tolerances: Mapping[str, float] | None = None) -> None:
    """Does nothing if a body can have all these numbers.

    Raises:
        DescriptionError: Some of them contradict each other; the first contradiction is told.
    """
    broken = contradictions(numbers, tolerances)
    if broken:
        more = f" ({len(broken) - 1} more such)" if len(broken) > 1 else ""
        raise DescriptionError(f"{broken[0].message}{more}", hint=HINT)


def room(name: str, value: float) -> float:
    """How far a number may be off through rounding alone, in its own unit."""
    wanted = quantity(name)
    if wanted.whole or value <= 0:
        return 0.0 if wanted.whole else _RATIO
    if not math.isclose(rounded(name, value), value):
        return max(_WRITTEN_FINER * value, 0.5 if name.endswith("_mm") else 0.0)
    if name.endswith("_mm"):
        return max(_LENGTH_SHARE * value, _LENGTH_MM if value >= _SHORT_BELOW_MM else _SHORT_MM)
    return _SIZE_SHARE * value if wanted.unit else max(_WRITTEN_FINER * value, _RATIO)


def told(name: str, value: float) -> str:
    """'1400 mL', '0.75': a number for people."""
    return f"{value:.6g} {quantity(name).unit}".rstrip()


class _Known:
    """Numbers as intervals."""

    def __init__(self, numbers: Mapping[str, float], tolerances: Mapping[str, float]) -> None:
        self.numbers, self.tolerances = numbers, tolerances

    def has(self, *names: str) -> bool:
        return all(name in self.numbers for name in names)

    def interval(self, name: str, *, fine: bool = False) -> tuple[float, float]:
        """(Least, largest) value; open where the number stands at the end of its possible range."""
        wanted, value = quantity(name), self.numbers[name]
        slack = _FINE_SHARE * value + _FINE_MM if fine and name.endswith("_mm") else room(name, value)
        slack = max(slack, self.tolerances.get(name, 0.0))
        low = 0.0 if value <= wanted.low else max(0.0, value - slack)
        return low, math.inf if value >= wanted.high else value + slack

    def low(self, name: str) -> float:
        return self.interval(name)[0]

    def high(self, name: str) -> float:
        return self.interval(name)[1]

    def told(self, name: str) -> str:
        return told(name, self.numbers[name])

    def titled(self, name: str, *, lower: bool = False) -> str:
        title = quantity(name).title
        return f"{title.lower() if lower else title} ({self.told(name)})"


def _broken(rule: Rule, known: _Known) -> Iterator[Contradiction]:
    names = (rule.name, *(name for name, _ in rule.powers))
    if not known.has(*names):
        return
    low, high = known.interval(rule.name, fine=rule.fine)
    least, largest, exact = rule.factor, rule.factor, rule.factor
    for name, power in rule.powers:
        ends = sorted(_power(end, power) for end in known.interval(name, fine=rule.fine))
        least, largest = _times(least, ends[0]), _times(largest, ends[1])
        exact *= known.numbers[name] ** power
    if low > largest or (rule.equal and high < least):
        yield Contradiction(names, _message(rule, known, exact))


def _power(base: float, power: float) -> float:
    return math.inf if base == 0 and power < 0 else base**power


def _times(one: float, other: float) -> float:
    return 0.0 if one == 0 or other == 0 else one * other


def _message(rule: Rule, known: _Known, exact: float) -> str:
    left = known.titled(rule.name)
    what = rule.what.format(**{name: known.told(name) for name, _ in rule.powers})
    if rule.equal:
        return f"{left} does not fit {what}: that makes {exact:.3g}."
    if not rule.what:
        return f"{left} cannot be more than {known.titled(rule.powers[0][0], lower=True)}."
    return f"{left} is more than {what}, {exact:.4g} {quantity(rule.name).unit}".rstrip() + "."


def _diagonal(known: _Known) -> Iterator[Contradiction]:
    if known.has("max_diameter_mm", *EXTENTS):
        widest = math.hypot(*(known.high(name) for name in EXTENTS))
        if known.low("max_diameter_mm") > widest:
            box = " × ".join(known.told(name) for name in EXTENTS)
            left = known.titled("max_diameter_mm")
            yield Contradiction(
                ("max_diameter_mm", *EXTENTS), f"{left} is more than the diagonal of its extents, {box}."
            )


def _course(known: _Known) -> Iterator[Contradiction]:
    """The ends of the centreline lie within the box of the extents."""
    names = ("centreline_length_mm", "tortuosity", *EXTENTS)
    if known.has(*names):
        reach = known.high("tortuosity") * math.hypot(*(known.high(name) for name in EXTENTS))
        if known.low("centreline_length_mm") > reach:
            box = " × ".join(known.told(name) for name in EXTENTS)
            left, bend = known.titled("centreline_length_mm"), known.titled("tortuosity", lower=True)
            yield Contradiction(names, f"{left} with {bend} is too long for its extents, {box}.")


def _trace(known: _Known) -> Iterator[Contradiction]:
    if not known.has(*SPREADS, *PRINCIPAL):
        return
    total_std = [math.hypot(*(known.interval(name)[end] for name in SPREADS)) for end in (0, 1)]
    axes = [math.hypot(*(known.interval(name)[end] for name in PRINCIPAL)) / math.sqrt(20.0) for end in (0, 1)]
    if total_std[0] > axes[1] or axes[0] > total_std[1]:
        spreads = ", ".join(known.told(name) for name in SPREADS)
        lengths = ", ".join(known.told(name) for name in PRINCIPAL)
        yield Contradiction((*SPREADS, *PRINCIPAL), f"Spreads of {spreads} do not fit axes of {lengths}.")


def _off_centre(known: _Known) -> Iterator[Contradiction]:
    """The farther the mass lies to one end, the smaller its standard deviation can be."""
    for axis in AXES:
        names = (f"spread_{axis}_mm", f"extent_{axis}_mm", f"centroid_{axis}")
        if not known.has(*names):
            continue
        low, high = known.interval(names[2])
        share = min(max(low, 0.5), high) if low < 0.5 else low  # the place in the interval nearest to the middle
        widest = known.interval(names[1])[1] * math.sqrt(max(0.0, share * (1 - share)))
        if known.interval(names[0])[0] > widest:
            extent, place = known.titled(names[1], lower=True), known.titled(names[2], lower=True)
            yield Contradiction(names, f"{known.titled(names[0])} is more than {extent} with {place} allows.")

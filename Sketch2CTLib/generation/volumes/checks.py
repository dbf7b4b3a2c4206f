"""The checks of a generated volume: does it look like a real scan where the mask lies, and is the organ found again?

- The organ's mean and spread, and how steep and sharp its border is, against real scans of its kind (`scan_look`).
- A segmenter trained on real scans marks the organ in the generated volume; its Dice with the mask that the volume was
  made for, against what it reaches on real scans that it has not seen.

A range is what the training scans have, widened, since a few scans do not show all that is real; see `allowed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...apart import told_apart
from ...description.flags import grouped
from ...training_ranges import TrainingRange
from ..values import ImageVolume, MaskVolume
from .scan_look import FOUND_AGAIN, MEAN, SHARPNESS, SPREAD, STEEPNESS, look_of, scan_ranges

if TYPE_CHECKING:
    from .segmenting import Segmenter

TITLES = {
    MEAN: "mean inside",
    SPREAD: "spread inside",
    STEEPNESS: "border steepness",
    SHARPNESS: "border sharpness",
    FOUND_AGAIN: "Dice when found again",
}
_UNITS = {"CT": "HU", "MR": ""}
_ROOM = 0.25  # of the middle nine tenths, that a range is widened on either side
_ROOM_OF_MEAN = 0.1  # scans with and without contrast agent stand in it: it is wide by itself
_LEAST_OF_MEDIAN = 0.8  # of the Dice on real scans, however widely it is spread there
_NEVER_NEGATIVE = (SPREAD, STEEPNESS, SHARPNESS)


@dataclass(frozen=True)
class VolumeCheck:
    """One value beside what is expected of it.

    Args:
        name: See TITLES.
        value: What the volume has; None where it cannot be measured.
        low, high: What is expected; None where nothing is known, or no end is set.
        unit: Of value and range.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    unit: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the value lies in the range; None where that cannot be said."""
        if self.value is None or (self.low is None and self.high is None):
            return None
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)

    @property
    def title(self) -> str:
        """Its name for people."""
        return TITLES[self.name]

    @property
    def expected(self) -> str:
        """'85 to 131 HU', 'at least 0.87', 'not known'."""
        unit, (_, low, high) = f" {self.unit}" if self.unit else "", self._texts
        if low and high:
            return f"{low} to {high}{unit}"
        if low:
            return f"at least {low}{unit}"
        return f"at most {high}{unit}" if high else "not known"

    @property
    def found(self) -> str:
        """'93 HU'; '–' where it cannot be measured."""
        unit = f" {self.unit}" if self.unit else ""
        return f"{self._texts[0]}{unit}" if self._texts[0] else "–"

    @property
    def _texts(self) -> tuple[str, str, str]:
        """Value, low and high, told apart; '' for what there is not."""
        given = [number for number in (self.value, self.low, self.high) if number is not None]
        texts = iter(told_apart(given, _short))
        value, low, high = ("" if number is None else next(texts) for number in (self.value, self.low, self.high))
        return value, low, high

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        expected = [self.low, self.high]
        return {"value": self.value, "expected": expected, "unit": self.unit, "met": self.met}


@dataclass(frozen=True)
class VolumeChecks:
    """All checks of one volume; build it with `check_volume`.

    Args:
        structure: Catalog name.
        modality: CT or MR.
        checks: In the order of TITLES.
    """

    structure: str
    modality: str
    checks: tuple[VolumeCheck, ...]

    @property
    def missed(self) -> tuple[VolumeCheck, ...]:
        """Those that are not met."""
        return tuple(check for check in self.checks if check.met is False)

    @property
    def fine(self) -> bool:
        """Whether none is missed."""
        return not self.missed

    @property
    def warning(self) -> str | None:
        """What is wrong, for the verdict; None if nothing is.

        Example: 'warning: the scan does not look real: mean inside 12 HU instead of 85 to 131 HU'
        """
        if self.fine:
            return None
        misses = [f"{check.title} {check.found} instead of {check.expected}" for check in self.missed]
        return f"warning: the scan does not look real: {', '.join(misses)}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {
            "modality": self.modality,
            "met": sum(check.met is True for check in self.checks),
            "missed": [check.name for check in self.missed],
            "checks": {check.name: check.to_dict() for check in self.checks},
        }


def check_volume(image: ImageVolume, mask: MaskVolume, segmenter: Segmenter | None = None) -> VolumeChecks:
    """All checks of a volume and the mask that it was made for.

    Args:
        image: The volume, on the mask's grid.
        mask: Not empty.
        segmenter: Finds the organ again; without one, or where it was not trained on such scans, there is no such
            check.

    Raises:
        MaskError: The mask is empty.
        ConfigError: The shipped ranges are missing or damaged.
    """
    with ThreadPoolExecutor(1) as beside:
        looked = beside.submit(look_of, image.values, mask.require_body().body, mask.grid, image.modality)
        found: dict[str, float] = {}
        if segmenter is not None and segmenter.knows(mask.structure, image.modality):
            found[FOUND_AGAIN] = overlap(segmenter.find(image, mask.structure), mask.body)
        return judged(looked.result() | found, mask.structure, image.modality)


def judged(look: Mapping[str, float], structure: str, modality: str) -> VolumeChecks:
    """Measured values beside the ranges of real scans."""
    ranges, unit = scan_ranges(structure, modality), _UNITS[modality]
    units = {MEAN: unit, SPREAD: unit, STEEPNESS: f"{unit}/mm" if unit else "/mm"}
    checks = []
    for name in TITLES:
        if name in look:
            low, high = allowed(ranges[name]) if name in ranges else (None, None)
            checks.append(VolumeCheck(name, float(look[name]), low, high, units.get(name, "")))
    return VolumeChecks(structure, modality, tuple(checks))


def allowed(known: TrainingRange) -> tuple[float | None, float | None]:
    """The ends of what is expected: all that was seen, and a part of its middle nine tenths beyond either end.

    Of a Dice only the lower end counts, and it is at least four fifths of the median.
    """
    room = (_ROOM_OF_MEAN if known.name == MEAN else _ROOM) * (known.p95 - known.p05)
    low, high = known.low - room, known.high + room
    if known.name == FOUND_AGAIN:
        return max(low, _LEAST_OF_MEDIAN * known.median), None
    return (max(low, 0.0) if known.name in _NEVER_NEGATIVE else low), high


def overlap(first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]) -> float:
    """Dice of two masks; 1 where both are empty."""
    total = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 1.0 if total == 0 else 2.0 * int(np.count_nonzero(first & second)) / total


def _short(value: float) -> str:
    """Two decimals below ten, whole above."""
    return f"{value:.2f}" if abs(value) < 10 else grouped(round(value))

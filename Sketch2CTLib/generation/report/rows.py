"""Requested numbers beside measured ones, with the largest error that counts as met."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...training_ranges import TrainingRange

# Relative tolerance by unit; a length is also allowed one voxel. Shape ratios and positions: absolute.
VOLUME_TOLERANCE = 0.10
AREA_TOLERANCE = 0.10
LENGTH_TOLERANCE = 0.05
RATIO_TOLERANCE = 0.05
COUNTS = ("components", "holes")


@dataclass(frozen=True)
class NumberRow:
    """One requested number beside the measured one.

    Args:
        name: Name of the quantity, see description.quantities.
        asked: The request.
        measured: What the mask has; None where it cannot be measured.
        tolerance: Largest absolute error that still counts as met.
        training_range: Its range in the training cases, None where it is not known.
    """

    name: str
    asked: float
    measured: float | None
    tolerance: float
    training_range: TrainingRange | None = None

    @property
    def error(self) -> float | None:
        """Measured − asked."""
        return None if self.measured is None else self.measured - self.asked

    @property
    def relative_error(self) -> float | None:
        """(Measured − asked) / |asked|; None where nothing or zero was asked."""
        return None if self.error is None or self.asked == 0 else self.error / abs(self.asked)

    @property
    def within_tolerance(self) -> bool:
        """Whether the error is at most the tolerance."""
        return self.error is not None and abs(self.error) <= self.tolerance + 1e-9

    @property
    def tolerances_off(self) -> float:
        """Size of the error in tolerances of a missed number, infinite where it was not measured; 0 for a met one."""
        if self.within_tolerance:
            return 0.0
        return math.inf if self.error is None or self.tolerance == 0 else abs(self.error) / self.tolerance

    @property
    def unusual(self) -> bool:
        """Whether more or less is asked than any training case has."""
        return self.training_range is not None and not self.training_range.holds(self.asked)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {
            "asked": self.asked,
            "measured": self.measured,
            "error": self.error,
            "relative_error": self.relative_error,
            "tolerance": self.tolerance,
            "within_tolerance": self.within_tolerance,
            "usual_range": None if self.training_range is None else [self.training_range.low, self.training_range.high],
            "outside_usual": self.unusual,
        }


def tolerance_of(name: str, asked: float, voxel_mm: float) -> float:
    """Largest absolute error of a quantity that counts as met.

    10 % of a volume or area, 5 % of a length but at least one voxel, 0.05 of a shape ratio or position
    (5 % where it is above one), 0 for counts.
    """
    if name in COUNTS:
        return 0.0
    if name.endswith("_ml"):
        return VOLUME_TOLERANCE * abs(asked)
    if name.endswith("_cm2"):
        return AREA_TOLERANCE * abs(asked)
    if name.endswith("_mm"):
        return max(LENGTH_TOLERANCE * abs(asked), voxel_mm)
    return RATIO_TOLERANCE * max(1.0, abs(asked))


def plain(value: Any) -> Any:
    """JSON-ready data: numpy → Python, non-finite numbers → None, tuples → lists, keys → strings."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value if value is None or isinstance(value, str) else str(value)

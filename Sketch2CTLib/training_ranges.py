"""Training ranges: the range of each number in the training scans, by structure. Torch-free.

The numbers lie in `Resources/Catalog/training_ranges.json`, written from the train split of
prepared folders by `sketch2ct evaluate conditions --training-ranges`; only summaries are kept, no case. Those of the
user's own structures come with their model, see `own_structures`.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from . import catalog, own_structures
from .errors import ConfigError
from .resources import resource_path

FORMAT = "sketch2ct.usual-ranges"
VERSION = 1


@dataclass(frozen=True)
class TrainingRange:
    """One number over the training cases of one structure, in the number's own unit.

    Args:
        name: Quantity name, see `description.quantities`.
        cases: How many were measured.
        median, mean, sd: Of the cases; sd with n − 1.
        low, high: Smallest and largest value seen.
        p05, p95: The middle nine tenths.
    """

    name: str
    cases: int
    median: float
    mean: float
    sd: float
    low: float
    high: float
    p05: float
    p95: float

    def holds(self, value: float) -> bool:
        """Whether a value lies in the range seen, with half a percent of room for rounding."""
        room = 0.005 * max(abs(self.low), abs(self.high))
        return self.low - room <= value <= self.high + room


def training_ranges(structure: str) -> dict[str, TrainingRange]:
    """The ranges of every number of a structure, by quantity name; empty where none were measured.

    Raises:
        UnknownStructure: The catalog has no such structure.
        ConfigError: The shipped file is missing or damaged.
    """
    return dict(_of(catalog.structure(structure).name))


def training_range(structure: str, quantity: str) -> TrainingRange | None:
    """The range of one number, or None where it was not measured; raises as `training_ranges`."""
    return _of(catalog.structure(structure).name).get(quantity)


def own_ranges(kind: str, structure: str) -> dict[str, TrainingRange] | None:
    """The ranges that came with a structure of the user's own; None of any other.

    Args:
        kind: training_ranges or surface_ranges.
        structure: Catalog name.

    Raises:
        ConfigError: They cannot be read.
    """
    told = own_structures.statistics(kind, structure)
    if told is None:
        return {} if own_structures.is_own(structure) else None
    try:
        return {str(name): _range(str(name), values) for name, values in told.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"The ranges of '{structure}' cannot be read ({error}).", hint="Train or fetch its model again."
        ) from error


def _of(structure: str) -> dict[str, TrainingRange]:
    own = own_ranges("training_ranges", structure)
    return _all().get(structure, {}) if own is None else own


@cache
def _all() -> dict[str, dict[str, TrainingRange]]:
    path = resource_path("Catalog", "training_ranges.json")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT or record["version"] != VERSION:
            raise ValueError(f"format {record['format']!r}, version {record['version']!r}")
        return {
            structure: {name: _range(name, values) for name, values in ranges.items()}
            for structure, ranges in record["structures"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"The usual ranges in '{path}' cannot be read ({error}).", hint="Reinstall Sketch2CT."
        ) from error


def _range(name: str, values: dict[str, Any]) -> TrainingRange:
    read = TrainingRange(name=name, **values)
    if not all(math.isfinite(v) for v in (read.median, read.mean, read.sd, read.low, read.high)):
        raise ValueError(f"{name} is not finite")
    return read

"""What surfaces and tubes of real masks are like: the range of each statistic by structure. Torch-free.

The numbers lie in `Resources/Catalog/surface_ranges.json`, measured on the train split of prepared folders by
`sketch2ct evaluate surfaces --ranges`; only summaries are kept, no case. Masks on slices thicker than `THICKEST_MM` are
left out: their caps are as flat and their sides as stepped as the slices, not as the organ.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from .. import catalog
from ..errors import ConfigError
from ..resources import resource_path
from ..training_ranges import TrainingRange, own_ranges
from .surface import SURFACE_NAMES
from .tube import TUBE_NAMES

FORMAT = "sketch2ct.surface-ranges"
VERSION = 1
THICKEST_MM = 6.0
SHAPE_NAMES = (*SURFACE_NAMES, *TUBE_NAMES)
TWO_SIDED = ("roughness_mm",)  # too smooth is as unlike a real mask as too rough
LOW_IS_BAD = ("roundness_median", "roundness_p05", "smallest_radius_share")  # of the others, more is worse


def surface_ranges(structure: str) -> dict[str, TrainingRange]:
    """The ranges of a structure in the names of `SHAPE_NAMES`; empty where none were measured.

    Raises:
        UnknownStructure: The catalog has no such structure.
        ConfigError: The shipped file is missing or damaged.
    """
    name = catalog.structure(structure).name
    own = own_ranges("surface_ranges", name)
    return dict(_all().get(name, {})) if own is None else {key: own[key] for key in SHAPE_NAMES if key in own}


def outside(name: str, value: float, low: float, high: float) -> bool:
    """Whether a statistic lies on the bad side of a range; of a roughness both sides are."""
    too_low, too_high = value < low, value > high
    if name in TWO_SIDED:
        return too_low or too_high
    return too_low if name in LOW_IS_BAD else too_high


def usual(name: str, value: float, known: TrainingRange) -> bool:
    """Whether a statistic is no worse than the 5th or 95th percentile of real masks."""
    return not outside(name, value, known.p05, known.p95)


@cache
def _all() -> dict[str, dict[str, TrainingRange]]:
    path = resource_path("Catalog", "surface_ranges.json")
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
            f"The surfaces of real masks in '{path}' cannot be read ({error}).", hint="Reinstall Sketch2CT."
        ) from error


def _range(name: str, values: dict[str, Any]) -> TrainingRange:
    if name not in SHAPE_NAMES:
        raise ValueError(f"unknown statistic '{name}'")
    return TrainingRange(name=name, **values)

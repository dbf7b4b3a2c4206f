"""What was asked against what came out: numbers, silhouettes, surface and likeness of one mask, ready for JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import catalog
from ..training_ranges import TrainingRange, training_range
from .agreement import SilhouetteMatch, match_silhouette
from .evidence import Asked, Drawn, Making
from .quality import Quality, quality_of
from .values import MaskVolume
from .verdict import SPECKS, Grade, grade, usual_pieces, verdict

if TYPE_CHECKING:
    from .memory import NearestCase
    from .volume_checks import VolumeChecks

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


@dataclass(frozen=True)
class Report:
    """One mask against its request; build it with `build_report`.

    Args:
        structure: Catalog name.
        numbers: Each requested number.
        measured: Every measured number, finite ones only.
        matches: Agreement with each sketch.
        quality: Surface and pieces; None where they were not looked at.
        making: Level shift and nearest training case.
        outside_range: What of the request lay outside the training range, one sentence each.
        notes: What disagreed in the request and how it was taken, one sentence each.
        is_empty: Whether the mask has no voxel.
        volume: Whether the scan that was drawn for it looks real; None without a scan.
    """

    structure: str
    numbers: tuple[NumberRow, ...]
    measured: Mapping[str, float]
    matches: tuple[SilhouetteMatch, ...]
    quality: Quality | None
    making: Making = field(default_factory=Making)
    outside_range: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_empty: bool = False
    volume: VolumeChecks | None = None

    @property
    def silhouette(self) -> SilhouetteMatch | None:
        """Agreement with the first sketch, None without one."""
        return self.matches[0] if self.matches else None

    @property
    def second_silhouette(self) -> SilhouetteMatch | None:
        """Agreement with the second sketch, None without one."""
        return self.matches[1] if len(self.matches) > 1 else None

    @property
    def components(self) -> int | None:
        """Number of pieces."""
        counted = _whole(self.measured.get("components"))
        return self.quality.components if counted is None and self.quality is not None else counted

    @property
    def holes(self) -> int | None:
        """Number of holes (tunnels and cavities as the metrics count them)."""
        return _whole(self.measured.get("holes"))

    @property
    def level_shift_mm(self) -> float:
        """How far the zero level was moved, positive outwards."""
        return float(self.making.level_shift_mm)

    @property
    def nearest_case(self) -> NearestCase | None:
        """The nearest training case, if it was looked for."""
        return self.making.nearest

    @property
    def met(self) -> int:
        """How many requested numbers are within tolerance."""
        return sum(row.within_tolerance for row in self.numbers)

    @property
    def grade(self) -> Grade:
        """Whether the request was met, by the rules of `verdict`."""
        return grade(self.numbers, self.matches, empty=self.is_empty, scattered=self.in_pieces and not self._specked)

    @property
    def in_pieces(self) -> bool:
        """Whether it is in more pieces than are usual for the structure; never where their number was asked for."""
        asked = any(row.name == "components" for row in self.numbers)
        return not asked and (self.components or 0) > usual_pieces(self.structure)

    @property
    def _specked(self) -> bool:
        """Whether all pieces but the largest are specks."""
        return self.quality is not None and self.quality.largest_share > 1.0 - SPECKS

    @property
    def verdict(self) -> str:
        """One sentence for people: whether the request was met, and by what."""
        return verdict(self)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data: no NaN, no numpy."""
        first, second, near = self.silhouette, self.second_silhouette, self.nearest_case
        quality = self.quality
        return plain(
            {
                "structure": self.structure,
                "grade": self.grade,
                "verdict": self.verdict,
                "numbers": {row.name: row.to_dict() for row in self.numbers},
                "met": self.met,
                "requested": len(self.numbers),
                "sketch": None if first is None else first.to_dict(),
                "second_sketch": None if second is None else second.to_dict(),
                "components": self.components,
                "holes": self.holes,
                "roughness_mm": None if quality is None else quality.roughness_mm,
                "largest_share": None if quality is None else quality.largest_share,
                "touches_border": None if quality is None else quality.touches_border,
                "level_shift_mm": self.level_shift_mm,
                "depth_scale": float(self.making.depth_scale),
                "measured": dict(self.measured),
                "outside_training_range": list(self.outside_range),
                "nearest_training_case": None if near is None else near.to_dict(),
                "volume": None if self.volume is None else self.volume.to_dict(),
                "notes": list(self.notes),
            }
        )

    def to_json(self) -> str:
        """Indented strict JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)


def build_report(
    mask: MaskVolume,
    asked: Asked | Mapping[str, float],
    drawn: Sequence[Drawn] = (),
    *,
    making: Making | None = None,
    measured: Mapping[str, float] | None = None,
    precise: bool = True,
) -> Report:
    """The report of one mask.

    Args:
        mask: The generated or edited mask; an empty one gets a report that says so.
        asked: The request, or its numbers alone.
        drawn: The sketches, the main one first.
        making: Level shift and nearest training case.
        measured: Numbers already measured on this very mask; measured here if None.
        precise: Passed to `description.metrics.measure`.

    Raises:
        GridError: Unknown view.
    """
    request = asked if isinstance(asked, Asked) else Asked(asked)
    found = _measured(mask, precise) if measured is None and not mask.is_empty else dict(measured or {})
    found = {name: float(value) for name, value in found.items() if math.isfinite(value)}
    default = catalog.structure(mask.structure).view
    return Report(
        structure=mask.structure,
        numbers=_rows(request, found, mask),
        measured=found,
        matches=tuple(match_silhouette(mask, one.silhouette, one.view or default) for one in drawn),
        quality=quality_of(mask),
        making=making or Making(),
        outside_range=tuple(request.outside_range),
        notes=tuple(request.notes),
        is_empty=mask.is_empty,
    )


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


def _rows(request: Asked, measured: Mapping[str, float], mask: MaskVolume) -> tuple[NumberRow, ...]:
    voxel_mm = float(np.max(mask.grid.spacing_mm))
    rows = []
    for name, value in request.numbers.items():
        tolerance = request.tolerances.get(name, tolerance_of(name, float(value), voxel_mm))
        reference = training_range(mask.structure, name)
        rows.append(NumberRow(name, float(value), measured.get(name), float(tolerance), reference))
    return tuple(rows)


def _measured(mask: MaskVolume, precise: bool) -> dict[str, float]:
    from ..description.metrics import measure

    tubular = catalog.structure(mask.structure).tubular
    return measure(mask.body, mask.grid, tubular=tubular, precise=precise)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)

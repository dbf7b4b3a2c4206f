"""What was asked against what came out: numbers, silhouette and topology of one mask, ready for JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from .agreement import SilhouetteMatch, match_silhouette
from .values import MaskVolume

# Relative tolerance by unit; a length is also allowed one voxel. Shape ratios and positions: absolute.
VOLUME_TOLERANCE = 0.10
AREA_TOLERANCE = 0.10
LENGTH_TOLERANCE = 0.05
RATIO_TOLERANCE = 0.05
COUNTS = ("components", "holes")
GOOD_IOU = 0.90


@dataclass(frozen=True)
class NumberRow:
    """One requested number beside the measured one.

    Args:
        name: Name of the quantity, see description.quantities.
        asked: The request.
        measured: What the mask has; None where it cannot be measured.
        tolerance: Largest absolute error that still counts as met.
    """

    name: str
    asked: float
    measured: float | None
    tolerance: float

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

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {
            "asked": self.asked,
            "measured": self.measured,
            "error": self.error,
            "relative_error": self.relative_error,
            "tolerance": self.tolerance,
            "within_tolerance": self.within_tolerance,
        }


@dataclass(frozen=True)
class Report:
    """One mask against its request; build it with `build_report`.

    Args:
        structure: Catalog name.
        numbers: Each requested number.
        measured: Every measured number, finite ones only.
        silhouette: Agreement with the sketch, None without one.
        level_shift_mm: How far the zero level was moved so that the volume is met.
        outside_range: What of the request lay outside the training range, one sentence each.
        nearest_case: Nearest training case, if it was looked for.
        verdict: One sentence.
        notes: What disagreed in the request and how it was taken, one sentence each.
    """

    structure: str
    numbers: tuple[NumberRow, ...]
    measured: Mapping[str, float]
    silhouette: SilhouetteMatch | None
    level_shift_mm: float
    verdict: str
    outside_range: tuple[str, ...] = ()
    nearest_case: Mapping[str, Any] | None = field(default=None)
    notes: tuple[str, ...] = ()

    @property
    def components(self) -> int | None:
        """Number of pieces."""
        return _whole(self.measured.get("components"))

    @property
    def holes(self) -> int | None:
        """Number of holes (tunnels and cavities as the metrics count them)."""
        return _whole(self.measured.get("holes"))

    @property
    def met(self) -> int:
        """How many requested numbers are within tolerance."""
        return sum(row.within_tolerance for row in self.numbers)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data: no NaN, no numpy."""
        match = self.silhouette
        return plain(
            {
                "structure": self.structure,
                "verdict": self.verdict,
                "numbers": {row.name: row.to_dict() for row in self.numbers},
                "met": self.met,
                "requested": len(self.numbers),
                "sketch": None if match is None else dict(vars(match)),
                "components": self.components,
                "holes": self.holes,
                "level_shift_mm": self.level_shift_mm,
                "measured": dict(self.measured),
                "outside_training_range": list(self.outside_range),
                "nearest_training_case": self.nearest_case,
                "notes": list(self.notes),
            }
        )

    def to_json(self) -> str:
        """Indented strict JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)


def build_report(
    mask: MaskVolume,
    *,
    asked: Mapping[str, float],
    silhouette: NDArray[np.bool_] | None = None,
    view: str | None = None,
    level_shift_mm: float = 0.0,
    measured: Mapping[str, float] | None = None,
    outside_range: Sequence[str] = (),
    nearest_case: Mapping[str, Any] | None = None,
    tolerances: Mapping[str, float] | None = None,
    notes: Sequence[str] = (),
    precise: bool = True,
) -> Report:
    """The report of one mask.

    Args:
        mask: The generated or edited mask; an empty one gets a report that says so.
        asked: Requested numbers by quantity name.
        silhouette: (P, P) bool of the cube's face, the filled sketch; any resolution.
        view: The sketch's view; the structure's default view if None.
        level_shift_mm: How far the zero level was moved.
        measured: Numbers already measured on this very mask; measured here if None.
        outside_range: Sentences on what lay outside the training range.
        nearest_case: Nearest training case and its distance.
        tolerances: Stated absolute tolerances by quantity name; they go before `tolerance_of`.
        notes: Sentences on what disagreed in the request.
        precise: Passed to `description.metrics.measure`.

    Raises:
        GridError: Unknown view.
    """
    numbers = _measured(mask, precise) if measured is None and not mask.is_empty else dict(measured or {})
    numbers = {name: float(value) for name, value in numbers.items() if math.isfinite(value)}
    length_floor = float(np.max(mask.grid.spacing_mm))
    usual = {name: tolerance_of(name, float(value), length_floor) for name, value in asked.items()}
    wanted = {**usual, **(tolerances or {})}
    rows = tuple(NumberRow(name, float(value), numbers.get(name), wanted[name]) for name, value in asked.items())
    match = None
    if silhouette is not None:
        match = match_silhouette(mask, silhouette, view or catalog.structure(mask.structure).view)
    return Report(
        structure=mask.structure,
        numbers=rows,
        measured=numbers,
        silhouette=match,
        level_shift_mm=float(level_shift_mm),
        verdict=_verdict(mask, rows, match, _whole(numbers.get("components"))),
        outside_range=tuple(outside_range),
        nearest_case=nearest_case,
        notes=tuple(notes),
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


def _measured(mask: MaskVolume, precise: bool) -> dict[str, float]:
    from ..description.metrics import measure

    tubular = catalog.structure(mask.structure).tubular
    return measure(mask.body, mask.grid, tubular=tubular, precise=precise)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _verdict(mask: MaskVolume, rows: Sequence[NumberRow], match: SilhouetteMatch | None, components: int | None) -> str:
    """One sentence for people."""
    if mask.is_empty:
        return "The mask is empty: nothing of the request is met."
    parts = []
    for row in rows:
        if row.name == "volume_ml" and row.measured is not None and row.relative_error is not None:
            parts.append(f"{row.measured:.0f} mL of {row.asked:.0f} mL asked ({row.relative_error:+.1%})")
    if rows:
        missed = [row.name for row in rows if not row.within_tolerance]
        met = f"{len(rows) - len(missed)} of {len(rows)} numbers within tolerance"
        parts.append(met + (f" (off: {', '.join(missed[:4])}{', …' if len(missed) > 4 else ''})" if missed else ""))
    if match is not None:
        follows = "follows the sketch" if match.iou >= GOOD_IOU else "departs from the sketch"
        parts.append(f"{follows} (IoU {match.iou:.2f})")
    if components is not None and components > 1:
        parts.append(f"in {components} pieces")
    if not parts:
        return f"{mask.volume_ml:.0f} mL; nothing was asked that could be compared."
    sentence = "; ".join(parts)
    return sentence[0].upper() + sentence[1:] + "."

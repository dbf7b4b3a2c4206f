"""What a file holds before its size in mm is known: lines on a sheet, in the file's own units."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..model import StrokeKind


@dataclass(frozen=True, eq=False)
class Line:
    """One line as it was drawn.

    Args:
        points: (N, 2) float64 in the drawing's units from the middle of the sheet, x right and y up.
        kind: `outline` or `crease`.
        closed: Whether the last point is joined to the first.
    """

    points: NDArray[np.float64]
    kind: StrokeKind = "outline"
    closed: bool = False


@dataclass(frozen=True, eq=False)
class Gap:
    """A piece of an outline that was not drawn and is bridged: its length and middle, in the drawing's units."""

    length: float
    middle: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drawing:
    """Lines on a sheet.

    Args:
        lines: Outlines and creases.
        size: Width and height of the sheet, in the drawing's units.
        unit: What a unit is called: `px` of the file, or `unit`.
        unit_mm: One unit in mm where the file says so.
        paper_mm: The sheet's longer edge in mm where the file says so.
        apart: Lines drawn outside the organ, as polylines (N, 2): among them may be a scale bar.
        gaps: Where the outline was closed.
        notes: What was seen and changed, for the person who drew it.
    """

    lines: tuple[Line, ...]
    size: tuple[float, float]
    unit: str = "px"
    unit_mm: float | None = None
    paper_mm: float | None = None
    apart: tuple[NDArray[np.float64], ...] = ()
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest corner (x, y) of the outlines, or of all lines where there is none."""
        chosen = [line.points for line in self.lines if line.kind == "outline"] or [line.points for line in self.lines]
        points = np.concatenate(chosen)
        return points.min(axis=0), points.max(axis=0)


def whereabouts(point: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> str:
    """Where a point lies in a box, in words: `at the lower left`; x right and y up."""
    share = (point - (low + high) / 2) / np.maximum(high - low, 1e-9)
    upright = "upper" if share[1] > 1 / 6 else "lower" if share[1] < -1 / 6 else ""
    across = "right" if share[0] > 1 / 6 else "left" if share[0] < -1 / 6 else ""
    if upright and across:
        return f"at the {upright} {across}"
    if upright:
        return "at the top" if upright == "upper" else "at the bottom"
    return f"at the {across}" if across else "in the middle"

"""The report of one mask: what was asked against what came out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ... import catalog
from ...description.centreline import Centreline
from ...description.metrics import measure, middle_line
from ...training_ranges import training_range
from ..values import MaskVolume
from .agreement import match_drawing
from .evidence import Asked, Drawn, Making
from .quality import quality_of
from .report import Report
from .rows import NumberRow, tolerance_of
from .shape import check_shape, shape_of


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
        drawn: The drawings, the main one first.
        making: Level shift and nearest training case.
        measured: Numbers already measured on this very mask; measured here if None.
        precise: Whether the slow numbers are measured too: the centreline of a vessel, and what it is like along it.

    Raises:
        GridError: Unknown view.
    """
    request = asked if isinstance(asked, Asked) else Asked(asked)
    tubular = catalog.structure(mask.structure).tubular and not mask.is_empty
    line = middle_line(mask.body, mask.grid) if tubular and precise else None
    numbers = _measured(mask, line) if measured is None and not mask.is_empty else dict(measured or {})
    numbers = {name: float(value) for name, value in numbers.items() if math.isfinite(value)}
    default, statistics = catalog.structure(mask.structure).view, shape_of(mask, line)
    return Report(
        structure=mask.structure,
        numbers=_rows(request, numbers, mask),
        measured=numbers,
        matches=tuple(match_drawing(mask, one.filled, one.view or default, one.position_mm) for one in drawn),
        quality=quality_of(mask, statistics),
        shape=None if mask.is_empty else check_shape(mask, statistics),
        making=making or Making(),
        outside_range=tuple(request.outside_range),
        notes=tuple(request.notes),
        is_empty=mask.is_empty,
    )


def _rows(request: Asked, measured: Mapping[str, float], mask: MaskVolume) -> tuple[NumberRow, ...]:
    voxel_mm = float(np.max(mask.grid.spacing_mm))
    rows = []
    for name, value in request.numbers.items():
        tolerance = request.tolerances.get(name, tolerance_of(name, float(value), voxel_mm))
        reference = training_range(mask.structure, name)
        rows.append(NumberRow(name, float(value), measured.get(name), float(tolerance), reference))
    return tuple(rows)


def _measured(mask: MaskVolume, line: Centreline | None) -> dict[str, float]:
    return measure(mask.body, mask.grid, tubular=line is not None, line=line)

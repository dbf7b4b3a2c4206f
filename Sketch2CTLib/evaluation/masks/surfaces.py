"""Surfaces and tubes of real masks: rows of cases, and the ranges that results are held against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...data.prepared import PreparedCase, PreparedSet
from ...description.metrics import middle_line
from ...description.surface import SURFACE_NAMES, surface_statistics
from ...description.surface_ranges import FORMAT, SHAPE_NAMES, THICKEST_MM, VERSION, surface_ranges, usual
from ...description.tube import TUBE_NAMES, tube_statistics
from ...errors import DatasetError
from ...frames import VoxelGrid
from ..table import CaseRow, Column

REAL = "real_mask"
REAL_SAYS = "the case's own mask: what its surface is like"
COMMAND = "sketch2ct evaluate surfaces --data PREPARED [--data PREPARED …] --split train --ranges surface_ranges.json"
Progress = Callable[[int, int, str], None]

_LEAST_CASES = 5  # of which a range is told
_FAR_WIDTHS = 2.0  # shrunken kidneys of 10 mL have three quarters of their volume in 'spikes'
_TITLES = {
    "roughness_mm": "roughness mm",
    "opened_share": "spikes",
    "flat_share": "cut flat",
    "wall_share": "walls",
    "beside_share": "beside",
    "pieces": "pieces",
    "roundness_median": "roundness",
    "roundness_p05": "roundness, 5 %",
    "radius_change_p95": "radius change",
    "smallest_radius_share": "smallest radius",
}


def usual_name(statistic: str) -> str:
    """The measure that is 1 where a mask's statistic is no worse than nine tenths of real masks have it, else 0."""
    return f"{statistic}_usual"


def _columns(names: Sequence[str]) -> tuple[Column, ...]:
    shares = {name for name in names if name.endswith("_share") and name in SURFACE_NAMES}
    return tuple(
        Column(name, _TITLES[name], "median", 1 if name in shares else 2, name in shares, None) for name in names
    )


SURFACE_COLUMNS = _columns(SURFACE_NAMES)
TUBE_COLUMNS = _columns(TUBE_NAMES)
TUBE_USUAL = tuple(usual_name(name) for name in TUBE_NAMES)
USUAL_COLUMNS: tuple[Column, ...] = tuple(
    Column(usual_name(name), _TITLES[name], digits=0, percent=True) for name in SHAPE_NAMES
)


def shape_values(body: NDArray[np.bool_], grid: VoxelGrid, structure: str) -> dict[str, float]:
    """Surface and, of a vessel, tube of a mask, in the names of `SHAPE_NAMES`; nothing of an empty one."""
    if not body.any():
        return {}
    values = surface_statistics(body, grid, structure)
    if catalog.structure(structure).tubular:
        values |= tube_statistics(middle_line(body, grid))
    return values


def shape_measures(body: NDArray[np.bool_], grid: VoxelGrid, structure: str) -> dict[str, float]:
    """`shape_values`, and beside each whether it is usual (1 or 0) where real masks were measured.

    An empty mask has NaN, and nothing that is usual.
    """
    names = SHAPE_NAMES if catalog.structure(structure).tubular else SURFACE_NAMES
    values, ranges = shape_values(body, grid, structure), surface_ranges(structure)
    within = {
        usual_name(name): float(name in values and usual(name, values[name], ranges[name]))
        for name in names
        if name in ranges
    }
    return {name: values.get(name, float("nan")) for name in names} | within


def surface_rows(
    folders: Iterable[PreparedSet],
    split: str,
    structures: Sequence[str] = (),
    *,
    progress: Progress | None = None,
) -> list[CaseRow]:
    """One row a real mask; masks on slices thicker than `THICKEST_MM` are left out.

    Args:
        folders: Prepared folders.
        split: train or val.
        structures: Only these; all if empty.
        progress: Told (done, all, case).

    Raises:
        DatasetError: The folders have no such masks.
    """
    cases = [case for one in folders for case in one.cases(split) if not structures or case.structure in structures]
    cases = [case for case in cases if thickest_mm(case) <= THICKEST_MM]
    if not cases:
        raise DatasetError(f"There are no '{split}' masks on slices of at most {THICKEST_MM:g} mm.")
    rows = []
    for at, case in enumerate(cases):
        if progress:
            progress(at, len(cases), case.key)
        rows.append(CaseRow(REAL, case.structure, case.key, shape_values(case.mask(), case.grid, case.structure)))
    return rows


def thickest_mm(case: PreparedCase) -> float:
    """The longest voxel side of the scan that a case comes from."""
    return float(np.linalg.norm(np.asarray(case.record["source_ijk_to_ras"])[:3, :3], axis=0).max())


def surface_range_statistics(rows: Sequence[CaseRow], split: str = "train") -> dict[str, Any]:
    """What `description.surface_ranges` reads, as JSON values: summaries, never a case itself."""
    seen: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    datasets: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        datasets[row.structure][row.case.split("/")[0]] += 1
        for name in SHAPE_NAMES:
            if name in row.values:
                seen[row.structure][name].append(row.values[name])
    told = {
        structure: {name: _summary(values) for name, values in numbers.items() if len(values) >= _LEAST_CASES}
        for structure, numbers in sorted(seen.items())
    }
    return {
        "format": FORMAT,
        "version": VERSION,
        "command": COMMAND,
        "split": split,
        "left_out": f"masks on slices thicker than {THICKEST_MM:g} mm",
        "far_out": f"low and high leave out what lies beyond p05 or p95 by more than {_FAR_WIDTHS:g} × (p95 − p05)",
        "datasets": {structure: dict(sorted(counts.items())) for structure, counts in sorted(datasets.items())},
        "structures": told,
    }


def _summary(values: Sequence[float]) -> dict[str, float]:
    p05, median, p95 = np.quantile(values, [0.05, 0.5, 0.95])
    far = _FAR_WIDTHS * (p95 - p05)
    near = [value for value in values if far == 0 or p05 - far <= value <= p95 + far]
    low, p05, median, p95, high = (_short(q) for q in (min(near), p05, median, p95, max(near)))
    mean, sd = _short(np.mean(values)), _short(np.std(values, ddof=1))
    return {
        "cases": len(values), "median": median, "mean": mean, "sd": sd, "low": low, "high": high, "p05": p05, "p95": p95
    }  # fmt: skip


def _short(value: float | np.floating[Any]) -> float:
    return float(f"{float(value):.5g}")

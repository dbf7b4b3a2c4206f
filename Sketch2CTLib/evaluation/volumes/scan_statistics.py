"""How structures look in real scans, and how well the segmenter finds them there: the ranges that checks go by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...data.intensity import to_unit
from ...data.prepared import PreparedCase, PreparedSet
from ...errors import DatasetError
from ...generation.volumes.checks import judged, overlap
from ...generation.volumes.scan_look import FORMAT, FOUND_AGAIN, LOOKS, VERSION, look_of
from ...generation.volumes.segmenting import Segmenter
from ..table import CaseRow, Column

CHECK_COLUMNS: tuple[Column, ...] = (
    Column("met", "checks met", digits=1, percent=True),
    Column("all_met", "scans that meet all", digits=1, percent=True),
    Column(FOUND_AGAIN, "Dice found again"),
)
Progress = Callable[[int, int, str], None]

_LEAST_CASES = 2


def scan_rows(
    prepared: PreparedSet, split: str, segmenter: Segmenter | None = None, *, progress: Progress | None = None
) -> list[CaseRow]:
    """One row a real scan: its look, the Dice of the segmenter, and how many checks it meets.

    The method of a row is the modality.

    Raises:
        DatasetError: The folder has no scans of that split.
    """
    cases = [case for case in prepared.cases(split) if case.modality is not None]
    if not cases:
        raise DatasetError(f"'{prepared.folder}' has no {split} scans.", hint="Prepare a set with images.")
    rows = []
    for at, case in enumerate(cases):
        if progress:
            progress(at, len(cases), case.key)
        rows.append(_row(case, segmenter))
    return rows


def _row(case: PreparedCase, segmenter: Segmenter | None) -> CaseRow:
    image, mask, modality = case.image(), case.mask(), case.modality or "CT"
    if image is None:
        raise DatasetError(f"'{case.key}' has no image.")
    values = look_of(image, mask, case.grid, modality)
    if segmenter is not None and segmenter.knows(case.structure, modality):
        marked = segmenter.marked(to_unit(image, modality), case.structure, modality)
        values[FOUND_AGAIN] = overlap(marked, mask)
    known = [check.met for check in judged(values, case.structure, modality).checks if check.met is not None]
    if known:
        values |= {"met": float(np.mean(known)), "all_met": float(all(known))}
    return CaseRow(modality, case.structure, case.key, values)


def scan_statistics(looks: Sequence[CaseRow], found: Sequence[CaseRow] = ()) -> dict[str, Any]:
    """What `generation.volumes.scan_look.scan_ranges` reads, as JSON values: summaries, never a case itself.

    Args:
        looks: Rows of the train split.
        found: Rows of the validation split, measured with the segmenter that is shipped: it has learned the train
            split by heart, so that only scans it has not seen tell what it reaches.
    """
    seen: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for rows, names in ((looks, LOOKS), (found, (FOUND_AGAIN,))):
        for row in rows:
            for name in names:
                if name in row.values:
                    seen[row.structure][row.method][name].append(row.values[name])
    structures = {
        structure: {
            modality: {name: _summary(values) for name, values in numbers.items() if len(values) >= _LEAST_CASES}
            for modality, numbers in sorted(kinds.items())
        }
        for structure, kinds in sorted(seen.items())
    }
    datasets = {
        structure: sorted({row.case.split("/")[0] for row in looks if row.structure == structure})
        for structure in sorted(seen)
    }
    splits = dict.fromkeys(LOOKS, "train") | {FOUND_AGAIN: "val"}
    return {"format": FORMAT, "version": VERSION, "splits": splits, "datasets": datasets, "structures": structures}


def _summary(values: Sequence[float]) -> dict[str, float]:
    low, p05, median, p95, high = (_short(q) for q in np.quantile(values, [0.0, 0.05, 0.5, 0.95, 1.0]))
    mean, sd = _short(np.mean(values)), _short(np.std(values, ddof=1))
    return {
        "cases": len(values), "median": median, "mean": mean, "sd": sd, "low": low, "high": high, "p05": p05, "p95": p95
    }  # fmt: skip


def _short(value: float | np.floating[Any]) -> float:
    return float(f"{float(value):.5g}")

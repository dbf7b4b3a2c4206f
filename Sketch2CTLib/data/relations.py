"""Where organs lie beside each other in prepared scans: what `relations` reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import permutations
from typing import Any

import numpy as np

from ..relations import FORMAT, VERSION
from .prepared import PreparedCase, PreparedSet

_LEAST_CASES = 5  # of which a relation is told


def relation_statistics(folders: Iterable[PreparedSet], split: str = "train") -> dict[str, Any]:
    """Offsets between the middles of organs of one scan, as JSON values: summaries over one split, never a case."""
    scans: dict[tuple[str, str], dict[str, PreparedCase]] = defaultdict(dict)
    for prepared in folders:
        for case in prepared.cases(split):
            scans[case.dataset, case.case][case.structure] = case
    offsets: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for organs in scans.values():
        for start, end in permutations(sorted(organs), 2):
            offsets[start][end].append(organs[end].grid.center_ras - organs[start].grid.center_ras)
    return {
        "format": FORMAT,
        "version": VERSION,
        "split": split,
        "relations": {
            start: {end: _summary(np.array(seen)) for end, seen in sorted(ends.items()) if len(seen) >= _LEAST_CASES}
            for start, ends in sorted(offsets.items())
            if any(len(seen) >= _LEAST_CASES for seen in ends.values())
        },
    }


def _summary(offsets: np.ndarray) -> dict[str, Any]:
    mean, sd = offsets.mean(axis=0), offsets.std(axis=0, ddof=1)
    return {"cases": len(offsets), "mean_mm": np.round(mean, 1).tolist(), "sd_mm": np.round(sd, 1).tolist()}

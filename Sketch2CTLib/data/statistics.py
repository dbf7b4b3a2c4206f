"""The training range of every number, from the train split of prepared folders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..training_ranges import FORMAT, VERSION
from .prepared import PreparedSet

_LEAST_CASES = 3


def training_range_statistics(folders: Iterable[PreparedSet], split: str = "train") -> dict[str, Any]:
    """What `training_ranges` reads, as JSON values: summaries over the cases of one split, never a case itself."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    datasets: dict[str, set[str]] = defaultdict(set)
    for prepared in folders:
        for case in prepared.cases(split):
            datasets[case.structure].add(case.dataset)
            for name, value in case.metrics.items():
                values[case.structure][name].append(value)
    return {
        "format": FORMAT,
        "version": VERSION,
        "split": split,
        "datasets": {structure: sorted(names) for structure, names in sorted(datasets.items())},
        "structures": {
            structure: {name: _summary(seen) for name, seen in numbers.items() if len(seen) >= _LEAST_CASES}
            for structure, numbers in sorted(values.items())
        },
    }


def _summary(seen: list[float]) -> dict[str, float]:
    low, p05, median, p95, high = (_short(q) for q in np.quantile(seen, [0.0, 0.05, 0.5, 0.95, 1.0]))
    mean, sd = _short(np.mean(seen)), _short(np.std(seen, ddof=1))
    return {
        "cases": len(seen), "median": median, "mean": mean, "sd": sd, "low": low, "high": high, "p05": p05, "p95": p95
    }  # fmt: skip


def _short(value: float | np.floating[Any]) -> float:
    return float(f"{float(value):.5g}")

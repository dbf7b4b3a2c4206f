"""Measures that are sums over cases: their means with intervals, and of some of them the ratio to real scans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...generation.volumes.scan_look import STEEPNESS
from ..bootstrap import Statistic, bootstrap_interval
from ..table import CaseRow
from .cases import ALL_MET, FOUND, GENERATED, MEAN_MET, NEAREST, REAL, SPREAD_MET
from .detail import FINE_INSIDE, FINE_OUTSIDE, SEAMS
from .groups import Measure

PER_CASE: Mapping[str, Statistic] = {
    FINE_INSIDE: "mean",
    FINE_OUTSIDE: "mean",
    SEAMS: "mean",
    STEEPNESS: "mean",
    FOUND: "mean",
    MEAN_MET: "mean",
    SPREAD_MET: "mean",
    ALL_MET: "mean",
    NEAREST: "median",
}
_RATIOS = (FINE_INSIDE, FINE_OUTSIDE, SEAMS, STEEPNESS)
_RESAMPLES = 2000
_NAN = float("nan")


def over_cases(rows: Sequence[CaseRow], rng: np.random.Generator) -> list[Measure]:
    """Each measure of `PER_CASE` that rows of generated scans have, beside that of the same cases' real scans."""
    measures = []
    for name, statistic in PER_CASE.items():
        generated, real = (
            bootstrap_interval(
                [r.values[name] for r in rows if r.method == m and name in r.values], rng, statistic=statistic
            )
            for m in (GENERATED, REAL)
        )
        if not generated.n:
            continue
        one = Measure(name, generated.value, real.value, generated.low, generated.high)
        if name in _RATIOS:
            one = replace(one, floor=(real.low, real.high), ratio=_ratio(_pairs(rows, name), rng))
        measures.append(one)
    return measures


def _pairs(rows: Sequence[CaseRow], name: str) -> NDArray[np.float64]:
    """(n, 2) generated and real values of the cases that have both."""
    sides = [{r.case: r.values.get(name, _NAN) for r in rows if r.method == m} for m in (GENERATED, REAL)]
    pairs = np.array([[value, sides[1].get(case, _NAN)] for case, value in sides[0].items()]).reshape(-1, 2)
    return pairs[np.isfinite(pairs).all(axis=1)]


def _ratio(pairs: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float, float]:
    """Ratio of the means, with a bootstrap interval over cases."""
    real = pairs[:, 1].mean() if len(pairs) else 0.0
    if not real:
        return _NAN, _NAN, _NAN
    level = float(pairs[:, 0].mean() / real)
    if len(pairs) < 2:
        return level, _NAN, _NAN
    means = pairs[rng.integers(0, len(pairs), (_RESAMPLES, len(pairs)))].mean(axis=1)  # (resamples, 2)
    low, high = np.percentile(means[:, 0] / np.maximum(means[:, 1], 1e-12), (2.5, 97.5))
    return level, float(low), float(high)

"""Bootstrap intervals: how far a mean or median of so few cases can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ..errors import ConfigError

Statistic = Literal["mean", "median"]
_STATISTICS: dict[str, Callable[..., Any]] = {"mean": np.mean, "median": np.median}
_CHUNK_VALUES = 2_000_000


@dataclass(frozen=True)
class Interval:
    """A statistic with its bootstrap interval.

    Args:
        value: The statistic of the sample; NaN for an empty one.
        low, high: Percentile interval; NaN for fewer than two values.
        n: Number of finite values.
        missing: Number of values that were not finite and are left out.
        statistic: mean or median.
        confidence: Coverage of the interval.
    """

    value: float
    low: float
    high: float
    n: int
    missing: int = 0
    statistic: Statistic = "mean"
    confidence: float = 0.95

    def to_dict(self) -> dict[str, Any]:
        """As strict JSON: NaN becomes None."""
        return {key: None if isinstance(v, float) and not np.isfinite(v) else v for key, v in vars(self).items()}


def bootstrap_interval(
    values: ArrayLike,
    rng: np.random.Generator,
    *,
    statistic: Statistic = "mean",
    resamples: int = 5000,
    confidence: float = 0.95,
) -> Interval:
    """The percentile bootstrap interval of the mean or median.

    Values that are not finite (a surface distance to an empty mask) are left out and counted as missing.

    Args:
        values: One value a case.
        rng: Source of the resamples.
        statistic: mean or median.
        resamples: Number of resamples.
        confidence: Coverage, between 0 and 1.

    Raises:
        ConfigError: Unknown statistic, no resamples, or a confidence outside (0, 1).

    Reference: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    if statistic not in _STATISTICS:
        raise ConfigError(f"Unknown statistic '{statistic}'.", hint=f"Choose one of {', '.join(_STATISTICS)}.")
    if resamples < 1 or not 0 < confidence < 1:
        raise ConfigError(f"Needs resamples ≥ 1 and 0 < confidence < 1, got {resamples} and {confidence}.")
    every = np.asarray(values, dtype=np.float64).ravel()
    sample = every[np.isfinite(every)]
    n, missing = len(sample), len(every) - len(sample)
    reduce = _STATISTICS[statistic]
    if n < 2:
        only = float(sample[0]) if n else float("nan")
        return Interval(only, float("nan"), float("nan"), n, missing, statistic, confidence)
    interval = stats.bootstrap(
        (sample,),
        reduce,
        n_resamples=resamples,
        batch=max(1, _CHUNK_VALUES // n),
        confidence_level=confidence,
        method="percentile",
        rng=rng,
    ).confidence_interval
    low, high = interval.low, interval.high
    return Interval(float(reduce(sample)), float(low), float(high), n, missing, statistic, confidence)

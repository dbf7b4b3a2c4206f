"""Numbers that stand beside each other in one sentence: those that differ are written so that they look different.

'0.87 instead of at least 0.87' says nothing; '0.868 instead of at least 0.870' does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

_MOST_DECIMALS = 12
_SAME = 1e-9  # of their size: what numbers differ by through computing alone


def told_apart(values: Sequence[float], tell: Callable[[float], str]) -> tuple[str, ...]:
    """Each value as text; with more decimals, all alike, where two that differ would look the same.

    Args:
        values: Finite numbers of one unit.
        tell: How one is usually written, without its unit.
    """
    texts = tuple(tell(value) for value in values)
    for decimals in range(1, _MOST_DECIMALS + 1):
        if _all_apart(values, texts):
            break
        texts = tuple(f"{value:,.{decimals}f}" for value in values)
    return texts


def told_miss(asked: float, measured: float, tolerance: float, tell: Callable[[float], str]) -> tuple[str, str]:
    """A number asked and what was found, as text; of a missed one it can be read off that it lies beyond the tolerance.

    Args:
        asked, measured: Finite numbers of one unit.
        tolerance: Largest absolute error that counts as met.
        tell: How one is usually written, without its unit.
    """
    if abs(measured - asked) <= tolerance + _SAME:
        return tell(asked), tell(measured)
    bound = asked + math.copysign(tolerance, measured - asked)
    texts = told_apart((asked, measured, bound), tell)
    return texts[0], texts[1]


def _all_apart(values: Sequence[float], texts: Sequence[str]) -> bool:
    """Whether values that differ have texts that differ."""
    ordered = sorted(zip(values, (_unsigned_zero(text) for text in texts), strict=True))
    return all(
        one[1] != other[1] or math.isclose(one[0], other[0], rel_tol=_SAME, abs_tol=10.0**-_MOST_DECIMALS)
        for one, other in pairwise(ordered)
    )


def _unsigned_zero(text: str) -> str:
    """'0.0' of '-0.0' and '+0.0'; anything else as it is."""
    return text.lstrip("+-") if not text.strip("+-0.,") else text

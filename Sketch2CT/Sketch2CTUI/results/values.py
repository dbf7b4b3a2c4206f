"""Values of a JSON that somebody else wrote: anything odd counts as not told."""

from __future__ import annotations

import math


def as_number(value) -> float | None:
    """A finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def as_dict(value) -> dict:
    """A dict, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value) -> list:
    """A list, else an empty one."""
    return list(value) if isinstance(value, list | tuple) else []

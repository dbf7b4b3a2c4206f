"""What a report.json may hold, taken for what it should be: anything else counts as not told."""

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


def sketch_matches(report: dict) -> list[dict]:
    """The sketches that were compared, without what is no number."""
    found = []
    for key in ("sketch", "second_sketch"):
        match = as_dict(report.get(key))
        iou = as_number(match.get("iou"))
        if iou is not None:
            apart = as_number(match.get("contour_distance_mm"))
            view = str(match.get("view") or "")
            found.append({"view": view, "iou": iou, "apart": apart, "followed": match.get("followed") is True})
    return found

"""How large a drawing is along the patient's axes."""

from __future__ import annotations

import math

import numpy as np

from .model import Sketch

LARGEST_TILT_DEGREES = 5.0
_NAMES = ("extent_rl_mm", "extent_ap_mm", "extent_si_mm")
_LEAST_MM = 0.05  # a dot or a line along the other axis has no extent


def drawn_extents(sketch: Sketch) -> dict[str, float]:
    """What the outline spans along R–L, A–P and S–I in mm: at most the two axes that the paper lies along.

    The paper may be turned within itself; where its normal is more than 5° off the nearest axis, or where there is no
    outline, nothing is given.

    Returns:
        'extent_rl_mm', 'extent_ap_mm', 'extent_si_mm' → mm, any subset; creases are not counted.
    """
    outlines = sketch.of_kind(("outline",))
    if not outlines:
        return {}
    points_ras = sketch.plane.to_ras(np.concatenate([stroke.points_mm for stroke in outlines]))
    spans = np.ptp(points_ras, axis=0)
    out_of_paper = np.abs(sketch.plane.plane_to_ras[:3, 2])  # cosine of each axis to the paper's normal
    if out_of_paper.max() < math.cos(math.radians(LARGEST_TILT_DEGREES)):
        return {}
    kept = (axis for axis in range(3) if axis != int(out_of_paper.argmax()))
    return {_NAMES[axis]: float(spans[axis]) for axis in kept if spans[axis] >= _LEAST_MM}

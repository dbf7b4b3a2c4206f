"""Ruled and squared paper: lines at an even distance from edge to edge of the sheet are taken out of a picture.

What was drawn on them stays: it is darker than they are, or it goes on at both sides of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .ink import light_of, shade_of
from .rulinglines import Family, families

_FAINTEST = 0.03  # share of the light: fainter ruling is below all ink
_GRAINS = 2.5  # standard deviations of the paper's grain
_DARKER = 1.3  # what takes away this much more light than the ruling was drawn
_ROOM = 1.5  # pixels beside a line that its soft edge darkens
_DRAWN = 0.5  # of the ruling's own shade: more than that beside it is a drawn line


@dataclass(frozen=True, eq=False)
class Unruled:
    """A picture without its ruling: grey values, and what was taken out, in words."""

    grey: NDArray[np.uint8]
    note: str


def without_ruling(grey: NDArray[np.uint8]) -> Unruled | None:
    """The picture without the lines of ruled or squared paper, or None where there are none.

    Args:
        grey: (rows, columns) uint8, dark lines on light paper.
    """
    import cv2

    if min(grey.shape) < 128:
        return None
    soft = cv2.GaussianBlur(grey, (0, 0), 0.7)
    shade = shade_of(soft)
    middle = float(np.median(shade))
    grain = 1.4826 * float(np.median(np.abs(shade - middle)))
    ruling = families(shade, max(_FAINTEST, middle + _GRAINS * grain))
    if not ruling:
        return None
    result = np.where(_ruled(shade, ruling), light_of(soft), grey).astype(np.uint8)
    kind = "squared" if len(ruling) > 1 else "ruled"
    return Unruled(result, f"The lines of {kind} paper were taken out of the picture.")


def _ruled(shade: NDArray[np.float32], ruling: list[Family]) -> NDArray[np.bool_]:
    """Pixels of the ruling that nothing was drawn on."""
    import cv2

    bands = [family.away <= family.half_width + _ROOM for family in ruling]
    anywhere = np.any(bands, axis=0)
    own = [_own_shade(shade, family) for family in ruling]
    beside = np.asarray((shade > _DRAWN * min(own)) & ~anywhere)
    widest = max(family.half_width + _ROOM for family in ruling)
    pencil = _without_specks(beside, 2 * widest)
    dark = shade > _level(shade, pencil, max(own))
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(np.ceil(widest)) + 1,) * 2)
    goes_on = cv2.morphologyEx(pencil.astype(np.uint8), cv2.MORPH_CLOSE, brush) > 0
    return np.asarray(anywhere & ~dark & ~goes_on)


def _own_shade(shade: NDArray[np.float32], family: Family) -> float:
    """What the middle of a family's lines takes away of the light: nearly the most, where nothing is drawn on them."""
    return float(np.quantile(shade[family.away < 0.7], 0.75))


def _level(shade: NDArray[np.float32], pencil: NDArray[np.bool_], own: float) -> float:
    """The shade from which on a pixel of the ruling was drawn on."""
    if not pencil.any():
        return own * _DARKER
    drawn = float(np.quantile(shade[pencil], 0.75))
    return max(own * _DARKER, (own + drawn) / 2) if drawn > own * _DARKER else float("inf")


def _without_specks(marks: NDArray[np.bool_], least: float) -> NDArray[np.bool_]:
    """Connected marks longer than `least` pixels."""
    import cv2

    _, labels, stats, _ = cv2.connectedComponentsWithStats(marks.astype(np.uint8), connectivity=8)
    large = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) > least
    large[0] = False
    return np.asarray(large[labels])

"""Grey values → flattened light, and where there is ink."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import SketchError

WORKING = 1024  # pixels of the longer edge

_BLANK = 24  # grey values: less contrast than this is no drawing
_MOST_INK = 0.6  # of the picture
_THIN = 1.0  # skewness of the grey values against their surroundings, from which on there are lines
_SPECK = 0.008  # of the longer edge: smaller marks are dust
_PEN = 0.045  # of the longer edge: the widest line that the light is estimated across
_FAINTEST = 0.07  # share of the light that ink takes away, at least
_OF_DARKEST = 0.36  # of what the darkest ink takes away: less is the paper's grain or ruling
_NOISES = 5.0  # standard deviations of the paper's grain


def shrunk(grey: NDArray[np.uint8], longest: int = WORKING) -> NDArray[np.uint8]:
    """The picture at most `longest` pixels wide or high."""
    import cv2

    scale = longest / max(grey.shape)
    if scale >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def dark_on_light(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture as dark lines on light paper."""
    return np.asarray(255 - grey if _is_inverted(grey) else grey, dtype=np.uint8)


def _is_inverted(grey: NDArray[np.uint8]) -> bool:
    """Whether the lines are lighter than the paper; where there are no thin lines, whether the border is dark."""
    import cv2

    width = max(grey.shape) // 12 | 1
    differs = grey - cv2.blur(grey, (width, width), borderType=cv2.BORDER_REPLICATE).astype(np.float32)
    std = float(differs.std())
    if std == 0:
        return False
    skew = float((differs**3).mean()) / std**3  # thin dark lines: rare, strong, negative
    if abs(skew) > _THIN:
        return skew > 0
    return float(np.median(_border(grey).astype(np.float32))) < (int(grey.min()) + int(grey.max())) / 2


def ink_of(grey: NDArray[np.uint8], name: str) -> NDArray[np.bool_]:
    """Where there is ink: darker than the light on the paper there, or dark and painted solid; dust left out.

    Args:
        grey: Dark lines on light paper.
        name: Of the file, for messages.

    Raises:
        SketchError: The picture is all of one grey, has no line or hardly any paper.
    """
    import cv2

    low, high = int(grey.min()), int(grey.max())
    if high - low < _BLANK:
        shade = "black" if high < 85 else "white" if low > 170 else "of one grey"
        raise SketchError(f"The picture '{name}' is all {shade}.", hint="Draw dark lines on light paper.")
    soft = cv2.GaussianBlur(grey, (0, 0), 1.0) if max(grey.shape) > 256 else grey
    lines = _darkened(shade_of(soft))
    level, _ = cv2.threshold(soft, 0, 255, cv2.THRESH_OTSU)
    dark = soft <= level
    if _border(dark).mean() < 0.02 and dark.mean() < _MOST_INK and _is_paint(soft, dark):
        lines = lines | dark
    ink = _cleaned(np.asarray(lines))
    if not ink.any() or ink.mean() > _MOST_INK:
        what = "no line" if not ink.any() else "hardly any paper"
        raise SketchError(f"There is {what} in the picture '{name}'.", hint="Draw dark lines on light paper.")
    return ink


def shade_of(soft: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The share of the light that is missing at each pixel, 0–1: shadows and uneven light divided out."""
    light = np.maximum(light_of(soft).astype(np.float32), 8.0)
    return np.asarray(np.clip(1.0 - soft / light, 0.0, 1.0), dtype=np.float32)


def light_of(soft: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The light on the paper: what remains when all lines are closed over; a shadow's edge stays where it is."""
    import cv2

    width = max(5, int(_PEN * max(soft.shape))) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    framed = cv2.copyMakeBorder(soft, width, width, width, width, cv2.BORDER_REPLICATE)
    closed = cv2.medianBlur(cv2.morphologyEx(framed, cv2.MORPH_CLOSE, kernel), 5)
    return np.asarray(closed[width:-width, width:-width], dtype=np.uint8)


def _darkened(shade: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pixels clearly darker than the paper's grain, and what hangs on them and is half as dark."""
    import cv2

    bright = shade[shade < np.quantile(shade, 0.9) + 1e-6]
    middle = float(np.median(bright))
    noise = 1.4826 * float(np.median(np.abs(bright - middle)))
    marks = shade[shade > max(_FAINTEST, middle + _NOISES * noise)]
    if marks.size == 0:
        return np.zeros(shade.shape, dtype=bool)
    darkest = float(np.quantile(marks, 0.8))
    strong = max(_FAINTEST, middle + _NOISES * noise, _OF_DARKEST * darkest)
    weak = max(0.6 * strong, middle + 0.6 * _NOISES * noise)
    _, labels = cv2.connectedComponents((shade > weak).astype(np.uint8), connectivity=8)
    keep = np.zeros(int(labels.max()) + 1, dtype=bool)
    keep[np.unique(labels[shade > strong])] = True
    keep[0] = False
    return np.asarray(keep[labels])


def _is_paint(soft: NDArray[np.uint8], dark: NDArray[np.bool_]) -> bool:
    """Whether what is dark is so against its own rim, as paint is, and not a shadow that fades out."""
    import cv2

    inner = cv2.erode(dark.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    outer = cv2.dilate(dark.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    rim, light = dark & ~inner, outer & ~dark
    if not rim.any() or not light.any():
        return False
    return float(soft[light].mean()) - float(soft[rim].mean()) > 0.25 * float(np.ptp(soft))


def _cleaned(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without dust, and without what hangs on the picture's edge (a scanner's frame) where there is more."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    left, top, width, height = stats[:, 0], stats[:, 1], stats[:, 2], stats[:, 3]
    rows, columns = ink.shape
    large = np.maximum(width, height) >= max(2.0, _SPECK * max(ink.shape))
    large[0] = False
    edged = (left == 0) | (top == 0) | (left + width == columns) | (top + height == rows)
    longest = np.where(large, np.maximum(width, height), 0)
    inner = large & ~edged
    keep = inner if count > 1 and inner.any() and longest[inner].max() > 0.15 * max(ink.shape) else large
    return np.asarray(keep[labels])


def _border(values: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.asarray(np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]))

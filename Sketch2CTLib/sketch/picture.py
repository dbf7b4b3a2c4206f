"""A drawn picture → a sketch: dark lines on light paper, or light on dark, scanned, photographed or exported."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import SketchError
from ..frames import PlaneFrame
from .closing import enclosed_share, grown
from .header import picture_kind, picture_size
from .model import Sketch, Stroke
from .tracing import simplified, smoothed, trace

MAX_MEGAPIXELS = 64

_WORKING = 1024  # pixels of the longer edge
_BLANK = 24  # grey values: less contrast than this is no drawing
_MOST_INK = 0.6  # of the picture
_THIN = 1.0  # skewness of the grey values against their surroundings, from which on there are lines
_SPECK = 0.008  # of the longer edge: smaller marks are dust
_SOLID = 0.04  # of the longer edge: what is thicker than this was painted, not drawn with a pen
_REACHES = (0.0, 0.01, 0.02, 0.04, 0.08, 0.12)  # gaps closed, as a share of the longer edge
_ENCLOSED, _ENOUGH = 0.85, 0.5  # share of the ink on a closed shape: go no further, good enough
_PART = 0.1  # of the largest shape's area: smaller closed shapes are letters and ticks
_RIM = 0.015  # of the longer edge: lines this close to the outline are the outline drawn twice
_SHORTEST = 0.04  # of the shape's diagonal, for a line within it


def sketch_from_picture(path: str | os.PathLike[str], *, plane: PlaneFrame, structure: str | None = None) -> Sketch:
    """The drawing in a picture: its closed outline and the lines within, on the plane.

    Args:
        path: PNG or JPEG; its longer edge becomes the plane's longer edge, its middle the plane's centre.
        plane: Where the paper lies in the patient.
        structure: Catalog name of what was drawn.

    Raises:
        SketchError: No such file, not a picture, blank, more than 64 megapixels, or no closed shape in it.
    """
    return sketch_from_bytes(read_bytes(path), Path(path).name, plane=plane, structure=structure)


def sketch_from_bytes(content: bytes, name: str, *, plane: PlaneFrame, structure: str | None = None) -> Sketch:
    """As `sketch_from_picture`, from the bytes of a picture file."""
    grey = _grey(content, name)
    ink = _ink(grey, name)
    body, lines = _body(ink, name)
    strokes = [Stroke(_on_paper(ring, grey.shape, plane), "outline", True) for ring in _outlines(body)]
    for points, ring in _creases(lines, body):
        strokes.append(Stroke(_on_paper(points, grey.shape, plane), "crease", ring))
    return Sketch(tuple(strokes), plane, structure)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """A file's content; raises SketchError where there is none."""
    path = Path(path)
    if not path.is_file():
        raise SketchError(f"There is no sketch '{path}'.", hint="Check the path.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SketchError(f"The sketch '{path}' cannot be read ({error.strerror}).", hint="Check the file.") from error
    if not content:
        raise SketchError(f"The sketch '{path}' is an empty file.", hint="Save it again.")
    return content


def _grey(content: bytes, name: str) -> NDArray[np.uint8]:
    """Light paper, dark lines, at most `_WORKING` pixels wide or high."""
    import cv2

    width, height = picture_size(content, name)
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise SketchError(
            f"'{name}' has {width}×{height} pixels, more than {MAX_MEGAPIXELS} megapixels.", hint="Make it smaller."
        )
    # Only the colour reader turns photographs as their EXIF says, only the unchanged one keeps transparency.
    how = cv2.IMREAD_COLOR if picture_kind(content, name) == "jpeg" else cv2.IMREAD_UNCHANGED
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), how)
    except cv2.error:
        image = None
    if image is None:
        raise SketchError(f"'{name}' is a damaged picture.", hint="Save it again.")
    values = image.astype(np.float32) * (255.0 / np.iinfo(image.dtype).max)
    if values.ndim == 3:
        alpha = values[..., 3:4] / 255.0 if values.shape[2] == 4 else 1.0
        values = (values[..., :3] * alpha + 255.0 * (1.0 - alpha)) @ np.array([0.114, 0.587, 0.299], np.float32)
    scale = _WORKING / max(values.shape)
    if scale < 1:
        size = (max(1, round(values.shape[1] * scale)), max(1, round(values.shape[0] * scale)))
        values = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    grey = np.clip(np.round(values), 0, 255).astype(np.uint8)
    return np.asarray(255 - grey if _is_inverted(grey) else grey, dtype=np.uint8)


def _is_inverted(grey: NDArray[np.uint8]) -> bool:
    """Whether the lines are lighter than the paper; where there are no thin lines, whether the border is dark."""
    differs = grey - _surroundings(grey).astype(np.float32)
    spread = float(differs.std())
    if spread == 0:
        return False
    skew = float((differs**3).mean()) / spread**3  # thin dark lines: rare, strong, negative
    if abs(skew) > _THIN:
        return skew > 0
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return float(np.median(border)) < (int(grey.min()) + int(grey.max())) / 2


def _surroundings(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mean grey value around each pixel."""
    import cv2

    width = max(grey.shape) // 12 | 1
    return np.asarray(cv2.blur(grey, (width, width), borderType=cv2.BORDER_REPLICATE), dtype=np.uint8)


def _ink(grey: NDArray[np.uint8], name: str) -> NDArray[np.bool_]:
    """Where there is ink: darker than the paper around it, or dark and painted solid; dust left out."""
    import cv2

    low, high = int(grey.min()), int(grey.max())
    if high - low < _BLANK:
        shade = "black" if high < 85 else "white" if low > 170 else "of one grey"
        raise SketchError(f"The picture '{name}' is all {shade}.", hint="Draw dark lines on light paper.")
    edge = max(grey.shape)
    soft = cv2.GaussianBlur(grey, (0, 0), 1.0) if edge > 256 else grey
    local = _surroundings(soft).astype(np.int16) - soft > max(_BLANK / 2, 0.12 * (high - low))
    level, _ = cv2.threshold(soft, 0, 255, cv2.THRESH_OTSU)
    dark = soft <= level
    on_border = np.concatenate([dark[0], dark[-1], dark[:, 0], dark[:, -1]]).mean()
    ink = local | dark if on_border < 0.02 else local  # a dark border is a shadow, not paint
    ink = _cleaned(np.asarray(ink))
    if not ink.any() or ink.mean() > _MOST_INK:
        found = "no line" if not ink.any() else "hardly any paper"
        raise SketchError(f"There is {found} in the picture '{name}'.", hint="Draw dark lines on light paper.")
    return ink


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


def _body(ink: NDArray[np.bool_], name: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The closed shape that the lines enclose, and the lines one pixel wide."""
    import cv2
    from skimage.morphology import skeletonize

    edge = max(ink.shape)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(3, int(_SOLID * edge)) | 1,) * 2)
    solid = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, brush) > 0
    lines = np.asarray(skeletonize(ink))
    lines &= ~solid
    walls, margin = np.pad(solid | lines, edge // 8), edge // 8
    best, best_share = None, 0.0
    for reach in _REACHES:
        shape = grown(walls, reach * edge / 2)
        share = enclosed_share(shape, walls)
        if share > best_share + 0.02:
            best, best_share = shape, share
        if share >= _ENCLOSED:
            break
    if best is None or best_share < _ENOUGH:
        raise SketchError(f"The lines in the picture '{name}' enclose nothing.", hint="Close the outline of the organ.")
    return _parts(best[margin : margin + ink.shape[0], margin : margin + ink.shape[1]]), lines


def _parts(shape: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest closed shape, and others of its order; bare lines fall away."""
    import cv2

    body = cv2.morphologyEx(shape.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(body, connectivity=4)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0
    return np.asarray((areas >= max(1.0, _PART * areas.max()))[labels])


def _outlines(body: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    from scipy.ndimage import gaussian_filter
    from skimage.measure import find_contours

    soft = gaussian_filter(np.pad(body, 4).astype(np.float64), 1.0)
    rings = [np.asarray(ring[:-1, ::-1]) - 4 for ring in find_contours(soft, 0.5) if len(ring) > 8]
    return [simplified(smoothed(ring, 2.0, closed=True), 0.4, closed=True) for ring in rings]


def _creases(lines: NDArray[np.bool_], body: NDArray[np.bool_]) -> list[tuple[NDArray[np.float64], bool]]:
    """Lines well inside the shape, longest first."""
    import cv2

    depth = cv2.distanceTransform(np.pad(body, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    rows, columns = np.nonzero(body)
    diagonal = float(np.hypot(np.ptp(rows), np.ptp(columns)))
    found = trace(lines & (depth > _RIM * max(body.shape)), shortest=_SHORTEST * diagonal)
    return [(simplified(smoothed(points, 2.0, closed=ring), 0.4, closed=ring), ring) for points, ring in found]


def _on_paper(points: NDArray[np.float64], shape: tuple[int, ...], plane: PlaneFrame) -> NDArray[np.float64]:
    """(column, row) of the picture → mm on the plane, the aspect kept."""
    rows, columns = shape
    scale = max(plane.size_mm) / max(rows, columns)
    return np.stack([points[:, 0] + 0.5 - columns / 2, rows / 2 - points[:, 1] - 0.5], axis=1) * scale

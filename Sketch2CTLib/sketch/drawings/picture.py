"""A drawn picture → a drawing: dark lines on light paper, or light on dark, scanned, photographed or exported."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import SketchError
from ...frames import PlaneFrame
from ..closing import enclosed_share, grown, inside
from ..model import Sketch
from ..tracing import simplified, smoothed, trace
from .decoding import decoded
from .drawing import Drawing, Gap, Line
from .header import opened_picture, paper_size_mm
from .ink import WORKING, dark_on_light, ink_of, shrunk
from .ruling import without_ruling
from .sheet import straightened

MOST_BYTES = 64_000_000

_SOLID = 0.04  # of the longer edge: what is thicker than this was painted, not drawn with a pen
_REACHES = (0.0, 0.01, 0.02, 0.04, 0.08, 0.12)  # gaps closed, as a share of the longer edge
_ENCLOSED, _ENOUGH = 0.85, 0.5  # share of the ink on a closed shape: go no further, good enough
_LARGE = 0.3  # of the largest connected ink's diagonal: smaller marks are letters and ticks, not the outline
_PART = 0.1  # of the largest shape's area: smaller closed shapes are letters and ticks
_HANGING = 0.002  # of the largest shape's area: smaller ones that hang on it are crossings of lines
_RIM = 0.015  # of the longer edge: lines this close to the outline are the outline drawn twice
_SHORTEST = 0.04  # of the shape's diagonal, for a line within it
_BRIDGED = 3.0  # pixels between the outline and the nearest ink, from which on the outline was not drawn
_SHORTEST_APART = 0.012  # of the longer edge, for a line beside the shape: ticks count
_LONE, _SOFTENING = 4, 1.8  # pixels of a line around its free end; by which softening widens ink
_MOST_GAPS, _KEPT = 50, 0.97  # gaps bridged one by one; share of the shape that bridging must keep
_SHORTEST_GAP = 0.006  # of the longer edge


def sketch_from_picture(path: str | os.PathLike[str], *, plane: PlaneFrame, structure: str | None = None) -> Sketch:
    """The drawing in a picture, its longer edge taken for the plane's longer edge and its middle for the centre.

    Args:
        path: PNG or JPEG.
        plane: Where the paper lies in the patient.
        structure: Catalog name of what was drawn.

    Raises:
        SketchError: No such file, not a picture, blank, more than 64 megapixels, or not one closed shape in it.
    """
    return sketch_from_bytes(read_bytes(path), Path(path).name, plane=plane, structure=structure)


def sketch_from_bytes(content: bytes, name: str, *, plane: PlaneFrame, structure: str | None = None) -> Sketch:
    """As `sketch_from_picture`, from the bytes of a picture file."""
    from .scale import Scale, fitted

    return fitted(drawing_from_picture(content, name), Scale("paper"), plane, structure).sketch


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """A file's content; raises SketchError where there is none, or more than 64 MB."""
    path = Path(path)
    try:
        if not path.is_file():
            raise SketchError(f"There is no sketch '{path}'.", hint="Check the path.")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise SketchError(
                f"'{path.name}' has {size // 1_000_000} MB, too much for a sketch.", hint="Make it smaller."
            )
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SketchError(f"The sketch '{path}' cannot be read ({reason}).", hint="Check the file.") from error
    if not content:
        raise SketchError(f"The sketch '{path}' is an empty file.", hint="Save it again.")
    return content


def drawing_from_picture(content: bytes, name: str, *, several: bool = False, straighten: bool = True) -> Drawing:
    """The closed outline in a picture and the lines within it, in pixels of the file.

    Args:
        content: Bytes of a PNG or JPEG.
        name: Of the file, for messages.
        several: Whether more than one closed shape is meant.
        straighten: Whether a sheet photographed on a table is seen straight on first.

    Raises:
        SketchError: Not a picture, blank, more than 64 megapixels, or not one closed shape in it.
    """
    image = opened_picture(content, name)
    full = image.size
    grey, notes = shrunk(decoded(image, name, 2 * WORKING), 2 * WORKING), []
    sheet = straightened(grey, WORKING) if straighten else None
    if sheet is not None:
        grey, notes = sheet.grey, [sheet.note]
    grey = dark_on_light(shrunk(grey))
    unruled = without_ruling(grey)
    if unruled is not None:
        grey, notes = unruled.grey, [*notes, unruled.note]
    ink = ink_of(grey, name)
    shape, lines, solid, widened = _body(ink, name)
    body, others = _parts(shape, name, several)
    if others:
        notes.append(f"{others} small closed shape{'s' if others > 1 else ''} beside the drawing were left out.")
    body, gaps = _bridged(body, lines | solid) if widened else (body, ())
    outlines = [Line(ring, "outline", True) for ring in _outlines(body)]
    creases = [Line(points, "crease", ring) for points, ring in _creases(lines, body)]
    apart = _apart(lines & ~_near(body), ink)
    drawing = Drawing((*outlines, *creases), (grey.shape[1], grey.shape[0]), apart=tuple(apart), notes=tuple(notes))
    finer = max(full) / max(grey.shape) if sheet is None else 1.0
    drawing = _on_sheet(replace(drawing, gaps=gaps), grey.shape, finer)
    if sheet is None:
        return replace(drawing, paper_mm=paper_size_mm(image))
    return replace(drawing, unit="unit", size=(drawing.size[0] + 2 * sheet.trim, drawing.size[1] + 2 * sheet.trim))


def _body(ink: NDArray[np.bool_], name: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_], bool]:
    """What the lines enclose, the lines one pixel wide, what was painted solid, and whether gaps were closed."""
    import cv2
    from skimage.morphology import skeletonize

    edge = max(ink.shape)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(3, int(_SOLID * edge)) | 1,) * 2)
    solid = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, brush) > 0
    lines = np.asarray(skeletonize(ink))
    lines &= ~solid
    margin = edge // 8
    walls = np.pad(solid | lines, margin)
    large = walls & np.pad(_large(ink), margin)
    best, best_share, chosen = None, 0.0, 0.0
    for reach in _REACHES:
        shape = grown(walls, reach * edge / 2)
        share = enclosed_share(shape, large)
        if share > best_share + 0.02:
            best, best_share, chosen = shape, share, reach
        if share >= _ENCLOSED:
            break
    if best is None or best_share < _ENOUGH:
        raise SketchError(f"The lines in the picture '{name}' enclose nothing.", hint="Close the outline of the organ.")
    return best[margin : margin + ink.shape[0], margin : margin + ink.shape[1]], lines, solid, chosen > 0


def _large(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Connected ink that is large enough to be (a piece of) an outline."""
    import cv2

    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    diagonal = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    diagonal[0] = 0
    return np.asarray((diagonal >= _LARGE * diagonal.max())[labels])


def _parts(shape: NDArray[np.bool_], name: str, several: bool) -> tuple[NDArray[np.bool_], int]:
    """The largest closed shape, or all of its order, and how many small ones were left out; bare lines fall away."""
    import cv2

    body = cv2.morphologyEx(shape.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(body, connectivity=4)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0
    is_large = areas >= max(1.0, _PART * areas.max())
    if is_large.sum() > 1 and not several:
        raise too_many(int(is_large.sum()), name)
    _, wholes = cv2.connectedComponents(shape.astype(np.uint8), connectivity=8)
    of_kept = np.unique(wholes[is_large[labels]])
    hanging = np.unique(labels[np.isin(wholes, of_kept) & (body > 0)])  # a vessel pinched where its two lines meet
    is_large[hanging[areas[hanging] > _HANGING * areas.max()]] = True
    return np.asarray(is_large[labels]), int((areas[~is_large] > _HANGING * areas.max()).sum())


def too_many(count: int, name: str) -> SketchError:
    """The refusal of a file with several closed shapes."""
    return SketchError(
        f"There are {count} closed shapes of similar size in '{name}', and an organ has one outline.",
        hint="Keep one of them, or say that the organ is in several pieces.",
    )


def _near(body: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The shape and a rim around it that its own line may cover."""
    import cv2

    width = 2 * max(3, int(_RIM * max(body.shape))) + 1
    return np.asarray(cv2.dilate(body.astype(np.uint8), np.ones((width, width), np.uint8)) > 0)


def _apart(lines: NDArray[np.bool_], ink: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Lines beside the shape; their ends are where the pen was, which thinning has eaten by half its width."""
    import cv2

    half = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 5)
    neighbours = cv2.filter2D(lines.astype(np.uint8), -1, np.ones((7, 7), np.uint8), borderType=cv2.BORDER_CONSTANT)

    def free(end: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
        column, row = end.astype(int)
        away = end - before
        if neighbours[row, column] > _LONE:  # it ends on another line
            return end
        return np.asarray(end + away / np.linalg.norm(away) * max(0.0, float(half[row, column]) - _SOFTENING))

    lines_apart = []
    for points, ring in trace(lines, shortest=_SHORTEST_APART * max(ink.shape)):
        if not ring and len(points) > 8:
            points = np.vstack([free(points[0], points[6]), points[1:-1], free(points[-1], points[-7])])
        lines_apart.append(points)
    return lines_apart


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
    lines_within = trace(lines & (depth > _RIM * max(body.shape)), shortest=_SHORTEST * diagonal)
    return [(simplified(smoothed(points, 2.0, closed=ring), 0.4, closed=ring), ring) for points, ring in lines_within]


def _bridged(body: NDArray[np.bool_], drawn: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], tuple[Gap, ...]]:
    """The shape with straight lines where its border was not drawn (growing dips inward there), and those lines."""
    import cv2

    inner = cv2.erode(np.pad(body, 1).astype(np.uint8), np.ones((3, 3), np.uint8))[1:-1, 1:-1] > 0
    away, nearest = cv2.distanceTransformWithLabels(
        (~drawn).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    drawn_at = np.zeros((int(nearest.max()) + 1, 2), dtype=np.int64)
    drawn_at[nearest[drawn]] = np.argwhere(drawn)[:, ::-1]
    bare = (body & ~inner & (away > _BRIDGED)).astype(np.uint8)
    count, labels = cv2.connectedComponents(bare, connectivity=8)
    walls, gaps = drawn.astype(np.uint8), []
    for number in range(1, min(count, _MOST_GAPS + 1)):
        rows, columns = np.nonzero(labels == number)
        away_from = np.hypot(rows - rows[0], columns - columns[0])
        one = int(np.argmax(away_from))
        other = int(np.argmax(np.hypot(rows - rows[one], columns - columns[one])))
        start, end = (drawn_at[nearest[rows[n], columns[n]]] for n in (one, other))
        cv2.line(walls, start.tolist(), end.tolist(), 1, 2)
        length = float(np.linalg.norm(end - start))
        if length > _SHORTEST_GAP * max(drawn.shape):
            gaps.append(Gap(length, (start + end) / 2))
    straight = inside(walls > 0) & ~_loose(inside(walls > 0), body)
    better = (straight & body).sum() > _KEPT * body.sum()
    return straight if better else body, tuple(sorted(gaps, key=lambda gap: -gap.length))


def _loose(shape: NDArray[np.bool_], body: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Bare lines of a shape, and parts of it that are not of the body."""
    import cv2

    opened = cv2.morphologyEx(shape.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, labels = cv2.connectedComponents(opened, connectivity=4)
    wanted = np.bincount(labels[body & (opened > 0)], minlength=int(labels.max()) + 1) > 0
    wanted[0] = False
    return np.asarray(~wanted[labels])


def _on_sheet(drawing: Drawing, shape: tuple[int, ...], finer: float) -> Drawing:
    """(column, row) from the corner → x right and y up from the middle, `finer` units to a pixel."""
    rows, columns = shape

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([points[..., 0] + 0.5 - columns / 2, rows / 2 - points[..., 1] - 0.5], axis=-1) * finer

    return replace(
        drawing,
        lines=tuple(replace(line, points=moved(line.points)) for line in drawing.lines),
        apart=tuple(map(moved, drawing.apart)),
        gaps=tuple(Gap(gap.length * finer, moved(gap.middle)) for gap in drawing.gaps),
        size=(columns * finer, rows * finer),
    )

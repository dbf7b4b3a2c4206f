"""Painted shapes of an SVG page → a drawing: which is the outline, what lies within, what is not part of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import SketchError
from ..raster import polygon_area
from ..tracing import simplified
from .drawing import Drawing, Gap, Line
from .picture import too_many
from .repair import joined_ring, nothing_enclosed, redrawn, within_share
from .svg import Page, Shape, read_svg

_WHOLE_PAGE = 0.97  # of the page's width and height: a shape this large is its background or frame
_NEARLY_CLOSED = 0.03  # of a line's length, as `raster` has it
_PART = 0.1  # of the largest shape's area: smaller ones beside it are letters and ticks
_TWICE = 0.8  # of the outline's area: a larger closed shape within it is the same line drawn twice
_WITHIN = 0.9
_FINE = 2e-4  # of the page's longer edge: points closer to a line than this say nothing


@dataclass(frozen=True, eq=False)
class _Closed:
    """A closed shape, whether it is painted, the element it belongs to, and the gaps that were closed."""

    points: NDArray[np.float64]
    filled: bool
    element: int
    gaps: tuple[Gap, ...] = ()


def drawing_from_svg(content: bytes, name: str, *, several: bool = False) -> Drawing:
    """The outline in an SVG and the lines within it, in px of its page.

    The largest closed shape is the outline. Runs of the same painted path within it are holes; other closed shapes and
    lines within it are creases.

    Args:
        content: Bytes of the file.
        name: Of the file, for messages.
        several: Whether more than one outline is meant.

    Raises:
        SketchError: Not an SVG, beyond the limits, empty, or not one closed shape in it.
    """
    page = read_svg(content, name)
    shapes, notes = _without_frames(page)
    if not shapes:
        raise SketchError(f"The SVG '{name}' paints no lines.", hint="Draw the outline as a path, polygon or ellipse.")
    centred = [_upright(shape, page.size) for shape in shapes]
    closed, loose = _split(centred)
    closed.sort(key=lambda shape: -polygon_area(shape.points))
    if not closed or _is_detail(closed[0], loose):
        closed, loose, gap_notes = _closed_from(loose, closed)
        notes += gap_notes
    drawing = _sorted_out(closed, loose, name, several)
    unit = page.px_mm
    return Drawing(drawing.lines, page.size, "px", unit, None, drawing.apart, drawing.gaps, (*notes, *drawing.notes))


def _without_frames(page: Page) -> tuple[list[Shape], list[str]]:
    """The shapes without backgrounds and frames as large as the page."""
    lines_left = []
    for shape in page.shapes:
        covers = np.ptp(shape.points, axis=0) >= _WHOLE_PAGE * np.array(page.size)
        if not (shape.closed and covers.all() and _is_box(shape.points)):
            lines_left.append(shape)
    left = len(page.shapes) - len(lines_left)
    notes = [f"{'A frame' if left == 1 else f'{left} frames'} as large as the page: left out."] if left else []
    return lines_left, [*page.notes, *notes]


def _is_box(points: NDArray[np.float64]) -> bool:
    return polygon_area(points) > 0.98 * float(np.prod(np.ptp(points, axis=0)))


def _upright(shape: Shape, size: tuple[float, float]) -> Shape:
    """Turned to x right and y up from the middle of the page, without points that say nothing."""
    points = (shape.points - np.array(size) / 2) * [1.0, -1.0]
    moved = np.linalg.norm(np.diff(points, axis=0), axis=1) > 0
    points = points[np.concatenate([[True], moved])]
    if shape.closed and len(points) > 1 and np.array_equal(points[0], points[-1]):
        points = points[:-1]
    points = simplified(points, _FINE * max(size), closed=shape.closed)
    return Shape(points, shape.closed, shape.filled, shape.element)


def _split(shapes: list[Shape]) -> tuple[list[_Closed], list[NDArray[np.float64]]]:
    """Closed shapes, nearly closed lines among them, and open lines."""
    closed, loose = [], []
    for shape in shapes:
        points = shape.points
        if len(points) < 2:
            continue
        ends = float(np.linalg.norm(points[-1] - points[0]))
        long = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
        area = polygon_area(points) if len(points) > 2 else 0.0
        if area > 1e-4 * long**2 and (shape.closed or (len(points) > 3 and ends <= _NEARLY_CLOSED * long)):
            gaps = () if shape.closed or ends == 0 else (Gap(ends, (points[0] + points[-1]) / 2),)
            closed.append(_Closed(points, shape.filled, shape.element, gaps))
        else:
            loose.append(np.vstack([points, points[:1]]) if shape.closed else points)
    return closed, loose


def _is_detail(largest: _Closed, loose: list[NDArray[np.float64]]) -> bool:
    """Whether the largest closed shape is a mark, and the outline is among much larger open lines."""
    if not loose:
        return False
    reach = float(np.linalg.norm(np.ptp(np.concatenate(loose), axis=0)))
    own = float(np.linalg.norm(np.ptp(largest.points, axis=0)))
    longest = max(float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum()) for line in loose)
    return own < 0.4 * reach and longest > 2 * own


def _closed_from(
    loose: list[NDArray[np.float64]], closed: list[_Closed]
) -> tuple[list[_Closed], list[NDArray[np.float64]], list[str]]:
    """The outline that open lines make together; closed marks stay."""
    straight = [n for n, line in enumerate(loose) if _is_straight(line)]  # a scale bar must not be drawn in
    for left_out in ([], straight) if straight else ([],):
        chosen = [line for n, line in enumerate(loose) if n not in left_out]
        aside = [loose[n] for n in left_out]
        ring = joined_ring(chosen)
        if ring is not None:
            rest = [line for n, line in enumerate(chosen) if n not in ring.used]
            notes = [f"{len(ring.used)} open lines were joined to one closed outline."] if len(ring.used) > 1 else []
            return [_Closed(ring.points, False, -1, ring.gaps), *closed], rest + aside, notes
    if not loose or len(loose) > 500:
        raise nothing_enclosed()
    rings = redrawn(loose, [])
    if not rings:
        raise nothing_enclosed()
    crossing = f"The outline's {len(loose)} open lines were drawn anew as one closed line."
    return [_Closed(ring, True, -2) for ring in rings] + closed, [], [crossing]


def _is_straight(line: NDArray[np.float64]) -> bool:
    long = float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
    return float(np.linalg.norm(line[-1] - line[0])) > 0.99 * long


def _sorted_out(closed: list[_Closed], loose: list[NDArray[np.float64]], name: str, several: bool) -> Drawing:
    """Outlines, holes, creases and what lies apart."""
    outlines, holes, creases, apart = [closed[0]], [], [], []
    least, small = _PART * polygon_area(closed[0].points), 0
    for shape in closed[1:]:
        parent = next((o for o in outlines if within_share(shape.points, o.points) >= _WITHIN), None)
        if parent is None and polygon_area(shape.points) >= least:
            outlines.append(shape)
        elif parent is None:
            apart.append(np.vstack([shape.points, shape.points[:1]]))
            small += 1
        elif polygon_area(shape.points) > _TWICE * polygon_area(parent.points):
            continue
        elif parent.filled and shape.element == parent.element:
            holes.append(shape)
        else:
            creases.append(Line(shape.points, "crease", True))
    if len(outlines) > 1 and not several:
        raise too_many(len(outlines), name)
    for line in loose:
        if max(within_share(line, outline.points) for outline in outlines) >= _WITHIN:
            creases.append(Line(line, "crease", False))
        else:
            apart.append(line)
    gaps = tuple(gap for shape in outlines for gap in shape.gaps)
    lines = [Line(shape.points, "outline", True) for shape in (*outlines, *holes)] + creases
    notes = [f"{small} small closed shape{'s' if small > 1 else ''} beside the drawing: left out."] if small else []
    return Drawing(tuple(lines), (1.0, 1.0), apart=tuple(apart), gaps=gaps, notes=tuple(notes))

"""Outlines that were left open → closed ones, and what was changed, in words.

Ends are joined in order with straight lines where that is enough, so that the drawn points stay as they are; where
lines cross or meet halfway, the shape that they enclose is drawn anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...errors import SketchError
from ...frames import PlaneFrame
from ..model import Sketch, Stroke
from ..raster import polygon_area, silhouette, to_window
from ..tracing import simplified, smoothed
from .drawing import Gap, whereabouts
from .joining import MOST_BRIDGED, Ring, ring_of

_NEARLY_CLOSED = 0.03  # of a stroke's length, as `raster` has it: a person who stops this close meant to close it
_UNSEEN_MM = 0.5  # gaps below it are closed without a word
_PIXELS = 512  # of the picture in which crossing lines are filled
_PAPER_MM = 200.0
_INK_PIXELS = 4.0  # a border this close to ink was drawn
_WITHIN = 0.9  # share of a line's points inside a shape, from which on it lies within
_MOST_TOLD = 3
_CLEARLY, _OVERSHOT = 0.05, 0.9  # bridged share from which on a ring is compared with what its lines enclose; its area
_MOST_LOOSE = 1_000  # open lines that are tried
_MOST_RINGS = 20  # largest closed ones that lines are sought in


def closed_outlines(sketch: Sketch) -> tuple[Sketch, tuple[str, ...]]:
    """The sketch with closed outlines only, and what was changed.

    Args:
        sketch: Outlines open or closed; creases stay as they are.

    Returns:
        The sketch (the same one where nothing was open) and sentences such as `The outline was open by 6 mm at the
        lower left: closed with a straight line.`

    Raises:
        SketchError: There is no outline, or the outlines enclose nothing.
    """
    outlines = sketch.of_kind(("outline",))
    if not outlines:
        raise SketchError("The sketch has creases but no outline.", hint="Draw the outline of the organ.")
    if all(stroke.closed and _area(stroke) > 0 for stroke in outlines):
        return sketch, ()
    low, high = _box(outlines)
    shut, loose, gaps = _sorted_out(outlines)
    if len(loose) > _MOST_LOOSE:
        raise SketchError(f"The outline is in {len(loose):,} open pieces, too many to join.", hint="Simplify it.")
    notes = list(gap_notes(gaps, 1.0, low, high))
    within = _within(loose, shut)
    inner = {id(stroke) for stroke in within}
    outer = [stroke for stroke in loose if id(stroke) not in inner]
    if outer:
        made, extra, more_gaps = _enclosed(outer, shut, low, high)
        shut, within, notes = shut + made, within + extra, notes + more_gaps
    if not shut:
        raise nothing_enclosed()
    if within:
        notes.append(
            f"{_lines(len(within))} within the outline: taken for {'a crease' if len(within) == 1 else 'creases'}."
        )
    creases = [replace(stroke, kind="crease") for stroke in within]
    return replace(sketch, strokes=(*shut, *sketch.of_kind(("crease",)), *creases)), tuple(notes)


def gap_notes(
    gaps: Sequence[Gap], mm_per_unit: float, low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[str, ...]:
    """Where the outline was open and by how much; the longest few, gaps below half a millimetre not at all."""
    seen_gaps = [gap for gap in gaps if gap.length * mm_per_unit >= _UNSEEN_MM]
    notes = [
        f"The outline was open by {_mm(gap.length * mm_per_unit)} {whereabouts(gap.middle, low, high)}: "
        "closed with a straight line."
        for gap in seen_gaps[:_MOST_TOLD]
    ]
    if len(seen_gaps) > _MOST_TOLD:
        more = len(seen_gaps) - _MOST_TOLD
        notes.append(f"{more} smaller gap{'s were' if more > 1 else ' was'} closed too.")
    return tuple(notes)


def nothing_enclosed() -> SketchError:
    """The refusal of lines that enclose nothing."""
    return SketchError("The outline encloses nothing: it is open too far.", hint="Close the outline of the organ.")


def joined_ring(lines: list[NDArray[np.float64]]) -> Ring | None:
    """The ring that joining ends makes; None where it makes none, or a far larger one than the lines enclose.

    Args:
        lines: Open polylines (N, 2) in any unit.
    """
    ring = ring_of(lines)
    if ring is None or ring.bridged < _CLEARLY or len(ring.used) == 1:
        return ring
    filled = redrawn([lines[n] for n in ring.used], [])  # lines that overshoot their corners
    return None if filled and polygon_area(filled[0]) < _OVERSHOT * polygon_area(ring.points) else ring


def redrawn(lines: list[NDArray[np.float64]], closed: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """The borders of what lines enclose that cross or meet halfway, as rings; none where they enclose nothing.

    Args:
        lines: Open polylines (N, 2) in any unit.
        closed: Rings that help to enclose.
    """
    import cv2
    from skimage.measure import find_contours

    every = np.concatenate([*lines, *closed])
    middle = (every.min(axis=0) + every.max(axis=0)) / 2
    unit = 0.8 * _PAPER_MM / max(float(np.ptp(every, axis=0).max()), 1e-9)
    strokes = [Stroke((points - middle) * unit, "outline", False) for points in lines]
    strokes += [Stroke((points - middle) * unit, "outline", True) for points in closed]
    try:
        filled = silhouette(Sketch(tuple(strokes), PlaneFrame.standard("axial", _PAPER_MM)), _PIXELS)
    except SketchError:
        return []
    canvas = np.zeros((_PIXELS, _PIXELS), dtype=np.uint8)
    for stroke in strokes:
        path = to_window(stroke.path_mm, _PAPER_MM, _PIXELS)
        cv2.polylines(canvas, [np.round(path).astype(np.int32).reshape(-1, 1, 2)], False, 255, 1)
    away = cv2.distanceTransform((canvas == 0).astype(np.uint8), cv2.DIST_L2, 5)
    border = filled & (cv2.erode(filled.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    if (away[border] > _INK_PIXELS).mean() > MOST_BRIDGED:  # the hull of lines that enclose nothing
        return []
    rings = [np.asarray(ring[:-1, ::-1]) for ring in find_contours(filled.astype(np.float64), 0.5) if len(ring) > 16]
    rings = [simplified(smoothed(ring, 1.0, closed=True), 0.3, closed=True) for ring in rings]
    across = _PAPER_MM / _PIXELS
    return [
        np.stack([ring[:, 0] + 0.5 - _PIXELS / 2, _PIXELS / 2 - ring[:, 1] - 0.5], axis=1) * across / unit + middle
        for ring in sorted(rings, key=polygon_area, reverse=True)
    ]


def within_share(points: NDArray[np.float64], ring: NDArray[np.float64]) -> float:
    """Share of points (N, 2) that lie inside a ring; any unit."""
    import cv2

    low, span = ring.min(axis=0), max(float(np.ptp(ring, axis=0).max()), 1e-9)
    contour = ((ring - low) / span).astype(np.float32)
    at = ((points[:: max(1, len(points) // 64)] - low) / span).tolist()
    return float(np.mean([cv2.pointPolygonTest(contour, (x, y), True) >= -0.01 for x, y in at]))


def _sorted_out(outlines: tuple[Stroke, ...]) -> tuple[list[Stroke], list[Stroke], list[Gap]]:
    """Closed outlines, nearly closed ones among them; open ones; and the gaps of the nearly closed."""
    shut, loose, gaps = [], [], []
    for stroke in outlines:
        first, last = stroke.points_mm[0], stroke.points_mm[-1]
        gap = float(np.linalg.norm(last - first))
        if stroke.closed:
            shut += [stroke] if _area(stroke) > 0 else []
        elif len(stroke.points_mm) >= 4 and gap <= _NEARLY_CLOSED * stroke.length_mm and _area(stroke) > 0:
            shut.append(replace(stroke, closed=True))
            gaps.append(Gap(gap, (first + last) / 2))
        elif stroke.length_mm > 0:
            loose.append(stroke)
    return shut, loose, gaps


def _enclosed(
    outer: list[Stroke], shut: list[Stroke], low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[list[Stroke], list[Stroke], list[str]]:
    """Closed strokes that open ones make, the open ones left over within them, and what was done."""
    ring = joined_ring([stroke.points_mm for stroke in outer])
    if ring is not None:
        made = _joined(outer, ring.points, ring.used)
        left = [stroke for n, stroke in enumerate(outer) if n not in ring.used]
        inner = _within(left, [*shut, made])
        notes = list(gap_notes(ring.gaps, 1.0, low, high))
        if len(ring.used) > 1:
            notes.insert(0, f"{len(ring.used)} open lines were joined to one closed outline.")
        if len(left) > len(inner):
            notes.append(f"{_lines(len(left) - len(inner))} outside the outline: left out.")
        return [made], inner, notes
    rings = redrawn([stroke.points_mm for stroke in outer], [stroke.points_mm for stroke in shut])
    if not rings:
        if shut:
            return [], [], [f"{_lines(len(outer))} that enclosed nothing: left out."]
        raise nothing_enclosed()
    made_anew = [Stroke(points, "outline", True) for points in rings]
    return made_anew, [], [f"The outline's {len(outer)} open lines were drawn anew as one closed line."]


def _joined(outer: list[Stroke], points: NDArray[np.float64], used: tuple[int, ...]) -> Stroke:
    """One stroke alone keeps its pressure."""
    if len(used) == 1:
        return replace(outer[used[0]], closed=True)
    return Stroke(points, "outline", True)


def _within(lines: list[Stroke], shut: list[Stroke]) -> list[Stroke]:
    if not shut:
        return []
    rings = [stroke.points_mm for stroke in sorted(shut, key=_area, reverse=True)[:_MOST_RINGS]]
    return [line for line in lines if max(within_share(line.points_mm, ring) for ring in rings) >= _WITHIN]


def _area(stroke: Stroke) -> float:
    return polygon_area(stroke.points_mm) if len(stroke.points_mm) > 2 else 0.0


def _box(strokes: tuple[Stroke, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points = np.concatenate([stroke.points_mm for stroke in strokes])
    return points.min(axis=0), points.max(axis=0)


def _lines(count: int) -> str:
    return "An open line" if count == 1 else f"{count} open lines"


def _mm(value: float) -> str:
    return f"{value:.0f} mm" if value >= 2 else f"{value:.1f} mm"

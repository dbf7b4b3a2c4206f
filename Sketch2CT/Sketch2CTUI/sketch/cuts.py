"""Lines that are drawn on slices themselves: each becomes a line of the contour that lies there, or of a new one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.sketch import Stroke, edits

from ..canvas.sheets import CanvasSheet
from ..canvas.strokes import added
from ..canvas.tools import REACH, STEADY, steadied
from ..widgets.translation import _
from .planes import MOST_CONTOURS, beside_others, contour_at, seen_from


@dataclass(frozen=True, eq=False)
class SliceLine:
    """A line on a slice.

    Args:
        plane: The slice, as its view shows it.
        points_ras: (N, 3) mm.
        pixel_mm: Edge of the view's pixels: ends nearer than some of them are joined, as on the canvas.
    """

    plane: PlaneFrame
    points_ras: np.ndarray
    pixel_mm: float


def with_line(sheets: tuple[CanvasSheet, ...], line: SliceLine) -> tuple[tuple[CanvasSheet, ...], int]:
    """All sheets with one more line, and the number of the contour that has it.

    While nothing is drawn, the empty views go to where the line is: it says where the organ lies.

    Raises:
        SketchError: There are as many contours as a request may hold, or more points than a sketch can hold.
    """
    sheets, number = _with_contour(sheets, line)
    sheet = sheets[number]
    points = steadied(sheet.plane.from_ras(line.points_ras), STEADY * line.pixel_mm)
    stroke = Stroke(points, "outline")
    edits.add(sheet.strokes, stroke)  # refuses more than a sketch can hold
    new = replace(sheet, strokes=added(sheet.strokes, stroke, REACH * line.pixel_mm))
    return (*sheets[:number], new, *sheets[number + 1 :]), number


def _with_contour(sheets: tuple[CanvasSheet, ...], line: SliceLine) -> tuple[tuple[CanvasSheet, ...], int]:
    """The sheets with a contour on the line's slice, and its number."""
    there = contour_at(sheets, line.plane)
    if there is not None:
        return sheets, there
    if sum(one.role == "contour" for one in sheets) >= MOST_CONTOURS:
        raise SketchError(
            _("A request holds at most {most} contours.").format(most=MOST_CONTOURS),
            hint=_("Remove one first."),
        )
    plane = beside_others(line.plane, sheets)
    if not any(one.strokes for one in sheets):
        on_slice = line.plane.from_ras(line.points_ras)
        matrix = plane.plane_to_ras.copy()
        matrix[:3, 3] = line.plane.to_ras((on_slice.min(axis=0) + on_slice.max(axis=0)) / 2)
        plane = replace(plane, plane_to_ras=matrix)
        sheets = tuple(
            replace(one, plane=seen_from(plane, one.plane.view)) if one.role == "silhouette" else one for one in sheets
        )
    return (*sheets, CanvasSheet(plane, "contour")), len(sheets)

"""Panels of what was drawn beside what was made of it: silhouettes over the shadow, contours on their slices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ... import catalog
from ...frames import cut_of, told_place
from ...frames import view as standard_view
from ...sketch.model import of_role
from ..placement import contour_position_mm
from ..results import Candidate
from .agreement import DrawingMatch
from .close_up import close_up_of_cut, middle_of_paper_mm
from .panels import (
    CONTOUR,
    FAINT,
    INK,
    MET,
    MISSED,
    display_window,
    draw_sketch,
    dress,
    extent_mm,
    size_inches,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...sketch import Sketch

MOST_DRAWN = 6  # panels of a page
LEGEND = "Coloured: what was made. Dark line (on a scan: light blue): what was drawn."
_DRAWN_ON_SCAN = "#7fdbff"
_NARROW_INCHES = 2.4  # below it a title takes two lines

Drawing = tuple["Sketch", DrawingMatch | None]


def shown_drawings(candidate: Candidate, drawings: Sequence[Sketch]) -> tuple[tuple[Drawing, ...], int]:
    """The drawings that a page shows, each with its score, and how many it leaves out.

    Silhouettes come first, then contours in the order of the report; where there are more than `MOST_DRAWN`, those
    contours that the mask follows worst.

    Args:
        candidate: The mask and its report.
        drawings: In the order of the report's matches.
    """
    matches = candidate.report.matches
    pairs = [(one, matches[at] if at < len(matches) else None) for at, one in enumerate(drawings)]
    first = len(of_role(drawings, "silhouette"))
    worst = sorted(range(first, len(pairs)), key=lambda at: -_apart_mm(pairs[at][1]))
    kept = {*range(first), *worst[: max(MOST_DRAWN - first, 0)]}
    return tuple(pair for at, pair in enumerate(pairs) if at in kept), len(pairs) - len(kept)


def _apart_mm(match: DrawingMatch | None) -> float:
    """Contour distance, endless where one of the two is empty."""
    return float("inf") if match is None or match.contour_distance_mm is None else match.contour_distance_mm


def draw_drawing(axes: Axes, candidate: Candidate, drawing: Drawing, *, narrow: bool = False) -> None:
    """A silhouette over the mask's shadow, or a contour on the slice that it lies on, with how far both are apart.

    Args:
        axes: Where to.
        candidate: The mask; its scan, where there is one, lies behind a contour.
        drawing: With its score.
        narrow: Whether there is room for a short title only.
    """
    sketch, match = drawing
    if sketch.role == "contour":
        _draw_contour(axes, candidate, sketch, match)
        return
    draw_sketch(axes, candidate.mask, sketch, match, narrow=narrow, close=True)
    if size_inches(axes)[0] < _NARROW_INCHES:
        axes.set_title(_title(f"{sketch.plane.view} sketch", match, axes), fontsize=8.5, color=INK, pad=4)


def left_out_note(figure: Figure, at: tuple[float, float], left_out: int) -> None:
    """What the lines are, and how many drawings are not shown, at a place of the page in shares of it."""
    more = f" {left_out} more: report.json." if left_out else ""
    figure.text(*at, LEGEND + more, color=FAINT, fontsize=8.5, va="center")


def _draw_contour(axes: Axes, candidate: Candidate, contour: Sketch, match: DrawingMatch | None) -> None:
    mask, image, plane = candidate.mask, candidate.image, standard_view(contour.plane.view)
    position_mm = contour_position_mm(contour)
    extent = extent_mm(mask.grid, plane)
    cut = cut_of(mask.body, mask.grid, plane.name, position_mm)
    color = np.array(catalog.structure(mask.structure).color_rgb) / 255.0
    made, drawn = (*color * 0.8,), INK
    layer = mask.grid.layer_at(plane.axis_ras, position_mm)
    on_scan = image is not None and 0 <= layer < mask.grid.shape_kji[plane.axis_kji]
    if image is not None and on_scan:
        low, high = display_window(image)
        grey = plane.to_picture(np.take(image.values, layer, axis=plane.axis_kji))
        axes.imshow(grey, extent=extent, cmap="gray", vmin=low, vmax=high, interpolation="bilinear")
        drawn = _DRAWN_ON_SCAN
    elif cut.any():
        axes.contourf(cut.astype(float), levels=[0.5, 1.5], colors=[(*color, 0.35)], extent=extent, origin="upper")
    if cut.any():
        line = CONTOUR if on_scan else made
        axes.contour(cut.astype(float), levels=[0.5], colors=[line], extent=extent, origin="upper", linewidths=1.4)
    middle = middle_of_paper_mm(mask, contour)
    for stroke in contour.strokes:
        points = np.concatenate([stroke.points_mm, stroke.points_mm[:1]]) if stroke.closed else stroke.points_mm
        axes.plot(*(points + middle).T, color=drawn, linewidth=1.2, zorder=4)
    name = f"{plane.name} {told_place(plane.name, position_mm)}"
    dress(axes, plane, close_up_of_cut(mask, contour, cut), "", dark=on_scan)
    narrow = size_inches(axes)[0] < _NARROW_INCHES
    axes.set_title(_title(name, match, axes), fontsize=8.5 if narrow else 10, color=INK, pad=4)


def _title(name: str, match: DrawingMatch | None, axes: Axes) -> str:
    """'axial S +12 mm: ✓ 1.2 mm, IoU 0.93', in two lines where there is little room."""
    if match is None:
        return name
    apart = "" if match.contour_distance_mm is None else f"{match.contour_distance_mm:.1f} mm, "
    score = f"{MET if match.followed else MISSED} {apart}IoU {match.iou:.2f}"
    return f"{name}\n{score}" if size_inches(axes)[0] < _NARROW_INCHES else f"{name}: {score}"

"""One picture of a candidate: each drawing over what was made of it, shaded mask, slices, verdict and numbers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ... import catalog
from ...frames import VIEWS, View
from ..results import Candidate
from ..values import ImageVolume, MaskVolume
from .drawn import Drawing, draw_drawing, left_out_note, shown_drawings
from .panels import (
    CONTOUR,
    FAINT,
    INK,
    WARNING,
    center_voxel,
    display_window,
    draw_shaded,
    dress,
    extent_mm,
    new_page,
    panel,
    save_page,
)
from .preview_words import draw_words, draw_words_across

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...sketch import Sketch

SIZE_INCHES = (15.0, 9.0)


def render_preview(candidate: Candidate, drawings: Sequence[Sketch], path: str | os.PathLike[str]) -> None:
    """Draws one candidate as a PNG of 1500 × 900 pixels; the file appears whole or not at all.

    What there is fills the page: silhouettes over the mask's shadow, contours on their slices, shaded views of the
    mask, three slices of the scan through the mask's centre with the mask's contour, the verdict, the numbers. Views
    are drawn as Slicer shows them.

    Args:
        candidate: The mask, its scan if there is one, and its report.
        drawings: In the order of the report's matches.
        path: Where to.

    Raises:
        OutputError: The file cannot be written.
    """
    save_page(preview_figure(candidate, drawings), path)


def preview_figure(candidate: Candidate, drawings: Sequence[Sketch]) -> Figure:
    """The picture as a matplotlib figure on an Agg canvas, without pyplot's state."""
    figure = new_page(SIZE_INCHES)
    _title(figure, candidate)
    shown, left_out = shown_drawings(candidate, drawings)
    if candidate.image is None:
        _draw_mask_alone(figure, candidate, shown)
    elif len(shown) > 1:
        _draw_over_scan(figure, candidate, candidate.image, shown)
    else:
        _draw_with_scan(figure, candidate, candidate.image, shown)
    if len(shown) > 1:
        left_out_note(figure, (0.3 / SIZE_INCHES[0], 0.12 / SIZE_INCHES[1]), left_out)
    return figure


def _draw_with_scan(figure: Figure, candidate: Candidate, image: ImageVolume, shown: Sequence[Drawing]) -> None:
    """Shaded views over slices; at the left the only drawing over the words, or the words alone."""
    mask, text_height = candidate.mask, 7.65
    for drawing in shown[:1]:
        axes, text_height = panel(figure, 0.3, 3.95, 3.95, 3.95), 3.4
        draw_drawing(axes, candidate, drawing)
    draw_words(panel(figure, 0.3, 0.3, 3.95, text_height), candidate.report)
    for column, plane in enumerate(VIEWS.values()):
        left = 4.55 + column * 3.45
        draw_shaded(panel(figure, left, 4.65, 3.25, 3.25), mask, plane, close=True)
        _slice_panel(panel(figure, left, 0.4, 3.25, 3.25), mask, image, plane)


def _draw_over_scan(figure: Figure, candidate: Candidate, image: ImageVolume, shown: Sequence[Drawing]) -> None:
    """A row of drawings, with shaded views where there is room, over the words and three slices."""
    mask, columns = candidate.mask, max(len(shown), 4)
    step = (SIZE_INCHES[0] - 0.6 + 0.2) / columns
    edge = min(3.25, step - 0.2)
    row = [panel(figure, 0.3 + at * step, 4.65 + (3.25 - edge) / 2, edge, edge) for at in range(columns)]
    _fill(row, candidate, shown, narrow=True)
    draw_words(panel(figure, 0.3, 0.3, 3.95, 4.0 + (3.25 - edge) / 2), candidate.report)
    for column, plane in enumerate(VIEWS.values()):
        _slice_panel(panel(figure, 4.55 + column * 3.45, 0.4, 3.25, 3.25), mask, image, plane)


def _draw_mask_alone(figure: Figure, candidate: Candidate, shown: Sequence[Drawing]) -> None:
    """Without a scan: drawings and shaded views beside the words; without a drawing three views over them."""
    if not shown:
        for column, plane in enumerate(VIEWS.values()):
            draw_shaded(panel(figure, 0.3 + 4.9 * column, 3.3, 4.6, 4.6), candidate.mask, plane, close=True)
        draw_words_across(panel(figure, 0.3, 0.25, 14.4, 2.8), candidate.report)
        return
    columns, rows, edge = (2, 2, 3.6) if len(shown) <= 4 else (3, 3, 2.15)
    step = edge + (0.3 if rows == 2 else 0.35)
    places = [(0.3 + column * step, 0.3 + (rows - 1 - row) * step) for row in range(rows) for column in range(columns)]
    cells = [panel(figure, left, bottom + (4.0 - step if rows == 2 else 0.0), edge, edge) for left, bottom in places]
    _fill(cells, candidate, shown, narrow=len(shown) > 1)
    left, bottom = 0.5 + columns * step, 0.3
    if len(cells) == len(shown):  # no room for the shaded views but below the words
        for column, plane in enumerate(VIEWS.values()):
            draw_shaded(panel(figure, left + 2.15 * column, bottom, 2.0, 2.0), candidate.mask, plane, close=True)
        bottom += 2.35
    draw_words(panel(figure, left, bottom, 14.7 - left, 7.9 - bottom), candidate.report)


def _fill(cells: Sequence[Axes], candidate: Candidate, shown: Sequence[Drawing], *, narrow: bool) -> None:
    """Drawings in the first panels, shaded views in the next, nothing in what is left."""
    for axes, drawing in zip(cells, shown, strict=False):
        draw_drawing(axes, candidate, drawing, narrow=narrow)
    views = list(VIEWS.values())
    for number, axes in enumerate(cells[len(shown) :]):
        if number < len(views):
            draw_shaded(axes, candidate.mask, views[number], close=True)
        else:
            axes.remove()


def _title(figure: Figure, candidate: Candidate) -> None:
    structure = catalog.structure(candidate.mask.structure)
    asked = next((row.asked for row in candidate.report.numbers if row.name == "volume_ml"), None)
    volume = f"volume {candidate.mask.volume_ml:.0f} mL"
    if asked is not None:
        volume = f"volume asked {asked:.0f} mL, measured {candidate.mask.volume_ml:.0f} mL"
    figure.text(0.02, 0.945, "SYNTHETIC", color=WARNING, fontsize=24, fontweight="bold", va="center")
    figure.text(0.172, 0.945, structure.title, color=INK, fontsize=24, va="center")
    figure.text(0.98, 0.955, volume, color=INK, fontsize=15, va="center", ha="right")
    notice = "Made by Sketch2CT. For research, not for diagnosis."
    figure.text(0.98, 0.926, notice, color=FAINT, fontsize=10.5, va="center", ha="right")


def _slice_panel(axes: Axes, mask: MaskVolume, image: ImageVolume, plane: View) -> None:
    """A slice of the scan through the mask's centre, with the mask's contour."""
    extent = extent_mm(mask.grid, plane)
    index = center_voxel(mask)[plane.axis_kji]
    inside = plane.to_picture(np.take(mask.body, index, axis=plane.axis_kji)).astype(float)
    low, high = display_window(image)
    grey = plane.to_picture(np.take(image.values, index, axis=plane.axis_kji))
    axes.imshow(grey, extent=extent, cmap="gray", vmin=low, vmax=high, interpolation="bilinear")
    if inside.any():
        axes.contour(inside, levels=[0.5], colors=[CONTOUR], extent=extent, origin="upper", linewidths=1.3)
    dress(axes, plane, extent, f"synthetic {image.modality}, {plane.name} slice", dark=True)

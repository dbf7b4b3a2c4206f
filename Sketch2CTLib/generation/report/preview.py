"""One picture of a candidate: sketch with silhouette, shaded mask, CT slices with contour, verdict and numbers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from ... import catalog
from ...frames import VIEWS, View
from ..results import Candidate
from ..values import ImageVolume, MaskVolume
from .panels import (
    CONTOUR,
    FAINT,
    INK,
    WARNING,
    center_voxel,
    display_window,
    draw_shaded,
    draw_sketch,
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


def render_preview(candidate: Candidate, sketch: Sketch | None, path: str | os.PathLike[str]) -> None:
    """Draws one candidate as a PNG of 1500 × 900 pixels; the file appears whole or not at all.

    What there is fills the page: the sketch over the mask's silhouette, three shaded views of the mask, three slices of
    the scan through the mask's centre with the mask's contour, the verdict, the numbers. Views are drawn as Slicer
    shows them.

    Raises:
        OutputError: The file cannot be written.
    """
    save_page(preview_figure(candidate, sketch), path)


def preview_figure(candidate: Candidate, sketch: Sketch | None) -> Figure:
    """The picture as a matplotlib figure on an Agg canvas, without pyplot's state."""
    figure = new_page(SIZE_INCHES)
    _title(figure, candidate)
    if candidate.image is None:
        _draw_mask_alone(figure, candidate, sketch)
    else:
        _draw_with_scan(figure, candidate, candidate.image, sketch)
    return figure


def _draw_with_scan(figure: Figure, candidate: Candidate, image: ImageVolume, sketch: Sketch | None) -> None:
    """Shaded views over slices; at the left the sketch over the words, or the words alone."""
    mask, text_height = candidate.mask, 7.65
    if sketch is not None:
        axes, text_height = panel(figure, 0.3, 3.95, 3.95, 3.95), 3.4
        draw_sketch(axes, mask, sketch, candidate.report.silhouette, close=True)
    draw_words(panel(figure, 0.3, 0.3, 3.95, text_height), candidate.report)
    for column, plane in enumerate(VIEWS.values()):
        left = 4.55 + column * 3.45
        draw_shaded(panel(figure, left, 4.65, 3.25, 3.25), mask, plane, close=True)
        _slice_panel(panel(figure, left, 0.4, 3.25, 3.25), mask, image, plane)


def _draw_mask_alone(figure: Figure, candidate: Candidate, sketch: Sketch | None) -> None:
    """Without a scan: four large panels beside the words, or three shaded views over them."""
    mask = candidate.mask
    if sketch is None:
        for column, plane in enumerate(VIEWS.values()):
            draw_shaded(panel(figure, 0.3 + 4.9 * column, 3.3, 4.6, 4.6), mask, plane, close=True)
        draw_words_across(panel(figure, 0.3, 0.25, 14.4, 2.8), candidate.report)
        return
    edge = 3.6
    places = [(0.3, 4.3), (0.6 + edge, 4.3), (0.3, 0.3), (0.6 + edge, 0.3)]
    first, *others = (panel(figure, left, bottom, edge, edge) for left, bottom in places)
    draw_sketch(first, mask, sketch, candidate.report.silhouette, close=True)
    for axes, plane in zip(others, VIEWS.values(), strict=True):
        draw_shaded(axes, mask, plane, close=True)
    draw_words(panel(figure, 8.3, 0.3, 6.4, 7.6), candidate.report)


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

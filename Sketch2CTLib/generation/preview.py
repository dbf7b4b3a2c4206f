"""One picture of a candidate: sketch with silhouette, shaded mask, CT slices with contour, numbers asked and met."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING

import numpy as np

from .. import catalog
from ..frames import VIEWS, View
from .panels import (
    FAINT,
    GOOD,
    INK,
    MET,
    MISSED,
    WARNING,
    center_voxel,
    draw_shaded,
    draw_sketch,
    dress,
    extent_mm,
    new_page,
    panel,
    readable,
    save_page,
)
from .values import Candidate, ImageVolume
from .verdict import signed_percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..sketch import Sketch

SIZE_INCHES = (15.0, 9.0)
CT_WINDOW_HU = (-125.0, 275.0)
CONTOUR = "#ffd23f"
_TABLE_ROWS = 7
_VERDICT_LETTERS, _VERDICT_LINES = 60, 6


def render_preview(candidate: Candidate, sketch: Sketch | None, path: str | os.PathLike[str]) -> None:
    """Draws one candidate as a PNG of 1500 × 900 pixels; the file appears whole or not at all.

    Left: the sketch over the mask's silhouette, and the numbers. Right: three shaded views of the mask, and three
    slices of the scan through the mask's centre with the mask's contour. Views are drawn as Slicer shows them.

    Raises:
        OutputError: The file cannot be written.
    """
    save_page(preview_figure(candidate, sketch), path)


def preview_figure(candidate: Candidate, sketch: Sketch | None) -> Figure:
    """The picture as a matplotlib figure on an Agg canvas, without pyplot's state."""
    figure = new_page(SIZE_INCHES)
    _title(figure, candidate)
    draw_sketch(panel(figure, 0.3, 3.95, 3.95, 3.95), candidate.mask, sketch, candidate.report.silhouette)
    _numbers_panel(panel(figure, 0.3, 0.4, 3.95, 3.3), candidate)
    for column, plane in enumerate(VIEWS.values()):
        left = 4.55 + column * 3.45
        draw_shaded(panel(figure, left, 4.65, 3.25, 3.25), candidate.mask, plane)
        _slice_panel(panel(figure, left, 0.4, 3.25, 3.25), candidate, plane)
    return figure


def display_window(image: ImageVolume) -> tuple[float, float]:
    """Grey levels: the soft-tissue window for CT, the 1st to 99th percentile for MR."""
    if image.modality == "CT":
        return CT_WINDOW_HU
    low, high = np.percentile(image.values, (1, 99))
    return float(low), float(max(high, low + 1))


def _title(figure: Figure, candidate: Candidate) -> None:
    found = catalog.structure(candidate.mask.structure)
    asked = next((row.asked for row in candidate.report.numbers if row.name == "volume_ml"), None)
    volume = f"volume {candidate.mask.volume_ml:.0f} mL"
    if asked is not None:
        volume = f"volume asked {asked:.0f} mL, measured {candidate.mask.volume_ml:.0f} mL"
    figure.text(0.02, 0.945, "SYNTHETIC", color=WARNING, fontsize=24, fontweight="bold", va="center")
    figure.text(0.172, 0.945, found.title, color=INK, fontsize=24, va="center")
    figure.text(0.98, 0.955, volume, color=INK, fontsize=15, va="center", ha="right")
    notice = "Made by Sketch2CT. For research, not for diagnosis."
    figure.text(0.98, 0.926, notice, color=FAINT, fontsize=10.5, va="center", ha="right")


def _slice_panel(axes: Axes, candidate: Candidate, plane: View) -> None:
    mask, image = candidate.mask, candidate.image
    extent = extent_mm(mask.grid, plane)
    index = center_voxel(mask)[plane.axis_kji]
    inside = plane.to_picture(np.take(mask.body, index, axis=plane.axis_kji)).astype(float)
    if image is not None:
        low, high = display_window(image)
        grey = plane.to_picture(np.take(image.values, index, axis=plane.axis_kji))
        axes.imshow(grey, extent=extent, cmap="gray", vmin=low, vmax=high, interpolation="bilinear")
    if inside.any():
        line = CONTOUR if image is not None else INK
        axes.contour(inside, levels=[0.5], colors=[line], extent=extent, origin="upper", linewidths=1.3)
    kind = f"synthetic {image.modality}" if image is not None else "no scan made"
    dress(axes, plane, extent, f"{kind}, {plane.name} slice", dark=image is not None)


def _numbers_panel(axes: Axes, candidate: Candidate) -> None:
    """The table of asked and measured numbers, and the verdict."""
    axes.axis("off")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    report = candidate.report
    rows = sorted(report.numbers, key=lambda row: -row.tolerances_off)
    y, step = 0.97, 0.074
    if rows:
        for x, head in ((0.52, "asked"), (0.745, "measured"), (0.99, "error")):
            axes.text(x, y, head, color=FAINT, fontsize=11, ha="right", va="center")
    for row in rows[:_TABLE_ROWS]:
        y -= step
        color, mark = (GOOD, MET) if row.within_tolerance else (WARNING, MISSED)
        axes.text(0.0, y, readable(row.name), color=INK, fontsize=11, va="center")
        axes.text(0.52, y, f"{row.asked:.4g}", color=INK, fontsize=11, ha="right", va="center")
        measured = "–" if row.measured is None else f"{row.measured:.4g}"
        axes.text(0.745, y, measured, color=INK, fontsize=11, ha="right", va="center")
        error = "–" if row.relative_error is None else signed_percent(row.relative_error)
        axes.text(0.99, y, f"{error} {mark}", color=color, fontsize=11, ha="right", va="center")
    if len(rows) > _TABLE_ROWS:
        y -= step
        axes.text(0.0, y, f"and {len(rows) - _TABLE_ROWS} more, see report.json", color=FAINT, fontsize=10, va="center")
    verdict = textwrap.fill(report.verdict, _VERDICT_LETTERS, max_lines=_VERDICT_LINES, placeholder=" …")
    axes.text(0.0, -0.05, verdict, color=INK, fontsize=8.8, va="bottom")

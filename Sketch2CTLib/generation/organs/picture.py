"""One picture of several organs: shaded views of all of them, slices with their outlines, and what was met."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...frames import VIEWS, View, VoxelGrid, resample
from ..report.panels import (
    CT_WINDOW_HU,
    FAINT,
    INK,
    WARNING,
    display_window,
    dress,
    extent_mm,
    new_page,
    panel,
    save_page,
    shaded_view,
)
from ..values import MaskVolume
from .run import OrgansResult, summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE_INCHES = (15.0, 9.0)
_LINE = 52  # characters


def render_organs(result: OrgansResult, path: str | os.PathLike[str]) -> None:
    """Draws a result of several organs as a PNG of 1500 × 900 pixels; the file appears whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    figure = new_page(_SIZE_INCHES)
    figure.text(0.02, 0.945, "SYNTHETIC", color=WARNING, fontsize=24, fontweight="bold", va="center")
    figure.text(0.172, 0.945, f"{len(result.structures)} organs", color=INK, fontsize=24, va="center")
    notice = "Made by Sketch2CT. For research, not for diagnosis."
    figure.text(0.98, 0.94, notice, color=FAINT, fontsize=10.5, va="center", ha="right")
    bodies = _bodies(result)
    values = _scan_values(result)
    for column, plane in enumerate(VIEWS.values()):
        left = 4.55 + column * 3.45
        _shaded(panel(figure, left, 4.65, 3.25, 3.25), bodies, result.joint.grid, plane)
        _slice(panel(figure, left, 0.4, 3.25, 3.25), bodies, values, result, plane)
    _words(figure, result)
    save_page(figure, path)


def _bodies(result: OrgansResult) -> list[MaskVolume]:
    labels, grid = result.joint.labels, result.joint.grid
    masks = [
        MaskVolume((labels == catalog.structure(name).label).astype(np.uint8), grid, name) for name in result.structures
    ]
    return [mask for mask in masks if not mask.is_empty]


def _scan_values(result: OrgansResult) -> NDArray[np.int16] | None:
    """(D, H, W) the scan on the grid of the segmentation; None without one."""
    if result.scan is None:
        return None
    lowest = float(result.scan.values.min())
    return np.asarray(resample(result.scan.values.astype(np.float32), result.scan.grid, result.joint.grid, fill=lowest))


def _shaded(axes: Axes, bodies: list[MaskVolume], grid: VoxelGrid, plane: View) -> None:
    """All organs from one side, the nearer before the farther."""
    towards_high = bool(plane.normal_ras[plane.axis_ras] > 0)
    nearest: NDArray[np.float64] | None = None
    page: NDArray[np.float32] | None = None
    for mask in bodies:
        along = np.moveaxis(mask.body, plane.axis_kji, 0)
        first = np.argmax(along[::-1] if towards_high else along, axis=0).astype(np.float64)
        depth = plane.to_picture(np.where(along.any(axis=0), first, np.inf))
        view = shaded_view(mask, plane)
        if page is None or nearest is None:
            page, nearest = view, depth
            continue
        front = depth < nearest
        page, nearest = np.where(front[..., None], view, page), np.minimum(depth, nearest)
    extent = extent_mm(grid, plane)
    if page is not None:
        axes.imshow(page, extent=extent, interpolation="bilinear")
    seen_from = {"axial": "from below", "coronal": "from the front", "sagittal": "from the left"}[plane.name]
    dress(axes, plane, extent, f"{plane.name} {seen_from}", dark=False)


def _slice(
    axes: Axes, bodies: list[MaskVolume], values: NDArray[np.int16] | None, result: OrgansResult, plane: View
) -> None:
    """The slice that shows most organs, then most of them, with their outlines."""
    grid, axis = result.joint.grid, plane.axis_kji
    others = tuple(a for a in range(3) if a != axis)
    areas = np.stack([mask.body.sum(axis=others) for mask in bodies]) if bodies else np.zeros((1, grid.shape_kji[axis]))
    index = int(np.argmax((areas > 0).sum(axis=0) + areas.sum(axis=0) / (areas.sum() + 1.0)))
    extent = extent_mm(grid, plane)
    title = f"{plane.name} slice"
    if values is not None and result.scan is not None:
        low, high = display_window(result.scan)
        grey = plane.to_picture(np.take(values, index, axis=axis))
        axes.imshow(grey, extent=extent, cmap="gray", vmin=low, vmax=high, interpolation="bilinear")
        title = f"synthetic {result.scan.modality}, {title}"
    else:
        blank = plane.to_picture(np.zeros_like(np.take(result.joint.labels, index, axis=axis), dtype=float))
        axes.imshow(blank, extent=extent, cmap="gray", vmin=CT_WINDOW_HU[0], vmax=CT_WINDOW_HU[1])
    for mask in bodies:
        inside = plane.to_picture(np.take(mask.body, index, axis=axis)).astype(float)
        if inside.any():
            color = np.minimum(np.array(catalog.structure(mask.structure).color_rgb) / 255.0 * 1.25, 1.0)
            axes.contour(inside, levels=[0.5], colors=[color], extent=extent, origin="upper", linewidths=1.3)
    dress(axes, plane, extent, title, dark=True)


def _words(figure: Figure, result: OrgansResult) -> None:
    axes = panel(figure, 0.3, 0.3, 3.95, 7.65)
    axes.set_axis_off()
    lines: list[tuple[str, str, float]] = [(line, INK, 12.5) for line in textwrap.wrap(summary(result), _LINE - 8)]
    for one in result.results:
        lines.append(("", INK, 6.0))
        lines.append((catalog.structure(one.best.mask.structure).title, INK, 12.0))
        lines += [(line, FAINT, 10.0) for line in textwrap.wrap(one.best.report.verdict, _LINE)]
    lines += [(line, FAINT, 10.0) for note in result.notes for line in ["", *textwrap.wrap(note, _LINE)]]
    height = 1.0
    for text, color, size in lines:
        height -= size * 1.35 / 72 / 7.65
        if height < 0.02:
            axes.text(0.0, 0.0, "… more in report.json", color=FAINT, fontsize=9.0)
            return
        axes.text(0.0, height, text, color=color, fontsize=size, va="bottom")

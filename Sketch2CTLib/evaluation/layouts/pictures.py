"""Sheets of layouts as colour slices in three planes: a row a method, the given organs outlined."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from ... import catalog
from ...catalog import all_regions
from ...data.layout import Layout, present
from ...frames import VIEWS, View
from ...generation.model.layout_stage import ORGANS
from ..masks.plots import save
from .measures import Case

_PANEL_IN, _DPI = 2.6, 100
_LEGEND_COLUMNS = 6


def draw_sheet(folder: Path, case: Case, layouts: Mapping[str, Layout]) -> Path:
    """Writes a case's sheet: axial through the given organs, coronal and sagittal through the region's middle.

    Args:
        folder: Where it goes.
        case: Whose given organs are outlined.
        layouts: Method → layout, all on the case's grid.

    Raises:
        OutputError: The folder cannot be written.
    """
    given = np.any(list(case.given.values()), axis=0)
    middle = [size // 2 for size in given.shape]
    middle[0] = int(np.argwhere(given)[:, 0].mean().round())
    planes = tuple(VIEWS.values())
    size = (_PANEL_IN * len(planes), 0.95 * _PANEL_IN * len(layouts) + 1.0)
    figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
    grid = figure.subplots(len(layouts), len(planes), squeeze=False)
    for line, (method, layout) in zip(grid, layouts.items(), strict=True):
        for axes, plane in zip(line, planes, strict=True):
            _slice(axes, layout.labels, given, plane, middle[plane.axis_kji])
        line[0].set_ylabel(method, fontsize=9)
    figure.suptitle(f"{case.key}, given: {', '.join(catalog.region(name).title.lower() for name in case.given)}")
    seen = sorted({value for layout in layouts.values() for value in present(layout.labels)})
    handles = [Patch(color=_color(value), label=catalog.region_of(value).title) for value in seen]
    figure.legend(handles=handles, loc="outside lower center", ncols=_LEGEND_COLUMNS, fontsize=6, frameon=False)
    path = folder / f"{case.key.replace('/', '_')}_{'_'.join(case.given)}.png"
    save(path, figure)
    return path


def _slice(axes: Axes, labels: NDArray[np.uint8], given: NDArray[np.bool_], plane: View, at: int) -> None:
    table = np.zeros((256, 3))
    for one in all_regions():
        table[one.label] = _color(one.label)
    axes.imshow(table[plane.to_picture(np.take(labels, at, axis=plane.axis_kji))], interpolation="nearest")
    outline = plane.to_picture(np.take(given, at, axis=plane.axis_kji))
    if outline.any():
        axes.contour(outline, [0.5], colors="white", linewidths=0.8)
    axes.set_xticks([])
    axes.set_yticks([])


def _color(value: int) -> tuple[float, float, float]:
    """Of organs a colour of its own each, so that sides are told apart, which Slicer's do not; of tissues Slicer's."""
    name = catalog.region_of(value).name
    if name in ORGANS:
        red, green, blue, _ = colormaps["tab20"](ORGANS.index(name))
        return float(red), float(green), float(blue)
    red, green, blue = catalog.region_of(value).color_rgb
    return red / 255, green / 255, blue / 255

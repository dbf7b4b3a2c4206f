"""Pictures of what `evaluate conditions` measures: projection, sketch at each level, redrawn and hand-drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ... import catalog
from ...atomic import written_beside
from ...data.prepared import PreparedCase
from ...frames import project
from ...frames import view as standard_view
from ...sketch import LEVELS, Sketch, extract_sketch, redraw
from ..hand_drawn import HandDrawn, draw_by_hand

_TILE_IN = 2.1
_DPI = 90
_INK = {"outline": "black", "crease": "tab:blue"}


def condition_sheet(
    path: Path, cases: Sequence[PreparedCase], stored: Mapping[str, Sequence[HandDrawn]], *, seed: int = 1
) -> None:
    """One row a case of one structure: its projection, the sketch at three levels, redrawn, drawn by hand.

    Args:
        path: PNG file, written whole or not at all.
        cases: Cases of one structure.
        stored: Stored hand-drawn sketches by case key; a case without one is drawn now.
        seed: Seed of what is drawn now.
    """
    titles = ("projection", *LEVELS, "redrawn", "hand-drawn")
    figure = Figure(figsize=(_TILE_IN * len(titles), _TILE_IN * len(cases) + 0.3), dpi=_DPI)
    canvas = FigureCanvasAgg(figure)
    grid = np.atleast_2d(figure.subplots(len(cases), len(titles), squeeze=False))
    for row, case in zip(grid, cases, strict=True):
        _draw_case(list(row), case, stored.get(case.key, ()), seed)
    for axes, title in zip(grid[0], titles, strict=True):
        axes.set_title(title, fontsize=8, pad=9)
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.95, wspace=0.03, hspace=0.08)
    with written_beside(path) as beside:
        canvas.print_png(str(beside))


def _draw_case(row: Sequence[Axes], case: PreparedCase, stored: Sequence[HandDrawn], seed: int) -> None:
    mask, structure = case.mask(), catalog.structure(case.structure)
    chosen = standard_view(structure.view)
    rng = np.random.default_rng([seed, sum(case.key.encode())])
    levels = [extract_sketch(mask, case.grid, chosen.name, level=level, structure=structure.name) for level in LEVELS]
    by_hand = next((drawn.sketch for drawn in stored if drawn.sketch.plane.view == chosen.name), None)
    drawings = [*levels, redraw(levels[1], rng), by_hand or draw_by_hand(levels[1], rng)]
    flat = project(mask, chosen)
    half = float(case.grid.size_mm[0]) / 2
    row[0].imshow(flat, cmap="gray_r", vmax=2, extent=(-half, half, -half, half), interpolation="nearest")
    within: dict[str, Any] = {"transform": row[0].transAxes, "fontsize": 6, "ha": "center", "va": "center"}
    row[0].text(0.5, 1.03, f"{case.dataset}/{case.case}", **within)
    left, right, top, bottom = chosen.letters
    for x, y, letter in ((0.04, 0.5, left), (0.96, 0.5, right), (0.5, 0.95, top), (0.5, 0.05, bottom)):
        row[0].text(x, y, letter, color="tab:red", **within)
    for axes, drawing in zip(row[1:], drawings, strict=True):
        _draw_sketch(axes, drawing)
    reach = 1.15 * max(float(np.abs(stroke.points_mm).max()) for stroke in levels[0].strokes)
    for axes in row:
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal")


def _draw_sketch(axes: Axes, drawing: Sketch) -> None:
    for stroke in drawing.strokes:
        width = 0.9 if stroke.pressure is None else 0.4 + float(stroke.pressure.mean())
        axes.plot(*stroke.path_mm.T, color=_INK[stroke.kind], linewidth=width, solid_capstyle="round")

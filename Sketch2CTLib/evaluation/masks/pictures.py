"""Pictures of single cases: the sketch, the real mask and the generated one from three sides, best to worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...data.prepared import PreparedSet
from ...frames import VIEWS, View, project
from ...generation.pipeline import Pipeline
from ...generation.report.panels import shaded_view
from ...generation.values import MaskVolume
from ..table import CaseRow
from .asked_cases import AskedCase
from .evaluation import MaskEvaluation
from .methods import Asking
from .plots import MAIN, save

_TILE_IN = 1.9
_DPI = 100
_REAL, _MADE = "tab:red", "tab:blue"
Mask = NDArray[np.bool_]


def extreme_cases(rows: Sequence[CaseRow], structure: str, method: str = MAIN) -> dict[str, CaseRow]:
    """best, median and worst by Dice; fewer where a structure has fewer cases."""
    ranked = sorted(
        (row for row in rows if (row.structure, row.method) == (structure, method)), key=lambda r: -r.values["dice"]
    )
    if not ranked:
        return {}
    chosen = {"best": ranked[0]}
    if len(ranked) > 2:
        chosen["median"] = ranked[len(ranked) // 2]
    if len(ranked) > 1:
        chosen["worst"] = ranked[-1]
    return chosen


def draw_pictures(
    folder: Path, rows: Sequence[CaseRow], prepared: PreparedSet, pipeline: Pipeline, config: MaskEvaluation
) -> list[Path]:
    """A PNG a structure: its best, median and worst case, drawn again with the same seed.

    Raises:
        OutputError: The folder cannot be written.
    """
    paths = []
    for structure in dict.fromkeys(row.structure for row in rows):
        chosen = extreme_cases(rows, structure)
        if chosen:
            by_key = {AskedCase(case).key: case for case in prepared.cases(config.split, structure)}
            cases = {name: AskedCase(by_key[row.case]) for name, row in chosen.items()}
            made = {name: _made(one, pipeline, config) for name, one in cases.items()}
            paths.append(folder / f"{structure}.png")
            _draw_sheet(paths[-1], cases, made, {name: row.values["dice"] for name, row in chosen.items()})
    return paths


def _made(one: AskedCase, pipeline: Pipeline, config: MaskEvaluation) -> Mask:
    asking = Asking(one, None, pipeline, config.settings, config.seed)
    return asking.draw(one.request()).mask.body


def _draw_sheet(
    path: Path, cases: Mapping[str, AskedCase], made: Mapping[str, Mask], dices: Mapping[str, float]
) -> None:
    """One row a case: the sketch over the made silhouette; then each view, real beside made, contours over both."""
    columns = 1 + 2 * len(VIEWS)
    figure = Figure(figsize=(_TILE_IN * columns, (_TILE_IN + 0.15) * len(cases) + 0.55), dpi=_DPI)
    grid = figure.subplots(len(cases), columns, squeeze=False)
    for axes_row, (name, one) in zip(grid, cases.items(), strict=True):
        reach = 1.12 * float(one.case.grid.size_mm[0]) / 2 * _filled_share(one.mask | made[name])
        _sketch_tile(axes_row[0], one, made[name])
        axes_row[0].set_title(f"{name}: {one.key}\nDice {dices[name]:.3f}", fontsize=7)
        for at, plane in enumerate(VIEWS.values()):
            pair = axes_row[1 + 2 * at : 3 + 2 * at]
            _shaded_tile(pair[0], one, one.mask, plane)
            _shaded_tile(pair[1], one, made[name], plane)
            for axes, title in zip(pair, ("real", "generated"), strict=True):
                _contours(axes, one, made[name], plane)
                axes.set_title(f"{plane.name}, {title}", fontsize=7)
        for axes in axes_row:
            axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal")
    height = figure.get_figheight()
    legend: dict[str, Any] = {"fontsize": 8, "ha": "left", "va": "center"}
    for x, text, color in ((0.01, "contours:", "black"), (0.06, "real", _REAL), (0.09, "generated", _MADE)):
        figure.text(x, 0.11 / height, text, color=color, **legend)
    figure.subplots_adjust(0.005, 0.22 / height, 0.995, 1 - 0.36 / height, wspace=0.04, hspace=0.2)
    save(path, figure)


def _filled_share(mask: Mask) -> float:
    """How far from the middle of the cube a mask reaches along its axes, as a share of half the edge."""
    if not mask.any():
        return 1.0
    half = mask.shape[0] / 2
    seen = [np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    return max(float(np.abs(places + 0.5 - half).max()) for places in seen) / half


def _sketch_tile(axes: Axes, one: AskedCase, made: Mask) -> None:
    plane = VIEWS[one.sketch.plane.view]
    axes.imshow(project(made, plane), cmap="Blues", vmin=0, vmax=3, extent=_extent_mm(one), interpolation="nearest")
    for stroke in one.sketch.strokes:
        axes.plot(*stroke.path_mm.T, color="black" if stroke.kind == "outline" else "tab:gray", linewidth=0.9)
    _letters(axes, plane)


def _shaded_tile(axes: Axes, one: AskedCase, body: Mask, plane: View) -> None:
    volume = MaskVolume(body.astype(np.uint8), one.case.grid, one.case.structure)
    if not volume.is_empty:
        axes.imshow(shaded_view(volume, plane), extent=_extent_mm(one), interpolation="nearest")
    _letters(axes, plane)


def _contours(axes: Axes, one: AskedCase, made: Mask, plane: View) -> None:
    for body, color in ((one.mask, _REAL), (made, _MADE)):
        if body.any():
            flat = project(body, plane).astype(np.float32)
            axes.contour(flat[::-1], levels=[0.5], colors=color, linewidths=0.8, extent=_extent_mm(one))


def _extent_mm(one: AskedCase) -> tuple[float, float, float, float]:
    half = float(one.case.grid.size_mm[0]) / 2
    return -half, half, -half, half


def _letters(axes: Axes, plane: View) -> None:
    style: dict[str, Any] = {"transform": axes.transAxes, "fontsize": 7, "ha": "center", "va": "center"}
    for letter, (x, y) in zip(plane.letters, ((0.04, 0.5), (0.96, 0.5), (0.5, 0.95), (0.5, 0.05)), strict=True):
        axes.text(x, y, letter, fontweight="bold", **style)

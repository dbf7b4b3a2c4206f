"""Charts of measured layouts: volumes and places of neighbours against training, which pairs of organs touch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ... import catalog
from ..masks.plots import save
from ..table import EvaluationTable
from .evaluation import MEAN, REAL, SAMPLES, SHIPPED, TRAINING, WARPED, LayoutTables

_METHODS = (REAL, SHIPPED, SAMPLES, WARPED, MEAN)
_COLORS = {REAL: "tab:gray", SHIPPED: "tab:blue", SAMPLES: "tab:cyan", WARPED: "tab:green", MEAN: "tab:orange"}
_DPI, _COLUMNS = 110, 3
_USUAL_SDS = 1.645  # within which nine of ten lie


def draw_layout_charts(folder: Path, tables: LayoutTables) -> list[Path]:
    """Writes neighbours.png and contacts.png.

    Raises:
        OutputError: The folder cannot be written.
    """
    paths = [folder / "neighbours.png", folder / "contacts.png"]
    save(paths[0], _neighbours(tables.neighbours))
    save(paths[1], _contacts(tables.pairs))
    return paths


def _neighbours(table: EvaluationTable) -> Figure:
    figure = Figure(figsize=(11, 6.5), dpi=_DPI, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    _dots(upper, table, "volume_ratio", "volume ÷ training median")
    upper.set_yscale("log", base=2)
    upper.axhline(1.0, color="black", linewidth=0.6)
    _dots(lower, table, "offset_rms", "offset from usual ÷ usual offset")
    lower.axhline(1.0, color="black", linewidth=0.6)
    lower.axhline(_USUAL_SDS, color="black", linewidth=0.6, linestyle=":")
    handles, names = upper.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names), fontsize=8, frameon=False)
    return figure


def _dots(axes: Axes, table: EvaluationTable, measure: str, title: str) -> None:
    """A dot a case, a column an organ, the methods beside each other."""
    organs = list(dict.fromkeys(row.structure for row in table.rows))
    methods = [one for one in _METHODS if any(row.method == one for row in table.rows)]
    for at, method in enumerate(methods):
        places, values = [], []
        for case in table.cases:
            if case.method == method and np.isfinite(case.values.get(measure, np.nan)):
                places.append(organs.index(case.structure) + 0.8 * ((at + 0.5) / len(methods) - 0.5))
                values.append(case.values[measure])
        axes.plot(places, values, "o", color=_COLORS[method], markersize=3, alpha=0.6, label=method)
    axes.set_xticks(range(len(organs)), [_title(name) for name in organs], rotation=35, ha="right", fontsize=7)
    axes.set_ylabel(title, fontsize=8)
    axes.grid(alpha=0.25, linewidth=0.5)


def _contacts(table: EvaluationTable) -> Figure:
    """A matrix a method: the share of layouts in which two organs touch; white where none holds both."""
    methods = [one for one in (TRAINING, *_METHODS) if any(row.method == one for row in table.rows)]
    organs = list(dict.fromkeys(name for row in table.rows for name in row.structure.split(" – ")))
    lines = -(-len(methods) // _COLUMNS)
    figure = Figure(figsize=(3.6 * _COLUMNS, 3.9 * lines), dpi=_DPI, layout="constrained")
    panels = figure.subplots(lines, _COLUMNS, squeeze=False).ravel()
    for axes in panels[len(methods) :]:
        axes.set_visible(False)
    for axes, method in zip(panels[: len(methods)], methods, strict=True):
        picture = axes.imshow(_shares(table, method, organs), vmin=0, vmax=1, cmap="Blues")
        axes.set_title(method, fontsize=9)
        axes.set_xticks(range(len(organs)), [_title(name) for name in organs], rotation=90, fontsize=6)
        axes.set_yticks(range(len(organs)), [_title(name) for name in organs], fontsize=6)
    figure.colorbar(picture, ax=list(panels), shrink=0.6, label="share in which they touch")
    return figure


def _shares(table: EvaluationTable, method: str, organs: Sequence[str]) -> NDArray[np.float64]:
    shares = np.full((len(organs), len(organs)), np.nan)
    for row in table.rows:
        if row.method == method:
            one, other = (organs.index(name) for name in row.structure.split(" – "))
            shares[one, other] = shares[other, one] = row.intervals["touch"].value
    return shares


def _title(name: str) -> str:
    return catalog.region(name).title

"""Charts of an evaluation of masks: asked against measured volume, Dice of every case, volume sweeps, edits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from ... import catalog
from ...atomic import written_beside
from ..table import CaseRow
from ..targets import TARGETS
from .edits import EDIT, STRENGTHS
from .evaluation import BASELINE_NAMES
from .sweeps import SWEEP, series

MAIN = "sketch2ct"
_PANEL_IN = 2.9
_COLUMNS = 4
_DPI = 110
_COLORS = {
    MAIN: "tab:blue",
    "hand_drawn": "tab:green",
    "sampled": "tab:purple",
    "best_of_4": "tab:cyan",
    "matched": "tab:blue",
    "level_0": "tab:orange",
    "unmatched": "tab:gray",
}
_COMPARED = (MAIN, "best_of_4", "sampled", "hand_drawn")


def draw_charts(folder: Path, rows: Sequence[CaseRow]) -> list[Path]:
    """Writes those charts that the rows hold something for: volumes, dice, sweep, edit.

    Returns:
        The PNG files.

    Raises:
        OutputError: The folder cannot be written.
    """
    paths = []
    charts: tuple[tuple[str, str, Callable[[Axes, Sequence[CaseRow]], None]], ...] = (
        ("volumes", MAIN, _volumes),
        ("sweep", SWEEP, _sweep),
        ("edit", EDIT, _edit),
    )
    for name, method, draw in charts:
        if any(row.method == method for row in rows):
            paths.append(folder / f"{name}.png")
            _panels(paths[-1], rows, method, draw)
    if any(row.method in _COMPARED for row in rows):
        paths.append(folder / "dice.png")
        _dice_chart(paths[-1], rows)
    return paths


def _panels(path: Path, rows: Sequence[CaseRow], method: str, draw: Callable[[Axes, Sequence[CaseRow]], None]) -> None:
    """One panel a structure that the method was measured on."""
    names = list(dict.fromkeys(row.structure for row in rows if row.method == method))
    columns = min(_COLUMNS, len(names))
    lines = -(-len(names) // columns)
    figure = Figure(figsize=(_PANEL_IN * columns + 0.3, _PANEL_IN * lines + 0.3), dpi=_DPI, layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        of_structure = [row for row in rows if row.structure == name]
        draw(axes, of_structure)
        axes.set_title(catalog.structure(name).title, fontsize=9)
        axes.tick_params(labelsize=7)
        axes.grid(alpha=0.25, which="both", linewidth=0.5)
    for axes in grid[len(names) :]:
        axes.set_visible(False)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize=8, frameon=False)
    save(path, figure)


def save(path: Path, figure: Figure) -> None:
    """Writes a figure as PNG, whole or not at all."""
    with written_beside(path) as beside:
        FigureCanvasAgg(figure).print_png(str(beside))


def _volumes(axes: Axes, rows: Sequence[CaseRow]) -> None:
    for method in (MAIN, "hand_drawn"):
        of_method = [row.values for row in rows if row.method == method]
        asked = [values["asked_ml"] for values in of_method]
        measured = [values["measured_ml"] for values in of_method]
        before = [values["asked_ml"] * (1 + values["level_0_error"]) for values in of_method]
        axes.plot(asked, measured, "o", color=_COLORS[method], markersize=4, alpha=0.8, label=f"{method}, as shipped")
        if method == MAIN:
            axes.plot(asked, before, "x", color=_COLORS["level_0"], markersize=4, label="before the level shift")
    _identity(axes, "asked mL", "measured mL")


def _sweep(axes: Axes, rows: Sequence[CaseRow]) -> None:
    for at, row in enumerate(row for row in rows if row.method == SWEEP):
        for kind in ("unmatched", "level_0", "matched"):
            label = kind.replace("_", " ") if at == 0 else None
            points = (series(row.values, "asked"), series(row.values, kind))
            axes.plot(*points, "-o", color=_COLORS[kind], markersize=2, linewidth=0.9, alpha=0.7, label=label)
    _identity(axes, "asked mL", "measured mL")


def _identity(axes: Axes, across: str, up: str) -> None:
    """Log-log axes of one range, and the line on which both are the same."""
    axes.set(xscale="log", yscale="log")
    low, high = min(axes.get_xlim()[0], axes.get_ylim()[0]), max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot([low, high], [low, high], color="black", linewidth=0.7, zorder=0)
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(across, fontsize=8)
    axes.set_ylabel(up, fontsize=8)


def _edit(axes: Axes, rows: Sequence[CaseRow]) -> None:
    for at, row in enumerate(row for row in rows if row.method == EDIT):
        for name, color, title in (
            ("kept_dice", "tab:blue", "Dice, unedited half"),
            ("followed_iou", "tab:red", "IoU, edited half"),
        ):
            values = [row.values[f"{name}@{strength:g}"] for strength in STRENGTHS]
            axes.plot(STRENGTHS, values, "-o", color=color, markersize=3, linewidth=0.9, label=None if at else title)
    axes.axhline(0.95, color="black", linewidth=0.7, linestyle="--", zorder=0)
    axes.set_xlabel("strength", fontsize=8)


def _dice_chart(path: Path, rows: Sequence[CaseRow]) -> None:
    """Dots a case and method, the target as a line, the best baseline's mean as a tick."""
    names = list(dict.fromkeys(row.structure for row in rows))
    methods = [m for m in _COMPARED if any(row.method == m for row in rows)]
    figure = Figure(figsize=(1.3 * len(names) + 4.2, 4.2), dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    step = 0.8 / len(methods)
    for at, name in enumerate(names):
        for position, method in enumerate(methods):
            values = [r.values["dice"] for r in rows if (r.structure, r.method) == (name, method)]
            x = at + (position - (len(methods) - 1) / 2) * step
            label = method if at == 0 else None
            axes.plot([x] * len(values), values, "o", color=_COLORS[method], markersize=4, alpha=0.7, label=label)
            if values:
                axes.plot([x - step / 3, x + step / 3], [np.mean(values)] * 2, color=_COLORS[method], linewidth=2)
        best = best_baseline(rows, name)
        if best is not None:
            axes.plot(
                [at - 0.45, at + 0.45],
                [best, best],
                color="tab:brown",
                linewidth=1.2,
                linestyle=":",
                label="best baseline" if at == 0 else None,
            )
        for target in TARGETS:
            if target.structures == (name,) and target.measure == "dice":
                axes.plot([at - 0.45, at + 0.45], [target.low] * 2, color="black", linewidth=1.2, linestyle="--")
    axes.plot([], [], color="black", linewidth=1.2, linestyle="--", label="target")
    axes.set_xticks(range(len(names)), [catalog.structure(name).title for name in names], fontsize=8, rotation=15)
    axes.set_ylabel("Dice")
    axes.grid(axis="y", alpha=0.3)
    figure.legend(loc="outside upper center", ncols=6, fontsize=7, frameon=False)
    save(path, figure)


def best_baseline(rows: Sequence[CaseRow], structure: str) -> float | None:
    """The highest mean Dice of a baseline on a structure; None without baselines."""
    means = []
    for name in BASELINE_NAMES:
        values = [row.values["dice"] for row in rows if (row.structure, row.method) == (structure, name)]
        if values:
            means.append(float(np.mean(values)))
    return max(means, default=None)

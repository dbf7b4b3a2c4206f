"""Charts of an evaluation of volumes: values, Dice found again, distances, ratios to real scans, near copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from ... import catalog
from ...generation.volumes.scan_look import STEEPNESS
from ..masks.plots import save
from .cases import FOUND, GENERATED, NEAREST, REAL
from .detail import FINE_INSIDE, FINE_OUTSIDE, SEAMS
from .groups import FRECHET_ONE, FRECHET_PAIRED, FRECHET_SEVERAL, TEXTURES, Group, labels
from .stages import STAGE_NAMES, stage_of
from .targets import DICE_LOST, floor_ratio

PLANES = ("axial", "coronal", "sagittal")  # in the order of array axes
_PANEL_IN, _COLUMNS, _DPI = 2.9, 4, 110
_COLORS = {GENERATED: "tab:blue", REAL: "tab:gray"}
_SIDES = ((REAL, -0.18), (GENERATED, 0.18))
_UNITS = {"CT": "HU", "MR": "robust z × 100"}
_RATIO_COLUMNS = 3
_RATIO_TITLES = {
    FRECHET_ONE: "Fréchet, one left out",
    FRECHET_PAIRED: "Fréchet, same patients",
    FRECHET_SEVERAL: "Fréchet, four left out",
    TEXTURES: "texture Fréchet, four",
    FINE_INSIDE: "fine detail in the organ",
    FINE_OUTSIDE: "fine detail outside",
    SEAMS: "seams of patches",
    STEEPNESS: "steepness of the border",
}
Panel = Callable[[Axes, Group], None]


def draw_volume_charts(folder: Path, groups: Sequence[Group]) -> list[Path]:
    """Writes those charts that the groups hold something for: levels, frechet, ratios, found_again, nearest.

    Returns:
        The PNG files.

    Raises:
        OutputError: The folder cannot be written.
    """
    paths = []
    panels: tuple[tuple[str, Panel, Callable[[Group], object]], ...] = (
        ("levels", _levels, lambda group: group.levels),
        ("frechet", _frechet, lambda group: group.measure(FRECHET_ONE)),
    )
    for name, draw, has in panels:
        if shown := [group for group in groups if has(group)]:
            paths.append(folder / f"{name}.png")
            _panels(paths[-1], shown, draw)
    if shown := [group for group in groups if _ratios(group)]:
        paths.append(folder / "ratios.png")
        _ratio_panels(paths[-1], shown)
    dots: tuple[tuple[str, str, str], ...] = (
        ("found_again", FOUND, "Dice of the organ found again with the asked mask"),
        ("nearest", NEAREST, "distance to the nearest training scan"),
    )
    for name, measure, title in dots:
        if shown := [group for group in groups if any(measure in row.values for row in group.rows)]:
            paths.append(folder / f"{name}.png")
            _dots(paths[-1], shown, measure, title)
    return paths


def titles(groups: Sequence[Group]) -> list[str]:
    """Headings of groups: 'Liver', or 'Liver, MR, codec' where there are several modalities and stages."""
    rests = [one.removeprefix(group.structure).strip(", ") for one, group in zip(labels(groups), groups, strict=True)]
    named = [catalog.structure(group.structure).title for group in groups]
    return [f"{title}, {rest}" if rest else title for title, rest in zip(named, rests, strict=True)]


def _panels(path: Path, groups: Sequence[Group], draw: Panel) -> None:
    columns = min(_COLUMNS, len(groups))
    lines = -(-len(groups) // columns)
    figure = Figure(figsize=(_PANEL_IN * columns + 0.3, 0.85 * _PANEL_IN * lines + 0.4), dpi=_DPI, layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes, group, title in zip(grid, groups, titles(groups), strict=False):
        draw(axes, group)
        axes.set_title(f"{title} (n {group.n})", fontsize=9)
        axes.tick_params(labelsize=7)
        axes.grid(alpha=0.25, linewidth=0.5)
    for axes in grid[len(groups) :]:
        axes.set_visible(False)
    _legend(figure, grid[0])
    save(path, figure)


def _legend(figure: Figure, axes: Axes) -> None:
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names), fontsize=8, frameon=False)


def _levels(axes: Axes, group: Group) -> None:
    """How often the organ has which value."""
    if group.levels is None:
        return
    edges = np.asarray(group.levels.edges)
    real, generated = (100 * np.asarray(side) for side in (group.levels.real, group.levels.found))
    axes.stairs(real, edges, fill=True, color=_COLORS[REAL], alpha=0.45, label="real scans")
    axes.stairs(generated, edges, color=_COLORS[GENERATED], linewidth=1.4, label="generated scans")
    seen = np.flatnonzero((real > 0.1) | (generated > 0.1))
    if len(seen):
        axes.set_xlim(edges[max(seen[0] - 1, 0)], edges[min(seen[-1] + 2, len(edges) - 1)])
    axes.set_xlabel(_UNITS.get(group.modality, ""), fontsize=8)
    axes.set_ylabel("% of the organ's voxels", fontsize=8)


def _frechet(axes: Axes, group: Group) -> None:
    """The distance to other patients' scans a plane, one patient left out at a time, beside that of real scans."""
    measure = group.measure(FRECHET_ONE)
    planes = np.array(measure.planes if measure is not None else ()).reshape(-1, 2)
    places, most = np.arange(len(planes)), floor_ratio(group.modality, group.stage)
    for side, (method, offset) in enumerate(reversed(_SIDES)):
        label = "generated scans" if method == GENERATED else "real scans (the floor)"
        axes.bar(places + offset, planes[:, side], width=0.34, color=_COLORS[method], alpha=0.8, label=label)
    for at, (_, floor) in enumerate(planes):
        wanted = "to reach" if at == 0 else None
        axes.plot([at - 0.4, at + 0.4], [most * floor] * 2, "k--", linewidth=1.2, label=wanted)
    axes.set_xticks(places, PLANES[: len(planes)])
    axes.set_ylim(bottom=0)
    axes.set_ylabel("2.5D Fréchet distance", fontsize=8)


def _ratios(group: Group) -> dict[str, tuple[float, float, float]]:
    """Title → (ratio to real scans, low, high), of what was measured."""
    found = {title: group.measure(name) for name, title in _RATIO_TITLES.items()}
    return {t: one.ratio for t, one in found.items() if one is not None and np.isfinite(one.ratio[0])}


def _ratio_panels(path: Path, groups: Sequence[Group]) -> None:
    """A panel a structure and modality: each measure over that of real scans, the stages in colours."""
    kinds = list(dict.fromkeys((group.structure, group.modality) for group in groups))
    columns = min(_RATIO_COLUMNS, len(kinds))
    lines = -(-len(kinds) // columns)
    figure = Figure(figsize=(4.6 * columns + 0.3, 3.3 * lines + 0.8), dpi=_DPI, layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    names = list(_RATIO_TITLES.values())
    for axes, kind in zip(grid, kinds, strict=False):
        axes.axvline(1.0, color="k", linewidth=1, linestyle="--")
        for group in (one for one in groups if (one.structure, one.modality) == kind):
            stage = STAGE_NAMES.index(group.stage)
            color, shift = f"C{stage}", 0.22 * (stage - (len(STAGE_NAMES) - 1) / 2)
            ratios = _ratios(group)
            places = np.array([names.index(title) for title in ratios]) + shift
            values, low, high = np.array(list(ratios.values())).T
            axes.hlines(places, low, high, color=color, linewidth=1.4)
            axes.plot(values, places, "o", color=color, markersize=4, label=stage_of(group.stage).says)
        axes.set_xscale("log")
        axes.set_yticks(range(len(names)), names, fontsize=8)
        axes.invert_yaxis()
        axes.set_title(f"{catalog.structure(kind[0]).title}, {kind[1]}: over real scans", fontsize=9)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.grid(alpha=0.25, linewidth=0.5)
    for axes in grid[len(kinds) :]:
        axes.set_visible(False)
    handles, stages = grid[0].get_legend_handles_labels()
    figure.legend(handles, stages, loc="outside upper center", ncols=1, fontsize=8, frameon=False)
    save(path, figure)


def _dots(path: Path, groups: Sequence[Group], measure: str, title: str) -> None:
    """A dot a case, generated beside real, a line at the mean (the median of distances)."""
    figure = Figure(figsize=(1.25 * len(groups) + 2.6, 4.2), dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    centre = np.median if measure == NEAREST else np.mean
    middle = "median" if measure == NEAREST else "mean"
    for at, group in enumerate(groups):
        for method, offset in _SIDES:
            values = [row.values[measure] for row in group.rows if row.method == method and measure in row.values]
            if not values:
                continue
            x, color = at + offset, _COLORS[method]
            label = f"{method} scans, line: {middle}" if at == 0 else None
            axes.plot([x] * len(values), values, "o", color=color, markersize=4, alpha=0.7, label=label)
            axes.plot([x - 0.13, x + 0.13], [centre(values)] * 2, color=color, linewidth=2)
            if method == REAL:
                wanted = float(centre(values)) - (DICE_LOST if measure == FOUND else 0.0)
                label = ("to reach: real mean − 0.02" if measure == FOUND else "to reach") if at == 0 else None
                axes.plot([at - 0.42, at + 0.42], [wanted] * 2, "k--", linewidth=1.2, label=label)
    axes.set_xticks(range(len(groups)), titles(groups), fontsize=8, rotation=15)
    axes.set_ylabel(title, fontsize=9)
    axes.grid(axis="y", alpha=0.3)
    _legend(figure, axes)
    save(path, figure)

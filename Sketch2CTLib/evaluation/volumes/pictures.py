"""Pictures of single generated scans: three slices with the asked outline, beside the real scan; best to worst."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ... import catalog
from ...data.prepared import PreparedSet
from ...frames import VIEWS, View, VoxelGrid
from ...generation.pipeline import Pipeline
from ...generation.report.panels import CONTOUR, center_voxel, display_window, extent_mm
from ...generation.values import ImageVolume
from ...generation.volumes.segmenting import Segmenter
from ..masks.plots import save
from ..table import CaseRow
from .cases import FOUND, GENERATED, REAL, SEED, StageScan, case_mask, case_name, real_scan
from .evaluation import VolumeEvaluation
from .groups import Group
from .stages import StageRun, stage_of

_FOUND_COLOR = "#35c7ff"
_TILE_IN, _DPI = 1.9, 100
Mask = NDArray[np.bool_]


def ranked_rows(group: Group) -> dict[str, CaseRow]:
    """best, median and worst generated scan by the Dice of the organ found again; fewer where there are fewer."""
    rows = sorted(
        (row for row in group.rows if row.method == GENERATED), key=lambda row: -row.values.get(FOUND, float("nan"))
    )
    chosen = {"best": rows[0]} if rows else {}
    if len(rows) > 2:
        chosen["median"] = rows[len(rows) // 2]
    if len(rows) > 1:
        chosen["worst"] = rows[-1]
    return chosen


def draw_volume_pictures(
    folder: Path,
    groups: Sequence[Group],
    prepared: PreparedSet,
    pipeline: Pipeline,
    config: VolumeEvaluation,
    segmenter: Segmenter | None = None,
) -> list[Path]:
    """A PNG a group: its best, median and worst scan, drawn again with its seed. Real scans are shown: do not publish.

    Raises:
        OutputError: The folder cannot be written.
    """
    paths = []
    for group in groups:
        by_name = {case_name(case): case for case in prepared.cases(config.split, group.structure)}
        chosen = {rank: row for rank, row in ranked_rows(group).items() if row.case in by_name}
        if chosen:
            paths.append(folder / f"scans_{group.structure}_{group.modality.lower()}_{group.stage}.png")
            figure = Figure(figsize=(_TILE_IN * 6 + 0.1, (_TILE_IN + 0.2) * len(chosen) + 0.6), dpi=_DPI)
            grid = figure.subplots(len(chosen), 6, squeeze=False)
            for line, (rank, row) in zip(grid, chosen.items(), strict=True):
                case = by_name[row.case]
                run = StageRun(pipeline, config.settings, config.with_labels)
                drawn = stage_of(group.stage).draw(case, run, int(row.values[SEED]))
                _line(line, (drawn, StageScan(real_scan(case), case_mask(case))), segmenter)
                _headings(line, rank, row, group)
            _finish(figure, group)
            save(paths[-1], figure)
    return paths


def _line(line: Sequence[Axes], pair: tuple[StageScan, StageScan], segmenter: Segmenter | None) -> None:
    """Three slices of the generated scan, then of the real one, each with its own mask."""
    center = center_voxel(pair[1].mask)
    window = display_window(pair[1].scan)
    for at, (scan, mask) in enumerate((one.scan, one.mask) for one in pair):
        organ = None
        if segmenter is not None and segmenter.knows(mask.structure, scan.modality):
            organ = segmenter.find(scan, mask.structure)
        for axes, plane in zip(line[3 * at : 3 * at + 3], VIEWS.values(), strict=True):
            index = center[plane.axis_kji]
            show_slice(axes, scan, plane, index, window)
            draw_outline(axes, mask.body, scan.grid, plane, index, CONTOUR)
            if organ is not None:
                draw_outline(axes, organ, scan.grid, plane, index, _FOUND_COLOR, dashed=True)
            orientation_letters(axes, plane)


def show_slice(axes: Axes, scan: ImageVolume, plane: View, index: int, window: tuple[float, float]) -> None:
    """A slice in grey, as Slicer shows it."""
    grey = plane.to_picture(np.take(scan.values, index, axis=plane.axis_kji))
    extent = extent_mm(scan.grid, plane)
    axes.imshow(grey, extent=extent, cmap="gray", vmin=window[0], vmax=window[1], interpolation="bilinear")
    axes.set(xlim=extent[:2], ylim=extent[2:], xticks=[], yticks=[], aspect="equal")
    for spine in axes.spines.values():
        spine.set_visible(False)


def draw_outline(
    axes: Axes,
    body: Mask,
    grid: VoxelGrid,
    plane: View,
    index: int,
    color: str,
    *,
    dashed: bool = False,
    width: float = 1.0,
) -> None:
    """The outline of a mask in a slice."""
    inside = plane.to_picture(np.take(body, index, axis=plane.axis_kji)).astype(float)
    if inside.any() and not inside.all():
        style = "dashed" if dashed else "solid"
        extent = extent_mm(grid, plane)
        axes.contour(inside, [0.5], colors=[color], extent=extent, origin="upper", linewidths=width, linestyles=style)


def dark_edge() -> list[Any]:
    """What makes white letters legible on bright ground."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=1.6, foreground="#202020")]


def orientation_letters(axes: Axes, plane: View, size: float = 8.0, color: str = "white") -> None:
    """Where left, right and so on are: at the middle of each edge."""
    places = ((0.045, 0.5), (0.955, 0.5), (0.5, 0.95), (0.5, 0.05))
    style: dict[str, Any] = {"transform": axes.transAxes, "fontsize": size, "ha": "center", "va": "center"}
    if color == "white":
        style["path_effects"] = dark_edge()
    for letter, (x, y) in zip(plane.letters, places, strict=True):
        axes.text(x, y, letter, color=color, fontweight="bold", **style)


def _headings(line: Sequence[Axes], rank: str, row: CaseRow, group: Group) -> None:
    real = next((r for r in group.rows if (r.method, r.case) == (REAL, row.case)), row)
    for axes, name, one in ((line[0], f"{rank}: {row.case}", row), (line[3], "the real scan", real)):
        dice = f", Dice found again {one.values[FOUND]:.3f}" if FOUND in one.values else ""
        axes.set_title(f"{name}{dice}", fontsize=8, loc="left")


def _finish(figure: Figure, group: Group) -> None:
    height = figure.get_figheight()
    says = stage_of(group.stage).says
    title = f"{catalog.structure(group.structure).title}, {group.modality}, {says}: generated (left) and real (right)"
    figure.text(0.005, 1 - 0.14 / height, title, fontsize=10, ha="left", va="center")
    for x, text, color in ((0.005, "its mask", "#b58900"), (0.09, "found again by the segmenter", "#0086b3")):
        figure.text(x, 0.11 / height, text, color=color, fontsize=8, ha="left", va="center")
    figure.subplots_adjust(0.005, 0.24 / height, 0.995, 1 - 0.5 / height, wspace=0.03, hspace=0.13)

"""The gallery's pictures: one a case, a contact sheet of all, each in few bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from .. import catalog
from ..atomic import written_beside
from ..frames import VIEWS, View
from ..generation.report.panels import (
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
)
from ..generation.report.rows import plain
from ..generation.values import ImageVolume, MaskVolume
from ..generation.volumes.checks import VolumeChecks
from .masks.asked_cases import SECOND_VIEWS, AskedCase
from .table import CaseRow
from .volumes.pictures import dark_edge, draw_outline, orientation_letters, show_slice

_REAL = "#ff4d4d"
_TILE, _GAP = 2.2, 0.1  # inches
_HEAD, _FOOT = 0.62, 0.3
_SMALL, _SMALL_GAP, _NAME = 1.1, 0.03, 1.35
_RANKS = ("best", "median", "worst")
_GREYS = (96, 64, 48, 32, 24)
_SHRINK, _NARROWEST = 0.88, 300


@dataclass(frozen=True, eq=False)
class GalleryCase:
    """One case of the gallery.

    Args:
        rank: best, median or worst.
        one: The real case: its sketch and numbers were asked for.
        row: Measures of the generated mask against the real one.
        rivals: Among how many cases it was ranked.
        mask, scan: What was generated.
        checks: Of the scan.
    """

    rank: str
    one: AskedCase
    row: CaseRow
    rivals: int
    mask: MaskVolume
    scan: ImageVolume
    checks: VolumeChecks

    @property
    def title(self) -> str:
        """'Liver: best of 6'."""
        return f"{catalog.structure(self.mask.structure).title}: {self.rank} of {self.rivals}"

    @property
    def file(self) -> str:
        """Name of its picture."""
        return f"{self.mask.structure}_{self.rank}.png"

    def to_dict(self) -> dict[str, Any]:
        """Its entry of the index, ready for JSON."""
        names = ("dice", "hd95_mm", "sketch_iou", "asked_ml", "measured_ml")
        dice_again = next((check.value for check in self.checks.checks if check.name == "found_again_dice"), None)
        values = {name: self.row.values[name] for name in names if name in self.row.values}
        return dict(
            plain(
                {
                    "file": self.file,
                    "structure": self.mask.structure,
                    "rank": self.rank,
                    "ranked_among": self.rivals,
                    "case": self.one.key,
                    "modality": self.scan.modality,
                    "synthetic": True,
                    **values,
                    "found_again_dice": dice_again,
                    "checks_missed": [check.name for check in self.checks.missed],
                }
            )
        )


def draw_case(path: Path, shown: GalleryCase, most_bytes: int) -> None:
    """Sketch, mask from another side, and three slices of the scan, with the outlines of both masks.

    Raises:
        OutputError: The file cannot be written.
    """
    width, height = 5 * (_TILE + _GAP) + _GAP, _TILE + _HEAD + _FOOT
    figure = new_page((width, height))
    _heading(figure, shown)
    own = shown.one.structure.view
    draw_sketch(_tile(figure, 0), shown.mask, shown.one.sketch, None, narrow=True)
    draw_shaded(_tile(figure, 1), shown.mask, VIEWS[SECOND_VIEWS[own]])
    for column, plane in enumerate(VIEWS.values(), start=2):
        axes = _tile(figure, column)
        _slice(axes, shown, plane)
        title = f"synthetic {shown.scan.modality}, {plane.name} slice"
        dress(axes, plane, extent_mm(shown.scan.grid, plane), title, dark=True)
        for text in axes.texts:
            text.set_path_effects(dark_edge())
    _legend(figure, (2 * (_TILE + _GAP) + _GAP) / width, 0.15 / height, 8.5)
    notice = "Made by Sketch2CT. For research, not for diagnosis."
    figure.text(_GAP / width, 0.15 / height, notice, color=FAINT, fontsize=8, va="center")
    save_small(figure, path, most_bytes)


def draw_contact_sheet(path: Path, shown: Sequence[GalleryCase], most_bytes: int) -> None:
    """A row a structure, for each case its sketch and a slice on the same plane.

    Raises:
        OutputError: The file cannot be written.
    """
    structures = list(dict.fromkeys(one.mask.structure for one in shown))
    block, step = 2 * (_SMALL + _SMALL_GAP) + 0.2, _SMALL + 0.2
    width, height = _NAME + len(_RANKS) * block, 0.55 + len(structures) * step + 0.25
    figure = new_page((width, height))
    figure.text(
        0.08 / width, 1 - 0.14 / height, "SYNTHETIC", color=WARNING, fontsize=13, fontweight="bold", va="center"
    )
    for one in shown:
        row, column = structures.index(one.mask.structure), _RANKS.index(one.rank)
        left, bottom = _NAME + column * block, height - 0.55 - (row + 1) * step + 0.02
        _small_case(figure, one, left, bottom)
        dice = f"Dice {one.row.values['dice']:.3f}  ({one.one.case.case})"
        figure.text(left / width, (bottom + _SMALL + 0.075) / height, dice, color=INK, fontsize=7.5, va="center")
        if row == 0:
            figure.text(left / width, 1 - 0.36 / height, one.rank, color=INK, fontsize=12, va="center")
    caption = "scans and filled masks, from the sketches and numbers of real cases"
    figure.text(_NAME / width, 1 - 0.14 / height, caption, color=FAINT, fontsize=8.5, va="center")
    for row, name in enumerate(structures):
        y = (height - 0.55 - (row + 1) * step + _SMALL / 2) / height
        title = catalog.structure(name).title.replace(" ", "\n")
        figure.text(0.08 / width, y, title, color=INK, fontsize=10, va="center")
    _legend(figure, _NAME / width, 0.13 / height, 8)
    figure.text(0.08 / width, 0.13 / height, "not for diagnosis", color=FAINT, fontsize=7.5, va="center")
    save_small(figure, path, most_bytes)


def save_small(figure: Figure, path: Path, most_bytes: int) -> None:
    """Writes a figure as a PNG with a palette: fewer greys, then fewer pixels, until it is small enough.

    Raises:
        OutputError: The file cannot be written.
    """
    figure.canvas.draw()
    picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3])  # type: ignore[attr-defined]
    with written_beside(path) as beside:
        while True:
            for greys in _GREYS:
                _indexed(picture, greys).save(beside, format="PNG", optimize=True)
                if beside.stat().st_size <= most_bytes:
                    return
            if picture.width * _SHRINK < _NARROWEST:
                return
            size = round(picture.width * _SHRINK), round(picture.height * _SHRINK)
            picture = picture.resize(size, Image.Resampling.LANCZOS)


def _indexed(picture: Image.Image, greys: int) -> Image.Image:
    """The picture in greys, and in a few colours for what is coloured, so that thin lines keep their colour."""
    values = np.asarray(picture).astype(np.int16)
    coloured = (values.max(axis=2) - values.min(axis=2)) > 12
    levels = np.rint(np.linspace(0, 255, greys)).astype(np.uint8)
    palette = np.repeat(levels[:, None], 3, axis=1)
    index = np.rint(values.mean(axis=2) / 255 * (greys - 1)).astype(np.uint8)
    if coloured.any():
        only = Image.fromarray(np.asarray(picture)[coloured][None])
        few = only.quantize(min(128, 255 - greys), method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        colours = np.asarray(few.getpalette(), dtype=np.uint8).reshape(-1, 3)
        palette = np.concatenate([palette, colours])
        index[coloured] = greys + np.asarray(few)[0]
    result = Image.fromarray(index).convert("P")
    result.putpalette(palette.ravel().tolist())
    return result


def _tile(figure: Figure, column: int) -> Axes:
    return panel(figure, _GAP + column * (_TILE + _GAP), _FOOT, _TILE, _TILE)


def _heading(figure: Figure, shown: GalleryCase) -> None:
    width, height = figure.get_size_inches()
    y = 1 - 0.2 / height
    values = shown.row.values
    figure.text(_GAP / width, y, "SYNTHETIC", color=WARNING, fontsize=13, fontweight="bold", va="center")
    figure.text(1.3 / width, y, f"{shown.title} ({shown.one.case.case})", color=INK, fontsize=13, va="center")
    caption = f"Dice with the real mask {values['dice']:.3f}"
    if "asked_ml" in values:
        caption += f";  asked {values['asked_ml']:,.0f} mL, made {shown.mask.volume_ml:,.0f} mL"
    figure.text(1 - _GAP / width, y, caption, color=INK, fontsize=10.5, va="center", ha="right")


def _slice(axes: Axes, shown: GalleryCase, plane: View, line: float = 1.2) -> None:
    """A slice of the scan through the middle of the generated mask."""
    index = center_voxel(shown.mask)[plane.axis_kji]
    grid = shown.scan.grid
    show_slice(axes, shown.scan, plane, index, display_window(shown.scan))
    draw_outline(axes, shown.one.mask, grid, plane, index, _REAL, dashed=True, width=line)
    draw_outline(axes, shown.mask.body, grid, plane, index, CONTOUR, width=line)


def _small_case(figure: Figure, shown: GalleryCase, left: float, bottom: float) -> None:
    own = shown.one.structure.view
    for column, view in enumerate((None, own)):
        axes = panel(figure, left + column * (_SMALL + _SMALL_GAP), bottom, _SMALL, _SMALL)
        if view is not None:
            _slice(axes, shown, VIEWS[view], 0.8)
            orientation_letters(axes, VIEWS[view], 6.0)
            continue
        draw_sketch(axes, shown.mask, shown.one.sketch, None, narrow=True)
        axes.set_title("")
        for drawn in (*axes.texts, *axes.lines):
            drawn.remove()  # no room for letters and scale
        orientation_letters(axes, VIEWS[own], 6.0, INK)


def _legend(figure: Figure, x: float, y: float, size: float) -> None:
    width = float(figure.get_size_inches()[0])
    style: dict[str, Any] = {"fontsize": size, "va": "center", "ha": "left", "color": INK}
    for text, color, line in (
        ("generated mask, on the generated scan", CONTOUR, "-"),
        ("outline of the real case's mask", _REAL, (0, (2.2, 1.2))),
    ):
        figure.add_artist(_stroke(x, x + 0.28 / width, y, color, line))
        figure.text(x + 0.36 / width, y, text, **style)
        x += (0.36 + 0.0625 * size / 8 * len(text) + 0.3) / width


def _stroke(left: float, right: float, y: float, color: str, line: Any) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([left, right], [y, y], color=color, linewidth=2.2, linestyle=line)

"""The report as one picture: what was asked and measured, how the sketch is followed, and how sure the model was."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ... import catalog
from ...frames import VIEWS, View
from ..results import Candidate
from ..values import AgreementMap
from .close_up import close_up
from .drawn import Drawing, draw_drawing, left_out_note, shown_drawings
from .facts import draw_facts
from .panels import (
    CONTOUR,
    FAINT,
    GOOD,
    INK,
    MET,
    MISSED,
    WARNING,
    center_voxel,
    display_window,
    draw_shaded,
    draw_sketch,
    dress,
    extent_mm,
    new_page,
    panel,
    save_page,
)
from .report import told_grade
from .table import HEAD, TALLEST_ROW, draw_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...sketch import Sketch

SIZE_INCHES = (16.0, 10.5)
_GRADE_COLORS = {"met": GOOD, "partly met": "#9a6700", "not met": WARNING, "nothing asked": FAINT}
_GRADE_MARKS = {"met": MET, "partly met": "◐", "not met": MISSED, "nothing asked": "–"}
_VERDICT_LETTERS, _VERDICT_LINES = 150, 3
_NOTE_LETTERS, _NOTE_LINES, _NOTE_STEP = 132, 9, 0.165
_LEFT_WIDTH = 9.2
_TOP = 8.75  # below the title and the verdict
_RIGHT = 9.85
_SHADED_INCHES = 2.95


def render_report_picture(
    candidate: Candidate,
    sketches: Sequence[Sketch],
    path: str | os.PathLike[str],
    *,
    agreement: AgreementMap | None = None,
) -> None:
    """Draws the report of one candidate as a PNG of 1600 × 1050 pixels; the file appears whole or not at all.

    Left: every requested number, asked, measured, error and tolerance, and where it lies in the usual range; what was
    unusual or disagreed. Right: the sketches over the mask's silhouette, the mask's surface and likeness to a training
    case, and three slices through the map of agreement, else through the scan, else through the mask. Where few numbers
    were asked, others that were measured follow, and the mask stands shaded below them.

    Args:
        candidate: The mask and its report.
        sketches: The drawings in the order of the report's matches.
        path: Where to.
        agreement: Where the candidates of the result agree.

    Raises:
        OutputError: The file cannot be written.
    """
    save_page(report_figure(candidate, sketches, agreement=agreement), path)


def report_figure(candidate: Candidate, sketches: Sequence[Sketch], *, agreement: AgreementMap | None = None) -> Figure:
    """The picture as a matplotlib figure on an Agg canvas, without pyplot's state."""
    figure = new_page(SIZE_INCHES)
    _title(figure, candidate)
    lines = _note_lines(candidate)
    bottom = 0.35 + _NOTE_STEP * len(lines)
    _notes(figure, lines, bottom)
    bottom += 0.1
    if _TOP - bottom > HEAD + TALLEST_ROW * len(candidate.report.numbers) + _SHADED_INCHES + 0.4:
        for column, plane in enumerate(VIEWS.values()):
            place = (0.35 + column * (_SHADED_INCHES + 0.1), bottom, _SHADED_INCHES, _SHADED_INCHES)
            draw_shaded(panel(figure, *place), candidate.mask, plane, close=True)
        bottom += _SHADED_INCHES + 0.4
    draw_table(panel(figure, 0.35, bottom, _LEFT_WIDTH, _TOP - bottom), candidate.report)
    shown, left_out = shown_drawings(candidate, sketches)
    if len(shown) > 1:
        _several_drawings(figure, candidate, shown, agreement)
        left_out_note(figure, (_RIGHT / SIZE_INCHES[0], 0.27 / SIZE_INCHES[1]), left_out)
    else:
        _four_panels(figure, candidate, next(iter(shown), None), agreement)
    return figure


def _title(figure: Figure, candidate: Candidate) -> None:
    """Structure, grade and verdict."""
    report = candidate.report
    color = _GRADE_COLORS[report.grade]
    up = SIZE_INCHES[1]
    figure.text(0.022, 10.1 / up, "SYNTHETIC", color=WARNING, fontsize=21, fontweight="bold", va="center")
    name = f"{catalog.structure(report.structure).title}: asked and measured"
    figure.text(0.155, 10.1 / up, name, color=INK, fontsize=21, va="center")
    grade = f"{_GRADE_MARKS[report.grade]} {told_grade(report)}"
    box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": color, "linewidth": 1.8}
    figure.text(0.975, 10.1 / up, grade, color=color, fontsize=17, fontweight="bold", ha="right", va="center", bbox=box)
    text = textwrap.fill(report.verdict, _VERDICT_LETTERS, max_lines=_VERDICT_LINES, placeholder=" …")
    figure.text(0.022, 9.72 / up, text, color=INK, fontsize=11.5, va="top", linespacing=1.35)
    notice = "Made by Sketch2CT. For research, not for diagnosis."
    figure.text(0.975, 0.12 / up, notice, color=FAINT, fontsize=9, ha="right", va="center")


def _note_lines(candidate: Candidate) -> list[str]:
    """What was unusual or disagreed, wrapped; each sentence once."""
    report = candidate.report
    lines: list[str] = []
    for sentence in dict.fromkeys((*report.outside_range, *report.notes)):
        lines += textwrap.wrap(sentence, _NOTE_LETTERS, initial_indent="! ", subsequent_indent="   ")
    if len(lines) > _NOTE_LINES:
        lines = [*lines[: _NOTE_LINES - 1], "  …, see report.json"]
    return lines


def _notes(figure: Figure, lines: Sequence[str], top: float) -> None:
    across, up = SIZE_INCHES
    for number, line in enumerate(lines):
        y = (top - _NOTE_STEP * (number + 0.5)) / up
        figure.text(0.35 / across, y, line, color=INK, fontsize=8.5, va="center")


def _several_drawings(
    figure: Figure, candidate: Candidate, shown: Sequence[Drawing], agreement: AgreementMap | None
) -> None:
    """Two drawings in a row, or three in each of two, over the facts, over three slices."""
    columns, edge = (2, 2.82) if len(shown) == 2 else (3, 1.85 if len(shown) == 3 else 1.55)
    rows, head = -(-len(shown) // columns), 0.4
    top, step = 8.82 if columns == 3 else 8.74, (5.8 + 0.13) / columns
    for at, drawing in enumerate(shown):
        bottom = top - (at // columns + 1) * (edge + head)
        axes = panel(figure, _RIGHT + (at % columns) * step, bottom, edge, edge)
        draw_drawing(axes, candidate, drawing, narrow=True)
    small = 1.85 if rows == 1 else 1.6
    lowest, bottom = top - rows * (edge + head), 0.42 + small + 0.35
    draw_facts(panel(figure, _RIGHT, bottom, 5.8, lowest - 0.1 - bottom), candidate)
    for column, plane in enumerate(VIEWS.values()):
        _slice(panel(figure, _RIGHT + column * 1.98, 0.42, small, small), candidate, agreement, plane)


def _four_panels(figure: Figure, candidate: Candidate, drawing: Drawing | None, agreement: AgreementMap | None) -> None:
    """A drawing, or the silhouette alone, and a slice over the facts, over two slices."""
    edge, lower = 2.75 if candidate.image is None else 2.5, 0.35  # the checks of a scan need room
    upper = _TOP - 0.3 - edge
    places = [(_RIGHT, upper), (_RIGHT + 5.8 - edge, upper), (_RIGHT, lower), (_RIGHT + 5.8 - edge, lower)]
    first, *others = (panel(figure, left, bottom, edge, edge) for left, bottom in places)
    if drawing is None:
        draw_sketch(first, candidate.mask, None, None, narrow=True, close=True)
    else:
        draw_drawing(first, candidate, drawing, narrow=True)
    for axes, plane in zip(others, VIEWS.values(), strict=True):
        _slice(axes, candidate, agreement, plane)
    bottom = lower + edge + 0.4
    draw_facts(panel(figure, _RIGHT, bottom, 5.8, upper - bottom - 0.12), candidate)


def _slice(axes: Axes, candidate: Candidate, agreement: AgreementMap | None, plane: View) -> None:
    """A slice through the mask's centre: its contour over the share of candidates that hold each voxel, or the scan."""
    import numpy as np

    mask, image = candidate.mask, candidate.image
    index = center_voxel(mask)[plane.axis_kji]
    extent = extent_mm(mask.grid, plane)
    inside = plane.to_picture(np.take(mask.body, index, axis=plane.axis_kji)).astype(float)
    title, dark = f"{plane.name} slice", False
    if agreement is not None:
        share = plane.to_picture(np.take(agreement.share, index, axis=plane.axis_kji))
        axes.imshow(share, extent=extent, cmap="Blues", vmin=0.0, vmax=1.0, interpolation="nearest")
        title = f"{plane.name}: where {len(agreement.dice)} agree"
    elif image is not None:
        low, high = display_window(image)
        grey = plane.to_picture(np.take(image.values, index, axis=plane.axis_kji))
        axes.imshow(grey, extent=extent, cmap="gray", vmin=low, vmax=high, interpolation="bilinear")
        title, dark = f"{image.modality}, {plane.name} slice", True
    elif inside.any():
        color = np.array(catalog.structure(mask.structure).color_rgb) / 255.0
        axes.contourf(inside, levels=[0.5, 1.5], colors=[(*color, 0.35)], extent=extent, origin="upper")
    if inside.any():
        line = CONTOUR if dark else INK
        axes.contour(inside, levels=[0.5], colors=[line], extent=extent, origin="upper", linewidths=1.0)
    dress(axes, plane, close_up(mask, plane), title, dark=dark)

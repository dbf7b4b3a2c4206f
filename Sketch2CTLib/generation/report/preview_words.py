"""The words of a preview: the verdict, what was asked and measured, and what was noted, as much as finds room."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from ...apart import told_miss
from ...description.flags import grouped
from ...description.quantities import QUANTITY_NAMES
from .panels import FAINT, GOOD, INK, MET, MISSED, WARNING, readable, size_inches
from .report import percent_off

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .report import Report
    from .rows import NumberRow

_SIZE, _LINE, _LETTER = 9.2, 0.165, 0.0685  # points; inches a line, inches a letter
_ROW, _ROW_SIZE = 0.25, 10.5
_GAP, _BETWEEN = 0.12, 0.35
_MOST_VERDICT_LINES, _MOST_NOTE_LINES = 8, 8
_ASKED, _MEASURED, _ERROR = 0.56, 0.765, 1.0  # ends of the columns, of the width
_WIDEST = 6.4  # inches of a table


def draw_words(axes: Axes, report: Report) -> None:
    """Verdict, table and notes below each other; numbers that were not asked for follow where there is room."""
    width, height = _prepared(axes)
    letters = int(width / _LETTER)
    y = _lines(axes, _verdict_lines(report, letters), 0.0, height, color=INK) - _GAP
    notes = _note_lines(report, letters)
    asked = min(len(report.numbers), int((y - _ROW) / _ROW))
    notes = notes[: max(0, int((y - _ROW * (asked + 1) - _GAP) / _LINE))]
    most = int((y - _ROW - (_LINE * len(notes) + _GAP if notes else 0.0)) / _ROW)
    rows = _rows(report)
    left_out = len(report.numbers) - most
    if left_out > 0:
        rows, notes = rows[: most - 1], [f"and {left_out + 1} more, see report.json", *notes]
    y = _table(axes, rows[:most], 0.0, min(width, _WIDEST), y)
    _lines(axes, notes, 0.0, y - _GAP, color=FAINT)


def draw_words_across(axes: Axes, report: Report) -> None:
    """The same in three columns of a low, broad panel: the words, and the table in two parts."""
    width, height = _prepared(axes)
    across = (width - 2 * _BETWEEN) / 3
    letters = int(across / _LETTER)
    y = _lines(axes, _verdict_lines(report, letters), 0.0, height, color=INK) - _GAP
    _lines(axes, _note_lines(report, letters)[: max(0, int(y / _LINE))], 0.0, y, color=FAINT)
    most, rows = int((height - _ROW) / _ROW), _rows(report)
    for column in (1, 2):
        part = rows[(column - 1) * most : column * most]
        _table(axes, part, column * (across + _BETWEEN), across, height)


def _prepared(axes: Axes) -> tuple[float, float]:
    """Width and height of axes that are in inches from now on."""
    axes.axis("off")
    width, height = size_inches(axes)
    axes.set(xlim=(0, width), ylim=(0, height))
    return width, height


def _verdict_lines(report: Report, letters: int) -> list[str]:
    return textwrap.wrap(report.verdict, letters, max_lines=_MOST_VERDICT_LINES, placeholder=" …")


def _rows(report: Report) -> list[NumberRow | tuple[str, float]]:
    """The numbers asked, the farthest off first, then what was measured besides."""
    asked = sorted(report.numbers, key=lambda row: -row.tolerances_off)
    named = {row.name for row in asked}
    others = [name for name in QUANTITY_NAMES if name in report.measured and name not in named]
    return [*asked, *((name, report.measured[name]) for name in others)]


def _note_lines(report: Report, letters: int) -> list[str]:
    lines: list[str] = []
    for sentence in dict.fromkeys((*report.outside_range, *report.notes)):
        lines += textwrap.wrap(sentence, letters, initial_indent="! ", subsequent_indent="   ")
    if len(lines) > _MOST_NOTE_LINES:
        lines = [*lines[: _MOST_NOTE_LINES - 1], "  …, see report.json"]
    return lines


def _lines(axes: Axes, lines: list[str], x: float, top: float, *, color: str) -> float:
    """Draws lines below each other; where the next one would begin."""
    for line in lines:
        axes.text(x, top - _LINE / 2, line, color=color, fontsize=_SIZE, va="center")
        top -= _LINE
    return top


def _table(axes: Axes, rows: list[NumberRow | tuple[str, float]], left: float, width: float, top: float) -> float:
    """Draws rows under their heads; where the next line would begin."""
    if not rows:
        return top
    y = top - _ROW / 2
    compared = any(not isinstance(row, tuple) for row in rows)
    heads = ((_ASKED, "asked"), (_MEASURED, "measured"), (_ERROR, "error"))
    for at, head in heads if compared else heads[1:2]:
        axes.text(left + at * width, y, head, color=FAINT, fontsize=_ROW_SIZE, ha="right", va="center")
    for row in rows:
        y -= _ROW
        if isinstance(row, tuple):
            axes.text(left, y, readable(row[0]), color=FAINT, fontsize=_ROW_SIZE, va="center")
            style: dict[str, Any] = {"color": INK, "fontsize": _ROW_SIZE, "ha": "right", "va": "center"}
            axes.text(left + _MEASURED * width, y, grouped(row[1]), **style)
        else:
            _asked_row(axes, row, left, width, y)
    return y - _ROW / 2


def _asked_row(axes: Axes, row: NumberRow, left: float, width: float, y: float) -> None:
    color, mark = (GOOD, MET) if row.within_tolerance else (WARNING, MISSED)
    asked, measured = grouped(row.asked), "–"
    if row.measured is not None:
        asked, measured = told_miss(row.asked, row.measured, row.tolerance, grouped)
    axes.text(left, y, readable(row.name), color=INK, fontsize=_ROW_SIZE, va="center")
    for at, text, ink in (
        (_ASKED, asked, INK),
        (_MEASURED, measured, INK),
        (_ERROR, f"{percent_off(row)} {mark}", color),
    ):
        axes.text(left + at * width, y, text, color=ink, fontsize=_ROW_SIZE, ha="right", va="center")

"""The table of a report picture: each number asked and measured, its error, and its place in what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...apart import told_miss
from ...description.flags import grouped
from ...description.quantities import QUANTITY_NAMES
from ...training_ranges import training_range
from .panels import FAINT, GOOD, INK, MET, MISSED, WARNING, readable, size_inches
from .report import percent_off

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .report import Report
    from .rows import NumberRow

TALLEST_ROW, HEAD = 0.42, 0.62  # inches
_MARK, _NAME, _ASKED, _MEASURED, _ERROR, _TOLERANCE = 0.0, 0.3, 3.35, 4.3, 5.25, 6.15
_BAR = (6.6, 9.1)
_DOT = 8.0  # points
_SEEN, _COMMON = "#e7eaee", "#c3cad3"
_ROOM = 0.25  # of the range's width, on either side of what is drawn
_FARTHEST = 1.0  # widths of the range; a value beyond that stands at the edge, as an arrow


def draw_table(axes: Axes, report: Report) -> None:
    """Every requested number, the farthest off first, then what was measured besides where there is room.

    Axes are in inches.
    """
    axes.axis("off")
    width, height = size_inches(axes)
    axes.set(xlim=(0, width), ylim=(0, height))
    rows = sorted(report.numbers, key=lambda row: -row.tolerances_off)
    others = measured_rows(report)[: max(0, int((height - HEAD) / TALLEST_ROW) - len(rows))]
    if not rows and not others:
        axes.text(0, height - 0.3, "No number was asked.", color=FAINT, fontsize=12, va="center")
        return
    step = min(TALLEST_ROW, (height - HEAD) / (len(rows) + len(others)))
    size = min(11.0, 72 * step * 0.5)
    _head(axes, height - 0.2, asked=bool(rows))
    for number, row in enumerate((*rows, *others)):
        y = height - HEAD - step * (number + 0.5)
        if number < len(rows):
            _row(axes, row, y, size)
        else:
            _measured_row(axes, row, y, size)
        _bar(axes, row, y, min(0.16, 0.5 * step), asked=number < len(rows))


def measured_rows(report: Report) -> list[NumberRow]:
    """What was measured without being asked, as rows that ask for what was found."""
    from .rows import NumberRow

    named = {row.name for row in report.numbers}
    names = [name for name in QUANTITY_NAMES if name in report.measured and name not in named]
    rows = [(name, float(report.measured[name])) for name in names]
    return [NumberRow(name, value, value, 0.0, training_range(report.structure, name)) for name, value in rows]


def _head(axes: Axes, y: float, *, asked: bool) -> None:
    heads = ((_ASKED, "asked"), (_MEASURED, "measured"), (_ERROR, "error"), (_TOLERANCE, "allowed"))
    for x, name in heads if asked else heads[1:2]:
        axes.text(x, y, name, color=FAINT, fontsize=10, ha="right", va="center")
    middle = sum(_BAR) / 2
    axes.text(middle, y, "among the training cases", color=FAINT, fontsize=10, ha="center", va="center")
    legend = [(-1.15, "|", INK, "asked"), (-0.42, "o", GOOD, "met"), (0.2, "X", WARNING, "missed")] if asked else []
    for offset, marker, color, name in legend:
        axes.plot(middle + offset, y - 0.2, marker=marker, color=color, markersize=6, markeredgewidth=1.6)
        axes.text(middle + offset + 0.1, y - 0.2, name, color=FAINT, fontsize=8, va="center")


def _row(axes: Axes, row: NumberRow, y: float, size: float) -> None:
    color, mark = (GOOD, MET) if row.within_tolerance else (WARNING, MISSED)
    axes.text(_MARK, y, mark, color=color, fontsize=size + 2, va="center")
    axes.text(_NAME, y, readable(row.name), color=INK, fontsize=size, va="center")
    asked, measured = grouped(row.asked), "–"
    if row.measured is not None:
        asked, measured = told_miss(row.asked, row.measured, row.tolerance, grouped)
    allowed = f"±{grouped(float(f'{row.tolerance:.2g}'))}" if row.tolerance else "exact"
    texts = ((_ASKED, asked, INK), (_MEASURED, measured, INK), (_TOLERANCE, allowed, FAINT))
    for x, text, ink in (*texts, (_ERROR, _error(row), color)):
        axes.text(x, y, text, color=ink, fontsize=size, ha="right", va="center")


def _measured_row(axes: Axes, row: NumberRow, y: float, size: float) -> None:
    axes.text(_NAME, y, readable(row.name), color=FAINT, fontsize=size, va="center")
    axes.text(_MEASURED, y, grouped(row.asked), color=INK, fontsize=size, ha="right", va="center")


def _error(row: NumberRow) -> str:
    """In percent; absolute where the asked number is no size but a ratio, a place or a count."""
    if row.error is None:
        return "–"
    if row.name.endswith(("_ml", "_mm", "_cm2")) and row.relative_error is not None:
        return percent_off(row)
    return "0" if row.error == 0 else f"{row.error:+.2g}".replace("-", "−")


def _bar(axes: Axes, row: NumberRow, y: float, thickness: float, *, asked: bool) -> None:
    """The training range (light: all, darker: the middle nine tenths), the asked value and the measured one."""
    reference = row.training_range
    if reference is None:
        axes.text(sum(_BAR) / 2, y, "not known", color=FAINT, fontsize=8, ha="center", va="center")
        return
    known = [value for value in (row.asked, row.measured) if value is not None]
    scale = _Scale(reference.low, reference.high, known)
    for low, high, color in ((reference.low, reference.high, _SEEN), (reference.p05, reference.p95, _COMMON)):
        left, right = scale.place(low), scale.place(high)
        axes.barh(y, max(right - left, 0.03), left=left, height=thickness, color=color, linewidth=0)
    if not asked:
        marker = scale.beyond(row.asked) or "o"
        axes.plot(scale.place(row.asked), y, marker=marker, color=FAINT, markersize=_DOT * 0.75)
        return
    at = scale.place(row.asked)
    axes.plot([at, at], [y - thickness * 0.8, y + thickness * 0.8], color=INK, linewidth=1.8, solid_capstyle="butt")
    if scale.beyond(row.asked):
        axes.plot(at, y, marker=scale.beyond(row.asked), color=INK, markersize=6)
    if row.measured is not None:
        marker = scale.beyond(row.measured) or ("o" if row.within_tolerance else "X")
        color = GOOD if row.within_tolerance else WARNING
        axes.plot(
            scale.place(row.measured),
            y,
            marker=marker,
            color=color,
            markersize=_DOT,
            markeredgecolor="white",
            markeredgewidth=0.6,
        )


class _Scale:
    """Values of one number on the bar; what lies far outside the range is held at the edge."""

    def __init__(self, low: float, high: float, values: Sequence[float]) -> None:
        width = max(high - low, 0.05 * max(abs(low), abs(high)), 1e-6)
        self.low = max(min(low, *values), low - _FARTHEST * width) - _ROOM * width
        self.high = min(max(high, *values), high + _FARTHEST * width) + _ROOM * width

    def place(self, value: float) -> float:
        """Inches from the left of the table."""
        share = (value - self.low) / (self.high - self.low)
        return _BAR[0] + (_BAR[1] - _BAR[0]) * min(max(share, 0.02), 0.98)

    def beyond(self, value: float) -> str:
        """'<' or '>' where the value lies outside the bar, else nothing."""
        return "<" if value < self.low else ">" if value > self.high else ""

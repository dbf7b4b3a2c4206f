"""A text as a picture: what is understood marked in it, its numbers beside the usual range."""

from __future__ import annotations

import textwrap
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ...training_ranges import TrainingRange, training_range
from .statements import amount_said

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .parsed import ParsedText, Understood

_DPI = 100
_WIDTH_INCHES = 12.0
_COLUMNS = 88  # characters a line of the text
_ROWS = 40  # lines of the text at most; the rest is cut
_INK, _FAINT, _BAD = "#20242a", "#7a828c", "#b3261e"
# Kind → (background, line below): told apart by the line, not by colour alone.
_MARKS = {
    "number": ("#cfe8d5", "-"),
    "word": ("#d3e3f7", "--"),
    "unknown": ("#eadcf4", ":"),
    "not understood": ("#ffffff", "-."),
}
_BARS_FROM, _BARS_WIDE, _TOLD_AT = 0.44, 0.34, 0.81
_LINE_INCHES, _ROW_INCHES, _NOTE_INCHES = 0.34, 0.62, 0.25
_NOTES = 8


@dataclass(frozen=True)
class _Mark:
    """A piece of the text and its kind."""

    start: int
    end: int
    kind: str


def text_picture(text: str, read: ParsedText, structure: str | None) -> bytes:
    """A PNG, 1200 pixels wide.

    Args:
        text: As it was read; read: what was understood of it.
        structure: Catalog name, or None: then without usual ranges.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = _lines(text)
    numbers = list({piece.name: piece for piece in read.understood[::-1] if piece.kind == "number"}.values())[::-1]
    notes = [f"not understood: {piece}" for piece in read.unread] + [f"note: {note}" for note in read.notes]
    notes = [line for note in notes[:_NOTES] for line in textwrap.wrap(note, 110, max_lines=2, placeholder=" …")]
    heights = (
        _LINE_INCHES * (len(lines) + 1.6),
        _ROW_INCHES * max(len(numbers), 1) + 0.5,
        _NOTE_INCHES * (len(notes) + 1),
    )
    figure = Figure(figsize=(_WIDTH_INCHES, sum(heights)), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(3, 1, height_ratios=heights, left=0.03, right=0.97, top=0.98, bottom=0.02, hspace=0.05)
    _draw_text(
        figure.add_subplot(grid[0]),
        lines,
        (*read.understood, *(_Mark(*place, "not understood") for place in read.unread_at)),
    )
    _draw_numbers(figure.add_subplot(grid[1]), numbers, structure)
    _draw_notes(figure.add_subplot(grid[2]), notes)
    stream = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a letter that the font lacks is drawn as a box
        figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()


def _lines(text: str) -> list[tuple[int, str]]:
    """(Where it begins in the text, the line), broken at spaces."""
    lines: list[tuple[int, str]] = []
    start = 0
    while start < len(text) and len(lines) < _ROWS:
        end = min(start + _COLUMNS, len(text))
        newline = text.find("\n", start, end)
        if newline >= 0:
            end = newline + 1
        elif end < len(text) and (space := text.rfind(" ", start + 1, end)) > 0:
            end = space + 1
        lines.append((start, text[start:end]))
        start = end
    return lines or [(0, "")]


def _draw_text(axes: Axes, lines: list[tuple[int, str]], pieces: tuple[Understood | _Mark, ...]) -> None:
    rows = len(lines) + 1.6
    axes.set(xlim=(0, _COLUMNS), ylim=(rows, 0))
    axes.set_axis_off()
    for row, (start, line) in enumerate(lines):
        for piece in pieces:
            first, last = max(piece.start - start, 0), min(piece.end - start, len(line.rstrip()))
            if first < last:
                fill, style = _MARKS[piece.kind]
                axes.fill_between([first, last], row + 0.12, row + 0.92, color=fill, linewidth=0)
                axes.plot([first, last], [row + 0.92] * 2, color=_INK, linewidth=1.4, linestyle=style)
        for column, letter in enumerate(line):
            if letter.strip():
                axes.text(
                    column + 0.5, row + 0.7, _plain(letter), family="monospace", fontsize=13, ha="center", color=_INK
                )
    left = 0.0
    for kind, (fill, style) in _MARKS.items():
        axes.fill_between([left, left + 4], rows - 1.05, rows - 0.35, color=fill, linewidth=0)
        axes.plot([left, left + 4], [rows - 0.35] * 2, color=_INK, linewidth=1.4, linestyle=style)
        axes.text(left + 4.6, rows - 0.48, kind, fontsize=10, color=_FAINT)
        left += 16


def _draw_numbers(axes: Axes, numbers: list[Understood], structure: str | None) -> None:
    """A row a number: its reading, and a bar of the usual range with the value and its tolerance upon it."""
    axes.set(xlim=(0, 1), ylim=(max(len(numbers), 1) + 0.5, -0.3))
    axes.set_axis_off()
    if not numbers:
        axes.text(0, 0.5, "no number was understood", fontsize=11, color=_FAINT)
        return
    legend = "usual range of the training scans: thin all, thick the middle nine tenths, tick the median"
    axes.text(_BARS_FROM, -0.12, legend, fontsize=9, color=_FAINT)
    for row, piece in enumerate(numbers):
        said, _, why = piece.reading.partition(" (")
        axes.text(0, row + 0.42, _plain(said), fontsize=12, color=_INK)
        axes.text(
            0, row + 0.72, _plain(textwrap.shorten(why.rstrip(")"), 78, placeholder=" …")), fontsize=9, color=_FAINT
        )
        reference = training_range(structure, piece.name) if structure is not None else None
        if reference is not None and isinstance(piece.value, float):
            _draw_range(axes, row + 0.42, piece, reference)


def _draw_range(axes: Axes, height: float, piece: Understood, reference: TrainingRange) -> None:
    value, room = float(piece.value or 0.0), piece.tolerance or 0.0
    low, high = min(reference.low, value - room), max(reference.high, value + room)
    margin = 0.06 * (high - low) or 1.0
    inside = reference.holds(value)

    def at(number: float) -> Any:
        return _BARS_FROM + _BARS_WIDE * (number - low + margin) / (high - low + 2 * margin)

    axes.plot([at(reference.low), at(reference.high)], [height] * 2, color=_FAINT, linewidth=1.5, solid_capstyle="butt")
    axes.plot([at(reference.p05), at(reference.p95)], [height] * 2, color="#c3c9d0", linewidth=9, solid_capstyle="butt")
    axes.plot([at(reference.median)] * 2, [height - 0.14, height + 0.14], color=_FAINT, linewidth=2)
    color, marker = (_INK, "o") if inside else (_BAD, "X")
    axes.plot([at(value - room), at(value + room)], [height] * 2, color=color, linewidth=2)
    axes.plot([at(value)], [height], marker=marker, markersize=9, color=color)
    for number, side in ((reference.low, "right"), (reference.high, "left")):
        shift = -0.008 if side == "right" else 0.008
        axes.text(at(number) + shift, height + 0.33, f"{number:.4g}", fontsize=8, color=_FAINT, ha="center")
    limit = amount_said(piece.name, float(f"{reference.high if value > reference.high else reference.low:.4g}"))
    remark = "within" if inside else f"outside: usual {'up to' if value > reference.high else 'from'} {limit}"
    axes.text(_TOLD_AT, height + 0.07, remark, fontsize=10, color=color)


def _draw_notes(axes: Axes, notes: list[str]) -> None:
    axes.set(xlim=(0, 1), ylim=(len(notes) + 1, 0))
    axes.set_axis_off()
    for row, note in enumerate(notes):
        color = _BAD if note.startswith("not understood") else _FAINT
        axes.text(0, row + 0.7, _plain(note), fontsize=10.5, color=color)


def _plain(text: str) -> str:
    """Without what matplotlib reads as mathematics, and without what cannot be drawn."""
    return "".join(letter if letter.isprintable() else " " for letter in text).replace("$", r"\$")

"""A description as one picture: views of the shape above, its numbers and words below."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from .. import catalog
from ..errors import InputError
from ..frames import VIEWS
from .model import GeometryDescription
from .quantities import QUANTITIES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 100
_SIZE_INCHES = (15.0, 10.0)
_VIEWS_FROM = 0.50  # of the height: the views stand above, the text below
_INK, _FAINT = "#20242a", "#7a828c"
_LEFT, _WORDS_LEFT, _TOP, _ROW = 0.03, 0.63, 0.46, 0.0245
_COLUMN, _ROWS = 0.29, 15
_LINE = 0.0185  # of the height, a line of the text
_WRAP = 70


def sheet(found: GeometryDescription, snapshots: Mapping[str, bytes], *, title: str = "", source: str = "") -> bytes:
    """A PNG of 1500 × 1000 pixels.

    Args:
        found: The description; its text is shown as it stands.
        snapshots: View → PNG, any of axial, coronal and sagittal.
        title: What was described, such as a file's name.
        source: Who chose the words.

    Raises:
        InputError: A snapshot is no picture.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    heading = catalog.structure(found.structure).title + (f": {title}" if title else "")
    figure.text(0.5, 0.965, _plain(heading, 110), ha="center", fontsize=17, color=_INK)
    _views(figure, snapshots)
    _numbers(figure, found.numbers)
    _words(figure, found, source)
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()


def _views(figure: Figure, snapshots: Mapping[str, bytes]) -> None:
    shown = [name for name in VIEWS if name in snapshots]
    edge = 0.42 * _SIZE_INCHES[1] / _SIZE_INCHES[0]
    for count, name in enumerate(shown):
        left = (count + 0.5) / len(shown) - edge / 2
        axes = figure.add_axes((left, _VIEWS_FROM, edge, 0.42))
        axes.imshow(_picture(name, snapshots[name]), cmap="gray", vmin=0, vmax=1)
        axes.set_title(name, fontsize=13, color=_FAINT)
        axes.set_axis_off()


def _picture(name: str, png: bytes) -> Any:
    from matplotlib.image import imread

    try:
        return imread(BytesIO(png), format="png")
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"The {name} picture is no PNG file.") from error


def _numbers(figure: Figure, numbers: Mapping[str, float]) -> None:
    """Title, value and unit, in two columns."""
    known = [q for q in QUANTITIES if q.name in numbers]
    for count, quantity in enumerate(known):
        column, row = divmod(count, _ROWS)
        left, height = _LEFT + column * _COLUMN, _TOP - 0.035 - row * _ROW
        value = f"{numbers[quantity.name]:.0f}" if quantity.whole else f"{numbers[quantity.name]:.4g}"
        figure.text(left, height, quantity.title, fontsize=11, color=_FAINT)
        figure.text(left + 0.225, height, value, fontsize=11, color=_INK, ha="right")
        figure.text(left + 0.23, height, quantity.unit, fontsize=11, color=_FAINT)
    figure.text(_LEFT, _TOP, "Numbers", fontsize=13, color=_INK, weight="bold")


def _words(figure: Figure, description: GeometryDescription, source: str) -> None:
    heading = f"Words, from {_plain(source, 50)}" if source else "Words"
    figure.text(_WORDS_LEFT, _TOP, heading, fontsize=13, color=_INK, weight="bold")
    height = _TOP - 0.035
    for name, value in description.words.items():
        figure.text(_WORDS_LEFT, height, name.replace("_", " "), fontsize=11, color=_FAINT)
        figure.text(_WORDS_LEFT + 0.15, height, _plain(value, 40), fontsize=11, color=_INK)
        height -= _ROW
    most = max(1, int((height - 0.02) / _LINE))
    lines = textwrap.wrap(" ".join(description.text.split()), _WRAP, max_lines=most, placeholder=" …")
    figure.text(
        _WORDS_LEFT, height - 0.01, _plain("\n".join(lines)), fontsize=9.5, color=_INK, va="top", linespacing=1.3
    )


def _plain(text: str, longest: int = 4000) -> str:
    """The text without what matplotlib reads as mathematics."""
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return cut.replace("$", r"\$")

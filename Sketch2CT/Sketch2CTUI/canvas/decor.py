"""What stands around a drawing: colours of the palette, paper, picture behind, orientation letters, scale bar."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import qt

from Sketch2CTLib.frames import PlaneFrame

from ..widgets.terms import view_title
from ..widgets.translation import _
from .sheets import CanvasSheet

MARGIN = 24  # pixels around the paper, for the letters
_AXES = (("R", "L"), ("A", "P"), ("S", "I"))  # positive and negative end of each RAS axis
_ROUND = (1.0, 2.0, 5.0)
_LONGEST_BAR = 0.3  # of the widget's width
_OBLIQUE_DEGREES = 1.0
_DARK = 128  # lightness below which a palette is a dark one


@dataclass(frozen=True)
class Colors:
    """The canvas's colours, of one palette."""

    desk: qt.QColor
    paper: qt.QColor
    edge: qt.QColor
    grid: qt.QColor
    text: qt.QColor
    outline: qt.QColor
    crease: qt.QColor
    inside: qt.QColor
    halo: qt.QColor
    mark: qt.QColor
    trace: qt.QColor

    @classmethod
    def of(cls, palette) -> Colors:
        """Ink is the palette's text; inner lines are thinner, not only of another colour."""
        paper, text = palette.color(qt.QPalette.Base), palette.color(qt.QPalette.Text)
        dark = paper.lightness() < _DARK
        blue = qt.QColor(122, 184, 255) if dark else qt.QColor(20, 92, 180)
        halo = qt.QColor(paper)
        halo.setAlpha(190)
        desk = palette.color(qt.QPalette.Window)
        return cls(
            desk=mixed(desk, text, 0.06),
            paper=paper,
            edge=mixed(paper, text, 0.35),
            grid=mixed(paper, text, 0.09),
            text=mixed(paper, text, 0.72),
            outline=text,
            crease=blue,
            inside=_clear(qt.QColor(224, 130, 90), 46 if dark else 34),
            halo=halo,
            mark=palette.color(qt.QPalette.Highlight),
            trace=qt.QColor(122, 214, 170) if dark else qt.QColor(0, 122, 86),
        )


def mixed(one, other, share: float):
    """A colour with a share of another one."""
    parts = [(a + (b - a) * share) for a, b in zip(_rgb(one), _rgb(other), strict=True)]
    return qt.QColor(*(round(part) for part in parts))


def _rgb(color) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()


def _clear(color, alpha: int):
    color.setAlpha(alpha)
    return color


def letters(plane: PlaneFrame) -> tuple[str, str, str, str]:
    """Orientation letters at left, right, top and bottom of the paper.

    Of an oblique plane each is the nearest direction, and the two axes never share one.
    """
    axes = plane.plane_to_ras[:3, :2]
    weight = np.abs(axes)
    across, up = max(permutations(range(3), 2), key=lambda pair: weight[pair[0], 0] + weight[pair[1], 1])
    right = _AXES[across][0 if axes[across, 0] > 0 else 1]
    top = _AXES[up][0 if axes[up, 1] > 0 else 1]
    return _opposite(right), right, top, _opposite(top)


def _opposite(letter: str) -> str:
    return next(pair[1 - pair.index(letter)] for pair in _AXES if letter in pair)


def tilt_degrees(plane: PlaneFrame) -> float:
    """How far the plane is turned from the nearest axes of the patient, in any direction."""
    axes = np.abs(plane.plane_to_ras[:3, :3])
    best = max(min(axes[row, column] for column, row in enumerate(order)) for order in permutations(range(3)))
    return math.degrees(math.acos(min(1.0, float(best))))


def caption(sheet: CanvasSheet) -> str:
    """The sheet in words: its view and paper, or where a contour lies; and how oblique it is."""
    width, height = sheet.plane.size_mm
    tilt = tilt_degrees(sheet.plane)
    oblique = _(", {tilt:.0f}° oblique").format(tilt=tilt) if tilt >= _OBLIQUE_DEGREES else ""
    if sheet.role == "contour":
        return f"{sheet.title}{oblique}"
    return f"{view_title(sheet.plane.view)}{oblique}, {width:.0f} × {height:.0f} mm"


def round_length_mm(scale: float, width: int) -> float:
    """The longest of 1, 2, 5, 10, 20 … mm that is at most 30 % of a widget's width.

    Args:
        scale: Pixels a mm.
        width: The widget's width in pixels.
    """
    most = max(width * _LONGEST_BAR / scale, 1e-3)
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in _ROUND if step * power <= most * (1 + 1e-9))


def length_text(mm: float) -> str:
    """A length with its unit: cm from 10 mm on where it is a whole number of them."""
    return f"{mm / 10:g} cm" if mm >= 10 else f"{mm:g} mm"


def paint_ground(painter, viewport, plane: PlaneFrame, colors: Colors, reference) -> None:
    """Desk, paper with a faint grid of round mm, the picture behind, and the paper's edge.

    Args:
        painter: A painter of the whole widget.
        viewport: What is shown.
        plane: The plane, which gives the paper's size.
        colors: The colours of the palette.
        reference: (QImage, opacity 0–1), or None.
    """
    left, top, width, height = viewport.paper(plane.size_mm)
    paper = qt.QRectF(left, top, width, height)
    painter.fillRect(qt.QRect(0, 0, viewport.width, viewport.height), colors.desk)
    painter.fillRect(paper, colors.paper)
    _paint_grid(painter, viewport, plane, colors)
    if reference is not None:
        painter.setOpacity(float(reference[1]))
        painter.drawImage(paper, reference[0])
        painter.setOpacity(1.0)
    painter.setPen(qt.QPen(colors.edge, 1.0))
    painter.setBrush(qt.QBrush(qt.Qt.NoBrush))
    painter.drawRect(paper)


def _paint_grid(painter, viewport, plane: PlaneFrame, colors: Colors) -> None:
    step = round_length_mm(viewport.scale, viewport.width) / 2
    half_width, half_height = plane.size_mm[0] / 2, plane.size_mm[1] / 2
    painter.setPen(qt.QPen(colors.grid, 1.0))
    low, high = viewport.to_mm(0, viewport.height), viewport.to_mm(viewport.width, 0)
    for at in _steps(max(-half_width, low[0]), min(half_width, high[0]), step):
        (x, y1), (_, y2) = viewport.to_pixels(at, half_height), viewport.to_pixels(at, -half_height)
        painter.drawLine(qt.QPointF(x, y1), qt.QPointF(x, y2))
    for at in _steps(max(-half_height, low[1]), min(half_height, high[1]), step):
        (x1, y), (x2, _) = viewport.to_pixels(-half_width, at), viewport.to_pixels(half_width, at)
        painter.drawLine(qt.QPointF(x1, y), qt.QPointF(x2, y))


def _steps(low: float, high: float, step: float) -> list[float]:
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def paint_letters(painter, viewport, plane: PlaneFrame, colors: Colors) -> None:
    """Orientation letters at the widget's four sides: they stay there whatever is zoomed."""
    left, right, top, bottom = letters(plane)
    _set_font(painter, 14, bold=True)
    width, height = viewport.width, viewport.height
    middle_x, middle_y = width // 2 - MARGIN // 2, height // 2 - MARGIN // 2
    for letter, x, y in (
        (left, 1, middle_y),
        (right, width - MARGIN - 1, middle_y),
        (top, middle_x, 0),
        (bottom, middle_x, height - MARGIN),
    ):
        _paint_text(painter, qt.QRect(x, y, MARGIN, MARGIN), letter, colors)


def paint_scale_bar(painter, viewport, colors: Colors) -> None:
    """A bar of a round length at the lower right, with its length above."""
    length = round_length_mm(viewport.scale, viewport.width)
    end, y = viewport.width - MARGIN - 10, viewport.height - MARGIN - 10
    start = end - length * viewport.scale
    for color, width in ((colors.halo, 5.0), (colors.text, 2.0)):
        painter.setPen(qt.QPen(color, width))
        painter.drawLine(qt.QPointF(start, y), qt.QPointF(end, y))
        for x in (start, end):
            painter.drawLine(qt.QPointF(x, y - 4.0), qt.QPointF(x, y + 4.0))
    _set_font(painter, 11)
    _paint_text(painter, qt.QRect(int(start) - 20, y - 22, int(end - start) + 40, 16), length_text(length), colors)


def paint_caption(painter, viewport, text: str, colors: Colors) -> None:
    """A line of small text at the upper left."""
    _set_font(painter, 11)
    room = qt.QRect(6, 2, max(viewport.width // 2 - MARGIN, 1), MARGIN - 4)
    painter.setPen(qt.QPen(colors.text, 1.0))
    painter.drawText(room, int(qt.Qt.AlignLeft | qt.Qt.AlignVCenter), text)


def paint_hint(painter, viewport, text: str, colors: Colors) -> None:
    """What an empty paper says, in its middle."""
    _set_font(painter, 14)
    painter.setPen(qt.QPen(mixed(colors.paper, colors.text, 0.7), 1.0))
    room = qt.QRect(MARGIN, 0, max(viewport.width - 2 * MARGIN, 1), viewport.height)
    painter.drawText(room, int(qt.Qt.AlignCenter | qt.Qt.TextWordWrap), text)


def _set_font(painter, pixels: int, bold: bool = False) -> None:
    font = painter.font()
    font.setBold(bold)
    font.setPixelSize(pixels)
    painter.setFont(font)


def _paint_text(painter, box, text: str, colors: Colors) -> None:
    """Text that is read on paper, on the desk and on a picture: with a rim of the paper's colour."""
    painter.setPen(qt.QPen(colors.halo, 1.0))
    for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(box.translated(x, y), int(qt.Qt.AlignCenter), text)
    painter.setPen(qt.QPen(colors.text, 1.0))
    painter.drawText(box, int(qt.Qt.AlignCenter), text)

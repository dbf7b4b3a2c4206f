"""The drawings of other organs behind those on the canvas: faint, each in its colour, where they lie in the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import qt

from .decor import mixed
from .sheets import CanvasSheet
from .traces import Trace, is_parallel, trace_on

_NEAR_MM = 15.0  # within which a cut of another organ is shown with a contour
_WIDTH = 1.6  # pixels
_LINE_ALPHA, _INSIDE_ALPHA = 190, 34
_LINE_INK, _NAME_INK = 0.15, 0.45  # shares of the text's colour
_FONT, _MARGIN = 11, 26  # pixels
_CLOSED_MM = 1e-6


@dataclass(frozen=True)
class BesideOrgan:
    """An organ that is not the one on the canvas.

    Args:
        title: Its name, for people.
        color_rgb: Its colour, 0–255.
        sheets: Its drawings.
    """

    title: str
    color_rgb: tuple[int, int, int]
    sheets: tuple[CanvasSheet, ...]


def seen_beside(sheet: CanvasSheet, organ: BesideOrgan) -> Trace:
    """What is seen of another organ on a sheet: its drawings of the same view, where they lie.

    With a contour the nearest cut beside it counts, else the silhouette. An organ that is not drawn in this view shows
    where its other drawings end.
    """
    drawn = [one for one in organ.sheets if one.strokes]
    same = [one for one in drawn if is_parallel(sheet, one)]
    views = [one for one in same if one.role == "silhouette"]
    cuts = [one for one in same if one.role == "contour"]
    if sheet.role == "contour":
        near = sorted((abs(_height_mm(sheet, one)), number) for number, one in enumerate(cuts))
        cuts = [cuts[number] for height, number in near[:1] if height <= _NEAR_MM]
        shown = cuts or views
    else:
        shown = views or cuts
    traces = [trace_on(sheet, one) for one in shown or drawn]
    return Trace(
        tuple(path for trace in traces for path in trace.paths),
        tuple(bound for trace in traces for bound in trace.bounds),
    )


def _height_mm(sheet: CanvasSheet, other: CanvasSheet) -> float:
    return float((other.plane.center_ras - sheet.plane.center_ras) @ sheet.plane.plane_to_ras[:3, 2])


class BesidePictures:
    """What is seen of the other organs as Qt paints it; made anew where they or the sheet change."""

    def __init__(self) -> None:
        self.organs: tuple[BesideOrgan, ...] = ()
        self._of: tuple = ()
        self._seen: list[tuple] = []

    def follow(self, top: CanvasSheet) -> None:
        """Makes them for a sheet; its own lines play no part."""
        key = (CanvasSheet(top.plane, top.role), self.organs)
        if key == self._of:
            return
        self._of = key
        self._seen = [_Seen(organ, seen_beside(top, organ)) for organ in self.organs]

    def paint(self, painter, viewport, transform, ink) -> None:
        """Paints them, beyond the paper too.

        Args:
            painter: Of the whole widget.
            viewport: What is shown.
            transform: Mm → pixels.
            ink: The colour of text, of which lines and names have a share: they are read on light and dark paper.
        """
        painter.save()
        painter.setTransform(transform)
        for one in self._seen:
            one.paint_lines(painter, viewport.scale, ink)
        painter.restore()
        taken: list = []
        for one in self._seen:
            taken += one.paint_name(painter, viewport, ink, taken)


class _Seen:
    """One organ's lines as paths in mm."""

    def __init__(self, organ: BesideOrgan, trace: Trace) -> None:
        self._title, self._color = organ.title, qt.QColor(*organ.color_rgb)
        self._lines, self._inside, self._bounds = qt.QPainterPath(), qt.QPainterPath(), qt.QPainterPath()
        self._inside.setFillRule(qt.Qt.OddEvenFill)
        for path, found in ((self._lines, trace.paths), (self._bounds, trace.bounds)):
            for line in found:
                path.addPath(_path(line))
        for line in trace.paths:
            if len(line) > 2 and np.abs(line[0] - line[-1]).max() < _CLOSED_MM:
                self._inside.addPath(_path(line))
        points = np.concatenate([*trace.paths, *(line.mean(axis=0)[None] for line in trace.bounds), np.zeros((0, 2))])
        self._middle = None if not len(points) else (points.min(axis=0) + points.max(axis=0)) / 2

    def paint_lines(self, painter, scale: float, ink) -> None:
        """The lines, a tint inside closed ones, and dashed where other views end."""
        painter.fillPath(self._inside, qt.QBrush(_clear(self._color, _INSIDE_ALPHA)))
        painter.setBrush(qt.QBrush(qt.Qt.NoBrush))
        color, width = _clear(mixed(self._color, ink, _LINE_INK), _LINE_ALPHA), _WIDTH / scale
        for path, style in ((self._lines, qt.Qt.SolidLine), (self._bounds, qt.Qt.DashLine)):
            painter.setPen(qt.QPen(color, width, style, qt.Qt.RoundCap, qt.Qt.RoundJoin))
            painter.drawPath(path)

    def paint_name(self, painter, viewport, ink, taken) -> list:
        """The name in the middle, below names that lie there; at the rim where that is beyond. Gives its place."""
        if self._middle is None:
            return []
        x, y = viewport.to_pixels(*self._middle)
        font = painter.font()
        font.setBold(False)
        font.setPixelSize(_FONT)
        painter.setFont(font)
        half = painter.fontMetrics().horizontalAdvance(self._title) // 2 + 4
        x = min(max(x, half + _MARGIN), max(viewport.width - half - _MARGIN, half + _MARGIN))
        y = min(max(y, 2 * _MARGIN), max(viewport.height - 2 * _MARGIN, 2 * _MARGIN))
        room = qt.QRect(int(x) - half, int(y) - _FONT, 2 * half, 2 * _FONT)
        while any(room.intersects(other) for other in taken):
            room.translate(0, _FONT)
        painter.setPen(qt.QPen(mixed(self._color, ink, _NAME_INK), 1.0))
        painter.drawText(room, int(qt.Qt.AlignCenter), self._title)
        return [room]


def _clear(color, alpha: int):
    faint = qt.QColor(color)
    faint.setAlpha(alpha)
    return faint


def _path(line: np.ndarray):
    path = qt.QPainterPath()
    rows = line.tolist()
    path.moveTo(*rows[0])
    for u, v in rows[1:]:
        path.lineTo(u, v)
    return path

"""The pictures that a canvas is painted from: the ground, the committed strokes, and the one being drawn.

A mouse move changes a few pixels of one of them and never paints the committed strokes again.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import qt

from Sketch2CTLib.sketch import Stroke

from ..widgets.painting import painting
from .beside import BesidePictures
from .decor import Colors, paint_ground
from .sheets import CanvasSheet, CanvasSheets
from .strokes import USUAL_PRESSURE
from .traces import trace_on

WIDTHS = {"outline": 2.2, "crease": 1.4}  # pixels, at the usual pressure
_MARK = 7.0
_HALO = 3.0  # pixels wider than the line
_TRACE, _DOT = 1.4, 3.0  # pixels: the width of a trace, the radius of a point that lines pass through
_TRACE_ALPHA = 210


def line_width(kind: str, pressure: float | None) -> float:
    """Pixels, as `rasterise` weighs a pressure: half as wide at none, half as wide again at all."""
    return WIDTHS[kind] * (0.5 + (USUAL_PRESSURE if pressure is None else pressure))


def line_pen(color, width: float):
    """A round pen. Not a cosmetic one: that would be thinner on screens with finer pixels."""
    return qt.QPen(color, float(width), qt.Qt.SolidLine, qt.Qt.RoundCap, qt.Qt.RoundJoin)


class _Path:
    """A stroke as Qt paints it: one path in mm, and its pieces where pressure varies."""

    def __init__(self, stroke: Stroke) -> None:
        self.stroke = stroke
        self.whole = _path(stroke.points_mm, stroke.closed)
        self.pieces = None if stroke.pressure is None else _pieces(stroke)


def _path(points: np.ndarray, closed: bool):
    path = qt.QPainterPath()
    rows = points.tolist()
    path.moveTo(*rows[0])
    for u, v in rows[1:]:
        path.lineTo(u, v)
    if len(rows) == 1:
        path.lineTo(*rows[0])
    if closed:
        path.closeSubpath()
    return path


def _pieces(stroke: Stroke) -> list:
    """Runs of one line width, and that width."""
    widths = np.round([line_width(stroke.kind, p) for p in stroke.pressure] * np.array(4.0)) / 4
    path = stroke.path_mm
    starts = np.concatenate([[0], np.flatnonzero(np.diff(widths)) + 1, [len(widths)]])
    runs = pairwise(starts.tolist())
    return [(_path(path[first : last + 1], False), float(widths[first])) for first, last in runs]


class _Traces:
    """The traces of the other sheets on the top one as Qt paints them; made anew where one of them changed."""

    def __init__(self) -> None:
        self._of: tuple[CanvasSheet, ...] = ()
        self._lines = self._bounds = self._points = None

    def follow(self, sheets: CanvasSheets) -> None:
        """Makes them of the sheets as they are; the lines of the top one play no part."""
        top = sheets.top
        others = tuple(one for number, one in enumerate(sheets.all) if number != sheets.number)
        key = (CanvasSheet(top.plane, top.role), *others)
        if key == self._of and self._lines is not None:
            return
        self._of, self._lines, self._bounds, self._points = key, qt.QPainterPath(), qt.QPainterPath(), []
        for trace in (trace_on(top, other) for other in others):
            for path, found in ((self._lines, trace.paths), (self._bounds, trace.bounds)):
                for line in found:
                    path.addPath(_path(line, False))
            self._points += [] if trace.points is None else trace.points.tolist()

    def paint(self, painter, viewport, colors: Colors) -> None:
        """Paints them on the paper, with a painter of the whole widget."""
        color = qt.QColor(colors.trace)
        color.setAlpha(_TRACE_ALPHA)
        painter.save()
        painter.setClipRect(qt.QRectF(*viewport.paper(self._of[0].plane.size_mm)))
        painter.setTransform(_transform(viewport))
        painter.setBrush(qt.QBrush(qt.Qt.NoBrush))
        pen = line_pen(color, _TRACE / viewport.scale)
        painter.setPen(pen)
        painter.drawPath(self._lines)
        pen.setStyle(qt.Qt.DashLine)
        painter.setPen(pen)
        painter.drawPath(self._bounds)
        painter.setPen(qt.QPen(qt.Qt.NoPen))
        painter.setBrush(qt.QBrush(colors.trace))
        for u, v in self._points:
            painter.drawEllipse(qt.QPointF(u, v), _DOT / viewport.scale, _DOT / viewport.scale)
        painter.restore()


class Layers:
    """Ground, ink and live layer of one canvas.

    Attributes:
        beside: The other organs, which lie on the ground.
    """

    def __init__(self) -> None:
        self.beside = BesidePictures()
        self.ground = self.ink = self.live = None
        self._paths: dict[int, _Path] = {}
        self._traces = _Traces()

    def resize(self, width: int, height: int, ratio: float) -> None:
        """Empty layers for a widget of that size on a screen with `ratio` pixels for one of the widget's."""
        self.ground, self.ink, self.live = (_image(width, height, ratio) for _ in range(3))

    def fits(self, width: int, height: int, ratio: float) -> bool:
        """Whether the layers are of that size."""
        size = round(width * ratio), round(height * ratio)
        return self.ground is not None and (self.ground.width(), self.ground.height()) == size

    def paint_ground(self, viewport, sheets: CanvasSheets, colors: Colors, reference) -> None:
        """Paints the paper, what lies behind the drawing, the other organs, and the traces of the other drawings."""
        self._traces.follow(sheets)
        self.beside.follow(sheets.top)
        with painting(self.ground) as painter:
            painter.setRenderHint(qt.QPainter.SmoothPixmapTransform, True)
            paint_ground(painter, viewport, sheets.top.plane, colors, reference)
            self.beside.paint(painter, viewport, _transform(viewport), colors.outline)
            self._traces.paint(painter, viewport, colors)

    def paint_ink(self, strokes, viewport, colors: Colors, halo: bool) -> None:
        """Paints all committed strokes."""
        self.ink.fill(qt.QColor(0, 0, 0, 0))
        paths = self._paths_of(strokes)
        with painting(self.ink) as painter:
            painter.setTransform(_transform(viewport))
            _paint_inside(painter, paths, colors)
            for wide in (True, False) if halo else (False,):
                for path in paths:
                    paint_stroke(painter, path, colors, viewport.scale, wide)

    def paint_over(self, strokes, viewport, colors: Colors) -> None:
        """Paints strokes on the live layer, as while they are moved."""
        self.clear_live()
        paths = [self._paths.get(id(stroke)) or _Path(stroke) for stroke in strokes]
        with painting(self.live) as painter:
            painter.setTransform(_transform(viewport))
            for path in paths:
                paint_stroke(painter, path, colors, viewport.scale, False)

    def paint_mark(self, painter, stroke: Stroke, viewport, color) -> None:
        """Paints a broad mark along one stroke."""
        path = self._paths.get(id(stroke))
        if path is None:
            return
        painter.save()
        painter.setTransform(_transform(viewport))
        painter.setPen(line_pen(color, _MARK / viewport.scale))
        painter.setBrush(qt.QBrush(qt.Qt.NoBrush))
        painter.drawPath(path.whole)
        painter.restore()

    def clear_live(self) -> None:
        """Empties the live layer."""
        self.live.fill(qt.QColor(0, 0, 0, 0))

    def _paths_of(self, strokes) -> list[_Path]:
        paths = {id(stroke): self._paths.get(id(stroke)) or _Path(stroke) for stroke in strokes}
        self._paths = paths  # holds the strokes, so that their ids stay theirs
        return list(paths.values())


def paint_stroke(painter, path: _Path, colors: Colors, scale: float, wide: bool) -> None:
    """One stroke, or the rim around it that lifts it off a picture."""
    kind = path.stroke.kind
    color = colors.halo if wide else colors.crease if kind == "crease" else colors.outline
    more = _HALO if wide else 0.0
    painter.setBrush(qt.QBrush(qt.Qt.NoBrush))
    if path.pieces is None:
        painter.setPen(line_pen(color, (line_width(kind, None) + more) / scale))
        painter.drawPath(path.whole)
        return
    for piece, width in path.pieces:
        painter.setPen(line_pen(color, (width + more) / scale))
        painter.drawPath(piece)


def _paint_inside(painter, paths: list[_Path], colors: Colors) -> None:
    """A tint inside closed outlines: what is tinted is closed; one within another is a hole."""
    whole = qt.QPainterPath()
    whole.setFillRule(qt.Qt.OddEvenFill)
    for path in paths:
        if path.stroke.closed and path.stroke.kind == "outline":
            whole.addPath(path.whole)
    painter.fillPath(whole, qt.QBrush(colors.inside))


def _transform(viewport):
    """Mm → pixels of the widget, for a painter."""
    x, y = viewport.to_pixels(0.0, 0.0)
    return qt.QTransform(viewport.scale, 0.0, 0.0, -viewport.scale, x, y)


def _image(width: int, height: int, ratio: float):
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    image = qt.QImage(size[0], size[1], qt.QImage.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(qt.QColor(0, 0, 0, 0))
    return image

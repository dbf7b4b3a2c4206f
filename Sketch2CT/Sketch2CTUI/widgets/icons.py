"""The tool buttons' icons, painted in the palette's own colours: right in light and dark, sharp on every screen."""

from __future__ import annotations

from itertools import pairwise

import qt

from .painting import painting

SIZE = 20  # pixels of the widget
_FINER = 2  # of the screen
_LINE = 1.7


def icon(name: str, palette):
    """The icon of that name, fainter for disabled buttons and on the highlight's ground for a tool in use."""
    result = qt.QIcon()
    for mode, group in ((qt.QIcon.Normal, qt.QPalette.Active), (qt.QIcon.Disabled, qt.QPalette.Disabled)):
        result.addPixmap(_pixmap(name, palette.color(group, qt.QPalette.ButtonText)), mode)
    highlight = palette.color(qt.QPalette.Highlight)
    result.addPixmap(_pixmap(name, palette.color(qt.QPalette.HighlightedText), highlight), qt.QIcon.Normal, qt.QIcon.On)
    return result


def icon_button(name: str, title: str, tip: str, clicked=None):
    """A flat button with the icon of that name.

    Args:
        name: The icon's name.
        title: What a screen reader says.
        tip: Tooltip.
        clicked: Called without arguments.
    """
    button = qt.QToolButton()
    button.toolTip, button.accessibleName, button.autoRaise = tip, title, True
    button.icon, button.iconSize = icon(name, button.palette), qt.QSize(SIZE, SIZE)
    if clicked is not None:
        button.connect("clicked()", clicked)
    return button


def _pixmap(name: str, color, ground=None):
    pixmap = qt.QPixmap(SIZE * _FINER, SIZE * _FINER)
    pixmap.setDevicePixelRatio(float(_FINER))
    pixmap.fill(qt.QColor(0, 0, 0, 0))
    with painting(pixmap) as painter:
        if ground is not None:
            painter.setPen(qt.QPen(qt.Qt.NoPen))
            painter.setBrush(qt.QBrush(ground))
            painter.drawRoundedRect(qt.QRectF(0.0, 0.0, float(SIZE), float(SIZE)), 3.0, 3.0)
        painter.setPen(qt.QPen(color, _LINE, qt.Qt.SolidLine, qt.Qt.RoundCap, qt.Qt.RoundJoin))
        painter.setBrush(qt.QBrush(qt.Qt.NoBrush))
        _DRAWINGS[name](painter, color)
    return pixmap


def _lines(painter, *paths) -> None:
    for path in paths:
        for (x1, y1), (x2, y2) in pairwise(path):
            painter.drawLine(qt.QPointF(float(x1), float(y1)), qt.QPointF(float(x2), float(y2)))


def _curve(painter, start, *curves) -> None:
    path = qt.QPainterPath()
    path.moveTo(float(start[0]), float(start[1]))
    for numbers in curves:
        path.cubicTo(*(float(number) for number in numbers))
    painter.drawPath(path)


def _pen(painter, _color) -> None:
    _lines(painter, [(4, 16), (5, 12), (14, 3), (17, 6), (8, 15), (4, 16)], [(12, 5), (15, 8)])


def _line(painter, color) -> None:
    _lines(painter, [(5, 15), (15, 5)])
    painter.setBrush(qt.QBrush(color))
    for x, y in ((4, 16), (16, 4)):
        painter.drawEllipse(qt.QPointF(float(x), float(y)), 1.4, 1.4)


def _eraser(painter, _color) -> None:
    _lines(painter, [(3, 12), (11, 4), (17, 10), (11, 16), (7, 16), (3, 12)], [(7, 8), (13, 14)], [(11, 16), (17, 16)])


def _move(painter, _color) -> None:
    _lines(painter, [(10, 2), (10, 18)], [(2, 10), (18, 10)])
    _lines(painter, [(7.5, 4.5), (10, 2), (12.5, 4.5)], [(7.5, 15.5), (10, 18), (12.5, 15.5)])
    _lines(painter, [(4.5, 7.5), (2, 10), (4.5, 12.5)], [(15.5, 7.5), (18, 10), (15.5, 12.5)])


def _undo(painter, _color) -> None:
    _lines(painter, [(7, 3), (3, 7), (7, 11)])
    _curve(painter, (3, 7), (10, 7, 17, 7, 17, 12), (17, 15, 15, 17, 9, 17))


def _redo(painter, _color) -> None:
    _lines(painter, [(13, 3), (17, 7), (13, 11)])
    _curve(painter, (17, 7), (10, 7, 3, 7, 3, 12), (3, 15, 5, 17, 11, 17))


def _smooth(painter, _color) -> None:
    _lines(painter, [(2, 6), (4, 3), (6, 8), (8, 3), (10, 8), (12, 3), (14, 8), (16, 3), (18, 6)])
    _curve(painter, (2, 15), (6, 10, 8, 10, 10, 14), (12, 18, 15, 18, 18, 13))


def _mirror(painter, color) -> None:
    _lines(painter, [(8, 5), (8, 15), (2, 15), (8, 5)])
    for y in (2, 6, 10, 14):
        _lines(painter, [(10, y), (10, y + 2)])
    half = qt.QPainterPath()
    half.moveTo(12.0, 5.0)
    for x, y in ((12.0, 15.0), (18.0, 15.0), (12.0, 5.0)):
        half.lineTo(x, y)
    painter.fillPath(half, qt.QBrush(color))
    painter.drawPath(half)


def _clear(painter, _color) -> None:
    _lines(painter, [(3, 5), (17, 5)], [(8, 5), (8, 3), (12, 3), (12, 5)], [(5, 5), (6, 17), (14, 17), (15, 5)])
    _lines(painter, [(8.5, 8.5), (8.8, 13.5)], [(11.5, 8.5), (11.2, 13.5)])


def _fit(painter, _color) -> None:
    _lines(painter, [(3, 7), (3, 3), (7, 3)], [(13, 3), (17, 3), (17, 7)])
    _lines(painter, [(17, 13), (17, 17), (13, 17)], [(7, 17), (3, 17), (3, 13)])
    painter.drawRect(qt.QRectF(7.0, 7.0, 6.0, 6.0))


def _glass(painter) -> None:
    painter.drawEllipse(qt.QPointF(8.5, 8.5), 5.5, 5.5)
    _lines(painter, [(12.7, 12.7), (17, 17)], [(6, 8.5), (11, 8.5)])


def _zoom_in(painter, _color) -> None:
    _glass(painter)
    _lines(painter, [(8.5, 6), (8.5, 11)])


def _zoom_out(painter, _color) -> None:
    _glass(painter)


_DRAWINGS = {
    "pen": _pen,
    "line": _line,
    "eraser": _eraser,
    "move": _move,
    "undo": _undo,
    "redo": _redo,
    "smooth": _smooth,
    "mirror": _mirror,
    "clear": _clear,
    "fit": _fit,
    "zoom_in": _zoom_in,
    "zoom_out": _zoom_out,
}

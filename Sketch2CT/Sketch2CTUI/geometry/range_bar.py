"""A bar of the training range: all cases, its middle nine tenths, the median, and a value's place."""

from __future__ import annotations

import math

import qt

from ..widgets.painting import ink_name
from ..widgets.translation import _

HEIGHT = 18  # pixels
_NARROWEST = 48
_INSIDE = (0.14, 0.86)  # shares of the width between which the range lies; beyond is room for what lies outside
_ENDS = (0.03, 0.97)
_TRACK, _BAND = 2, 7  # thicknesses, in pixels
_DIGITS = 4

BELOW, USUAL, ABOVE = "below usual", "usual", "above usual"


def standing(value: float | None, training_range) -> str:
    """'below usual', 'usual' or 'above usual' beside a TrainingRange; '' where either is missing."""
    if value is None or training_range is None:
        return ""
    if training_range.holds(value):
        return USUAL
    return BELOW if value < training_range.low else ABOVE


def place(value: float, training_range, log: bool) -> float:
    """Where a value lies on the bar, as a share of its width; what lies outside stays within the bar's ends."""
    low, high = _scaled(training_range.low, log), _scaled(training_range.high, log)
    at = _scaled(value, log)
    if high - low < 1e-12:
        return _ENDS[0] * 2 if at < low - 1e-12 else 1 - _ENDS[0] * 2 if at > high + 1e-12 else 0.5
    share = _INSIDE[0] + (at - low) / (high - low) * (_INSIDE[1] - _INSIDE[0])
    return min(max(share, _ENDS[0]), _ENDS[1])


def _scaled(value: float, log: bool) -> float:
    return math.log(max(value, 1e-12)) if log else value


class RangeBar(qt.QWidget):
    """The bar; it shows and takes no input."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self._training_range, self._log, self._value = None, False, None
        self._painted = None  # (what it shows, its picture)
        self.minimumWidth = _NARROWEST
        self.setFixedHeight(HEIGHT)
        self.sizePolicy = qt.QSizePolicy(qt.QSizePolicy.Expanding, qt.QSizePolicy.Fixed)

    def show_range(self, training_range, *, log: bool) -> None:
        """Another range (a TrainingRange, or None for none), and whether it is drawn by ratio."""
        self._training_range, self._log = training_range, log
        self.update()

    def show_value(self, value: float | None) -> None:
        """Moves the marker; None takes it away."""
        self._value = value
        self.update()

    @property
    def standing(self) -> str:
        """The value's place in words."""
        return standing(self._value, self._training_range)

    def paintEvent(self, _event) -> None:
        """Track, band, median, marker."""
        if self._training_range is None:
            return
        painter = qt.QPainter(self)
        try:
            painter.drawPixmap(0, 0, self._picture())
        finally:
            painter.end()

    def _picture(self):
        """The bar as it stands; kept until something of it changes."""
        state = (
            self._training_range,
            self._log,
            self._value,
            self.width,
            self.devicePixelRatioF(),
            self.palette.cacheKey(),
        )
        if self._painted is None or self._painted[0] != state:
            self._painted = state, self._fresh_picture()
        return self._painted[1]

    def _fresh_picture(self):
        ratio = self.devicePixelRatioF()
        picture = qt.QPixmap(max(1, math.ceil(self.width * ratio)), math.ceil(HEIGHT * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(qt.Qt.transparent)
        painter = qt.QPainter(picture)
        try:
            painter.setRenderHint(qt.QPainter.Antialiasing, True)
            self._paint_range(painter)
            if self._value is not None:
                self._paint_marker(painter)
        finally:
            painter.end()
        return picture

    def _x(self, value: float) -> float:
        return place(value, self._training_range, self._log) * self.width

    def _paint_range(self, painter) -> None:
        training_range, middle = self._training_range, HEIGHT / 2 + 1.5
        strength = 1.0 if self._value is not None else 0.55
        low, high = self._x(training_range.low), self._x(training_range.high)
        painter.setPen(qt.Qt.NoPen)
        painter.setBrush(self._mixed(0.32 * strength))
        painter.drawRect(qt.QRectF(low, middle - _TRACK / 2, max(high - low, 2.0), float(_TRACK)))
        left, right = self._x(training_range.p05), self._x(training_range.p95)
        if right - left < 4.0:
            left, right = left - 2.0, right + 2.0
        painter.setBrush(self._mixed(0.32 * strength))
        painter.drawRoundedRect(qt.QRectF(left, middle - _BAND / 2, right - left, float(_BAND)), 2.5, 2.5)
        painter.setPen(qt.QPen(self._mixed(0.85 * strength), 1.5))
        at = self._x(training_range.median)
        painter.drawLine(qt.QPointF(at, middle - 5.0), qt.QPointF(at, middle + 5.0))

    def _paint_marker(self, painter) -> None:
        """A drop that points at the place; beyond the range an arrow that points outwards."""
        outside = self.standing != USUAL
        color = qt.QColor(ink_name("unknown", self)) if outside else self.palette.color(qt.QPalette.Highlight)
        painter.setPen(qt.QPen(self.palette.color(qt.QPalette.Base), 1.0))
        painter.setBrush(color)
        at, middle = self._x(self._value), HEIGHT / 2 + 1.5
        if outside:
            way = -1.0 if self.standing == BELOW else 1.0
            at = min(max(at, 6.0), self.width - 6.0)
            points = [(at + way * 5, middle), (at - way * 4, middle - 5.5), (at - way * 4, middle + 5.5)]
        else:
            points = [(at, middle + 0.5), (at - 4.5, middle - 8.5), (at + 4.5, middle - 8.5)]
        painter.drawPolygon(qt.QPolygonF([qt.QPointF(x, y) for x, y in points]))

    def _mixed(self, share: float):
        """Between the background and the ink."""
        paper, text = self.palette.color(qt.QPalette.Window), self.palette.color(qt.QPalette.WindowText)
        pairs = zip(_rgb(paper), _rgb(text), strict=True)
        return qt.QColor(*(round(a + (b - a) * share) for a, b in pairs))


def _rgb(color) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()


def told(training_range, label: str, factor: float) -> str:
    """The range for people, in the unit that is shown: 'Usual 1,066–2,372 mL, median 1,550 mL …'."""
    unit = f" {label}".rstrip()
    low, middle, high = (
        f"{value / factor:,.{_DIGITS}g}" for value in (training_range.low, training_range.median, training_range.high)
    )
    span = _("always {low}").format(low=low) if low == high else _("{low} to {high}").format(low=low, high=high)
    return _("Seen in {cases} training scans: {span}{unit}, median {middle}{unit}.").format(
        cases=training_range.cases, span=span, unit=unit, middle=middle
    )

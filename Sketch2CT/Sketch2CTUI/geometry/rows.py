"""The rows of quantities: a number, its unit and its place in the training scans."""

from __future__ import annotations

from collections.abc import Mapping

import qt

from Sketch2CTLib.description.quantities import QUANTITY_NAMES, quantity
from Sketch2CTLib.training_ranges import training_ranges

from ..widgets.events import Listeners, install_filter
from ..widgets.layout import row, without_margins
from ..widgets.painting import ink_name
from ..widgets.terms import quantity_title
from ..widgets.translation import _
from .phrases import SYSTEMS, Unit, common_names, sensible_names, step_of, tip_of, title_of, unit_of
from .range_bar import ABOVE, BELOW, USUAL, RangeBar, told

_WIDEST_VALUE = "1000.00 mm"
_BOX_ROOM, _CHECK_ROOM = 30, 26  # pixels of the arrows, of the tick
_NOTHING = "–"
CONFLICT, OPEN, UNKNOWN = "conflict", "not given", "unknown"
_WORDS = {
    CONFLICT: _("conflict"),
    OPEN: _("not given"),
    UNKNOWN: _("unknown"),
    USUAL: _("usual"),
    BELOW: _("below usual"),
    ABOVE: _("above usual"),
}
_WORD_TIPS = {
    CONFLICT: _("It cannot be together with another number: see the sentence below."),
    OPEN: _("The drawing, or the model, may choose it. Tick the row to give a value."),
    UNKNOWN: _("Said to be unknown: the drawing does not fill it in either."),
    USUAL: _("Within what was seen in training."),
    BELOW: _("Less than was ever seen in training: the result may be worse."),
    ABOVE: _("More than was ever seen in training: the result may be worse."),
}
_MORE = _("More numbers")
_SPACING = 3


class WheelGuard(qt.QObject):
    """Leaves the wheel to the panel's scrolling over a box that is not in use; else a number would change unseen."""

    def eventFilter(self, watched, event) -> bool:
        """Passes the wheel on to the widget around the box."""
        if event.type() == qt.QEvent.Wheel and not watched.focus:
            event.ignore()
            return True
        return False


class GeometryRow:
    """The row of one quantity.

    Args:
        name: The quantity's name.

    Attributes:
        widget: The row.
        on_edit: Called with the name and the value in the quantity's own unit, None where it is not known any more.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.on_edit = Listeners()
        self._guard = WheelGuard()
        self._unit, self._training_range = Unit(quantity(name).unit), None
        self._last: float | None = None
        self.check, self.box = self._check(), self._box()
        self.bar, self.word = RangeBar(), qt.QLabel("")
        metrics = self.word.fontMetrics()
        self.word.setFixedWidth(round(1.16 * max(map(metrics.horizontalAdvance, _WORDS.values()))))  # it may be bold
        self.box.setFixedWidth(metrics.horizontalAdvance(_WIDEST_VALUE) + _BOX_ROOM)
        self.check.setFixedWidth(max(metrics.horizontalAdvance(title_of(one)) for one in QUANTITY_NAMES) + _CHECK_ROOM)
        self.widget = row(self.check, self.box, (self.bar, 1), self.word, spacing=6)
        self.check.connect("toggled(bool)", self._ticked)
        self.box.connect("valueChanged(double)", self._edited)
        self.show_unit(self._unit)
        self.show(None)

    def _check(self):
        check = qt.QCheckBox(title_of(self.name))
        check.toolTip = _("{text} Ticked: its value is known.").format(text=tip_of(self.name))
        return check

    def _box(self):
        box = qt.QDoubleSpinBox()
        box.keyboardTracking = False
        box.accessibleName = title_of(self.name)
        box.focusPolicy = qt.Qt.StrongFocus
        box.alignment = qt.Qt.AlignRight
        install_filter(box, self._guard)
        return box

    # ---- what is shown; nobody is told

    def show_unit(self, unit: Unit) -> None:
        """Another unit of the same kind: the number stays, its figures change."""
        before = self.box.blockSignals(True)
        self._unit = unit
        definition = quantity(self.name)
        self.box.decimals = unit.decimals
        self.box.minimum = max(definition.low / unit.factor, 0.0 if definition.low == 0 else 10.0**-unit.decimals)
        self.box.maximum = definition.high / unit.factor
        self.box.singleStep = step_of(self.name, unit)
        self.box.suffix = f" {unit.label}".rstrip()
        self.box.blockSignals(before)
        self._tip()
        if self._last is not None and self.check.checked:
            self._figure(self._last)

    def show_training_range(self, training_range) -> None:
        """Shows what is usual of another structure: a TrainingRange, or None where nothing is known."""
        self._training_range = training_range
        self.bar.show_range(training_range, log=quantity(self.name).log)
        self._tip()

    def show(self, value: float | None, *, unknown: bool = False, conflict: bool = False) -> None:
        """A value in the quantity's own unit, or none.

        Args:
            value: None where it is not known.
            unknown: Whether it is said to be unknown.
            conflict: Whether it contradicts another number.
        """
        boxes = self.check, self.box
        before = [box.blockSignals(True) for box in boxes]
        self.check.checked = value is not None
        self.box.enabled = value is not None
        self.box.specialValueText = _NOTHING if value is None else ""
        if value is None:
            self.box.value = self.box.minimum
        else:
            self._last = value
            self._figure(value)
        for box, was in zip(boxes, before, strict=True):
            box.blockSignals(was)
        self.bar.show_value(value)
        word = (UNKNOWN if unknown else OPEN) if value is None else CONFLICT if conflict else self.bar.standing
        self._say(word)

    @property
    def value(self) -> float | None:
        """What is shown, in the quantity's own unit; None where it is not known."""
        return self._last if self.check.checked else None

    def _figure(self, value: float) -> None:
        before = self.box.blockSignals(True)
        self.box.value = value / self._unit.factor
        self.box.blockSignals(before)

    def _say(self, word: str) -> None:
        color = {CONFLICT: "off", BELOW: "unknown", ABOVE: "unknown"}.get(word)
        ink = ink_name(color, self.widget) if color else ""  # a style sheet keeps the word in its former palette
        self.word.styleSheet = f"color: {ink}; font-weight: 600;" if ink else ""
        self.word.enabled = word not in (OPEN, UNKNOWN)
        self.word.text = _WORDS.get(word, word)
        self.word.toolTip = _WORD_TIPS.get(word, "")

    def _tip(self) -> None:
        training_range = self._training_range
        range_text = told(training_range, self._unit.label, self._unit.factor) if training_range is not None else ""
        self.bar.toolTip = (
            _("{text} Thick: the middle nine tenths. Line: the median.").format(text=range_text) if range_text else ""
        )
        unit = _(" in {label}").format(label=self._unit.label) if self._unit.label else ""
        self.box.toolTip = f"{quantity_title(self.name)}{unit}. {range_text}".strip()

    # ---- edits

    def _ticked(self, ticked: bool) -> None:
        self.on_edit(self.name, self._first_value() if ticked else None)
        if ticked and self.box.enabled:
            self.box.setFocus()
            self.box.selectAll()

    def _edited(self, shown: float) -> None:
        if self.check.checked:
            self.on_edit(self.name, float(f"{shown * self._unit.factor:.12g}"))

    def _first_value(self) -> float:
        """What a row begins with: what stood there before, else the usual median, as it is shown."""
        definition = quantity(self.name)
        value = self._last
        if value is None and self._training_range is not None:
            value = self._unit.rounded(self._training_range.median)
        if value is None:
            value = max(1.0, definition.low)
        return float(round(value)) if definition.whole else min(max(value, definition.low), definition.high)


class GeometryRows:
    """The rows of all quantities.

    Attributes:
        common, more: The two holders; between them the panel has room for its sentences.
        common_names: The quantities in the first of them.
        on_edit: Called with a name and a value, or None.
    """

    def __init__(self) -> None:
        self.on_edit = Listeners()
        self.system = SYSTEMS[0][0]
        self.rows: dict[str, GeometryRow] = {}
        self._names: tuple[str, ...] = ()
        self.common_names: tuple[str, ...] = ()
        self.common, self._common = _column()
        self.fold = qt.QToolButton()
        self.fold.checkable = True
        self.fold.autoRaise = True
        self.fold.toolButtonStyle = qt.Qt.ToolButtonTextBesideIcon
        self.fold.toolTip = _("Numbers that are seldom known by heart: areas, axes, spreads, places, counts.")
        self.fold.connect("toggled(bool)", self._folded)
        self._holder, self._more = _column()
        self.more = qt.QWidget()
        layout = without_margins(qt.QVBoxLayout(self.more), _SPACING)
        layout.addWidget(self.fold)
        layout.addWidget(self._holder)
        for name in QUANTITY_NAMES:
            self.rows[name] = GeometryRow(name)
            self.rows[name].on_edit.add(self._edited)
        self._folded(False)

    def set_structure(self, name: str) -> None:
        """Puts the structure's common rows on top, with its training ranges."""
        ranges, self.common_names = training_ranges(name), common_names(name)
        common = self.common_names
        for one in self.rows.values():
            one.show_training_range(ranges.get(one.name))
        for names, layout in ((common, self._common), (_rest(common), self._more)):
            for one in names:
                layout.addWidget(self.rows[one].widget)
        self._names = sensible_names(name)

    def set_system(self, system: str) -> None:
        """Shows other units; see `phrases.SYSTEMS`."""
        self.system = system
        for name, one in self.rows.items():
            one.show_unit(unit_of(name, system))

    def show(self, numbers: Mapping[str, float], unknown, conflicting) -> None:
        """All values; a row that makes no sense for the structure is there only while it has a number.

        Args:
            numbers: Quantity name → value.
            unknown: Names that are said to be unknown.
            conflicting: Names that contradict others.
        """
        for name, one in self.rows.items():
            one.show(numbers.get(name), unknown=name in unknown, conflict=name in conflicting)
            one.widget.visible = name in self._names or name in numbers
        self._title(numbers, conflicting)

    def _title(self, numbers: Mapping[str, float], conflicting) -> None:
        below = [name for name in numbers if self._more.indexOf(self.rows[name].widget) >= 0]
        count = _("  ({count} given)").format(count=len(below)) if below else ""
        warned = _("  – conflict") if set(below) & set(conflicting) else ""
        self.fold.text = f"{_MORE}{count}{warned}"

    def _folded(self, unfolded: bool) -> None:
        self.fold.checked = unfolded
        self.fold.arrowType = qt.Qt.DownArrow if unfolded else qt.Qt.RightArrow
        self._holder.visible = unfolded

    def _edited(self, name: str, value: float | None) -> None:
        self.on_edit(name, value)


def _rest(common: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in QUANTITY_NAMES if name not in common)


def _column():
    holder = qt.QWidget()
    return holder, without_margins(qt.QVBoxLayout(holder), _SPACING)

"""All rows of the geometry panel: the common numbers on top, the others under a fold."""

from __future__ import annotations

from collections.abc import Mapping

import qt

from Sketch2CTLib.description.quantities import QUANTITY_NAMES
from Sketch2CTLib.training_ranges import training_ranges

from ..widgets.layout import without_margins
from ..widgets.listeners import Listeners
from .row import GeometryRow
from .units import SYSTEMS, common_names, sensible_names, unit_of

_MORE = "More numbers"
_SPACING = 3


class GeometryRows:
    """One row a quantity.

    Attributes:
        common, more: The two holders; between them the panel has room for its sentences.
        on_edit: Called with a name and a value, or None.
    """

    def __init__(self) -> None:
        self.on_edit = Listeners()
        self.system = SYSTEMS[0][0]
        self.rows: dict[str, GeometryRow] = {}
        self._names: tuple[str, ...] = ()
        self.common, self._common = _column()
        self.fold = qt.QToolButton()
        self.fold.checkable = True
        self.fold.autoRaise = True
        self.fold.toolButtonStyle = qt.Qt.ToolButtonTextBesideIcon
        self.fold.toolTip = "Numbers that are seldom known by heart: areas, axes, spreads, places, counts."
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
        """Other rows on top, and what is usual there."""
        ranges, common = training_ranges(name), common_names(name)
        for one in self.rows.values():
            one.show_training_range(ranges.get(one.name))
        for names, layout in ((common, self._common), (_rest(common), self._more)):
            for one in names:
                layout.addWidget(self.rows[one].widget)
        self._names = sensible_names(name)

    def set_system(self, system: str) -> None:
        """Other units; see `units.SYSTEMS`."""
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
        given = f"  ({len(below)} given)" if below else ""
        warned = "  – conflict" if set(below) & set(conflicting) else ""
        self.fold.text = f"{_MORE}{given}{warned}"

    def _folded(self, shown: bool) -> None:
        self.fold.checked = shown
        self.fold.arrowType = qt.Qt.DownArrow if shown else qt.Qt.RightArrow
        self._holder.visible = shown

    def _edited(self, name: str, value: float | None) -> None:
        self.on_edit(name, value)


def _rest(common: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in QUANTITY_NAMES if name not in common)


def _column():
    holder = qt.QWidget()
    return holder, without_margins(qt.QVBoxLayout(holder), _SPACING)

"""The packages that Sketch2CT needs in a table: installed version, wanted version, state in a word."""

from __future__ import annotations

import qt

from ..widgets.colors import ink, is_dark, marked
from ..widgets.tables import shown_table
from .packages import INSTALLED, MISSING

NAME, VERSION, WANTED, STATE = range(4)
_HEADS = (
    ("Package", "As the package registry spells it"),
    ("Installed", "The version that is there"),
    ("Wanted", "The versions that fit; any where nothing stands"),
    ("State", "met: fits. off: has to be installed"),
)
_ROWS_SEEN = 6


class PackagesTable:
    """Shows a status, what is missing first."""

    def __init__(self):
        tip = "The Python packages that Sketch2CT needs, what is missing first."
        self.widget = shown_table("PackagesTable", tip, _HEADS, picks=False, stretched=NAME)
        self.widget.alternatingRowColors = True
        self.widget.wordWrap = False
        self._shown = ()

    def show(self, status) -> None:
        """Fills the table."""
        rows = sorted((status.torch, *status.packages, *status.brought), key=lambda one: one.is_fine)
        brought = {one.name for one in status.brought}
        shown = rows, brought, is_dark(self.widget)
        if shown == self._shown:  # to fill it takes tens of milliseconds
            return
        self._shown = shown
        self.widget.rowCount = len(rows)
        for number, one in enumerate(rows):
            self._fill_row(number, one, one.name in brought)
        table = self.widget
        height = int(table.horizontalHeader().sizeHint.height() + _ROWS_SEEN * table.rowHeight(0) + 4) if rows else 60
        table.minimumHeight = height
        table.maximumHeight = height

    def _fill_row(self, row: int, one, brought: bool) -> None:
        state = "met" if one.is_fine else "off"
        word = marked(state).replace(state, one.state)
        tip = one.detail or ("Slicer brings it." if brought else f"{one.name} {one.version} fits.")
        for column, text in enumerate((one.name, one.version or "–", one.wanted, word)):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(f"{one.name}: {tip}" if one.state not in (INSTALLED, MISSING) else tip)
            brush = ink(state, self.widget) if column == STATE else None
            if brush is not None:
                item.setForeground(brush)
            self.widget.setItem(row, column, item)

"""What was asked beside what was measured, of one candidate: a word, a mark and a colour for met, off and unknown."""

from __future__ import annotations

import html

import qt

from ..widgets.colors import ink, marked
from ..widgets.tables import shown_table

NAME, ASKED, MEASURED, ERROR, RESULT = range(5)
_HEADS = (
    ("Number", "Which number"),
    ("Asked", "What was asked"),
    ("Measured", "What the mask has"),
    ("Error", "Measured minus asked; in percent for volumes, areas and lengths"),
    ("Result", "met: within the tolerance. off: outside of it. unknown: could not be measured"),
)
_MOST_ROWS_SEEN = 8
_ROOM = 4  # pixels beside the rows


class AskedTable:
    """A table without a selection of its own, the farthest off first, and notes in sentences below it."""

    def __init__(self):
        self._candidate = None
        self.widget = qt.QGroupBox("Asked and measured")
        layout = qt.QVBoxLayout(self.widget)
        tip = "What was asked beside what was measured on the selected candidate, the farthest off first."
        self.table = shown_table("AskedTable", tip, _HEADS, picks=False, stretched=NAME)
        self.table.alternatingRowColors = True
        self.all_check = qt.QCheckBox("Show numbers that were not asked")
        self.all_check.toolTip = "Also list what was measured on this candidate without being asked."
        self.empty_label = qt.QLabel("No number was asked and nothing was drawn: there is nothing to compare.")
        self.empty_label.wordWrap = True
        self.notes_label = qt.QLabel()
        self.notes_label.wordWrap = True
        self.notes_label.textInteractionFlags = qt.Qt.TextSelectableByMouse
        for widget in (self.table, self.empty_label, self.all_check, self.notes_label):
            layout.addWidget(widget)
        self.all_check.connect("toggled(bool)", self._refill)
        self.show(None)

    def show(self, candidate, notes=()) -> None:
        """Shows a candidate's numbers and sentences about it; None empties the table."""
        self._candidate = candidate
        self._refill()
        unique = list(dict.fromkeys(note for note in notes if note))
        self.notes_label.text = "<br>".join(f"• {html.escape(note, quote=False)}" for note in unique)
        self.notes_label.visible = bool(unique)

    def show_palette(self) -> None:
        """The colours changed: the rows are in the present ones."""
        self._refill()

    # ---- inside

    def _refill(self, *_state) -> None:
        one = self._candidate
        rows = [] if one is None else [*one.rows, *(one.others if self.all_check.checked else ())]
        self.table.rowCount = len(rows)
        for number, row in enumerate(rows):
            self._fill_row(number, row)
        self.table.visible = bool(rows)
        self.empty_label.visible = one is not None and not rows
        self.all_check.visible = one is not None and bool(one.others)
        self._fit_height()

    def _fill_row(self, number: int, row) -> None:
        tip = f"{row.title}: {row.measured} of {row.asked} asked, allowed {row.allowed}. {row.tip}".strip()
        for column, text in enumerate((row.title, row.asked, row.measured, row.error, marked(row.state))):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(tip if row.asked != "–" else row.title)
            if column in (ASKED, MEASURED, ERROR):
                item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
            brush = ink(row.state, self.table) if column in (ERROR, RESULT) else None
            if brush is not None:
                item.setForeground(brush)
            self.table.setItem(number, column, item)

    def _fit_height(self) -> None:
        table = self.table
        rows = max(1, min(_MOST_ROWS_SEEN, table.rowCount))
        row_height = table.rowHeight(0) if table.rowCount else table.verticalHeader().defaultSectionSize
        height = int(table.horizontalHeader().sizeHint.height() + rows * row_height + _ROOM)
        table.minimumHeight = height
        table.maximumHeight = height

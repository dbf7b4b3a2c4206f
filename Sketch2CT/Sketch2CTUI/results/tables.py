"""The two tables of the results panel: the candidates, and what was requested beside what was measured."""

from __future__ import annotations

import html

import qt

from ..widgets.events import Listeners
from ..widgets.layout import align_right, check_box, fill_row, fit_height, shown_table, text_label
from ..widgets.painting import ink, marked
from ..widgets.translation import _

RANK, SCORE, SKETCH, VOLUME, WARNINGS = range(5)
_RANK_HEAD = (_("Rank"), _("The best candidate has rank 1"))
_ORGAN_HEAD = (_("Organ"), _("Click an organ to see what was asked of it and measured on it"))
_CANDIDATE_HEADS = (
    _RANK_HEAD,
    (_("Score"), _("How well it meets the request, 0 to 1; the ranking goes by it")),
    (
        _("Sketch"),
        _("Overlap (intersection over union) with what was drawn, 0 to 1; of several drawings the worst"),
    ),
    (_("Volume %"), _("Measured volume minus the asked one, in percent of the asked one; – where none was asked")),
    (_("Warnings"), _("What calls for a look, in a few words; sentences stand below the table")),
)
_UNKNOWN = "–"
_FORMS = ("{}", "{:.3f}", "{:.2f}", "{:.1f}")  # rank, score, sketch, volume
_MOST_CANDIDATES_SEEN = 6  # then it scrolls
_MAY_BE_OFF = 0.10  # of a volume, as the report allows
NAME, ASKED, MEASURED, ERROR, RESULT = range(5)
_REQUEST_HEADS = (
    (_("Number"), _("Which number")),
    (_("Asked"), _("What was asked")),
    (_("Measured"), _("What the mask has")),
    (_("Error"), _("Measured minus asked; in percent for volumes, areas and lengths")),
    (_("Result"), _("met: within the tolerance. off: outside of it. unknown: could not be measured")),
)
_MOST_NUMBERS_SEEN = 8


class CandidatesTable:
    """A sortable table, one row a candidate, or one an organ where a result is of several.

    A click on a row, or the arrow keys, selects; a click on a head sorts, a second one the other way, and the selection
    stays with its candidate.
    """

    def __init__(self):
        self.on_select = Listeners()  # (index from 0)
        self._quiet = False
        self._told_by_press = False
        tip = _("The candidates of the last run. Click a row to see that candidate; click a head to sort.")
        self.widget = shown_table("CandidatesTable", _("Candidates"), tip, _CANDIDATE_HEADS, picks=True)
        self.widget.alternatingRowColors = True
        self.widget.connect("itemSelectionChanged()", self._selection_changed)
        self.widget.connect("cellClicked(int,int)", self._clicked)
        self._candidates, self._column, self._falling = [], RANK, False
        self._order: list[int] = []  # the index of each row's candidate
        header = self.widget.horizontalHeader()
        header.showSortIndicator = True
        header.connect("sectionClicked(int)", self._sort)

    def show(self, candidates) -> None:
        """Shows candidates by rank and selects the first, without telling the listeners."""
        self._candidates, self._column, self._falling = list(candidates), RANK, False
        head = _ORGAN_HEAD if any(one.organ for one in self._candidates) else _RANK_HEAD
        self.widget.horizontalHeaderItem(RANK).setText(head[0])
        self.widget.horizontalHeaderItem(RANK).setToolTip(head[1])
        self._refill(0)

    def show_palette(self) -> None:
        """The colours changed: the rows are in the present ones."""
        self._refill(self.selected())

    def clear(self) -> None:
        """Removes all rows."""
        self.show([])

    def selected(self) -> int:
        """Index of the selected candidate, from 0; −1 where there is none."""
        return self._index(self.widget.currentRow())

    def select(self, index: int) -> None:
        """Selects a candidate; calls the listeners where it was another."""
        for row in range(self.widget.rowCount):
            if self._index(row) == index:
                self.widget.selectRow(row)
        self._told_by_press = False

    # ---- inside

    def _sort(self, column: int) -> None:
        """A click on a head. Not Qt's own sorting: it takes numbers for texts, or shows them without decimals."""
        self._falling = column == self._column and not self._falling
        self._column = column
        self._refill(self.selected())

    def _refill(self, selected: int) -> None:
        table, self._quiet = self.widget, True
        try:
            rated = [one for one in self._candidates if _values(one)[self._column] is not None]
            rated.sort(key=lambda one: _values(one)[self._column], reverse=self._falling)
            rows = rated + [one for one in self._candidates if one not in rated]
            table.rowCount = len(rows)
            self._order = [one.index for one in rows]
            for row, one in enumerate(rows):
                self._fill_row(row, one)
            order = qt.Qt.DescendingOrder if self._falling else qt.Qt.AscendingOrder
            table.horizontalHeader().setSortIndicator(self._column, order)
            for column in range(WARNINGS):
                table.resizeColumnToContents(column)
            fit_height(table, 2, _MOST_CANDIDATES_SEEN)
            table.clearSelection()
            self.select(selected)
        finally:
            self._quiet = False

    def _fill_row(self, row: int, candidate) -> None:
        texts = [
            _UNKNOWN if value is None else form.format(value)
            for value, form in zip(_values(candidate), _FORMS, strict=False)
        ]
        texts[RANK] = candidate.organ or texts[RANK]
        cells = [(text, candidate.verdict or _CANDIDATE_HEADS[column][1], None) for column, text in enumerate(texts)]
        warnings = "; ".join(candidate.warnings)
        fill_row(self.widget, row, [*cells, (warnings or _("none"), warnings or _("Nothing calls for a look."), None)])
        align_right(self.widget, row, range(SCORE if candidate.organ else RANK, WARNINGS))
        self._mark(row, candidate)

    def _mark(self, row: int, candidate) -> None:
        far = candidate.volume_error is not None and abs(candidate.volume_error) > _MAY_BE_OFF
        for column, wrong in ((VOLUME, far), (WARNINGS, bool(candidate.warnings))):
            brush = ink("off", self.widget) if wrong else None
            if brush is not None:
                self.widget.item(row, column).setForeground(brush)

    def _index(self, row: int) -> int:
        return self._order[row] if 0 <= row < len(self._order) else -1

    def _selection_changed(self) -> None:
        index = self.selected()
        if not self._quiet and index >= 0:
            self._told_by_press = True
            self.on_select(index)

    def _clicked(self, _row: int, _column: int) -> None:
        """A click on the row that is selected already tells too: its nodes may have been deleted."""
        was_told, self._told_by_press = self._told_by_press, False
        if not was_told and self.selected() >= 0:
            self.on_select(self.selected())


def _values(candidate) -> tuple:
    """What is sorted by, by column; None where it is not known. Numbers as they are shown, and never −0."""
    error = candidate.volume_error
    numbers = (candidate.score, 3), (candidate.sketch_iou, 2), (None if error is None else 100 * error, 1)
    rounded = (None if value is None else round(value, digits) + 0.0 for value, digits in numbers)
    return (candidate.index + 1, *rounded, "; ".join(candidate.warnings))


class AskedTable:
    """A table without a selection of its own, the farthest off first, and notes in sentences below it."""

    def __init__(self):
        self._candidate = None
        self.widget = qt.QGroupBox(_("Asked and measured"))
        layout = qt.QVBoxLayout(self.widget)
        tip = _("What was asked beside what was measured on the selected candidate, the farthest off first.")
        self.table = shown_table(
            "AskedTable", _("Asked and measured"), tip, _REQUEST_HEADS, picks=False, stretched=NAME
        )
        self.table.alternatingRowColors = True
        tip = _("Also list what was measured on this candidate without being asked.")
        self.all_check = check_box(_("Show numbers that were not asked"), tip, self._refill)
        self.empty_label = text_label(_("No number was asked and nothing was drawn: there is nothing to compare."))
        self.notes_label = text_label(selectable=True)
        for widget in (self.table, self.empty_label, self.all_check, self.notes_label):
            layout.addWidget(widget)
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
        fit_height(self.table, 1, _MOST_NUMBERS_SEEN)

    def _fill_row(self, number: int, row) -> None:
        tip = (
            _("{title}: {measured} of {asked} asked, allowed {allowed}. {tip}")
            .format(title=row.title, measured=row.measured, asked=row.asked, allowed=row.allowed, tip=row.tip)
            .strip()
        )
        texts = (row.title, row.asked, row.measured, row.error, marked(row.state))
        tip = tip if row.asked != "–" else row.title
        brush = ink(row.state, self.table)
        cells = [(text, tip, brush if column in (ERROR, RESULT) else None) for column, text in enumerate(texts)]
        fill_row(self.table, number, cells)
        align_right(self.table, number, (ASKED, MEASURED, ERROR))

"""Tables that show and are not edited."""

from __future__ import annotations

from collections.abc import Sequence

import qt

_NARROWEST = 40  # pixels of a column


def shown_table(name: str, tip: str, heads: Sequence[tuple[str, str]], *, picks: bool, stretched: int | None = None):
    """A QTableWidget without rows.

    Args:
        name: Of the object, for tests and style sheets.
        tip: Of the whole table.
        heads: Title and tip of each column.
        picks: Whether one row may be selected; else the table takes no focus.
        stretched: The column that takes what room is left, the others being as wide as their texts; the last one,
            the others being as the user drags them, if None.
    """
    table = qt.QTableWidget(0, len(heads))
    table.objectName, table.toolTip = name, tip
    table.editTriggers = qt.QAbstractItemView.NoEditTriggers
    table.tabKeyNavigation = False
    if picks:
        table.selectionBehavior = qt.QAbstractItemView.SelectRows
        table.selectionMode = qt.QAbstractItemView.SingleSelection
    else:
        table.selectionMode = qt.QAbstractItemView.NoSelection
        table.focusPolicy = qt.Qt.NoFocus
    table.verticalHeader().visible = False
    for column, (title, explained) in enumerate(heads):
        item = qt.QTableWidgetItem(title)
        item.setToolTip(explained)
        table.setHorizontalHeaderItem(column, item)
    header = table.horizontalHeader()
    header.minimumSectionSize = _NARROWEST
    header.stretchLastSection = stretched is None
    if stretched is not None:
        for column in range(len(heads)):
            mode = qt.QHeaderView.Stretch if column == stretched else qt.QHeaderView.ResizeToContents
            header.setSectionResizeMode(column, mode)
    return table

"""Rows, forms, lists and tables as all panels lay them out."""

from __future__ import annotations

from collections.abc import Sequence

import qt

from .translation import _

_WIDEST_TITLE = "Candidates: "
_FORM_SPACING = 6
MOST_LOG_LINES, _LONGEST_LINE, _LOG_HEIGHT = 2000, 2000, 120  # the height in pixels
_NARROWEST = 40  # pixels of a column
_ROOM = 4  # pixels beside the rows of a table


def without_margins(layout, spacing: int = 4):
    """The layout without margins."""
    layout.setContentsMargins(0, 0, 0, 0)
    layout.spacing = spacing
    return layout


def row(*widgets, spacing: int = 4):
    """A widget that holds others side by side; None stretches, and a pair (widget, share) takes its share."""
    holder = qt.QWidget()
    layout = without_margins(qt.QHBoxLayout(holder), spacing)
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        elif isinstance(widget, tuple):
            layout.addWidget(widget[0], widget[1])
        else:
            layout.addWidget(widget)
    return holder


def text_label(text: str = "", tip: str = "", *, selectable: bool = False):
    """A label whose lines are broken where they end; `selectable` lets its text be copied."""
    label = qt.QLabel(text)
    label.toolTip, label.wordWrap = tip, True
    if selectable:
        label.textInteractionFlags = qt.Qt.TextSelectableByMouse
    return label


def label_of(field, text: str):
    """The label before a field; a screen reader says its text where the field is."""
    label = qt.QLabel(text)
    label.toolTip = field.toolTip
    label.setBuddy(field)
    return label


def check_box(text: str, tip: str, toggled=None):
    """A box to tick; `toggled` is called with whether it is ticked."""
    box = qt.QCheckBox(text)
    box.toolTip = tip
    if toggled is not None:
        box.connect("toggled(bool)", toggled)
    return box


def line_edit(tip: str, placeholder: str = "", name: str = ""):
    """A field for a line of text; `name` is what a screen reader says where it has no label."""
    edit = qt.QLineEdit()
    edit.toolTip, edit.placeholderText, edit.accessibleName = tip, placeholder, name
    return edit


def choose_folder(parent, folder: str) -> str:
    """The folder that the user picks; empty where they do not."""
    return str(qt.QFileDialog.getExistingDirectory(parent, _("Choose a folder"), folder) or "")


class PathRow:
    """A field for a path and a button that asks for it.

    Args:
        placeholder: What stands in the empty field, and what a screen reader says.
        tip, button_tip: The tooltips of the field and of the button.
        chooser: `(parent widget, path) -> path`, empty where the user cancels.
        further: Widgets after the button.
    """

    def __init__(self, placeholder: str, tip: str, button_tip: str, chooser, *further) -> None:
        self._chooser = chooser
        self.edit = line_edit(tip, placeholder, placeholder)
        self.button = push_button(_("Choose…"), button_tip, self._choose)
        self.widget = row((self.edit, 1), self.button, *further, spacing=_FORM_SPACING)

    def _choose(self) -> None:
        path = self._chooser(self.widget, str(self.edit.text))
        if path:
            self.edit.text = path


class LogView:
    """A log that stays folded until its box is ticked.

    Args:
        box_tip, view_tip: The tooltips of the box and of the log.
    """

    def __init__(self, box_tip: str, view_tip: str) -> None:
        self.check = check_box(_("Show the log"), box_tip, self._unfold)
        self.view = qt.QPlainTextEdit()
        self.view.readOnly, self.view.tabChangesFocus = True, True
        self.view.toolTip, self.view.accessibleName = view_tip, _("Log")
        self.view.maximumBlockCount = MOST_LOG_LINES
        self.view.setFixedHeight(_LOG_HEIGHT)
        self.view.visible = False

    def append(self, line: str) -> None:
        """Appends a line; of a very long one its beginning."""
        self.view.appendPlainText(str(line)[:_LONGEST_LINE])

    def _unfold(self, unfolded) -> None:
        self.view.visible = bool(unfolded)


def push_button(text: str, tip: str, clicked):
    """A button with a text."""
    button = qt.QPushButton(text)
    button.toolTip = tip
    button.connect("clicked()", clicked)
    return button


def combo_box(tip: str, items=()):
    """A list to choose from that may become narrow; `items` are (key, title)."""
    box = qt.QComboBox()
    box.toolTip = tip
    box.minimumContentsLength = 6
    box.sizeAdjustPolicy = qt.QComboBox.AdjustToMinimumContentsLengthWithIcon
    for key, title in items:
        box.addItem(title, key)
    return box


def chosen(box):
    """The key of a list's present item, or None."""
    return box.itemData(box.currentIndex) if box.currentIndex >= 0 else None


def fill(box, items, first: str | None = None) -> None:
    """Replaces the items without a signal; the present one stays where it is still there, equal ones change nothing.

    Args:
        box: From `combo_box`.
        items: (key, title).
        first: Title of an item without a key before them.
    """
    entries = [*([] if first is None else [(None, first)]), *((key, title) for key, title in items)]
    if entries == [(box.itemData(number), box.itemText(number)) for number in range(box.count)]:
        return
    key = chosen(box)
    blocked = box.blockSignals(True)
    box.clear()
    for number, title in entries:
        box.addItem(title, number)
    choose(box, key)
    box.blockSignals(blocked)


def choose(box, key) -> None:
    """Makes the item of that key the present one, else the first."""
    keys = [box.itemData(number) for number in range(box.count)]
    box.currentIndex = keys.index(key) if key in keys else 0 if keys else -1


def field_rows(holder):
    """An empty form on a widget; its fields take the whole width."""
    form = without_margins(qt.QFormLayout(holder), _FORM_SPACING)
    form.fieldGrowthPolicy = qt.QFormLayout.AllNonFixedFieldsGrow
    form.labelAlignment = qt.Qt.AlignLeft
    return form


def add_field(form, title: str, field, buddy=None) -> None:
    """Adds a row to a form.

    Args:
        form: From `field_rows`.
        title: With & before the letter of its short cut.
        field: The widget.
        buddy: The widget that the short cut leads to, in place of `field`.
    """
    label = qt.QLabel(title)
    label.minimumWidth = label.fontMetrics().horizontalAdvance(_WIDEST_TITLE)
    label.setBuddy(buddy or field)
    form.addRow(label, field)


def shown_table(
    name: str, title: str, tip: str, heads: Sequence[tuple[str, str]], *, picks: bool, stretched: int | None = None
):
    """A QTableWidget without rows.

    Args:
        name: The object's name, for tests and style sheets.
        title: What a screen reader says.
        tip: The tooltip of the whole table.
        heads: Title and tip of each column.
        picks: Whether one row may be selected; else the keys go through the cells alone.
        stretched: The column that takes what room is left, the others being as wide as their texts; the last one,
            the others being as the user drags them, if None.
    """
    table = qt.QTableWidget(0, len(heads))
    table.objectName, table.toolTip, table.accessibleName = name, tip, title
    table.editTriggers = qt.QAbstractItemView.NoEditTriggers
    table.tabKeyNavigation = False
    if picks:
        table.selectionBehavior = qt.QAbstractItemView.SelectRows
        table.selectionMode = qt.QAbstractItemView.SingleSelection
    else:
        table.selectionMode = qt.QAbstractItemView.NoSelection
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


def fill_row(table, number: int, cells) -> None:
    """Fills a row of a table.

    Args:
        table: From `shown_table`.
        number: The row's number.
        cells: (text, tip, brush or None) for each column.
    """
    for column, (text, tip, brush) in enumerate(cells):
        item = qt.QTableWidgetItem(text)
        item.setToolTip(tip)
        if brush is not None:
            item.setForeground(brush)
        table.setItem(number, column, item)


def align_right(table, number: int, columns) -> None:
    """Aligns the numbers in some columns of a row."""
    for column in columns:
        table.item(number, column).setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)


def fit_height(table, least: int, most: int) -> None:
    """Makes a table as high as its rows, but at least and at most as high as so many."""
    rows = max(least, min(most, table.rowCount))
    row_height = table.rowHeight(0) if table.rowCount else table.verticalHeader().defaultSectionSize
    height = int(table.horizontalHeader().sizeHint.height() + rows * row_height + _ROOM)
    table.minimumHeight, table.maximumHeight = height, height

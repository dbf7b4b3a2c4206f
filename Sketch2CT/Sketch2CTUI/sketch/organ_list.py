"""The organs of a request as a list: which of them is drawn and described now, and whether the others are seen."""

from __future__ import annotations

from dataclasses import dataclass

import qt

from ..widgets.events import Listeners
from ..widgets.layout import check_box, push_button, without_margins
from ..widgets.translation import _

_FEWEST_ROWS, _MOST_ROWS = 2, 6  # that are seen at once
_SWATCH = 12  # pixels
_DRAWN = _("Drawn: it will lie where its drawings lie.")
_NOT_DRAWN = _("Not drawn: it will lie where it usually does beside the others.")


@dataclass(frozen=True)
class OrganRow:
    """One row of the list.

    Args:
        title: The organ's name, for people.
        color_rgb: Its colour, 0–255.
        drawings: How many drawings have lines.
    """

    title: str
    color_rgb: tuple[int, int, int]
    drawings: int

    @property
    def text(self) -> str:
        """'Liver, 2 drawings', 'Spleen, not drawn'."""
        if not self.drawings:
            return _("{title}, not drawn").format(title=self.title)
        if self.drawings == 1:
            return _("{title}, 1 drawing").format(title=self.title)
        return _("{title}, {count} drawings").format(title=self.title, count=self.drawings)


class OrganList:
    """The list and its buttons. With one organ, and none to be brought back, it is hidden.

    Attributes:
        on_choose: Called with the number of an organ.
        on_remove, on_bring_back: Called without arguments.
        on_show: Called with whether the others are seen behind.
    """

    def __init__(self) -> None:
        self.on_choose, self.on_remove = Listeners(), Listeners()
        self.on_bring_back, self.on_show = Listeners(), Listeners()
        self._rows: tuple[OrganRow, ...] = ()
        self.list = qt.QListWidget()
        self.list.toolTip = _(
            "The organs of this request. Click one to draw and describe it; Apply draws them all, and one scan of them."
        )
        self.list.accessibleName = _("Organs")
        self.list.alternatingRowColors = True
        self.remove_button = push_button(
            _("Remove organ"),
            _("Take the chosen organ out of the request, with its drawings and numbers. 'Bring back' undoes it."),
            lambda: self.on_remove(),
        )
        self.back_button = push_button(
            _("Bring back"),
            _("Bring back the organ that was removed last, with its drawings and numbers."),
            lambda: self.on_bring_back(),
        )
        self.show_check = check_box(
            _("Show the others"),
            _("Show the drawings of the other organs faintly behind, each in its colour, where they lie."),
            self.on_show,
        )
        self.show_check.checked = True
        self.widget = qt.QWidget()
        grid = without_margins(qt.QGridLayout(self.widget))
        grid.addWidget(self.list, 0, 0, 3, 1)
        for number, part in enumerate((self.remove_button, self.back_button, self.show_check)):
            grid.addWidget(part, number, 1)
        grid.setColumnStretch(0, 1)
        self.list.connect("currentRowChanged(int)", self._chosen)

    def show(self, rows: tuple[OrganRow, ...], number: int, *, can_bring_back: bool) -> None:
        """Shows the organs without calling the listeners.

        Args:
            rows: All of them.
            number: The one that is drawn and described now.
            can_bring_back: Whether one was removed.
        """
        before = self.list.blockSignals(True)
        if rows != self._rows:
            self._rows = rows
            self._fill()
        self.list.currentRow = number
        self.list.blockSignals(before)
        self.remove_button.enabled = len(rows) > 1
        self.back_button.enabled = can_bring_back
        self.show_check.enabled = len(rows) > 1
        self.widget.visible = len(rows) > 1 or can_bring_back

    def _fill(self) -> None:
        self.list.clear()
        for number, one in enumerate(self._rows):
            self.list.addItem(one.text)
            swatch = qt.QPixmap(_SWATCH, _SWATCH)
            swatch.fill(qt.QColor(*one.color_rgb))
            item = self.list.item(number)
            item.setIcon(qt.QIcon(swatch))
            item.setToolTip(_DRAWN if one.drawings else _NOT_DRAWN)
        rows = min(max(len(self._rows), _FEWEST_ROWS), _MOST_ROWS)
        self.list.setFixedHeight(int(rows * self.list.sizeHintForRow(0) + 2 * self.list.frameWidth))

    def _chosen(self, number: int) -> None:
        if number >= 0:
            self.on_choose(number)

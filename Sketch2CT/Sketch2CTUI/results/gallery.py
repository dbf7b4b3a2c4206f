"""What was made in this scene, as a strip of small pictures with name, grade and met targets; a click shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import qt

from ..widgets.events import Listeners
from ..widgets.layout import without_margins
from ..widgets.painting import ink, picture_to_image
from ..widgets.translation import _
from .report import MET, CandidateReport
from .thumbnail import PIXELS

GRADES = (  # how a verdict begins, its ink and its mark
    ("met", "met", "✓"),
    ("partly met", "unknown", "≈"),
    ("not met", "off", "✗"),
)
_ROOM = 14  # pixels around a picture
_LINES, _WIDEST = 2, "≈ 10 of 12 met"  # of the text below
_WAITING = 90  # grey of a picture that is not here yet


@dataclass(frozen=True)
class GalleryItem:
    """One picture of the strip.

    Args:
        title: '2 Liver', '3.1 Liver'.
        verdict: One sentence, which begins with the grade.
        met, asked: How many targets are met, of how many.
    """

    title: str
    verdict: str
    met: int
    asked: int

    @classmethod
    def of(cls, title: str, reports: Sequence[CandidateReport], verdict: str = "") -> GalleryItem:
        """The item of a candidate, or of the organs of one result together.

        Args:
            title: Its name.
            reports: Of the candidate, or of each organ.
            verdict: Of all organs together.
        """
        states = [row.state for one in reports for row in one.rows]
        return cls(title, verdict or reports[0].verdict, states.count(MET), len(states))

    @property
    def grade(self) -> tuple[str, str]:
        """Ink and mark of its verdict; where that names none, as of several organs, of how many targets are met."""
        head = self.verdict.partition(":")[0].strip().lower()
        graded = [(state, mark) for start, state, mark in GRADES if head == start]
        if graded or not self.asked:
            return graded[0] if graded else ("", "")
        return GRADES[0 if self.met == self.asked else 1 if self.met else 2][1:]

    @property
    def told(self) -> str:
        """'✓ 3 of 3 met', or of one that asked for nothing what can be said."""
        if not self.asked:
            return _("nothing asked")
        met = _("{} of {} met").format(self.met, self.asked)
        return f"{self.grade[1]} {met}".strip()

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        told = _("Result {}: {} of {} targets met.").format(self.title, self.met, self.asked)
        return f"{told} {self.verdict}".strip()


class Gallery:
    """The strip. It is hidden while nothing was made.

    Attributes:
        on_choose: Called with the number of an item that somebody chose.
    """

    def __init__(self) -> None:
        self.on_choose = Listeners()
        self._items: list[GalleryItem] = []
        self._quiet = self._told_by_press = False
        self.list = qt.QListWidget()
        self.list.objectName = "ResultsGallery"
        self.list.toolTip = _(
            "What was made in this scene. Click a picture, or use the arrow keys, to see that result."
        )
        self.list.accessibleName = _("Results of this scene")
        self.list.viewMode, self.list.flow = qt.QListView.IconMode, qt.QListView.LeftToRight
        self.list.movement = qt.QListView.Static
        self.list.setWrapping(False)
        self.list.uniformItemSizes = self.list.wordWrap = True
        self.list.iconSize = qt.QSize(PIXELS, PIXELS)
        self.list.verticalScrollBarPolicy = qt.Qt.ScrollBarAlwaysOff
        self.list.horizontalScrollMode = qt.QAbstractItemView.ScrollPerPixel
        self.list.textElideMode = qt.Qt.ElideRight
        metrics = self.list.fontMetrics()
        widest = max(PIXELS, int(metrics.horizontalAdvance(_WIDEST)))
        cell = qt.QSize(widest + _ROOM, PIXELS + _ROOM + _LINES * int(metrics.lineSpacing()))
        self.list.gridSize = cell
        bar = int(self.list.horizontalScrollBar().sizeHint.height())
        self.list.setFixedHeight(int(cell.height() + bar + 2 * self.list.frameWidth + 4))
        self.widget = qt.QWidget()
        without_margins(qt.QVBoxLayout(self.widget)).addWidget(self.list)
        self.list.connect("currentRowChanged(int)", self._moved)
        self.list.connect("itemClicked(QListWidgetItem*)", self._clicked)
        self.show([], -1)

    def show(self, items: Sequence[GalleryItem], current: int) -> None:
        """Shows items, of which one is looked at, without telling the listeners; pictures of the same ones stay.

        Args:
            items: In the order in which they were made.
            current: Which is looked at; −1 none.
        """
        self._quiet = True
        try:
            items = list(items)
            kept = 0
            while kept < min(len(items), len(self._items)) and items[kept] == self._items[kept]:
                kept += 1
            for row in reversed(range(kept, len(self._items))):
                self.list.takeItem(row)
            for one in items[kept:]:
                self._add(one)
            self._items = items
            self.widget.visible = bool(items)
            self._mark(current)
        finally:
            self._quiet = False

    def show_picture(self, number: int, picture: np.ndarray) -> None:
        """The picture of an item is here: (rows, columns, 3) uint8."""
        if number < len(self._items):
            self.list.item(number).setIcon(_icon(picture))

    def show_palette(self) -> None:
        """The colours changed: grades are in the present inks."""
        for number, one in enumerate(self._items):
            self._ink(self.list.item(number), one)

    @property
    def current(self) -> int:
        """The number of the item that is marked; −1 where none is."""
        return int(self.list.currentRow)

    def mark(self, number: int) -> None:
        """Marks an item without telling the listeners; −1 none."""
        self._quiet = True
        try:
            self._mark(number)
        finally:
            self._quiet = False

    # ---- inside

    def _add(self, one: GalleryItem) -> None:
        self.list.addItem(f"{one.title}\n{one.told}")
        item = self.list.item(self.list.count - 1)
        item.setIcon(_icon(np.full((PIXELS, PIXELS), _WAITING, np.uint8)))
        item.setToolTip(f"{one.title}: {one.verdict}" if one.verdict else one.title)
        item.setData(qt.Qt.AccessibleTextRole, one.spoken)
        self._ink(item, one)

    def _ink(self, item, one: GalleryItem) -> None:
        brush = ink(one.grade[0], self.list)
        if brush is not None:
            item.setForeground(brush)

    def _mark(self, number: int) -> None:
        self.list.currentRow = int(number)
        if number < 0:
            self.list.clearSelection()
        else:
            self.list.scrollToItem(self.list.item(number))

    def _moved(self, number: int) -> None:
        if not self._quiet and number >= 0:
            self._told_by_press = True
            self.on_choose(number)

    def _clicked(self, _item) -> None:
        """A click on the marked one tells too: its nodes may have been deleted."""
        was_told, self._told_by_press = self._told_by_press, False
        if not was_told and self.current >= 0:
            self.on_choose(self.current)


def _icon(picture: np.ndarray):
    return qt.QIcon(qt.QPixmap.fromImage(picture_to_image(picture)))

"""The row of a painted CT's layout: to show the organs and tissues around, and to paint again from them as edited."""

from __future__ import annotations

from ..widgets.events import Listeners
from ..widgets.layout import check_box, push_button, row
from ..widgets.translation import _

LAYOUT = "layout.seg.nrrd"


class LayoutRow:
    """`on_show(bool)` at a click on the box, `on_paint()` at one on the button."""

    def __init__(self) -> None:
        self.on_show, self.on_paint = Listeners(), Listeners()
        tip = _("The organs and tissues that the CT was painted from, as a segmentation of its own over the slices.")
        self.check = check_box(_("Show what lies around"), tip, self._toggled)
        tip = _("Paints the CT anew from the layout as it stands now; change it in the Segment Editor first.")
        self.button = push_button(_("Paint again from it"), tip, self.on_paint)
        self.widget = row(self.check, None, self.button)
        self._quiet = self._busy = False
        self.set_there(False)

    def set_there(self, there: bool) -> None:
        """Whether the candidate has a layout; it is not shown at first."""
        self.set_shown(False)
        self.widget.visible = bool(there)

    def set_shown(self, shown: bool) -> None:
        """Ticks the box without telling the listeners."""
        self._quiet = True
        try:
            self.check.checked = bool(shown)
        finally:
            self._quiet = False
        self._enable()

    def set_busy(self, busy: bool) -> None:
        """While a run goes on nothing is painted."""
        self._busy = bool(busy)
        self._enable()

    def _toggled(self, shown: bool) -> None:
        self._enable()
        if not self._quiet:
            self.on_show(bool(shown))

    def _enable(self) -> None:
        self.button.enabled = bool(self.check.checked) and not self._busy

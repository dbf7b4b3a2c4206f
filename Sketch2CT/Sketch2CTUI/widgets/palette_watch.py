"""Hears when the colours change: Slicer's style can be switched from light to dark while the module is open."""

from __future__ import annotations

import qt

from .listeners import Listeners
from .timers import single_shot


class PaletteWatch(qt.QWidget):
    """A hidden child of a panel; a Python reference must be kept.

    Attributes:
        on_palette: Called on the next turn of the event loop, when every widget has the new palette.
    """

    def __init__(self, parent) -> None:
        super().__init__(parent)
        self.visible = False
        self.on_palette = Listeners()
        self._later = single_shot(0, self.on_palette)

    def changeEvent(self, event):
        if event.type() == qt.QEvent.PaletteChange and getattr(self, "_later", None) is not None:
            self._later.start()

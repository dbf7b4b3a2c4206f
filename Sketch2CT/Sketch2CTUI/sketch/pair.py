"""One canvas or two: beside each other where there is room, else one below the other."""

from __future__ import annotations

import qt

from ..canvas.canvas import SketchCanvas
from ..widgets.layout import without_margins

_WIDE = 640  # pixels from which two canvases stand side by side
_LEAST, _MOST = 260, 520  # pixels of a canvas's height


class CanvasPair(qt.QWidget):
    """Two canvases, the second one hidden until it is asked for."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.first, self.second = SketchCanvas(), SketchCanvas()
        self.box = without_margins(qt.QBoxLayout(qt.QBoxLayout.TopToBottom, self))
        for canvas in (self.first, self.second):
            self.box.addWidget(canvas, 1)
        self.has_second = False
        self.second.visible = False

    def show_second(self, on: bool) -> None:
        """Shows or hides the second canvas; what is drawn on it stays."""
        self.has_second = bool(on)
        self.arrange()
        self.second.visible = self.has_second

    def arrange(self) -> None:
        """Fits the canvases into the width that there is: about square, never tiny."""
        beside = self.has_second and self.width >= _WIDE
        self.box.setDirection(qt.QBoxLayout.LeftToRight if beside else qt.QBoxLayout.TopToBottom)
        each = self.width // 2 if beside else self.width
        for canvas in (self.first, self.second):
            canvas.minimumHeight = min(max(each, _LEAST), _MOST)

    def resizeEvent(self, _event):
        self.arrange()

"""A holder that keeps the canvas about square."""

from __future__ import annotations

import qt

from ..widgets.layout import without_margins

_LEAST, _MOST = 260, 520  # pixels of the canvas's height


class SquareHolder(qt.QWidget):
    """Keeps the canvas about square in the width that there is, and never tiny."""

    def __init__(self, canvas, parent=None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        without_margins(qt.QVBoxLayout(self)).addWidget(canvas)

    def resizeEvent(self, _event):
        self._canvas.minimumHeight = min(max(self.width, _LEAST), _MOST)

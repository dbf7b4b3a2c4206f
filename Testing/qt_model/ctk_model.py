"""Stand-ins for the few CTK widgets that the module uses; they prove our wiring, not CTK's."""

import types

import qt

_LARGEST = 16_777_215  # QWIDGETSIZE_MAX


class ctkCollapsibleButton(qt.QWidget):
    """A titled box that folds; `collapsed`, `text`, `contentsCollapsed(bool)`."""

    contentsCollapsed = qt.Signal(bool)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._text, self._collapsed = "", False
        self._header = self.fontMetrics().height() + 8
        self.setContentsMargins(0, self._header, 0, 0)

    def _get_text(self):
        return self._text

    def _set_text(self, value):
        self._text = value
        self.update()

    def _get_collapsed(self):
        return self._collapsed

    def _set_collapsed(self, value):
        self._collapsed = bool(value)
        self._show_children()
        self.minimumHeight = self._header
        self.maximumHeight = self._header if value else _LARGEST
        self.update()
        self.contentsCollapsed.emit(bool(value))

    def _show_children(self):
        for child in self.findChildren(qt.QWidget, options=qt.Qt.FindDirectChildrenOnly):
            child.visible = not self._collapsed

    text = qt.Property(str, _get_text, _set_text)
    collapsed = qt.Property(bool, _get_collapsed, _set_collapsed)

    def showEvent(self, event):
        """What came into a folded box is hidden until it unfolds."""
        super().showEvent(event)
        self._show_children()

    def mousePressEvent(self, event):
        """A click on the header folds and unfolds."""
        if event.position().y() <= self._header:
            self.collapsed = not self._collapsed

    def paintEvent(self, event):
        """The header as a button with an arrow."""
        painter = qt.QPainter(self)
        box = qt.QRect(0, 0, self.width, self._header - 2)
        painter.fillRect(box, self.palette.color(qt.QPalette.Button))
        painter.setPen(self.palette.color(qt.QPalette.Mid))
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        painter.setPen(self.palette.color(qt.QPalette.ButtonText))
        arrow = "\u25b8" if self._collapsed else "\u25be"
        painter.drawText(box.adjusted(8, 0, 0, 0), int(qt.Qt.AlignVCenter), f"{arrow}  {self._text}")
        painter.end()


def module() -> types.ModuleType:
    """The module `ctk`."""
    ctk = types.ModuleType("ctk")
    ctk.ctkCollapsibleButton = ctkCollapsibleButton
    return ctk

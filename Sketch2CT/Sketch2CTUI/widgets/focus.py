"""The order in which Tab goes through a window: that of its layouts, not that in which its parts were made."""

from __future__ import annotations

import qt


def order_focus(root) -> None:
    """Lets Tab go through all widgets of a widget as its layouts show them, from top to bottom and left to right.

    Args:
        root: A widget with a layout; what lies in no layout keeps its place.
    """
    before = None
    for widget in _laid_out(root.layout()):
        if before is not None:
            qt.QWidget.setTabOrder(before, widget)
        before = widget


def _laid_out(layout):
    for number in range(layout.count()):
        item = layout.itemAt(number)
        widget, below = item.widget(), item.layout()
        if widget is not None:
            if widget.focusPolicy != qt.Qt.NoFocus:
                yield widget
            below = widget.layout()
        if below is not None:
            yield from _laid_out(below)

"""Small things that the sketch panel's rows share."""

from __future__ import annotations

import qt


def without_margins(layout, spacing: int = 4):
    """The layout, tight."""
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


def push_button(text: str, tip: str, clicked):
    """A button with words."""
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
    """Other items; the present one stays where it is still there. Nobody is told, and the same items change nothing.

    Args:
        box: From `combo_box`.
        items: (key, title).
        first: Title of an item without a key before them.
    """
    wanted = [*([] if first is None else [(None, first)]), *((key, title) for key, title in items)]
    if wanted == [(box.itemData(number), box.itemText(number)) for number in range(box.count)]:
        return
    key = chosen(box)
    blocked = box.blockSignals(True)
    box.clear()
    for number, title in wanted:
        box.addItem(title, number)
    choose(box, key)
    box.blockSignals(blocked)


def choose(box, key) -> None:
    """Makes the item of that key the present one, else the first."""
    keys = [box.itemData(number) for number in range(box.count)]
    box.currentIndex = keys.index(key) if key in keys else 0 if keys else -1

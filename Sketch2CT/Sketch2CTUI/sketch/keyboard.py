"""The keys of the sketch panel: what those of the paper do around it, and undo and redo while the module is open."""

from __future__ import annotations

import qt

from ..canvas.keys import SHORTCUTS

_STEPS = {"previous_drawing": -1, "next_drawing": 1}
_LISTS = {"add_view": "add_view_button", "add_contour": "add_contour_button"}


class SketchKeys:
    """Keys of a sketch panel.

    Args:
        panel: The SketchPanel.
    """

    def __init__(self, panel) -> None:
        self._panel, self._shortcuts = panel, []

    def pressed(self, action: str) -> None:
        """A key of the paper that is meant for the lists and tools around it, of `canvas.keys.PANEL_KEYS`."""
        sheets = self._panel.canvas.sheets
        if action in _STEPS:
            number = sheets.number + _STEPS[action]
            if 0 <= number < len(sheets.all):
                self._panel.choose(number)
        elif action in _LISTS:
            getattr(self._panel.list, _LISTS[action]).click()
        else:
            self._panel.toolbar.press(action)

    def use(self, on: bool) -> None:
        """Makes Ctrl+Z and the like while the panel is in use, and removes them."""
        for shortcut in self._shortcuts:
            shortcut.enabled = False
            shortcut.deleteLater()
        self._shortcuts = []
        for keys, action in SHORTCUTS if on else ():
            shortcut = qt.QShortcut(qt.QKeySequence(keys), self._panel.widget)
            shortcut.context = qt.Qt.WidgetWithChildrenShortcut
            shortcut.connect("activated()", getattr(self._panel.canvas, action))
            self._shortcuts.append(shortcut)

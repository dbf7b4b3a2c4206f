"""Where packages come from without a network: a folder of wheels, and how one is made."""

from __future__ import annotations

import qt

from ..widgets.listeners import Listeners

_TEXT = (
    "Without a network: take a computer with the same system and Python version. There run "
    "<code>pip download -d wheelhouse torch</code> with PyTorch's own index for your graphics card, or for none, then "
    "<code>pip download -d wheelhouse --find-links wheelhouse -r requirements.txt</code> with the list in Sketch2CT's "
    "Resources folder. Copy the folder here, choose it, click 'Install': pip runs with --no-index --find-links, and "
    "opens no connection. Models come as folders, see 'Import…'. Generating itself never needs a network."
)


class OfflineGroup:
    """The wheelhouse folder and its help text.

    Args:
        chooser: `(parent widget, folder) -> folder`, empty where the user cancels.

    Listeners: `on_folder(folder)`, '' for downloads.
    """

    def __init__(self, chooser):
        self.on_folder = Listeners()
        self._chooser = chooser
        self.widget = qt.QGroupBox("Offline installation")
        layout = qt.QVBoxLayout(self.widget)
        row = qt.QHBoxLayout()
        self.folder_edit = qt.QLineEdit()
        self.folder_edit.placeholderText = "Wheelhouse folder; empty: download"
        self.folder_edit.toolTip = "A folder of .whl files that packages are installed from, without a network."
        self.choose_button = qt.QPushButton("Choose…")
        self.choose_button.toolTip = "Pick the wheelhouse folder."
        row.addWidget(self.folder_edit, 1)
        row.addWidget(self.choose_button)
        layout.addLayout(row)
        self.help_check = qt.QCheckBox("How to make one")
        self.help_check.toolTip = "Shows how a wheelhouse is made on a computer with a network."
        self.help_label = qt.QLabel(_TEXT)
        self.help_label.wordWrap = True
        self.help_label.textInteractionFlags = qt.Qt.TextSelectableByMouse
        self.help_label.visible = False
        layout.addWidget(self.help_check)
        layout.addWidget(self.help_label)
        self.folder_edit.connect("textChanged(QString)", self._changed)
        self.choose_button.connect("clicked()", self._choose)
        self.help_check.connect("toggled(bool)", self._show_help)

    def set_enabled(self, enabled: bool) -> None:
        """Not during an installation."""
        self.folder_edit.enabled = bool(enabled)
        self.choose_button.enabled = bool(enabled)

    def _changed(self, text) -> None:
        self.on_folder(str(text).strip())

    def _choose(self) -> None:
        folder = self._chooser(self.widget, str(self.folder_edit.text))
        if folder:
            self.folder_edit.text = folder

    def _show_help(self, shown) -> None:
        self.help_label.visible = bool(shown)

"""Where it is computed: on this computer with a worker, or on a server."""

from __future__ import annotations

import qt

from ..widgets.form_rows import add_field, field_rows
from ..widgets.layout import chosen, combo_box, push_button, row, without_margins
from ..widgets.listeners import Listeners

_PLACES = (("local", "This computer"), ("server", "A server"))
_DEVICES = (("auto", "Best available"), ("cuda", "Graphics card (CUDA)"), ("cpu", "Processor"))


def choose_program(parent, start: str) -> str:
    """The program that the user picks; empty where they do not."""
    found = qt.QFileDialog.getOpenFileName(parent, "Choose a Python", start)
    return str((found[0] if isinstance(found, tuple) else found) or "")


class WhereForm:
    """Rows of place, device, address and token. `on_changed()` after each edit, `on_test()` at 'Test connection'."""

    def __init__(self) -> None:
        self.on_changed, self.on_test = Listeners(), Listeners()
        self.widget = qt.QWidget()
        column = without_margins(qt.QVBoxLayout(self.widget), 6)
        self.place_box = combo_box("Whether this computer or a server of your institution draws.", _PLACES)
        self.test_button = push_button(
            "Test connection",
            "Asks who answers there: version, models, device. Nothing of yours is sent.",
            self.on_test,
        )
        place = qt.QWidget()
        add_field(field_rows(place), "&Run on:", row((self.place_box, 1), self.test_button, spacing=6), self.place_box)
        column.addWidget(place)
        self.local_box, self.server_box = self._local(), self._server()
        column.addWidget(self.local_box)
        column.addWidget(self.server_box)
        self.place_box.connect("currentIndexChanged(int)", self._changed)
        self.device_box.connect("currentIndexChanged(int)", self._changed)
        self.url_edit.connect("textChanged(QString)", self._changed)
        self._show_place()

    def set_values(self, settings) -> None:
        """Shows settings; a device that the list lacks is added."""
        self.place_box.currentIndex = [key for key, _ in _PLACES].index(settings.where)
        known = [self.device_box.itemData(number) for number in range(self.device_box.count)]
        if settings.device not in known:
            self.device_box.addItem(settings.device, settings.device)
            known.append(settings.device)
        self.device_box.currentIndex = known.index(settings.device)
        self.url_edit.text = settings.url
        self._show_place()

    def values(self) -> dict:
        """Fields of GenerateSettings."""
        return {
            "where": chosen(self.place_box),
            "device": str(chosen(self.device_box)),
            "url": _line(self.url_edit),
        }

    def token(self) -> str:
        """For the server; it is kept nowhere."""
        return _line(self.token_edit)

    def set_enabled(self, enabled: bool) -> None:
        """During a run nothing can be changed."""
        self.widget.enabled = enabled

    # ---- inside

    def _local(self):
        holder = qt.QWidget()
        form = field_rows(holder)
        self.device_box = combo_box("What computes; the graphics card where there is a usable one.", _DEVICES)
        add_field(form, "&Device:", self.device_box)
        return holder

    def _server(self):
        holder = qt.QWidget()
        form = field_rows(holder)
        self.url_edit, self.token_edit = qt.QLineEdit(), qt.QLineEdit()
        self.url_edit.placeholderText = "https://host:8000"
        self.url_edit.toolTip = "Address of a Sketch2CT server. Sketch and numbers are sent there."
        self.token_edit.echoMode = qt.QLineEdit.Password
        self.token_edit.placeholderText = "where the server asks for one"
        self.token_edit.toolTip = "The server's password. It is kept in memory alone, never in the scene."
        add_field(form, "&Address:", self.url_edit)
        add_field(form, "&Token:", self.token_edit)
        return holder

    def _changed(self, *_value) -> None:
        self._show_place()
        self.on_changed()

    def _show_place(self) -> None:
        local = chosen(self.place_box) == "local"
        self.local_box.visible, self.server_box.visible = local, not local


class PythonForm:
    """Which Python the local worker uses; empty for Slicer's own.

    Args:
        chooser: `(parent widget, path) -> path`, empty where the user cancels; a dialog by default.
    """

    def __init__(self, chooser=None) -> None:
        self.on_changed = Listeners()
        self._chooser = chooser or choose_program
        self.edit = qt.QLineEdit()
        self.edit.placeholderText = "Slicer's own"
        self.edit.toolTip = "A Python with Sketch2CT's packages in place of Slicer's own: a path. Empty: Slicer's own."
        self.choose_button = push_button("Choose…", "Pick the Python that runs the local worker.", self._choose)
        self.widget = qt.QWidget()
        field = row((self.edit, 1), self.choose_button, spacing=6)
        add_field(field_rows(self.widget), "&Python:", field, self.edit)
        self.edit.connect("textChanged(QString)", self._changed)

    def set_value(self, python: str) -> None:
        """Shows a path."""
        self.edit.text = python

    def value(self) -> str:
        """The path; '' for Slicer's own."""
        return _line(self.edit)

    def _choose(self) -> None:
        found = self._chooser(self.widget, self.value())
        if found:
            self.edit.text = found

    def _changed(self, *_value) -> None:
        self.on_changed()


def _line(edit) -> str:
    """What stands in a field, without what a paste may bring along."""
    return "".join(letter for letter in str(edit.text) if letter.isprintable()).strip()

"""The list of models: name, size, structures, card; import, check, remove."""

from __future__ import annotations

import html

import qt

from Sketch2CTLib.errors import Cancelled, Sketch2CTError

from ..widgets.events import Listeners, slot
from ..widgets.file_task import FileTask
from ..widgets.layout import choose_folder, fill_row, fit_height, push_button, shown_table, text_label
from ..widgets.painting import ink, inked
from ..widgets.translation import _
from .card import CardView
from .machine import in_words
from .views import InlineQuestion

NAME, SIZE, ORIGIN, USE = range(4)
_HEADS = (
    (_("Name"), _("The model's folder")),
    (_("Size"), _("Of its weights")),
    (_("From"), _("shipped: came with Sketch2CT and stays; imported: brought by you")),
    (_("Structures"), _("What it was trained for")),
)
_MOST_ROWS_SEEN = 5
_IMPORT, _STOP = _("Import…"), _("Stop")


class ModelsGroup:
    """The models of a store.

    Args:
        store: See `model_store.ModelStore`.
        chooser: `(parent widget, folder) -> folder`; a dialog by default.
        file_chooser: `(parent widget) -> file`; a dialog by default.
    """

    def __init__(self, store, chooser=None, file_chooser=None):
        self.on_changed = Listeners()
        self._store, self._chooser = store, chooser or choose_folder
        self._file_chooser = file_chooser or _choose_bundle
        self._models, self._said = [], ("", False)
        self._file_task: FileTask | None = None  # copying, checking or removing goes on
        self.widget = qt.QGroupBox(_("Models"))
        layout = qt.QVBoxLayout(self.widget)
        self.table = shown_table(
            "ModelsTable", _("Models"), _("The models at hand; select one to read its card."), _HEADS, picks=True
        )
        self.table.wordWrap = False
        self.table.connect("itemSelectionChanged()", self._show_selected)
        self.message_label = text_label()
        self.card = CardView()
        self.question = InlineQuestion(self._fault)
        for widget in (self.table, self.card.widget):
            layout.addWidget(widget)
        layout.addLayout(self._buttons())
        for widget in (self.question.widget, self.message_label):
            layout.addWidget(widget)
        self.refresh()

    def refresh(self) -> None:
        """Reads the store again; the selection stays with its model."""
        selected = self.selected()
        self._models = list(self._store.models())
        before = self.table.blockSignals(True)
        self._fill()
        names = [model.name for model in self._models]
        if names:
            self.table.selectRow(names.index(selected) if selected in names else 0)
        self.table.blockSignals(before)
        self._show_selected()

    def show_palette(self) -> None:
        """The colours changed: inks and links are those of the present ones."""
        self._fill()
        self.card.show_palette()
        self.show_message(*self._said)

    def selected(self) -> str:
        """Name of the selected model, '' for none."""
        row = self.table.currentRow()
        return self._models[row].name if 0 <= row < len(self._models) else ""

    def show_message(self, text: str, fault: bool = False) -> None:
        """One sentence below the buttons; an empty one hides the line."""
        self._said = text, fault
        is_fault = fault and bool(text)
        self.message_label.text = inked(text, "off" if is_fault else "", self.widget, "✗ " if is_fault else "")
        self.message_label.visible = bool(text)

    # ---- what the user does

    def import_model(self) -> None:
        """Asks for a folder and copies it in; while that goes on, stops it."""
        if self._file_task is not None:
            self._file_task.stop()
            return
        folder = self._chooser(self.widget, "")
        if folder:
            self._bring(lambda on_progress: self._store.import_folder(folder, on_progress=on_progress))

    def import_bundle(self) -> None:
        """Asks for a bundle, one file that holds a model, and unpacks it once all in it is checked."""
        bundle = self._file_chooser(self.widget)
        if bundle:
            self._bring(lambda on_progress: self._store.import_bundle(bundle, on_progress=on_progress))

    def ask_remove(self) -> None:
        """Asks, then removes the selected model."""
        name = self.selected()
        if name:
            text = _("Remove the model '{name}' and its files from this computer?").format(
                name=html.escape(name, quote=False)
            )
            self.question.ask(text, _("Remove"), _("Keep"), lambda: self._remove(name))

    def verify(self) -> None:
        """Compares the SHA-256 of every weight file of the selected model."""
        name = self.selected()

        def verified(count: int) -> None:
            self.show_message(
                _("'{name}': {count} weight files are whole and unaltered.").format(name=name, count=count)
            )

        self._begin(
            _("Checking '{name}' …").format(name=name),
            lambda on_progress: self._store.verify(name, on_progress=on_progress),
            verified,
        )

    def stop(self) -> None:
        """Stops before the panel goes away; a copy that is half done is removed."""
        if self._file_task is not None:
            self._file_task.cancel()
            self._file_task = None

    # ---- inside

    def _bring(self, work) -> None:
        """Has a model brought in by a thread; the first button stops it."""
        self._begin(_("Copying and checking …"), work, self._imported)
        self.import_button.text, self.import_button.enabled = _STOP, True

    def _remove(self, name: str) -> None:
        def removed(_nothing) -> None:
            self.refresh()
            self.show_message(_("'{name}' was removed.").format(name=name))
            self.on_changed()

        self._begin(_("Removing '{name}' …").format(name=name), lambda on_progress: self._store.remove(name), removed)

    def _imported(self, model) -> None:
        self.refresh()
        self._select(model.name)
        self.show_message(_("'{name}' was imported; every file is as its model.json says.").format(name=model.name))
        self.on_changed()

    def _begin(self, message: str, work, on_done) -> None:
        """Has work on files done by a thread; the buttons wait for it.

        Args:
            message: Shown meanwhile, with the share that is done.
            work: Called in the thread with `on_progress(share)`.
            on_done: Called with what it gave back.
        """
        if self._file_task is not None:
            return
        shares = [0.0]

        def function(check):
            def on_progress(share: float) -> None:
                check()
                shares[0] = share

            return work(on_progress)

        def tick() -> None:
            self.show_message(f"{message} {shares[0]:.0%}" if shares[0] else message)

        tick()
        self._file_task = FileTask(function, lambda outcome: self._end(on_done, outcome), self._failed, tick)
        self._enable()

    def _end(self, on_done, outcome) -> None:
        self._file_task = None
        self._enable()
        on_done(outcome)

    def _failed(self, error: Sketch2CTError) -> None:
        self._file_task = None
        self._enable()
        if isinstance(error, Cancelled):
            self.show_message(_("Stopped: no model was imported."))
        else:
            self.show_message(str(error), fault=True)

    def _enable(self) -> None:
        row = self.table.currentRow()
        model, idle = self._models[row] if 0 <= row < len(self._models) else None, self._file_task is None
        self.import_button.enabled = self.bundle_button.enabled = idle
        self.import_button.text = _IMPORT
        self.remove_button.enabled = idle and model is not None and not model.shipped
        self.verify_button.enabled = idle and model is not None and not model.problem

    def _buttons(self):
        row = qt.QHBoxLayout()
        for name, title, tip, function in (
            (
                "import_button",
                _IMPORT,
                _("Copies a model folder (model.json and .safetensors files) after checking every file."),
                self.import_model,
            ),
            (
                "bundle_button",
                _("Bundle…"),
                _("Unpacks a model from one file (sketch2ct models export) after checking all that is in it."),
                self.import_bundle,
            ),
            (
                "verify_button",
                _("Check files"),
                _("Compares the SHA-256 of every weight file with the one in model.json."),
                self.verify,
            ),
            (
                "remove_button",
                _("Remove"),
                _("Removes the selected model; those that came with Sketch2CT stay."),
                self.ask_remove,
            ),
        ):
            button = push_button(title, tip, slot(function, self._fault))
            setattr(self, name, button)
            row.addWidget(button)
        return row

    def _fault(self, error: Sketch2CTError) -> None:
        self.show_message(str(error), fault=True)

    def _fill(self) -> None:
        self.table.rowCount = len(self._models)
        for row, model in enumerate(self._models):
            self._fill_row(row, model)
        for column in (NAME, SIZE, ORIGIN):
            self.table.resizeColumnToContents(column)
        fit_height(self.table, 2, _MOST_ROWS_SEEN)

    def _fill_row(self, row: int, model) -> None:
        origin = _("shipped") if model.shipped else _("imported")
        size = "–" if model.problem else in_words(model.size_mb)
        texts = (model.name, size, origin, _("✗ damaged") if model.problem else model.structure_titles)
        tips = (model.title, str(model.folder), _HEADS[ORIGIN][1], model.problem or model.structure_titles)
        brush = ink("off", self.table) if model.problem else None
        cells = zip(texts, tips, (None, None, None, brush), strict=True)
        fill_row(self.table, row, cells)

    def _show_selected(self) -> None:
        row = self.table.currentRow()
        model = self._models[row] if 0 <= row < len(self._models) else None
        self.question.hide()
        self.show_message("" if model is None else model.problem, fault=True)
        self.card.show(model)
        if self._file_task is None:
            self._enable()

    def _select(self, name: str) -> None:
        for row, model in enumerate(self._models):
            if model.name == name:
                self.table.selectRow(row)


def _choose_bundle(parent) -> str:
    """The bundle that the user picks; empty where they do not."""
    answer = qt.QFileDialog.getOpenFileName(parent, _("Choose a bundle"), "", _("Bundles (*.zip)"))
    return str(answer if isinstance(answer, str) else answer[0])

"""The generate panel: what to draw and where, the button, and what a run tells. It starts nothing itself."""

from __future__ import annotations

import ctk
import qt

from ..widgets.layout import without_margins
from ..widgets.listeners import Listeners
from .form import GenerateForm, GuidanceForm
from .run_view import RunView
from .settings import GenerateSettings
from .where import PythonForm, WhereForm


class GeneratePanel:
    """Shows settings and a run.

    Args:
        chooser: `(parent widget, path) -> path` for the Python of the local worker; a dialog by default.

    Listeners: `on_apply()`, `on_cancel()`, `on_test_connection()` when clicked, `on_changed()` when the user changed a
    setting.
    """

    def __init__(self, chooser=None) -> None:
        self.on_apply, self.on_cancel = Listeners(), Listeners()
        self.on_changed, self.on_test_connection = Listeners(), Listeners()
        self._strength, self._quiet = GenerateSettings().strength, False
        self.form, self.where, self.view = GenerateForm(), WhereForm(), RunView()
        self.guidance, self.python = GuidanceForm(), PythonForm(chooser)
        self.widget = qt.QWidget()
        column = without_margins(qt.QVBoxLayout(self.widget), 8)
        for widget in (self.form.widget, self.where.widget, self._advanced(), self.view.widget):
            column.addWidget(widget)
        for part in (self.form, self.where, self.guidance, self.python):
            part.on_changed.add(self._changed)
        self.where.on_test.add(self.on_test_connection)
        self.view.on_apply.add(self.on_apply)
        self.view.on_cancel.add(self.on_cancel)
        self.set_settings(GenerateSettings())

    # ---- settings

    def settings(self) -> GenerateSettings:
        """What stands in the panel."""
        return GenerateSettings(
            **self.form.values(),
            **self.where.values(),
            guidance=self.guidance.value(),
            python=self.python.value(),
            strength=self._strength,
        )

    def set_settings(self, settings: GenerateSettings) -> None:
        """Shows settings; nobody is told."""
        self._quiet = True
        try:
            self._strength = settings.strength
            self.form.set_values(settings)
            self.where.set_values(settings)
            self.guidance.set_value(settings.guidance)
            self.python.set_value(settings.python)
        finally:
            self._quiet = False

    def token(self) -> str:
        """For the server; never kept with the settings."""
        return self.where.token()

    def next_seed(self) -> None:
        """Another seed, for the next run."""
        self.form.new_seed()

    # ---- a run

    def set_running(self, running: bool) -> None:
        """A run began or ended: Apply becomes Cancel and back, settings cannot be changed meanwhile."""
        self.view.set_running(running)
        for widget in (self.form.widget, self.where.widget, self.guidance.widget, self.python.widget):
            widget.enabled = not running

    def show_progress(self, stage: str, step: int, steps: int, eta_s: float | None = None) -> None:
        """Where a run is: the stage in words, its steps, seconds until the end (None while unknown)."""
        self.view.show_progress(stage, int(step), int(steps), eta_s)

    def show_preview(self, picture) -> None:
        """The mask so far, (rows, columns) uint8; None takes it away."""
        self.view.show_preview(picture)

    def show_error(self, message: str, hint: str = "") -> None:
        """A fault: what, why, what to do; also in the log."""
        text = f"{message} {hint}".strip()
        self.view.show_message("error", text)
        self.view.log(f"Error: {text}")

    def show_note(self, text: str) -> None:
        """One sentence; an empty one hides the line."""
        self.view.show_message("note", text)

    def show_palette(self) -> None:
        """The colours changed: what stands there is in the present ones."""
        self.view.show_message(*self.view.message)

    def log(self, line: str) -> None:
        """Appends a line to the log."""
        self.view.log(line)

    # ---- inside

    def _advanced(self):
        self.advanced_button = ctk.ctkCollapsibleButton()
        self.advanced_button.text = "Advanced"
        self.advanced_button.toolTip = "Guidance, and the Python of the local worker."
        column = qt.QVBoxLayout(self.advanced_button)
        column.addWidget(self.guidance.widget)
        column.addWidget(self.python.widget)
        self.advanced_button.collapsed = True
        return self.advanced_button

    def _changed(self) -> None:
        if not self._quiet:
            self.on_changed()

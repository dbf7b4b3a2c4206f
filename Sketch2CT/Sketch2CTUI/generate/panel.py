"""The generate panel: the settings, and the view of a run with its button, progress, picture and log."""

from __future__ import annotations

import html
import time

import ctk
import numpy as np
import qt

from Sketch2CTLib.errors import Sketch2CTError

from ..widgets.events import Listeners
from ..widgets.layout import MOST_LOG_LINES, LogView, text_label, without_margins
from ..widgets.painting import ink_name, picture_to_image
from ..widgets.translation import _
from .form import DraftForm, GenerateForm, GuidanceForm, PythonForm, WhereForm
from .settings import GenerateSettings

_PARTS = 1000  # of the progress bar
_PREVIEW_HEIGHT, _BUTTON_HEIGHT = 180, 40  # pixels
_APPLY, _CANCEL, _STOPPING = _("Apply"), _("Cancel"), _("Stopping …")
_APPLY_TIP = _("Draws what the sketch, the numbers and the words ask for.")
_CANCEL_TIP = _("Stops the run within three seconds; the sketch and the numbers stay.")
_MINUTE_S = 90.0  # from here on minutes are told


class RunView:
    """`on_apply()` and `on_cancel()` when the button is clicked, by what stands on it."""

    def __init__(self) -> None:
        self.on_apply, self.on_cancel = Listeners(), Listeners()
        self.is_running, self._began, self._shown = False, 0.0, 0.0
        self.widget = qt.QWidget()
        column = without_margins(qt.QVBoxLayout(self.widget), 6)
        for widget in (self._button(), *self._progress(), self._preview(), self._message(), *self._log()):
            column.addWidget(widget)
        self.set_running(False)
        self.show_preview(np.zeros((1, 1), np.uint8))  # Qt loads its image formats: 14 ms, now and not within a run
        self.show_preview(None)
        self.show_message("", "")

    def set_running(self, running: bool) -> None:
        """Apply becomes Cancel and back."""
        self.is_running = bool(running)
        self._began, self._shown = time.monotonic(), 0.0
        self.button.enabled = True
        self.button.text = _CANCEL if running else _APPLY
        self.button.toolTip = _CANCEL_TIP if running else _APPLY_TIP
        self.stage_label.text = _("Starting …") if running else ""
        self.bar.maximum = 0 if running else _PARTS  # 0 shows that something goes on
        self.bar.value = 0
        self.bar.visible = self.stage_label.visible = self.is_running
        if running:
            self.show_message("", "")

    def show_progress(self, stage: str, step: int, steps: int, eta_s: float | None) -> None:
        """Shows how far a run is; the bar shows the share of the whole time, as far as that is known.

        Args:
            stage: The stage in words.
            step, steps: The step of the stage, and how many there are.
            eta_s: Seconds until the end, None while unknown.
        """
        if not self.is_running:
            return
        part = _(", step {step} of {steps}").format(step=step, steps=steps) if steps > 1 else ""
        left = _(", {duration} left").format(duration=duration_text(eta_s)) if eta_s is not None else ""
        self.stage_label.text = f"{stage}{part}{left}"
        if eta_s is None:
            return
        elapsed = time.monotonic() - self._began
        self._shown = max(self._shown, elapsed / max(elapsed + eta_s, 1e-3))  # an estimate that grows moves it not back
        self.bar.maximum = _PARTS
        self.bar.value = round(_PARTS * self._shown)

    def show_preview(self, picture) -> None:
        """The mask so far: (rows, columns) uint8, or None for nothing."""
        self.preview_label.visible = picture is not None
        if picture is None:
            self.preview_label.clear()
            return
        try:
            image = picture_to_image(picture)
        except Sketch2CTError as error:
            self.log(str(error))
            self.preview_label.visible = False
            return
        size = qt.QSize(_PREVIEW_HEIGHT, _PREVIEW_HEIGHT)
        scaled = image.scaled(size, qt.Qt.KeepAspectRatio, qt.Qt.SmoothTransformation)
        self.preview_label.pixmap = qt.QPixmap.fromImage(scaled)

    def show_message(self, kind: str, text: str) -> None:
        """One sentence below the button; `kind` is 'error' or 'note', an empty text hides the line."""
        self.message = kind, text
        mark, color = (_("✗ Error:"), ink_name("off", self.widget)) if kind == "error" else (_("ℹ Note:"), "")
        escaped = html.escape(" ".join(text.split()), quote=False)
        style = f' style="color:{color}"' if color else ""
        self.message_label.text = f"<span{style}><b>{mark}</b> {escaped}</span>" if escaped else ""
        self.message_label.visible = bool(escaped)

    def log(self, line: str) -> None:
        """Appends a line to the log, which stays folded."""
        self._log_view.append(line)

    # ---- building

    def _button(self):
        self.button = qt.QPushButton(_APPLY)
        self.button.minimumHeight = _BUTTON_HEIGHT
        font = qt.QFont(self.button.font)
        font.setBold(True)
        self.button.font = font
        self.button.connect("clicked()", self._clicked)
        return self.button

    def _progress(self):
        self.bar = qt.QProgressBar()
        self.stage_label = text_label(tip=_("What is being done, and how long the rest will take."))
        self.bar.textVisible = False
        self.bar.toolTip = _("The share of the run that is done, as far as it can be told.")
        return self.bar, self.stage_label

    def _preview(self):
        self.preview_label = qt.QLabel()
        self.preview_label.alignment = qt.Qt.AlignCenter
        self.preview_label.minimumHeight = _PREVIEW_HEIGHT
        self.preview_label.toolTip = _("The mask as far as it is drawn, seen as the sketch is; brighter is thicker.")
        return self.preview_label

    def _message(self):
        self.message_label = text_label(tip=_("What came of the last click."), selectable=True)
        return self.message_label

    def _log(self):
        tip = _("The last {most} lines; can be copied.").format(most=MOST_LOG_LINES)
        self._log_view = LogView(_("What the service wrote, line by line."), tip)
        self.log_check, self.log_view = self._log_view.check, self._log_view.view
        return self.log_check, self.log_view

    def _clicked(self) -> None:
        if not self.is_running:
            self.on_apply()
            return
        self.button.text = _STOPPING
        self.button.enabled = False
        self.on_cancel()


def duration_text(seconds: float) -> str:
    """'about 5 s', 'about 2 min'."""
    if seconds < 1:
        return _("less than 1 s")
    return (
        _("about {seconds:.0f} s").format(seconds=seconds)
        if seconds < _MINUTE_S
        else _("about {minutes:.0f} min").format(minutes=seconds / 60)
    )


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
        self.guidance, self.python, self.draft = GuidanceForm(), PythonForm(chooser), DraftForm()
        self.widget = qt.QWidget()
        column = without_margins(qt.QVBoxLayout(self.widget), 8)
        for widget in (self.form.widget, self.draft.widget, self.where.widget, self._advanced(), self.view.widget):
            column.addWidget(widget)
        self.where.on_changed.add(self._show_place)
        for part in (self.form, self.draft, self.where, self.guidance, self.python):
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
            **self.draft.values(),
            guidance=self.guidance.value(),
            python=self.python.value(),
            strength=self._strength,
        )

    def set_settings(self, settings: GenerateSettings) -> None:
        """Shows settings without calling the listeners."""
        self._quiet = True
        try:
            self._strength = settings.strength
            self.form.set_values(settings)
            self.where.set_values(settings)
            self.draft.set_values(settings)
            self.guidance.set_value(settings.guidance)
            self.python.set_value(settings.python)
        finally:
            self._quiet = False

    def token(self) -> str:
        """The password of the server; it is never kept with the settings."""
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

    def set_several(self, several: bool) -> None:
        """Whether several organs are asked for: of each one shape is drawn."""
        self.form.set_several(several)

    def show_progress(self, stage: str, step: int, steps: int, eta_s: float | None = None) -> None:
        """Shows how far a run is: the stage in words, its steps, seconds until the end (None while unknown)."""
        self.view.show_progress(stage, int(step), int(steps), eta_s)

    def show_preview(self, picture) -> None:
        """The mask so far, (rows, columns) uint8; None takes it away."""
        self.view.show_preview(picture)

    def show_error(self, message: str, hint: str = "") -> None:
        """A fault: what, why, what to do; also in the log."""
        text = f"{message} {hint}".strip()
        self.view.show_message("error", text)
        self.view.log(_("Error: {text}").format(text=text))

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
        self.advanced_button.text = _("Advanced")
        self.advanced_button.toolTip = _("Guidance, and the Python of the local worker.")
        column = qt.QVBoxLayout(self.advanced_button)
        column.addWidget(self.guidance.widget)
        column.addWidget(self.python.widget)
        self.advanced_button.collapsed = True
        return self.advanced_button

    def _show_place(self) -> None:
        if not self._quiet:
            self.draft.show_place(self.where.values()["where"])

    def _changed(self) -> None:
        if not self._quiet:
            self.on_changed()

"""What is seen of a run: the button, progress with its stage in words, the mask as it grows, messages, the log."""

from __future__ import annotations

import html
import time

import numpy as np
import qt

from Sketch2CTLib.errors import Sketch2CTError

from ..widgets.colors import ink_name
from ..widgets.layout import without_margins
from ..widgets.listeners import Listeners
from ..widgets.picture import picture_to_image

_PARTS = 1000  # of the progress bar
_MOST_LOG_LINES, _LONGEST_LINE = 2000, 2000
_LOG_HEIGHT, _PREVIEW_HEIGHT, _BUTTON_HEIGHT = 120, 180, 40  # pixels
_APPLY, _CANCEL, _STOPPING = "Apply", "Cancel", "Stopping …"
_APPLY_TIP = "Draws what the sketch, the numbers and the words ask for."
_CANCEL_TIP = "Stops the run within three seconds; the sketch and the numbers stay."
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
        self.stage_label.text = "Starting …" if running else ""
        self.bar.maximum = 0 if running else _PARTS  # 0 shows that something goes on
        self.bar.value = 0
        self.bar.visible = self.stage_label.visible = self.is_running
        if running:
            self.show_message("", "")

    def show_progress(self, stage: str, step: int, steps: int, eta_s: float | None) -> None:
        """Where a run is; the bar shows the share of the whole time, as far as that is known.

        Args:
            stage: In words.
            step, steps: Of the stage.
            eta_s: Seconds until the end, None while unknown.
        """
        if not self.is_running:
            return
        part = f", step {step} of {steps}" if steps > 1 else ""
        left = f", {duration_text(eta_s)} left" if eta_s is not None else ""
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
        mark, color = ("✗ Error:", ink_name("off", self.widget)) if kind == "error" else ("ℹ Note:", "")
        shown = html.escape(" ".join(text.split()), quote=False)
        style = f' style="color:{color}"' if color else ""
        self.message_label.text = f"<span{style}><b>{mark}</b> {shown}</span>" if shown else ""
        self.message_label.visible = bool(shown)

    def log(self, line: str) -> None:
        """Appends a line to the log, which stays folded."""
        self.log_view.appendPlainText(str(line)[:_LONGEST_LINE])

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
        self.bar, self.stage_label = qt.QProgressBar(), qt.QLabel()
        self.bar.textVisible = False
        self.bar.toolTip = "The share of the run that is done, as far as it can be told."
        self.stage_label.wordWrap = True
        self.stage_label.toolTip = "What is being done, and how long the rest will take."
        return self.bar, self.stage_label

    def _preview(self):
        self.preview_label = qt.QLabel()
        self.preview_label.alignment = qt.Qt.AlignCenter
        self.preview_label.minimumHeight = _PREVIEW_HEIGHT
        self.preview_label.toolTip = "The mask as far as it is drawn, seen as the sketch is; brighter is thicker."
        return self.preview_label

    def _message(self):
        self.message_label = qt.QLabel()
        self.message_label.wordWrap = True
        self.message_label.textInteractionFlags = qt.Qt.TextSelectableByMouse
        self.message_label.toolTip = "What came of the last click."
        return self.message_label

    def _log(self):
        self.log_check = qt.QCheckBox("Show the log")
        self.log_check.toolTip = "What the service wrote, line by line."
        self.log_view = qt.QPlainTextEdit()
        self.log_view.readOnly = True
        self.log_view.maximumBlockCount = _MOST_LOG_LINES
        self.log_view.setFixedHeight(_LOG_HEIGHT)
        self.log_view.toolTip = f"The last {_MOST_LOG_LINES} lines; can be copied."
        self.log_view.visible = False
        self.log_check.connect("toggled(bool)", self._show_log)
        return self.log_check, self.log_view

    def _show_log(self, shown) -> None:
        self.log_view.visible = bool(shown)

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
        return "less than 1 s"
    return f"about {seconds:.0f} s" if seconds < _MINUTE_S else f"about {seconds / 60:.0f} min"

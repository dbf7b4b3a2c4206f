"""The setup panel: what is installed, how to install the rest, which device computes, which models there are."""

from __future__ import annotations

import html
from collections import deque

import qt

from Sketch2CTLib.errors import Sketch2CTError

from ..widgets.events import Listeners, attempt, slot
from ..widgets.file_task import FileTask
from ..widgets.help import help_button
from ..widgets.layout import LogView, choose_folder, push_button, row, text_label
from ..widgets.painting import inked
from ..widgets.translation import _
from .environment import Environment, can_start
from .model_store import ModelStore
from .models import ModelsGroup
from .views import InlineQuestion, OfflineGroup, PackagesTable, device_sentence, facts_text, findings_text

_LATER_MS = 50  # so that the panel is drawn before a step that blocks
_LOOKING = _("Looking at packages, disk, memory and network …")
_ASKING = _("Asking the worker; its first start takes some ten seconds …")
_NO_WORKER = _("The device can be tested once the packages are installed.")


class SetupPanel:
    """Shows an environment and a store of models.

    Args:
        environment: See `environment.Environment`; Slicer's own by default.
        store: See `model_store.ModelStore`; shipped and user's models by default.
        chooser: `(parent widget, folder) -> folder`; a dialog by default.

    Listeners: `on_install()` and `on_repair()` are called when a confirmed installation is about to start (a worker
    should be stopped then, its files are in use), `on_changed()` when packages or models have changed,
    `on_device_test()` when the device is asked for; whoever asks it in another way answers with `show_device`.
    """

    def __init__(self, environment=None, store=None, chooser=None):
        self.on_install, self.on_repair, self.on_device_test = Listeners(), Listeners(), Listeners()
        self.environment = environment if environment is not None else Environment()
        self.environment.later = self._later
        self._chooser = chooser or choose_folder
        self._before = self._status = None
        self._waiting, self._looks = [], deque()
        self._looking: FileTask | None = None  # at what is installed, or at the network before an installation
        self.models = ModelsGroup(store if store is not None else ModelStore(), chooser)
        self.on_changed = self.models.on_changed
        self.widget = qt.QWidget()
        self._told = {}  # label → text and state, to be inked anew
        self._build()
        attempt(lambda: self._show_status(self.environment.status(thorough=False)), self._fault)

    # ---- what others call

    def refresh(self) -> None:
        """Reads again what is installed, what an interrupted installation left, and the models."""
        self.models.refresh()
        self.environment_changed()

    def environment_changed(self, then=None) -> None:
        """Has a thread read again what is installed, and what the packages need themselves.

        Args:
            then: Called when that is shown.
        """
        machine = self.environment.machine()

        def read(status) -> None:
            self._show_status(status)
            if then is not None:
                then()

        self._look(lambda _check: self.environment.status(machine=machine), read, self._fault)

    def show_palette(self) -> None:
        """The colours changed: every ink is that of the present ones."""
        for label, (text, state) in tuple(self._told.items()):
            self._tell(label, text, state)
        if self._status is not None:
            self.packages.show(self._status)
        self.question.show_palette()
        self.models.show_palette()

    def _show_status(self, status) -> None:
        self._status = status
        fine = status.is_complete and not status.mismatch
        self._tell(self.status_label, status.sentence, "met" if fine else "off")
        self.facts_label.text = facts_text(status)
        self.packages.show(status)
        self._ask_pending()
        self._enable()

    def log(self, line: str) -> None:
        """Appends a line to the log and shows the log."""
        self._log_view.append(line)
        self.log_check.checked = True

    def show_message(self, text: str, *, fault: bool = False) -> None:
        """One or two sentences below the buttons; an empty text hides the line."""
        self._tell(self.message_label, text, "off" if fault else "")

    def show_device(self, text: str, *, works: bool = True) -> None:
        """Which device computes, or why none does, one sentence."""
        self._tell(self.device_label, text, "met" if works else "off")
        self.device_button.enabled = not self.environment.is_installing

    def stop(self) -> None:
        """Stops before the panel goes away."""
        self.models.stop()
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        self._looks.clear()

    # ---- what the user does

    def ask_install(self) -> None:
        """Looks at what is installed, at disk, memory and network, and asks."""
        self.show_message(_LOOKING)
        self.environment_changed(self._ask_what_is_missing)

    def _ask_what_is_missing(self) -> None:
        if self._status is not None and self._status.is_complete and not self._status.mismatch:
            self.show_message(
                _("Nothing has to be installed. If something does not work all the same, click 'Repair'.")
            )
            return
        self._ask(repair=self._status is not None and self._status.is_complete)

    def ask_repair(self) -> None:
        """Looks and asks in the same way before a repair."""
        self.show_message(_LOOKING)
        self.environment_changed(lambda: self._ask(repair=True))

    def test_device(self) -> None:
        """Asks the worker which device it computes on."""
        test = self.environment.device_test
        self._tell(self.device_label, _ASKING if test is not None else _NO_WORKER, "")
        if test is not None:
            self.device_button.enabled = False
            test(self._device_ready, self._device_failed)
        self.on_device_test()

    # ---- installing

    def _look(self, function, on_done, on_failed) -> None:
        """Has a thread look at files or the network; the buttons wait for it, and a second look for the first."""
        if self._looking is not None:
            self._looks.append((function, on_done, on_failed))
            return

        def end(tell, outcome) -> None:
            self._looking = None
            if self._looks:
                self._look(*self._looks.popleft())
            self._enable()
            tell(outcome)

        self._looking = FileTask(function, lambda outcome: end(on_done, outcome), lambda fault: end(on_failed, fault))
        self._enable()

    def _ask(self, *, repair: bool) -> None:
        self._look(
            lambda _check: self.environment.look_outside(),
            lambda reached: self._looked(reached, repair),
            lambda _fault: self._looked({}, repair),  # as without a network
        )

    def _looked(self, reached: dict[str, bool], repair: bool) -> None:
        findings = self.environment.preflight(reached, repair=repair, status=self._status)
        self.show_message("")
        ready = can_start(findings)
        head = self._plan(repair) if ready else _("It cannot start yet:")

        def text() -> str:
            return f"<b>{html.escape(head, quote=False)}</b><br>{findings_text(findings, self.widget)}"

        no = _("Cancel") if ready else _("Close")
        self.question.ask(text, _("Start"), no, lambda: self._start(repair), can_yes=ready)

    def _plan(self, repair: bool) -> str:
        names = ", ".join(one.name for one in self._status.missing) if self._status else ""
        if repair:
            return _("All packages are installed again, into Slicer's own Python. This takes some minutes. Start?")
        return _("Into Slicer's own Python: {names}. This takes some minutes. Start?").format(names=names)

    def _start(self, repair: bool) -> None:
        (self.on_repair if repair else self.on_install)()
        self._run(lambda: self.environment.install(self.log, self._ended, repair=repair, status=self._status))

    def _resume(self) -> None:
        self.on_install()
        self._run(lambda: self.environment.resume(self.log, self._ended))

    def _run(self, start) -> None:
        self._before = self._status
        self.show_message(_("Installing … see the log."))
        attempt(start, self._fault)
        self._enable()

    def _fault(self, error: Sketch2CTError) -> None:
        self.show_message(str(error), fault=True)
        self._enable()

    def _ended(self, fault: str) -> None:
        if fault:
            self.show_message(fault, fault=True)
        self._enable()
        self.environment_changed(None if fault else self._tell_restart)
        self.on_changed()

    def _tell_restart(self) -> None:
        before = self._before
        changed = self.environment.changed_in_memory(before, self._status) if before else ()
        again = (
            _(" Restart Slicer: {names} was loaded in another version.").format(names=", ".join(changed))
            if changed
            else ""
        )
        self.show_message(_("Installed.{again}").format(again=again))

    def _ask_pending(self) -> None:
        pending = self.environment.pending()
        if pending is None or self.question.is_asking:
            return
        self.question.ask(
            html.escape(pending.sentence, quote=False), _("Continue"), _("Forget it"), self._resume, self._forget
        )

    def _forget(self) -> None:
        self.environment.forget_pending()

    def _later(self, function) -> None:
        self._waiting.append(function)
        qt.QTimer.singleShot(_LATER_MS, self._call_waiting)

    def _call_waiting(self) -> None:
        if self._waiting:
            attempt(self._waiting.pop(0), self._fault)

    def _wheelhouse_changed(self, folder: str) -> None:
        self.environment.wheelhouse = folder

    # ---- the device

    def _device_ready(self, answer) -> None:
        gpu = self._status.machine.gpu if self._status else ""
        sentence, works = device_sentence(answer, gpu)
        self.show_device(sentence, works=works)

    def _device_failed(self, message: str, hint: str = "") -> None:
        self.show_device(f"{message} {hint}".strip(), works=False)

    # ---- building

    def _build(self) -> None:
        layout = qt.QVBoxLayout(self.widget)
        self.status_label, self.facts_label = text_label(selectable=True), text_label(selectable=True)
        self.device_label, self.message_label = text_label(selectable=True), text_label(selectable=True)
        self.device_label.visible = self.message_label.visible = False
        self.packages, self.question = PackagesTable(), InlineQuestion(self._fault)
        self.offline = OfflineGroup(self._chooser)
        self.offline.on_folder.add(self._wheelhouse_changed)
        layout.addWidget(row((self.status_label, 1), help_button("setup")))
        layout.addWidget(self.facts_label)
        layout.addWidget(self.packages.widget)
        layout.addLayout(self._buttons())
        for widget in (self.question.widget, self.message_label, self.device_label):
            layout.addWidget(widget)
        self._build_log(layout)
        layout.addWidget(self.offline.widget)
        layout.addWidget(self.models.widget)
        layout.addStretch(1)

    def _buttons(self):
        line = qt.QHBoxLayout()
        buttons = []
        for title, tip, function in (
            (
                _("Install"),
                _("Looks at disk, memory and network first, then asks, then installs what is missing."),
                "ask_install",
            ),
            (_("Repair"), _("Installs all packages again, where something is broken; asks first."), "ask_repair"),
            (_("Test device"), _("Asks the worker which device computes: graphics card or processor."), "test_device"),
            (_("Refresh"), _("Looks again at what is installed."), "refresh"),
        ):
            button = push_button(title, tip, slot(getattr(self, function), self._fault))
            line.addWidget(button)
            buttons.append(button)
        self.install_button, self.repair_button, self.device_button, self.refresh_button = buttons
        return line

    def _build_log(self, layout) -> None:
        self._log_view = LogView(_("What the installation wrote."), _("What the installation wrote; can be copied."))
        self.log_check, self.log_view = self._log_view.check, self._log_view.view
        layout.addWidget(self.log_check)
        layout.addWidget(self.log_view)

    def _tell(self, label, text: str, state: str) -> None:
        self._told[label] = text, state
        mark = {"met": "✓ ", "off": "✗ "}.get(state, "")
        label.text = inked(text, state, self.widget, mark)
        label.visible = bool(text)

    def _enable(self) -> None:
        idle = not self.environment.is_installing and self._looking is None
        for button in (self.install_button, self.repair_button, self.refresh_button):
            button.enabled = idle
        self.device_button.enabled = idle and self._status is not None and bool(self._status.torch.version)
        self.offline.set_enabled(idle)

"""Parts of the setup panel: what was found, the packages, installing offline, a question inside the panel."""

from __future__ import annotations

import html

import qt

from ..widgets.events import Listeners, slot
from ..widgets.layout import PathRow, check_box, fill_row, shown_table, text_label
from ..widgets.painting import ink, ink_name, is_dark, marked
from ..widgets.translation import _
from .machine import in_words
from .packages import INSTALLED, MISSING

NAME, VERSION, WANTED, STATE = range(4)
_HEADS = (
    (_("Package"), _("As the package registry spells it")),
    (_("Installed"), _("The version that is there")),
    (_("Wanted"), _("The versions that fit; any where nothing stands")),
    (_("State"), _("met: fits. off: has to be installed")),
)
_ROWS_SEEN = 6
_TEXT = _(
    "Without a network: take a computer with the same system and Python version. There run "
    "<code>pip download -d wheelhouse torch</code> with PyTorch's own index for your graphics card, or for none, then "
    "<code>pip download -d wheelhouse --find-links wheelhouse -r requirements.txt</code> with the list in Sketch2CT's "
    "Resources folder. Copy the folder here, choose it, click 'Install': pip runs with --no-index --find-links, and "
    "opens no connection. Models come as folders, see 'Import…'. Generating itself never needs a network."
)
_MARKS = {"ok": ("✓", "met"), "warning": ("!", "unknown"), "stop": ("✗", "off")}


def facts_text(status) -> str:
    """Versions, disk, memory and graphics card as rich text, one fact a line."""
    machine, torch = status.machine, status.torch
    slicer = machine.slicer or _("not running inside Slicer")
    build = f"{torch.version}, {status.build}" if torch.version else _("not installed")
    facts = (
        ("Sketch2CT", status.library),
        ("Slicer", slicer),
        ("Python", machine.python),
        ("PyTorch", build),
        (_("Free disk"), in_words(machine.disk_free_mb)),
        (_("Free memory"), in_words(machine.memory_free_mb)),
        (_("Graphics card"), machine.gpu or _("none that PyTorch can use was found")),
    )
    rows = "".join(
        f"<tr><td>{name}:&nbsp;</td><td>{html.escape(value, quote=False)}</td></tr>" for name, value in facts
    )
    return f"<table>{rows}</table>"


def device_sentence(answer, gpu: str) -> tuple[str, bool]:
    """What the worker's answer says of its device, and whether that is as it should be.

    Args:
        answer: The fields or the event of `loaded`, `planned`, `state` or `ready`; may hold device, device_name,
            free_mb, seconds, tool_version.
        gpu: What the machine has, see `machine.graphics_card`.
    """
    fields = answer if isinstance(answer, dict) else {name: getattr(answer, name, None) for name in _FIELDS}
    device = str(fields.get("device") or "")
    if not device:
        version = str(fields.get("tool_version") or "")
        return _("The worker answers{version}.").format(version=f" (Sketch2CT {version})" if version else ""), True
    named = f"{device} ({fields['device_name']})" if fields.get("device_name") else device
    free, seconds = fields.get("free_mb"), fields.get("seconds")
    more = _(", {free} free").format(free=in_words(free)) if isinstance(free, int | float) else ""
    more += (
        _(", ready in {seconds:.1f} s").format(seconds=seconds) if isinstance(seconds, int | float) and seconds else ""
    )
    if device == "cpu":
        if gpu == "NVIDIA driver":
            return _("The worker computes on the processor although an NVIDIA card is there: click 'Repair'."), False
        return _("The worker computes on the processor{more}.").format(more=more), True
    return _("The worker computes on {named}{more}.").format(named=named, more=more), True


_FIELDS = ("device", "device_name", "free_mb", "seconds", "tool_version")


class PackagesTable:
    """Shows a status, what is missing first."""

    def __init__(self):
        tip = _("The Python packages that Sketch2CT needs, what is missing first.")
        self.widget = shown_table("PackagesTable", _("Packages"), tip, _HEADS, picks=False, stretched=NAME)
        self.widget.alternatingRowColors = True
        self.widget.wordWrap = False
        self._shown = ()

    def show(self, status) -> None:
        """Fills the table."""
        rows = sorted((status.torch, *status.packages, *status.brought), key=lambda one: one.is_fine)
        brought = {one.name for one in status.brought}
        content = rows, brought, is_dark(self.widget)
        if content == self._shown:  # to fill it takes tens of milliseconds
            return
        self._shown = content
        self.widget.rowCount = len(rows)
        for number, one in enumerate(rows):
            self._fill_row(number, one, one.name in brought)
        table = self.widget
        height = int(table.horizontalHeader().sizeHint.height() + _ROWS_SEEN * table.rowHeight(0) + 4) if rows else 60
        table.minimumHeight = height
        table.maximumHeight = height

    def _fill_row(self, row: int, one, brought: bool) -> None:
        state = "met" if one.is_fine else "off"
        word = marked(state, one.state)
        tip = one.detail or (
            _("Slicer brings it.")
            if brought
            else _("{name} {version} fits.").format(name=one.name, version=one.version)
        )
        tip = f"{one.name}: {tip}" if one.state not in (INSTALLED, MISSING) else tip
        brush = ink(state, self.widget)
        texts = (one.name, one.version or "–", one.wanted, word)
        cells = [(text, tip, brush if column == STATE else None) for column, text in enumerate(texts)]
        fill_row(self.widget, row, cells)


class OfflineGroup:
    """The wheelhouse folder and its help text.

    Args:
        chooser: `(parent widget, folder) -> folder`, empty where the user cancels.

    Listeners: `on_folder(folder)`, '' for downloads.
    """

    def __init__(self, chooser):
        self.on_folder = Listeners()
        self.widget = qt.QGroupBox(_("Offline installation"))
        layout = qt.QVBoxLayout(self.widget)
        tip = _("A folder of .whl files that packages are installed from, without a network.")
        self._path = path = PathRow(
            _("Wheelhouse folder; empty: download"), tip, _("Pick the wheelhouse folder."), chooser
        )
        self.folder_edit, self.choose_button = path.edit, path.button
        tip = _("Shows how a wheelhouse is made on a computer with a network.")
        self.help_check = check_box(_("How to make one"), tip, self._show_help)
        self.help_label = text_label(_TEXT, selectable=True)
        self.help_label.visible = False
        for widget in (path.widget, self.help_check, self.help_label):
            layout.addWidget(widget)
        self.folder_edit.connect("textChanged(QString)", self._changed)

    def set_enabled(self, enabled: bool) -> None:
        """Enables the group; not during an installation."""
        self.folder_edit.enabled = bool(enabled)
        self.choose_button.enabled = bool(enabled)

    def _changed(self, text) -> None:
        self.on_folder(str(text).strip())

    def _show_help(self, unfolded) -> None:
        self.help_label.visible = bool(unfolded)


class InlineQuestion:
    """A question inside the panel, hidden until `ask`.

    Args:
        tell: Called with a Sketch2CTError where what an answer starts fails.
    """

    def __init__(self, tell):
        self._on_yes = self._on_no = None
        self._text = ""
        self.widget = qt.QFrame()
        self.widget.frameShape = qt.QFrame.StyledPanel
        layout = qt.QVBoxLayout(self.widget)
        self.label = text_label()
        row = qt.QHBoxLayout()
        self.yes_button, self.no_button = qt.QPushButton(_("Yes")), qt.QPushButton(_("No"))
        self.yes_button.toolTip, self.no_button.toolTip = (
            _("Go on as the sentence above says."),
            _("Nothing is changed."),
        )
        row.addStretch(1)
        row.addWidget(self.yes_button)
        row.addWidget(self.no_button)
        layout.addWidget(self.label)
        layout.addLayout(row)
        self.yes_button.connect("clicked()", slot(lambda: self._answer(self._on_yes), tell))
        self.no_button.connect("clicked()", slot(lambda: self._answer(self._on_no), tell))
        self.widget.visible = False

    @property
    def is_asking(self) -> bool:
        """Whether it waits for an answer."""
        return self._on_yes is not None

    def ask(self, text: str, yes: str, no: str, on_yes, on_no=None, *, can_yes: bool = True) -> None:
        """Shows a question.

        Args:
            text: Rich text, or a function that gives it in the present colours.
            yes, no: What the buttons say.
            on_yes, on_no: Called without arguments after the click; the question is hidden then.
            can_yes: Whether 'yes' can be clicked.
        """
        self._on_yes, self._on_no = on_yes, on_no
        self._text = text
        self.show_palette()
        self.yes_button.text, self.no_button.text = yes, no
        self.yes_button.visible = can_yes
        self.widget.visible = True

    def show_palette(self) -> None:
        """The colours may have changed."""
        self.label.text = self._text() if callable(self._text) else self._text

    def hide(self) -> None:
        """Takes the question back without an answer."""
        self._on_yes = self._on_no = None
        self.widget.visible = False

    def _answer(self, function) -> None:
        self.hide()
        if function is not None:
            function()


def findings_text(findings, widget) -> str:
    """Findings of the preflight as rich text: a mark, then the sentence; colour only beside the mark."""
    lines = []
    for one in findings:
        mark, state = _MARKS[one.level]
        sentence = html.escape(one.sentence, quote=False)
        lines.append(f'<span style="color:{ink_name(state, widget)}"><b>{mark}</b></span> {sentence}')
    return "<br>".join(lines)

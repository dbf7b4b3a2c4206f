"""The rows of a run's settings: what to generate, with which guidance, and where."""

from __future__ import annotations

import secrets

import qt

from ..widgets.events import Listeners
from ..widgets.help import help_button
from ..widgets.layout import (
    PathRow,
    add_field,
    check_box,
    chosen,
    combo_box,
    field_rows,
    line_edit,
    push_button,
    row,
    text_label,
    without_margins,
)
from ..widgets.translation import _
from .settings import GUIDES, MOST_CANDIDATES, MOST_GUIDANCE, MOST_SEED

QUALITY_ITEMS = (
    ("preview", _("Preview: 8 steps")),
    ("standard", _("Standard: 25 steps")),
    ("fine", _("Fine: 50 steps")),
)
_QUALITY_TOLD = {"preview": _("For trying out"), "standard": _("For results"), "fine": _("For the last bit of detail")}
_ROUGH_S = {"preview": (2, 4), "standard": (4, 6), "fine": (7, 10)}  # a candidate: the mask alone, with its volume
_TIME_TOLD = _(
    "{use}: about {seconds} s a candidate on a recent processor, three times that on an older one, less "
    "on a graphics card. The first run loads some 10 s more."
)
_GUIDE_TITLES = {
    "sketch": (_("Sketch"), _("How closely the shape follows the drawing")),
    "numbers": (_("Numbers"), _("How closely it meets volume, extents and the other numbers")),
    "words": (_("Words"), _("How closely it follows words such as smooth or lobulated")),
}
_PLAIN_GUIDANCE = 1.0
_PLACES = (("local", _("This computer")), ("server", _("A server")))
_DRAFT_TIPS = {
    "local": _(
        "The likeliest shape in the views while you draw and change numbers; coarse, gone at Apply, never saved."
    ),
    "server": _("The same from the server: sketch and numbers are sent there while you draw, before any click."),
}
_CANDIDATES_TIP = _("How many shapes to draw and rank, 1 to {most}; the best comes first.").format(most=MOST_CANDIDATES)
_ONE_EACH = _("Of several organs one shape each is drawn. Take the others out of the list to compare shapes of one.")
_DEVICES = (("auto", _("Best available")), ("cuda", _("Graphics card (CUDA)")), ("cpu", _("Processor")))


class GenerateForm:
    """Rows of quality, candidates, seed and volume. `on_changed()` after each edit by the user."""

    def __init__(self) -> None:
        self.on_changed = Listeners()
        self.widget = qt.QWidget()
        form = field_rows(self.widget)
        self.quality_box = combo_box(_("How many steps the drawing takes: more steps, more detail."), QUALITY_ITEMS)
        self.quality_label = text_label()
        self.candidates_spin = qt.QSpinBox()
        self.candidates_spin.minimum, self.candidates_spin.maximum = 1, MOST_CANDIDATES
        self.candidates_spin.toolTip = _CANDIDATES_TIP
        self.volume_check = check_box(
            _("Draw a CT volume too"), _("Without it only the mask is drawn, which is faster.")
        )
        self.paint_check = check_box(
            _("Paint it from a layout"),
            _("Draws the organs and tissues around first, and paints a CT with all of them; MR is drawn as usual."),
        )
        self.full_hu_check = check_box(
            _("Whole range of HU"),
            _("Gives air, lungs, gas and dense bone of a painted CT their usual values beyond −125 to 275 HU."),
        )
        add_field(form, _("&Quality:"), self.quality_box)
        add_field(form, "", self.quality_label)
        add_field(form, _("&Candidates:"), self.candidates_spin)
        add_field(form, _("S&eed:"), self._seed_row(), self.seed_spin)
        add_field(form, "", row(self.volume_check, None, help_button("generate")))
        add_field(form, "", row(self.paint_check, self.full_hu_check, None))
        self._connect()

    def set_values(self, settings) -> None:
        """Shows settings."""
        self.quality_box.currentIndex = [key for key, _ in QUALITY_ITEMS].index(settings.quality)
        self.candidates_spin.value = settings.candidates
        self.seed_spin.value = settings.seed
        self.keep_check.checked = settings.keep_seed
        self.volume_check.checked = settings.with_volume
        self.paint_check.checked = settings.paint
        self.full_hu_check.checked = settings.full_hu
        self._tell_quality()

    def values(self) -> dict:
        """Fields of GenerateSettings."""
        return {
            "quality": chosen(self.quality_box),
            "candidates": int(self.candidates_spin.value),
            "seed": int(self.seed_spin.value),
            "keep_seed": bool(self.keep_check.checked),
            "with_volume": bool(self.volume_check.checked),
            "paint": bool(self.paint_check.checked),
            "full_hu": bool(self.full_hu_check.checked),
        }

    def new_seed(self) -> None:
        """Another seed, of chance."""
        self.seed_spin.value = secrets.randbelow(MOST_SEED + 1)

    def set_enabled(self, enabled: bool) -> None:
        """Enables the rows; during a run nothing can be changed."""
        self.widget.enabled = enabled

    def set_several(self, several: bool) -> None:
        """Of several organs one shape each is drawn."""
        self.candidates_spin.enabled = not several
        self.candidates_spin.toolTip = _ONE_EACH if several else _CANDIDATES_TIP

    # ---- inside

    def _seed_row(self):
        self.seed_spin = qt.QSpinBox()
        self.seed_spin.minimum, self.seed_spin.maximum = 0, MOST_SEED
        self.seed_spin.accessibleName = _("Seed")
        self.seed_spin.toolTip = _("The same seed, sketch and numbers give the same result again.")
        self.seed_button = push_button(_("New"), _("Another seed, for another shape that fits as well."), self.new_seed)
        self.keep_check = check_box(
            _("Keep"), _("Ticked: each run uses this seed. Not ticked: each run takes a new one.")
        )
        return row((self.seed_spin, 1), self.seed_button, self.keep_check)

    def _connect(self) -> None:
        self.quality_box.connect("currentIndexChanged(int)", self._changed)
        self.candidates_spin.connect("valueChanged(int)", self._changed)
        self.seed_spin.connect("valueChanged(int)", self._changed)
        self.keep_check.connect("toggled(bool)", self._changed)
        self.volume_check.connect("toggled(bool)", self._changed)
        self.paint_check.connect("toggled(bool)", self._changed)
        self.full_hu_check.connect("toggled(bool)", self._changed)

    def _changed(self, *_value) -> None:
        self._tell_quality()
        self.on_changed()

    def _tell_quality(self) -> None:
        quality = chosen(self.quality_box)
        self.paint_check.enabled = bool(self.volume_check.checked)
        self.full_hu_check.enabled = bool(self.volume_check.checked and self.paint_check.checked)
        seconds = _ROUGH_S[quality][bool(self.volume_check.checked)]
        self.quality_label.text = _TIME_TOLD.format(use=_QUALITY_TOLD[quality], seconds=seconds)


class GuidanceForm:
    """How strongly sketch, numbers and words pull; the model's own scales where the box is not ticked."""

    def __init__(self) -> None:
        self.on_changed = Listeners()
        self.widget = qt.QWidget()
        layout = without_margins(qt.QVBoxLayout(self.widget), 4)
        self.own_check = check_box(
            _("Guidance of my own"),
            _("How strongly each input pulls. Not ticked: the model's own, which suits most cases."),
        )
        layout.addWidget(self.own_check)
        holder = qt.QWidget()
        form = field_rows(holder)
        self.spins = {name: self._spin(name) for name in GUIDES}
        for name, spin in self.spins.items():
            add_field(form, f"{_GUIDE_TITLES[name][0]}:", spin)
        layout.addWidget(holder)
        self.own_check.connect("toggled(bool)", self._changed)
        for spin in self.spins.values():
            spin.connect("valueChanged(double)", self._changed)
        self._enable()

    def set_value(self, guidance: dict | None) -> None:
        """Shows scales; None shows the model's own."""
        self.own_check.checked = guidance is not None
        for name, spin in self.spins.items():
            spin.value = float((guidance or {}).get(name, _PLAIN_GUIDANCE))
        self._enable()

    def value(self) -> dict | None:
        """The scales, or None for the model's own."""
        if not self.own_check.checked:
            return None
        return {name: round(float(spin.value), 2) for name, spin in self.spins.items()}

    def _spin(self, name: str):
        spin = qt.QDoubleSpinBox()
        spin.minimum, spin.maximum = 0.0, MOST_GUIDANCE
        spin.singleStep, spin.decimals, spin.value = 0.25, 2, _PLAIN_GUIDANCE
        spin.toolTip = _("{what}: 0 ignores it, 1 is plain, more exaggerates.").format(what=_GUIDE_TITLES[name][1])
        return spin

    def _changed(self, *_value) -> None:
        self._enable()
        self.on_changed()

    def _enable(self) -> None:
        for spin in self.spins.values():
            spin.enabled = bool(self.own_check.checked)


def choose_program(parent, start: str) -> str:
    """The program that the user picks; empty where they do not."""
    answer = qt.QFileDialog.getOpenFileName(parent, _("Choose a Python"), start)
    return str((answer[0] if isinstance(answer, tuple) else answer) or "")


class WhereForm:
    """Rows of place, device, address and token. `on_changed()` after each edit, `on_test()` at 'Test connection'."""

    def __init__(self) -> None:
        self.on_changed, self.on_test = Listeners(), Listeners()
        self.widget = qt.QWidget()
        column = without_margins(qt.QVBoxLayout(self.widget), 6)
        self.place_box = combo_box(_("Whether this computer or a server of your institution draws."), _PLACES)
        self.test_button = push_button(
            _("Test connection"),
            _("Asks who answers there: version, models, device. Nothing of yours is sent."),
            self.on_test,
        )
        place = qt.QWidget()
        add_field(
            field_rows(place), _("&Run on:"), row((self.place_box, 1), self.test_button, spacing=6), self.place_box
        )
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
        devices = [self.device_box.itemData(number) for number in range(self.device_box.count)]
        if settings.device not in devices:
            self.device_box.addItem(settings.device, settings.device)
            devices.append(settings.device)
        self.device_box.currentIndex = devices.index(settings.device)
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
        """The password of the server; it is kept nowhere."""
        return _line(self.token_edit)

    def set_enabled(self, enabled: bool) -> None:
        """Enables the rows; during a run nothing can be changed."""
        self.widget.enabled = enabled

    # ---- inside

    def _local(self):
        holder = qt.QWidget()
        form = field_rows(holder)
        self.device_box = combo_box(_("What computes; the graphics card where there is a usable one."), _DEVICES)
        add_field(form, _("De&vice:"), self.device_box)
        return holder

    def _server(self):
        holder = qt.QWidget()
        form = field_rows(holder)
        self.url_edit = line_edit(
            _("Address of a Sketch2CT server. Sketch and numbers are sent there."), "https://host:8000"
        )
        tip = _("The server's password. It is kept in memory alone, never in the scene.")
        self.token_edit = line_edit(tip, _("where the server asks for one"))
        self.token_edit.echoMode = qt.QLineEdit.Password
        add_field(form, _("&Address:"), self.url_edit)
        add_field(form, _("&Token:"), self.token_edit)
        return holder

    def _changed(self, *_value) -> None:
        self._show_place()
        self.on_changed()

    def _show_place(self) -> None:
        local = chosen(self.place_box) == "local"
        self.local_box.visible, self.server_box.visible = local, not local


class DraftForm:
    """Whether a draft follows the pen; one answer for this computer, one for a server."""

    def __init__(self) -> None:
        self.on_changed = Listeners()
        self._on, self._where = {"local": True, "server": False}, "local"
        self.widget = self.check = check_box(_("Draft while drawing"), _DRAFT_TIPS["local"])
        self.check.connect("toggled(bool)", self._changed)

    def set_values(self, settings) -> None:
        """Shows settings."""
        self._on = {"local": settings.draft_local, "server": settings.draft_server}
        self.show_place(settings.where)

    def show_place(self, where: str) -> None:
        """Another place was chosen: its own answer is shown."""
        self._where = ""  # what is shown now is no answer
        self.check.checked = self._on[where]
        self.check.toolTip = _DRAFT_TIPS[where]
        self._where = where

    def values(self) -> dict:
        """Fields of GenerateSettings."""
        return {"draft_local": self._on["local"], "draft_server": self._on["server"]}

    def _changed(self, *_value) -> None:
        if self._where:
            self._on[self._where] = bool(self.check.checked)
            self.on_changed()


class PythonForm:
    """Which Python the local worker uses; empty for Slicer's own.

    Args:
        chooser: `(parent widget, path) -> path`, empty where the user cancels; a dialog by default.
    """

    def __init__(self, chooser=None) -> None:
        self.on_changed = Listeners()
        tip = _("A Python with Sketch2CT's packages in place of Slicer's own: a path. Empty: Slicer's own.")
        self._path = path = PathRow(
            _("Slicer's own"), tip, _("Pick the Python that runs the local worker."), chooser or choose_program
        )
        self.edit, self.choose_button = path.edit, path.button
        self.widget = qt.QWidget()
        add_field(field_rows(self.widget), _("&Python:"), path.widget, self.edit)
        self.edit.connect("textChanged(QString)", self._changed)

    def set_value(self, python: str) -> None:
        """Shows a path."""
        self.edit.text = python

    def value(self) -> str:
        """The path; '' for Slicer's own."""
        return _line(self.edit)

    def _changed(self, *_value) -> None:
        self.on_changed()


def _line(edit) -> str:
    """What stands in a field, without what a paste may bring along."""
    return "".join(letter for letter in str(edit.text) if letter.isprintable()).strip()

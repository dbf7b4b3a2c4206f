"""What can be done with a result: draw it again after changing the sketch, draw more like it, make a volume for any
segment, export. Each is a plain widget group with listeners; nothing is done here.
"""

from __future__ import annotations

from pathlib import Path

import qt

from Sketch2CTLib.errors import Sketch2CTError

from ..widgets.events import Listeners
from ..widgets.layout import PathRow, check_box, choose_folder, combo_box, fill, push_button, row, text_label
from ..widgets.translation import _

MOST_VARIATIONS = 64  # what a request may ask for
_STEPS = 100  # of the strength slider
_STRENGTH = 0.4
KINDS = (
    ("nrrd", "NRRD", _("Volume and mask as .nrrd files")),
    ("seg.nrrd", "seg.nrrd", _("Mask as a segmentation that Slicer opens, with names, colours and provenance")),
    ("nifti", "NIfTI", _("Volume and mask as .nii.gz files, for other programs")),
    (
        "dicom",
        "DICOM",
        _("Volume as a DICOM series with the mask as a segmentation of it, marked synthetic, in a folder"),
    ),
    ("report", _("Report"), _("What was asked and measured, with seed, settings and model, as report.json")),
)
ASKS_SEVERAL = _("Several organs are in the list: 'Apply' draws all of them anew. Take the others out to change one.")
HOLDS_SEVERAL = _("This result holds several organs, and one alone is changed: draw it alone with 'Apply' first.")
_CHOSEN = ("seg.nrrd", "nrrd", "report")


class NextSteps:
    """'Follow this edit', 'Again with the changed sketch' with its strength, 'N variations', 'Generate volume'.

    Args:
        segments: `choices()` gives (key, title) of the scene's segments; None where there is no scene.
    """

    def __init__(self, segments=None):
        self.on_regenerate, self.on_variations, self.on_volume = Listeners(), Listeners(), Listeners()
        self.on_follow = Listeners()
        self._segments, self._has_result, self._busy = segments, False, False
        self._refusals = {"edit": "", "vary": ""}
        self._tips: dict[str, tuple] = {}
        self.widget = qt.QGroupBox(_("Go on from here"))
        grid = qt.QGridLayout(self.widget)
        grid.setColumnStretch(0, 1)
        self._build_follow(grid)
        self._build_regenerate(grid)
        self._build_variations(grid)
        self._build_volume(grid)
        self._tips = {
            "edit": tuple(
                (one, str(one.toolTip)) for one in (self.strength_slider, self.regenerate_button, self.follow_button)
            ),
            "vary": tuple((one, str(one.toolTip)) for one in (self.variations_spin, self.variations_button)),
        }
        self.refresh_choices()

    def strength(self) -> float:
        """0 keeps the former shape, 1 draws a new one."""
        return self.strength_slider.value / _STEPS

    def refresh_choices(self) -> str:
        """Reads the scene's segments again, keeps the chosen one; gives back what went wrong, one sentence or none."""
        fault, choices = "", []
        try:
            choices = list(self._segments.choices()) if self._segments is not None else []
        except Sketch2CTError as error:
            fault = str(error)
        fill(self.segment_box, choices or [("", _("no segment in the scene"))])
        self._enable()
        return fault

    def set_state(self, *, has_result: bool, busy: bool) -> None:
        """What is possible: nothing during a run; drawing again only after a result."""
        self._has_result, self._busy = has_result, busy
        self._enable()

    def refuse(self, *, edit: str, vary: str) -> None:
        """Why drawing again, or variations, cannot be; empty where they can."""
        self._refusals = {"edit": edit, "vary": vary}
        self._enable()

    # ---- inside

    def _build_follow(self, grid) -> None:
        tip = _(
            "Takes the mask as you edited it in the Segment Editor: it stays as it is, what lies around it and its "
            "scan are made anew, and it is measured again (Alt+F). A change of sketch or numbers then starts from it."
        )
        self.follow_button = push_button(_("Follow this edit"), tip, self.on_follow)
        self.follow_button.shortcut = qt.QKeySequence("Alt+F")
        holder = text_label(_("The mask stays, its scan and report are made anew."))
        self._add(grid, 0, _("After an edit in the Segment Editor:"), holder, self.follow_button)

    def _build_regenerate(self, grid) -> None:
        self.strength_slider = qt.QSlider(qt.Qt.Horizontal)
        self.strength_slider.maximum = _STEPS
        self.strength_slider.value = round(_STRENGTH * _STEPS)
        self.strength_slider.toolTip = _(
            "How far the new shape may leave the selected one: 0 keeps it, 1 draws it anew."
        )
        self.strength_slider.accessibleName = _("How much is new")
        self.strength_label = qt.QLabel()
        tip = _(
            "Draws the selected candidate again with the sketch and the numbers as they are now. "
            "Change the sketch first; the slider says how much of the former shape stays."
        )
        self.regenerate_button = push_button(_("Re-generate"), tip, self._regenerate)
        holder = row(qt.QLabel(_("Keep")), (self.strength_slider, 1), qt.QLabel(_("New")), self.strength_label)
        self._add(grid, 2, _("Again with the changed sketch:"), holder, self.regenerate_button)
        self.strength_slider.connect("valueChanged(int)", self._tell_strength)
        self._tell_strength()

    def _build_variations(self, grid) -> None:
        self.variations_spin = qt.QSpinBox()
        self.variations_spin.minimum, self.variations_spin.maximum = 2, MOST_VARIATIONS
        self.variations_spin.value = 4
        self.variations_spin.accessibleName = _("Number of variations")
        self.variations_spin.toolTip = _("How many candidates to draw with new seeds, 2 to {most}.").format(
            most=MOST_VARIATIONS
        )
        tip = _("Draws that many other candidates for the same sketch, numbers and words.")
        self.variations_button = push_button(_("Make variations"), tip, self._vary)
        holder = row(self.variations_spin, (qt.QLabel(_("candidates, new seeds")), 1))
        self._add(grid, 4, _("More like it:"), holder, self.variations_button)

    def _build_volume(self, grid) -> None:
        self.segment_box = combo_box(_("A segment of the scene, perhaps one that you edited in the Segment Editor."))
        self.segment_box.minimumContentsLength = 12
        self.segment_box.accessibleName = _("Segment that gets a volume")
        tip = _("Makes a synthetic scan in which the chosen segment is the organ, on its own grid.")
        self.volume_button = push_button(_("Generate volume"), tip, self._make_volume)
        self._add(grid, 6, _("Volume from a segment:"), row((self.segment_box, 1)), self.volume_button)

    def _add(self, grid, line: int, title: str, holder, button) -> None:
        grid.addWidget(text_label(title), line, 0, 1, 2)
        grid.addWidget(holder, line + 1, 0)
        grid.addWidget(button, line + 1, 1)

    def _enable(self) -> None:
        for name, widgets in self._tips.items():
            for widget, tip in widgets:
                widget.enabled = self._has_result and not self._busy and not self._refusals[name]
                widget.toolTip = self._refusals[name] or tip
        has_segment = bool(self.segment_box.itemData(self.segment_box.currentIndex))
        self.segment_box.enabled = has_segment
        self.volume_button.enabled = has_segment and not self._busy

    def _tell_strength(self, *_value) -> None:
        self.strength_label.text = f"{self.strength():.2f}"

    def _regenerate(self) -> None:
        self.on_regenerate(self.strength())

    def _vary(self) -> None:
        self.on_variations(int(self.variations_spin.value))

    def _make_volume(self) -> None:
        key = self.segment_box.itemData(self.segment_box.currentIndex)
        if key:
            self.on_volume(key)


class ExportGroup:
    """Kinds as check boxes, a folder, and the button.

    Args:
        chooser: `(parent widget, folder) -> folder`, empty where the user cancels; a dialog by default.
    """

    def __init__(self, chooser=None):
        self.on_export, self.on_fault = Listeners(), Listeners()  # (folder, kinds); (sentence)
        chooser = chooser or choose_folder
        self.widget = qt.QGroupBox(_("Export the selected candidate"))
        layout = qt.QVBoxLayout(self.widget)
        layout.addLayout(self._checks())
        button_tip = _("Writes the selected candidate in the chosen kinds; all files or none.")
        self.export_button = push_button(_("Export"), button_tip, self.export)
        tip = _("The folder that the files are written to; it is made where it is not there.")
        self._path = path = PathRow(
            _("Folder"), tip, _("Pick the folder that the files are written to."), chooser, self.export_button
        )
        self.folder_edit, self.choose_button = path.edit, path.button
        layout.addWidget(path.widget)
        self.set_enabled(False)

    def kinds(self) -> set[str]:
        """The chosen kinds, names as in KINDS."""
        return {name for name, check in self.checks.items() if check.checked}

    def show_what(self, *, several: bool) -> None:
        """Names what is exported: a candidate, or all organs of a result."""
        self.widget.title = _("Export all organs") if several else _("Export the selected candidate")

    def set_enabled(self, enabled: bool) -> None:
        """Enables the button; without a result there is nothing to export."""
        self.export_button.enabled = enabled

    def export(self) -> None:
        """Tells the listeners what goes where, or what is missing."""
        folder, kinds = str(self.folder_edit.text).strip(), self.kinds()
        if not kinds:
            self.on_fault(_("No kind of file is chosen: tick at least one of NRRD, seg.nrrd, NIfTI, DICOM and Report."))
        elif not folder:
            self.on_fault(_("No folder is chosen: click 'Choose…' and pick one."))
        elif Path(folder).is_file():
            self.on_fault(_("'{folder}' is a file, not a folder: choose a folder.").format(folder=folder))
        else:
            self.on_export(folder, kinds)

    # ---- inside

    def _checks(self):
        layout, self.checks = qt.QHBoxLayout(), {}
        for name, title, tip in KINDS:
            check = check_box(title, tip)
            check.checked = name in _CHOSEN
            self.checks[name] = check
            layout.addWidget(check)
        layout.addStretch(1)
        return layout

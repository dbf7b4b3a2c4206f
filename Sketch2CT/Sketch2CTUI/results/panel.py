"""The results panel: candidates, what was requested and measured, and what to do next.

It shows files and tells listeners; nodes are made by those who listen.
"""

from __future__ import annotations

import html
from pathlib import Path

import qt

from ..widgets.events import Listeners
from ..widgets.help import help_button
from ..widgets.layout import check_box, push_button, row, text_label
from ..widgets.painting import ink_name, inked
from ..widgets.translation import _
from .actions import ASKS_SEVERAL, HOLDS_SEVERAL, ExportGroup, NextSteps
from .drawn import NextContour, next_contour
from .gallery import GRADES, Gallery
from .layouts import LAYOUT, LayoutRow
from .report import AGREEMENT, agreement_sentence, read_candidates, shared_notes
from .tables import AskedTable, CandidatesTable

RESEARCH_TEXT = _("For research, not for diagnosis.")
_EMPTY_TEXT = _("No result yet: draw a sketch or state numbers, then click 'Apply' under Generate.")


class ResultsPanel:
    """What a run gave, and what to do with it.

    Args:
        segments: The scene's segments, for 'Generate volume from segment'; None where there is no scene.
        chooser: `(parent widget, folder) -> folder` for the export; a dialog by default.

    Listeners: `on_select(index)` after a click on another candidate (not by `show`), `on_accept(index)`,
    `on_agreement(bool)`, `on_layout(bool)`, `on_paint_again()`, `on_export(folder, kinds)`, `on_follow()`,
    `on_volume_from_segment(key)`, `on_regenerate(strength)`, `on_variations(n)`, `on_next_contour(view, position_mm)`.
    Indices count from 0, the best candidate first.
    """

    def __init__(self, segments=None, chooser=None):
        self.on_select, self.on_accept, self.on_agreement = Listeners(), Listeners(), Listeners()
        self.on_next_contour = Listeners()
        self._candidates, self._next, self._folder = [], None, ""
        self._busy = self._exporting_now = self._asks_several = False
        self.table, self.asked, self.gallery = CandidatesTable(), AskedTable(), Gallery()
        self.steps, self.exporting, self.layout = NextSteps(segments), ExportGroup(chooser), LayoutRow()
        self.on_layout, self.on_paint_again = self.layout.on_show, self.layout.on_paint
        self.on_export = self.exporting.on_export
        self.on_volume_from_segment = self.steps.on_volume
        self.on_regenerate, self.on_variations = self.steps.on_regenerate, self.steps.on_variations
        self.on_follow = self.steps.on_follow
        self.widget = qt.QWidget()
        self._build()
        self.exporting.on_fault.add(self.show_error)
        self.table.on_select.add(self._selected)
        self.clear()

    # ---- what others call

    def show(self, folder: str, result: dict) -> None:
        """Shows a result and selects its best candidate, without calling `on_select`.

        Args:
            folder: With report.json, agreement.nrrd, candidate_02/report.json, …
            result: The Result event as a dict; also `event.model_dump()`.
        """
        self.show_error("")
        self.nodes_label.visible = False
        self._candidates = read_candidates(folder, result)
        self._folder = folder
        self.table.show(self._candidates)
        sentence = agreement_sentence(result.get("agreement"))
        has_map = len(self._candidates) > 1 and (Path(folder or ".") / AGREEMENT).is_file()
        self._set_agreement(sentence, has_map)
        self._set_next(next_contour(result.get("next_contour")))
        self._run_notes = shared_notes(result)
        self._tell_run(result)
        self._show_selected()

    def clear(self) -> None:
        """Back to 'No result yet'."""
        self._candidates, self._run_notes = [], []
        self.table.clear()
        self._set_agreement("", False)
        self._set_next(None)
        self.nodes_label.visible = False
        self.seconds_label.visible = False
        self.show_error("")
        self._show_selected()

    def selected(self) -> int:
        """Index of the selected candidate, from 0 (also where there is none yet)."""
        return max(0, self.table.selected())

    def select(self, index: int) -> None:
        """Selects a candidate as a click would."""
        self.table.select(index)

    @property
    def has_result(self) -> bool:
        """Whether there is a candidate."""
        return bool(self._candidates)

    def show_nodes(self, text: str) -> None:
        """Which nodes were made of it, one line; an empty one hides the line."""
        self.nodes_label.text = html.escape(text, quote=False)
        self.nodes_label.visible = bool(text)

    def show_error(self, message: str, hint: str = "") -> None:
        """A fault in one or two sentences; an empty one takes it away."""
        self._fault = message, hint
        text = f"{message} {hint}".strip()
        self.fault_label.text = inked(text, "off", self.widget, "✗ ") if text else ""
        self.fault_label.visible = bool(text)

    def show_palette(self) -> None:
        """The colours changed: every ink is that of the present ones."""
        self.show_error(*self._fault)
        self.table.show_palette()
        self.gallery.show_palette()
        self.asked.show_palette()
        self._tell_verdict(self._verdict)

    def set_running(self, running: bool) -> None:
        """Disables what starts a run while one goes on; looking and exporting go on."""
        self._busy = bool(running)
        self._enable()

    def set_several(self, several: bool) -> None:
        """Whether several organs are asked for now: what draws one alone again is disabled, and says why."""
        self._asks_several = bool(several)
        self._enable()

    def set_exporting(self, going_on: bool) -> None:
        """While files are written no other export can be started."""
        self._exporting_now = bool(going_on)
        self._enable()

    def set_agreement(self, shown: bool) -> None:
        """Sets the check box without telling the listeners."""
        self.agreement_check.blockSignals(True)
        self.agreement_check.checked = bool(shown)
        self.agreement_check.blockSignals(False)

    def refresh_choices(self) -> None:
        """The scene's segments have changed."""
        fault = self.steps.refresh_choices()
        if fault:
            self.show_error(fault)

    # ---- building

    def _build(self) -> None:
        layout = qt.QVBoxLayout(self.widget)
        self.empty_label = text_label(_EMPTY_TEXT, selectable=True)
        self.fault_label, self.nodes_label = text_label(selectable=True), text_label(selectable=True)
        self.verdict_label, self.seconds_label = text_label(selectable=True), text_label(selectable=True)
        self.research_label = text_label(f"<b>{RESEARCH_TEXT}</b>", selectable=True)
        tip = _("Keeps the selected candidate as a segmentation and a volume in the scene, named SYNTHETIC.")
        self.accept_button = push_button(_("Accept"), tip, self._accept)
        tip = _("Shows a volume that says in how many candidates each voxel lies.")
        self.agreement_check = check_box(_("Show where the candidates agree"), tip, self._agreement_toggled)
        self.agreement_label, self.next_label = text_label(selectable=True), text_label(selectable=True)
        tip = _("Adds this contour to the sketch, empty and ready to draw; then generate again.")
        self.next_button = push_button(_("Draw it"), tip, self._draw_next)
        self.next_row = row((self.next_label, 1), self.next_button)
        for widget in (
            row((self.research_label, 1), help_button("results")),
            self.empty_label,
            self.fault_label,
            self.gallery.widget,
            self.table.widget,
            self.verdict_label,
            self.accept_button,
            self.nodes_label,
            self.agreement_check,
            self.agreement_label,
            self.next_row,
            self.layout.widget,
            self.asked.widget,
            self.steps.widget,
            self.exporting.widget,
            self.seconds_label,
        ):
            layout.addWidget(widget)
        layout.addStretch(1)

    # ---- showing

    def _show_selected(self) -> None:
        one = self._candidates[self.selected()] if self._candidates else None
        self.asked.show(one, [] if one is None else [*one.notes, *self._run_notes])
        self.empty_label.visible = one is None
        for widget in (self.table.widget, self.accept_button, self.asked.widget, self.exporting.widget):
            widget.visible = one is not None
        self.accept_button.text = _accept_text(one)
        own = Path(self._folder or ".") / ("" if one is None or one.organ else one.folder)  # organs have one together
        self.layout.set_there(one is not None and (own / LAYOUT).is_file())
        self.exporting.show_what(several=one is not None and bool(one.organ))
        self._tell_verdict("" if one is None else one.verdict)
        self._enable()

    def _tell_verdict(self, verdict: str) -> None:
        self._verdict = verdict
        head, colon, rest = verdict.partition(":")
        color = next((ink_name(state, self.widget) for start, state, _mark in GRADES if head.lower() == start), "")
        if color and colon:
            head, rest = (html.escape(part, quote=False) for part in (head, rest))
            text = f'<b><span style="color:{color}">{head}:</span></b>{rest}'
        else:
            text = html.escape(verdict, quote=False)
        self.verdict_label.text = text
        self.verdict_label.visible = bool(verdict)

    def _tell_run(self, result: dict) -> None:
        seconds = result.get("seconds")
        is_known = isinstance(seconds, int | float) and seconds > 0
        self.seconds_label.text = _("The run took {seconds:.1f} s.").format(seconds=seconds) if is_known else ""
        self.seconds_label.visible = is_known

    def _set_agreement(self, sentence: str, has_map: bool) -> None:
        self.set_agreement(False)
        self.agreement_check.visible = has_map
        self.agreement_label.text = html.escape(sentence, quote=False)
        self.agreement_label.visible = bool(sentence)

    def _set_next(self, found: NextContour | None) -> None:
        self._next = found
        self.next_label.text = "" if found is None else html.escape(found.sentence, quote=False)
        self.next_row.visible = found is not None

    def _enable(self) -> None:
        self.accept_button.enabled = self.has_result and not self._busy
        self.layout.set_busy(self._busy)
        self.exporting.set_enabled(self.has_result and not self._exporting_now)
        self.steps.set_state(has_result=self.has_result, busy=self._busy)
        held = any(one.organ for one in self._candidates)
        self.steps.refuse(edit=ASKS_SEVERAL if self._asks_several else HOLDS_SEVERAL if held else "",
                          vary=ASKS_SEVERAL if self._asks_several else "")  # fmt: skip

    # ---- what the user does

    def _selected(self, index: int) -> None:
        self.show_error("")
        self._show_selected()
        self.on_select(index)

    def _accept(self) -> None:
        if self.has_result:
            self.on_accept(self.selected())

    def _draw_next(self) -> None:
        if self._next is not None:
            self.on_next_contour(self._next.view, self._next.position_mm)

    def _agreement_toggled(self, shown: bool) -> None:
        self.on_agreement(bool(shown))


def _accept_text(one) -> str:
    if one is None:
        return _("Accept")
    return _("Accept all organs") if one.organ else _("Accept candidate {index}").format(index=one.index + 1)

"""The geometry panel: a text and a row for each number, in step with each other.

Both are views of one `GeometryState`. An edit of either changes the state, and the state is shown in both with their
signals off, so that neither answers the other.
"""

from __future__ import annotations

from typing import Any

import qt

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import DescriptionError, Sketch2CTError

from ..backend.tasks import SegmentTask
from ..widgets.events import Listeners, slot
from ..widgets.help import help_button
from ..widgets.icons import icon, icon_button
from ..widgets.layout import chosen, combo_box, fill, label_of, push_button, row, text_label, without_margins
from ..widgets.terms import organ_in_text
from ..widgets.translation import _
from .llm import GeometryLlm
from .memory import GeometryMemory
from .phrases import SYSTEMS, unit_of
from .rows import GeometryRows
from .state import GeometryState
from .text_editor import TextEditor, conflict_html, understood_html

_SPACING = 6


class GeometryPanel:
    """What the organ shall be like, in words and numbers.

    Args:
        segments: Object with `choices()` → [(key, title)] and `mask(key)` → (mask_kji, VoxelGrid); None without a
            scene.
        describer: LlmSettings → an object with `prompt` and `start` as `llm.LlmCaller`, the default.

    Attributes:
        widget: The panel.
        on_changed: Called after each edit of a person, without arguments.
        on_key: Called at each key in the text, before it is read.
        on_message: Called with one sentence for the status line.
    """

    def __init__(self, segments=None, describer=None) -> None:
        self.on_changed, self.on_message = Listeners(), Listeners()
        self._segments, self._measuring = segments, None
        self.state = GeometryState()
        self.editor, self.rows = TextEditor(beside=self.state.beside), GeometryRows()
        self.llm = GeometryLlm(describer, self._asked)
        self.understood, self.conflict = _label(), _label()
        self.widget = qt.QWidget()
        layout = without_margins(qt.QVBoxLayout(self.widget), _SPACING)
        parts = (self.editor.widget, self.understood, self._tool_row(), self._segment_row(), self.llm.widget)
        for part in (*parts, self.rows.common, self.conflict, self.rows.more):
            layout.addWidget(part)
        self.on_key = self.editor.on_key
        self.editor.on_typed.add(self._typed)
        self.editor.on_undone.add(self._undone)
        self.rows.on_edit.add(self._row_edited)
        self.llm.on_words.add(self._llm_said)
        self.llm.on_failed.add(self._say)
        self.rows.set_structure(self.state.structure)
        self.rows.set_system(SYSTEMS[0][0])
        self._show(undoable=False)
        self.refresh_choices()

    def _tool_row(self):
        self.llm_button = push_button(
            _("Describe with an LLM…"),
            _("Let a language model put the numbers into words. You see first what would be sent, and to whom."),
            slot(self._llm_clicked, self._fault),
        )
        self.units = combo_box(_("Units of the rows; a text may use any."), SYSTEMS)
        self.units.connect("currentIndexChanged(int)", self._units_chosen)
        self.buttons = {
            "undo": icon_button(
                "undo", _("Undo"), _("Undo the last change of text or numbers (Ctrl+Z in the text)."), self._undo
            ),
            "redo": icon_button("redo", _("Redo"), _("Redo what was undone (Ctrl+Shift+Z in the text)."), self._redo),
            "clear": icon_button(
                "clear", _("Clear"), _("Take out the text and all numbers. Undo brings them back."), self._clear
            ),
        }
        units = label_of(self.units, _("Units")), self.units
        return row(self.llm_button, None, *units, *self.buttons.values(), help_button("geometry"))

    def _segment_row(self):
        self.segment = combo_box(_("The segment whose numbers are taken."))
        self.measure_button = push_button(
            _("Measure from segment"),
            _("Fill all rows with the numbers of the segment; rows with a value are overwritten."),
            slot(self._measure, self._fault),
        )
        holder = row(label_of(self.segment, _("Segment")), (self.segment, 1), self.measure_button)
        if self._segments is None:
            holder.visible = False  # never True: without a parent it would be a window
        return holder

    # ---- for the others

    def set_structure(self, name: str) -> None:
        """Another structure: text and numbers stay, rows and usual ranges are its own."""
        self.editor.flush()
        self.state.set_structure(name)
        self.rows.set_structure(self.state.structure)
        self._show()

    def description(self):
        """What stands there as a GeometryDescription, the words without those that a number refutes.

        Raises:
            Sketch2CTError: The text cannot be read, or the numbers contradict each other.
        """
        from Sketch2CTLib.description.merging import merged_description

        self.editor.flush()
        return merged_description(self.state.description())

    def read_so_far(self) -> tuple[str, Any, str | None]:
        """What a scene keeps: the text as it was last read, its description, and what was typed since then.

        Returns:
            Text, GeometryDescription (None: its numbers contradict each other), text that was not read yet (or None).
        """
        from Sketch2CTLib.description.merging import merged_description

        try:
            description = merged_description(self.state.description())
        except Sketch2CTError:
            description = None
        return self.state.text, description, self.editor.text if self.editor.is_pending else None

    def set_description(self, description, text: str | None = None) -> None:
        """Shows a description, as of a scene that was opened; no listener is called.

        Args:
            description: A GeometryDescription.
            text: Another text in place of its own; by default its own, or one made of its numbers where it has none.
        """
        self.stop()
        self.state.set_description(description, text)
        self.rows.set_structure(self.state.structure)
        self._show(undoable=False)

    def entered(self) -> GeometryMemory:
        """What stands there with its history, for `turn_to`."""
        self.editor.flush()
        return GeometryMemory(self.state.structure, *self.editor.history)

    def turn_to(self, memory: GeometryMemory) -> None:
        """Shows text and numbers of another organ with their history; no listener is called."""
        self.stop()
        self.state.structure = memory.structure
        self.state.restore(*memory.present)
        self.rows.set_structure(self.state.structure)
        self.editor.recall((memory.history, memory.at))
        self._show()

    def text(self) -> str:
        """What stands in the editor."""
        return self.editor.text

    def set_text(self, text: str) -> None:
        """Writes another text, as if it had been typed; it is read at once."""
        self.editor.show(text)
        self._typed(self.editor.text)

    def show_palette(self) -> None:
        """The colours changed: icons and inks are those of the present ones."""
        for name, button in self.buttons.items():
            button.icon = icon(name, button.palette)
        self._ink()

    def refresh_choices(self) -> None:
        """The scene changed: the segments are read again."""
        if self._segments is not None:
            fill(self.segment, self._segments.choices())
        self._show_measuring()

    # ---- edits

    def _typed(self, text: str) -> None:
        self.state.take_text(text)
        self._show()
        self.on_changed()

    def _undone(self, text: str, beside) -> None:
        self.state.restore(text, beside)
        self._show()
        self.on_changed()

    def _undo(self) -> None:
        self._give_up_runs()
        self.editor.undo()

    def _redo(self) -> None:
        self._give_up_runs()
        self.editor.redo()

    def _row_edited(self, name: str, value: float | None) -> None:
        self.editor.flush()
        try:
            self.state.set_number(name, value, unit_of(name, self.rows.system))
        except DescriptionError as error:
            self._say(str(error))
        self._show()
        self.on_changed()

    def _units_chosen(self, _index) -> None:
        self.rows.set_system(chosen(self.units))

    def _clear(self) -> None:
        self.stop()
        self.state.clear()
        self._show()
        self.on_changed()

    # ---- what is shown

    def _show(self, *, undoable: bool = True) -> None:
        self.editor.show(self.state.text, undoable=undoable)
        self._ink()
        self.buttons["undo"].enabled, self.buttons["redo"].enabled = self.editor.can_undo, self.editor.can_redo
        self.llm.refresh()

    def _ink(self) -> None:
        """Shows all that has a colour."""
        state, conflicts = self.state, self.state.contradictions()
        pieces = state.read.understood if state.fault is None else ()
        if not self.editor.is_pending:  # else they are of another text
            self.editor.mark([(piece.start, piece.end, piece.kind) for piece in pieces])
        self.rows.show(state.numbers, state.unknown, {name for one in conflicts for name in one.names})
        _tell(self.understood, understood_html(state, self.widget))
        _tell(self.conflict, conflict_html(state, conflicts, self.widget))

    def _say(self, text: str) -> None:
        self.on_message(text)

    def _fault(self, error: Sketch2CTError) -> None:
        self._say(str(error))
        self._show_measuring()

    # ---- measuring

    def _measure(self) -> None:
        if self._measuring is not None:
            self._stop_measuring()
            return
        key = chosen(self.segment)
        title = str(self.segment.currentText)
        if key is None:
            return
        mask, grid = self._segments.mask(key)
        self._measuring = SegmentTask(
            mask,
            grid,
            {"task": "measure", "tubular": catalog.structure(self.state.structure).tubular},
            lambda answer: self._measured(title, answer["numbers"]),
            self._not_measured,
        )
        self._show_measuring()

    def _measured(self, title: str, numbers: dict[str, float]) -> None:
        self._stop_measuring()
        self.editor.flush()
        self.state.fill(numbers, {name: unit_of(name, self.rows.system) for name in numbers})
        self._show()
        self._say(_("{numbers} numbers were measured from '{title}'.").format(numbers=len(numbers), title=title))
        self.on_changed()

    def _not_measured(self, message: str, hint: str) -> None:
        self._stop_measuring()
        self._say(f"{message} {hint}".strip())

    def _stop_measuring(self) -> None:
        running, self._measuring = self._measuring, None
        if running is not None:
            running.cancel()
        self._show_measuring()

    def _show_measuring(self) -> None:
        busy = self._measuring is not None
        self.measure_button.text = _("Stop measuring") if busy else _("Measure from segment")
        self.measure_button.enabled = busy or chosen(self.segment) is not None
        self.segment.enabled = not busy

    def stop(self) -> None:
        """Gives up what runs: it would answer for something that no longer stands here, or to a panel that is gone."""
        self.editor.stop()
        self._give_up_runs()

    def _give_up_runs(self) -> None:
        self._stop_measuring()
        self.llm.stop()

    # ---- a language model

    def _asked(self) -> tuple[str, dict[str, float]]:
        if self.state.fault is not None:
            raise self.state.fault
        numbers = self.state.numbers
        if not numbers:
            title = organ_in_text(self.state.structure)
            raise DescriptionError(
                _("There are no numbers of the {title} to describe yet.").format(title=title),
                hint=_("Tick a row, or measure a segment."),
            )
        return self.state.structure, self.state.description().numbers

    def _llm_clicked(self) -> None:
        self.editor.flush()
        self.llm.open()

    def _llm_said(self, words: dict[str, str], summary: str, model: str) -> None:
        self.editor.flush()
        self.state.add_words(words)
        self._show()
        self._say(f"{model}: {summary}")
        self.on_changed()


def _label():
    label = text_label()
    label.textFormat = qt.Qt.RichText
    label.visible = False
    return label


def _tell(label, text: str) -> None:
    label.text = text
    label.visible = bool(text)

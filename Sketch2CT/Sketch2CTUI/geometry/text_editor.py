"""The text of the geometry panel: listeners hear of edits a moment after the last key; what was understood is marked.

Undo and redo are the editor's own: Qt's would take marks for edits. A step is what was typed between two pauses, or
what a row wrote; it is written at the place that differs, and the cursor stays.
"""

from __future__ import annotations

from html import escape
from typing import Any

import qt

from Sketch2CTLib.description.consistency import HINT
from Sketch2CTLib.description.flags import with_unit

from ..widgets.events import Listeners, install_filter
from ..widgets.painting import ink_name
from ..widgets.terms import quantity_title
from ..widgets.translation import _

DELAY_MS = 300  # after the last key
_LINES = 4
_MOST_STEPS = 500  # of the history
_HINT = _("For example: about 1.4 litres, 20 cm wide, with a smooth surface")
_TIP = _(
    "Say in plain English how large the organ is and how it is shaped. What is understood is underlined and fills the "
    "rows below; rows that you change are written here."
)
_UNDERLINES = {"number": "SingleUnderline", "word": "DotLine", "unknown": "DashUnderline"}
_TINTS = {"number": 62, "word": 34, "unknown": 34}  # of 255
_MOST_READINGS, _MOST_NOTES, _MOST_BESIDE = 12, 3, 4
_JOINT = "&nbsp;&nbsp;· "


class UndoKeys(qt.QObject):
    """Sends the keys for undo and redo to the editor's own history.

    Args:
        undo, redo: Called without arguments.
    """

    def __init__(self, undo, redo) -> None:
        super().__init__()
        self._undo, self._redo = undo, redo

    def eventFilter(self, _watched, event) -> bool:
        """Takes these keys and leaves all else."""
        if event.type() == qt.QEvent.KeyPress:
            if event.matches(qt.QKeySequence.Undo):
                self._undo()
                return True
            if event.matches(qt.QKeySequence.Redo):
                self._redo()
                return True
        return False


class TextEditor:
    """A plain text with marked pieces.

    Args:
        delay_ms: How long after the last key an edit is told.
        beside: Gives what stands beside the text and is undone with it, a value that compares; called after each edit.

    Attributes:
        widget: The QTextEdit.
        on_key: Called at once when somebody changed the text.
        on_typed: Called with the text, a moment after somebody changed it.
        on_undone: Called with the text and what stood beside it, after undo and redo.
    """

    def __init__(self, delay_ms: int = DELAY_MS, beside=lambda: None) -> None:
        self.on_key, self.on_typed, self.on_undone = Listeners(), Listeners(), Listeners()
        self._beside = beside
        self.widget = qt.QTextEdit()
        self.widget.acceptRichText = False
        self.widget.undoRedoEnabled = False
        self.widget.tabChangesFocus = True
        self.widget.placeholderText = _HINT
        self.widget.toolTip, self.widget.accessibleName = _TIP, _("Geometry in words and numbers")
        line = self.widget.fontMetrics().lineSpacing()
        self.widget.setFixedHeight(_LINES * line + 14)
        self._timer = qt.QTimer()
        self._timer.interval = delay_ms
        self._timer.connect("timeout()", self._tell)
        self._known = ""
        self._history, self._at = [("", beside())], 0
        self._keys = UndoKeys(self.undo, self.redo)
        install_filter(self.widget, self._keys)
        self.widget.connect("textChanged()", self._changed)

    @property
    def text(self) -> str:
        """The text as it stands."""
        return str(self.widget.plainText)

    @property
    def is_pending(self) -> bool:
        """Whether the listeners have not heard of a change yet."""
        return bool(self._timer.active)

    def flush(self) -> None:
        """Calls the listeners now, where a change waits for that."""
        if self._timer.active:
            self._timer.stop()
            self._tell()

    def stop(self) -> None:
        """Forgets a change that the listeners have not heard of: the panel goes away or shows something else."""
        self._timer.stop()

    def show(self, text: str, *, undoable: bool = True) -> None:
        """Shows another text without calling the listeners.

        Args:
            text: Plain.
            undoable: Whether Undo brings the present one back; else the history begins anew.
        """
        self._timer.stop()
        if undoable and self.text != self._history[self._at][0]:  # typed, and not told yet
            self._remember()
        self._write(text)
        if undoable:
            self._remember()
        else:
            self._history, self._at = [(self.text, self._beside())], 0

    @property
    def history(self) -> tuple[tuple[tuple[str, Any], ...], int]:
        """Every text with what stood beside it, and which of them is the present one."""
        return tuple(self._history), self._at

    def recall(self, history: tuple[tuple[tuple[str, Any], ...], int]) -> None:
        """Shows a text with the `history` that it had; no listener is called."""
        self._timer.stop()
        self._history, self._at = list(history[0]), history[1]
        self._write(self._history[self._at][0])

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier text, or something else beside it."""
        return self._at > 0 or self.is_pending

    @property
    def can_redo(self) -> bool:
        """Whether something was undone since the last edit."""
        return self._at + 1 < len(self._history)

    def undo(self) -> None:
        """Goes back to the text before the last pause or change; the listeners hear of it."""
        self.flush()
        self._step(-1)

    def redo(self) -> None:
        """Undoes `undo`."""
        self.flush()
        self._step(1)

    def mark(self, pieces) -> None:
        """Marks pieces of the text, and takes the earlier marks away.

        Args:
            pieces: (start, end, kind) in characters, kinds of `Understood`; where two overlap the first is shown.
        """
        before = self.widget.blockSignals(True)
        try:
            self._paint(_kinds(self.text, pieces))
            self.widget.setCurrentCharFormat(qt.QTextCharFormat())
        finally:
            self.widget.blockSignals(before)

    def marks(self) -> list[str]:
        """The kind of the mark at each place of the text ('' for none), in places of Qt."""
        cursor = qt.QTextCursor(self.widget.document)
        names = {getattr(qt.QTextCharFormat, style): kind for kind, style in _UNDERLINES.items()}
        marks = []
        for at in range(1, _units(self.text) + 1):
            cursor.setPosition(at)
            marks.append(names.get(cursor.charFormat().underlineStyle(), ""))
        return marks

    # ---- details

    def _changed(self) -> None:
        """Formats change too; only another text is an edit."""
        if self.text != self._known:
            self._known = self.text
            self._timer.start()
            self.on_key()

    def _tell(self) -> None:
        self._timer.stop()
        self.on_typed(self.text)  # what stands beside the text follows it, and one step holds both
        self._remember()

    def _remember(self) -> None:
        now = self.text, self._beside()
        if now != self._history[self._at]:
            self._history = [*self._history[: self._at + 1], now][-_MOST_STEPS:]
            self._at = len(self._history) - 1

    def _step(self, way: int) -> None:
        to = self._at + way
        if 0 <= to < len(self._history):
            self._at = to
            text, beside = self._history[to]
            self._write(text)
            self.on_undone(text, beside)

    def _write(self, text: str) -> None:
        """Writes the part that differs; the cursor follows only where it stands behind it."""
        before = self.widget.blockSignals(True)
        try:
            old = self.text
            start, old_end, new_end = _difference(old, text)
            cursor = qt.QTextCursor(self.widget.document)
            cursor.setPosition(_units(old[:start]))
            cursor.setPosition(_units(old[:old_end]), qt.QTextCursor.KeepAnchor)
            cursor.insertText(text[start:new_end], qt.QTextCharFormat())
        finally:
            self.widget.blockSignals(before)
        self._known = self.text

    def _paint(self, kinds: list[str]) -> None:
        cursor = qt.QTextCursor(self.widget.document)
        cursor.beginEditBlock()
        try:
            cursor.setPosition(0)
            cursor.setPosition(len(kinds), qt.QTextCursor.KeepAnchor)
            cursor.setCharFormat(qt.QTextCharFormat())
            for start, end, kind in _runs(kinds):
                cursor.setPosition(start)
                cursor.setPosition(end, qt.QTextCursor.KeepAnchor)
                cursor.setCharFormat(self._format(kind))
        finally:
            cursor.endEditBlock()

    def _format(self, kind: str):
        char_format = qt.QTextCharFormat()
        tint = qt.QColor(self.widget.palette.color(qt.QPalette.Highlight))
        char_format.setUnderlineColor(qt.QColor(tint))
        char_format.setUnderlineStyle(getattr(qt.QTextCharFormat, _UNDERLINES[kind]))
        tint.setAlpha(_TINTS[kind])
        char_format.setBackground(qt.QBrush(tint))
        return char_format


def _units(text: str) -> int:
    """Length in places of Qt: characters beyond the first 65,536 take two."""
    return len(text) + sum(ord(one) > 0xFFFF for one in text)


def _kinds(text: str, pieces) -> list[str]:
    """Kind at each place of Qt."""
    kinds = [""] * len(text)
    for start, end, kind in pieces:
        for at in range(max(start, 0), min(end, len(text))):
            kinds[at] = kinds[at] or kind
    return [kind for kind, one in zip(kinds, text, strict=True) for _ in range(_units(one))]


def _runs(kinds: list[str]):
    """(start, end, kind) of each marked stretch."""
    start = 0
    for at in range(1, len(kinds) + 1):
        if at == len(kinds) or kinds[at] != kinds[start]:
            if kinds[start]:
                yield start, at, kinds[start]
            start = at


def _difference(old: str, new: str) -> tuple[int, int, int]:
    """(Start, end in the old, end in the new text) of what differs."""
    most = min(len(old), len(new))
    start = next((at for at in range(most) if old[at] != new[at]), most)
    tail = 0
    while tail < most - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return start, len(old) - tail, len(new) - tail


def understood_html(state: Any, widget) -> str:
    """'Understood: Volume 1,400 mL ± 10 % · Surface smoothness: smooth', what is held beside the text, and notes."""
    if state.fault is not None:
        return _fault(str(state.fault), widget)
    lines = []
    readings = list(dict.fromkeys(_nowrap(piece.reading) for piece in state.read.understood))
    if readings:
        lines.append(_("<b>Understood:</b> {items}").format(items=_JOINT.join(_first(readings, _MOST_READINGS))))
    beside = [
        _nowrap(f"{quantity_title(name)} {with_unit(name, state.numbers[name])}") for name in state.numbers_beside
    ]
    beside += [_nowrap(f"{name.replace('_', ' ')}: {word}") for name, word in state.words_beside.items()]
    if beside:
        lines.append(_("<b>Beside the text:</b> {items}").format(items=_JOINT.join(_first(beside, _MOST_BESIDE))))
    ink = ink_name("unknown", widget)
    lines += [f"<span style='color:{ink}'>{escape(note)}</span>" for note in _first(list(state.notes()), _MOST_NOTES)]
    return "<br>".join(lines)


def conflict_html(state: Any, conflicts: Any, widget) -> str:
    """The first contradiction in one sentence, what to do, and how many more there are; '' where there is none."""
    if not conflicts:
        return ""
    more = _(" ({count} more such)").format(count=len(conflicts) - 1) if len(conflicts) > 1 else ""
    return _fault(f"{conflicts[0].message}{more} {HINT}", widget)


def _fault(text: str, widget) -> str:
    return f"<span style='color:{ink_name('off', widget)}'><b>✗</b> {escape(text)}</span>"


def _nowrap(text: str) -> str:
    return escape(text).replace(" ", "&nbsp;")


def _first(parts: list[str], most: int) -> list[str]:
    return parts if len(parts) <= most else [*parts[:most], _("and {count} more").format(count=len(parts) - most)]

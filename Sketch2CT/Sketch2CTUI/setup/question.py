"""A question inside a panel in place of a dialog: a text and two buttons that are there until one is clicked."""

from __future__ import annotations

import html

import qt

from ..widgets.colors import ink_name
from ..widgets.guard import slot

_MARKS = {"ok": ("✓", "met"), "warning": ("!", "unknown"), "stop": ("✗", "off")}


class InlineQuestion:
    """Hidden until `ask`.

    Args:
        tell: Called with a Sketch2CTError where what an answer starts fails.
    """

    def __init__(self, tell):
        self._on_yes = self._on_no = None
        self._text = ""
        self.widget = qt.QFrame()
        self.widget.frameShape = qt.QFrame.StyledPanel
        layout = qt.QVBoxLayout(self.widget)
        self.label = qt.QLabel()
        self.label.wordWrap = True
        row = qt.QHBoxLayout()
        self.yes_button, self.no_button = qt.QPushButton(), qt.QPushButton()
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
        self.yes_button.toolTip, self.no_button.toolTip = f"{yes} now.", f"{no}: nothing is changed."
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

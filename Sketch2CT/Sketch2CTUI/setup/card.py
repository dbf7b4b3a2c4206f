"""A model's card: its first paragraph and a link, and the whole of it once somebody opens it."""

from __future__ import annotations

import html
import re
from collections import deque
from pathlib import Path

import qt

from ..widgets.events import timer
from ..widgets.layout import check_box, text_label, without_margins
from ..widgets.translation import _
from .model_files import CARD

_HEIGHT = 190  # pixels of the whole card
_NO_CARD = _("{model}: no card came with it. Parts: {parts}. Use: {use}.")


class CardView:
    """The card of the model that is selected; folded, nothing of it but its head is laid out."""

    def __init__(self) -> None:
        self._model, self._rendered = None, ""
        self._pieces: deque[str] = deque()
        self._timer = timer(1, self._lay_out)
        self.widget = qt.QWidget()
        self.head = text_label(tip=_("What the selected model draws and for what it may be used."))
        self.head.openExternalLinks = True
        tip = _("What it was trained on, how well it does, its limits.")
        self.check = check_box(_("Show the whole card"), tip, self._unfold)
        self.view = qt.QTextBrowser()
        self.view.setFixedHeight(_HEIGHT)
        self.view.openLinks = False  # they lead into the repository
        self.view.toolTip, self.view.accessibleName, self.view.tabChangesFocus = tip, _("Model card"), True
        self.view.visible = False
        column = without_margins(qt.QVBoxLayout(self.widget))
        for widget in (self.head, self.check, self.view):
            column.addWidget(widget)

    def show(self, model) -> None:
        """Another model; None hides all.

        Args:
            model: A `model_store.StoredModel`.
        """
        self._model = model
        self.widget.visible = model is not None
        if model is None:
            return
        self.head.text = head_text(model)
        self.check.visible = bool(model.card)
        self._unfold(self.check.checked)

    def show_palette(self) -> None:
        """The colours changed: links are inked as they are laid out."""
        if self._model is not None:
            self._rendered = ""
            self.head.text = ""
            self.show(self._model)

    def _unfold(self, unfolded) -> None:
        card = self._model.card if self._model is not None else ""
        self.view.visible = bool(unfolded) and bool(card)
        if unfolded and card and card != self._rendered:
            self._rendered = card
            self.view.clear()
            self._pieces = deque(re.split(r"\n(?=## )", light_markdown(card)))
            self._timer.start()

    def _lay_out(self) -> None:
        """One section on each turn of the event loop: the whole takes 70 ms, a section 6."""
        self._timer.stop()
        if not self._pieces:
            return
        part = qt.QTextDocument()
        part.setMarkdown(self._pieces.popleft())
        cursor = qt.QTextCursor(self.view.document)
        cursor.movePosition(qt.QTextCursor.End)
        cursor.insertFragment(qt.QTextDocumentFragment(part))
        if self._pieces:
            self._timer.start()


def head_text(model) -> str:
    """The card's first paragraph as rich text, with a link to the file."""
    paragraph = first_paragraph(model.card)
    if not paragraph:
        use = _("draws masks") if model.generates else _("checks volumes: it finds the organ again")
        sentence = _NO_CARD.format(model=model.title, parts=", ".join(model.parts) or _("unknown"), use=use)
        return html.escape(sentence, quote=False)
    marked = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(paragraph, quote=False))
    marked = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", marked).replace("`", "")
    address = html.escape((Path(model.folder) / CARD).absolute().as_uri())
    return f'{marked} <a href="{address}">{_("The card as a file")}</a>'


def first_paragraph(card: str) -> str:
    """The first lines of a card that are neither heading nor table; '' where there are none."""
    blocks = (block.strip() for block in re.split(r"\n\s*\n", card))
    return next((" ".join(block.split()) for block in blocks if block and block[0] not in "#|<!["), "")


def light_markdown(card: str) -> str:
    """The card with its tables as they are written: Qt 5 takes a second to lay out tables of Markdown."""
    lines, inside = [], False
    for line in card.splitlines():
        row = line.startswith("|")
        if row != inside:
            lines += ["```"] if inside else ["", "```"]
            inside = row
        lines.append(line)
    return "\n".join([*lines, "```"] if inside else lines)

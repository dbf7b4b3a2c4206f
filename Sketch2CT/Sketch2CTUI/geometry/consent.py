"""The question before anything goes to a language model: to whom, and the very words. Nothing is sent by this view."""

from __future__ import annotations

import json
import os
from typing import Any

import qt

from Sketch2CTLib.errors import Sketch2CTError

from ..widgets.form_rows import add_field, field_rows
from ..widgets.layout import push_button, row
from ..widgets.listeners import Listeners

LONGEST_ANSWER = 600  # tokens, as the library asks for
_HEIGHT = 150  # pixels of the text that would be sent
_INTRO = (
    "<b>Nothing has been sent.</b> A language model can put the shape into words. Only the text in the box below would "
    "be sent; your own text, the drawing and all scans stay here."
)
_AGAIN = "Do not ask again for this server and model"


class LlmConsent:
    """What would be sent, and Send or Cancel.

    Attributes:
        widget: Hidden until `ask`.
        on_send: Called without arguments; `settings()` and `key` say how.
        on_cancel: Called without arguments.
        on_address: Called when server or model are edited: what would be sent is other.
    """

    def __init__(self) -> None:
        self.on_send, self.on_cancel, self.on_address = Listeners(), Listeners(), Listeners()
        self._allowed: set[tuple[str, str]] = set()
        self.widget = qt.QFrame()
        self.widget.frameShape = qt.QFrame.StyledPanel
        layout = qt.QVBoxLayout(self.widget)
        intro = qt.QLabel(_INTRO)
        intro.wordWrap = True
        layout.addWidget(intro)
        layout.addWidget(self._address())
        self.where = qt.QLabel("")
        self.where.wordWrap = True
        layout.addWidget(self.where)
        layout.addWidget(self._content())
        self.again = qt.QCheckBox(_AGAIN)
        self.again.toolTip = (
            "Ticked: the next click on 'Describe with an LLM…' sends at once, until the program is closed."
        )
        layout.addWidget(self.again)
        layout.addWidget(self._buttons())
        self.widget.visible = False

    def _address(self):
        from Sketch2CTLib.description.llm.settings import DEFAULT_MODEL, KEY_VARIABLE, LlmSettings

        holder = qt.QWidget()
        form = field_rows(holder)
        self.server, self.model, self.password = qt.QLineEdit(), qt.QLineEdit(DEFAULT_MODEL), qt.QLineEdit()
        try:
            self.server.text = LlmSettings().endpoint().url
        except Sketch2CTError:
            self.server.text = os.environ.get("OPENAI_BASE_URL", "")
        self.server.toolTip = (
            "Address of a server that speaks OpenAI's protocol, up to its version: also one of your own."
        )
        self.model.toolTip = "Name by which the server knows the model."
        self.password.echoMode = qt.QLineEdit.Password
        self.password.placeholderText = f"from {KEY_VARIABLE}" if os.environ.get(KEY_VARIABLE) else "of your account"
        self.password.toolTip = (
            "Your key for that server. It is kept until the program is closed and never saved; "
            f"by default {KEY_VARIABLE} of the environment."
        )
        add_field(form, "Server", self.server)
        add_field(form, "Model", self.model)
        add_field(form, "Key", self.password)
        for line in (self.server, self.model):
            line.connect("textChanged(QString)", self._address_edited)
        return holder

    def _content(self):
        self.content = qt.QPlainTextEdit()
        self.content.readOnly = True
        self.content.toolTip = "The very text that would be sent, and nothing else."
        self.content.font = qt.QFontDatabase.systemFont(qt.QFontDatabase.FixedFont)
        self.content.setFixedHeight(_HEIGHT)
        return self.content

    def _buttons(self):
        self.send = push_button("Send", "Send the text in the box to the server above.", self._sent)
        self.cancel = push_button("Cancel", "Send nothing.", self._cancelled)
        return row(None, self.cancel, self.send)

    # ---- what is asked

    def ask(self, prompt: Any) -> None:
        """Shows what would be sent.

        Args:
            prompt: An LlmPrompt; None where there is none, with the reason in `refuse`.
        """
        try:
            settings = self.settings()
            endpoint = settings.endpoint()
        except Sketch2CTError as error:
            self.refuse(str(error))
            return
        self.content.plainText = request_text(settings, prompt)
        self.where.text = _where(endpoint)
        self.send.enabled = True
        self.widget.visible = True

    def refuse(self, why: str) -> None:
        """Says why nothing could be sent."""
        self.content.plainText = ""
        self.where.text = why
        self.send.enabled = False
        self.widget.visible = True

    def hide(self) -> None:
        """Takes the question back."""
        self.widget.visible = False

    @property
    def is_asking(self) -> bool:
        """Whether the question stands there."""
        return not self.widget.isHidden()

    def settings(self):
        """Server and model as an LlmSettings.

        Raises:
            ConfigError: One of them cannot be.
        """
        from Sketch2CTLib.description.llm import LlmSettings

        return LlmSettings(model=str(self.model.text).strip(), base_url=str(self.server.text).strip() or None)

    @property
    def key(self) -> str:
        """What stands in the key's field; '' for that of the environment."""
        return str(self.password.text).strip()

    def is_allowed(self) -> bool:
        """Whether this server and model were allowed for the session."""
        try:
            settings = self.settings()
            return (settings.endpoint().url, settings.model) in self._allowed
        except Sketch2CTError:
            return False

    # ---- what is clicked

    def _address_edited(self, _text) -> None:
        self.again.checked = False
        self.on_address()

    def _sent(self) -> None:
        if self.again.checked:
            settings = self.settings()
            self._allowed.add((settings.endpoint().url, settings.model))
        self.hide()
        self.on_send()

    def _cancelled(self) -> None:
        self.hide()
        self.on_cancel()


def request(settings: Any, prompt: Any) -> dict[str, Any]:
    """The body of the request, as the library sends it."""
    schema = {"name": "geometric_words", "strict": True, "schema": prompt.schema()}
    body = {
        "model": settings.model,
        "messages": prompt.messages(),
        "response_format": {"type": "json_schema", "json_schema": schema},
        "temperature": settings.temperature,
        "max_tokens": LONGEST_ANSWER,
    }
    return body if settings.seed is None else body | {"seed": settings.seed}


def request_text(settings: Any, prompt: Any) -> str:
    """The same for people: the messages as they are read, then the body in full."""
    said = "\n\n".join((f"— Rules\n{prompt.system}", f"— Question\n{prompt.user}"))
    body = json.dumps(request(settings, prompt), indent=1, ensure_ascii=False)
    return f"{said}\n\n— All of it as it is sent\n{body}\n"


def _where(endpoint: Any) -> str:
    url = f"Goes to {endpoint.url}/chat/completions"
    if endpoint.is_local:
        return f"{url}, on this computer."
    if endpoint.is_open:
        return f"{url}: it leaves this computer UNENCRYPTED, everybody on the way can read it."
    return f"{url}: it leaves this computer. An answer that cannot be used is sent back once, with the reason."

"""Words from a language model: consent first, then the call beside the event loop, then its words or one sentence."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import qt

from Sketch2CTLib.errors import Sketch2CTError

from ..backend.tasks import TaskProcess
from ..widgets.events import Listeners, attempt, slot
from ..widgets.layout import add_field, field_rows, push_button, row, text_label, without_margins
from ..widgets.translation import _

LONGEST_ANSWER = 600  # tokens, as the library asks for
_HEIGHT = 150  # pixels of the text that would be sent
_INTRO = _(
    "<b>Nothing has been sent.</b> A language model can put the shape into words. Only the text in the box below would "
    "be sent; your own text, the drawing and all scans stay here."
)
_AGAIN = _("Do not ask again for this server and model")


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
        layout.addWidget(text_label(_INTRO))
        layout.addWidget(self._address())
        self.where = text_label()
        layout.addWidget(self.where)
        layout.addWidget(self._content())
        self.again = qt.QCheckBox(_AGAIN)
        self.again.toolTip = _(
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
        self.server.toolTip = _(
            "Address of a server that speaks OpenAI's protocol, up to its version: also one of your own."
        )
        self.model.toolTip = _("Name by which the server knows the model.")
        self.password.echoMode = qt.QLineEdit.Password
        self.password.placeholderText = (
            _("from {variable}").format(variable=KEY_VARIABLE) if os.environ.get(KEY_VARIABLE) else _("of your account")
        )
        self.password.toolTip = _(
            "Your key for that server. It is kept until the program is closed and never saved; by default"
            " {variable} of the environment."
        ).format(variable=KEY_VARIABLE)
        add_field(form, _("Server"), self.server)
        add_field(form, _("Model"), self.model)
        add_field(form, _("Key"), self.password)
        for line in (self.server, self.model):
            line.connect("textChanged(QString)", self._address_edited)
        return holder

    def _content(self):
        self.content = qt.QPlainTextEdit()
        self.content.readOnly, self.content.tabChangesFocus = True, True
        self.content.accessibleName = _("What would be sent")
        self.content.toolTip = _("The very text that would be sent, and nothing else.")
        self.content.font = qt.QFontDatabase.systemFont(qt.QFontDatabase.FixedFont)
        self.content.setFixedHeight(_HEIGHT)
        return self.content

    def _buttons(self):
        self.send = push_button(_("Send"), _("Send the text in the box to the server above."), self._sent)
        self.cancel = push_button(_("Cancel"), _("Send nothing."), self._cancelled)
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
    messages = "\n\n".join((f"— Rules\n{prompt.system}", f"— Question\n{prompt.user}"))
    body = json.dumps(request(settings, prompt), indent=1, ensure_ascii=False)
    return f"{messages}\n\n— All of it as it is sent\n{body}\n"


def _where(endpoint: Any) -> str:
    url = _("Goes to {url}/chat/completions").format(url=endpoint.url)
    if endpoint.is_local:
        return _("{url}, on this computer.").format(url=url)
    if endpoint.is_open:
        return _("{url}: it leaves this computer UNENCRYPTED, everybody on the way can read it.").format(url=url)
    return _(
        "{url}: it leaves this computer. An answer that cannot be used is sent back once, with the reason."
    ).format(url=url)


class LlmCaller:
    """The default describer: the library's own, in a process.

    Args:
        settings: LlmSettings.
    """

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def prompt(self, structure: str, numbers: dict[str, float]) -> Any:
        """All that `start` would send; see `LlmDescriber.prompt`."""
        from Sketch2CTLib.description.llm import LlmDescriber

        return LlmDescriber(self.settings).prompt(structure, numbers, {})

    def start(self, prompt: Any, key: str, on_done: Callable, on_failed: Callable) -> Any:
        """Sends a prompt.

        Args:
            prompt: From `prompt`.
            key: The user's key for the server; '' takes that of the environment.
            on_done: Called with {"words", "summary", "model"}.
            on_failed: Called with a message and a hint.

        Returns:
            What runs; `cancel()` gives it up.

        Raises:
            ConfigError: There is no key.
        """
        from Sketch2CTLib.description.llm.settings import KEY_VARIABLE

        endpoint = self.settings.endpoint()
        variables = {KEY_VARIABLE: key} if key else {}
        endpoint.key({**os.environ, **variables})
        task = {"task": "describe", "url": endpoint.url, "model": self.settings.model}
        task |= {"structure": prompt.structure, "numbers": prompt.numbers}
        return TaskProcess(task, on_done, on_failed, variables)


class GeometryLlm:
    """The consent view and the line that tells how the call goes.

    Args:
        describer: Settings → an object with `prompt` and `start` as `LlmCaller`.
        asked_of: Gives (structure, numbers) that would be sent; raises where there is nothing to send.

    Attributes:
        widget: Both, hidden until `open`.
        on_words: Called with the words, the summary and the model's name.
        on_failed: Called with one or two sentences.
    """

    def __init__(self, describer: Callable[[Any], Any] | None, asked_of: Callable[[], tuple[str, dict]]) -> None:
        self._describer, self._asked_of = describer or LlmCaller, asked_of
        self.on_words, self.on_failed = Listeners(), Listeners()
        self._caller: Any = None
        self._prompt: Any = None
        self._running: Any = None
        self._turn = 0
        self.consent = LlmConsent()
        self.status = text_label()
        self.stop_button = push_button(_("Stop"), _("Give the call up."), self.stop)
        self.status_row = row((self.status, 1), self.stop_button)
        self.status_row.visible = False
        self.widget = qt.QWidget()
        layout = without_margins(qt.QVBoxLayout(self.widget))
        layout.addWidget(self.consent.widget)
        layout.addWidget(self.status_row)
        self.consent.on_send.add(slot(self._send, self._fault))
        self.consent.on_address.add(self.refresh)

    @property
    def is_running(self) -> bool:
        """Whether an answer is waited for."""
        return self._running is not None

    def open(self) -> None:
        """The button was clicked: the question, or what was allowed for this session."""
        if self.is_running:
            return
        self._prepare()
        if self._prompt is not None and self.consent.is_allowed():
            attempt(self._send, self._fault)

    def refresh(self) -> None:
        """Numbers, structure or address are others: what is shown is what would be sent now."""
        if self.consent.is_asking:
            self._prepare()

    def stop(self) -> None:
        """Gives the call up, or takes the question back."""
        running, self._running = self._running, None
        self._turn += 1
        if running is not None:
            running.cancel()
        self.status_row.visible = False

    def _prepare(self) -> None:
        self._prompt = None
        try:
            structure, numbers = self._asked_of()
            self._caller = self._describer(self.consent.settings())
            self._prompt = self._caller.prompt(structure, numbers)
        except Sketch2CTError as error:
            self.consent.refuse(str(error))
        else:
            self.consent.ask(self._prompt)

    def _send(self) -> None:
        self.consent.hide()
        self._turn += 1
        turn, model = self._turn, self.consent.settings().model
        self.status.text = _("Waiting for {model} …").format(model=model)
        self.status_row.visible = True
        self._running = self._caller.start(
            self._prompt,
            self.consent.key,
            lambda answer: self._done(turn, answer),
            lambda message, hint: self._failed(turn, message, hint),
        )

    def _done(self, turn: int, answer: dict[str, Any]) -> None:
        if turn == self._turn:
            self._end()
            attempt(lambda: self.on_words(answer["words"], answer["summary"], answer["model"]), self._fault)

    def _failed(self, turn: int, message: str, hint: str) -> None:
        if turn == self._turn:
            self._end()
            self.on_failed(f"{message} {hint}".strip())

    def _fault(self, error: Sketch2CTError) -> None:
        self._end()
        self.on_failed(str(error))

    def _end(self) -> None:
        self._running = None
        self._turn += 1
        self.status_row.visible = False

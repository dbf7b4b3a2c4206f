"""Words from a language model: consent first, then the call beside the event loop, then its words or one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import qt

from Sketch2CTLib.errors import Sketch2CTError

from ..backend.task_process import GeometryProcess
from ..widgets.guard import attempt, slot
from ..widgets.layout import push_button, row, without_margins
from ..widgets.listeners import Listeners
from .consent import LlmConsent


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
        """Sends it.

        Args:
            prompt: From `prompt`.
            key: For the server; '' takes that of the environment.
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
        asked = {"task": "describe", "url": endpoint.url, "model": self.settings.model}
        asked |= {"structure": prompt.structure, "numbers": prompt.numbers}
        return GeometryProcess(asked, on_done, on_failed, variables)


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
        self.status = qt.QLabel("")
        self.status.wordWrap = True
        self.stop_button = push_button("Stop", "Give the call up.", self.stop)
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
        self.status.text = f"Waiting for {model} …"
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

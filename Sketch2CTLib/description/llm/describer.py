"""LlmDescriber: a shape's name, numbers and pictures → geometric words from a language model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import DescriptionError
from .answer import LlmDescription, read_answer
from .cache import AnswerCache, cache_key
from .chat import Chat, Reply
from .prompt import LlmPrompt, build_prompt
from .settings import LlmSettings

_LONGEST_ANSWER = 600  # tokens; an answer has about 150
_REPEATED = 4000  # characters of a wrong answer that are shown to the model again


class LlmDescriber:
    """Asks a language model for the words of a shape. Making one sends nothing.

    Args:
        settings: Model, server, bounds, cache.
        sleep, clock: Seconds; for tests.
    """

    def __init__(
        self,
        settings: LlmSettings | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings or LlmSettings()
        self._sleep, self._clock = sleep, clock
        folder = self.settings.cache_dir
        self._cache = AnswerCache(folder) if folder is not None else None

    def prompt(self, structure: str, numbers: Mapping[str, float], snapshots: Mapping[str, bytes]) -> LlmPrompt:
        """All that `describe` would send; see `build_prompt`."""
        return build_prompt(structure, numbers, snapshots)

    def describe(self, structure: str, numbers: Mapping[str, float], snapshots: Mapping[str, bytes]) -> LlmDescription:
        """Geometric words for a shape, from an earlier answer where there is one.

        Args:
            structure: Catalog name or alias.
            numbers: Any subset of the quantities.
            snapshots: View → PNG, any of axial, coronal and sagittal, at one scale.

        Raises:
            ConfigError: No key, or the key, the model or the address is refused.
            DescriptionError: The answer cannot be used: refused, cut off, malformed, or diagnostic twice.
            InputError: A picture or a number cannot be sent.
            MissingDependency: The openai package is not installed.
            ServiceUnavailable: The server is not there, busy, failing or silent.
        """
        prompt = self.prompt(structure, numbers, snapshots)
        return self.kept(prompt) or self.ask(prompt)

    def kept(self, prompt: LlmPrompt) -> LlmDescription | None:
        """The earlier answer to a prompt, checked anew; None where there is none. Sends nothing."""
        entry = self._cache.get(cache_key(self.settings, prompt)) if self._cache is not None else None
        text, model = (entry.get("text"), entry.get("model")) if entry is not None else (None, None)
        if not isinstance(text, str) or not isinstance(model, str):
            return None
        try:
            words, summary = read_answer(prompt.asked, text)
        except DescriptionError:
            return None
        return LlmDescription(words, summary, model, cached=True)

    def ask(self, prompt: LlmPrompt) -> LlmDescription:
        """The model's answer to a prompt, kept for the next time; raises as `describe`."""
        with Chat(self.settings, sleep=self._sleep, clock=self._clock) as chat:
            words, summary, reply = _settled(chat, self._request(prompt), prompt)
            usage = reply.usage | {"requests": chat.requests}
        if self._cache is not None:
            self._cache.put(cache_key(self.settings, prompt), {"text": reply.text, "model": reply.model})
        return LlmDescription(words, summary, reply.model, usage=usage)

    def _request(self, prompt: LlmPrompt) -> dict[str, Any]:
        schema = {"name": "geometric_words", "strict": True, "schema": prompt.schema()}
        request: dict[str, Any] = {
            "model": self.settings.model,
            "messages": prompt.messages(),
            "response_format": {"type": "json_schema", "json_schema": schema},
            "temperature": self.settings.temperature,
            "max_tokens": _LONGEST_ANSWER,
        }
        return request if self.settings.seed is None else request | {"seed": self.settings.seed}


def _settled(chat: Chat, request: Mapping[str, Any], prompt: LlmPrompt) -> tuple[dict[str, str], str, Reply]:
    """(Words, summary, reply) of the first answer that can be used; a wrong one is sent back once, with the reason."""
    reply = chat.ask(request)
    try:
        return *read_answer(prompt.asked, reply.text), reply
    except DescriptionError as error:
        wrong = {"role": "assistant", "content": reply.text[:_REPEATED]}
        reason = {
            "role": "user",
            "content": f"{error.message} Answer again, by the rules and in geometric words alone.",
        }
    second = chat.ask({**request, "messages": [*request["messages"], wrong, reason]})
    usage = {name: count + reply.usage.get(name, 0) for name, count in second.usage.items()}
    return *read_answer(prompt.asked, second.text), Reply(second.text, second.model, usage)

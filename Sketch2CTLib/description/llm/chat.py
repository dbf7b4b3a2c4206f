"""One chat completion over HTTP, with retries; whatever goes wrong becomes one clear error."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError, DescriptionError, MissingDependency, ServiceUnavailable, Sketch2CTError, install_hint
from .settings import KEY_VARIABLE, PLACEHOLDER_KEY, LlmSettings

if TYPE_CHECKING:
    import openai

LONGEST_WAIT_S = 30.0  # a server that wants more is told as busy at once

_FIRST_WAIT_S, _WAIT_FACTOR, _LONGEST_BACK_OFF_S = 0.5, 2.0, 8.0
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
_NO_QUOTA = "insufficient_quota"  # a 429 that waiting does not mend
_SCHEMA_NOTE = "\n\nThe answer is one JSON object that fits this JSON schema:\n"
_ADDRESS_HINT = "Check that the address is that of an OpenAI-compatible server; most end in /v1."
_LATER_HINT = "Try again later, or take the words derived from the numbers."


@dataclass(frozen=True)
class Reply:
    """A model's answer.

    Args:
        text: What it wrote.
        model: Its name, as the server gives it.
        usage: prompt_tokens and completion_tokens, where counted.
    """

    text: str
    model: str
    usage: dict[str, int]


class Chat:
    """Requests to one server within one span of time.

    Args:
        settings: Model, server, bounds.
        sleep, clock: Seconds; for tests.

    Raises:
        ConfigError: There is no key.
        MissingDependency: The openai package is not installed.
    """

    def __init__(
        self,
        settings: LlmSettings,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._sleep, self._clock = settings, sleep, clock
        self._endpoint = settings.endpoint()
        self._key = self._endpoint.key()
        self._deadline = clock() + settings.total_s
        self._client = self._open()
        self.requests = 0

    def __enter__(self) -> Chat:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _open(self) -> openai.OpenAI:
        try:
            import openai

            from .guard import guarded_client
        except ModuleNotFoundError as error:
            raise MissingDependency(
                f"The package '{error.name}' is needed to ask a language model and not installed.",
                hint=install_hint("llm"),
            ) from error
        http = guarded_client(deadline=self._deadline, use_proxy=not self._endpoint.is_local, clock=self._clock)
        return openai.OpenAI(api_key=self._key, base_url=self._endpoint.url, max_retries=0, http_client=http)

    def ask(self, request: Mapping[str, Any]) -> Reply:
        """The answer to a chat completion request.

        A parameter that the server refuses is left out; an output schema that it does not know goes into the prompt.

        Raises:
            ConfigError: The key, the model or the request is refused.
            ServiceUnavailable: The server is not there, busy, failing or silent, after all retries.
            DescriptionError: The reply is no answer: refused, cut off, empty, too large or not a completion.
        """
        import openai

        current, attempt = dict(request), 0
        while True:
            try:
                return _reply(self._send(current), self._settings.model)
            except openai.APIStatusError as error:
                simpler = _simpler(current, error) if error.status_code in (400, 422) else None
                # From None: what the server wrote may repeat the key.
                failure: Sketch2CTError = self._told(error)
                if simpler is not None:
                    current = simpler
                    continue
                wait = self._wait(attempt, error)
                if error.status_code not in _PASSING or _code(error) == _NO_QUOTA or wait is None:
                    raise failure from None
            except openai.APITimeoutError:
                wait = self._wait(attempt)
                if wait is None:
                    raise self._silent() from None
            except openai.APIConnectionError as error:
                wait = None if _is_unreachable(error) else self._wait(attempt)
                if wait is None:
                    raise self._unreachable(error) from error
            self._sleep(wait)
            attempt += 1

    def _send(self, request: Mapping[str, Any]) -> bytes:
        """The unparsed body of the reply; the caller checks its content."""
        import httpx2

        left = self._deadline - self._clock()
        if left <= 0:
            raise self._silent()
        self.requests += 1
        timeout = min(self._settings.timeout_s, left)
        reply = self._client.post(
            "/chat/completions", body=dict(request), cast_to=httpx2.Response, options={"timeout": timeout}
        )
        return reply.content

    def _wait(self, attempt: int, error: openai.APIStatusError | None = None) -> float | None:
        """Seconds before the next attempt; None where there is none."""
        if attempt >= self._settings.retries:
            return None
        wait = min(_FIRST_WAIT_S * _WAIT_FACTOR**attempt, _LONGEST_BACK_OFF_S)
        retry_after_s = _retry_after(error) if error is not None else None
        wait = wait if retry_after_s is None else max(wait, retry_after_s)
        return wait if wait <= LONGEST_WAIT_S and self._clock() + wait < self._deadline else None

    def _told(self, error: openai.APIStatusError) -> Sketch2CTError:
        """The error that a status code means to the user."""
        host, status, model = self._endpoint.host, error.status_code, self._settings.model
        if status == 401:
            return ConfigError(
                f"{host} does not accept the key (401).", hint=f"Check {KEY_VARIABLE} in the environment."
            )
        said = self._said(error)
        if status == 403:
            return ConfigError(
                f"{host} does not allow this (403){said}.", hint=f"The key may lack the right to use '{model}'."
            )
        if status == 404:
            return ConfigError(
                f"{host} knows no model '{model}' or no chat completions there (404){said}.", hint=_ADDRESS_HINT
            )
        if status == 429 and _code(error) == _NO_QUOTA:
            return ServiceUnavailable(
                f"The account at {host} has no quota left (429).", hint="Check its plan and billing."
            )
        if status == 429:
            retry_after_s = _retry_after(error)
            when = f", it asks to wait {retry_after_s:.0f} s" if retry_after_s else ""
            return ServiceUnavailable(f"{host} is busy (429){when}, after {self._tries()}.", hint=_LATER_HINT)
        if status in _PASSING or status >= 500:
            return ServiceUnavailable(f"{host} fails ({status}), after {self._tries()}.", hint=_LATER_HINT)
        if status < 400:
            return ConfigError(f"{host} redirects ({status}), which is not followed.", hint=_ADDRESS_HINT)
        return ConfigError(
            f"{host} refuses the request ({status}){said}.",
            hint=f"Check that '{model}' reads pictures and JSON schemas.",
        )

    def _said(self, error: openai.APIStatusError) -> str:
        """The server's own words, in brackets, in one line, without the key."""
        words = _words(error)
        if self._key != PLACEHOLDER_KEY:
            words = words.replace(self._key, "…")
        words = " ".join(words.split())[:160]
        shown = "".join(letter for letter in words if letter.isprintable()).rstrip(".")
        return f": {shown}" if shown else ""

    def _silent(self) -> ServiceUnavailable:
        each = f"{self._settings.timeout_s:g} s each"
        return ServiceUnavailable(
            f"No answer from {self._endpoint.host} in time ({each}), after {self._tries()}.", hint=_LATER_HINT
        )

    def _unreachable(self, error: openai.APIConnectionError) -> ServiceUnavailable:
        cause = error.__cause__
        reason = " ".join(str(cause or error).split())[:120]
        return ServiceUnavailable(
            f"{self._endpoint.host} cannot be reached ({reason}).", hint="Check the address, the network and the proxy."
        )

    def _tries(self) -> str:
        return f"{self.requests} request{'s' if self.requests != 1 else ''}"


def _reply(content: bytes, model: str) -> Reply:
    """The answer in a chat completion.

    Raises:
        DescriptionError: There is none.
    """
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise DescriptionError("The server's reply is not JSON.", hint=_ADDRESS_HINT) from None
    choices = data.get("choices") if isinstance(data, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(message, dict):
        raise DescriptionError("The server's reply holds no answer (no choices).", hint=_ADDRESS_HINT)
    refused = message.get("refusal")
    if refused or first.get("finish_reason") == "content_filter":
        words = f": '{' '.join(str(refused).split())[:100]}'" if refused else " (its content filter)"
        shown = "".join(letter for letter in words if letter.isprintable())
        raise DescriptionError(f"The model refuses to describe this{shown}.", hint="Take the words of the numbers.")
    if first.get("finish_reason") == "length":
        raise DescriptionError("The model's answer was cut off at its longest length.", hint="Choose another model.")
    text = message.get("content")
    if not isinstance(text, str) or not text.strip():
        raise DescriptionError("The model's answer is empty.", hint="Choose another model.")
    named, usage = data.get("model"), data.get("usage")
    counted = {
        name: usage[name]
        for name in ("prompt_tokens", "completion_tokens")
        if isinstance(usage, dict) and isinstance(usage.get(name), int) and not isinstance(usage[name], bool)
    }
    fits = isinstance(named, str) and named.isprintable() and 0 < len(named) <= 200
    return Reply(text, named if fits else model, counted)


def _simpler(request: Mapping[str, Any], error: openai.APIStatusError) -> dict[str, Any] | None:
    """The request without what the server says that it does not know; None where nothing can be left out."""
    said = f"{error.param or ''} {_words(error)}".lower()
    left = dict(request)
    form = left.get("response_format", {}).get("type")
    if form and any(word in said for word in ("response_format", "json_schema", "json_object", "structured output")):
        del left["response_format"]
        if form == "json_schema":
            schema = json.dumps(request["response_format"]["json_schema"]["schema"])
            system, *others = request["messages"]
            left["messages"] = [system | {"content": system["content"] + _SCHEMA_NOTE + schema}, *others]
            left["response_format"] = {"type": "json_object"}
        return left
    if "max_tokens" in left and "max_tokens" in said:
        left["max_completion_tokens"] = left.pop("max_tokens")
        return left
    for name in ("temperature", "seed"):
        if name in left and name in said:
            del left[name]
            return left
    return None


def _words(error: openai.APIStatusError) -> str:
    body = error.body
    said = body.get("message") or body.get("detail") or "" if isinstance(body, dict) else body or ""
    return str(said)[:2000]


def _code(error: openai.APIStatusError) -> str | None:
    return error.code or error.type


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Seconds that the server asks to wait, where it says so in seconds."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        written = error.response.headers.get(name, "")
        if written.isascii() and written.replace(".", "", 1).isdecimal() and len(written) < 12:
            return float(written) * scale
    return None


def _is_unreachable(error: openai.APIConnectionError) -> bool:
    """Whether the server cannot be reached at all, so that a retry is of no use."""
    import httpx2

    return isinstance(error.__cause__, httpx2.ConnectError | httpx2.UnsupportedProtocol | httpx2.InvalidURL)

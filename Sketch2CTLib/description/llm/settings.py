"""Which model is asked, where it is, and how long it may take. The key comes from the environment and is never kept."""

from __future__ import annotations

import ipaddress
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from ...errors import ConfigError

DEFAULT_MODEL = "gpt-4o-mini"
OPENAI_URL = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"
URL_VARIABLE = "OPENAI_BASE_URL"
PLACEHOLDER_KEY = "none"  # servers on this machine ask for no key, the client does

_URL_HINT = "Give the address up to its version, such as http://localhost:8000/v1."
_MOST_RETRIES = 10


@dataclass(frozen=True)
class LlmSettings:
    """How the language model is asked.

    Args:
        model: Name that the server knows it by; it must read pictures.
        base_url: Any OpenAI-compatible server; by default OPENAI_BASE_URL, else OpenAI's own.
        timeout_s: Longest wait for one answer.
        retries: How often a busy, failing or silent server is asked again.
        total_s: Longest time in all, waits between retries included.
        cache_dir: Folder of earlier answers; None keeps none. See `default_cache_dir`.
        temperature: 0 gives the most likely answer; left out where the server refuses it.
        seed: For servers that honour one; None sends none.

    Raises:
        ConfigError: A value is out of range or the URL cannot be.
    """

    model: str = DEFAULT_MODEL
    base_url: str | None = None
    timeout_s: float = 60.0
    retries: int = 3
    total_s: float = 180.0
    cache_dir: Path | None = None
    temperature: float = 0.0
    seed: int | None = 7

    def __post_init__(self) -> None:
        if not self.model.strip() or not self.model.isprintable() or len(self.model) > 200:
            raise ConfigError(f"'{self.model[:60]}' is no model's name.", hint=f"The default is {DEFAULT_MODEL}.")
        for name in ("timeout_s", "total_s"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ConfigError(f"{name} must be a positive number of seconds, got {getattr(self, name)}.")
        if not 0 <= self.retries <= _MOST_RETRIES:
            raise ConfigError(f"retries must be from 0 to {_MOST_RETRIES}, got {self.retries}.")
        if not 0 <= self.temperature <= 2:
            raise ConfigError(f"temperature must be from 0 to 2, got {self.temperature}.")
        if self.base_url is not None:
            _split(self.base_url)

    def endpoint(self, environment: Mapping[str, str] = os.environ) -> Endpoint:
        """The server that these settings mean.

        Raises:
            ConfigError: The URL in the environment cannot be.
        """
        return Endpoint(self.base_url or environment.get(URL_VARIABLE, "").strip() or OPENAI_URL)


@dataclass(frozen=True)
class Endpoint:
    """One server.

    Args:
        url: Up to and without `/chat/completions`.

    Raises:
        ConfigError: The URL cannot be, or carries credentials.
    """

    url: str

    def __post_init__(self) -> None:
        _split(self.url)
        object.__setattr__(self, "url", self.url.rstrip("/"))

    @property
    def host(self) -> str:
        """Host, with the port where one is given."""
        return urlsplit(self.url).netloc

    @property
    def is_local(self) -> bool:
        """Whether nothing leaves this machine."""
        name = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name == "localhost"

    @property
    def is_open(self) -> bool:
        """Whether what is sent crosses a network unencrypted."""
        return urlsplit(self.url).scheme == "http" and not self.is_local

    def key(self, environment: Mapping[str, str] = os.environ) -> str:
        """The key in the environment; a placeholder where there is none and the server is on this machine.

        Raises:
            ConfigError: There is none, or it holds what no key can.
        """
        key = environment.get(KEY_VARIABLE, "").strip()
        if not key and self.is_local:
            return PLACEHOLDER_KEY
        if not key:
            raise ConfigError(
                f"No key for {self.host}: {KEY_VARIABLE} is not set.",
                hint=f"Set it in the environment (export {KEY_VARIABLE}=…), or leave the language model out.",
            )
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ConfigError(f"{KEY_VARIABLE} holds characters that no key has.", hint="Set it again, without quotes.")
        return key


def _split(url: str) -> SplitResult:
    """The parts of a URL that a server can have."""
    shown = url[:100] if url.isprintable() else repr(url[:100])
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise ConfigError(f"'{shown}' is no address of a server.", hint=_URL_HINT) from None
    if "@" in parts.netloc:
        raise ConfigError(
            f"The address of '{parts.hostname}' carries credentials.",
            hint=f"Leave them out; the key comes from {KEY_VARIABLE}.",
        )
    if not usable or parts.query or parts.fragment or any(c.isspace() or not c.isprintable() for c in url):
        raise ConfigError(f"'{shown}' is no address of a server.", hint=_URL_HINT)
    return parts

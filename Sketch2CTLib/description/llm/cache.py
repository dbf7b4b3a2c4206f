"""Earlier answers on disk, keyed by everything that was asked. Pictures, numbers and keys are not kept."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...atomic import write_text
from ...errors import OutputError
from .answer import SCHEMA_VERSION
from .prompt import LlmPrompt
from .settings import LlmSettings

CACHE_VARIABLE = "XDG_CACHE_HOME"
MOST_FILES = 1000
MOST_BYTES = 200_000_000

_FORMAT = "sketch2ct.llm-answer"
_LARGEST_ENTRY = 1_000_000


def default_cache_dir(environment: Mapping[str, str] = os.environ) -> Path | None:
    """`sketch2ct/llm` in the user's cache folder; None for a user without a home."""
    chosen = environment.get(CACHE_VARIABLE, "")
    try:
        # The XDG rules ignore relative paths.
        base = Path(chosen) if chosen and Path(chosen).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "sketch2ct" / "llm"


def cache_key(settings: LlmSettings, prompt: LlmPrompt) -> str:
    """SHA-256 of model, server, sampling, prompt, schema, numbers and pictures, hexadecimal."""
    request = {
        "version": SCHEMA_VERSION,
        "model": settings.model,
        "server": settings.endpoint().url,
        "temperature": settings.temperature,
        "seed": settings.seed,
        "system": prompt.system,
        "user": prompt.user,
        "numbers": prompt.numbers,
        "schema": prompt.schema(),
        "pictures": prompt.digests(),
    }
    canonical = json.dumps(request, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True)
class AnswerCache:
    """A folder of answers; the least recently used leave when it is full.

    Args:
        folder: Made when the first answer is kept.
        most_files, most_bytes: What it may hold.
    """

    folder: Path
    most_files: int = MOST_FILES
    most_bytes: int = MOST_BYTES

    def get(self, key: str) -> dict[str, Any] | None:
        """The entry kept under that key; None where there is none or it cannot be read."""
        path = self._path(key)
        try:
            if path.stat().st_size > _LARGEST_ENTRY:
                return None
            entry = json.loads(path.read_text(encoding="utf-8"))
            os.utime(path)
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(entry, dict) or entry.get("format") != _FORMAT or entry.get("key") != key:
            return None
        return entry

    def put(self, key: str, entry: Mapping[str, Any]) -> None:
        """Keeps an entry. A folder that cannot be written is no reason to lose an answer that was paid for."""
        text = json.dumps({"format": _FORMAT, "key": key, **entry}, ensure_ascii=False, indent=1)
        with contextlib.suppress(OutputError):
            write_text(self._path(key), text)
            self._prune(keep=self._path(key))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _prune(self, keep: Path) -> None:
        """Removes the oldest entries beyond the bounds; another process may be doing the same."""
        entries = []
        for path in self.folder.glob("*.json"):
            with contextlib.suppress(OSError):
                status = path.stat()
                entries.append((path != keep, -status.st_mtime_ns, status.st_size, path))
        size = 0
        for count, (removable, _, entry_size, path) in enumerate(sorted(entries), start=1):
            size += entry_size
            if removable and (count > self.most_files or size > self.most_bytes):
                with contextlib.suppress(OSError):
                    path.unlink()

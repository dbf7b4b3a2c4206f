"""The table of phrasings: what people write, traps among it, and what is understood. `sketch2ct parse --examples`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ...errors import ConfigError, DescriptionError
from ...resources import resource_path
from .parse import parse_text

FORMAT = "sketch2ct.phrasings"
VERSION = 1
_SAME = 2e-3


@dataclass(frozen=True)
class Phrasing:
    """One phrasing and what it shall be understood as.

    Args:
        text: As people write it; structure: catalog name, or None.
        adversarial: Whether it is a trap: something that looks like a size of the organ and is none, or the reverse.
        expect: 'numbers' (quantity → [value, tolerance or null]), 'words', 'unknown', 'unread', or 'error', a part of
            the message; what is left out is empty.
    """

    text: str
    structure: str | None
    adversarial: bool
    expect: dict[str, Any] = field(default_factory=dict)

    def is_understood(self) -> bool:
        """Whether the text is understood as the table says; numbers within rounding to three digits."""
        record, wanted = understood_as(self.text, self.structure), dict(self.expect)
        if "error" in wanted:
            return wanted["error"] in record.get("error", "")
        numbers, expected_numbers = record.pop("numbers", {}), wanted.pop("numbers", {})
        same = [_close(numbers.get(name), pair) for name, pair in expected_numbers.items()]
        return record == wanted and list(numbers) == list(expected_numbers) and all(same)


def load_phrasings() -> tuple[Phrasing, ...]:
    """The shipped table.

    Raises:
        ConfigError: The shipped file is missing or damaged.
    """
    path = resource_path("Phrasings", "phrasings.json")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT or record["version"] != VERSION:
            raise ValueError(f"format {record['format']!r}, version {record['version']!r}")
        return tuple(Phrasing(**entry) for entry in record["phrasings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"The phrasings in '{path}' cannot be read ({error}).", hint="Reinstall Sketch2CT."
        ) from error


def understood_as(text: str, structure: str | None) -> dict[str, Any]:
    """What a text is understood as, in the form of `Phrasing.expect`; a refused text as its error.

    Raises:
        UnknownStructure: The catalog has no such structure.
    """
    try:
        read = parse_text(text, structure)
    except DescriptionError as error:
        return {"error": error.message}
    numbers = {
        name: [float(f"{value:.4g}"), _rounded(read.tolerances.get(name))] for name, value in read.numbers.items()
    }
    record = {"numbers": numbers, "words": read.words, "unknown": list(read.unknown), "unread": list(read.unread)}
    return {key: value for key, value in record.items() if value}


def _close(values: list[float | None] | None, wanted: list[float | None]) -> bool:
    if values is None:
        return False
    pairs = zip(values, wanted, strict=True)
    return all(a == b or (a is not None and b is not None and abs(a - b) <= _SAME * abs(b)) for a, b in pairs)


def _rounded(tolerance: float | None) -> float | None:
    return None if tolerance is None else float(f"{tolerance:.4g}")

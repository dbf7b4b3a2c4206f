"""JSON files of people, read without trusting them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..errors import DescriptionError, InputError
from .quantities import short

MOST_BYTES = 1_000_000


def read_json(path: str | os.PathLike[str]) -> Any:
    """What a JSON file of at most a megabyte holds.

    Raises:
        InputError: The file is missing or cannot be read.
        DescriptionError: It is too large, too deep, no JSON in UTF-8, or has a key twice.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"'{short(str(path))}' cannot be read ({reason}).", hint="Check the path.") from error
    if len(raw) > MOST_BYTES:
        raise DescriptionError(f"'{path.name}' has more than {MOST_BYTES / 1e6:g} MB.", hint="Check the file.")
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_object)
    except RecursionError as error:
        raise DescriptionError(f"'{path.name}' is nested too deeply.", hint="Check the file.") from error
    except ValueError as error:
        raise DescriptionError(f"'{path.name}' is not valid JSON ({short(str(error))}).") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DescriptionError(f"'{short(twice)}' is given twice.", hint="Keep one of them.")
    return found

"""What the `sketch2ct evaluate` commands share: structures by name, lists, the model that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...weights import ModelFolder

PRESET = "default"
TABLE_WIDTH = 200


def names_of(structures: str) -> tuple[str, ...]:
    """'liver, aorta' → catalog names."""
    from ...catalog import structure

    return tuple(structure(name).name for name in listed(structures))


def model_of(models: Path | None, preset: str | None) -> ModelFolder:
    """The model asked for; without a choice the default preset.

    Raises:
        WeightsError: There are no weights of it.
    """
    from ...generation.model.loaded import find_model

    return find_model(models, preset or PRESET)


def listed(text: str) -> tuple[str, ...]:
    """'a, b' → ('a', 'b')."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def seeds_of(text: str) -> tuple[int, ...]:
    """'1,2,3' → (1, 2, 3)."""
    from ...errors import ConfigError

    try:
        return tuple(int(seed) for seed in listed(text))
    except ValueError as error:
        raise ConfigError(f"'{text}' are no seeds.", hint="Write whole numbers, 1,2,3.") from error

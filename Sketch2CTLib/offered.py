"""Which structures can be generated: those that there are weights for. Torch-free.

The catalog holds more: a structure can be described, prepared and trained before there are weights of it.
"""

from __future__ import annotations

import json
from pathlib import Path

from . import catalog, own_structures
from .errors import WeightsError
from .resources import resource_path

TRAIN_IT = "Train it with 'sketch2ct prepare' and 'sketch2ct train', and name that folder with --models."


def offered_structures(folder: Path | None = None) -> tuple[str, ...]:
    """Catalog names that the weights of a model folder were trained on, or those of the shipped ones, in its order.

    All that the catalog has where no weights are there: nothing is known then.
    """
    root = resource_path("Models")
    if folder is not None:
        own_structures.read(folder)
    paths = [folder / "model.json"] if folder is not None else sorted(root.glob("*/model.json"))
    known = {name for path in paths for name in _trained(path)}
    return tuple(name for name in catalog.names() if name in known) or catalog.STRUCTURE_NAMES


def require_offered(structure: str, folder: Path) -> None:
    """Does nothing where the weights of a model folder were trained on a structure, or do not tell on what.

    Raises:
        WeightsError: They were trained on others.
    """
    offered = offered_structures(folder)
    if structure not in offered:
        raise WeightsError(
            f"There are no weights for '{structure}' in '{folder.name}'.",
            hint=f"They know {', '.join(offered)}. {TRAIN_IT}",
        )


def _trained(path: Path) -> tuple[str, ...]:
    """What a model.json says that its mask stage was trained on; nothing where it cannot be read."""
    try:
        statistics = json.loads(path.read_text(encoding="utf-8"))["extras"]["number_scaler"]["statistics"]
        return tuple(str(name) for name in statistics)
    except (OSError, ValueError, KeyError, TypeError):
        return ()

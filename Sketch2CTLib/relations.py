"""Where organs usually lie beside each other: offsets between the middles of their bounding boxes. Torch-free.

The numbers lie in `Resources/Catalog/relations.json`, written from the train split of prepared folders by
`sketch2ct evaluate conditions --relations`; only summaries are kept, no case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import catalog, own_structures
from .errors import ConfigError
from .resources import resource_path

FORMAT = "sketch2ct.relations"
VERSION = 1
_LEAST_SD_MM = 1.0


@dataclass(frozen=True)
class Relation:
    """How far one organ's middle lies from another's.

    Args:
        cases: Scans that show both.
        mean_mm: R, A, S from the one to the other; sd_mm: with n − 1.
    """

    cases: int
    mean_mm: tuple[float, float, float]
    sd_mm: tuple[float, float, float]


def relation(start: str, end: str) -> Relation | None:
    """Where the second structure usually lies, seen from the first; None where no scans show both.

    Raises:
        UnknownStructure: The catalog has no such structure.
        ConfigError: The shipped file is missing or damaged.
    """
    first, second = catalog.structure(start).name, catalog.structure(end).name
    known = _all().get((first, second))
    if known is not None:
        return known
    there, back = _own(first).get(second), _own(second).get(first)
    return there or (back and Relation(back.cases, tuple(-mm for mm in back.mean_mm), back.sd_mm))  # type: ignore[arg-type]


def usual_middle(
    structure: str, middles_ras: Mapping[str, NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Where the middle of a structure usually lies, given the middles of others, and how far it strays.

    Each relation counts by how little it varies, along each axis of the patient.

    Args:
        structure: Catalog name.
        middles_ras: Structure → (3,) RAS mm.

    Returns:
        (3,) RAS mm, and (3,) the standard deviation that the relation that varies least has along each axis; None where
        no scans show it with any of the others.
    """
    weights, places = [], []
    for other, middle in middles_ras.items():
        known = relation(other, structure)
        if known is not None:
            weights.append(1.0 / np.maximum(known.sd_mm, _LEAST_SD_MM) ** 2)
            places.append(np.asarray(middle, dtype=np.float64) + known.mean_mm)
    if not places:
        return None
    return np.asarray(np.average(places, axis=0, weights=weights)), np.asarray(np.max(weights, axis=0) ** -0.5)


def _own(structure: str) -> dict[str, Relation]:
    """Where others lie, seen from a structure of the user's own."""
    try:
        told = own_structures.statistics("relations", structure) or {}
        return {str(end): _relation(one) for end, one in told.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"The relations of '{structure}' cannot be read ({error}).", hint="Train or fetch its model again."
        ) from error


def _relation(told: Any) -> Relation:
    return Relation(told["cases"], tuple(told["mean_mm"]), tuple(told["sd_mm"]))


@cache
def _all() -> dict[tuple[str, str], Relation]:
    path = resource_path("Catalog", "relations.json")
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT or document["version"] != VERSION:
            raise ValueError("another format")
        return {
            (start, end): _relation(one) for start, ends in document["relations"].items() for end, one in ends.items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"The shipped relations between organs cannot be read ({error}).", hint="Install Sketch2CT again."
        ) from error

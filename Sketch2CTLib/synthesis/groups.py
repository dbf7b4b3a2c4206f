"""Which organs a sample holds: 'liver', or 'liver+spleen' for several in one scan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import catalog
from ..errors import InputError, UnknownStructure
from ..relations import relation

TOGETHER = "+"


def organs_of(sample: str) -> tuple[str, ...]:
    """Catalog names of a sample's organs, in order.

    Raises:
        UnknownStructure: The catalog has no such structure.
    """
    return tuple(catalog.structure(name.strip()).name for name in sample.split(TOGETHER))


def named_sample(sample: str) -> str:
    """A sample's organs by their catalog names, with '+' between them.

    Raises:
        UnknownStructure: The catalog has no such structure.
    """
    return TOGETHER.join(organs_of(sample))


def require_beside(sample: str) -> None:
    """Does nothing where it is known how the organs of a sampled request lie beside each other.

    Raises:
        InputError: One is named twice, or no training scan shows it beside the first.
    """
    first, *others = organs_of(sample)
    for name in others:
        if others.count(name) > 1 or name == first:
            raise InputError(f"'{sample}' names the {_title(name)} twice.", hint="Name each organ of a sample once.")
        if relation(first, name) is None:
            raise InputError(
                f"No training scan shows the {_title(name)} beside the {_title(first)}.",
                hint="Sample them apart, with a comma, or say where they lie in a table of requests.",
            )


def sample_in(fields: Mapping[str, Any]) -> str | None:
    """The organs that the fields of a request name; None where they name none, or one that nobody knows."""
    organs = fields.get("organs", [fields])
    try:
        return TOGETHER.join(catalog.structure(_named(one)).name for one in organs) or None
    except (UnknownStructure, TypeError, AttributeError):
        return None  # told with its line when its turn comes


def in_order(samples: set[str]) -> tuple[str, ...]:
    """Samples in the order of the catalog's structures."""
    place = {name: at for at, name in enumerate(catalog.names())}
    return tuple(sorted(samples, key=lambda one: [place[name] for name in organs_of(one)]))


def _named(organ: Mapping[str, Any]) -> str:
    return str(organ.get("structure") or (organ.get("description") or {}).get("structure", ""))


def _title(name: str) -> str:
    return catalog.structure(name).title.lower()

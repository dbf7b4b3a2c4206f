"""What a model folder tells of the structures of the user's own that it is trained on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from .. import own_structures
from ..data.joint_numbers import joint_statistics
from ..data.prepared import PreparedSet, training_range_statistics
from ..data.relations import relation_statistics


def keep_structures(
    prepared: PreparedSet, folder: Path, names: Collection[str], surfaces: Mapping[str, Any] | None = None
) -> None:
    """Writes the entries of the user's own structures into a model folder, with the numbers of their training cases.

    Args:
        prepared: What they are trained on.
        folder: Of the model; nothing is written where none of the names is the user's own.
        names: Structures that the model is trained on.
        surfaces: Structure → what its surfaces are like (`surface_ranges`); by default what the folder tells already.

    Raises:
        ConfigError: The folder tells of other structures; OutputError: it cannot be written.
    """
    own = [name for name in names if own_structures.is_own(name)]
    if not own:
        return
    own_structures.read(folder)
    if surfaces is None:
        surfaces = {name: told for name in own if (told := own_structures.statistics("surface_ranges", name))}
    known = {
        "training_ranges": training_range_statistics([prepared])["structures"],
        "joint_numbers": joint_statistics([prepared])["structures"],
        "relations": relation_statistics([prepared])["relations"],
        "surface_ranges": surfaces,
    }
    own_structures.write(folder, own_structures.document(sorted(own), known))
    own_structures.read(folder)

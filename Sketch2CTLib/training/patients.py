"""A part of the training patients, so that learning curves can be drawn: the same rule on every machine, nested.

Patients are grouped by the structures that they have cubes of. In a group of n, the one with the r-th smallest SHA-256
of its name (r from 0) stands at (r + ½) / n; the first `count` of all patients are those that stand first. So a smaller
part lies within every larger one, and every structure shrinks in proportion.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ..data.prepared import PreparedCase
from ..errors import ConfigError


def first_patients(cases: Iterable[PreparedCase], count: int | None) -> list[PreparedCase]:
    """The validation cases, and the training cases of the first `count` patients; all cases where that is None.

    Args:
        cases: Those of the structures that are trained.
        count: Training patients.

    Raises:
        ConfigError: There are fewer patients, or none of them has one of the structures.
    """
    cases = list(cases)
    if count is None:
        return cases
    training = [case for case in cases if case.split == "train"]
    structures: dict[str, set[str]] = defaultdict(set)
    for case in training:
        structures[case.patient].add(case.structure)
    if not 1 <= count <= len(structures):
        raise ConfigError(
            f"There are {len(structures)} training patients, not {count}.",
            hint="Give fewer --patients, or none for all.",
        )
    chosen = set(_ordered(structures)[:count])
    lacking = {c.structure for c in training} - {c.structure for c in training if c.patient in chosen}
    if lacking:
        raise ConfigError(
            f"None of the first {count} patients has a {', '.join(sorted(lacking))}.",
            hint="Give more --patients, or name the others by --structures.",
        )
    return [case for case in cases if case.split != "train" or case.patient in chosen]


def _ordered(structures: dict[str, set[str]]) -> list[str]:
    """Patients by their place in their group, then by their digest."""
    groups: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for patient, names in structures.items():
        digest = hashlib.sha256(patient.encode("utf-8")).hexdigest()
        groups[tuple(sorted(names))].append((digest, patient))
    placed = []
    for members in groups.values():
        placed += [((rank + 0.5) / len(members), *member) for rank, member in enumerate(sorted(members))]
    return [patient for *_, patient in sorted(placed)]


def require_same_patients(corpus: Path, count: int | None) -> None:
    """Does nothing where a run folder's corpus is of so many patients, or is not there yet.

    Raises:
        ConfigError: It is of another number of patients.
    """
    try:
        index = json.loads((corpus / "corpus.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if index.get("patients") != count:
        begun = index.get("patients") or "all"
        raise ConfigError(
            f"'{corpus.parent}' was begun with {begun} patients, not {count or 'all'}.", hint="Name another --out."
        )

"""Parts of the training patients: nested, in proportion, the same everywhere; refused where they cannot be had."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from Sketch2CTLib.data.prepared import PreparedCase
from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.training.patients import first_patients


def cases_of(patients: dict[str, tuple[str, ...]], split: str = "train") -> list[PreparedCase]:
    """A case for each structure of each patient."""
    return [
        PreparedCase(Path(), {"patient": name, "case": name, "dataset": "set", "structure": structure, "split": split})
        for name, structures in patients.items()
        for structure in structures
    ]


MANY = {f"set/{n}": ("liver", "spleen") if n % 4 == 0 else ("liver",) for n in range(80)}
VALIDATION = cases_of({"set/v": ("liver",)}, "val")


def patients_of(cases: list[PreparedCase]) -> set[str]:
    return {case.patient for case in cases if case.split == "train"}


def test_a_part_shrinks_every_structure_in_proportion_and_lies_within_larger_ones() -> None:
    whole = cases_of(MANY)
    before: set[str] = set()
    for count in (8, 20, 40, 80):
        chosen = first_patients([*whole, *VALIDATION], count)
        patients = patients_of(chosen)
        assert len(patients) == count and before < patients
        counts = Counter(case.structure for case in chosen if case.split == "train")
        assert counts == {"liver": count, "spleen": count // 4}
        assert [case for case in chosen if case.split == "val"] == VALIDATION
        before = patients


def test_which_patients_are_first_depends_on_their_names_alone() -> None:
    assert patients_of(first_patients(cases_of(MANY), 4)) == {"set/50", "set/56", "set/69", "set/77"}
    assert patients_of(first_patients(cases_of(MANY)[::-1], 20)) == patients_of(first_patients(cases_of(MANY), 20))


def test_without_a_number_all_are_learned_from() -> None:
    assert first_patients(cases_of(MANY), None) == cases_of(MANY)


def test_too_many_or_too_few_patients_are_refused() -> None:
    with pytest.raises(ConfigError, match="There are 80 training patients, not 81"):
        first_patients(cases_of(MANY), 81)
    with pytest.raises(ConfigError, match="None of the first 1 patients has a spleen") as caught:
        first_patients(cases_of(MANY), 1)
    assert "--structures" in caught.value.hint

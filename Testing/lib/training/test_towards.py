"""Shapes between two patients: the whole way ends at the other, part of it lies between, nothing folds or leaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from Sketch2CTLib.data.prepared import PreparedCase
from Sketch2CTLib.training.corpus import CorpusConfig
from Sketch2CTLib.training.towards import part_of_way, smallest_jacobian, way_towards
from Sketch2CTLib.training.warp import composed, refined, sample_volume

VOXELS = 64


def body(*radii: float, dent: float = 0.0) -> NDArray[np.float32]:
    """Roughly a signed distance, in parts of the cube, of an ellipsoid with x, y, z radii; a dent from above."""
    k, j, i = np.meshgrid(*((np.arange(VOXELS) + 0.5) / VOXELS * 2 - 1,) * 3, indexing="ij")
    x, y, z = i / radii[0], j / radii[1], (k + dent * np.exp(-(i**2 + j**2) / 0.05)) / radii[2]
    return (0.5 * (1.0 - np.sqrt(x**2 + y**2 + z**2)) * min(radii)).astype(np.float32)


def dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


@pytest.fixture(scope="module")
def ends() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return body(0.8, 0.5, 0.4), body(0.5, 0.6, 0.55, dent=0.35)


def test_the_whole_way_ends_at_the_other(ends: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
    source, target = ends
    way = way_towards(source, target)
    assert dice(source > 0, target > 0) < 0.75
    assert dice(sample_volume(source, refined(way, VOXELS)) > 0, target > 0) > 0.94


def test_part_of_the_way_lies_between(ends: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
    source, target = ends
    way = way_towards(source, target)
    parts = [sample_volume(source, refined(part_of_way(way, part), VOXELS)) > 0 for part in (0.0, 0.3, 0.6)]
    assert dice(parts[0], source > 0) > 0.98
    to_target = [dice(part, target > 0) for part in parts]
    assert to_target == sorted(to_target)
    widths = [np.ptp(np.argwhere(part)[:, 2]) for part in parts]
    assert widths[0] > widths[1] + 3 > widths[2] + 6
    assert smallest_jacobian(part_of_way(way, 0.6)) > 0.2
    assert smallest_jacobian(part_of_way(way, 0.0)) == pytest.approx(1.0, abs=1e-3)


def test_ways_are_sampled_one_after_the_other(ends: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
    source, target = ends
    there, back = way_towards(source, target), way_towards(target, source)
    round_trip = sample_volume(source, refined(composed(there, back), VOXELS)) > 0
    assert dice(round_trip, source > 0) > 0.9


def _case(name: str, structure: str = "liver", split: str = "train", patient: str | None = None) -> PreparedCase:
    record = {"case": name, "dataset": "set", "structure": structure, "split": split, "patient": patient or name}
    return PreparedCase(Path("prepared"), record)


def test_partners_are_other_training_patients_of_the_same_structure() -> None:
    own = _case("a", patient="p")
    others = [own, _case("b", patient="p"), _case("c"), _case("d"), _case("e", split="val"), _case("f", "spleen")]
    config = CorpusConfig(copies={"liver": 40, "other": 2}, towards=1.0)
    partners = config.partners_of(own, others)
    assert sorted(partners) == list(range(1, 40))
    assert {p.case for p in partners.values()} == {"c", "d"}
    some = CorpusConfig(copies={"liver": 40, "other": 2}, towards=0.4).partners_of(own, others)
    assert 5 < len(some) < 30
    assert CorpusConfig(copies={"liver": 40, "other": 2}, towards=0.0).partners_of(own, others) == {}
    vessels = [_case(name, "aorta") for name in "abc"]
    assert config.partners_of(vessels[0], vessels) == {}
    assert config.partners_of(own, [own]) == {}

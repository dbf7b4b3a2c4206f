"""The usual ranges: as measured, and as shipped."""

from __future__ import annotations

import json

import pytest

from Sketch2CTLib import training_ranges as module
from Sketch2CTLib.catalog import STRUCTURE_NAMES
from Sketch2CTLib.data.prepared import PreparedSet, training_range_statistics
from Sketch2CTLib.errors import ConfigError, UnknownStructure
from Sketch2CTLib.training_ranges import training_range, training_ranges


@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
def test_every_structure_has_ranges_in_order(structure):
    ranges = training_ranges(structure)
    assert {"volume_ml", "extent_rl_mm", "sphericity"} <= set(ranges)
    for name, found in ranges.items():
        assert found.name == name and found.cases >= 10
        assert found.low <= found.p05 <= found.median <= found.p95 <= found.high
        assert found.low <= found.mean <= found.high


def test_a_liver_holds_one_to_two_and_a_half_litres():
    volume = training_range("liver", "volume_ml")
    assert volume is not None
    assert volume.holds(1500) and not volume.holds(4200) and not volume.holds(300)
    assert training_range("liver", "centreline_length_mm") is None


def test_unknown_structures_are_refused():
    with pytest.raises(UnknownStructure):
        training_ranges("brain")


def test_statistics_are_of_the_split_alone(prepared_dir):
    prepared = PreparedSet(prepared_dir)
    record = training_range_statistics([prepared])
    cases = prepared.cases("train", "liver")
    assert record["structures"]["liver"]["volume_ml"]["cases"] == len(cases)
    assert record["structures"]["liver"]["volume_ml"]["high"] == pytest.approx(
        max(case.metrics["volume_ml"] for case in cases), rel=1e-4
    )
    assert not any(case.case in json.dumps(record) for case in prepared)


def test_a_damaged_file_is_one_clear_error(tmp_path, monkeypatch):
    (tmp_path / "Catalog").mkdir()
    (tmp_path / "Catalog" / "training_ranges.json").write_text('{"format": "other"}')
    monkeypatch.setenv("SKETCH2CT_RESOURCES", str(tmp_path))
    module._all.cache_clear()
    try:
        with pytest.raises(ConfigError, match="usual ranges"):
            training_ranges("liver")
    finally:
        module._all.cache_clear()

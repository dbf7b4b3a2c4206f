"""Tables of requests, gates as text, and numbers that go together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from prepared_numbers import write_prepared

from Sketch2CTLib.data.joint_numbers import SOLID, joint_numbers, joint_statistics
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import ConfigError, InputError
from Sketch2CTLib.synthesis.gate import Gate
from Sketch2CTLib.synthesis.given import given_by
from Sketch2CTLib.synthesis.rows import RequestRow, read_rows


def test_a_csv_has_a_column_a_number(tmp_path: Path) -> None:
    table = tmp_path / "requests.csv"
    table.write_text(
        "structure,volume_ml,extent_rl_mm,surface_smoothness,text,seed\nliver,1400,,smooth,,7\nspleen,,9 cm,,x,\n"
    )
    (first, one), (second, other) = read_rows(table)
    assert (first, second) == (2, 3)
    assert one == {
        "structure": "liver",
        "numbers": {"volume_ml": 1400.0},
        "words": {"surface_smoothness": "smooth"},
        "seed": 7,
    }
    assert other == {"structure": "spleen", "numbers": {"extent_rl_mm": "9 cm"}, "text": "x"}
    assert RequestRow.read(other).numbers == {"extent_rl_mm": "9 cm"}


def test_a_parquet_table_reads_as_a_csv_does(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    columns = {"structure": ["liver", "liver"], "volume_ml": [1400.0, None], "numbers": [None, '{"extent_si_mm": 150}']}
    parquet.write_table(pyarrow.table(columns), tmp_path / "requests.parquet")
    rows = [row for _, row in read_rows(tmp_path / "requests.parquet")]
    assert rows == [
        {"structure": "liver", "numbers": {"volume_ml": 1400.0}},
        {"structure": "liver", "numbers": {"extent_si_mm": 150}},
    ]


def test_a_request_document_of_one_organ_is_a_row() -> None:
    document = {"format": "sketch2ct.request", "seed": 5, "organs": [{"structure": "liver", "place": "usual"}]}
    row = RequestRow.read(document)
    assert (row.structure, row.seed) == ("liver", 5)
    with pytest.raises(InputError, match="one organ"):
        RequestRow.read({"organs": [{"structure": "liver"}, {"structure": "spleen"}]})


def test_what_is_asked_is_found_in_the_options(tmp_path: Path) -> None:
    table = tmp_path / "requests.jsonl"
    table.write_text('{"structure": "spleen"}\n{"structure": "liver"}\n{"structure": "lung"}\n')
    given = given_by(table, None, None, "", None)
    assert (given.structures, given.count, len(given.digest)) == (("liver", "spleen"), 3, 64)
    assert given_by(table, None, None, "", 2).count == 2
    with pytest.raises(InputError, match="No structure"):
        given_by(None, None, None, "", 5)
    with pytest.raises(InputError, match="how many"):
        given_by(None, None, None, "liver", None)
    with pytest.raises(InputError, match="Several sources"):
        given_by(table, None, tmp_path, "", None)
    with pytest.raises(InputError, match="no table"):
        given_by(tmp_path / "requests.xlsx", None, None, "", None)


def test_a_gate_is_read_from_a_text() -> None:
    assert Gate.parse("grade=partly met,copies") == Gate()
    assert Gate.parse("none") == Gate(grade="any", copies=False)
    assert Gate.parse("grade=met, iou=0.8,scan") == Gate(grade="met", iou=0.8, scan=True, copies=False)
    for wrong in ("grade=good", "iou=much", "surface=yes", "beauty"):
        with pytest.raises(ConfigError):
            Gate.parse(wrong)


def test_sampled_numbers_go_together_as_in_the_cases(tmp_path: Path) -> None:
    """Bodies of one shape and many sizes: volumes then go with the cube of lengths, and samples keep that."""
    import json

    write_prepared(tmp_path, 400)
    told = joint_statistics([PreparedSet(tmp_path)])
    (tmp_path / "joint.json").write_text(json.dumps(told))
    joint = joint_numbers("liver", tmp_path / "joint.json")
    assert joint.names == SOLID and joint.cases == 400
    rng = np.random.default_rng(3)
    drawn = [joint.sample(rng) for _ in range(400)]
    logs = np.log([[one["volume_ml"], one["extent_rl_mm"]] for one in drawn])
    slope = np.polyfit(logs[:, 1], logs[:, 0], 1)[0]
    assert slope == pytest.approx(3.0, abs=0.4)
    assert np.corrcoef(logs.T)[0, 1] > 0.9
    for name, low, high in zip(joint.names, joint.low, joint.high, strict=True):
        values = np.array([one[name] for one in drawn])
        assert low * 0.999 <= values.min() and values.max() <= high * 1.001
    assert joint.sample(np.random.default_rng(5)) == joint.sample(np.random.default_rng(5))


def test_shipped_numbers_agree_with_the_training_ranges() -> None:
    from Sketch2CTLib.training_ranges import training_ranges

    for structure in ("liver", "spleen", "left_kidney", "right_kidney", "aorta", "left_atrium"):
        joint, ranges = joint_numbers(structure), training_ranges(structure)
        for at, name in enumerate(joint.names):
            assert joint.low[at] == pytest.approx(ranges[name].low, rel=1e-3)
            assert np.exp(joint.log_mean[at]) == pytest.approx(ranges[name].median, rel=0.25)


def test_a_structure_that_is_not_known_is_told(tmp_path: Path) -> None:
    write_prepared(tmp_path, 4)
    assert joint_statistics([PreparedSet(tmp_path)])["structures"] == {}, "four cases tell nothing"
    (tmp_path / "joint.json").write_text("{}")
    with pytest.raises(ConfigError, match="cannot be read"):
        joint_numbers("liver", tmp_path / "joint.json")

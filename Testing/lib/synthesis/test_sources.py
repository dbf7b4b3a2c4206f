"""Tables of requests, gates as text, and numbers that go together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from prepared_numbers import write_prepared

from Sketch2CTLib.data.joint_numbers import (
    SOLID,
    joint_numbers,
    joint_statistics,
    sample_together,
    volume_correlation,
)
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import ConfigError, InputError, Sketch2CTError
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
    several = RequestRow.read({**document, "organs": [*document["organs"], {"structure": "spleen", "text": "200 mL"}]})
    assert [one.structure for one in several.organs] == ["liver", "spleen"] and several.seed == 5
    with pytest.raises(InputError, match="Both organs and 'structure'"):
        RequestRow.read({"organs": [{"structure": "liver"}, {"structure": "spleen"}], "structure": "liver"})
    for wrong in ([], "liver", [3]):
        with pytest.raises(InputError, match="organ"):
            RequestRow.read({"organs": wrong})


def test_organs_of_a_sample_are_named_and_checked(tmp_path: Path) -> None:
    assert given_by(None, None, None, "liver+spleen, Liver", 4).structures == ("liver+spleen", "liver")
    for wrong, told in (("liver+liver", "twice"), ("liver+left_atrium", "No training scan"), ("liver+lung", "lung")):
        with pytest.raises(Sketch2CTError, match=told):
            given_by(None, None, None, wrong, 4)
    table = tmp_path / "requests.csv"
    organs = '[{""structure"": ""spleen""}, {""description"": {""structure"": ""liver""}}]'
    table.write_text(f'organs,structure\n"{organs}",\n,spleen\n"[broken",\n')
    given = given_by(table, None, None, "", None)
    assert set(given.structures) == {"spleen", "spleen+liver"} and given.count == 3
    assert "no JSON" in list(read_rows(table))[2][1]["error"]
    with pytest.raises(InputError, match="where requests are sampled"):
        given_by(table, None, None, "liver+spleen", None)


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


def test_organs_of_one_patient_are_sampled_with_the_correlations_of_their_volumes() -> None:
    rng, kidneys = np.random.default_rng(4), ("left_kidney", "right_kidney", "spleen")
    drawn = [sample_together(kidneys, rng) for _ in range(400)]
    logs = np.log([[one[name]["volume_ml"] for name in kidneys] for one in drawn])
    found = np.corrcoef(logs.T)
    assert volume_correlation("right_kidney", "left_kidney") > 0.85 > 0.4 > volume_correlation("spleen", "left_kidney")
    for at, name in enumerate(kidneys):
        assert found[at, 0] == pytest.approx(volume_correlation(name, "left_kidney"), abs=0.12)
        joint = joint_numbers(name)
        for number, low, high in zip(joint.names, joint.low, joint.high, strict=True):
            assert all(low * 0.999 <= one[name][number] <= high * 1.001 for one in drawn)
        slope = np.corrcoef(logs[:, at], np.log([one[name]["extent_si_mm"] for one in drawn]))[0, 1]
        place = joint.names.index("extent_si_mm")
        assert slope == pytest.approx(joint.correlation[0, place], abs=0.2), "as of one organ alone"
    assert sample_together(kidneys, np.random.default_rng(5)) == sample_together(kidneys, np.random.default_rng(5))
    assert volume_correlation("liver", "left_atrium") == 0.0


def test_correlations_between_organs_are_measured_scan_by_scan(tmp_path: Path) -> None:
    import json

    write_prepared(tmp_path, 60)
    document = json.loads((tmp_path / "manifest.json").read_text())
    spleens = [one | {"structure": "spleen"} for one in document["cases"]]
    (tmp_path / "manifest.json").write_text(json.dumps(document | {"cases": [*document["cases"], *spleens]}))
    told = joint_statistics([PreparedSet(tmp_path)])
    assert told["between"] == {
        "liver": {"spleen": {"cases": 60, "volume_correlation": pytest.approx(60 / 62, abs=1e-3)}}
    }
    (tmp_path / "joint.json").write_text(json.dumps(told))
    assert volume_correlation("spleen", "liver", tmp_path / "joint.json") == pytest.approx(60 / 62, abs=1e-3)


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

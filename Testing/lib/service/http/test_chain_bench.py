"""The benchmark of the ways to ask, around scripted jobs: what is paired, counted and compared."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from serving import ROOM

from Sketch2CTLib.errors import ConfigError, OutputError
from Sketch2CTLib.service.chain_bench import DRAFT, KINDS, ChainBench, bench_chain, growth

WORK = (sys.executable, str(ROOM / "scripted_worker.py"))
SERVE = (sys.executable, str(Path(__file__).parent / "serve_scripted.py"), *WORK)
WAYS = ("warm worker", "HTTP", "cold command line")


@pytest.fixture(autouse=True)
def found_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOM.parents[2]))


def test_all_ways_take_turns_and_stand_beside_the_reference() -> None:
    told: list[str] = []
    config = ChainBench(
        repeats=2, references=1, costs=False, serve=SERVE, work=WORK, command=(sys.executable, "-c", "")
    )
    found = bench_chain(config, lambda: {"chain_s": 100.0}, told.append)
    assert told == ["warm-up", "turn 1 of 2", "reference", "turn 2 of 2"]
    rows = {(row["way"], row["what"]): row for row in found["seconds"]}
    drafts = {(way, DRAFT) for way in WAYS[:2]}
    assert set(rows) == {(way, kind) for way in WAYS for kind in KINDS} | drafts
    assert all(rows.pop(draft)["n"] == 20 for draft in drafts)
    assert all(row["n"] == 2 and 0 < row["fastest_s"] <= row["median_s"] for row in rows.values())
    compared = {kind for kind, fields in KINDS.items() if fields["with_volume"]}
    assert {row["what"] for row in found["times_the_reference"]} == compared
    for row in found["times_the_reference"]:
        assert row["times"] == pytest.approx(100.0 / rows[row["way"], row["what"]]["median_s"], rel=0.01)
    assert found["peak_memory_mb"].keys() == set(WAYS) and found["warm_stages_s"]


def test_a_command_line_that_fails_is_told() -> None:
    failing = (sys.executable, "-c", "raise SystemExit('no weights')")
    config = ChainBench(repeats=1, references=0, costs=False, serve=SERVE, work=WORK, command=failing)
    with pytest.raises(OutputError, match="no weights"):
        bench_chain(config, dict)


def test_turns_that_cannot_be_are_refused() -> None:
    for repeats, references in ((0, 0), (2, 3)):
        with pytest.raises(ConfigError, match="cannot be"):
            ChainBench(repeats=repeats, references=references)


def test_growth_is_the_exponent_of_a_power_law() -> None:
    found = growth([64, 96, 128], [3e-6 * edge**3 for edge in (64, 96, 128)])
    assert found == {"exponent": 3.0, "rms_of_log": 0.0}

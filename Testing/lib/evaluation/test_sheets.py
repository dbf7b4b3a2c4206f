"""Blind sheets: both kinds in equal number and in no order, the key apart, marks counted with their interval."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from tiny import tiny_preset

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import ConfigError, DatasetError, InputError
from Sketch2CTLib.evaluation.volumes import sheets
from Sketch2CTLib.evaluation.volumes.sheets import SheetConfig, draw_sheets, judged_marks, read_key, read_marks
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.weights import ModelFolder

QUICK = Settings(steps=2, image_steps=2)


def silent(_done: int, _of: int, _what: str) -> None:
    """Nothing is told."""


@pytest.fixture
def pipeline(run_dir: Path) -> Pipeline:
    tiny_preset()
    return Pipeline(ModelFolder(run_dir / "models"), device="cpu")


def drawn(prepared_dir: Path, pipeline: Pipeline, root: Path, seed: int = 1) -> tuple[Path, list[dict[str, object]]]:
    config = SheetConfig("train", ("liver",), "mask", QUICK, seed)
    draw_sheets(root / "sheets", root / "key.json", PreparedSet(prepared_dir), pipeline, config, silent)
    return root / "sheets", list(read_key(root / "key.json"))  # type: ignore[arg-type]


def test_both_kinds_are_shown_alike_and_in_no_order(prepared_dir: Path, pipeline: Pipeline, tmp_path: Path):
    folder, tiles = drawn(prepared_dir, pipeline, tmp_path)
    cases = len(PreparedSet(prepared_dir).cases("train", "liver"))
    assert Counter(t["origin"] for t in tiles) == {"real": 3 * cases, "generated": 3 * cases}
    assert Counter(t["view"] for t in tiles) == dict.fromkeys(("axial", "coronal", "sagittal"), 2 * cases)
    assert [t["tile"] for t in tiles] == list(range(1, 6 * cases + 1))
    origins = [t["origin"] for t in tiles]
    assert origins not in (sorted(origins), sorted(origins, reverse=True))
    pages = -(-6 * cases // (sheets.COLUMNS * sheets.LINES))
    assert sorted(p.name for p in folder.iterdir()) == [
        "marks.csv",
        *(f"sheet_{n:02d}.png" for n in range(1, pages + 1)),
    ]


def test_one_seed_gives_one_set_and_another_another_order(prepared_dir: Path, pipeline: Pipeline, tmp_path: Path):
    first, tiles = drawn(prepared_dir, pipeline, tmp_path / "a")
    again, same = drawn(prepared_dir, pipeline, tmp_path / "b")
    _, other = drawn(prepared_dir, pipeline, tmp_path / "c", seed=2)
    assert tiles == same and tiles != other
    assert (first / "sheet_01.png").read_bytes() == (again / "sheet_01.png").read_bytes()


def test_a_sheet_tells_nothing_but_numbers(
    prepared_dir: Path, pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    figures: list[Figure] = []
    monkeypatch.setattr(sheets, "save", lambda _path, figure: figures.append(figure))
    folder, tiles = drawn(prepared_dir, pipeline, tmp_path)
    told = [text.get_text() for figure in figures for text in figure.findobj(Text) if text.get_text()]
    numbers = [text for text in told if text.isdecimal()]
    assert sorted(map(int, numbers)) == list(range(1, len(tiles) + 1))
    assert {text for text in told if text not in numbers} == {"Real or generated? Write r or g into marks.csv."}
    assert (folder / "marks.csv").read_text().split() == ["tile,mark", *(f"{t['tile']}," for t in tiles)]


def test_the_key_never_lies_beside_the_sheets(prepared_dir: Path, pipeline: Pipeline, tmp_path: Path):
    config = SheetConfig("train", ("liver",), "mask", QUICK)
    with pytest.raises(ConfigError, match="beside the sheets"):
        draw_sheets(tmp_path, tmp_path / "key.json", PreparedSet(prepared_dir), pipeline, config, silent)
    assert not list(tmp_path.iterdir())


def test_no_such_cases_are_one_line(prepared_dir: Path, pipeline: Pipeline, tmp_path: Path):
    with pytest.raises(DatasetError, match="has no scans"):
        config = SheetConfig("train", ("aorta",), "mask", QUICK)
        draw_sheets(tmp_path / "s", tmp_path / "k", PreparedSet(prepared_dir), pipeline, config, silent)


def tiles_of(count: int) -> list[dict[str, object]]:
    """Real ones have odd numbers."""
    return [
        {"tile": n, "origin": "real" if n % 2 else "generated", "structure": "liver", "view": "axial"}
        for n in range(1, count + 1)
    ]


def test_marks_are_counted_with_their_interval():
    marks = {n: "real" if n % 2 else "generated" for n in range(1, 21)} | {1: "generated", 3: "generated", 2: "real"}
    found = judged_marks(marks, tiles_of(40))
    assert set(found) == {"all", "liver", "axial"}
    every = found["all"]
    assert (every.right, every.marked, every.share) == (17, 20, 0.85)
    assert every.called_real == (0.8, 0.1)
    assert (every.low, every.high) == pytest.approx((0.6396, 0.9476), abs=1e-4)  # Wilson's for 17 of 20


def test_one_who_guesses_is_at_chance():
    rng = np.random.default_rng(1)
    marks = {n: str(rng.choice(["real", "generated"])) for n in range(1, 401)}
    every = judged_marks(marks, tiles_of(400))["all"]
    assert every.low < 0.5 < every.high


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tile,mark\n1,perhaps\n", "Line 2.*no mark"),
        ("tile,mark\n1,\n2,\n", "Nothing is marked"),
        ("tile,mark\nx,r\n", "Line 2"),
    ],
)
def test_damaged_marks_are_one_line(tmp_path: Path, text: str, told: str):
    (tmp_path / "marks.csv").write_text(text)
    with pytest.raises(InputError, match=told):
        read_marks(tmp_path / "marks.csv")


def test_marks_of_other_sheets_and_a_key_that_is_none_are_one_line(tmp_path: Path):
    with pytest.raises(InputError, match="no tile 41"):
        judged_marks({41: "real"}, tiles_of(40))
    (tmp_path / "key.json").write_text('{"format": "other"}')
    with pytest.raises(InputError, match="no key of sheets"):
        read_key(tmp_path / "key.json")


def test_the_commands_draw_sheets_and_count_marks(
    prepared_dir: Path, run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    tiny_preset()
    out, key = tmp_path / "sheets", tmp_path / "key.json"
    given = ["--data", str(prepared_dir), "--models", str(run_dir / "models"), "--split", "train", "--limit", "1"]
    quick = ["--stage", "mask", "--steps", "2", "--image-steps", "2", "--structures", "liver", "--device", "cpu"]
    assert main(["evaluate", "sheets", *given, *quick, "--out", str(out), "--key", str(key)]) == 0
    truth = {t["tile"]: t["origin"] for t in json.loads(key.read_text())["tiles"]}
    lines = ["tile,mark", *(f"{n},{str(origin)[0]}" for n, origin in truth.items())]
    (out / "marks.csv").write_text("\n".join(lines))
    capsys.readouterr()
    assert main(["evaluate", "marks", str(out / "marks.csv"), "--key", str(key)]) == 0
    assert "1.00" in capsys.readouterr().out

import json

import pytest

from Sketch2CTLib.cli.main import main

TEXT = (
    "about 1.4 litres, 18 cm across, smooth, slightly flattened front to back, a 2 cm cyst, depth unknown; 30 cm high"
)


def test_a_table_says_what_was_understood_and_what_was_not(capsys):
    assert main(["parse", TEXT, "--structure", "liver"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Volume 1,400 mL ± 10 %" in out
    assert "not understood: " in out and "2 cm" in out
    assert "(!) outside" in out and "867.8 – 2552" in out


def test_json_says_everything(capsys):
    assert main(["parse", TEXT, "--structure", "liver", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["format"] == "sketch2ct.parsed-text" and record["version"] == 1
    assert record["numbers"]["volume_ml"] == 1400 and record["tolerances"]["volume_ml"] == 140
    assert record["words"]["surface_smoothness"] == "smooth"
    assert record["usual"]["volume_ml"]["inside"] and not record["usual"]["extent_si_mm"]["inside"]
    piece = next(one for one in record["understood"] if one["name"] == "volume_ml")
    assert TEXT[piece["start"] : piece["end"]] == "about 1.4 litres"
    assert record["unread"] and record["notes"]


def test_without_a_structure(capsys):
    assert main(["parse", "1.4 L, enlarged", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["structure"] is None and record["usual"] == {} and record["unread"] == ["enlarged"]


def test_the_picture_is_a_png_of_the_text(tmp_path, capsys):
    import numpy as np
    from matplotlib.image import imread

    assert main(["parse", TEXT, "--structure", "liver", "--png", str(tmp_path / "read.png")]) == 0
    assert main(["parse", "", "--structure", "liver", "--png", str(tmp_path / "empty.png")]) == 0
    read, empty = imread(tmp_path / "read.png"), imread(tmp_path / "empty.png")
    assert read.shape[1] == empty.shape[1] == 1200 and read.shape[0] > empty.shape[0]
    assert np.ptp(read) > 0.5
    assert "read.png" in capsys.readouterr().out


def test_the_picture_takes_any_text(tmp_path, capsys):
    text = "$x_{1}$ \\frac " + "漢字 " * 50 + "\x07 1.4 L " + "y" * 300
    assert main(["parse", text, "--structure", "liver", "--png", str(tmp_path / "odd.png")]) == 0


def test_the_examples_are_read_live(capsys):
    assert main(["parse", "--examples", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["phrasings"]
    assert len(rows) >= 80 and any(row["understood"].get("error") for row in rows)
    assert main(["parse", "--examples"]) == 0
    out = capsys.readouterr().out
    assert "refused: A size cannot be negative" in out and "Volume 1,400 mL" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["1 L. The volume is 2 L.", "--structure", "liver"], "two values for volume: '1 L' and '2 L'"),
        (["minus 3 cm wide", "--structure", "liver"], "cannot be negative"),
        (["1 L", "--structure", "tail"], "Unknown structure 'tail'"),
        (["x" * 20_001], "20,001 characters"),
        ([], "No text was given"),
    ],
)
def test_bad_input_is_one_line(arguments, said, capsys):
    assert main(["parse", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1

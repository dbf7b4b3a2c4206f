"""`evaluate compare`: several evaluations in one table, on the cases that all of them have."""

from __future__ import annotations

import json

import pytest

from Sketch2CTLib.cli.main import main


def write(path, name, dices, method="sketch2ct"):
    cases = [{"structure": "liver", "method": method, "case": case, "dice": dice} for case, dice in dices.items()]
    path.write_text(json.dumps({"name": name, "cases": cases}))
    return str(path)


def test_only_common_cases_are_compared(tmp_path, capsys):
    first = write(tmp_path / "a.json", "paper", {"x": 0.5, "y": 0.7, "z": 0.0})
    second = write(tmp_path / "b.json", "lifted sketch", {"y": 0.9, "x": 0.8})
    third = write(tmp_path / "c.json", "", {"x": 0.2, "y": 0.4})
    again = write(tmp_path / "d.json", "paper", {"x": 0.1, "y": 0.1})
    assert main(["evaluate", "compare", first, second, third, again, "--json", str(tmp_path / "t.json")]) == 0
    table = json.loads((tmp_path / "t.json").read_text())
    found = {row["method"]: (row["n"], row["measures"]["dice"]["value"]) for row in table["rows"]}
    assert found == {
        "paper": (2, pytest.approx(0.6)),
        "lifted sketch": (2, pytest.approx(0.85)),
        "c": (2, pytest.approx(0.3)),
        "paper (2)": (2, pytest.approx(0.1)),
    }
    assert "lifted sketch" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"cases": []}', '{"cases": [{"method": "x"}]}'])
def test_another_file_is_refused_in_one_line(tmp_path, capsys, text):
    good = write(tmp_path / "a.json", "paper", {"x": 0.5})
    (tmp_path / "b.json").write_text(text)
    assert main(["evaluate", "compare", good, str(tmp_path / "b.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_nothing_in_common_is_said(tmp_path, capsys):
    first = write(tmp_path / "a.json", "a", {"x": 0.5})
    second = write(tmp_path / "b.json", "b", {"y": 0.5})
    assert main(["evaluate", "compare", first, second]) == 2
    assert "no case in common" in capsys.readouterr().err
    assert main(["evaluate", "compare", first, first, "--method", "sampled"]) == 2

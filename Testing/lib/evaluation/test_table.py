import csv
import io
import json

import numpy as np
import pytest

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.evaluation.table import CaseRow, Column, summarise


def rows():
    rng = np.random.default_rng(0)
    made = []
    for structure in ("liver", "aorta"):
        for method, level in (("model", 0.9), ("mean shape", 0.8)):
            for case in range(5):
                values = {
                    "dice": level + 0.01 * rng.standard_normal(),
                    "hd95_mm": 10 / level,
                    "assd_mm": float("nan") if case == 4 else 2.0,
                    "sketch_iou": level,
                    "volume_error_abs": 0.01 * case,
                }
                made.append(CaseRow(method, structure, f"case{case}", values))
    return made


def table():
    return summarise(rows(), np.random.default_rng(1), resamples=500)


def test_each_structure_and_method_has_n_and_intervals():
    found = table()
    assert [(r.structure, r.method, r.n) for r in found.rows] == [
        ("liver", "model", 5), ("liver", "mean shape", 5), ("aorta", "model", 5), ("aorta", "mean shape", 5)
    ]  # fmt: skip
    dice = found.rows[0].intervals["dice"]
    assert dice.low < dice.value < dice.high
    assert found.value("model", "liver", "volume_error_abs") == pytest.approx(0.02)  # the median
    assert found.rows[0].intervals["assd_mm"].missing == 1
    with pytest.raises(ConfigError):
        found.value("model", "spleen", "dice")


def test_text_says_value_interval_n_and_the_best():
    text = table().to_text(title="Masks", width=160)
    line = next(x for x in text.splitlines() if "liver" in x and "model" in x)
    other = next(x for x in text.splitlines() if "liver" in x and "mean shape" in x)
    assert "Masks" in text and "95 %" in text and "\x1b" not in text
    assert "0.900 [0.900, 0.900]*" in line and "2.0 % [" in line and "2.0 [2.0, 2.0] (4)" in line
    assert "11.1" in line and "*" in line and "12.5 [12.5, 12.5]*" not in other


def test_json_is_strict_and_whole():
    data = json.loads(json.dumps(table().to_dict(), allow_nan=False))
    assert len(data["cases"]) == 20 and data["cases"][4]["assd_mm"] is None
    measure = data["rows"][0]["measures"]["dice"]
    assert set(measure) == {"value", "low", "high", "n", "missing", "statistic", "confidence"}
    assert data["columns"][4]["statistic"] == "median"


def test_csv_reads_back():
    lines = list(csv.DictReader(io.StringIO(table().to_csv())))
    assert len(lines) == 4 * 5
    first = lines[0]
    assert first["measure"] == "dice" and int(first["n"]) == 5
    assert float(first["low"]) < float(first["value"]) < float(first["high"])


def test_a_measure_that_no_case_has_is_a_dash():
    found = summarise([CaseRow("m", "liver", "a", {})], np.random.default_rng(0), columns=[Column("dice", "Dice")])
    assert "–" in found.to_text() and '""' not in found.to_csv()
    assert found.to_dict()["rows"][0]["measures"]["dice"]["value"] is None


def test_wrong_rows_are_refused():
    with pytest.raises(ConfigError, match="no cases"):
        summarise([], np.random.default_rng(0))
    with pytest.raises(ConfigError, match="twice"):
        summarise([CaseRow("m", "liver", "a", {})] * 2, np.random.default_rng(0))

"""The log of rows: what was added is there again, and a file of something else is refused, not overwritten."""

from __future__ import annotations

import math

import pytest

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.evaluation.row_log import RowLog
from Sketch2CTLib.evaluation.table import CaseRow


def test_rows_come_back(tmp_path):
    path = tmp_path / "rows.partial"
    RowLog(path, {"seed": 1}).add([CaseRow("sampled", "liver", "a/b", {"dice": 0.5, "hd95_mm": math.nan})])
    log = RowLog(path, {"seed": 1})
    assert log.has("sampled", "liver", "a/b")
    assert not log.has("sampled", "spleen", "a/b")
    assert log.rows[0].values["dice"] == 0.5
    assert math.isnan(log.rows[0].values["hd95_mm"])
    log.remove()
    assert not path.exists()
    assert RowLog(path, {"seed": 1}).rows == []


def test_rows_of_other_settings_are_refused(tmp_path):
    RowLog(tmp_path / "rows", {"seed": 1}).add([CaseRow("sampled", "liver", "a/b", {})])
    with pytest.raises(ConfigError, match="another model, folder or setting"):
        RowLog(tmp_path / "rows", {"seed": 2})


@pytest.mark.parametrize("text", ["", "[]", '{"format": "x", "rows": []}', '{"format": "sketch2ct.evaluation-rows"}'])
def test_another_file_is_refused(tmp_path, text):
    (tmp_path / "rows").write_text(text)
    with pytest.raises(ConfigError, match="does not hold rows"):
        RowLog(tmp_path / "rows", {})
    assert (tmp_path / "rows").read_text() == text


def test_without_a_file_rows_are_kept_in_memory():
    log = RowLog(None, {})
    log.add([CaseRow("sampled", "liver", "a/b", {})])
    log.remove()
    assert len(log.rows) == 1

"""Ranges of real scans: of the train split for looks, of the validation split for the segmenter; no case is in them."""

from __future__ import annotations

import json

import pytest

from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.evaluation.table import CaseRow
from Sketch2CTLib.evaluation.volumes.scan_statistics import scan_rows, scan_statistics


class Finds:
    """Marks what is brighter than 70 HU."""

    def knows(self, structure, modality):
        return structure == "liver"

    def marked(self, unit, structure, modality):
        return unit > (70 + 125) / 200 - 1


def test_rows_tell_look_and_dice(prepared_dir):
    rows = scan_rows(PreparedSet(prepared_dir), "val", Finds())
    liver, spleen = (next(row for row in rows if row.structure == name) for name in ("liver", "spleen"))
    assert liver.method == "CT" and liver.values["mean"] == pytest.approx(110, abs=3)
    assert liver.values["found_again_dice"] > 0.8 and "found_again_dice" not in spleen.values
    assert 0 <= liver.values["met"] <= 1


def test_statistics_are_summaries_of_the_right_split(prepared_dir):
    prepared = PreparedSet(prepared_dir)
    looks = scan_rows(prepared, "train")
    found = [CaseRow("CT", "liver", f"toy/v{at}/liver", {"found_again_dice": 0.9, "mean": 999.0}) for at in range(2)]
    told = scan_statistics(looks, found)
    ranges = told["structures"]["liver"]["CT"]
    assert ranges["mean"]["cases"] == 3 and ranges["mean"]["high"] < 200
    assert ranges["found_again_dice"]["median"] == 0.9
    assert told["splits"]["mean"] == "train" and told["splits"]["found_again_dice"] == "val"
    text = json.dumps(told, allow_nan=False)
    assert not any(f'"{case.case}"' in text or case.key in text for case in prepared)


def test_a_split_without_scans_is_refused(prepared_dir):
    with pytest.raises(DatasetError, match="no test scans"):
        scan_rows(PreparedSet(prepared_dir), "test")

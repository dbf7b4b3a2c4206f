"""Downstream: scans are drawn once, a study goes on where it stopped, and its two questions are answered rightly."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import ConfigError, DatasetError
from Sketch2CTLib.evaluation.row_log import RowLog
from Sketch2CTLib.evaluation.table import CaseRow
from Sketch2CTLib.evaluation.volumes.downstream import (
    SOURCES,
    Downstream,
    augmented,
    evaluate_downstream,
    gains,
    generated_scans,
)
from Sketch2CTLib.evaluation.volumes.downstream_report import DownstreamReport, study_told
from Sketch2CTLib.generation.model.fields import pooled
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.values import ImageVolume
from Sketch2CTLib.generation.volumes.labelled import real_scans

STUDY = Downstream(("liver",), copies=2, seeds=(1, 2), limit=2, settings=Settings(image_steps=2))


class Paints:
    """A volume stage that paints the mask grey."""

    preset = SimpleNamespace(name="painter")
    scan_recipe = {}

    def hashes(self):
        return {"painter": "1"}

    def image(self, mask, seed, settings, *, modality):
        return ImageVolume(np.where(mask.body, 100 + seed % 10, 0), mask.grid, modality)


@pytest.fixture
def pipeline():
    return Paints()


class Threshold:
    """Marks what is brighter than a level: the liver of the synthetic scans where that lies at 60 HU."""

    def __init__(self, level: float) -> None:
        self.level = level

    def marked(self, unit, structure, modality):
        return unit > self.level


class Fits:
    """Trains nothing; knows what it was given. The more scans, the better the threshold."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int]] = []

    def __call__(self, scans, name, seed):
        self.calls.append((name, len(scans), seed))
        return Threshold(-0.075 if name.startswith("both") else -0.5)


def test_scans_are_drawn_once(prepared_dir, pipeline, tmp_path):
    prepared = PreparedSet(prepared_dir)
    first = generated_scans(prepared, pipeline, tmp_path, STUDY)
    assert len(first) == 4 and {scan.structure for scan in first} == {"liver"}
    stamps = [scan.path.stat().st_mtime_ns for scan in first]
    draw, pipeline.image = pipeline.image, None  # would fail if it were asked
    again = generated_scans(prepared, pipeline, tmp_path, STUDY)
    assert [scan.path.stat().st_mtime_ns for scan in again] == stamps
    pipeline.image, pipeline.scan_recipe = draw, {"borders": {"liver CT": {"width_mm": 3.0, "spread": 0.1}}}
    other = generated_scans(prepared, pipeline, tmp_path, STUDY)
    assert not {scan.path for scan in other} & {scan.path for scan in first}, "other borders are other scans"
    cases = STUDY.cases(prepared, "train")
    whole = pooled(cases[0].mask().astype(np.float32), 64) >= 0.5
    assert np.array_equal(first[0].read(64)[1], whole)
    assert not np.array_equal(first[1].read(64)[1], whole)  # the second copy is of an augmented mask


def test_an_augmented_mask_is_like_its_origin(prepared_dir, rng):
    case = PreparedSet(prepared_dir).cases("train", "liver")[0]
    mask, moved = case.mask(), augmented(case, rng)
    share = 2 * (mask & moved).sum() / (mask.sum() + moved.sum())
    assert 0.6 < share < 1.0


def test_each_source_gets_its_scans_and_seeds(prepared_dir, pipeline, tmp_path):
    prepared, fits = PreparedSet(prepared_dir), Fits()
    drawn = generated_scans(prepared, pipeline, tmp_path, STUDY)
    rows = evaluate_downstream(prepared, drawn, fits, STUDY, tmp_path)
    assert fits.calls == [
        (f"{source}_{seed}", count, seed) for seed in (1, 2) for source, count in zip(SOURCES, (2, 4, 6), strict=True)
    ]
    assert [(row.method, row.values["seed_sd"]) for row in rows] == [(source, 0.0) for source in SOURCES]
    scores = {row.method: row.values["dice"] for row in rows}
    assert scores["both"] > 0.9 > scores["real"]


def test_a_study_goes_on_where_it_stopped(prepared_dir, tmp_path):
    prepared, log = PreparedSet(prepared_dir), tmp_path / "rows.json"
    drawn = real_scans(prepared.cases("train", "liver"), tmp_path)
    fits = Fits()

    def stops(scans, name, seed):
        if len(fits.calls) == 3:
            raise KeyboardInterrupt
        return fits(scans, name, seed)

    with pytest.raises(KeyboardInterrupt):
        evaluate_downstream(prepared, drawn, stops, STUDY, tmp_path, log=RowLog(log, {"steps": 1}))
    rest = Fits()
    rows = evaluate_downstream(prepared, drawn, rest, STUDY, tmp_path, log=RowLog(log, {"steps": 1}))
    assert len(rest.calls) == 3 and len(rows) == 3
    with pytest.raises(ConfigError, match="another"):
        RowLog(log, {"steps": 2})


def rows_of(real, synthetic, both):
    columns = {"real": real, "synthetic": synthetic, "both": both}
    return [
        CaseRow(source, "liver", f"c{at}", {"dice": value, "hd95_mm": 3.0, "seed_sd": 0.01})
        for source, values in columns.items()
        for at, value in enumerate(values)
    ]


def test_the_two_questions_are_answered_by_case(rng):
    found = gains(rows_of([0.8, 0.9], [0.72, 0.81], [0.85, 0.94]), rng)
    assert found["liver"]["synthetic_share"] == pytest.approx(0.9)
    assert found["liver"]["both_gain"]["value"] == pytest.approx(0.045)
    assert found["liver"]["both_gain"]["low"] > 0 and found["all"]["n"] == 2


def test_the_report_can_be_read_and_written(pipeline, tmp_path):
    told = study_told(STUDY, pipeline, {"steps": 3})
    report = DownstreamReport(rows_of([0.8, 0.9, 0.7], [0.7, 0.8, 0.6], [0.8, 0.9, 0.8]), told)
    assert "synthetic alone 87.5 % of real" in report.to_text()
    report.write(tmp_path / "d.json")
    written = json.loads((tmp_path / "d.json").read_text())
    assert written["study"]["segmenter"] == {"steps": 3} and len(written["cases"]) == 9
    assert report.draw(tmp_path / "plots").stat().st_size > 5000


def test_nothing_to_compare_is_refused(prepared_dir):
    with pytest.raises(ConfigError):
        Downstream(copies=0)
    with pytest.raises(DatasetError, match="no train scans of aorta"):
        Downstream(("aorta",)).cases(PreparedSet(prepared_dir), "train")

"""The volume sweep: one that obeys has slope 1, one that does not listen has slope 0."""

from __future__ import annotations

import math

import numpy as np
import pytest
from fake_pipeline import FakePipeline

from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.evaluation.masks import sweeps
from Sketch2CTLib.evaluation.masks.asked_cases import AskedCase
from Sketch2CTLib.evaluation.masks.methods import Asking
from Sketch2CTLib.generation.settings import Settings


def ball(grid, volume_ml, deep=1.0):
    axes = [(np.arange(n) - (n - 1) / 2) * s for n, s in zip(grid.shape_kji, grid.spacing_mm[::-1], strict=True)]
    k, j, i = np.meshgrid(*axes, indexing="ij", sparse=True)
    return (k / deep) ** 2 + j**2 + i**2 < (volume_ml * 1000 * 3 / 4 / np.pi) ** (2 / 3)


def test_a_model_that_listens_only_while_volume_is_matched(prepared_dir, monkeypatch):
    monkeypatch.setattr(sweeps, "DEVIATIONS", (-3.0, 0.0, 2.0, 3.0))
    one = AskedCase(PreparedSet(prepared_dir).cases("train", "liver")[0])

    depth_mm = one.numbers["extent_si_mm"]

    def draw(request, grid, _):
        if "extent_si_mm" in request.numbers:  # an axial sketch leaves the height open; half of what is asked is heard
            ball_mm = 2.0 * (300_000.0 * 3 / 4 / np.pi) ** (1 / 3)
            return ball(grid, 300.0, (0.5 + 0.5 * request.numbers["extent_si_mm"] / depth_mm) * depth_mm / ball_mm)
        matched = pipeline.asked[-1][2].match_volume
        return ball(grid, request.numbers["volume_ml"] if matched else 300.0)

    pipeline = FakePipeline(draw)
    values = sweeps.sweep_case(Asking(one, None, pipeline, Settings(steps=1)))
    asked = sweeps.series(values, "asked")
    own = one.numbers["volume_ml"]
    np.testing.assert_allclose(asked, [own * math.exp(0.2 * d) for d in (-3, 0, 2, 3)])
    assert values["slope_matched"] == pytest.approx(1.0, abs=0.01)
    assert values["slope_usual"] == pytest.approx(1.0, abs=0.02)
    assert values["slope_unmatched"] == pytest.approx(0.0, abs=1e-6)
    assert values["error_abs"] < 0.01
    assert values["slope_depth"] == pytest.approx(0.5, abs=0.1)
    assert {tuple(r.numbers) for r in pipeline.requests} == {("volume_ml",), ("extent_si_mm",)}
    assert all(not r.sentences and r.drawings for r in pipeline.requests)
    assert len({r.drawings[0].digest() for r in pipeline.requests}) == 1


def test_the_slope_is_that_of_the_line():
    assert sweeps.slope([1, 2, 3], [5, 5.5, 6]) == pytest.approx(0.5)
    assert math.isnan(sweeps.slope([2, 2], [1, 3]))

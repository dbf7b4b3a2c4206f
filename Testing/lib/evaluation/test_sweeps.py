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


def ball(grid, volume_ml):
    axes = [(np.arange(n) - (n - 1) / 2) * s for n, s in zip(grid.shape_kji, grid.spacing_mm[::-1], strict=True)]
    k, j, i = np.meshgrid(*axes, indexing="ij", sparse=True)
    return k**2 + j**2 + i**2 < (volume_ml * 1000 * 3 / 4 / np.pi) ** (2 / 3)


def test_a_model_that_listens_only_while_volume_is_matched(prepared_dir, monkeypatch):
    monkeypatch.setattr(sweeps, "DEVIATIONS", (-3.0, 0.0, 3.0))
    one = AskedCase(PreparedSet(prepared_dir).cases("train", "liver")[0])

    def draw(request, grid, _):
        matched = pipeline.asked[-1][2].match_volume
        return ball(grid, request.numbers["volume_ml"] if matched else 300.0)

    pipeline = FakePipeline(draw)
    values = sweeps.sweep_case(Asking(one, None, pipeline, Settings(steps=1)))
    asked = sweeps.series(values, "asked")
    own = one.numbers["volume_ml"]
    np.testing.assert_allclose(asked, [own * math.exp(-0.6), own, own * math.exp(0.6)])
    assert values["slope_matched"] == pytest.approx(1.0, abs=0.01)
    assert values["slope_unmatched"] == pytest.approx(0.0, abs=1e-6)
    assert values["error_abs"] < 0.01
    assert all(set(r.numbers) == {"volume_ml"} and not r.sentences and r.drawings for r in pipeline.requests)
    assert len({r.drawings[0].digest() for r in pipeline.requests}) == 1


def test_the_slope_is_that_of_the_line():
    assert sweeps.slope([1, 2, 3], [5, 5.5, 6]) == pytest.approx(0.5)
    assert math.isnan(sweeps.slope([2, 2], [1, 3]))

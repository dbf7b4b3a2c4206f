"""ScanStyles: measured on a scan whose values are known, averaged, drawn."""

from __future__ import annotations

import json

import numpy as np
import pytest
from painting_models import plain_style

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.generation.painting.styles import ScanStyles, Style, fine_noise, usual_values


def test_usual_values_are_means_of_classes_and_unknown_where_they_are_few() -> None:
    classes = np.repeat(np.array([0, 1, 2]), (500, 400, 3))
    image = np.where(classes == 0, -0.5, 0.25).astype(np.float32)
    image[:250] += 0.2
    np.testing.assert_allclose(usual_values(image, classes, 4), [-0.4, 0.25, np.nan, np.nan], atol=1e-6)


def test_fine_noise_is_the_noise_of_a_flat_body_and_not_its_slope() -> None:
    rng = np.random.default_rng(0)
    slope = np.linspace(-0.5, 0.5, 48, dtype=np.float32)[:, None, None] * np.ones((48, 48, 48), np.float32)
    inside = np.zeros((48,) * 3, dtype=bool)
    inside[8:40, 8:40, 8:40] = True
    grain = rng.standard_normal(slope.shape).astype(np.float32)
    levels = [fine_noise(slope + np.float32(sd) * grain, inside) for sd in (0.05, 0.1)]
    assert levels[1] == pytest.approx(2 * levels[0], rel=0.03)
    assert levels[0] == pytest.approx(0.05, rel=0.1)
    assert fine_noise(slope, inside) < 0.002


def test_numbers_say_how_large_voxels_are() -> None:
    style = Style(np.zeros(3, np.float32), 0.05, 3.0, 1.5)
    np.testing.assert_allclose(style.numbers(2.0), 0.0, atol=1e-6)
    np.testing.assert_allclose(style.numbers(4.0), [np.log(2), 0, 0, 0], atol=1e-6)


def test_a_drawn_style_lies_among_those_that_were_seen() -> None:
    rng = np.random.default_rng(1)
    by, noise = 0.1 * rng.standard_normal(12), 0.05 * np.exp(rng.normal(0, 0.2, 12))
    usual = plain_style().values
    seen = [Style(usual + np.float32(b), float(n), 3.0, 1.0) for b, n in zip(by, noise, strict=True)]
    styles = ScanStyles.from_dict(json.loads(json.dumps(ScanStyles.fit(seen).to_dict())))
    drawn = [styles.drawn(seed) for seed in range(60)]
    assert np.array_equal(styles.drawn(7).values, drawn[7].values)
    found = np.array([float((one.values - plain_style().values)[1:].mean()) for one in drawn])
    assert 0.03 < found.std() < 0.2
    assert all(0.02 < one.noise < 0.12 and one.slice_mm == pytest.approx(3.0, rel=0.01) for one in drawn)
    with pytest.raises(ConfigError, match="no scans"):
        ScanStyles.fit([])

import json

import numpy as np
import pytest

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.evaluation.bootstrap import bootstrap_interval


def test_it_matches_the_normal_theory_of_a_mean():
    sample = np.random.default_rng(0).normal(5.0, 2.0, 400)
    interval = bootstrap_interval(sample, np.random.default_rng(1))
    half = 1.96 * sample.std() / 20
    assert interval.value == pytest.approx(sample.mean()) and interval.n == 400
    assert interval.low == pytest.approx(sample.mean() - half, abs=0.03)
    assert interval.high == pytest.approx(sample.mean() + half, abs=0.03)


def test_it_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(200):
        i = bootstrap_interval(rng.normal(0, 1, 40), rng, resamples=400, confidence=0.9)
        hits += i.low <= 0 <= i.high
    assert 0.82 <= hits / 200 <= 0.95


def test_same_generator_same_interval():
    one, two = (bootstrap_interval([1, 2, 4, 8], np.random.default_rng(3)) for _ in range(2))
    assert one == two and one.low <= one.value <= one.high


def test_a_median_is_robust():
    i = bootstrap_interval([1.0] * 20 + [1000.0], np.random.default_rng(0), statistic="median")
    assert (i.value, i.low, i.high) == (1.0, 1.0, 1.0)


def test_missing_values_are_counted_not_hidden():
    i = bootstrap_interval([1.0, np.nan, 3.0, np.inf], np.random.default_rng(0))
    assert (i.value, i.n, i.missing) == (2.0, 2, 2)


def test_too_few_values_have_no_interval():
    one = bootstrap_interval([3.0], np.random.default_rng(0))
    none = bootstrap_interval([], np.random.default_rng(0))
    assert one.value == 3.0 and np.isnan(one.low) and none.n == 0
    assert none.to_dict()["value"] is None
    json.dumps(none.to_dict(), allow_nan=False)


@pytest.mark.parametrize("wrong", [{"statistic": "mode"}, {"resamples": 0}, {"confidence": 1.0}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ConfigError):
        bootstrap_interval([1, 2], np.random.default_rng(0), **wrong)

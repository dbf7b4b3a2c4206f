"""How anatomy is distributed over layouts: known medians, spreads, offsets and shares of contacts."""

from __future__ import annotations

import numpy as np
import pytest

from Sketch2CTLib.evaluation.layouts.distribution import Anatomy, Distribution


def anatomy(liver_ml: float, spleen_x: float, touching: bool, cut: frozenset[str] = frozenset()) -> Anatomy:
    places = {"liver": np.array([50.0, 0.0, 0.0]), "spleen": np.array([spleen_x, 0.0, 0.0])}
    pairs = frozenset({("liver", "spleen")}) if touching else frozenset()
    return Anatomy({"liver": liver_ml, "spleen": 200.0}, places, cut, pairs)


@pytest.fixture
def seen() -> Distribution:
    logs = (-0.1, 0.0, 0.1)
    return Distribution.of(anatomy(1000 * np.exp(log), -70 + 10 * n, n == 0) for n, log in enumerate(logs))


def test_volumes_are_told_in_medians_and_deviations_of_their_logarithm(seen: Distribution) -> None:
    ratio, deviations = seen.volume("liver", 1000 * np.exp(0.2))
    assert ratio == pytest.approx(np.exp(0.2)) and deviations == pytest.approx(2.0)
    assert np.isnan(seen.volume("pancreas", 80.0)).all()


def test_places_are_told_in_millimetres_and_in_usual_distances(seen: Distribution) -> None:
    places = {"liver": np.array([50.0, 30.0, 0.0]), "spleen": np.array([-60.0, 0.0, 0.0])}
    away_mm, usual = seen.offset("spleen", places, ("liver",))
    assert away_mm == pytest.approx(30.0)  # the mean offset is −110 mm to the left
    assert usual == pytest.approx(30.0 / np.sqrt(200 / 3))
    assert np.isnan(seen.offset("spleen", places, ("aorta",))).all()


def test_contacts_are_shares_of_the_layouts_that_hold_both(seen: Distribution) -> None:
    assert seen.contacts == {("liver", "spleen"): pytest.approx(1 / 3)}


def test_cut_organs_say_nothing_of_volume_and_place_and_few_cases_nothing_at_all() -> None:
    cut = frozenset({"liver"})
    found = Distribution.of([*(anatomy(1000.0, -60.0, True) for _ in range(2)), anatomy(9000.0, -60.0, True, cut)])
    assert "liver" not in found.log_ml and "spleen" in found.log_ml and ("spleen", "liver") not in found.offsets_mm

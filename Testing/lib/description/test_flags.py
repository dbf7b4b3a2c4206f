"""Numbers outside the range of the training cases are told with that range."""

import pytest

from Sketch2CTLib import catalog
from Sketch2CTLib.description import outside_training_range
from Sketch2CTLib.description.flags import doubts, grouped
from Sketch2CTLib.training_ranges import TrainingRange, training_range, training_ranges


def flags(structure="liver", **numbers):
    return outside_training_range(structure, numbers)


def test_a_large_volume_is_told_with_the_range():
    usual = training_range("liver", "volume_ml")
    (flag,) = flags(volume_ml=4200)
    assert (flag.name, flag.value, flag.low, flag.high, flag.cases) == (
        "volume_ml", 4200, usual.low, usual.high, usual.cases,
    )  # fmt: skip
    assert flag.sentence == (
        f"Volume 4,200 mL lies outside what was seen in training ({grouped(usual.low)}–{grouped(usual.high)} mL, "
        f"{usual.cases} cases)."
    )


@pytest.mark.parametrize("structure", catalog.STRUCTURE_NAMES)
def test_the_ends_of_the_range_are_usual_and_what_lies_beyond_is_not(structure):
    for name, usual in training_ranges(structure).items():
        assert usual.holds(usual.low) and usual.holds(usual.high) and usual.holds(usual.median)
        for end in (usual.low, usual.high):
            assert flags(structure, **{name: end}) == ()
    low, high = (getattr(training_range(structure, "volume_ml"), end) for end in ("low", "high"))
    assert flags(structure, volume_ml=low / 2) and flags(structure, volume_ml=1.1 * high)


def test_flags_come_in_token_order_and_only_for_known_numbers():
    found = flags(extent_rl_mm=20, volume_ml=5, sphericity=0.99)
    assert [flag.name for flag in found] == ["volume_ml", "extent_rl_mm", "sphericity"]
    assert flags() == ()
    assert found[2].sentence.startswith("Sphericity 0.99 lies outside what was seen in training (0.")


def test_a_number_that_was_always_the_same(monkeypatch):
    always = TrainingRange("components", 27, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0)
    monkeypatch.setattr("Sketch2CTLib.description.flags.training_range", lambda structure, name: always)
    (flag,) = flags(components=3)
    assert flag.sentence == "Pieces 3 lies outside what was seen in training (always 1, 27 cases)."


def test_a_number_without_a_range_is_not_flagged(monkeypatch):
    monkeypatch.setattr("Sketch2CTLib.description.flags.training_range", lambda structure, name: None)
    assert flags(volume_ml=15_000) == ()


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (0.73124, "0.7312"), (12.3456, "12.35"), (4200, "4,200"), (1010.6, "1,011"), (3, "3")]
)
def test_numbers_for_people(value, said):
    assert grouped(value) == said


def test_a_tube_that_holds_too_much_is_doubted():
    numbers = {"volume_ml": 1000.0, "centreline_length_mm": 200.0, "max_cross_section_diameter_mm": 20.0}
    (said,) = doubts(numbers)
    assert "1,000 mL" in said and "(62.83 mL)" in said and said.endswith(".")
    assert doubts({**numbers, "volume_ml": 80.0}) == () == doubts({"volume_ml": 1000.0})

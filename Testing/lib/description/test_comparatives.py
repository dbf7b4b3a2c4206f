import pytest

from Sketch2CTLib import catalog
from Sketch2CTLib.description.text.parse import parse_text
from Sketch2CTLib.errors import DescriptionError
from Sketch2CTLib.training_ranges import training_range

VOLUME, RL, AP, SI = "volume_ml", "extent_rl_mm", "extent_ap_mm", "extent_si_mm"
MEAN = "mean_cross_section_diameter_mm"


@pytest.mark.parametrize("structure", catalog.STRUCTURE_NAMES)
@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("twice the usual volume", 2.0),
        ("double the normal size", 2.0),
        ("half the usual volume", 0.5),
        ("one and a half times the usual volume", 1.5),
        ("1.5 x the average volume", 1.5),
        ("150 % of the normal volume", 1.5),
        ("two thirds of the usual size", 2 / 3),
        ("three times as large as usual", 3.0),
        ("half as big as normal", 0.5),
        ("20 % larger than usual", 1.2),
        ("20 percent smaller than normal", 0.8),
        ("a third smaller than usual", 2 / 3),
        ("a quarter larger", 1.25),
        ("half again as large as usual", 1.5),
        ("10 % above the usual volume", 1.1),
        ("enlarged by 30 %", 1.3),
    ],
)
def test_factors_multiply_the_median_of_the_training_cases(structure, text, factor):
    usual = training_range(structure, VOLUME)
    read = parse_text(text, structure)
    assert read.numbers == {VOLUME: pytest.approx(usual.median * factor)}
    assert read.tolerances[VOLUME] == pytest.approx(0.15 * usual.median * factor)
    assert read.unread == ()


@pytest.mark.parametrize("structure", catalog.STRUCTURE_NAMES)
def test_adjectives_are_ordered_and_stay_positive(structure):
    said = ["tiny", "markedly small", "small", "slightly small", "normal size", "slightly enlarged", "enlarged",
            "markedly enlarged", "massively enlarged"]  # fmt: skip
    values = [parse_text(text, structure).numbers[VOLUME] for text in said]
    assert values == sorted(values) and len(set(values)) == len(values) and values[0] > 0
    usual = training_range(structure, VOLUME)
    assert values[4] == pytest.approx(usual.median)
    assert usual.median < values[6] < usual.p95 < values[7]


@pytest.mark.parametrize(
    ("structure", "text", "name", "sign"),
    [
        ("liver", "wider than usual", RL, 1),
        ("liver", "narrower than normal", RL, -1),
        ("liver", "deeper than usual", AP, 1),
        ("liver", "longer than usual", SI, 1),
        ("liver", "much shorter than usual", SI, -1),
        ("liver", "slightly flattened front to back", AP, -1),
        ("liver", "flattened from top to bottom", SI, -1),
        ("aorta", "a wide aorta", MEAN, 1),
        ("aorta", "the aorta is dilated", MEAN, 1),
        ("aorta", "a narrow aorta", MEAN, -1),
        ("liver", "a large volume", VOLUME, 1),
        ("left_kidney", "a small kidney", VOLUME, -1),
    ],
)
def test_directions_name_what_differs(structure, text, name, sign):
    read, usual = parse_text(text, structure), training_range(structure, name)
    assert list(read.numbers) == [name]
    assert (read.numbers[name] - usual.median) * sign > read.tolerances[name] / 2


def test_a_direction_scales_with_the_volume_of_the_text():
    plain = parse_text("flattened front to back", "liver").numbers[AP]
    eighth = parse_text(f"{training_range('liver', VOLUME).median / 8} mL, flattened front to back", "liver").numbers[
        AP
    ]
    assert eighth == pytest.approx(plain / 2)


@pytest.mark.parametrize(
    "text", ["usual volume", "normal in size", "normal-sized", "the size is normal", "not enlarged"]
)
def test_the_usual_is_the_median_with_a_wide_tolerance(text):
    usual = training_range("liver", VOLUME)
    read = parse_text(text, "liver")
    assert read.numbers == {VOLUME: usual.median}
    assert read.tolerances[VOLUME] > 0.1 * usual.median


def test_an_amount_more_or_less_than_usual():
    usual = training_range("liver", VOLUME).median
    assert parse_text("100 mL larger than usual", "liver").numbers == {VOLUME: pytest.approx(usual + 100)}
    assert parse_text("0.9 of the usual volume", "liver").numbers == {VOLUME: pytest.approx(0.9 * usual)}
    shorter = training_range("liver", SI).median - 10
    assert parse_text("1 cm shorter than usual", "liver").numbers == {SI: pytest.approx(shorter)}
    assert parse_text("5 of the usual size", "liver").numbers == {}
    with pytest.raises(DescriptionError, match="leaves nothing"):
        parse_text("3 L smaller than usual", "liver")


def test_a_hedge_widens_a_factor():
    plain, hedged = (parse_text(f"{hedge}twice the usual volume", "liver") for hedge in ("", "about "))
    assert hedged.numbers == plain.numbers
    assert hedged.tolerances[VOLUME] > plain.tolerances[VOLUME]


@pytest.mark.parametrize("text", ["twice the usual volume", "enlarged", "normal size", "longer than usual"])
def test_without_a_structure_a_note_says_so(text):
    read = parse_text(text)
    assert read.numbers == {} and read.unread == (text,)
    assert any("needs the structure" in note for note in read.notes)


@pytest.mark.parametrize(
    "text",
    ["large spleen", "the spleen is enlarged", "a large cyst", "small bowel", "small vessels", "a normal CT",
     "not small", "larger", "big data"],
)  # fmt: skip
def test_what_is_not_the_organs_size_stays_unread(text):
    read = parse_text(text, "liver")
    assert read.numbers == {} and read.unread == (text,)


def test_a_number_goes_before_a_comparison_and_a_misfit_is_noted():
    read = parse_text("an enlarged liver of 2.1 L", "liver")
    assert read.numbers == {VOLUME: 2100} and read.notes == ()
    read = parse_text("an enlarged liver of 0.9 L", "liver")
    assert read.numbers == {VOLUME: 900} and "does not fit" in read.notes[0]
    assert parse_text("enlarged, twice the usual volume", "liver").numbers == {
        VOLUME: pytest.approx(2 * training_range("liver", VOLUME).median)
    }


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("20 cm wide, twice as wide as deep", {RL: 200, AP: 100}),
        ("10 cm deep, twice as wide as deep", {RL: 200, AP: 100}),
        ("20 cm wide, as tall as it is wide", {RL: 200, SI: 200}),
        ("20 cm deep, 25 % wider than deep", {RL: 250, AP: 200}),
        ("20 cm wide, the height is half the width", {RL: 200, SI: 100}),
        ("twice as wide as deep", {}),
        ("longer than it is wide, 20 cm wide", {RL: 200}),
        ("20 cm wide, 15 cm deep, twice as wide as deep", {RL: 200, AP: 150}),
    ],
)
def test_ratios_of_extents(text, numbers):
    read = parse_text(text, "liver")
    assert read.numbers == pytest.approx(numbers)
    assert len(read.numbers) == 2 or read.notes


def test_the_reading_says_what_was_compared():
    (piece,) = parse_text("twice the usual volume", "liver").understood
    assert piece.reading.startswith("Volume 3,1") and "usual is 1,590 mL" in piece.reading
    assert (piece.start, piece.end) == (0, 22)

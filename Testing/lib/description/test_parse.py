import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from Sketch2CTLib.description.text.numerals import find_amounts
from Sketch2CTLib.description.text.parse import parse_text
from Sketch2CTLib.errors import DescriptionError, UnknownStructure

RL, AP, SI = "extent_rl_mm", "extent_ap_mm", "extent_si_mm"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("about 1.4 litres, 18 cm across (R-L), 12 cm long", {"volume_ml": 1400, RL: 180, SI: 120}),
        ("1,4 l; 18,5 cm wide", {"volume_ml": 1400, RL: 185}),
        ("1,400 mL", {"volume_ml": 1400}),
        ("1,450 L", {"volume_ml": 1450}),
        ("0,125 ml", {"volume_ml": 0.125}),
        ("1 400 mL", {"volume_ml": 1400}),
        ("1.234,5 ml", {"volume_ml": 1234.5}),
        ("A volume of 900cc", {"volume_ml": 900}),
        ("1.2 dl", {"volume_ml": 120}),
        ("37 cm³ and 110 cm²", {"volume_ml": 37, "surface_area_cm2": 110}),
        ("250 cm^3", {"volume_ml": 250}),
        ("volume between 1.2 and 1.4 L", {"volume_ml": 1300}),
        ("1.2-1.4 L", {"volume_ml": 1300}),
        ("1200 to 1400 mL", {"volume_ml": 1300}),
        ("21 × 18 × 17 cm", {RL: 210, AP: 180, SI: 170}),
        ("21 by 18 by 17 cm", {RL: 210, AP: 180, SI: 170}),
        ("width 21 cm depth 18 cm height 9 cm", {RL: 210, AP: 180, SI: 90}),
        ("21 cm wide 18 cm deep 9 cm tall", {RL: 210, AP: 180, SI: 90}),
        ("21 cm in width 18 cm in depth", {RL: 210, AP: 180}),
        ("R-L: 21 cm, A-P: 18 cm, S-I: 17 cm", {RL: 210, AP: 180, SI: 170}),
        ("210 mm from right to left by 180 mm from front to back", {RL: 210, AP: 180}),
        ("12 cm long (R-L)", {RL: 120}),
        ("a 110-mm long organ", {SI: 110}),
        ("From right to left it measures 21 cm", {RL: 210}),
        ("longest diameter 25 cm and thickness 8 cm", {"max_diameter_mm": 250, "min_diameter_mm": 80}),
        ("major axis of 22 cm, minor axis of 10 cm", {"major_axis_mm": 220, "minor_axis_mm": 100}),
        ("a spread of 45 mm from right to left", {"spread_rl_mm": 45}),
        ("sphericity 0.7, elongation of about 1.3", {"sphericity": 0.7, "elongation": 1.3}),
        ("a sphericity of 70 %", {"sphericity": 0.7}),
        ("two pieces, no holes", {"components": 2, "holes": 0}),
        ("about 1.4 L (1400 mL)", {"volume_ml": 1400}),
        ("", {}),
        ("R-L 21 cm A-P 18 cm S-I 17 cm", {RL: 210, AP: 180, SI: 170}),
        ("diameter 4 cm AP", {AP: 40}),
        ("1.4 or 1.6 L", {"volume_ml": 1500}),
        ("2 or 3 pieces", {}),
        ("neither 1.4 L nor 1.6 L", {}),
        ("1.5 L smaller than before", {}),
        ("the liver is 18 cm wide and the spleen is 12 cm wide", {RL: 180}),
    ],
)
def test_numbers_that_people_write(text, numbers):
    assert parse_text(text, "liver").numbers == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("2 cm in diameter", {"mean_cross_section_diameter_mm": 20}),
        ("the maximum diameter is 3 cm", {"max_cross_section_diameter_mm": 30}),
        ("a mean diameter of 21 mm", {"mean_cross_section_diameter_mm": 21}),
        ("its longest diameter is 24 cm", {"max_diameter_mm": 240}),
        ("centerline 26 cm, tortuosity 1.1", {"centreline_length_mm": 260, "tortuosity": 1.1}),
    ],
)
def test_diameters_of_a_tubular_structure(text, numbers):
    assert parse_text(text, "aorta").numbers == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("smooth and elongated", {"surface_smoothness": "smooth", "elongation": "moderately elongated"}),
        ("strongly flattened, lobulated", {"flatness": "strongly flattened", "surface_smoothness": "irregular"}),
        ("a wedge-shaped, asymmetrical organ", {"overall_shape": "wedge-like", "symmetry": "asymmetric"}),
        ("not smooth", {}),
        ("not elongated", {"elongation": "hardly elongated"}),
        ("The widest part is near the top and right.", {"widest_section": "right and top"}),
        ("most of the mass lies anterior; most of the mass in the upper half", {"mass_distribution": "top"}),
        ("a tortuous tube-like vessel", {"course": "winding", "overall_shape": "tubular"}),
    ],
)
def test_words_that_people_write(text, words):
    assert parse_text(text).words == words


@pytest.mark.parametrize(
    "text",
    ["-3 mL", "minus 3 mL", "-5 cm", "400 litres", "12 m wide", "sphericity 1.7", "0 pieces", "0 mL", "-2 holes"],
)
def test_negative_and_absurd_numbers_are_refused(text):
    with pytest.raises(DescriptionError):
        parse_text(text, "liver")


def test_two_values_of_one_quantity_are_refused():
    with pytest.raises(DescriptionError, match=r"two values for volume: '1 L' and '2 L'"):
        parse_text("1 L. The volume is 2 L.")


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("12 cm", ("12 cm",)),
        ("1.4 L. The weather is fine.", ("The weather is fine",)),
        ("wide; 1.4 L", ("wide",)),
        ("4 × 5 cm", ("4 × 5 cm",)),
    ],
)
def test_what_is_not_understood_is_said(text, unread):
    assert parse_text(text, "liver").unread == unread


def test_unknown_structure():
    with pytest.raises(UnknownStructure):
        parse_text("1 L", "tail")


@pytest.mark.parametrize(
    ("text", "value", "tolerance"),
    [
        ("1.5 L", 1500, None),
        ("exactly 1.5 L", 1500, 15),
        ("precisely 1.5 L", 1500, 15),
        ("nearly 1.5 L", 1500, 112.5),
        ("just over 1.5 L", 1500, 112.5),
        ("just under 1.5 L", 1500, 112.5),
        ("a good 1.5 L", 1500, 112.5),
        ("about 1.5 L", 1500, 150),
        ("~1.5 L", 1500, 150),
        ("ca. 1.5 L", 1500, 150),
        ("approx. 1.5 L", 1500, 150),
        ("1.5 L approximately", 1500, 150),
        ("roughly 1.5 L", 1500, 225),
        ("1.5 L or so", 1500, 225),
        ("1.5-ish L", 1500, 225),
        ("in the region of 1.5 L", 1500, 225),
        ("very roughly 1.5 L", 1500, 300),
        ("1.5 L (not sure)", 1500, 300),
        ("1.5 L ± 5 %", 1500, 75),
        ("about 1.5 L ± 5 %", 1500, 75),
        ("1.5 ± 0.1 L", 1500, 100),
        ("1.5 L +/- 50 mL", 1500, 50),
        ("1.5 L give or take 100 mL", 1500, 100),
        ("1.5 L, to within 2 %", 1500, 30),
        ("between 1.2 and 1.4 L", 1300, 100),
        ("from 1.2 to 1.4 L", 1300, 100),
        ("between 1.4 and 1.2 L", 1300, 100),
        ("1.2–1.4 L", 1300, 100),
        ("at least 1.2 L and at most 1.4 L", 1300, 100),
        ("at least 1.2 L, at most 1.4 L", 1300, 100),
        ("over 1.5 L", 1650, 150),
        ("more than 1.5 L", 1650, 150),
        ("not less than 1.5 L", 1650, 150),
        ("1.5 L or more", 1650, 150),
        ("> 1.5 L", 1650, 150),
        ("at most 2 L", 1800, 200),
        ("no more than 2 L", 1800, 200),
        ("under 2 L", 1800, 200),
        ("up to 2 L", 1800, 200),
        ("≤ 2 L", 1800, 200),
    ],
)
def test_hedges_and_bounds_have_their_documented_tolerance(text, value, tolerance):
    read = parse_text(text, "liver")
    assert read.numbers == {"volume_ml": pytest.approx(value)}
    wanted = {} if tolerance is None else {"volume_ml": pytest.approx(tolerance)}
    assert read.tolerances == wanted
    assert read.unread == ()
    (piece,) = read.understood
    assert piece.value == read.numbers["volume_ml"] and piece.tolerance == read.tolerances.get("volume_ml")


def test_a_hedge_reaches_over_a_list_of_lengths_but_not_further():
    read = parse_text("about 21 cm wide, 18 cm deep and 9 cm high. 1.4 L. Exactly 24 cm in diameter.", "liver")
    assert read.tolerances == pytest.approx({RL: 21, AP: 18, SI: 9, "max_diameter_mm": 2.4})


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("not 1.4 but 1.6 litres", {"volume_ml": 1600}),
        ("not 1.4 L but about 1.6 L", {"volume_ml": 1600}),
        ("the width is not 18 but 20 cm", {RL: 200}),
        ("1.6 instead of 1.4 litres", {"volume_ml": 1600}),
        ("instead of 1.4 L it has 1.6 L", {"volume_ml": 1600}),
        ("20 cm wide rather than 18 cm", {RL: 200}),
        ("20 cm wide, not 18 cm", {RL: 200}),
        ("1.4 L, no, 1.6 L", {"volume_ml": 1600}),
        ("1.4 L, sorry, 1.6", {"volume_ml": 1600}),
        ("18 cm wide, I mean 20 cm", {RL: 200}),
        ("1 L, or rather 2 L", {"volume_ml": 2000}),
        ("1.4 L. Correction: 1.6 L", {"volume_ml": 1600}),
        ("18 cm wide, no holes, 12 cm deep", {RL: 180, AP: 120, "holes": 0}),
    ],
)
def test_a_correction_wins(text, numbers):
    assert parse_text(text, "liver").numbers == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("text", "unknown", "numbers"),
    [
        ("volume unknown", ("volume_ml",), {}),
        ("The volume is not known, 20 cm wide", ("volume_ml",), {RL: 200}),
        ("width and depth unknown", (RL, AP), {}),
        ("not sure about the height", (SI,), {}),
        ("no idea how deep", (AP,), {}),
        ("volume: ?", ("volume_ml",), {}),
        ("unknown size", ("volume_ml",), {}),
        ("I don't know the sphericity", ("sphericity",), {}),
        ("volume unknown, 1.4 L", (), {"volume_ml": 1400}),
    ],
)
def test_what_is_said_to_be_unknown(text, unknown, numbers):
    read = parse_text(text, "liver")
    assert read.unknown == unknown and read.numbers == numbers and read.unread == ()
    assert {piece.name for piece in read.understood if piece.kind == "unknown"} == set(unknown)


@pytest.mark.parametrize(
    ("text", "value"),
    [("one and a half litres", 1500), ("half a litre", 500), ("a litre and a half", 1500), ("1½ L", 1500),
     ("three quarters of a litre", 750), ("3/4 L", 750), ("1 1/2 L", 1500), ("two litres", 2000),
     ("one point four litres", 1400), ("fifteen hundred millilitres", 1500), ("a thousand two hundred ml", 1200),
     ("between one and two litres", 1500), ("one to two litres", 1500), ("1 400 mL", 1400), ("1'400 mL", 1400),
     ("1.4 L", 1400), ("A volume of one litre", 1000), ("1 dm³", 1000), ("150 cl", 1500)],
)  # fmt: skip
def test_number_words_fractions_and_spaces(text, value):
    assert parse_text(text, "liver").numbers == {"volume_ml": pytest.approx(value)}


@pytest.mark.parametrize("text", ["7 inches wide", '7" wide', "7 in wide", "7 in. wide"])
def test_inches(text):
    assert parse_text(text, "liver").numbers == {RL: pytest.approx(177.8)}


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("12 cm", "say of what"),
        ("volume 1400", "has no unit"),
        ("2 cm lesion", "is said of 'lesion'"),
        ("not smooth", "only what it is not"),
        ("smooth, irregular", "'smooth' is kept"),
        ("18 × 21 cm", "three lengths"),
        ("the spleen is 12 cm long", "said of the spleen"),
    ],
)
def test_notes_say_why(text, note):
    assert any(note in said for said in parse_text(text, "liver").notes)


def test_where_things_stand_is_told_in_the_text_as_typed():
    text = "A  liver of\u00a0about one and a half  litres,\n18\u2009cm across; smooth."
    pieces = {piece.name: text[piece.start : piece.end] for piece in parse_text(text, "liver").understood}
    assert pieces == {
        "volume_ml": "about one and a half  litres", RL: "18\u2009cm across", "surface_smoothness": "smooth"
    }  # fmt: skip


def test_readings_are_for_people():
    text = "About 1.4 L, 12–14 cm wide, at most 9 cm high, smooth, depth unknown"
    assert [piece.reading for piece in parse_text(text, "liver").understood] == [
        "Volume 1,400 mL ± 10 %",
        "Extent right–left 130 mm ± 10 mm (120 mm to 140 mm)",
        "Extent top–bottom 81 mm ± 11 % (at most 90 mm: the fifth next to it)",
        "Surface smoothness: smooth",
        "Extent front–back: unknown",
    ]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(DescriptionError):
        parse_text(text, "aorta")


@given(st.floats(0.1, 9000), st.integers(0, 3))
def test_amounts_keep_their_value(value, digits):
    written = f"{value:.{digits}f}"
    found = find_amounts(f"about {written} mL or so")
    assert [amount.value for amount in found] == [pytest.approx(float(written))]
    assert found[0].kind == "volume"


def test_a_reading_is_the_callers_own():
    read = parse_text("1.5 litres, with a smooth surface", "liver")
    read.numbers.clear()
    read.words["surface_smoothness"] = "rough"
    assert parse_text("1.5 litres, with a smooth surface", "liver").numbers == {"volume_ml": 1500}
    assert parse_text("1.5 litres, with a smooth surface", "liver").words["surface_smoothness"] == "smooth"

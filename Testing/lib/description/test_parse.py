import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from Sketch2CTLib.description.numerals import find_amounts
from Sketch2CTLib.description.parse import parse_text
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
        ("large", {}),
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
    with pytest.raises(DescriptionError, match=r"two values for volume: 1000 and 2000 mL"):
        parse_text("1 L, or rather 2 L")


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("12 cm", ("12 cm",)),
        ("at most 3 cm wide, 5 cm deep", ("at most 3 cm wide",)),
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

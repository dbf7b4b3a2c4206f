import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from Sketch2CTLib import catalog
from Sketch2CTLib.description import parse_text
from Sketch2CTLib.description.quantities import QUANTITIES
from Sketch2CTLib.description.summary import SUMMARISED, shown, summary_text
from Sketch2CTLib.description.text.vocabulary import opposed
from Sketch2CTLib.description.words import (
    PLACED_WORDS,
    VOCABULARY,
    WORD_NAMES,
    geometric_words,
    rounded,
    sentences,
)
from Sketch2CTLib.errors import DescriptionError, UnknownStructure

LIVER = {
    "volume_ml": 1432.0, "surface_area_cm2": 1030.0, "extent_rl_mm": 213.0, "extent_ap_mm": 181.0, "extent_si_mm": 97.4,
    "widest_rl": 0.78, "widest_ap": 0.5, "widest_si": 0.75, "centroid_rl": 0.66, "centroid_ap": 0.51,
    "centroid_si": 0.62, "major_axis_mm": 221.0, "middle_axis_mm": 170.0, "minor_axis_mm": 110.0,
    "max_diameter_mm": 243.0, "min_diameter_mm": 131.0, "sphericity": 0.64, "compactness": 0.26, "elongation": 1.3,
    "flatness": 1.55, "components": 1.0, "holes": 0.0,
}  # fmt: skip
SAID = {
    "volume_ml", "surface_area_cm2", "extent_rl_mm", "extent_ap_mm", "extent_si_mm", "max_diameter_mm",
    "min_diameter_mm", "sphericity", "components", "holes", "centreline_length_mm", "mean_cross_section_diameter_mm",
    "max_cross_section_diameter_mm",
}  # fmt: skip


def organ_numbers():
    """Any subset of the quantities, each within the range of organs."""
    high = {"mL": 5000.0, "cm²": 5000.0, "mm": 390.0}
    fields = {}
    for q in QUANTITIES:
        if q.whole:
            fields[q.name] = st.integers(int(q.low), 30).map(float)
        elif q.unit:
            fields[q.name] = st.floats(1.0, min(q.high, high[q.unit]))
        else:
            fields[q.name] = st.floats(max(q.low, 0.05), min(q.high, 8.0))
    return st.fixed_dictionaries({}, optional=fields)


def some_words():
    sides = ["left", "right", "back", "front", "bottom", "top", "middle", "right and top", "left, front and bottom"]
    choices = {name: st.sampled_from(values) for name, values in VOCABULARY.items()}
    choices |= {name: st.sampled_from(sides) for name in PLACED_WORDS}
    return st.fixed_dictionaries({}, optional=choices).filter(lambda words: opposed(words) is None)


def test_a_liver_in_sentences():
    assert sentences("liver", LIVER) == (
        "The liver has a volume of about 1400 mL and a surface of 1000 cm².",
        (
            "The liver is about 210 mm wide from right to left, 180 mm deep from front to back "
            "and 95 mm high from top to bottom."
        ),
        "The liver has a longest diameter of 240 mm and a shortest diameter of 130 mm.",
        "The overall shape of the liver is wedge-like, moderately elongated, moderately flattened and asymmetric.",
        "The surface of the liver is slightly uneven, with a sphericity of 0.65.",
        "The widest section of the liver lies at the right and top; most of its mass lies at the right and top.",
        "The liver is one connected piece with no holes.",
    )


def test_without_numbers_only_the_structure_is_named():
    assert sentences("liver", {}) == ("The structure is a liver.",)
    assert sentences("aorta", {}) == ("The structure is an aorta.",)
    assert geometric_words("liver", {}) == {}


@given(organ_numbers())
@settings(max_examples=200, deadline=None)
def test_what_sentences_write_is_read_back(numbers):
    text = " ".join(sentences("aorta", numbers))
    read = parse_text(text, "aorta")
    assert read.unread == ()
    assert read.numbers == {name: pytest.approx(rounded(name, numbers[name])) for name in numbers if name in SAID}
    for name, value in read.numbers.items():
        step = 0.5 if name.endswith("_mm") and numbers[name] < 20 else 0.0
        assert value == pytest.approx(numbers[name], rel=0.13, abs=max(step, 0.026))
    derived = geometric_words("aorta", numbers)
    if numbers:
        assert {k: v for k, v in read.words.items() if k != "topological_continuity"} == {
            k: v for k, v in derived.items() if k != "topological_continuity"
        }


@given(some_words())
@settings(max_examples=200, deadline=None)
def test_words_are_read_back(words):
    text = " ".join(sentences("liver", {}, words))
    read = parse_text(text, "liver")
    assert read.words == words
    assert set(read.numbers) <= {"components"}


@given(organ_numbers())
@settings(max_examples=100, deadline=None)
def test_sentences_are_few_short_and_each_names_the_structure(numbers):
    said = sentences("left_kidney", numbers)
    assert 1 <= len(said) <= 8
    for sentence in said:
        assert "left kidney" in sentence and sentence.endswith(".") and len(sentence) <= 200
        assert len(re.findall(r"\.(?:\s|$)", sentence)) == 1


def test_near_numbers_give_the_same_sentences():
    near = {**LIVER, "volume_ml": 1440.0, "extent_rl_mm": 211.5, "sphericity": 0.651}
    assert sentences("liver", near) == sentences("liver", LIVER)


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [("volume_ml", 1449, 1400), ("volume_ml", 37.6, 38), ("extent_rl_mm", 104, 100), ("extent_rl_mm", 97.6, 100),
     ("min_diameter_mm", 17.4, 17), ("min_diameter_mm", 0.2, 1), ("sphericity", 0.68, 0.7), ("holes", 3, 3)],
)  # fmt: skip
def test_rounding(name, value, written):
    assert rounded(name, value) == pytest.approx(written)


@pytest.mark.parametrize("structure", catalog.STRUCTURE_NAMES)
def test_words_come_from_the_vocabulary(structure):
    words = geometric_words(structure, LIVER | {"tortuosity": 1.3})
    assert set(words) <= set(WORD_NAMES)
    for name, value in words.items():
        assert name in PLACED_WORDS or value in VOCABULARY[name]


def test_shape_words_follow_the_numbers():
    ball = {"elongation": 1.02, "flatness": 1.03, "sphericity": 0.97, "centroid_rl": 0.5, "centroid_ap": 0.5}
    assert geometric_words("spleen", ball) == {
        "overall_shape": "ball-like", "surface_smoothness": "smooth", "elongation": "hardly elongated",
        "flatness": "hardly flattened", "mass_distribution": "middle",
    }  # fmt: skip
    assert geometric_words("spleen", ball | {"flatness": 2.5})["overall_shape"] == "disc-like"
    assert geometric_words("spleen", ball | {"elongation": 2.5})["overall_shape"] == "rod-like"
    assert geometric_words("spleen", ball | {"centroid_rl": 0.7})["overall_shape"] == "wedge-like"
    assert geometric_words("aorta", ball | {"tortuosity": 1.5})["course"] == "winding"
    assert geometric_words("spleen", {"widest_rl": 0.9, "widest_si": 0.1})["widest_section"] == "right and bottom"


def test_a_rough_surface_is_told_by_the_ellipsoid_with_the_same_axes():
    axes = {"major_axis_mm": 120.0, "middle_axis_mm": 70.0, "minor_axis_mm": 40.0}
    smooth, rough = axes | {"surface_area_cm2": 178.0}, axes | {"surface_area_cm2": 260.0}
    assert geometric_words("spleen", smooth)["surface_smoothness"] == "smooth"
    assert geometric_words("spleen", rough)["surface_smoothness"] == "irregular"


def test_given_words_go_before_derived_ones():
    said = sentences("liver", LIVER, {"surface_smoothness": "smooth"})
    assert "The surface of the liver is smooth, with a sphericity of 0.65." in said


def test_bad_input_is_refused():
    with pytest.raises(DescriptionError, match="girth"):
        sentences("liver", {"girth": 3.0})
    with pytest.raises(DescriptionError, match="volume_ml"):
        geometric_words("liver", {"volume_ml": float("nan")})
    with pytest.raises(UnknownStructure):
        sentences("tail", {})


STRUCTURES = st.sampled_from(["liver", "spleen", "left_kidney", "aorta", "left_atrium"])


def without_continuity(words):
    """A number of pieces is said in place of the word."""
    return {name: value for name, value in words.items() if name != "topological_continuity"}


def test_a_liver_in_one_paragraph():
    tolerances = {"volume_ml": 143.2, "extent_rl_mm": 21.3, "extent_ap_mm": 18.1, "extent_si_mm": 9.74}
    assert summary_text("liver", LIVER, tolerances=tolerances) == (
        "A liver of about 1,430 mL with a surface of 1,030 cm², about 21.3 cm wide, about 18.1 cm deep and about 9.7 "
        "cm high, longest diameter 24.3 cm, shortest diameter 13.1 cm; wedge-like, slightly uneven, moderately "
        "elongated, moderately flattened, asymmetric, sphericity 0.64; one connected piece with no holes. The widest "
        "section lies at the right and top; most of its mass lies at the right and top."
    )
    assert summary_text("aorta", {}) == "An aorta."


@given(organ_numbers(), some_words(), STRUCTURES)
@settings(max_examples=300, deadline=None)
def test_a_summary_is_read_back(numbers, words, structure):
    derived = geometric_words(structure, numbers) if numbers else {}
    assume(opposed(derived | words) is None)
    read = parse_text(summary_text(structure, numbers, words), structure)
    said = {name: shown(name, value) for name, value in numbers.items() if name in SUMMARISED}
    if words.get("topological_continuity") == "one connected piece":
        said.setdefault("components", 1.0)
    assert read.numbers == pytest.approx(said)
    assert without_continuity(read.words) == without_continuity(derived | words)
    assert read.unread == () and read.tolerances == {} and read.notes == ()


@given(organ_numbers(), st.data(), STRUCTURES)
@settings(max_examples=200, deadline=None)
def test_the_tolerances_of_a_summary_are_read_back(numbers, data, structure):
    named = [name for name in SUMMARISED if name in numbers and name not in ("components", "holes")]
    some = data.draw(st.lists(st.sampled_from(named), unique=True)) if named else []
    shares = {name: data.draw(st.sampled_from([0.01, 0.03, 0.1, 0.15, 0.2, 0.5])) for name in some}
    tolerances = {name: share * shown(name, numbers[name]) for name, share in shares.items()}
    read = parse_text(summary_text(structure, numbers, tolerances=tolerances), structure)
    assert read.tolerances == pytest.approx(tolerances, rel=0.06)


@given(organ_numbers(), some_words(), STRUCTURES)
@settings(max_examples=200, deadline=None)
def test_reading_what_was_written_of_a_reading_changes_nothing(numbers, words, structure):
    assume(opposed(geometric_words(structure, numbers) | words) is None)
    once = parse_text(" ".join(sentences(structure, numbers, words)), structure)
    twice = parse_text(" ".join(sentences(structure, once.numbers, once.words)), structure)
    assert twice.numbers == pytest.approx(once.numbers)
    assert without_continuity(once.words).items() <= twice.words.items()
    thrice = parse_text(summary_text(structure, twice.numbers, twice.words), structure)
    assert thrice.numbers == pytest.approx({name: shown(name, value) for name, value in twice.numbers.items()})


@pytest.mark.parametrize(
    "text",
    ["about 1.4 litres, 18 cm across, smooth", "twice the usual volume, 12–14 cm high",
     "a huge, lobulated liver in two pieces", "width unknown; 21 × 18 × 17 cm"],
)  # fmt: skip
def test_free_text_through_sentences_settles(text):
    read = parse_text(text, "liver")
    first = sentences("liver", read.numbers, read.words)
    again = parse_text(" ".join(first), "liver")
    assert sentences("liver", again.numbers, again.words) == first


def test_a_summary_refuses_what_cannot_be():
    with pytest.raises(DescriptionError, match="girth"):
        summary_text("liver", {"girth": 3.0})
    with pytest.raises(UnknownStructure):
        summary_text("tail", {})

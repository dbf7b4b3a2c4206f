"""What the language model is told, what it may answer, and which servers there are."""

import base64
import re

import pytest

from Sketch2CTLib.catalog import STRUCTURE_NAMES, structure
from Sketch2CTLib.description import GeometryDescription, parse_text
from Sketch2CTLib.description.llm import LlmSettings, build_prompt
from Sketch2CTLib.description.llm.answer import asked_words
from Sketch2CTLib.description.llm.settings import OPENAI_URL
from Sketch2CTLib.description.merging import merged_description
from Sketch2CTLib.description.quantities import QUANTITIES
from Sketch2CTLib.description.words import geometric_words, sentences
from Sketch2CTLib.errors import ConfigError

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
SNAPSHOTS = {"sagittal": PNG, "axial": PNG, "coronal": PNG}
NUMBERS = {"volume_ml": 1500.0, "extent_rl_mm": 210.123456, "centroid_rl": 0.62, "components": 1.0}


def test_the_numbers_have_units_and_the_views_their_letters():
    prompt = build_prompt("liver", NUMBERS, SNAPSHOTS)
    assert "- Volume (volume_ml): 1500 mL\n- Extent right–left (extent_rl_mm): 210.1 mm" in prompt.user
    assert "axial, seen from below, from the feet: left edge R, right edge L, top edge A, bottom edge P" in prompt.user
    assert "coronal, seen from the front: left edge R, right edge L, top edge S, bottom edge I" in prompt.user
    assert "sagittal, seen from the patient's left side: left edge A, right edge P, top edge S" in prompt.user
    assert [picture.view for picture in prompt.pictures] == ["axial", "coronal", "sagittal"]
    assert prompt.user.index("1. axial") < prompt.user.index("2. coronal") < prompt.user.index("3. sagittal")


@pytest.mark.parametrize("name", STRUCTURE_NAMES)
def test_nothing_but_the_name_the_numbers_and_the_pictures_is_told(name):
    prompt = build_prompt(name, NUMBERS, SNAPSHOTS)
    text = prompt.user.replace(structure(name).title, "")
    for quantity in QUANTITIES:
        text = text.replace(quantity.title, "").replace(quantity.name, "")
    left = set(re.findall(r"[A-Za-z]{3,}", text))
    fixed = set(re.findall(r"[A-Za-z]{3,}", build_prompt("liver", {}, SNAPSHOTS).user)) | {
        "Measured", "numbers", "positions", "run", "from", "along", "shape", "own", "extent",
    }  # fmt: skip
    assert left <= fixed


def test_the_rules_forbid_diagnosis():
    rules = build_prompt("liver", NUMBERS, SNAPSHOTS).system
    for forbidden in ("Never diagnose", "disease", "normal", "enlarged", "Judge no anatomy"):
        assert forbidden in rules


def test_the_schema_is_strict():
    schema = build_prompt("liver", NUMBERS, SNAPSHOTS).schema()
    assert schema["additionalProperties"] is False
    assert schema["required"] == list(schema["properties"])
    for name, entry in schema["properties"].items():
        assert entry["type"] == "string"
        assert ("enum" in entry) == (name != "summary")


@pytest.mark.parametrize("name", STRUCTURE_NAMES)
def test_the_words_asked_for_are_those_of_the_numbers(name):
    """So that a model trained on derived words reads nothing that it does not know."""
    numbers = {
        "elongation": 1.3, "flatness": 1.3, "sphericity": 0.7, "components": 1, "tortuosity": 1.1,
        "widest_rl": 0.9, "widest_ap": 0.5, "widest_si": 0.1, "centroid_rl": 0.4, "centroid_ap": 0.5,
        "centroid_si": 0.5,
    }  # fmt: skip
    if not structure(name).tubular:
        del numbers["tortuosity"]
    asked = dict(asked_words(name, numbers))
    derived = geometric_words(name, numbers)
    assert set(derived) == set(asked)
    assert all(derived[word] in asked[word] for word in derived)


@pytest.mark.parametrize("word", ["widest_section", "mass_distribution"])
def test_every_place_is_read_back_out_of_its_sentence(word):
    for value in dict(asked_words("liver", {}))[word]:
        (sentence,) = sentences("liver", {}, {word: value})
        assert parse_text(sentence).words == {word: value}


@pytest.mark.parametrize(
    ("structure", "numbers", "word", "value"),
    [
        ("liver", {"components": 1}, "topological_continuity", "one connected piece"),
        ("liver", {"components": 3}, "topological_continuity", "several pieces"),
        ("liver", {"elongation": 1.9}, "elongation", "strongly elongated"),
        ("liver", {"flatness": 1.1}, "flatness", "hardly flattened"),
        ("aorta", {"tortuosity": 1.5}, "course", "winding"),
    ],
)
def test_a_word_that_a_number_decides_is_not_left_to_the_model(structure, numbers, word, value):
    asked = dict(asked_words(structure, numbers))
    assert asked[word] == (value,)
    assert len(dict(asked_words(structure, {}))[word]) > 1


def test_a_side_that_the_numbers_refute_cannot_be_said():
    asked = dict(asked_words("liver", {"centroid_rl": 0.6, "centroid_ap": 0.45, "centroid_si": 0.5005}))
    assert asked["mass_distribution"] == (
        "middle", "bottom", "top", "back", "back and bottom", "back and top",
        "right", "right and bottom", "right and top", "right and back", "right, back and bottom", "right, back and top",
    )  # fmt: skip
    assert len(asked["widest_section"]) == 27


@pytest.mark.parametrize("at", [0.0, 0.3, 0.47, 0.4985, 0.4995, 0.5, 0.5005, 0.502, 0.55, 1.0])
def test_no_word_that_may_be_answered_is_dropped_on_reading(at):
    """A description's numbers win over its words, so a word that they refute would vanish from the file."""
    numbers = {f"{what}_{axis}": at for what in ("widest", "centroid") for axis in ("rl", "ap", "si")}
    numbers |= {"elongation": 1.0 + at, "flatness": 1.0 + at, "components": 1.0}
    for word, values in asked_words("liver", numbers):
        for value in values:
            own = GeometryDescription.checked(structure="liver", numbers=numbers, words={word: value})
            assert merged_description(own).words == {word: value}


@pytest.mark.parametrize(
    "url",
    ["ftp://host/v1", "localhost:8000", "http://", "http://host:99999/v1", "http://host/v1?x=1", "http://[::1/v1", "",
     "http://ho st/v1", "https://host/\nv1", "http://host:abc/"],
)  # fmt: skip
def test_an_address_that_cannot_be(url):
    with pytest.raises(ConfigError, match="no address"):
        LlmSettings(base_url=url)


def test_an_address_with_credentials_is_refused_without_repeating_them():
    with pytest.raises(ConfigError, match="credentials") as told:
        LlmSettings(base_url="https://me:hunter2@host/v1")
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "given",
    [{"model": " "}, {"model": "a\nb"}, {"timeout_s": 0}, {"timeout_s": float("nan")}, {"total_s": -1},
     {"total_s": float("inf")}, {"retries": -1}, {"retries": 11}, {"temperature": 3}, {"temperature": float("nan")}],
)  # fmt: skip
def test_settings_out_of_range(given):
    with pytest.raises(ConfigError):
        LlmSettings(**given)


def test_which_server():
    assert LlmSettings().endpoint({}).url == OPENAI_URL
    assert LlmSettings().endpoint({"OPENAI_BASE_URL": " https://llm.example/v1/ "}).url == "https://llm.example/v1"
    assert LlmSettings(base_url="http://a/v1").endpoint({"OPENAI_BASE_URL": "http://b/v1"}).host == "a"
    with pytest.raises(ConfigError):
        LlmSettings().endpoint({"OPENAI_BASE_URL": "nowhere"})


@pytest.mark.parametrize(
    ("url", "local", "open_way"),
    [
        ("http://localhost:8000/v1", True, False),
        ("http://127.0.0.1/v1", True, False),
        ("http://[::1]:8000/v1", True, False),
        ("http://10.0.0.1/v1", False, True),
        ("http://localhost.example/v1", False, True),
        ("https://api.openai.com/v1", False, False),
    ],
)
def test_what_leaves_the_machine_and_how(url, local, open_way):
    endpoint = LlmSettings(base_url=url).endpoint({})
    assert (endpoint.is_local, endpoint.is_open) == (local, open_way)

"""The published JSON Schema: it is what the code says, and it and the reader accept and refuse the same."""

import json

import pytest

from Sketch2CTLib.description import QUANTITIES, GeometryDescription, description_schema
from Sketch2CTLib.description.model import schema_text
from Sketch2CTLib.description.stated import units_of
from Sketch2CTLib.description.words import WORD_NAMES
from Sketch2CTLib.errors import DescriptionError
from Sketch2CTLib.resources import resource_path

jsonschema = pytest.importorskip("jsonschema")

VALIDATOR = jsonschema.Draft202012Validator(description_schema())


def numbers(**given):
    return {"structure": "liver", "numbers": given}


GOOD = [
    {"structure": "liver"},
    {"structure": "liver", "text": "1.4 L", "words": {"symmetry": "asymmetric"}},
    numbers(),
    numbers(volume_ml=1400, extent_rl_mm=210.5, components=1.0, holes=0),
    numbers(volume_ml="1.4 L"),
    numbers(volume_ml="1,400 mL"),
    numbers(volume_ml="+1400"),
    numbers(volume_ml=" 1.4e3cc "),
    numbers(volume_ml="1.4 ± 0.1 L"),
    numbers(volume_ml="1.4 L +/- 10 %"),
    numbers(volume_ml="unknown", extent_si_mm=None, sphericity=" Unknown "),
    numbers(extent_rl_mm="18 cm", surface_area_cm2="820 cm²", sphericity="75 %", elongation="1,4"),
    numbers(volume_ml={"value": 1.4, "unit": "L"}),
    numbers(volume_ml={"value": 1.4, "unit": "L", "tolerance": 0.1}),
    numbers(volume_ml={"value": 1400, "tolerance_percent": 10, "tolerance": None}),
    numbers(volume_ml={"value": "unknown"}, sphericity={"value": None}),
    numbers(elongation={"value": 1.4, "unit": None}, components={"value": 2, "unit": ""}),
    {**numbers(volume_ml=9), "tolerances": {"volume_ml": 0}, "unknown": ["sphericity"]},
]
BAD = [
    {},
    {"structure": 3},
    {"structure": "liver", "volume_ml": 3},
    {"structure": "liver", "text": 3},
    {"structure": "liver", "text": "x" * 4001},
    {"structure": "x" * 101},
    {"structure": "liver", "numbers": [1]},
    {"structure": "liver", "words": {"mood": "good"}},
    {"structure": "liver", "words": {"symmetry": " "}},
    {"structure": "liver", "words": {"symmetry": 3}},
    {"structure": "liver", "words": {"symmetry": "x" * 201}},
    {"structure": "liver", "unknown": "volume_ml"},
    {"structure": "liver", "unknown": ["girth"]},
    {"structure": "liver", "tolerances": [1]},
    {**numbers(volume_ml=9), "tolerances": {"volume_ml": -1}},
    {**numbers(volume_ml=9), "tolerances": {"volume_ml": "1"}},
    numbers(girth=3),
    numbers(volume_ml=True),
    numbers(volume_ml=[1400]),
    numbers(volume_ml=-3),
    numbers(volume_ml=1e9),
    numbers(sphericity=1.2),
    numbers(elongation=0.9),
    numbers(components=1.5),
    numbers(volume_ml="a lot"),
    numbers(volume_ml=""),
    numbers(volume_ml="18 cm"),
    numbers(extent_rl_mm="18 L"),
    numbers(elongation="120 %"),
    numbers(components="2 pieces"),
    numbers(volume_ml="1.4 L" + " " * 60),
    numbers(volume_ml={"unit": "L"}),
    numbers(volume_ml={"value": 1, "units": "L"}),
    numbers(volume_ml={"value": 1, "unit": "cm"}),
    numbers(volume_ml={"value": 1, "unit": 3}),
    numbers(volume_ml={"value": "1.4"}),
    numbers(volume_ml={"value": 1, "tolerance": -1}),
    numbers(volume_ml={"value": 1, "tolerance": 1, "tolerance_percent": 1}),
]


def test_the_published_file_is_what_the_code_says():
    # After a change: python -c "from Sketch2CTLib.description.model import schema_text; print(schema_text(), end='')"
    assert resource_path("Schemas", "description.schema.json").read_text(encoding="utf-8") == schema_text()


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(description_schema())


@pytest.mark.parametrize("data", GOOD, ids=json.dumps)
def test_good_data(data):
    VALIDATOR.validate(data)
    made = GeometryDescription.checked(data)
    VALIDATOR.validate(json.loads(made.to_json()))


@pytest.mark.parametrize("data", BAD, ids=lambda data: json.dumps(data)[:60])
def test_bad_data(data):
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(DescriptionError):
        GeometryDescription.checked(data)


def test_every_number_has_title_unit_and_bounds():
    found = description_schema()["properties"]["numbers"]
    assert list(found["properties"]) == [wanted.name for wanted in QUANTITIES] == found["propertyNames"]["enum"]
    for wanted in QUANTITIES:
        told = found["properties"][wanted.name]
        assert told["title"] == wanted.title and wanted.unit in told["description"]
        assert (told["anyOf"][0]["minimum"], told["anyOf"][0]["maximum"]) == (wanted.low, wanted.high)
    assert list(description_schema()["properties"]["words"]["properties"]) == list(WORD_NAMES)


@pytest.mark.parametrize("wanted", QUANTITIES, ids=lambda wanted: wanted.name)
def test_every_unit_is_in_both(wanted):
    middle = wanted.low if wanted.whole else (wanted.low * wanted.high) ** 0.5 or 0.5
    for unit, factor in units_of(wanted.name).items():
        data = numbers(**{wanted.name: {"value": middle / factor, "unit": unit}})
        VALIDATOR.validate(data)
        assert GeometryDescription.checked(data).numbers[wanted.name] == pytest.approx(middle)
        text = numbers(**{wanted.name: f"{middle / factor:.9f} {unit}"})
        VALIDATOR.validate(text)
        assert GeometryDescription.checked(text).numbers[wanted.name] == pytest.approx(middle, rel=1e-4)


def test_the_model_gives_a_schema_of_its_own():
    alone = jsonschema.Draft202012Validator(GeometryDescription.model_json_schema())
    for data in GOOD:
        alone.validate(data)
    assert not any(alone.is_valid(data) for data in BAD)

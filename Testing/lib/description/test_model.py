import json
import math
import subprocess
import sys

import numpy as np
import pytest

from Sketch2CTLib.description import GeometryDescription, measure
from Sketch2CTLib.description.merging import description_of_text, load_description, merged_description
from Sketch2CTLib.description.quantities import QUANTITY_NAMES
from Sketch2CTLib.errors import DescriptionError, InputError, OutputError, UnknownStructure


def made(**numbers):
    return GeometryDescription.checked(structure="liver", numbers=numbers)


def test_file_round_trip(tmp_path):
    first = GeometryDescription.checked(
        structure="Liver", numbers={"extent_rl_mm": 210, "volume_ml": 1400}, words={"surface_smoothness": "smooth"}
    )
    first.save(tmp_path / "new" / "description.json")
    assert load_description(tmp_path / "new" / "description.json") == first
    assert first.structure == "liver"
    assert list(first.numbers) == ["volume_ml", "extent_rl_mm"]
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["description.json"]


FORMS = [
    ("volume_ml", 1400, 1400, None),
    ("volume_ml", {"value": 1.4, "unit": "L", "tolerance": 0.1}, 1400, 100),
    ("volume_ml", {"value": 1.4, "unit": "L", "tolerance_percent": 10}, 1400, 140),
    ("volume_ml", {"value": 1400, "unit": None, "tolerance": None}, 1400, None),
    ("volume_ml", {"value": 1.4e6, "unit": "mm3"}, 1400, None),
    ("volume_ml", {"value": 14, "unit": "dL"}, 1400, None),
    ("volume_ml", "1.1 L", 1100, None),
    ("volume_ml", "1,400 mL", 1400, None),
    ("volume_ml", "1,450 L", 1450, None),
    ("volume_ml", "1400cc", 1400, None),
    ("volume_ml", "1.4 L ± 100 mL", 1400, 100),
    ("volume_ml", "1.4 +/- 0.1 L", 1400, 100),
    ("volume_ml", "1.4 L ± 10 %", 1400, 140),
    ("volume_ml", np.float32(1400), 1400, None),
    ("components", np.int64(2), 2, None),
    ("extent_rl_mm", "18 cm", 180, None),
    ("extent_rl_mm", {"value": 0.18, "unit": "m"}, 180, None),
    ("surface_area_cm2", "82000 mm2", 820, None),
    ("sphericity", "75 % ± 5 %", 0.75, 0.05),
    ("centroid_rl", {"value": 40, "unit": "%"}, 0.4, None),
    ("elongation", "1,4", 1.4, None),
]


@pytest.mark.parametrize(("name", "given", "value", "tolerance"), FORMS, ids=[str(form[1]) for form in FORMS])
def test_every_form_of_a_number(name, given, value, tolerance):
    found = made(**{name: given})
    assert found.numbers == {name: value}
    assert found.tolerances == ({} if tolerance is None else {name: pytest.approx(tolerance)})
    assert isinstance(found.numbers[name], float) and found.unknown == ()


@pytest.mark.parametrize("given", [None, "unknown", "Unknown ", {"value": None}, {"value": "unknown", "unit": "L"}])
def test_explicitly_unknown(given):
    found = made(volume_ml=given, extent_rl_mm=210)
    assert (found.numbers, found.unknown) == ({"extent_rl_mm": 210}, ("volume_ml",))


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("extent_rl_mm", "18 L", "cannot be in 'L'. Choose from mm, cm, m."),
        ("volume_ml", {"value": 18, "unit": "cm"}, "Choose from mL, cc, cm3, dL, L, mm3."),
        ("surface_area_cm2", "18 cm", "Choose from cm2, mm2."),
        ("elongation", "120 %", "It has no unit"),
        ("components", "2 pieces", "It has no unit"),
        ("volume_ml", "1.4 furlongs", "cannot be in 'furlongs'"),
        ("volume_ml", "a lot", "must be a number with or without a unit, or 'unknown', got 'a lot'"),
        ("volume_ml", "1.4 L or so", "must be a number"),
        ("volume_ml", "nan", "must be a number"),
        ("volume_ml", "1e999 mL", "is inf"),
        ("volume_ml", "-5 mL", "cannot be -5 mL"),
        ("volume_ml", "9" * 100_000, "must be a number"),
        ("volume_ml", {"value": 1.4, "units": "L"}, "unknown key 'units'. Its keys are value, unit"),
        ("volume_ml", {"unit": "L"}, "has no 'value'"),
        ("volume_ml", {"value": 1.4, "unit": 5}, "cannot be in '5'"),
        ("volume_ml", {"value": "1.4"}, "must be a number"),
        ("volume_ml", {"value": True}, "must be a number"),
        ("volume_ml", {"value": 1, "tolerance": -1}, "cannot be -1"),
        ("volume_ml", {"value": 1, "tolerance": math.nan}, "cannot be nan"),
        ("volume_ml", {"value": 1, "tolerance": 1, "tolerance_percent": 1}, "has both"),
        ("volume_ml", {"value": "unknown", "tolerance": -1}, "cannot be -1"),
        ("sphericity", "120 %", "cannot be 1.2: a ball has 1"),
    ],
)
def test_numbers_that_are_none(name, given, said):
    with pytest.raises(DescriptionError) as caught:
        made(**{name: given})
    assert said in str(caught.value) and name in str(caught.value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"tolerances": {"volume_ml": 10}}, "has no number"),
        ({"numbers": {"volume_ml": {"value": 9, "tolerance": 1}}, "tolerances": {"volume_ml": 1}}, "given twice"),
        ({"numbers": {"volume_ml": 9}, "tolerances": {"volume_ml": math.inf}}, "cannot be inf"),
        ({"numbers": {"volume_ml": 9}, "tolerances": {"volume_ml": "1"}}, "must be a number"),
        ({"numbers": {"volume_ml": 9}, "unknown": ["volume_ml"]}, "given and said to be unknown"),
        ({"unknown": ["girth"]}, "girth"),
        ({"unknown": [3]}, "list of names"),
        ({"unknown": "volume_ml"}, "'unknown'"),
        ({"tolerances": [1]}, "'tolerances'"),
    ],
)
def test_tolerances_and_unknowns_that_cannot_be(fields, said):
    with pytest.raises(DescriptionError, match=said):
        GeometryDescription.checked(structure="liver", **fields)


def test_file_keeps_tolerances_and_unknowns(tmp_path):
    numbers = {"volume_ml": {"value": 1.4, "unit": "L", "tolerance": 0.1}, "sphericity": None, "extent_rl_mm": 210.7}
    first = made(**numbers)
    first.save(tmp_path / "d.json")
    assert load_description(tmp_path / "d.json") == first
    assert GeometryDescription.checked(structure="liver", numbers=first.stated()) == first
    record = json.loads((tmp_path / "d.json").read_text("utf-8"))
    assert record["numbers"] == {"volume_ml": 1400.0, "extent_rl_mm": 210.7}  # what earlier versions read too
    assert (record["tolerances"], record["unknown"]) == ({"volume_ml": 100.0}, ["sphericity"])
    assert set(json.loads(made(volume_ml=1).to_json())) == {"structure", "numbers", "words", "text"}


def test_text_fills_what_numbers_leave_unknown():
    merged = merged_description(GeometryDescription.checked(
        structure="liver", numbers={"volume_ml": 900}, words={"flatness": "strongly flattened"},
        text="1.4 litres, 18 cm wide, smooth, hardly flattened",
    ))  # fmt: skip
    assert merged.numbers == {"volume_ml": 900, "extent_rl_mm": 180}
    assert merged.words == {"surface_smoothness": "smooth", "flatness": "strongly flattened"}
    assert merged_description(merged) == merged


def test_load_merges_the_text(tmp_path):
    path = tmp_path / "d.json"
    path.write_text('{"structure": "liver", "numbers": {"volume_ml": 900}, "text": "18 cm wide, 2 L"}', "utf-8")
    assert load_description(path).numbers == {"volume_ml": 900, "extent_rl_mm": 180}


def test_from_text():
    found = description_of_text("about 1.4 litres and smooth", "liver")
    assert (found.numbers, found.words) == ({"volume_ml": 1400}, {"surface_smoothness": "smooth"})
    assert found.sentences() == (
        "The liver has a volume of about 1400 mL.",
        "The surface of the liver is smooth.",
    )


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"volume_ml": float("nan")}, "nan"),
        ({"volume_ml": float("inf")}, "inf"),
        ({"volume_ml": -3.0}, "cannot be -3 mL"),
        ({"extent_rl_mm": 0.0}, "cannot be 0 mm"),
        ({"sphericity": 1.2}, "Sphericity"),
        ({"holes": 1.5}, "count"),
        ({"girth": 1.0}, "girth"),
        ({"volume_ml": "big"}, "must be a number"),
        ({"volume_ml": [1400]}, "must be a number"),
        ({"volume_ml": 10**400}, "several hundred digits"),
        ({"sphericity": 1.2}, "a ball has 1, every other body has less"),
        ({"compactness": 1.01}, "a ball has 1"),
        ({"tortuosity": 0.9}, "no way is shorter than the straight one"),
        ({"volume_ml": True}, "must be a number"),
    ],
)
def test_impossible_numbers(numbers, said):
    with pytest.raises(DescriptionError, match=said):
        made(**numbers)


def test_unknown_number_names_the_choices():
    with pytest.raises(DescriptionError) as caught:
        made(girth=1.0)
    assert all(name in caught.value.hint for name in QUANTITY_NAMES)


def test_contradictions_are_refused():
    with pytest.raises(
        DescriptionError, match=r"Smallest diameter .80 mm. cannot be more than largest diameter .60 mm"
    ):
        made(min_diameter_mm=80, max_diameter_mm=60)
    made(min_diameter_mm={"value": 80, "tolerance": 25}, max_diameter_mm=60)  # may be 55


def test_contradiction_between_text_and_numbers_is_named():
    described = GeometryDescription.checked(structure="liver", numbers={"max_diameter_mm": 100}, text="1.4 litres")
    with pytest.raises(DescriptionError, match="ball of its largest diameter"):
        merged_description(described)


def test_a_ball_is_no_contradiction():
    made(volume_ml=4.18879, surface_area_cm2=4 * math.pi, max_diameter_mm=20.0, min_diameter_mm=20.0, sphericity=1.0)


@pytest.mark.parametrize(("spacing", "half"), [((1, 1, 1), (20, 20, 20)), ((0.8, 0.8, 5), (35, 12, 9))])
def test_what_is_measured_is_never_refused(bodies, spacing, half):
    grid = bodies.make_grid((40, 40, 40), spacing)
    for body in (bodies.ellipsoid(grid, half), bodies.box(grid, half)):
        found = GeometryDescription.checked(structure="aorta", numbers=measure(body, grid, tubular=True))
        text = " ".join(found.sentences())
        description_of_text(text, "aorta")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("not json", "not valid JSON"),
        ("[1]", "no JSON object"),
        ('{"numbers": {}}', "structure"),
        ('{"structure": "liver", "volume": 3}', "volume"),
        ('{"structure": "liver", "numbers": [1]}', "numbers"),
        ('{"structure": "liver", "numbers": {"volume_ml": NaN}}', "nan"),
        ('{"structure": "liver", "words": {"mood": "gay"}}', "mood"),
        ('{"structure": "liver", "words": {"symmetry": " "}}', "symmetry"),
        ('{"structure": 3}', "structure"),
        ("[" * 200_000, "nested too deeply"),
        ('{"structure": "liver", "numbers": ' + '{"volume_ml":' * 50_000 + "1", "nested too deeply"),
        ('{"structure": "liver", "text": "' + "x" * 1_000_000 + '"}', "more than 1 MB"),
        ('{"structure": "liver", "text": "' + "x" * 5000 + '"}', "text"),
        ('{"structure": "liver", "numbers": {"volume_ml": 1, "volume_ml": 2}}', "'volume_ml' is given twice"),
        ('{"structure": "liver", "numbers": {"volume_ml": ' + "9" * 5000 + "}}", "not valid JSON"),
        ('{"structure": "liver", "numbers": {"volume_ml": Infinity}}', "inf"),
        ('{"structure": "liver", "tolerances": {"volume_ml": NaN}, "numbers": {"volume_ml": 3}}', "nan"),
    ],
    ids=range(17),
)
def test_broken_files(tmp_path, content, said):
    path = tmp_path / "d.json"
    path.write_text(content, "utf-8")
    with pytest.raises(DescriptionError, match=said) as caught:
        load_description(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 1200


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "d.json"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(DescriptionError, match="JSON"):
        load_description(path)


def test_missing_file_and_unknown_structure(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_description(tmp_path / "none.json")
    with pytest.raises(UnknownStructure, match="tail"):
        description_of_text("1 L", "tail")


def test_a_name_with_control_characters_is_told_on_one_line():
    with pytest.raises(UnknownStructure) as caught:
        GeometryDescription.checked(structure="li\nver\x00")
    assert caught.value.message.isprintable()


def test_a_byte_order_mark_is_no_harm(tmp_path):
    (tmp_path / "d.json").write_bytes(b'\xef\xbb\xbf{"structure": "liver"}')
    assert load_description(tmp_path / "d.json").structure == "liver"


def test_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        made(volume_ml=1.0).save(tmp_path / "file" / "d.json")


def test_room_is_light():
    """Its seconds are held by Testing/rules/test_light_rooms.py."""
    code = (
        "import sys; from Sketch2CTLib.description import parse_text, sentences, GeometryDescription;"
        "heavy = {'torch', 'skimage', 'scipy', 'SimpleITK', 'vtk', 'cv2'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

import json
import math
import subprocess
import sys

import pytest

from Sketch2CTLib.description import GeometryDescription, measure
from Sketch2CTLib.description.quantities import QUANTITY_NAMES
from Sketch2CTLib.errors import DescriptionError, InputError, OutputError, UnknownStructure


def made(**numbers):
    return GeometryDescription.checked(structure="liver", numbers=numbers)


def test_file_round_trip(tmp_path):
    first = GeometryDescription.checked(
        structure="Liver", numbers={"extent_rl_mm": 210, "volume_ml": 1400}, words={"surface_smoothness": "smooth"}
    )
    first.save(tmp_path / "new" / "description.json")
    assert GeometryDescription.load(tmp_path / "new" / "description.json") == first
    assert first.structure == "liver"
    assert list(first.numbers) == ["volume_ml", "extent_rl_mm"]
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["description.json"]


def test_text_fills_what_numbers_leave_unknown():
    merged = GeometryDescription.checked(
        structure="liver", numbers={"volume_ml": 900}, words={"flatness": "strongly flattened"},
        text="1.4 litres, 18 cm wide, smooth, hardly flattened",
    ).merged()  # fmt: skip
    assert merged.numbers == {"volume_ml": 900, "extent_rl_mm": 180}
    assert merged.words == {"surface_smoothness": "smooth", "flatness": "strongly flattened"}
    assert merged.merged() == merged


def test_load_merges_the_text(tmp_path):
    path = tmp_path / "d.json"
    path.write_text('{"structure": "liver", "numbers": {"volume_ml": 900}, "text": "18 cm wide, 2 L"}', "utf-8")
    assert GeometryDescription.load(path).numbers == {"volume_ml": 900, "extent_rl_mm": 180}


def test_from_text():
    found = GeometryDescription.from_text("about 1.4 litres and smooth", "liver")
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
        ({"volume_ml": None}, "must be a number"),
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


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"min_diameter_mm": 80, "max_diameter_mm": 60}, "Smallest diameter .80 mm. cannot be more than largest"),
        ({"major_axis_mm": 50, "middle_axis_mm": 90}, "Middle axis"),
        ({"extent_si_mm": 300, "max_diameter_mm": 200}, "top–bottom"),
        ({"spread_rl_mm": 60, "extent_rl_mm": 100}, "half of"),
        ({"volume_ml": 1400, "extent_rl_mm": 100, "extent_ap_mm": 100, "extent_si_mm": 100}, "box of its extents"),
        ({"volume_ml": 1400, "max_diameter_mm": 100}, "ball of its largest diameter"),
        ({"volume_ml": 1400, "surface_area_cm2": 400}, "surface of 400 cm² can enclose"),
        ({"mean_cross_section_diameter_mm": 30, "max_cross_section_diameter_mm": 20}, "Mean cross-section"),
    ],
)
def test_contradictions_are_named(numbers, said):
    with pytest.raises(DescriptionError, match=said):
        made(**numbers)
    for left_out in numbers:
        made(**{name: value for name, value in numbers.items() if name != left_out})


def test_contradiction_between_text_and_numbers_is_named():
    described = GeometryDescription.checked(structure="liver", numbers={"max_diameter_mm": 100}, text="1.4 litres")
    with pytest.raises(DescriptionError, match="ball of its largest diameter"):
        described.merged()


def test_a_ball_is_no_contradiction():
    made(volume_ml=4.18879, surface_area_cm2=4 * math.pi, max_diameter_mm=20.0, min_diameter_mm=20.0, sphericity=1.0)


@pytest.mark.parametrize(("spacing", "half"), [((1, 1, 1), (20, 20, 20)), ((0.8, 0.8, 5), (35, 12, 9))])
def test_what_is_measured_is_never_refused(bodies, spacing, half):
    grid = bodies.make_grid((40, 40, 40), spacing)
    for body in (bodies.ellipsoid(grid, half), bodies.box(grid, half)):
        found = GeometryDescription.checked(structure="aorta", numbers=measure(body, grid, tubular=True))
        text = " ".join(found.sentences())
        GeometryDescription.from_text(text, "aorta")


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
    ],
)
def test_broken_files(tmp_path, content, said):
    path = tmp_path / "d.json"
    path.write_text(content, "utf-8")
    with pytest.raises(DescriptionError, match=said):
        GeometryDescription.load(path)


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "d.json"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(DescriptionError, match="JSON"):
        GeometryDescription.load(path)


def test_missing_file_and_unknown_structure(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        GeometryDescription.load(tmp_path / "none.json")
    with pytest.raises(UnknownStructure, match="tail"):
        GeometryDescription.from_text("1 L", "tail")


def test_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        made(volume_ml=1.0).save(tmp_path / "file" / "d.json")


def test_schema_lists_numbers_and_words():
    schema = json.loads(json.dumps(GeometryDescription.model_json_schema()))
    assert schema["properties"]["numbers"]["propertyNames"]["enum"] == list(QUANTITY_NAMES)
    assert schema["additionalProperties"] is False


def test_room_is_light():
    code = (
        "import sys, time; t = time.perf_counter(); import Sketch2CTLib.description; t = time.perf_counter() - t;"
        "from Sketch2CTLib.description import parse_text, sentences, GeometryDescription;"
        "heavy = {'torch', 'skimage', 'scipy', 'SimpleITK', 'vtk', 'cv2'} & set(sys.modules);"
        "assert not heavy, heavy; assert t < 0.3, t"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

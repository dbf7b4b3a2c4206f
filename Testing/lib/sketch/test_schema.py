"""The published schema: it is the code's, and it agrees with the reader."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sketch_bodies import circle, comma, cube, paper

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.resources import resource_path
from Sketch2CTLib.sketch import Sketch, Stroke, edits, extract_sketch, redraw, sketch_schema
from Sketch2CTLib.sketch.schema import schema_text

jsonschema = pytest.importorskip("jsonschema")
VALIDATOR = jsonschema.Draft202012Validator(sketch_schema())


def test_the_published_file_is_the_code_s_schema():
    path = resource_path("Schemas", "sketch.schema.json")
    assert path.read_text(encoding="utf-8") == schema_text(), "Write schema_text() into the file."
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("level", ["outline", "creases", "detailed"])
def test_extracted_and_redrawn_sketches_are_valid(level):
    sketch = extract_sketch(comma(cube(48)), cube(48), "coronal", level=level, structure="liver")
    VALIDATOR.validate(sketch.to_dict())
    VALIDATOR.validate(redraw(sketch, np.random.default_rng(0)).to_dict())
    VALIDATOR.validate(Sketch(edits.erase(sketch.strokes, [0.0, 30.0], 20.0), sketch.plane).to_dict())


def test_bundled_sketches_are_valid_and_read():
    paths = sorted(resource_path("Sketches").glob("*.json"))
    assert paths
    for path in paths:
        VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8")))
        Sketch.from_json(path.read_text(encoding="utf-8"))


def _record():
    pressed = Stroke(circle(10, count=5), "crease", pressure=np.full(5, 0.5))
    strokes = Stroke(circle(30, count=8), "outline", True), pressed
    return Sketch(strokes, paper(), "liver", "contour").to_dict()


def test_fields_of_later_versions_are_left_out():
    record = _record()
    later = {**record, "notes": "drawn by hand", "created_by": {"program": "other"}}
    later["strokes"] = [{**stroke, "colour": [1, 2, 3]} for stroke in record["strokes"]]
    VALIDATOR.validate(later)
    assert Sketch.from_json(json.dumps(later)).to_dict() == record


def test_what_may_be_missing_is_missing_for_both():
    bare = {**_record(), "strokes": [{"points_mm": [[0, 1], [2, 3]]}]}
    del bare["structure"]
    VALIDATOR.validate(bare)
    (stroke,) = Sketch.from_dict(bare).strokes
    assert (stroke.kind, stroke.closed, stroke.pressure) == ("outline", False, None)


PATHS = [
    ("format",),
    ("version",),
    ("role",),
    ("plane",),
    ("plane", "view"),
    ("plane", "size_mm"),
    ("plane", "size_mm", 0),
    ("plane", "plane_to_ras"),
    ("plane", "plane_to_ras", 1),
    ("plane", "plane_to_ras", 1, 2),
    ("strokes",),
    ("strokes", 0),
    ("strokes", 0, "kind"),
    ("strokes", 0, "closed"),
    ("strokes", 0, "points_mm"),
    ("strokes", 0, "points_mm", 2),
    ("strokes", 0, "points_mm", 2, 1),
    ("strokes", 1, "pressure"),
    ("strokes", 1, "pressure", 3),
    ("structure",),
]
WRONG = [None, True, "x", "1", -1, 2, 1e5, [], [1], [[1, 2]], {}, {"a": 1}]


@given(st.sampled_from(PATHS), st.sampled_from(WRONG))
def test_what_the_schema_refuses_the_reader_refuses(path, value):
    record = copy.deepcopy(_record())
    at = record
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    try:
        read = Sketch.from_dict(record)
    except SketchError:
        return
    assert VALIDATOR.is_valid(record)
    assert VALIDATOR.is_valid(read.to_dict())

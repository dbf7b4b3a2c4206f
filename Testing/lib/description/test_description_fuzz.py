"""Whatever JSON or Python data is handed in: a description that round-trips, or one line that says what is wrong."""

import json
import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from Sketch2CTLib import catalog
from Sketch2CTLib.description import QUANTITY_NAMES, GeometryDescription, merge
from Sketch2CTLib.description.merging import load_description, merge_description
from Sketch2CTLib.description.stated import units_of
from Sketch2CTLib.description.words import WORD_NAMES
from Sketch2CTLib.errors import DescriptionError, InputError, UnknownStructure

UNITS = sorted({unit for name in QUANTITY_NAMES for unit in units_of(name)})
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.binary(max_size=5),
    st.sampled_from(["unknown", "1.4 L", "18 cm", "75 %", "1.4 ± 0.1 L", "10**9", "\ud800"]),
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10) | st.integers(), inner, max_size=4)
    ),
    max_leaves=15,
)
PLAUSIBLE = st.floats(0.01, 3000) | st.integers(0, 500)
STATED = st.one_of(
    PLAUSIBLE,
    st.fixed_dictionaries(
        {"value": PLAUSIBLE},
        optional={
            "unit": st.sampled_from(UNITS),
            "tolerance": st.floats(0, 1e4),
            "tolerance_percent": st.floats(0, 200),
            "note": SCALARS,
        },
    ),
    st.tuples(PLAUSIBLE, st.sampled_from(UNITS)).map(lambda pair: f"{pair[0]:g} {pair[1]}"),
    ANYTHING,
)
FIELDS = st.fixed_dictionaries(
    {"structure": st.sampled_from(catalog.STRUCTURE_NAMES) | ANYTHING},
    optional={
        "numbers": st.dictionaries(st.sampled_from(QUANTITY_NAMES) | st.text(max_size=5), STATED, max_size=6)
        | ANYTHING,
        "tolerances": st.dictionaries(st.sampled_from(QUANTITY_NAMES), ANYTHING | PLAUSIBLE, max_size=3) | ANYTHING,
        "unknown": st.lists(st.sampled_from(QUANTITY_NAMES) | ANYTHING, max_size=3) | ANYTHING,
        "words": st.dictionaries(st.sampled_from(WORD_NAMES) | st.text(), ANYTHING | st.text(), max_size=3) | ANYTHING,
        "text": st.text() | st.sampled_from(["1.4 L, smooth", "18 cm wide"]) | ANYTHING,
        "more": ANYTHING,
    },
)
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def kept_or_told(make):
    try:
        found = make()
    except InputError as error:
        assert isinstance(error, DescriptionError | UnknownStructure)
        line = str(error)
        assert line.isprintable() and len(line) < 1500, line
        line.encode()
        return
    assert all(math.isfinite(value) for value in (*found.numbers.values(), *found.tolerances.values()))
    assert not set(found.unknown) & set(found.numbers) and set(found.tolerances) <= set(found.numbers)
    assert GeometryDescription.checked(json.loads(found.to_json())) == found
    found.to_json().encode()
    assert all("\n" not in sentence for sentence in found.sentences())


@MANY
@given(FIELDS)
def test_json_like_data(data):
    kept_or_told(lambda: GeometryDescription.checked(data))


@MANY
@given(ANYTHING)
def test_anything_at_all(data):
    kept_or_told(lambda: GeometryDescription.checked(data))


@MANY
@given(
    st.dictionaries(st.sampled_from(QUANTITY_NAMES), STATED, max_size=5),
    st.dictionaries(st.sampled_from(QUANTITY_NAMES), st.floats(), max_size=3),
    st.sampled_from(["", "1.4 litres, 18 cm wide", "strongly elongated, 3 pieces", "volume unknown"]),
)
def test_merging(numbers, drawn, text):
    def merged():
        made = merge("aorta", numbers=numbers, text=text, sketch_numbers=drawn)
        for note in made.sentences:
            assert "\n" not in note and note.endswith(".")
        assert set(made.sources) == set(made.description.numbers) | set(made.description.unknown)
        assert merge_description(made.stated, drawn).description.numbers == made.description.numbers
        return made.description

    kept_or_told(merged)


@MANY
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | ANYTHING.map(lambda d: repr(d).encode("utf-8", "replace"))
)
def test_files(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("fuzz") / "d.json"
    path.write_bytes(content)
    kept_or_told(lambda: load_description(path))


def test_deep_python_data():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    for data in ({"structure": deep}, {"structure": "liver", "numbers": {"volume_ml": deep}}, deep):
        kept_or_told(lambda data=data: GeometryDescription.checked(data))
    while deep:  # taken apart level by level: Python's own clean-up recurses
        deep = deep.pop()

"""The reader of a sketch's JSON against anything: only SketchError comes out, soon, on one line."""

from __future__ import annotations

import json
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sketch_bodies import circle, paper

from Sketch2CTLib.errors import Sketch2CTError, SketchError
from Sketch2CTLib.sketch import Sketch, Stroke, load_sketch
from Testing.timing import slowness

RECORD = Sketch(
    (
        Stroke(circle(30, count=6), "outline", True),
        Stroke(circle(10, count=3), "crease", pressure=np.full(3, 0.5)),
    ),
    paper(),
    "liver",
).to_dict()
TEXT = json.dumps(RECORD)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["outline", "crease", "axial", "1", "\n", "\ud800"])
)
KEYS = st.sampled_from(["format", "version", "plane", "strokes", "points_mm", "kind", "closed", "pressure", "view"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def refused_or_whole(text):
    """Reads; what is accepted must round-trip, what is refused must be one line."""
    try:
        read = Sketch.from_json(text)
    except SketchError as error:
        assert "\n" not in str(error)
        assert 0 < len(str(error)) < 600
        return None
    assert Sketch.from_json(read.to_json()) == read
    return read


@given(st.text())
def test_any_text(text):
    refused_or_whole(text)


@given(VALUES)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_json(value):
    refused_or_whole(json.dumps(value))


@st.composite
def mutated(draw):
    """A sketch's record with one to three values replaced, removed or added."""
    record = json.loads(TEXT)
    for _ in range(draw(st.integers(1, 3))):
        at = record
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(at[key], dict | list) and draw(st.integers(0, 3)):
                at = at[key]
                continue
            if isinstance(at, dict) and draw(st.booleans()):
                at.pop(key)
            else:
                at[key] = draw(VALUES)
            break
    return record


@given(mutated())
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_a_sketch_with_values_changed(record):
    refused_or_whole(json.dumps(record))


@given(st.integers(0, len(TEXT) - 1), st.integers(0, 40), st.text(max_size=6))
@settings(max_examples=300)
def test_a_sketch_with_characters_changed(at, lost, put):
    refused_or_whole(TEXT[:at] + put + TEXT[at + lost :])


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: TEXT.encode()[:150] + tail))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file(tmp_path, content):
    path = tmp_path / "sketch.json"
    path.write_bytes(content)
    try:
        load_sketch(path)
    except Sketch2CTError as error:
        assert "\n" not in str(error)


def _with_strokes(strokes):
    return TEXT.replace(json.dumps(RECORD["strokes"]), strokes)


DOT = '{"points_mm":[[0,1]]}'
HOSTILE = {
    "a million strokes": lambda: _with_strokes("[" + ",".join([DOT] * 1_000_000) + "]"),
    "three million points": lambda: _with_strokes('[{"points_mm":[' + ",".join(["[0,1]"] * 3_000_000) + "]}]"),
    "more characters than a file may have": lambda: TEXT + " " * 64_000_001,
    "deep lists": lambda: "[" * 1_000_000,
    "deep lists that close": lambda: _with_strokes("[" * 90_000 + "]" * 90_000),
    "deep objects": lambda: '{"a":' * 90_000 + "1" + "}" * 90_000,
    "deep lists in the points": lambda: _with_strokes('[{"points_mm":' + "[" * 60 + "]" * 60 + "}]"),
    "ten million empty lists": lambda: '{"format":[' + ",".join(["[]"] * 10_000_000) + "]}",
    "twenty million numbers": lambda: '{"format":[' + ",".join(["1"] * 20_000_000) + "]}",
    "a million names": lambda: '{"format":[' + ",".join(['"a"'] * 1_000_000) + "]}",
    "a long name": lambda: TEXT.replace('"liver"', '"' + "a" * 30_000_000 + '"'),
    "a quote that never closes": lambda: '"' + '\\"' * 200_000,
    "quotes without end": lambda: '"' * 60_000_000,
    "closing brackets without end": lambda: "]" * 60_000_000,
    "backslashes without end": lambda: '"' + "\\" * 60_000_000,
    "a long whole number": lambda: TEXT.replace("30.0", "9" * 3_000_000, 1),
    "a whole number beyond floats": lambda: TEXT.replace("30.0", "9" * 4_000, 1),
    "a number beyond floats": lambda: TEXT.replace("30.0", "1e999", 1),
    "a paper beyond floats": lambda: TEXT.replace("160.0", "9" * 4_000),
    "not a number": lambda: TEXT.replace("30.0", "NaN", 1),
    "infinity": lambda: TEXT.replace("30.0", "-Infinity", 1),
    "not a number where nobody looks": lambda: TEXT.replace('"liver"', '"liver", "notes": NaN'),
    "words of digits": lambda: TEXT.replace("30.0", '"30.0"', 1),
    "truth among the points": lambda: TEXT.replace("30.0", "true", 1),
    "a name of several lines": lambda: TEXT.replace('"liver"', '"a\\nb"'),
    "half of a character": lambda: TEXT.replace('"liver"', '"\\ud800"'),
    "version true": lambda: TEXT.replace('"version": 1', '"version": true'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_refused_soon(name):
    text = HOSTILE[name]()
    begin = time.thread_time()
    assert refused_or_whole(text) is None
    assert time.thread_time() - begin < 5 * slowness(time.thread_time)


def test_refusing_needs_no_more_memory_than_a_few_times_the_text():
    for name in ("ten million empty lists", "a million strokes", "three million points", "a long name"):
        text = HOSTILE[name]()
        tracemalloc.start()
        with pytest.raises(SketchError):
            Sketch.from_json(text)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 6 * len(text) + 1_000_000, name


def test_brackets_in_words_are_no_depth():
    noted = TEXT.replace('"liver"', '"liver", "notes": "' + "[{" * 500 + '\\"[["')
    assert Sketch.from_json(noted).structure == "liver"


def test_the_largest_sketch_that_may_be_is_read():
    points = np.zeros((1000, 2))
    many = Sketch((Stroke(points),) * 300, paper())
    assert len(Sketch.from_json(many.to_json()).strokes) == 300
    with pytest.raises(SketchError, match="Simplify"):
        Sketch((Stroke(points),) * 2_001, paper())
    with pytest.raises(SketchError, match="Simplify"):
        Sketch((Stroke(points[:1]),) * 20_001, paper())

"""Strokes and sketches: checks, JSON, digest."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sketch_bodies import circle, outline, paper

from Sketch2CTLib.errors import OutputError, SketchError
from Sketch2CTLib.sketch import Sketch, Stroke, load_sketch

COORDINATES = st.floats(-200, 200, allow_nan=False)
POINTS = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=12)


@given(st.lists(st.tuples(POINTS, st.sampled_from(["outline", "crease"]), st.booleans()), min_size=1, max_size=4))
def test_json_round_trip_gives_the_same_sketch_and_digest(drawn):
    sketch = Sketch(tuple(Stroke(np.array(p), k, c) for p, k, c in drawn), paper(), "liver")
    again = Sketch.from_json(sketch.to_json())
    assert again == sketch
    assert again.digest() == sketch.digest()
    assert again.plane == sketch.plane


def test_digest_changes_with_a_tenth_of_a_millimetre():
    assert outline(circle(40)).digest() != outline(circle(40.1)).digest()


def test_points_cannot_be_changed_behind_the_sketch():
    points = circle(40)
    stroke = Stroke(points)
    points[:] = 0
    assert np.abs(stroke.points_mm).max() > 39
    with pytest.raises(ValueError, match="read-only"):
        stroke.points_mm[0] = 0


def test_length_counts_the_closing_piece():
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], dtype=float)
    assert Stroke(square, closed=True).length_mm == pytest.approx(40)
    assert Stroke(square).length_mm == pytest.approx(30)


def test_pressure_survives_the_file(tmp_path: Path):
    pressed = Sketch((Stroke(np.array([[0, 0], [1, 1.0]]), pressure=np.array([0.25, 1.0])),), paper())
    pressed.save(tmp_path / "new" / "sketch.json")
    assert load_sketch(tmp_path / "new" / "sketch.json").strokes[0].pressure.tolist() == [0.25, 1.0]
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["sketch.json"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"points_mm": np.array([[0.0, np.nan]])}, "finite"),
        ({"points_mm": np.array([[0.0, np.inf]])}, "finite"),
        ({"points_mm": np.zeros((0, 2))}, "needs points"),
        ({"points_mm": np.zeros((4, 3))}, "needs points"),
        ({"points_mm": [["a", "b"]]}, "numbers"),
        ({"points_mm": [[0, 1e30]]}, "unit"),
        ({"points_mm": np.zeros((2, 2)), "kind": "scribble"}, "outline, crease"),
        ({"points_mm": np.zeros((2, 2)), "pressure": np.array([1.0])}, "pressure"),
        ({"points_mm": np.zeros((2, 2)), "pressure": np.array([1.0, 2.0])}, "pressure"),
    ],
)
def test_impossible_strokes_are_refused(arguments, said):
    with pytest.raises(SketchError, match=said):
        Stroke(**arguments)


def test_a_sketch_without_strokes_is_refused():
    with pytest.raises(SketchError, match="empty"):
        Sketch((), paper())


def test_a_contour_is_of_version_2_and_a_silhouette_of_version_1():
    silhouette, contour = outline(circle(30)), replace(outline(circle(30)), role="contour")
    assert (silhouette.to_dict()["version"], "role" in silhouette.to_dict()) == (1, False)
    assert (contour.to_dict()["version"], contour.to_dict()["role"]) == (2, "contour")
    assert Sketch.from_json(contour.to_json()) == contour != silhouette
    assert Sketch.from_json(_changed(version=2)).role == Sketch.from_json(silhouette.to_json()).role == "silhouette"
    assert contour.digest() != silhouette.digest()


def _changed(**changes: object) -> str:
    return json.dumps({**outline(circle(30)).to_dict(), **changes})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "JSON"),
        ("[" * 100_000, "JSON"),
        ("[1, 2]", "not a sketch"),
        ('{"format": "other"}', "not a sketch"),
        (_changed(version=3), "version 3, this program reads version 1 and 2"),
        (_changed(version=2, role="shadow"), "role .*shadow.*silhouette, contour"),
        (_changed(version=2, role=7), "role"),
        (_changed(strokes=[]), "empty"),
        (_changed(strokes="none"), "list"),
        (_changed(strokes=[3]), "points_mm"),
        (_changed(strokes=[{"points_mm": [[0, 1], [2]]}]), "numbers"),
        (_changed(strokes=[{"points_mm": [[0, 1]], "closed": "yes"}]), "closed"),
        (_changed(strokes=[{"points_mm": [[0, 1]], "kind": ["outline"]}]), "kind"),
        (_changed(structure=7), "structure"),
        (_changed(plane=None), "plane"),
        (_changed(plane={"view": "axial", "size_mm": [1], "plane_to_ras": []}), "plane"),
        (_changed(plane={"view": "top", "size_mm": [1, 1], "plane_to_ras": np.eye(4).tolist()}), "plane"),
        (outline(circle(33)).to_json().replace("[33.0,", "[NaN,"), "finite"),
    ],
)
def test_unreadable_json_is_refused_with_its_reason(text, said):
    with pytest.raises(SketchError, match=said):
        Sketch.from_json(text)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        outline(circle(30)).save(tmp_path / "file" / "sketch.json")

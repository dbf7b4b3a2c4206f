"""Edits: what they keep, what they cut, and that they undo each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sketch_bodies import circle, disc, iou, paper

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.sketch import Sketch, Stroke, edits, silhouette

NUMBER = st.floats(-90, 90, allow_nan=False)
POINTS = st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=15)


@st.composite
def a_stroke(draw):
    points = np.array(draw(POINTS))
    pressure = np.linspace(0, 1, len(points)) if draw(st.booleans()) else None
    return Stroke(points, draw(st.sampled_from(["outline", "crease"])), draw(st.booleans()), pressure)


CANVAS = st.lists(a_stroke(), max_size=5).map(tuple)
ERASER = st.tuples(st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=20), st.floats(0.5, 60))


def length(strokes):
    return sum(stroke.length_mm for stroke in strokes)


def from_track(points, track):
    """Distance of each point from a polyline, sampled densely."""
    track = np.array(track, dtype=float)
    dense = [np.linspace(a, b, 400) for a, b in pairwise(track)] or [track]
    return np.linalg.norm(points[:, None] - np.concatenate(dense)[None], axis=-1).min(axis=1)


def inner_points(stroke):
    """Points along a stroke, the corners and the cuts among them."""
    path = stroke.path_mm
    if len(path) == 1:
        return path
    return np.concatenate([np.linspace(a, b, 7) for a, b in pairwise(path)])


def area(stroke):
    u, v = stroke.points_mm.T
    return abs(u @ np.roll(v, -1) - v @ np.roll(u, -1)) / 2


@given(CANVAS, ERASER)
@settings(deadline=None)
def test_the_eraser_leaves_nothing_under_it_and_never_makes_lines_longer(canvas, eraser):
    path, radius = eraser
    before = [stroke.points_mm.copy() for stroke in canvas]
    left = edits.erase(canvas, path, radius)
    assert length(left) <= length(canvas) + 0.01
    assert all(np.array_equal(stroke.points_mm, points) for stroke, points in zip(canvas, before, strict=True))
    for stroke in left:
        # Uncut strokes may touch the rim by a thousandth of a millimetre; the dense track errs by more.
        assert from_track(inner_points(stroke), path).min() > radius - 0.5
    if left:
        sketch = Sketch(left, paper())
        assert Sketch.from_json(sketch.to_json()) == sketch


@given(CANVAS, ERASER)
@settings(deadline=None)
def test_the_eraser_takes_no_more_than_lies_under_it(canvas, eraser):
    path, radius = eraser
    left = edits.erase(canvas, path, radius, crumb_mm=0.0)
    kept = np.concatenate([inner_points(stroke) for stroke in left]) if left else np.zeros((0, 2))
    for stroke in canvas:
        samples = inner_points(stroke)
        for point in samples[from_track(samples, path) > radius + 0.5]:
            segments = [_distance(point, piece) for piece in left]
            assert len(kept) and min(segments) < 0.01


def _distance(point, stroke):
    path = stroke.path_mm
    if len(path) == 1:
        return float(np.linalg.norm(path[0] - point))
    start, step = path[:-1], np.diff(path, axis=0)
    squared = np.maximum((step**2).sum(-1), 1e-12)
    share = np.clip(((point - start) * step).sum(-1) / squared, 0, 1)
    return float(np.linalg.norm(start + share[:, None] * step - point, axis=1).min())


@given(CANVAS)
def test_an_eraser_far_away_gives_the_same_strokes(canvas):
    left = edits.erase(canvas, [[500, 500], [600, 500]], 20)
    assert all(one is other for one, other in zip(left, canvas, strict=True))


def test_a_circle_is_cut_exactly_where_the_rim_crosses_it():
    ring = Stroke(circle(40, count=2000), "outline", True)
    (left,) = edits.erase((ring,), [40.0, 0.0], 10)
    assert not left.closed
    ends = left.points_mm[[0, -1]]
    assert np.linalg.norm(ends - [40, 0], axis=1) == pytest.approx(10, abs=1e-3)
    assert left.length_mm == pytest.approx(2 * np.pi * 40 - 4 * 40 * np.arcsin(10 / 80), abs=1e-2)


def test_a_line_crossed_by_a_stroke_of_the_eraser_falls_in_two_and_keeps_its_pressure():
    line = Stroke(np.array([[-50.0, 0.0], [50.0, 0.0]]), "crease", pressure=np.array([0.0, 1.0]))
    left, right = edits.erase((line,), [[0, -30], [0, 30]], 5)
    assert (left.kind, right.kind) == ("crease", "crease")
    assert left.points_mm.tolist() == [[-50, 0], [-5, 0]]
    assert right.points_mm.tolist() == [[5, 0], [50, 0]]
    assert left.pressure.tolist() == pytest.approx([0, 0.45])
    assert right.pressure.tolist() == pytest.approx([0.55, 1])


def test_two_cuts_of_a_ring_leave_two_pieces_and_the_start_of_the_ring_is_no_cut():
    ring = Stroke(circle(40, count=400), "outline", True, np.linspace(0, 1, 400))
    left = edits.erase((ring,), [[0, -60], [0, 60]], 3)
    assert len(left) == 2
    right = max(left, key=lambda stroke: stroke.points_mm[:, 0].mean())  # the ring starts at (40, 0)
    assert np.linalg.norm(np.diff(right.points_mm, axis=0), axis=1).max() < 1


def test_crumbs_go_with_what_was_erased_and_short_strokes_elsewhere_stay():
    line = Stroke(np.array([[0.0, 0.0], [10.2, 0.0]]))
    dash = Stroke(np.array([[50.0, 0.0], [50.2, 0.0]]))
    assert edits.erase((line, dash), [5.0, 0.0], 5.0) == (dash,)
    assert len(edits.erase((line, dash), [5.0, 0.0], 5.0, crumb_mm=0.1)) == 2


def test_a_dot_under_the_eraser_goes():
    dot, double = Stroke(np.array([[1.0, 1.0]])), Stroke(np.array([[1.0, 1.0], [1.0, 1.0]]))
    assert edits.erase((dot, double), [0.0, 0.0], 2.0) == ()
    assert len(edits.erase((dot, double), [5.0, 0.0], 2.0)) == 2


def test_a_long_track_erases_what_its_parts_erase():
    rng = np.random.default_rng(2)
    canvas = tuple(Stroke(circle(r, tuple(rng.uniform(-30, 30, 2))), "outline", True) for r in (10, 25, 50))
    track = np.cumsum(rng.normal(0, 4, (60, 2)), axis=0)
    at_once = edits.erase(canvas, track, 4, crumb_mm=0.0)
    by_steps = canvas
    for start, end in pairwise(track):
        by_steps = edits.erase(by_steps, [start, end], 4, crumb_mm=0.0)
    assert length(at_once) == pytest.approx(length(by_steps), abs=0.1)


@given(CANVAS, NUMBER, NUMBER)
def test_mirrored_twice_and_moved_there_and_back_is_the_same_drawing(canvas, u, v):
    assert edits.mirror(edits.mirror(canvas, u), u) == canvas
    assert edits.move(edits.move(canvas, (u, v)), (-u, -v)) == canvas


def test_a_mirror_swaps_left_and_right_and_nothing_else():
    (mirrored,) = edits.mirror((Stroke(np.array([[10.0, 5.0], [20.0, -5.0]])),), 4.0)
    assert mirrored.points_mm.tolist() == [[-2, 5], [-12, -5]]


def test_a_turn_is_anticlockwise_and_scaling_is_about_its_point():
    line = (Stroke(np.array([[10.0, 0.0], [20.0, 0.0]])),)
    assert edits.rotate(line, 90)[0].points_mm.tolist() == [[0, 10], [0, 20]]
    assert edits.rotate(line, 90, (10, 0))[0].points_mm.tolist() == [[10, 0], [10, 10]]
    assert edits.scale(line, 2, (10, 0))[0].points_mm.tolist() == [[10, 0], [30, 0]]


@given(st.lists(st.floats(0.6, 1.4), min_size=6, max_size=40), st.floats(0.3, 15))
@settings(deadline=None)
def test_smoothing_a_closed_outline_keeps_its_area(radii, sigma):
    angle = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    ring = Stroke(50 * np.array(radii)[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), "outline", True)
    (soft,) = edits.smooth((ring,), sigma)
    assert area(soft) == pytest.approx(area(ring), rel=0.01)
    assert soft.closed


def test_smoothing_takes_the_tremor_and_leaves_the_shape():
    rng = np.random.default_rng(0)
    noisy = Stroke(circle(40, count=600) + rng.normal(0, 0.4, (600, 2)), "outline", True, np.full(600, 0.3))
    (soft,) = edits.smooth((noisy,), 3.0)
    assert abs(np.linalg.norm(soft.points_mm, axis=1) - 40).max() < 0.6
    assert soft.length_mm == pytest.approx(2 * np.pi * 40, rel=0.01)
    assert soft.pressure == pytest.approx(0.3)
    assert iou(silhouette(Sketch((soft,), paper()), 256), disc(40, 256)) > 0.98


def test_smoothing_an_open_line_keeps_its_ends_and_its_straightness():
    rng = np.random.default_rng(1)
    wild = Stroke(np.stack([np.linspace(-50, 50, 200), rng.normal(0, 1, 200)], axis=1))
    (soft,) = edits.smooth((wild,), 4.0)
    assert soft.points_mm[[0, -1]].tolist() == wild.points_mm[[0, -1]].tolist()
    assert soft.length_mm < 0.5 * wild.length_mm
    straight = Stroke(np.array([[0.0, 0.0], [30.0, 1.0], [60.0, 2.0]]))
    assert edits.smooth((straight,), 4.0)[0].length_mm == pytest.approx(straight.length_mm)


@given(CANVAS, st.floats(0.05, 5))
@settings(deadline=None)
def test_simplifying_stays_within_the_tolerance(canvas, tolerance):
    simple = edits.simplify(canvas, tolerance)
    for stroke, other in zip(canvas, simple, strict=True):
        assert len(other.points_mm) <= len(stroke.points_mm)
        assert max(_distance(point, other) for point in stroke.points_mm) <= tolerance + 0.01
        assert (other.pressure is None) == (stroke.pressure is None)


def test_a_dense_circle_needs_few_points():
    (simple,) = edits.simplify((Stroke(circle(40, count=2000), "outline", True, np.linspace(0, 1, 2000)),), 0.2)
    assert 10 < len(simple.points_mm) < 80
    assert len(simple.pressure) == len(simple.points_mm)


def test_only_the_selected_strokes_change():
    canvas = tuple(Stroke(circle(r)) for r in (10, 20, 30))
    for edit in (
        lambda s: edits.move(canvas, (1, 1), s),
        lambda s: edits.mirror(canvas, 3, s),
        lambda s: edits.smooth(canvas, 2.0, s),
        lambda s: edits.scale(canvas, 2.0, selection=s),
    ):
        changed = edit([1])
        assert changed[0] is canvas[0]
        assert changed[1] != canvas[1]
        assert changed[2] is canvas[2]
    assert edits.remove(canvas, [0, 2]) == (canvas[1],)


def test_adding_clearing_and_the_empty_canvas():
    line, crease = Stroke(circle(10)), Stroke(circle(5), "crease")
    canvas = edits.add((), line, crease)
    assert canvas == (line, crease)
    assert edits.clear(canvas) == ()
    assert edits.clear(canvas, "crease") == (line,)
    for empty in (
        edits.erase((), [0.0, 0.0], 1.0),
        edits.move((), (1, 1)),
        edits.smooth(()),
        edits.mirror(()),
        edits.simplify(()),
    ):
        assert empty == ()


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda c: edits.remove(c, [3]), "no stroke 3"),
        (lambda c: edits.move(c, (1, 1), [-1]), "no stroke -1"),
        (lambda c: edits.move(c, (np.nan, 0)), "finite"),
        (lambda c: edits.move(c, (1, 2, 3)), "two numbers"),
        (lambda c: edits.move(c, (1e6, 0)), "unit"),
        (lambda c: edits.move(c, ("left", 0)), "numbers"),
        (lambda c: edits.scale(c, 0), "positive"),
        (lambda c: edits.smooth(c, -1), "positive"),
        (lambda c: edits.simplify(c, float("inf")), "positive"),
        (lambda c: edits.erase(c, [[0, 0, 0]], 1), "eraser"),
        (lambda c: edits.erase(c, [[0, 0]], 0), "radius"),
        (lambda c: edits.erase(c, [], 1), "eraser"),
        (lambda c: edits.add(c, *([c[0]] * 20_001)), "20,000"),
    ],
)
def test_impossible_edits_are_refused(edit, said):
    with pytest.raises(SketchError, match=said):
        edit((Stroke(circle(10)),))

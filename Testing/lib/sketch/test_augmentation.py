"""Redrawing: other lines, the same organ."""

from __future__ import annotations

import numpy as np
from sketch_bodies import comma, cube, iou, outline, ring

from Sketch2CTLib.sketch import extract_sketch, redraw, silhouette

CLEAN = extract_sketch(comma(cube()), cube(), "axial", level="detailed", structure="liver")
MANY = [redraw(CLEAN, np.random.default_rng(seed)) for seed in range(60)]


def test_the_same_seed_gives_the_same_drawing_and_another_another():
    assert redraw(CLEAN, np.random.default_rng(3)).digest() == MANY[3].digest()
    assert len({drawn.digest() for drawn in MANY}) == len(MANY)


def test_the_silhouette_stays_recognisable():
    clean = silhouette(CLEAN, 64)
    overlap = [iou(silhouette(drawn, 64), clean) for drawn in MANY]
    assert min(overlap) > 0.85
    assert np.median(overlap) > 0.93
    assert np.median(overlap) < 1.0


def test_plane_and_structure_stay():
    assert all(drawn.plane == CLEAN.plane and drawn.structure == "liver" for drawn in MANY)


def test_it_draws_gaps_forgets_creases_and_draws_lines_twice():
    outlines = [drawn.of_kind(["outline"]) for drawn in MANY]
    creases = [len(drawn.of_kind(["crease"])) for drawn in MANY]
    assert any(not any(stroke.closed for stroke in strokes) for strokes in outlines)
    assert any(len(strokes) == 1 and strokes[0].closed for strokes in outlines)
    assert min(creases) == 0
    assert any(len(strokes) > 1 and strokes[0].closed for strokes in outlines)
    assert len(set(creases)) >= 3


def test_strength_nought_keeps_the_lines():
    drawn = redraw(CLEAN, np.random.default_rng(0), strength=0.0)
    assert len(drawn.strokes) == len(CLEAN.strokes)
    assert iou(silhouette(drawn, 128), silhouette(CLEAN, 128)) > 0.98


def test_a_closed_line_that_wobbles_stays_smooth_where_it_closes():
    closed = [drawn.of_kind(["outline"])[0] for drawn in MANY if drawn.of_kind(["outline"])[0].closed]
    for stroke in closed:
        steps = np.linalg.norm(np.diff(stroke.path_mm, axis=0), axis=1)
        assert steps[-1] < 3 * np.median(steps)


def test_a_sketch_with_a_hole_is_never_lost():
    holed = extract_sketch(ring(cube()), cube(), "axial")
    for seed in range(20):
        assert silhouette(redraw(holed, np.random.default_rng(seed)), 64).any()


def test_some_draw_with_a_pen_whose_pressure_varies():
    pressed = [drawn for drawn in MANY if drawn.strokes[0].pressure is not None]
    assert 0 < len(pressed) < len(MANY)
    assert all(np.ptp(drawn.strokes[0].pressure) > 0.05 for drawn in pressed)
    assert all((stroke.pressure is None) == (drawn not in pressed) for drawn in MANY for stroke in drawn.strokes)


def test_an_outline_in_one_line_ends_before_or_beyond_its_start():
    whole = CLEAN.of_kind(["outline"])[0].length_mm
    first = [drawn.of_kind(["outline"])[0] for drawn in MANY]
    lengths = np.array([stroke.length_mm for stroke in first if not stroke.closed]) / whole
    assert (lengths > 1.01).any()
    assert ((lengths > 0.9) & (lengths < 0.99)).any()


def test_a_thin_tube_is_not_filled_to_something_else():
    v = np.linspace(-60, 60, 200)
    sides = [np.stack([side * 7 + 12 * np.sin(v / 30), v], axis=1) for side in (-1, 1)]
    tube = outline(np.concatenate([sides[0], sides[1][::-1]]))
    clean = silhouette(tube, 128)
    overlap = [iou(silhouette(redraw(tube, np.random.default_rng(seed)), 128), clean) for seed in range(60)]
    assert min(overlap) > 0.8
    assert np.quantile(overlap, 0.05) > 0.88


def test_dots_and_tiny_sketches_can_be_redrawn():
    for points in (np.zeros((1, 2)), np.zeros((3, 2)), np.array([[0.0, 0.0], [0.01, 0.0], [0.0, 0.01]])):
        for closed in (True, False):
            for seed in range(10):
                assert redraw(outline(points, closed=closed), np.random.default_rng(seed)).strokes

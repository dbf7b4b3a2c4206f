"""Ink and silhouettes, against analytic discs."""

from __future__ import annotations

import numpy as np
import pytest
from sketch_bodies import SIZE_MM, circle, disc, iou, outline, paper

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.sketch import Sketch, Stroke, rasterise, silhouette


def test_ink_lies_where_the_line_is_and_nowhere_else():
    line = Sketch((Stroke(np.array([[-60.0, 40.0], [60.0, 40.0]]), "crease"),), paper())
    ink = rasterise(line, 80)  # 2 mm a pixel: v = 40 lies between rows 19 and 20
    assert ink.dtype == np.uint8
    assert ink.max() == 255 or ink.max() > 180
    assert set(np.nonzero(ink.any(axis=1))[0]) == {19, 20}
    assert np.nonzero(ink.any(axis=0))[0][[0, -1]].tolist() == pytest.approx([9, 70], abs=1)


def test_up_is_anterior_and_left_on_paper_is_the_patients_right():
    dot = paper().from_ras(paper().center_ras + np.array([50.0, 60.0, 0.0]))  # right, anterior
    ink = rasterise(outline(circle(5, tuple(dot))), 64)
    rows, columns = np.nonzero(ink)
    assert rows.mean() < 16
    assert columns.mean() < 16


@pytest.mark.parametrize("pixels", [64, 100, 256])
def test_line_width_in_mm_does_not_depend_on_pixels(pixels):
    line = Sketch((Stroke(np.array([[-200.0, 0.0], [200.0, 0.0]])),), paper())
    ink = rasterise(line, pixels, width_mm=8.0) / 255.0
    assert ink.sum(axis=0).mean() * SIZE_MM / pixels == pytest.approx(8.0, abs=0.3 * SIZE_MM / pixels)


def test_pressure_makes_a_line_thicker():
    points = np.array([[-50.0, 0.0], [50.0, 0.0]])
    soft, hard = (
        rasterise(Sketch((Stroke(points, pressure=np.full(2, p)),), paper()), 128, width_mm=6).sum() for p in (0, 1)
    )
    assert hard > 2 * soft


def test_kinds_choose_what_is_drawn():
    both = Sketch((Stroke(circle(40), "outline", True), Stroke(circle(10), "crease", True)), paper())
    assert not (rasterise(both, 64, kinds=("outline",)) & rasterise(both, 64, kinds=("crease",))).any()


def test_a_smaller_window_enlarges():
    assert silhouette(outline(circle(20)), 64, size_mm=80).sum() == pytest.approx(
        4 * silhouette(outline(circle(20)), 64).sum(), rel=0.03
    )


@pytest.mark.parametrize("pixels", [32, 64, 200])
def test_a_closed_outline_is_filled_exactly(pixels):
    assert iou(silhouette(outline(circle(50, (7, -11), 2000)), pixels), disc(50, pixels, (7, -11))) > 0.995


@pytest.mark.parametrize("missing", [1, 6, 20, 40])
def test_gaps_are_closed(missing):
    gapped = outline(circle(50)[missing:], closed=False)  # of 200 points
    assert iou(silhouette(gapped, 128), disc(50, 128)) > 0.97 - missing / 400


def test_an_outline_in_pieces_is_filled():
    points = circle(50)
    pieces = tuple(Stroke(points[start : start + 44]) for start in (0, 50, 100, 150))
    assert iou(silhouette(Sketch(pieces, paper()), 128), disc(50, 128)) > 0.97


def test_pieces_that_cross_instead_of_meeting_are_filled():
    sides = [[[-50, -40], [50, -40]], [[-40, -50], [-40, 50]], [[-50, 40], [50, 40]], [[40, -50], [40, 50]]]
    box = Sketch(tuple(Stroke(np.array(side, dtype=float)) for side in sides), paper())
    expected = np.zeros((160, 160), dtype=bool)
    expected[40:120, 40:120] = True
    assert iou(silhouette(box, 160), expected) > 0.95


def test_a_concave_outline_with_a_gap_stays_concave():
    angle = np.linspace(0.4, 2 * np.pi - 0.4, 150)
    outer, inner = (np.stack([np.cos(angle), np.sin(angle)], 1) * r for r in (60.0, 40.0))
    banana = np.concatenate([outer, inner[::-1]])
    filled = silhouette(outline(banana[4:], closed=False), 128)
    assert not filled[64, 64]
    assert iou(filled, silhouette(outline(banana), 128)) > 0.95


def test_half_a_circle_falls_back_to_its_hull():
    half = silhouette(outline(circle(50)[:100], closed=False), 128)
    assert half.sum() == pytest.approx(disc(50, 128).sum() / 2, rel=0.05)


def test_an_outline_drawn_twice_is_no_hole():
    twice = Sketch((Stroke(circle(50), closed=True), Stroke(circle(48), closed=True)), paper())
    assert silhouette(twice, 128)[64, 64]


def test_an_outline_inside_another_is_a_hole_and_one_beside_it_is_not():
    rings = (Stroke(circle(60), closed=True), Stroke(circle(35), closed=True), Stroke(circle(8, (70, 70)), closed=True))
    filled = silhouette(Sketch(rings, paper()), 160)
    assert not filled[80, 80]
    assert filled[80, 80 + 48]
    assert filled[80 - 70, 80 + 70]


def test_a_loop_at_the_end_of_a_stroke_stays_filled():
    overdrawn = np.concatenate([circle(50), circle(50)[:20], circle(10, (45, 15))])
    assert silhouette(outline(overdrawn), 128)[64 - 12, 64 + 36]


def test_a_stray_tick_does_not_spoil_a_closed_outline():
    with_tick = Sketch((Stroke(circle(50), closed=True), Stroke(np.array([[55.0, 0], [60, 5]]))), paper())
    assert iou(silhouette(with_tick, 128), disc(50, 128)) > 0.98


@pytest.mark.parametrize(
    "sketch",
    [
        Sketch((Stroke(circle(20), "crease", True),), paper()),
        outline(circle(5, (500, 0))),
        outline(np.array([[0.0, 0.0]])),
        outline(np.array([[0.0, 0.0], [50.0, 0.0]]), closed=False),
    ],
    ids=["creases only", "off the paper", "a dot", "a line"],
)
def test_nothing_to_fill_is_an_error_with_a_hint(sketch):
    with pytest.raises(SketchError) as caught:
        silhouette(sketch, 64)
    assert caught.value.hint


@pytest.mark.parametrize("size_mm", [0, -1, float("nan")])
def test_a_window_without_size_is_refused(size_mm):
    with pytest.raises(SketchError):
        rasterise(outline(circle(20)), 64, size_mm=size_mm)

"""Open outlines are closed, and what was changed is told."""

from __future__ import annotations

import numpy as np
import pytest
from sketch_bodies import circle, disc, iou, outline, paper

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.sketch import Sketch, Stroke, silhouette
from Sketch2CTLib.sketch.drawings.repair import closed_outlines

ROUND = circle(50.0)


def _sketch(*lines, kind="outline", closed=False) -> Sketch:
    return Sketch(tuple(Stroke(np.asarray(line, float), kind, closed) for line in lines), paper())


def test_a_closed_sketch_stays_the_same_object():
    sketch = outline(ROUND)
    assert closed_outlines(sketch) == (sketch, ())


def test_a_gap_is_closed_and_told_where_it_is():
    start = 120  # of 200 points: at 216°, the lower left
    line = np.roll(ROUND, -start - 8, axis=0)[:-16]
    repaired, notes = closed_outlines(_sketch(np.roll(line, 0, axis=0)))
    assert [stroke.closed for stroke in repaired.strokes] == [True]
    assert np.array_equal(repaired.strokes[0].points_mm, _sketch(line).strokes[0].points_mm)
    gap = float(np.linalg.norm(line[0] - line[-1]))
    assert notes == (f"The outline was open by {gap:.0f} mm at the lower left: closed with a straight line.",)


def test_an_unseen_gap_is_closed_without_a_word():
    line = np.vstack([ROUND, ROUND[:1] - np.array([0.0, 0.2])])
    repaired, notes = closed_outlines(_sketch(line))
    assert (repaired.strokes[0].closed, notes) == (True, ())


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 0, 2)])
@pytest.mark.parametrize("turned", [(), (1,), (0, 2)])
def test_pieces_in_any_order_and_direction_are_joined(order, turned):
    pieces = [ROUND[2:64], ROUND[68:130], ROUND[134:198]]
    pieces = [pieces[n][::-1] if n in turned else pieces[n] for n in order]
    repaired, notes = closed_outlines(_sketch(*pieces))
    (made,) = repaired.strokes
    assert made.closed
    assert {tuple(p) for p in made.points_mm} == {tuple(p) for s in _sketch(*pieces).strokes for p in s.points_mm}
    assert iou(silhouette(repaired, 256), disc(50, 256)) > 0.98
    assert notes[0].startswith("3 open lines were joined")
    assert sum("open by" in note for note in notes) == 3


def test_lines_within_become_creases_and_pressure_stays():
    pressed = Stroke(ROUND[:-6], pressure=np.linspace(0.1, 0.9, len(ROUND) - 6))
    inner = Stroke(np.array([[-20.0, 0.0], [10.0, 5.0]]))
    repaired, notes = closed_outlines(Sketch((pressed, inner), paper()))
    assert [stroke.kind for stroke in repaired.strokes] == ["outline", "crease"]
    assert repaired.strokes[0].pressure is not None
    assert any("crease" in note for note in notes)


def test_lines_that_meet_halfway_are_drawn_anew():
    left = np.array([[-30.0, -45.0], [-30.0, 45.0]])
    bow = np.array([[-30.0, 30.0], [40.0, 20.0], [40.0, -20.0], [-30.0, -30.0]])
    middle = np.array([[5.0, -40.0], [5.0, 40.0]])
    repaired, notes = closed_outlines(_sketch(left, bow, middle))
    assert all(stroke.closed for stroke in repaired.of_kind(["outline"]))
    assert notes
    assert iou(silhouette(repaired, 256), silhouette(_sketch(bow, closed=True), 256)) > 0.85


@pytest.mark.parametrize(
    "lines",
    [
        [ROUND[:100]],
        [[[0, 0], [50, 0]]],
        [[[0, 0]]],
        [[[0, 0], [50, 0]], [[0, 30], [50, 30]]],
        [[[0, 0], [0, 0], [0, 0], [0, 0]]],
    ],
)
def test_what_encloses_nothing_is_refused(lines):
    with pytest.raises(SketchError, match="encloses nothing") as caught:
        closed_outlines(_sketch(*lines))
    assert caught.value.hint


def test_creases_alone_are_no_outline():
    with pytest.raises(SketchError, match="no outline"):
        closed_outlines(_sketch(ROUND, kind="crease"))


def test_thousands_of_scraps_are_refused_quickly():
    scraps = [[[x, y], [x + 1, y]] for x in range(50) for y in range(50)]
    with pytest.raises(SketchError, match="2,500"):
        closed_outlines(_sketch(*scraps))

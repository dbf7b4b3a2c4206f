"""The extents that a drawing spans along the patient's axes."""

import math

import numpy as np
import pytest

from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.sketch import Sketch, Stroke, extract_sketch
from Sketch2CTLib.sketch.model import drawn_extents

BOX_MM = np.array([[-50.0, -20], [70, -20], [70, 40], [-50, 40]])  # 120 wide, 60 high


def drawn(plane, *strokes):
    return Sketch(strokes or (Stroke(BOX_MM, closed=True),), plane)


def turned(plane, axis, degrees):
    """The plane turned about the RAS axis `axis` through its centre."""
    first, second = [a for a in range(3) if a != axis]
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = np.eye(3)
    turn[[first, first, second, second], [first, second, first, second]] = (cos, -sin, sin, cos)
    matrix = plane.plane_to_ras.copy()
    matrix[:3, :3] = turn @ matrix[:3, :3]
    return PlaneFrame(plane.view, matrix, plane.size_mm)


@pytest.mark.parametrize(
    ("view", "names"),
    [
        ("axial", ("extent_rl_mm", "extent_ap_mm")),
        ("coronal", ("extent_rl_mm", "extent_si_mm")),
        ("sagittal", ("extent_ap_mm", "extent_si_mm")),
    ],
)
def test_each_view_has_its_own_two_axes(view, names):
    plane = PlaneFrame.standard(view, 320.0, (10.0, -20.0, 30.0))
    found = drawn_extents(drawn(plane))
    assert found == {names[0]: pytest.approx(120), names[1]: pytest.approx(60)}


def test_all_outlines_count_and_creases_do_not():
    plane = PlaneFrame.standard("axial", 320.0)
    more = (Stroke([[70.0, 0], [100, 10]]), Stroke([[-140.0, -140], [140, 140]], "crease"))
    found = drawn_extents(drawn(plane, Stroke(BOX_MM, closed=True), *more))
    assert found == {"extent_rl_mm": pytest.approx(150), "extent_ap_mm": pytest.approx(60)}
    assert drawn_extents(drawn(plane, more[1])) == {}


def test_a_dot_has_no_extent_and_a_line_one():
    plane = PlaneFrame.standard("axial", 320.0)
    assert drawn_extents(drawn(plane, Stroke([[3.0, 4]]))) == {}
    assert drawn_extents(drawn(plane, Stroke([[0.0, 4], [30, 4]]))) == {"extent_rl_mm": pytest.approx(30)}


def test_paper_turned_within_itself_spans_what_the_patient_spans():
    plane = turned(PlaneFrame.standard("axial", 320.0), 2, 90)
    assert drawn_extents(drawn(plane)) == {"extent_rl_mm": pytest.approx(60), "extent_ap_mm": pytest.approx(120)}


@pytest.mark.parametrize("axis", [0, 1])
def test_oblique_paper_gives_nothing(axis):
    plane = PlaneFrame.standard("axial", 320.0)
    near = drawn_extents(drawn(turned(plane, axis, 4)))
    assert near == {"extent_rl_mm": pytest.approx(120, rel=0.005), "extent_ap_mm": pytest.approx(60, rel=0.005)}
    assert drawn_extents(drawn(turned(plane, axis, 6))) == {}
    assert drawn_extents(drawn(turned(plane, axis, 45))) == {}


def test_an_extracted_sketch_is_as_large_as_its_body():
    from sketch_bodies import comma, cube, points_ras

    grid = cube(64)
    body = comma(grid)
    spans = np.ptp(points_ras(grid)[body], axis=0) + 160.0 / 64
    for view, axes in (("axial", (0, 1)), ("coronal", (0, 2)), ("sagittal", (1, 2))):
        found = drawn_extents(extract_sketch(body, grid, view=view))
        assert list(found.values()) == pytest.approx([spans[axis] for axis in axes], abs=4.0)

"""Contradictions: every theorem is broken by numbers made for it, and by nothing that was measured on a body."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from Sketch2CTLib.description import measure, parse_text, sentences
from Sketch2CTLib.description.consistency import check_consistent, contradictions
from Sketch2CTLib.description.quantities import quantity
from Sketch2CTLib.description.words import rounded
from Sketch2CTLib.errors import DescriptionError

BALL_MM = 100.0  # diameter
BALL = {
    "volume_ml": math.pi / 6 * BALL_MM**3 / 1e3,
    "surface_area_cm2": math.pi * BALL_MM**2 / 100,
    **dict.fromkeys(("extent_rl_mm", "extent_ap_mm", "extent_si_mm"), BALL_MM),
    **dict.fromkeys(("spread_rl_mm", "spread_ap_mm", "spread_si_mm"), BALL_MM / 2 / math.sqrt(5)),
    **dict.fromkeys(("centroid_rl", "centroid_ap", "centroid_si"), 0.5),
    **dict.fromkeys(("major_axis_mm", "middle_axis_mm", "minor_axis_mm"), BALL_MM),
    **dict.fromkeys(("max_diameter_mm", "min_diameter_mm"), BALL_MM),
    **dict.fromkeys(("sphericity", "compactness", "elongation", "flatness", "components"), 1.0),
}
BROKEN = [
    ({"min_diameter_mm": 80, "max_diameter_mm": 60}, "Smallest diameter (80 mm) cannot be more than largest diameter"),
    ({"major_axis_mm": 50, "middle_axis_mm": 90}, "Middle axis (90 mm) cannot be more than major axis (50 mm)"),
    ({"extent_si_mm": 300, "max_diameter_mm": 200}, "Extent top–bottom (300 mm) cannot be more than"),
    ({"spread_rl_mm": 60, "extent_rl_mm": 100}, "half of the extent right–left (100 mm), 50 mm."),
    ({"extent_rl_mm": 50, "extent_ap_mm": 50, "extent_si_mm": 50, "max_diameter_mm": 120}, "diagonal of its extents"),
    (
        {"volume_ml": 1400, "extent_rl_mm": 100, "extent_ap_mm": 100, "extent_si_mm": 100},
        "Volume (1400 mL) is more than the box of its extents (100 mm × 100 mm × 100 mm), 1000 mL.",
    ),
    ({"volume_ml": 1400, "max_diameter_mm": 100}, "a ball of its largest diameter (100 mm), 523.6 mL."),
    ({"volume_ml": 1400, "surface_area_cm2": 400}, "surface of 400 cm² can enclose"),
    (
        {"volume_ml": 1400, "major_axis_mm": 150, "middle_axis_mm": 120, "minor_axis_mm": 90},
        "the ellipsoid of its axes (150 mm × 120 mm × 90 mm), 848.2 mL.",
    ),
    ({"volume_ml": 1400, "spread_rl_mm": 30, "spread_ap_mm": 30, "spread_si_mm": 20}, "with its spreads"),
    ({"volume_ml": 900, "extent_rl_mm": 30, "max_diameter_mm": 150}, "a disc as wide as its largest diameter"),
    ({"volume_ml": 900, "min_diameter_mm": 30, "max_diameter_mm": 150}, "a disc as wide as its largest diameter"),
    ({"volume_ml": 900, "spread_rl_mm": 15, "extent_ap_mm": 100, "extent_si_mm": 100}, "fits a spread of 15 mm"),
    ({"volume_ml": 1400, "surface_area_cm2": 900, "sphericity": 0.9}, "Sphericity (0.9) does not fit 1400 mL in a"),
    ({"volume_ml": 1400, "surface_area_cm2": 900, "compactness": 0.9}, "Compactness (0.9) does not fit 1400 mL"),
    ({"sphericity": 0.8, "compactness": 0.8}, "a sphericity of 0.8, whose cube it is: that makes 0.512."),
    ({"elongation": 3, "major_axis_mm": 120, "middle_axis_mm": 100}, "Elongation (3) does not fit a major axis"),
    ({"flatness": 1.1, "middle_axis_mm": 120, "minor_axis_mm": 60}, "Flatness (1.1) does not fit a middle axis"),
    ({"elongation": 3, "flatness": 2, "major_axis_mm": 300, "minor_axis_mm": 100}, "with a flatness of 2"),
    ({"elongation": 3, "major_axis_mm": 200, "minor_axis_mm": 100}, "divided by the minor one (100 mm), 2."),
    ({"mean_cross_section_diameter_mm": 30, "max_cross_section_diameter_mm": 20}, "Mean cross-section diameter"),
    ({"max_cross_section_diameter_mm": 150, "max_diameter_mm": 100}, "Largest cross-section diameter (150 mm)"),
    ({"centreline_length_mm": 400, "tortuosity": 1.1, "max_diameter_mm": 200}, "a tortuosity of 1.1 makes"),
    (
        {"centreline_length_mm": 400, "tortuosity": 1.1, "extent_rl_mm": 90, "extent_ap_mm": 90, "extent_si_mm": 200},
        "too long for its extents",
    ),
    ({"centreline_length_mm": 100, "extent_si_mm": 300}, "twice the centreline length (100 mm)"),
    ({"centreline_length_mm": 400, "mean_cross_section_diameter_mm": 30, "volume_ml": 80}, "that is 30 mm wide"),
    ({"spread_rl_mm": 45, "extent_rl_mm": 100, "centroid_rl": 0.1}, "centre of mass, left to right (0.1) allows"),
    ({"spread_rl_mm": 60, "major_axis_mm": 100}, "the major axis (100 mm) divided by 2√5, 22.36 mm."),
    ({"minor_axis_mm": 90, "spread_si_mm": 10}, "2√5 times the spread top–bottom (10 mm)"),
    ({"major_axis_mm": 300, "max_diameter_mm": 100}, "√5 times the largest diameter (100 mm)"),
    (
        {
            **dict.fromkeys(("spread_rl_mm", "spread_ap_mm", "spread_si_mm"), 30),
            **dict.fromkeys(("major_axis_mm", "middle_axis_mm", "minor_axis_mm"), 100),
        },
        "Spreads of 30 mm, 30 mm, 30 mm do not fit axes of 100 mm, 100 mm, 100 mm.",
    ),
]


@pytest.mark.parametrize(("numbers", "said"), BROKEN, ids=[said[:40] for _, said in BROKEN])
def test_contradictions_are_named(numbers, said):
    found = contradictions(numbers)
    assert any(said in each.message for each in found), [each.message for each in found]
    for each in found:
        assert "\n" not in each.message and each.message.endswith(".")
        assert set(each.names) <= set(numbers)
        for name in each.names:  # every number is quoted
            assert f"{numbers[name]:g}" in each.message
    with pytest.raises(DescriptionError) as caught:
        check_consistent(numbers)
    assert caught.value.message.startswith(found[0].message)


@pytest.mark.parametrize(("numbers", "said"), BROKEN, ids=[said[:40] for _, said in BROKEN])
def test_a_contradiction_ends_where_a_number_is_left_out(numbers, said):
    for left_out in numbers:
        rest = {name: value for name, value in numbers.items() if name != left_out}
        assert not any(said in each.message for each in contradictions(rest))


@pytest.mark.parametrize(("numbers", "said"), BROKEN, ids=[said[:40] for _, said in BROKEN])
def test_tolerances_widen(numbers, said):
    assert contradictions(numbers, dict.fromkeys(numbers, 0.0))
    assert contradictions(numbers, {name: 0.9 * value for name, value in numbers.items()}) == ()


def test_a_ball_is_the_limit_of_nearly_every_theorem():
    assert contradictions(BALL) == ()
    tube = {"centreline_length_mm": BALL_MM, "tortuosity": 1.0, "mean_cross_section_diameter_mm": BALL_MM * math.pi / 4}
    assert contradictions({**BALL, **tube, "max_cross_section_diameter_mm": BALL_MM}) == ()


TIGHT = [name for name in BALL if name.startswith(("volume", "surface", "spread", "major", "middle", "minor"))]


@pytest.mark.parametrize("factor", [0.7, 1.4])
@pytest.mark.parametrize("name", TIGHT)
def test_a_ball_with_one_wrong_number_is_none(name, factor):
    assert contradictions({**BALL, name: BALL[name] * factor})


def test_pieces_may_lie_apart():
    apart = {"centreline_length_mm": 100, "extent_si_mm": 300}
    assert contradictions(apart) and not contradictions({**apart, "components": 2})


def test_several_contradictions_are_counted():
    with pytest.raises(DescriptionError, match=r"\(\d+ more such\)"):
        check_consistent({**BALL, "volume_ml": 5000.0})


# ---- bodies


def lumpy(bodies, grid, rng):
    """A ball with waves on it, sometimes riddled with holes, sometimes with a crumb beside it."""
    p = bodies.points(grid)
    away = np.linalg.norm(p, axis=-1) + 1e-9
    wave = sum(a * np.sin(p @ k) for a, k in zip(rng.uniform(1, 5, 3), rng.normal(0, 0.25, (3, 3)), strict=True))
    body = away < rng.uniform(8, 18) + wave
    if rng.random() < 0.4:
        body &= rng.random(body.shape) < rng.uniform(0.8, 1.0)
    if rng.random() < 0.3:
        body |= bodies.ball(grid, rng.uniform(4, 7), rng.uniform(-20, 20, 3))
    return body


def random_body(bodies, seed):
    rng = np.random.default_rng(seed)
    spacing = rng.uniform(1.2, 5.0, 3) if rng.random() < 0.7 else np.full(3, rng.uniform(1.2, 3.0))
    grid = bodies.turned(bodies.make_grid((28, 28, 28), spacing, rng.permutation(3)), rng.choice([0.0, 17.0, 45.0]))
    kind = rng.integers(6)
    half = rng.uniform(2, 26, 3)
    centre = rng.uniform(-2, 2, 3)
    if kind == 0:
        return bodies.ellipsoid(grid, half, centre), grid
    if kind == 1:
        return bodies.box(grid, half, centre), grid
    if kind == 2:
        return bodies.tube(grid, rng.uniform(2, 14), rng.uniform(5, 54)), grid
    if kind == 3:
        return bodies.half_torus(grid, rng.uniform(12, 16), rng.uniform(4, 9)), grid
    if kind == 4:
        return bodies.ball(grid, 9, (-16, 0, 0)) | bodies.box(grid, (8, 5, 3), (16, 9, 7)), grid
    return lumpy(bodies, grid, rng), grid


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_measured_is_never_refused(bodies, seed):
    body, grid = random_body(bodies, seed)
    if not body.any():
        return
    numbers = measure(body, grid, tubular=seed % 3 == 0)  # centrelines are slow
    assert contradictions(numbers) == ()
    told = {name: max(rounded(name, value), quantity(name).low) for name, value in numbers.items()}
    assert contradictions(told) == ()
    assert contradictions(parse_text(" ".join(sentences("aorta", numbers)), "aorta").numbers) == ()

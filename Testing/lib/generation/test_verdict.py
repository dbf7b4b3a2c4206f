import numpy as np
import pytest

from Sketch2CTLib.frames import VIEWS, VoxelGrid, project
from Sketch2CTLib.generation.nearest_case import NearestCase
from Sketch2CTLib.generation.report.build import build_report
from Sketch2CTLib.generation.report.evidence import Asked, Drawn, Making
from Sketch2CTLib.generation.values import MaskVolume

GRID = VoxelGrid.ras_cube((0, 0, 0), 320.0, 64)


def ball(radius=20, center=31.5):
    distance = sum((axis - center) ** 2 for axis in np.indices(GRID.shape_kji))
    return MaskVolume(distance <= radius**2, GRID, "liver")


def told(asked, measured, drawn=(), making=None):
    report = build_report(ball(), asked, drawn, making=making, measured=measured)
    assert report.verdict.endswith(".") and "\n" not in report.verdict
    assert report.verdict.count(". ") == 0  # one sentence
    return report.grade, report.verdict


def drawn(shift=0):
    return [Drawn(np.roll(project(ball().body, VIEWS["axial"]), shift, axis=1), "axial")]


def test_met_says_so_first():
    measured = {"volume_ml": 1520.0, "extent_rl_mm": 200.0, "components": 1.0}
    grade, words = told({"volume_ml": 1500.0, "extent_rl_mm": 201.0}, measured, drawn())
    assert grade == "met" and words.startswith("Met: volume 1,520 mL of 1,500 mL asked (+1.3 %)")
    for part in ("all 2 numbers within tolerance", "follows the sketch (IoU 1.00, contours 0.0 mm apart)", "one piece"):
        assert part in words
    assert "warning" not in words and "moved" not in words


def test_what_rounds_to_nothing_has_no_sign():
    for volume_ml in (1499.9, 1500.1):
        _, words = told({"volume_ml": 1500.0}, {"volume_ml": volume_ml})
        assert "asked (0.0 %)" in words


@pytest.mark.parametrize(
    ("asked", "shift", "grade"),
    [
        ({"volume_ml": 1520.0, "extent_rl_mm": 300.0}, 0, "partly met"),
        ({"volume_ml": 1300.0}, 0, "partly met"),  # 17 % too much, along the sketch
        ({"volume_ml": 1300.0}, 3, "not met"),  # and beside the sketch
        ({"volume_ml": 1100.0}, 0, "not met"),  # 38 % too much
        ({"volume_ml": 1520.0}, 3, "partly met"),
        ({"volume_ml": 1520.0, "extent_rl_mm": 200.0}, 30, "not met"),  # the sketch is lost
        ({"extent_rl_mm": 300.0, "extent_ap_mm": 300.0, "volume_ml": 1520.0}, 3, "not met"),  # one part of four
    ],
)
def test_the_grade_follows_its_rules(asked, shift, grade):
    measured = {"volume_ml": 1520.0, "extent_rl_mm": 200.0, "extent_ap_mm": 200.0}
    found, words = told(asked, measured, drawn(shift))
    assert found == grade and words.lower().startswith(f"{grade}: ")


def test_the_worst_misses_are_named_with_titles_units_and_both_values():
    asked = {"extent_rl_mm": 201.0, "extent_ap_mm": 250.0, "sphericity": 0.3, "flatness": 2.0, "components": 2.0}
    measured = {"extent_rl_mm": 200.0, "extent_ap_mm": 200.0, "sphericity": 0.9, "flatness": 1.0, "components": 1.0}
    _, words = told(asked, measured)
    assert (
        "1 of 5 numbers within tolerance, off are pieces (1 instead of 2), sphericity (0.90 instead of 0.30)" in words
    )
    assert "and 2 more" in words and "_" not in words and "one piece" not in words


def test_a_single_number_that_was_not_measured():
    grade, words = told({"tortuosity": 1.2}, {"volume_ml": 5.0})
    assert grade == "not met" and "none of 1 number within tolerance, off is tortuosity (not measured)" in words


def test_a_sketch_that_is_not_followed_is_told_in_mm():
    _, words = told({}, {}, drawn(3))
    assert "departs from the sketch (IoU 0.8" in words and "mm apart)" in words
    both = [*drawn(), Drawn(np.zeros((64, 64), bool), "coronal")]
    _, words = told({}, {}, both)
    assert "follows the axial sketch" in words and "has little to do with the coronal sketch (IoU 0.00)" in words


@pytest.mark.parametrize(("shift_mm", "words"), [(1.24, "1.2 mm outwards"), (-3.0, "3.0 mm inwards"), (0.5, "")])
def test_a_surface_that_was_moved_is_told_beyond_half_a_millimetre(shift_mm, words):
    _, verdict = told({"volume_ml": 1.0}, {"volume_ml": 1.0}, making=Making(shift_mm))
    assert words in verdict and ("moved" in verdict) == bool(words)


def test_warnings():
    near = NearestCase("toy/c1", 0.31, 2.0, 1.0, copied=True)
    _, words = told(Asked({"volume_ml": 1.0}, outside_range=("A.", "B.")), {"volume_ml": 1.0}, making=Making(0, near))
    assert "warning: nearly a copy of the training case toy/c1 (0.3 mm)" in words
    assert "2 values asked beyond what the model was trained on" in words
    assert "border" in build_report(ball(center=15), {}, measured={}).verdict


def in_two(size, structure="liver"):
    two = ball().body.copy()
    two[2 : 2 + size, 2 : 2 + size, 2 : 2 + size] = True
    return MaskVolume(two, GRID, structure)


@pytest.mark.parametrize(
    ("structure", "size", "grade", "begins", "says"),
    [
        ("liver", 4, "met", "Met, but in 2 pieces: ", "2 pieces where one is usual, the largest with over 99 %"),
        ("liver", 10, "partly met", "Partly met: ", "2 pieces where one is usual, the largest with 97 %"),
        ("aorta", 10, "met", "Met: ", "2 pieces, the largest with 97 %"),  # as in training cases with a gap
    ],
)
def test_more_pieces_than_usual_are_not_simply_met(structure, size, grade, begins, says):
    measured = {"components": 2.0, "volume_ml": 5.0}
    report = build_report(in_two(size, structure), {"volume_ml": 5.0}, measured=measured)
    assert report.grade == grade
    assert report.verdict.startswith(begins) and says in report.verdict


def test_pieces_that_were_asked_for_are_met():
    report = build_report(in_two(10), {"components": 2.0}, measured={"components": 2.0})
    assert report.grade == "met" and report.verdict.startswith("Met: ") and "usual" not in report.verdict


@pytest.mark.parametrize(
    ("asked", "tolerance", "measured", "says"),
    [
        ("volume_ml", 0.1, 1500.2, "volume 1,500.2 mL of 1,500.0 mL asked (+0.013 %)"),
        ("volume_ml", 150.0, 1650.4, "volume 1,650.4 mL of 1,500.0 mL asked (+10.03 %)"),
        ("sphericity", 0.001, 1500.002, "1500.002 instead of 1500.000"),
    ],
)
def test_what_is_missed_by_little_can_be_read_off(asked, tolerance, measured, says):
    _, words = told(Asked({asked: 1500.0}, tolerances={asked: tolerance}), {asked: measured})
    assert says in words.replace("1,500.002", "1500.002").replace("1,500.000", "1500.000")


def test_nothing_asked_and_empty():
    assert told({}, {"volume_ml": 12.0}) == (
        "nothing asked",
        "Nothing was asked that could be compared: volume 12 mL; one piece.",
    )
    empty = build_report(MaskVolume(np.zeros(GRID.shape_kji), GRID, "liver"), {})
    assert empty.grade == "not met" and empty.verdict.startswith("Not met: the mask is empty")

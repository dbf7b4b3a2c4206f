import json
import math

import numpy as np
import pytest

from Sketch2CTLib.errors import GridError
from Sketch2CTLib.frames import VIEWS, VoxelGrid, project
from Sketch2CTLib.generation.nearest_case import NearestCase
from Sketch2CTLib.generation.report.agreement import match_drawing, resize_picture
from Sketch2CTLib.generation.report.build import build_report
from Sketch2CTLib.generation.report.evidence import Asked, Drawn, Making
from Sketch2CTLib.generation.report.rows import plain, tolerance_of
from Sketch2CTLib.generation.values import MaskVolume

GRID = VoxelGrid.ras_cube((10, -20, 30), 320.0, 64)


def ellipsoid(radii_kji_mm=(60, 70, 90), shift_kji=(0, 0, 0)):
    k, j, i = np.indices(GRID.shape_kji)
    parts = [((axis - 31.5 - s) * 5.0 / r) ** 2 for axis, s, r in zip((k, j, i), shift_kji, radii_kji_mm, strict=True)]
    return MaskVolume(sum(parts) <= 1, GRID, "liver")


def test_asked_measured_and_errors():
    measured = {"volume_ml": 1100.0, "extent_rl_mm": 180.0, "sphericity": 0.9, "components": 2.0, "holes": 0.0}
    asked = {"volume_ml": 1000.0, "extent_rl_mm": 200.0, "sphericity": 0.88, "components": 1.0}
    report = build_report(ellipsoid(), asked=asked, measured=measured)
    rows = {row.name: row for row in report.numbers}
    assert rows["volume_ml"].error == pytest.approx(100) and rows["volume_ml"].relative_error == pytest.approx(0.1)
    assert rows["volume_ml"].within_tolerance  # just 10 %
    assert not rows["extent_rl_mm"].within_tolerance  # 10 % of a length
    assert rows["sphericity"].within_tolerance and not rows["components"].within_tolerance
    assert report.met == 2 and report.components == 2 and report.holes == 0
    assert [row.tolerances_off for row in report.numbers] == [0.0, pytest.approx(2.0), 0.0, math.inf]
    assert report.grade == "partly met"


def test_tolerances_say_what_they_say():
    assert tolerance_of("volume_ml", 1500, 5) == pytest.approx(150)
    assert tolerance_of("surface_area_cm2", 500, 5) == pytest.approx(50)
    assert tolerance_of("extent_si_mm", 200, 5) == pytest.approx(10)
    assert tolerance_of("min_diameter_mm", 20, 5) == 5  # at least one voxel
    assert tolerance_of("sphericity", 0.7, 5) == pytest.approx(0.05)
    assert tolerance_of("components", 3, 5) == 0


def test_a_stated_tolerance_goes_before_the_usual_one():
    measured = {"volume_ml": 1100.0, "extent_rl_mm": 200.5}
    asked = {"volume_ml": 1000.0, "extent_rl_mm": 200.0}
    told = Asked(asked, tolerances={"volume_ml": 50.0, "holes": 1.0}, notes=("A.", "B."))
    report = build_report(ellipsoid(), told, measured=measured)
    rows = {row.name: row for row in report.numbers}
    assert list(rows) == ["volume_ml", "extent_rl_mm"]
    assert rows["volume_ml"].tolerance == 50 and not rows["volume_ml"].within_tolerance
    assert rows["extent_rl_mm"].tolerance == 10 and rows["extent_rl_mm"].within_tolerance
    assert report.to_dict()["notes"] == ["A.", "B."]
    assert build_report(ellipsoid(), asked={}, measured={}).to_dict()["notes"] == []


def test_numbers_are_measured_on_the_mask_itself():
    pytest.importorskip("Sketch2CTLib.description.metrics")
    mask = ellipsoid()
    report = build_report(mask, asked={"volume_ml": mask.volume_ml}, precise=False)
    assert report.measured["volume_ml"] == pytest.approx(mask.volume_ml, rel=0.02)
    assert report.numbers[0].within_tolerance and report.components == 1


@pytest.mark.parametrize("view", VIEWS)
def test_own_silhouette_matches_in_every_view(view):
    mask = ellipsoid((40, 70, 100), (4, -3, 2))
    match = match_drawing(mask, project(mask.body, VIEWS[view]), view)
    assert match.iou == 1.0 and match.contour_distance_mm == 0.0


def test_a_mirrored_silhouette_does_not_match():
    mask = ellipsoid((60, 60, 40), (0, 0, 15))
    drawn = project(mask.body, VIEWS["axial"])
    assert match_drawing(mask, drawn[:, ::-1], "axial").iou < 0.2


def test_contour_distance_is_in_mm():
    mask = ellipsoid((60, 60, 60))
    wider = project(ellipsoid((60, 70, 70)).body, VIEWS["axial"])
    match = match_drawing(mask, wider, "axial")
    assert match.contour_distance_mm == pytest.approx(10, abs=2.5)
    assert match.contour_hd95_mm >= match.contour_distance_mm
    assert match.iou == pytest.approx((60 / 70) ** 2, abs=0.05)


@pytest.mark.parametrize("pixels", [32, 96, 128, 200, 256])
def test_the_silhouette_may_have_any_resolution(pixels):
    v, u = (np.indices((pixels, pixels)) + 0.5) * 320.0 / pixels - 160
    drawn = (u / 90) ** 2 + (v / 70) ** 2 <= 1
    report = build_report(ellipsoid(), {}, [Drawn(drawn)], measured={})
    assert report.silhouette.view == "axial"
    assert report.silhouette.iou > 0.93 and report.silhouette.contour_distance_mm < 5
    assert resize_picture(drawn, (64, 64)).dtype == bool


def test_an_unknown_view_is_refused():
    with pytest.raises(GridError):
        build_report(ellipsoid(), {}, [Drawn(np.ones((8, 8), bool), "oblique")], measured={})


def test_an_empty_mask_gets_a_report_that_says_so():
    empty = MaskVolume(np.zeros(GRID.shape_kji), GRID, "liver")
    drawn = np.zeros((64, 64), bool)
    drawn[20:40, 20:40] = True
    report = build_report(empty, {"volume_ml": 1500.0}, [Drawn(drawn)])
    assert "empty" in report.verdict and report.met == 0
    assert report.silhouette.iou == 0.0 and report.silhouette.contour_distance_mm is None
    assert json.loads(report.to_json())["numbers"]["volume_ml"]["measured"] is None


def test_json_is_strict():
    measured = {"volume_ml": math.nan, "sphericity": np.float32(0.5), "holes": np.int64(1)}
    nearest = NearestCase("toy/a", np.float64("inf"), None, None, copied=False)
    told = Asked({"volume_ml": 500.0}, outside_range=["Too long."])
    report = build_report(ellipsoid(), told, making=Making(0.0, nearest), measured=measured)
    data = json.loads(report.to_json(), parse_constant=lambda text: pytest.fail(text))
    row = data["numbers"]["volume_ml"]
    assert row["outside_usual"] is True and row["usual_range"][0] > 600  # no adult liver of the training set
    assert {name: row[name] for name in ("measured", "error", "relative_error", "tolerance", "within_tolerance")} == {
        "measured": None,
        "error": None,
        "relative_error": None,
        "tolerance": 50.0,
        "within_tolerance": False,
    }
    assert data["holes"] == 1 and data["nearest_training_case"]["distance_mm"] is None
    assert data["outside_training_range"] == ["Too long."] and data["sketch"] is None and data["second_sketch"] is None


def test_both_sketches_stand_in_the_report():
    mask = ellipsoid((40, 70, 100), (4, -3, 2))
    drawn = [Drawn(project(mask.body, VIEWS[view]), view) for view in ("axial", "coronal")]
    data = build_report(mask, {}, drawn, measured={}).to_dict()
    assert (data["sketch"]["view"], data["second_sketch"]["view"]) == ("axial", "coronal")
    assert data["sketch"]["iou"] == data["second_sketch"]["iou"] == 1.0
    assert data["sketch"]["contour_distance_mm"] == 0.0 and data["sketch"]["followed"] is True


def test_surface_pieces_and_the_nearest_case_stand_in_the_report():
    near = NearestCase("toy/a", 1.5, 2.0, 0.1, copied=False)
    data = build_report(ellipsoid(), {}, making=Making(-0.25, near), measured={}).to_dict()
    assert data["components"] == 1 and data["largest_share"] == 1.0 and data["touches_border"] is False
    assert 0 <= data["roughness_mm"] < 0.5 and data["level_shift_mm"] == -0.25
    assert data["nearest_training_case"] == {
        "case": "toy/a",
        "distance_mm": 1.5,
        "usual_mm": 2.0,
        "closest_mm": 0.1,
        "copied": False,
    }


@pytest.mark.parametrize(("shift", "followed", "lost"), [(0, True, False), (1, True, False), (12, False, True)])
def test_a_sketch_is_followed_within_a_voxel_or_so(shift, followed, lost):
    mask = ellipsoid((60, 60, 60))
    drawn = np.roll(project(mask.body, VIEWS["axial"]), shift, axis=1)
    match = match_drawing(mask, drawn, "axial")
    assert (match.followed, match.lost) == (followed, lost)


def test_a_thin_vessel_a_voxel_aside_is_followed_though_its_overlap_is_poor():
    body = np.zeros(GRID.shape_kji, bool)
    body[8:56, 30:34, 30:34] = True
    vessel = MaskVolume(body, GRID, "aorta")
    match = match_drawing(vessel, np.roll(project(body, VIEWS["coronal"]), 1, axis=1), "coronal")
    assert match.iou < 0.75 and match.followed


def test_plain_leaves_nothing_of_numpy():
    value = plain({"a": (np.float32(1), np.bool_(True)), 3: np.arange(2), "p": np.nan, "o": object})
    assert value["a"] == [1.0, True] and value["3"] == [0, 1] and value["p"] is None
    json.dumps(value, allow_nan=False)

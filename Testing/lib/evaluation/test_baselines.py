import numpy as np
import pytest

from Sketch2CTLib.errors import DatasetError, DescriptionError, SketchError
from Sketch2CTLib.evaluation.masks.baselines import Inflate, MeanShape, NearestSilhouette, fit_baselines
from Sketch2CTLib.evaluation.masks.placing import centroid_from_numbers
from Sketch2CTLib.evaluation.overlap import dice, silhouette_iou
from Sketch2CTLib.frames import VIEWS, VoxelGrid, project

GRID = VoxelGrid.ras_cube((10.0, -5.0, 40.0), 320.0, 48)


def ellipsoid(radii_kji_mm, shift_kji_mm=(0, 0, 0), grid=GRID):
    spacing = grid.spacing_mm[0]
    middle = (grid.shape_kji[0] - 1) / 2
    parts = [
        (((axis - middle) * spacing - s) / r) ** 2
        for axis, s, r in zip(np.indices(grid.shape_kji), shift_kji_mm, radii_kji_mm, strict=True)
    ]
    return sum(parts) <= 1


def volume_ml(mask, grid=GRID):
    return mask.sum() * grid.voxel_ml


def centroid_ras(mask, grid=GRID):
    return grid.to_ras(np.argwhere(mask).mean(axis=0)[::-1])


TRAINING = [ellipsoid((60 * s, 70 * s, 100 * s)) for s in (0.8, 1.0, 1.15)]


@pytest.mark.parametrize("view", VIEWS)
def test_each_baseline_meets_the_volume_and_finds_a_scaled_training_shape(view):
    truth = ellipsoid((54, 63, 90))
    drawn = project(truth, VIEWS[view])
    for baseline in fit_baselines(TRAINING, [GRID] * 3, view):
        mask = baseline.predict(drawn, volume_ml(truth), GRID)
        assert mask.shape == GRID.shape_kji and mask.dtype == bool
        assert volume_ml(mask) == pytest.approx(volume_ml(truth), rel=0.06), baseline.name
        # The nearest case keeps its own size in the plane, the inflated outline knows nothing of ellipsoids.
        assert dice(mask, truth) > (0.96 if isinstance(baseline, MeanShape) else 0.85), baseline.name


@pytest.mark.parametrize("view", VIEWS)
def test_the_place_is_that_of_the_drawing(view):
    shift = (15.0, -20.0, 25.0)
    truth = ellipsoid((54, 63, 90), shift)
    drawn = project(truth, VIEWS[view])
    for baseline in fit_baselines(TRAINING, [GRID] * 3, view):
        plain = baseline.predict(drawn, volume_ml(truth), GRID)
        known = baseline.predict(drawn, volume_ml(truth), GRID, centroid_ras=centroid_ras(truth))
        # The nearest case is 0.8 or 1.0 as large as the training ellipsoid, the drawing 0.9: an IoU of 0.79 or 0.81.
        assert silhouette_iou(plain, drawn, view) > 0.75, baseline.name
        assert dice(known, truth) > 0.83 and dice(known, truth) > dice(plain, truth), baseline.name
        assert np.allclose(centroid_ras(known), centroid_ras(truth), atol=6.0), baseline.name


def test_left_is_not_right():
    # A pear whose thick end lies at the patient's right; the mean of such pears keeps it there.
    pear = ellipsoid((40, 40, 40), (0, 0, 45)) | ellipsoid((20, 20, 80))
    drawn = project(pear, VIEWS["axial"])
    for baseline in fit_baselines([pear], [GRID], "axial"):
        mask = baseline.predict(drawn, volume_ml(pear), GRID)
        assert mask[:, :, 24:].sum() > 2 * mask[:, :, :24].sum(), baseline.name


def test_the_nearest_silhouette_is_taken_and_its_depth_scaled():
    wide, deep = ellipsoid((40, 40, 110)), ellipsoid((40, 110, 40))
    baseline = NearestSilhouette.fit([wide, deep], [GRID] * 2, "axial")
    truth = ellipsoid((60, 38, 108))
    mask = baseline.predict(project(truth, VIEWS["axial"]), volume_ml(truth), GRID)
    extents = [np.ptp(np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {a})))) for a in range(3)]
    assert extents[2] > 2 * extents[1] and dice(mask, truth) > 0.9
    assert extents[0] > 1.3 * extents[1]  # 1.5 times as deep as the training case


def test_inflate_keeps_the_silhouette_and_makes_balls_of_discs():
    ball = ellipsoid((70, 70, 70))
    drawn = project(ball, VIEWS["coronal"])
    mask = Inflate("coronal", power=0.5).predict(drawn, volume_ml(ball), GRID)
    assert silhouette_iou(mask, drawn, "coronal") > 0.95 and dice(mask, ball) > 0.9
    more = Inflate("coronal").predict(drawn, 1e6, GRID)
    assert silhouette_iou(more, drawn, "coronal") == 1.0  # more than fits: the whole prism


def test_carving_leaves_nothing_outside_the_drawing():
    truth = ellipsoid((54, 90, 63))
    drawn = project(truth, VIEWS["axial"])
    carved = MeanShape.fit(TRAINING, [GRID] * 3, "axial", carved=True)
    mask = carved.predict(drawn, volume_ml(truth), GRID)
    assert not (project(mask, VIEWS["axial"]) & ~drawn).any() and carved.name != MeanShape.name
    assert volume_ml(mask) == pytest.approx(volume_ml(truth), rel=0.01)
    plain = MeanShape.fit(TRAINING, [GRID] * 3, "axial").predict(drawn, volume_ml(truth), GRID)
    assert dice(mask, truth) > dice(plain, truth)


def test_resolutions_may_differ():
    fine = VoxelGrid.ras_cube((0, 0, 0), 320.0, 64)
    training = [ellipsoid((60, 70, 100), grid=fine)]
    truth = ellipsoid((60, 70, 100))
    drawn = project(ellipsoid((60, 70, 100), grid=VoxelGrid.ras_cube((0, 0, 0), 320.0, 96)), VIEWS["axial"])
    for baseline in fit_baselines(training, [fine], "axial")[:2]:
        assert dice(baseline.predict(drawn, volume_ml(truth), GRID), truth) > 0.95, baseline.name


def test_what_cannot_be_is_refused():
    with pytest.raises(DatasetError):
        MeanShape.fit([], [], "axial")
    with pytest.raises(DatasetError, match="empty"):
        NearestSilhouette.fit([np.zeros(GRID.shape_kji, bool)], [GRID], "axial")
    drawn = project(TRAINING[0], VIEWS["axial"])
    for baseline in fit_baselines(TRAINING[:1], [GRID], "axial"):
        with pytest.raises(SketchError):
            baseline.predict(np.zeros((48, 48), bool), 1000.0, GRID)
        for volume in (0.0, -1.0, float("nan")):
            with pytest.raises(DescriptionError):
                baseline.predict(drawn, volume, GRID)


def test_the_numbers_of_a_request_say_the_centre_of_mass():
    numbers = {"extent_rl_mm": 100.0, "extent_ap_mm": 80.0, "extent_si_mm": 60.0}
    numbers |= {"centroid_rl": 0.6, "centroid_ap": 0.5, "centroid_si": 0.25}
    assert centroid_from_numbers(numbers, GRID) == pytest.approx([10 + 10, -5, 40 - 15])
    assert centroid_from_numbers({"volume_ml": 1.0}, GRID) is None

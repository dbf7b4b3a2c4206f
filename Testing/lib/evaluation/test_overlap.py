import math

import numpy as np
import pytest

from Sketch2CTLib.errors import GridError, MaskError
from Sketch2CTLib.evaluation.overlap import assd_mm, dice, hd95_mm, silhouette_iou, surface_distances_mm, volume_error
from Sketch2CTLib.frames import VIEWS, project
from Testing.timing import best_s


def box(shape, start, size):
    mask = np.zeros(shape, bool)
    mask[tuple(slice(a, a + n) for a, n in zip(start, size, strict=True))] = True
    return mask


def ball(n, radius, center=None):
    center = center or ((n - 1) / 2,) * 3
    return sum((a - c) ** 2 for a, c in zip(np.indices((n, n, n)), center, strict=True)) <= radius**2


def test_dice_of_boxes_is_exact():
    a, b = box((20, 20, 20), (2, 2, 2), (4, 4, 4)), box((20, 20, 20), (2, 2, 4), (4, 4, 4))
    assert dice(a, b) == 0.5 and dice(a, a) == 1.0
    assert dice(a, box((20, 20, 20), (12, 2, 2), (4, 4, 4))) == 0.0
    assert dice(a.astype(np.uint8) * 7, a) == 1.0


def test_a_shifted_box_is_as_far_as_its_shift_in_mm():
    # One slab of one voxel, moved three voxels along k, whose spacing is 2 mm.
    a, b = box((16, 24, 24), (3, 4, 4), (1, 12, 12)), box((16, 24, 24), (6, 4, 4), (1, 12, 12))
    assert hd95_mm(a, b, (0.5, 1.0, 2.0)) == pytest.approx(6.0)
    assert assd_mm(a, b, (0.5, 1.0, 2.0)) == pytest.approx(6.0)


def test_spacing_follows_ijk():
    a, b = box((8, 8, 24), (4, 4, 2), (1, 1, 1)), box((8, 8, 24), (4, 4, 12), (1, 1, 1))
    assert hd95_mm(a, b, (0.5, 1.0, 2.0)) == pytest.approx(5.0)  # ten voxels along i


def test_concentric_balls_are_as_far_as_their_radii_differ():
    a, b = ball(48, 20), ball(48, 14)
    assert assd_mm(a, b, (1.5, 1.5, 1.5)) == pytest.approx(9.0, abs=0.6)
    assert hd95_mm(a, b, (1.5, 1.5, 1.5)) == pytest.approx(9.0, abs=1.2)
    assert assd_mm(a, a, (1, 1, 1)) == 0.0


def test_a_small_outlier_moves_the_maximum_but_not_hd95():
    a = ball(48, 16)
    b = a | box((48, 48, 48), (1, 1, 1), (1, 1, 1))
    to_b, to_a = surface_distances_mm(a, b, (1, 1, 1))
    assert to_a.max() > 15 and to_b.max() == 0 and hd95_mm(a, b, (1, 1, 1)) == 0.0


def test_a_surface_at_the_edge_of_the_array_counts():
    a = np.ones((8, 8, 8), bool)
    b = box((8, 8, 8), (0, 0, 0), (7, 8, 8))
    assert hd95_mm(a, b, (1, 1, 1)) == pytest.approx(1.0)


def test_it_agrees_with_monai():
    metrics = pytest.importorskip("monai.metrics")
    import torch

    a, b = ball(32, 9), ball(32, 8, (17, 14, 15))
    tensors = [torch.from_numpy(m[None, None].astype(np.float32)) for m in (a, b)]
    spacing_kji = [2.0, 1.5, 1.0]
    theirs = metrics.compute_hausdorff_distance(*tensors, include_background=True, percentile=95, spacing=spacing_kji)
    assert hd95_mm(a, b, spacing_kji[::-1]) == pytest.approx(theirs.item(), abs=0.25)
    theirs = metrics.compute_average_surface_distance(
        *tensors, include_background=True, symmetric=True, spacing=spacing_kji
    )
    assert assd_mm(a, b, spacing_kji[::-1]) == pytest.approx(theirs.item(), abs=0.25)


def test_empty_masks():
    empty, full = np.zeros((8, 8, 8)), np.ones((8, 8, 8))
    assert dice(empty, empty) == 1.0 and dice(empty, full) == 0.0
    assert hd95_mm(empty, empty, (1, 1, 1)) == 0.0 == assd_mm(empty, empty, (1, 1, 1))
    assert math.isnan(hd95_mm(empty, full, (1, 1, 1))) and math.isnan(assd_mm(full, empty, (1, 1, 1)))
    assert silhouette_iou(empty, full, "axial") == 0.0


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(MaskError):
        dice(np.ones((4, 4, 4)), np.ones((4, 4, 5)))
    with pytest.raises(MaskError):
        dice(np.ones((4, 4)), np.ones((4, 4)))
    with pytest.raises(GridError):
        hd95_mm(np.ones((4, 4, 4)), np.ones((4, 4, 4)), (1, 0, 1))
    with pytest.raises(GridError):
        silhouette_iou(np.ones((4, 4, 4)), np.ones((4, 4, 4)), "oblique")
    with pytest.raises(MaskError):
        silhouette_iou(np.ones(4), np.ones((4, 4, 4)), "axial")


@pytest.mark.parametrize("view", VIEWS)
def test_silhouette_iou_takes_masks_and_pictures(view):
    mask = box((16, 16, 16), (1, 3, 5), (6, 7, 4))
    picture = project(mask, VIEWS[view])
    assert silhouette_iou(mask, mask, view) == 1.0 == silhouette_iou(picture, mask, view)
    assert silhouette_iou(mask, np.kron(picture, np.ones((4, 4))), view) == 1.0
    assert silhouette_iou(mask, picture[::-1, ::-1], view) < 0.6


def test_a_body_costs_what_it_costs_in_a_small_cube():
    """A guard against a lost crop: of 33 times as many voxels, most are empty."""
    small, full = ((ball(n, 16), ball(n, 14)) for n in (40, 128))
    assert best_s(lambda: hd95_mm(*full, (2.5, 2.5, 2.5))) < 10 * best_s(lambda: hd95_mm(*small, (2.5, 2.5, 2.5)))


def test_volume_error_is_signed_and_relative():
    assert volume_error(90, 100) == pytest.approx(-0.1) and math.isnan(volume_error(1, 0))

"""Smooth conformity: a wrong body is brought to its drawing, cut, extents and volume by a change that does not tear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import ndimage

from Sketch2CTLib.frames import VIEWS, PlaneFrame, VoxelGrid, project
from Sketch2CTLib.generation.conformity import MAX_SHIFT, Targets, conforming, finished
from Sketch2CTLib.generation.model.presets import MASK_TRUNCATION
from Sketch2CTLib.sketch import Sketch, Stroke, silhouette

VOXELS = 64
CUBE_MM = 320.0
VOXEL_MM = CUBE_MM / VOXELS
GRID = VoxelGrid.ras_cube((0, 0, 0), CUBE_MM, VOXELS)


def ellipsoid(halves_mm: Sequence[float], middle_mm: Sequence[float] = (0.0, 0.0, 0.0)) -> np.ndarray:
    """A field: nearly the signed distance to an ellipsoid, half axes and middle along R, A and S."""
    at = (np.arange(VOXELS) + 0.5) * VOXEL_MM - CUBE_MM / 2
    s, a, r = np.meshgrid(at, at, at, indexing="ij")
    offsets = [axis - middle for axis, middle in zip((r, a, s), middle_mm, strict=True)]
    radius = np.sqrt(sum((o / h) ** 2 for o, h in zip(offsets, halves_mm, strict=True)))
    slope = np.sqrt(sum((o / h**2) ** 2 for o, h in zip(offsets, halves_mm, strict=True)))
    distance_mm = radius * (1.0 - radius) / np.maximum(slope, 1e-3)
    return np.clip(distance_mm / (MASK_TRUNCATION * CUBE_MM), -1, 1).astype(np.float32)


def drawing(
    view: str, half_u: float, half_v: float, middle_uv: tuple[float, float] = (0.0, 0.0), *, at_mm: float | None = None
) -> Sketch:
    """An ellipse on a view: a silhouette, or a contour on a plane at a place along the view's axis."""
    angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    points = np.stack([half_u * np.cos(angle), half_v * np.sin(angle)], axis=1) + np.array(middle_uv)
    centre = np.zeros(3)
    if at_mm is not None:
        centre[VIEWS[view].axis_ras] = at_mm
    plane = PlaneFrame.standard(view, CUBE_MM, centre)
    role = "silhouette" if at_mm is None else "contour"
    return Sketch((Stroke(points, closed=True),), plane, "liver", role)


def made(
    field: np.ndarray, drawn: Sequence[Sketch] = (), structure: str = "liver", **numbers: float
) -> tuple[np.ndarray, float]:
    """The finished body and its shift in mm."""
    silhouettes = [one for one in drawn if one.role == "silhouette"]
    contours = [one for one in drawn if one.role == "contour"]
    targets = Targets.of(silhouettes, contours, numbers, structure, GRID)
    body, shift_mm = finished(field, GRID, targets, numbers)
    return body > 0, shift_mm


def sizes_mm(body: np.ndarray) -> list[float]:
    """Along R, A and S."""
    return [float(np.ptp(axis) + 1) * VOXEL_MM for axis in np.nonzero(body)[::-1]]


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


def volume_ml(body: np.ndarray) -> float:
    return float(body.sum()) * GRID.voxel_ml


@pytest.mark.parametrize("view", list(VIEWS))
def test_a_wrong_body_is_brought_to_its_silhouette(view: str) -> None:
    sketch = drawing(view, 90.0, 60.0)
    wrong = ellipsoid((60, 95, 80), (12, -10, 10))
    outline = silhouette(sketch, VOXELS)
    assert iou(project(wrong > 0, VIEWS[view]), outline) < 0.85
    assert iou(project(made(wrong, [sketch])[0], VIEWS[view]), outline) > 0.95


def test_a_shifted_sketch_moves_the_body_and_keeps_its_shape() -> None:
    field = ellipsoid((90, 60, 70))
    body, _ = made(field, [drawing("axial", 90.0, 60.0, (-10.0, 0.0))])  # u is towards the left: R is 10 mm less
    moved_mm = np.array(ndimage.center_of_mass(body)[::-1]) * VOXEL_MM - CUBE_MM / 2 + VOXEL_MM / 2
    assert moved_mm == pytest.approx([10.0, 0.0, 0.0], abs=1.5)
    assert sizes_mm(body) == pytest.approx([180.0, 120.0, 140.0], abs=2 * VOXEL_MM)


def test_a_part_alone_changes_and_the_rest_stays_voxel_by_voxel() -> None:
    field, sketch = ellipsoid((90, 60, 70)), drawing("axial", 110.0, 60.0)
    at_mm = (np.arange(VOXELS) + 0.5) * VOXEL_MM - CUBE_MM / 2  # along R
    within = np.broadcast_to(np.clip((at_mm - 30.0) / 30.0, 0.0, 1.0), field.shape).astype(np.float32)
    numbers = {"volume_ml": volume_ml(field > 0)}
    body = finished(field, GRID, Targets.of([sketch], [], numbers, "liver", GRID), numbers, within)[0] > 0
    still = within == 0.0
    np.testing.assert_array_equal(body[still], (field > 0)[still])
    filled = at_mm[body.any(axis=(0, 1))]
    assert filled.max() == pytest.approx(110.0, abs=1.5 * VOXEL_MM), "the free end follows the drawing"
    assert filled.min() == pytest.approx(-90.0, abs=VOXEL_MM), "the other end does not"
    assert volume_ml(body) == pytest.approx(numbers["volume_ml"], rel=0.01)


def test_a_right_body_is_left_alone() -> None:
    field = ellipsoid((90, 60, 70))
    kept, shift_mm = made(field, [drawing("axial", 90.0, 60.0)], extent_si_mm=140.0)
    assert 2 * (kept & (field > 0)).sum() / (kept.sum() + (field > 0).sum()) > 0.98
    assert shift_mm == 0.0


def test_a_ball_becomes_an_ellipsoid_of_the_stated_extents_and_volume() -> None:
    asked_ml = 4.0 / 3.0 * np.pi * 90 * 70 * 60 / 1000.0
    extents = {"extent_rl_mm": 180.0, "extent_ap_mm": 140.0, "extent_si_mm": 120.0}
    body, shift_mm = made(ellipsoid((75, 75, 75)), volume_ml=asked_ml, **extents)
    assert sizes_mm(body) == pytest.approx(list(extents.values()), abs=VOXEL_MM)
    assert volume_ml(body) == pytest.approx(asked_ml, rel=0.01)
    assert abs(shift_mm) < 2.0
    wanted = ellipsoid((90, 70, 60)) > 0
    assert 2 * (body & wanted).sum() / (body.sum() + wanted.sum()) > 0.95


@pytest.mark.parametrize("asked_mm", [105.0, 150.0])
def test_an_extent_is_reached_without_a_flat_cut_and_without_a_spike(asked_mm: float) -> None:
    body, _ = made(ellipsoid((75, 75, 65)), extent_si_mm=asked_mm)
    assert sizes_mm(body)[2] == pytest.approx(asked_mm, abs=VOXEL_MM)
    rows = np.flatnonzero(body.any(axis=(1, 2)))
    end, below = (int(body[rows[-1] - depth].sum()) for depth in (0, 2))
    whole = int(body.any(axis=0).sum())
    assert end < 0.4 * whole, "the end is no plane"
    assert below > 0.1 * whole, "nor a thread"


def test_a_contour_holds_on_its_own_plane() -> None:
    cut = drawing("axial", 50.0, 40.0, at_mm=32.5)
    body, _ = made(ellipsoid((75, 75, 75)), [cut])
    k = round(GRID.to_ijk((0.0, 0.0, 32.5))[2])
    seen = VIEWS["axial"].to_picture(body[k])
    assert iou(seen, silhouette(cut, VOXELS)) > 0.9
    free = VIEWS["axial"].to_picture(body[VOXELS - 1 - k])
    assert free.sum() > 1.3 * seen.sum(), "the other side is left open"


def test_two_drawings_hold_together() -> None:
    drawn = [drawing("axial", 90.0, 60.0), drawing("coronal", 90.0, 75.0)]
    body, _ = made(ellipsoid((60, 90, 95), (10, -10, 0)), drawn)
    for sketch in drawn:
        view = sketch.plane.view
        assert iou(project(body, VIEWS[view]), silhouette(sketch, VOXELS)) > 0.93, view


def test_an_impossible_pair_tears_nothing_and_stays_unmet() -> None:
    field, sketch = ellipsoid((75, 75, 75)), drawing("axial", 75.0, 75.0)
    numbers = {"extent_rl_mm": 60.0, "volume_ml": volume_ml(field > 0)}
    targets = Targets.of([sketch], [], numbers, "liver", GRID)
    change = conforming(field, targets, numbers["volume_ml"] / (GRID.voxel_ml * VOXELS**3))
    assert change is not None
    assert float(change.change.jacobian(40).min()) > 0.2
    body = finished(field, GRID, targets, numbers)[0] > 0
    assert abs(sizes_mm(body)[0] - 60.0) > 10.0 or iou(project(body, VIEWS["axial"]), silhouette(sketch, VOXELS)) < 0.9
    assert ndimage.label(body)[1] == 1


def test_crumbs_go_and_large_pieces_only_where_one_is_asked() -> None:
    field = np.maximum(ellipsoid((60, 60, 60), (-40, 0, 0)), ellipsoid((14, 14, 14), (100, 0, 0)))
    assert ndimage.label(field > 0)[1] == 2
    assert ndimage.label(made(field)[0])[1] == 1
    assert ndimage.label(made(field, components=2.0)[0])[1] == 2
    twins = np.maximum(ellipsoid((50, 50, 50), (-70, 0, 0)), ellipsoid((40, 40, 40), (80, 0, 0)))
    assert ndimage.label(made(twins)[0])[1] == 2
    assert ndimage.label(made(twins, components=1.0)[0])[1] == 1


@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_a_volume_alone_moves_the_level(factor: float) -> None:
    field = ellipsoid((90, 60, 70))
    asked_ml = volume_ml(field > 0) * factor
    body, shift_mm = made(field, volume_ml=asked_ml)
    assert volume_ml(body) == pytest.approx(asked_ml, rel=0.005)
    assert np.sign(shift_mm) == np.sign(factor - 1.0)


def test_a_volume_beyond_reach_moves_the_surface_to_the_limit() -> None:
    field = ellipsoid((90, 60, 70))
    body, shift_mm = made(field, volume_ml=5.0)
    assert shift_mm == pytest.approx(-MAX_SHIFT * MASK_TRUNCATION * CUBE_MM, abs=0.02)
    assert 0 < body.sum() < (field > 0).sum()


def test_an_empty_field_gives_an_empty_body() -> None:
    empty = np.full((VOXELS,) * 3, -1.0, dtype=np.float32)
    body, shift_mm = made(empty)
    assert not body.any() and shift_mm == 0.0
    made(empty, [drawing("axial", 90.0, 60.0)], volume_ml=900.0)

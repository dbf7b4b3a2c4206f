"""Voxel grids: points in mm survive every way there and back."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from Sketch2CTLib.errors import GridError
from Sketch2CTLib.frames import VoxelGrid, from_sitk, resample, to_sitk


def test_points_survive_the_round_trip(any_grid, rng):
    points = rng.uniform(-50, 300, size=(40, 3))
    np.testing.assert_allclose(any_grid.to_ijk(any_grid.to_ras(points)), points, atol=1e-9)
    np.testing.assert_allclose(any_grid.to_ras(any_grid.to_ijk(points)), points, atol=1e-9)


def test_steps_between_voxels_are_the_spacing_in_mm(any_grid):
    origin = any_grid.to_ras((0, 0, 0))
    steps = [np.linalg.norm(any_grid.to_ras(unit) - origin) for unit in np.eye(3)]
    np.testing.assert_allclose(steps, any_grid.spacing_mm)
    assert any_grid.voxel_ml == pytest.approx(np.prod(any_grid.spacing_mm) / 1000)


def test_the_centre_lies_halfway_between_the_outer_corners(any_grid):
    low, high = np.full(3, -0.5), np.array(any_grid.shape_kji[::-1]) - 0.5
    np.testing.assert_allclose(any_grid.center_ras, (any_grid.to_ras(low) + any_grid.to_ras(high)) / 2)


@settings(max_examples=50, deadline=None)
@given(
    center=st.tuples(*[st.floats(-1000, 1000)] * 3),
    size_mm=st.floats(1, 1000),
    voxels=st.integers(1, 256),
)
def test_a_ras_cube_is_where_and_as_large_as_asked(center, size_mm, voxels):
    cube = VoxelGrid.ras_cube(center, size_mm, voxels)
    np.testing.assert_allclose(cube.center_ras, center, atol=1e-6)
    np.testing.assert_allclose(cube.size_mm, size_mm)
    first, last = cube.to_ras((-0.5,) * 3), cube.to_ras((voxels - 0.5,) * 3)
    np.testing.assert_allclose(last - first, size_mm, rtol=1e-9)


def test_a_ras_cube_runs_right_anterior_superior():
    cube = VoxelGrid.ras_cube((0, 0, 0), 32, 16)
    assert (cube.to_ras((1, 0, 0)) - cube.to_ras((0, 0, 0))).tolist() == [2, 0, 0]
    assert (cube.to_ras((0, 1, 0)) - cube.to_ras((0, 0, 0))).tolist() == [0, 2, 0]
    assert (cube.to_ras((0, 0, 1)) - cube.to_ras((0, 0, 0))).tolist() == [0, 0, 2]


@pytest.mark.parametrize("voxels", [4, 16, 37])
def test_a_resized_grid_covers_the_same_box(any_grid, voxels):
    finer = any_grid.resized(voxels)
    for corner in np.ndindex(2, 2, 2):
        share = np.array(corner)
        old = any_grid.to_ras(share * np.array(any_grid.shape_kji[::-1]) - 0.5)
        np.testing.assert_allclose(finer.to_ras(share * voxels - 0.5), old, atol=1e-9)


def test_through_simpleitk_and_back_is_exact(any_grid, rng):
    array = rng.integers(-1000, 3000, size=any_grid.shape_kji).astype(np.int16)
    image = to_sitk(array, any_grid)
    back = from_sitk(image)
    assert back.shape_kji == any_grid.shape_kji
    np.testing.assert_allclose(back.ijk_to_ras, any_grid.ijk_to_ras, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), array)


def test_simpleitk_agrees_on_where_a_voxel_is_in_lps(any_grid):
    image = to_sitk(np.zeros(any_grid.shape_kji, np.uint8), any_grid)
    lps = image.TransformContinuousIndexToPhysicalPoint((2.0, 3.0, 1.5))
    np.testing.assert_allclose(np.array(lps) * [-1, -1, 1], any_grid.to_ras((2.0, 3.0, 1.5)), atol=1e-9)


def gaussian_blob(grid, center_ras, sigma_mm):
    """A blob about a RAS point, sampled on a grid."""
    k, j, i = np.indices(grid.shape_kji)
    points = grid.to_ras(np.stack([i, j, k], axis=-1))
    return np.exp(-((points - center_ras) ** 2).sum(-1) / (2 * sigma_mm**2)).astype(np.float32)


def center_of_mass_ras(array, grid):
    """Where an array's mass lies in RAS mm."""
    k, j, i = np.indices(grid.shape_kji)
    points = grid.to_ras(np.stack([i, j, k], axis=-1))
    return (points * array[..., None]).reshape(-1, 3).sum(0) / array.sum()


def test_a_landmark_stays_where_it_is_in_the_patient_when_resampled(oblique_grid):
    fine = VoxelGrid((40, 44, 48), oblique_grid.ijk_to_ras)
    landmark = fine.center_ras + np.array([3.0, -2.0, 4.0])
    target = VoxelGrid.ras_cube(landmark + np.array([2.0, 1.0, -3.0]), 60.0, 40)
    moved = resample(gaussian_blob(fine, landmark, 4.0), fine, target)
    np.testing.assert_allclose(center_of_mass_ras(moved, target), landmark, atol=0.1)


def test_nearest_keeps_labels_and_their_type(oblique_grid, rng):
    labels = rng.choice(np.array([0, 3, 7], np.uint8), size=oblique_grid.shape_kji)
    cube = VoxelGrid.ras_cube(oblique_grid.center_ras, 20.0, 16)
    moved = resample(labels, oblique_grid, cube, interpolation="nearest")
    assert moved.dtype == np.uint8
    assert set(np.unique(moved)) <= {0, 3, 7}
    np.testing.assert_array_equal(resample(labels, oblique_grid, oblique_grid, interpolation="nearest"), labels)


def test_outside_is_filled():
    scan = VoxelGrid.ras_cube((0, 0, 0), 16, 8)
    far = VoxelGrid.ras_cube((500, 0, 0), 16, 8)
    moved = resample(np.zeros((8, 8, 8), np.int16), scan, far, fill=-1024)
    assert (moved == -1024).all()


@pytest.mark.parametrize(
    ("shape", "spoil", "said"),
    [
        ((4, 4), None, "three positive sizes"),
        ((4, 0, 4), None, "three positive sizes"),
        ((4, 4, 4), ((0, 0), np.nan), "finite"),
        ((4, 4, 4), ((2, 2), 0.0), "singular"),
    ],
    ids=["2D", "no voxels", "NaN affine", "zero spacing"],
)
def test_a_grid_that_cannot_be_is_refused(shape, spoil, said):
    affine = np.eye(4)
    if spoil is not None:
        affine[spoil[0]] = spoil[1]
    with pytest.raises(GridError, match=said):
        VoxelGrid(shape, affine)


def test_an_affine_of_another_size_is_refused():
    with pytest.raises(GridError, match="4×4"):
        VoxelGrid((4, 4, 4), np.eye(3))


@pytest.mark.parametrize(
    ("center", "size_mm", "voxels"),
    [((np.nan, 0, 0), 10, 4), ((0, 0), 10, 4), ((0, 0, 0), 0, 4), ((0, 0, 0), np.nan, 4), ((0, 0, 0), 10, 0)],
)
def test_a_cube_that_cannot_be_is_refused(center, size_mm, voxels):
    with pytest.raises(GridError):
        VoxelGrid.ras_cube(center, size_mm, voxels)


def test_a_sheared_grid_is_refused_where_itk_would_lie(sheared_grid):
    with pytest.raises(GridError, match="sheared"):
        to_sitk(np.zeros(sheared_grid.shape_kji, np.uint8), sheared_grid)


def test_an_array_of_another_shape_is_refused(oblique_grid):
    with pytest.raises(GridError, match="does not fit"):
        to_sitk(np.zeros((2, 2, 2), np.uint8), oblique_grid)


def test_a_2d_image_is_refused():
    with pytest.raises(GridError, match="2D"):
        from_sitk(sitk.Image(4, 4, sitk.sitkUInt8))


def test_grids_are_values(any_grid):
    same = VoxelGrid(any_grid.shape_kji, any_grid.ijk_to_ras.copy())
    assert same == any_grid and hash(same) == hash(any_grid)
    assert any_grid != any_grid.resized(3)
    with pytest.raises(ValueError, match="read-only"):
        any_grid.ijk_to_ras[0, 0] = 2.0

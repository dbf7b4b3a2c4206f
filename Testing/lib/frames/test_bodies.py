"""Bodies on thick slices keep their volume and extents, whatever the order and direction of the axes."""

import itertools

import numpy as np
import pytest

from Sketch2CTLib.errors import MaskError
from Sketch2CTLib.frames import (
    VoxelGrid,
    cube_around,
    evenly_sliced,
    mask_on_grid,
    middle_and_extent,
    signed_distance_mm,
)

CUBE_MM, VOXELS = 160.0, 128
THICK_MM = (1.0, 2.5, 5.0, 10.0, 20.0)
CENTER_RAS = np.array([13.0, -41.0, 27.5])


def _direction(kind):
    """Columns are i, j, k in RAS."""
    if kind == "flipped":
        return np.diag([-1.0, -1.0, 1.0])
    if kind == "permuted":
        return np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    if kind == "oblique":
        a, b = np.radians(20.0), np.radians(-15.0)
        about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
        about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
        return about_z @ about_x
    return np.eye(3)


def _grid(axis, thick_mm, kind):
    """Slices of `thick_mm` across the grid's axis i, j or k, 1 mm in plane, around the centre."""
    spacing = np.ones(3)
    spacing[axis] = thick_mm
    shape_ijk = np.ceil(140.0 / spacing).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = _direction(kind) * spacing
    affine[:3, 3] = CENTER_RAS - affine[:3, :3] @ ((shape_ijk - 1) / 2)
    return VoxelGrid(tuple(int(n) for n in shape_ijk[::-1]), affine)


def _body(grid, kind, half_mm):
    """A box or an ellipsoid along the grid's own axes."""
    kji = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij"), axis=-1)
    along = (kji[..., ::-1] - (np.array(grid.shape_kji[::-1]) - 1) / 2) * grid.spacing_mm
    scaled = np.abs(along) / np.array(half_mm)
    return (scaled < 1).all(axis=-1) if kind == "box" else (scaled**2).sum(axis=-1) < 1


def _along(mask, grid, directions):
    """Extents of a mask's voxels, as boxes, along the columns of `directions`."""
    points = grid.to_ras(np.argwhere(mask)[:, ::-1]) @ directions
    return np.ptp(points, axis=0) + np.abs(grid.ijk_to_ras[:3, :3].T @ directions).sum(axis=0)


@pytest.mark.parametrize("kind", ["straight", "flipped", "permuted"])
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("thick_mm", THICK_MM)
@pytest.mark.parametrize("body", ["box", "ellipsoid"])
def test_a_body_on_thick_slices_keeps_volume_and_extents(body, thick_mm, axis, kind):
    grid = _grid(axis, thick_mm, kind)
    mask = _body(grid, body, (30.0, 25.0, 40.0))
    cube = cube_around(mask, grid, CUBE_MM, VOXELS)
    moved = mask_on_grid(mask, grid, cube)
    assert moved.sum() * cube.voxel_ml == pytest.approx(mask.sum() * grid.voxel_ml, rel=0.01)
    assert middle_and_extent(moved, cube)[1] == pytest.approx(
        middle_and_extent(mask, grid)[1], abs=0.5 * CUBE_MM / VOXELS + 1e-6
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("thick_mm", THICK_MM)
def test_an_oblique_body_keeps_its_volume_and_its_extents_along_its_own_axes(thick_mm, axis):
    grid = _grid(axis, thick_mm, "oblique")
    mask = _body(grid, "ellipsoid", (30.0, 25.0, 40.0))
    cube = cube_around(mask, grid, CUBE_MM, VOXELS)
    moved = mask_on_grid(mask, grid, cube)
    assert moved.sum() * cube.voxel_ml == pytest.approx(mask.sum() * grid.voxel_ml, rel=0.01)
    own = _direction("oblique")
    centres = np.ptp(cube.to_ras(np.argwhere(moved)[:, ::-1]) @ own, axis=0)
    assert centres + CUBE_MM / VOXELS == pytest.approx(_along(mask, grid, own), abs=CUBE_MM / VOXELS)


@pytest.mark.parametrize("thick_mm", [5.0, 10.0])
def test_slices_leave_no_stairs(thick_mm):
    """A ball on thick slices is nearer to the ball than its own boxes are."""
    grid = _grid(2, thick_mm, "straight")
    cube = VoxelGrid.ras_cube(CENTER_RAS, CUBE_MM, VOXELS)
    fine = _body(cube, "ellipsoid", (40.0, 40.0, 40.0))
    mask = _body(grid, "ellipsoid", (40.0, 40.0, 40.0))
    even, even_grid = evenly_sliced(mask, grid)
    assert even_grid.spacing_mm == pytest.approx([1.0, 1.0, 1.0])
    assert even.sum() * even_grid.voxel_ml == pytest.approx(mask.sum() * grid.voxel_ml, rel=0.005)
    boxes = np.repeat(mask, int(thick_mm), axis=0)
    assert _inner_roughness(even) < 0.7 * _inner_roughness(boxes)
    moved = mask_on_grid(mask, grid, cube)
    assert 2 * (moved & fine).sum() / (moved.sum() + fine.sum()) > 0.975


def _inner_roughness(body):
    """Mean change of the cross-section's area from slice to slice, without the ends."""
    areas = body.sum(axis=(1, 2))
    inner = areas[areas > 0.3 * areas.max()]
    return np.abs(np.diff(inner, 2)).max()


def test_a_piece_that_ends_between_two_slices_ends_halfway():
    mask = np.zeros((6, 20, 40), dtype=bool)
    mask[1:5, 4:16, 4:16] = True  # goes on
    mask[1:3, 4:16, 24:36] = True  # ends two slices earlier
    grid = VoxelGrid((6, 20, 40), np.diag([1.0, 1.0, 8.0, 1.0]))
    even, even_grid = evenly_sliced(mask, grid)
    assert even.sum() * even_grid.voxel_ml == pytest.approx(mask.sum() * grid.voxel_ml)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_zero_lies_midway_between_the_voxels_of_a_flat_face(axis):
    mask = np.zeros((40, 40, 40), dtype=bool)
    np.moveaxis(mask, axis, 0)[15:25] = True
    line = np.moveaxis(signed_distance_mm(mask, np.array([1.0, 2.0, 7.0])), axis, 0)[:, 20, 20]
    assert line[24] == pytest.approx(-line[25])
    assert line[15] == pytest.approx(-line[14])


@pytest.mark.parametrize("odd", list(itertools.product([0, 1], repeat=3)))
def test_a_body_of_whole_voxels_is_the_same_on_a_cube_of_them(odd):
    """Where a cube's voxels lay midway between a body's, a twentieth of an atrium was lost."""
    mask = np.zeros((60, 60, 60), dtype=bool)
    depth, height, width = (20 + n for n in odd)
    mask[11 : 11 + depth, 17 : 17 + height, 23 : 23 + width] = True
    grid = VoxelGrid(mask.shape, np.eye(4))
    cube = cube_around(mask, grid, 64.0, 64)
    moved = mask_on_grid(mask, grid, cube)
    assert moved.sum() == mask.sum()
    assert middle_and_extent(moved, cube)[0] == pytest.approx(middle_and_extent(mask, grid)[0], abs=1e-6)


def test_on_voxels_that_lie_midway_the_volume_is_kept_too():
    mask = np.zeros((40, 40, 40), dtype=bool)
    mask[10:30, 10:30, 10:30] = True
    grid = VoxelGrid(mask.shape, np.eye(4))
    between = VoxelGrid.ras_cube(grid.center_ras + 0.5, 50.0, 50)
    assert mask_on_grid(mask, grid, between).sum() == pytest.approx(mask.sum(), rel=0.01)


def test_a_body_thinner_than_the_voxels_does_not_vanish():
    mask = np.zeros((40, 40, 40), dtype=bool)
    mask[20, 10:30, 20] = True
    grid = VoxelGrid(mask.shape, np.eye(4))
    moved = mask_on_grid(mask, grid, VoxelGrid.ras_cube(grid.center_ras, 100.0, 25))
    assert 1 <= moved.sum() <= 5


def test_an_empty_mask_is_refused():
    with pytest.raises(MaskError):
        mask_on_grid(np.zeros((4, 4, 4), bool), VoxelGrid((4, 4, 4), np.eye(4)), VoxelGrid((4, 4, 4), np.eye(4)))


@pytest.mark.parametrize("at", [2, 15])
def test_a_distance_that_is_cut_off_is_the_same_within_its_reach(at):
    body = np.zeros((40, 30, 35), dtype=bool)
    body[at : at + 9, 10:16, 12:30] = True
    spacing = np.array([1.0, 2.0, 1.5])
    whole = signed_distance_mm(body, spacing)
    assert np.allclose(signed_distance_mm(body, spacing, reach_mm=4.0), np.clip(whole, -4.0, 4.0))
    assert (signed_distance_mm(np.zeros((4, 4, 4), dtype=bool), spacing, reach_mm=4.0) == -4.0).all()

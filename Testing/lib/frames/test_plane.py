"""Planes and projections: left is left."""

import numpy as np
import pytest

from Sketch2CTLib.errors import GridError
from Sketch2CTLib.frames import VIEWS, PlaneFrame, VoxelGrid, project, view

from .conftest import rotation

VIEW_NAMES = list(VIEWS)
# Patient directions in RAS, and the cells of a picture (row 0 on top) that they should be found in.
TOWARDS = {"R": (1, 0, 0), "L": (-1, 0, 0), "A": (0, 1, 0), "P": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}


def body_towards(letter, voxels=16):
    """A mask in a RAS cube with a small body off-centre in one direction, and the cube's grid."""
    grid = VoxelGrid.ras_cube((5.0, 6.0, 7.0), 32.0, voxels)
    i, j, k = np.round(grid.to_ijk(grid.center_ras + 10.0 * np.array(TOWARDS[letter]))).astype(int)
    mask = np.zeros(grid.shape_kji, bool)
    mask[k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2] = True
    return mask, grid


def side_of(picture):
    """Which side of the picture the ink lies at: left, right, top or bottom."""
    rows, columns = np.nonzero(picture)
    offset = np.array([rows.mean(), columns.mean()]) - (np.array(picture.shape) - 1) / 2
    vertical = abs(offset[0]) > abs(offset[1])
    return {True: ("top", "bottom"), False: ("left", "right")}[bool(vertical)][int(offset[int(not vertical)] > 0)]


@pytest.mark.parametrize(
    ("name", "letter", "side"),
    [
        ("axial", "R", "left"),
        ("axial", "L", "right"),
        ("axial", "A", "top"),
        ("axial", "P", "bottom"),
        ("coronal", "R", "left"),
        ("coronal", "L", "right"),
        ("coronal", "S", "top"),
        ("coronal", "I", "bottom"),
        ("sagittal", "A", "left"),
        ("sagittal", "P", "right"),
        ("sagittal", "S", "top"),
        ("sagittal", "I", "bottom"),
    ],
)
def test_a_body_appears_at_its_side(name, letter, side):
    mask, _ = body_towards(letter)
    assert side_of(project(mask, VIEWS[name])) == side


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_the_letters_say_where_bodies_appear(name):
    for letter, side in zip(VIEWS[name].letters, ("left", "right", "top", "bottom"), strict=True):
        mask, _ = body_towards(letter)
        assert side_of(project(mask, VIEWS[name])) == side


@pytest.mark.parametrize("name", VIEW_NAMES)
@pytest.mark.parametrize("letter", list(TOWARDS))
def test_a_picture_and_its_plane_agree(name, letter):
    mask, grid = body_towards(letter)
    picture = project(mask, VIEWS[name])
    rows, columns = np.nonzero(picture)
    plane = PlaneFrame.standard(name, float(grid.size_mm[0]), grid.center_ras)
    seen_uv = plane.from_pixels((columns.mean(), rows.mean()), picture.shape)
    k, j, i = (axis.mean() for axis in np.nonzero(mask))
    np.testing.assert_allclose(seen_uv, plane.from_ras(grid.to_ras((i, j, k))), atol=1e-9)


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_a_picture_goes_back_into_the_cube(name, rng):
    mask = rng.random((6, 7, 8)) > 0.5
    plane = VIEWS[name]
    slab = mask.max(axis=plane.axis_kji)
    np.testing.assert_array_equal(plane.from_picture(plane.to_picture(slab)), slab)


def test_other_reductions_make_other_pictures(rng):
    values = rng.random((6, 7, 8))
    np.testing.assert_allclose(project(values, VIEWS["axial"], np.mean), values.mean(0)[::-1, ::-1])


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_axes_are_right_handed_and_look_along_the_axis(name):
    chosen = VIEWS[name]
    frame = np.column_stack([chosen.u_ras, chosen.v_ras, chosen.normal_ras])
    assert np.linalg.det(frame) == pytest.approx(1.0)
    assert np.abs(chosen.normal_ras)[chosen.axis_ras] == 1.0


def tilted(size_mm=(80.0, 120.0)):
    """An oblique plane near axial."""
    matrix = np.array(PlaneFrame.standard("axial", size_mm).plane_to_ras)
    matrix[:3, :3] = rotation((1, 1, 0), 20) @ matrix[:3, :3]
    matrix[:3, 3] = (11.0, -22.0, 33.0)
    return PlaneFrame("axial", matrix, size_mm)


@pytest.mark.parametrize(
    "plane",
    [*(PlaneFrame.standard(name, (90.0, 60.0), (1.0, 2.0, 3.0)) for name in VIEW_NAMES), tilted()],
    ids=[*VIEW_NAMES, "oblique"],
)
def test_points_on_paper_survive_the_way_to_ras_and_pixels(plane, rng):
    points = rng.uniform(-60, 60, size=(30, 2))
    np.testing.assert_allclose(plane.from_ras(plane.to_ras(points)), points, atol=1e-9)
    shape = (48, 64)
    np.testing.assert_allclose(plane.from_pixels(plane.to_pixels(points, shape), shape), points, atol=1e-9)


def test_distances_on_paper_are_distances_in_the_patient(rng):
    plane = tilted()
    points = rng.uniform(-60, 60, size=(20, 2))
    np.testing.assert_allclose(
        np.linalg.norm(np.diff(plane.to_ras(points), axis=0), axis=1),
        np.linalg.norm(np.diff(points, axis=0), axis=1),
    )


def test_a_point_off_the_paper_has_its_foot_there():
    plane = tilted()
    foot = np.array([7.0, -9.0])
    above = plane.to_ras(foot) + 25.0 * plane.plane_to_ras[:3, 2]
    np.testing.assert_allclose(plane.from_ras(above), foot, atol=1e-9)


def test_pixels_begin_half_a_pixel_inside_the_papers_edge():
    plane = PlaneFrame.standard("axial", 64.0)
    np.testing.assert_allclose(plane.to_pixels((-31.0, 31.0), (32, 32)), (0.0, 0.0))
    np.testing.assert_allclose(plane.to_pixels((-32.0, 32.0), (32, 32)), (-0.5, -0.5))
    np.testing.assert_allclose(plane.to_pixels((0.0, 0.0), (32, 32)), (15.5, 15.5))


def test_up_on_paper_is_a_smaller_row():
    plane = PlaneFrame.standard("coronal", 100.0)
    upper, lower = plane.to_pixels([(0.0, 20.0), (0.0, -20.0)], (50, 50))[:, 1]
    assert upper < lower


def test_an_unknown_view_is_said_with_the_choices():
    with pytest.raises(GridError, match=r"'frontal'.*axial, coronal, sagittal"):
        view("frontal")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda matrix: matrix * np.nan, "finite"),
        (lambda matrix: matrix[:3], "4×4"),
        (lambda matrix: matrix @ np.diag([2.0, 1.0, 1.0, 1.0]), "orthonormal"),
        (lambda matrix: matrix + np.eye(4, k=1), "orthonormal"),
    ],
    ids=["NaN", "3×4", "scaled", "sheared"],
)
def test_a_plane_that_cannot_be_is_refused(spoil, said):
    with pytest.raises(GridError, match=said):
        PlaneFrame("axial", spoil(np.eye(4)), (10.0, 10.0))


@pytest.mark.parametrize("size_mm", [(0.0, 10.0), (10.0, -1.0), (np.nan, 10.0), (10.0,)])
def test_paper_without_a_size_is_refused(size_mm):
    with pytest.raises(GridError, match="width and height"):
        PlaneFrame("axial", np.eye(4), size_mm)


def test_planes_are_values():
    assert tilted() == tilted() and hash(tilted()) == hash(tilted())
    assert tilted() != tilted((80.0, 121.0))

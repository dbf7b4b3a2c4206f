"""Grids of every kind that scans come in."""

import numpy as np
import pytest

from Sketch2CTLib.frames import VoxelGrid


def rotation(axis, degrees):
    """A (3, 3) rotation about an axis, by Rodrigues' formula."""
    x, y, z = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.deg2rad(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def grid_of(shape_kji, spacing_ijk, turned=None, origin=(0.0, 0.0, 0.0)):
    """A grid of the given spacing, turned by a (3, 3) orthogonal matrix."""
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) if turned is None else turned) @ np.diag(spacing_ijk)
    affine[:3, 3] = origin
    return VoxelGrid(shape_kji, affine)


GRIDS = {
    "ras cube": VoxelGrid.ras_cube((10.0, -20.0, 30.0), 48.0, 16),
    "anisotropic": grid_of((5, 20, 30), (0.7, 0.8, 5.0), origin=(-100.5, 33.25, 900.0)),
    "flipped (LPS)": grid_of((9, 10, 11), (1.5, 1.5, 2.0), np.diag([-1.0, -1.0, 1.0]), (80.0, 90.0, -400.0)),
    "axes permuted": grid_of((8, 9, 10), (1.0, 2.0, 3.0), np.eye(3)[[1, 2, 0]], (1.0, 2.0, 3.0)),
    "oblique": grid_of((12, 13, 14), (0.9, 1.1, 2.5), rotation((1, 2, 3), 25), (12.0, -7.0, 55.0)),
    "oblique and left-handed": grid_of(
        (12, 13, 14), (0.9, 1.1, 2.5), rotation((3, -1, 2), 140) @ np.diag([1.0, 1.0, -1.0]), (5.0, 6.0, 7.0)
    ),
}


@pytest.fixture(params=list(GRIDS), ids=str)
def any_grid(request):
    """Each kind of grid in turn."""
    return GRIDS[request.param]


@pytest.fixture
def oblique_grid():
    return GRIDS["oblique"]


@pytest.fixture
def sheared_grid():
    affine = np.eye(4)
    affine[0, 1] = 0.4
    return VoxelGrid((6, 6, 6), affine)

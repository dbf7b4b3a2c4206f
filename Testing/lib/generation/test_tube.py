"""Vessels drawn towards tubes: a tube stays as it is, a ribbon becomes rounder, what has branches is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from Sketch2CTLib.description.metrics import middle_line
from Sketch2CTLib.description.tube import tube_statistics
from Sketch2CTLib.evaluation.overlap import dice
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.conformity.finish import finished
from Sketch2CTLib.generation.conformity.targets import Targets
from Sketch2CTLib.generation.conformity.tube import Sweep, towards_tube

CELLS = 64
GRID = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 176.0, CELLS)
ALONG_K, ALONG_J, ALONG_I = np.meshgrid(*[np.arange(CELLS, dtype=float)] * 3, indexing="ij")
MIDDLE = (CELLS - 1) / 2
BEND = MIDDLE + 5.0 * np.sin((ALONG_K - 12) / 40 * np.pi)  # where the tube's line runs, along j


def along(field: NDArray[np.float64], first: float = 11.5, last: float = 52.5) -> NDArray[np.float32]:
    """A field in voxels cut flat along k, in units of the truncation."""
    cut = np.minimum(field, np.minimum(ALONG_K - first, last - ALONG_K))
    return np.clip(cut / (CELLS / 16), -1.0, 1.0).astype(np.float32)


def tube(radius: float = 5.0) -> NDArray[np.float32]:
    return along(radius - np.hypot(ALONG_J - BEND, ALONG_I - MIDDLE))


def ribbon() -> NDArray[np.float32]:
    """Three voxels thick along i, and as wide as a silhouette along j."""
    return along(np.minimum(7.0 - np.abs(ALONG_J - BEND), 1.6 - np.abs(ALONG_I - MIDDLE)))


def measured(body: NDArray[np.bool_]) -> dict[str, float]:
    return tube_statistics(middle_line(body, GRID))


def test_a_sweep_has_the_radius_and_the_ends_of_its_tube() -> None:
    body = along(5.0 - np.hypot(ALONG_J - MIDDLE, ALONG_I - MIDDLE)) > 0
    sweep = Sweep.along(body, GRID)
    assert sweep is not None
    assert sweep.radii == pytest.approx(5.0, abs=0.2)
    depth = sweep.depth(body.shape, 4.0)
    assert dice(depth > 0, body) > 0.98
    rows = np.flatnonzero((depth > 0).any(axis=(1, 2)))
    assert (rows[0], rows[-1]) == pytest.approx((12, 52), abs=1)
    assert depth.min() == -4.0 and depth[32, 31, 31] == pytest.approx(4.3, abs=0.3)


def test_a_tube_stays_as_it_is() -> None:
    field = tube()
    assert dice(towards_tube(field, field > 0, GRID) > 0, field > 0) > 0.96


def test_a_ribbon_becomes_rounder_and_keeps_course_and_volume() -> None:
    field = ribbon()
    before = field > 0
    after = finished(field, GRID, Targets(structure="aorta"), {})[0] > 0
    assert measured(after)["roundness_median"] > measured(before)["roundness_median"] + 0.03
    assert after.sum() == pytest.approx(before.sum(), rel=0.01)
    middles = [np.argwhere(one).mean(axis=0) for one in (before, after)]
    assert dice(before, after) > 0.6 and middles[1] == pytest.approx(middles[0], abs=0.8)


def test_an_asked_volume_is_met_by_the_tube() -> None:
    asked = {"volume_ml": 45.0}
    body, _ = finished(tube(), GRID, Targets(structure="aorta"), asked)
    assert float(body.sum()) * GRID.voxel_ml == pytest.approx(45.0, rel=0.01)


def test_a_vessel_with_branches_and_a_solid_organ_stay_as_they_are() -> None:
    trunk = tube()
    branch = np.clip(
        np.minimum(3.0 - np.hypot(ALONG_K - 32, ALONG_I - MIDDLE), np.minimum(ALONG_J - MIDDLE, 60.0 - ALONG_J))
        / (CELLS / 16),
        -1.0,
        1.0,
    )
    tree = np.maximum(trunk, branch).astype(np.float32)
    assert towards_tube(tree, tree > 0, GRID) is tree
    flat = ribbon()
    body, _ = finished(flat, GRID, Targets(structure="liver"), {})
    assert np.array_equal(body > 0, flat > 0)

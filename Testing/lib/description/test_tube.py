"""Tubes: a straight and a bent one are round and even; a ribbon, a torn tube and a knobbly one are not."""

from __future__ import annotations

import numpy as np
import pytest

from Sketch2CTLib.description.metrics import measure, middle_line
from Sketch2CTLib.description.tube import TUBE_NAMES, tube_statistics
from Sketch2CTLib.frames import VoxelGrid

VOXELS = 80
GRID = VoxelGrid.ras_cube((0, 0, 0), 220.0, VOXELS)  # voxels of 2.75 mm, an abdominal aorta's own
UP, ACROSS, ALONG = (np.indices(GRID.shape_kji) - (VOXELS - 1) / 2) * 2.75
INSIDE = abs(ALONG) < 95


def tube(body):
    found = tube_statistics(middle_line(body, GRID))
    assert tuple(found) == TUBE_NAMES
    return found


def test_a_tube_of_constant_radius_is_round_and_even():
    found = tube((np.hypot(UP, ACROSS) < 12) & INSIDE)
    assert found["roundness_median"] == pytest.approx(1.0, abs=0.04)  # nine voxels wide
    assert found["roundness_p05"] > 0.95
    assert found["radius_change_p95"] < 0.08
    assert found["smallest_radius_share"] > 0.9


def test_so_is_a_bent_one():
    bent = np.hypot(UP, ACROSS - 20 * np.cos(ALONG / 50)) < 12
    found = tube(bent & INSIDE)
    assert found["roundness_median"] > 0.97 and found["smallest_radius_share"] > 0.85


def test_a_cone_changes_its_radius_by_its_slope():
    slope = 0.06
    found = tube((np.hypot(UP, ACROSS) < 14 + slope * ALONG) & INSIDE)
    assert found["radius_change_p95"] == pytest.approx(slope, abs=0.05)
    assert found["roundness_median"] > 0.97


@pytest.mark.parametrize(("half", "roundness"), [(9.0, 0.90), (5.0, 0.75)])
def test_a_flattened_ribbon_is_not_round(half, roundness):
    ribbon = ((UP / half) ** 2 + (ACROSS / 20) ** 2 < 1) & INSIDE
    assert tube(ribbon)["roundness_median"] < roundness


def test_a_tube_that_thins_to_nothing_is_told_by_its_smallest_radius():
    neck = 14 - 10 * np.exp(-((ALONG / 12) ** 2))
    found = tube((np.hypot(UP, ACROSS) < neck) & INSIDE)
    assert found["smallest_radius_share"] == pytest.approx(4 / 14, abs=0.12)
    assert found["radius_change_p95"] > 0.3
    assert found["roundness_median"] > 0.97


def test_the_line_may_be_found_once_for_numbers_and_tube():
    body = (np.hypot(UP, ACROSS) < 12) & INSIDE
    line = middle_line(body, GRID)
    assert measure(body, GRID, tubular=True, line=line) == measure(body, GRID, tubular=True)
    assert measure(body, GRID, tubular=True)["centreline_length_mm"] == pytest.approx(190, rel=0.03)


def test_a_few_voxels_do_not_fail():
    body = np.zeros(GRID.shape_kji, bool)
    body[40, 40, 40:43] = True
    assert all(np.isfinite(value) for value in tube(body).values())

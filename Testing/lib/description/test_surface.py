"""Surfaces of analytic bodies: what is smooth, what is crumpled, spiky, cut or carved, and by how much."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from Sketch2CTLib.description.surface import roughness_mm, surface_statistics, voxel_mm
from Sketch2CTLib.errors import MaskError, UnknownStructure
from Sketch2CTLib.frames import VoxelGrid

VOXELS = 96
GRID = VoxelGrid.ras_cube((0, 0, 0), 96.0, VOXELS)  # voxels of 1 mm
DEEP, UP, ACROSS = np.indices(GRID.shape_kji) - (VOXELS - 1) / 2
FROM_CENTER = np.sqrt(DEEP**2 + UP**2 + ACROSS**2)
WAVE = 2 * np.pi / 24

LIVER = VoxelGrid.ras_cube((0, 0, 0), 240.0, VOXELS)  # voxels of 2.5 mm, a liver's own
RADIUS = 30.0  # voxels


def roughness(body, grid=GRID):
    return roughness_mm(body, grid, scale_mm=5.0)


def bumpy(amplitude_mm):
    return 30 + amplitude_mm * np.cos(WAVE * DEEP) * np.cos(WAVE * UP) * np.cos(WAVE * ACROSS) > FROM_CENTER


def stairs(slice_mm):
    slices = (np.floor(DEEP / slice_mm) + 0.5) * slice_mm
    return np.sqrt(slices**2 + UP**2 + ACROSS**2) < 30


@pytest.mark.parametrize("radius", [12, 20, 30, 40])
def test_a_ball_of_any_size_is_smooth(radius):
    assert roughness(radius > FROM_CENTER) < 0.12


def test_bumps_are_found_in_mm():
    smooth, low, high = (roughness(bumpy(a)) for a in (0.0, 1.5, 3.0))
    waves = np.cos(WAVE * DEEP) * np.cos(WAVE * UP) * np.cos(WAVE * ACROSS)
    real = 3.0 * np.sqrt(np.mean(waves[abs(FROM_CENTER - 30) < 1] ** 2))
    assert smooth + 0.1 < low < high - 0.1
    assert 0.4 * real < high < 1.1 * real  # across the surface, not along the radius; and a little is smoothed off


def test_stairs_of_thick_slices_are_rough():
    assert roughness(stairs(7.7)) > 0.5 > roughness(stairs(3.0)) > roughness(FROM_CENTER < 30)


def test_a_straight_tube_is_smooth_and_a_knobbly_one_is_not():
    across = np.hypot(UP, ACROSS)
    inside = abs(DEEP) < 40
    plain, knobbly = (across < 8) & inside, (across < 8 + 2 * np.sin(2 * np.pi * DEEP / 12)) & inside
    assert roughness(knobbly) > roughness(plain) + 0.3


def test_roughness_is_in_mm_whatever_the_voxels_are():
    coarse = VoxelGrid.ras_cube((0, 0, 0), 96.0, VOXELS // 2)
    assert roughness(stairs(8.0)[::2, ::2, ::2], coarse) == pytest.approx(roughness(stairs(8.0)), rel=0.4)
    twice = VoxelGrid.ras_cube((0, 0, 0), 192.0, VOXELS)
    assert roughness_mm(bumpy(2), twice, scale_mm=10) == pytest.approx(2 * roughness(bumpy(2)), rel=0.01)


def test_where_the_cube_cuts_is_no_surface():
    cut = np.hypot(UP, ACROSS) < 12  # a tube through the whole cube
    assert roughness(cut) < 0.12


def test_a_whole_cube_and_a_voxel_do_not_fail():
    assert roughness(np.ones(GRID.shape_kji, bool)) == 0.0
    one = np.zeros(GRID.shape_kji, bool)
    one[4, 4, 4] = True
    assert np.isfinite(roughness(one))
    with pytest.raises(MaskError):
        roughness(np.zeros(GRID.shape_kji, bool))


def liver(body, grid=LIVER):
    return surface_statistics(body, grid, "liver")


def crumpled(amplitude):
    noise = ndimage.gaussian_filter(np.random.default_rng(1).normal(size=GRID.shape_kji), 1.5)
    return FROM_CENTER + amplitude * noise / noise.std() < RADIUS


def test_the_scale_is_the_structures_own():
    assert voxel_mm("liver") == 2.5 and voxel_mm("left_kidney") == 1.25
    with pytest.raises(UnknownStructure):
        voxel_mm("brain")


@pytest.mark.parametrize("stretch", [(1.0, 1.0, 1.0), (0.7, 1.0, 1.3)])
def test_nothing_is_opened_away_of_a_ball_or_an_ellipsoid(stretch):
    body = sum((axis / (RADIUS * s)) ** 2 for axis, s in zip((DEEP, UP, ACROSS), stretch, strict=True)) < 1
    found = liver(body)
    assert found["opened_share"] < 0.002
    assert found["roughness_mm"] < 0.07 * 2.5
    assert (found["pieces"], found["beside_share"]) == (1, 0)


def test_a_spike_is_opened_away_and_its_share_is_its_volume():
    ball = FROM_CENTER < RADIUS
    spike = (
        (abs(DEEP) <= 1) & (abs(UP) <= 1) & (ACROSS > 0) & (RADIUS + 15 > ACROSS)
    )  # 2 × 2 voxels, 15 beyond the ball
    found = liver(ball | spike)
    alone = np.count_nonzero(spike & ~ball) / np.count_nonzero(ball | spike)
    assert found["opened_share"] - liver(ball)["opened_share"] == pytest.approx(alone, rel=0.25)


def test_a_sheet_of_two_voxels_is_removed_whole_and_a_thick_one_is_not():
    assert liver((abs(DEEP) < 1) & (np.hypot(UP, ACROSS) < RADIUS))["opened_share"] == 1.0
    assert liver((abs(DEEP) < 8) & (np.hypot(UP, ACROSS) < RADIUS))["opened_share"] < 0.08  # its edges


@pytest.mark.parametrize("height", [10.0, 18.0])
def test_a_cut_by_a_plane_is_flat_by_the_share_of_its_disc(height):
    cut = (FROM_CENTER < RADIUS) & (height > DEEP)
    disc = np.pi * (RADIUS**2 - height**2)
    share = disc / (disc + 2 * np.pi * RADIUS * (RADIUS + height))
    whole, found = liver(FROM_CENTER < RADIUS)["flat_share"], liver(cut)["flat_share"]
    assert found - whole == pytest.approx(share, abs=0.04)
    assert whole < 0.04
    oblique = (FROM_CENTER < RADIUS) & (height > (DEEP + UP + ACROSS) / np.sqrt(3))
    assert liver(oblique)["flat_share"] < whole + 0.01, "no stated extent lies across the axes"


def test_a_body_carved_from_a_silhouette_has_walls_in_the_structures_view():
    carved = (FROM_CENTER < RADIUS) & (np.hypot(UP, ACROSS) < 0.7 * RADIUS)  # seen along the axis, as a liver is drawn
    sideways = (FROM_CENTER < RADIUS) & (np.hypot(DEEP, ACROSS) < 0.7 * RADIUS)
    ball = liver(FROM_CENTER < RADIUS)["wall_share"]
    assert liver(carved)["wall_share"] > ball + 0.3
    assert liver(sideways)["wall_share"] < ball + 0.05


def test_the_more_crumpled_the_rougher():
    smooth, little, much = (liver(crumpled(a))["roughness_mm"] for a in (0.0, 0.7, 1.5))
    assert smooth + 0.15 < little < much - 0.15


def test_statistics_are_the_same_on_finer_voxels():
    def knobbly_and_horned(voxels):
        grid = VoxelGrid.ras_cube((0, 0, 0), 150.0, voxels)
        along, up, across = (np.indices(grid.shape_kji) - (voxels - 1) / 2) * 150.0 / voxels  # mm
        waves = np.cos(WAVE * along / 2) * np.cos(WAVE * up / 2) * np.cos(WAVE * across / 2)
        horn = (np.hypot(along, up) < 6) & (across > 0) & (across < 70)
        return liver((np.sqrt(along**2 + up**2 + across**2) < 50 + 5 * waves) | horn, grid)

    coarse, fine = knobbly_and_horned(60), knobbly_and_horned(90)
    assert fine["roughness_mm"] == pytest.approx(coarse["roughness_mm"], rel=0.1)
    assert coarse["opened_share"] > 0.002
    assert fine["opened_share"] == pytest.approx(coarse["opened_share"], rel=0.4)


def test_crumbs_are_counted_with_their_volume():
    body = FROM_CENTER < 20
    body[4:9, 4:9, 4:9] = True
    body[60:62, 4:6, 4:6] = True
    found = liver(body)
    assert found["pieces"] == 3
    assert found["beside_share"] == pytest.approx(133 / body.sum())
    assert found["opened_share"] >= 8 / body.sum(), "a crumb of two voxels is no less a spike"


def test_a_voxel_and_a_full_cube_do_not_fail():
    one = np.zeros(GRID.shape_kji, bool)
    one[4, 4, 4] = True
    assert liver(one)["opened_share"] == 1.0
    assert liver(np.ones((24, 24, 24), bool), VoxelGrid.ras_cube((0, 0, 0), 60.0, 24))["opened_share"] == 0.0
    with pytest.raises(MaskError):
        liver(np.zeros(GRID.shape_kji, bool))

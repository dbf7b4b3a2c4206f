import numpy as np
import pytest

from Sketch2CTLib.errors import MaskError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.report.quality import quality_of, roughness_mm
from Sketch2CTLib.generation.values import MaskVolume

VOXELS = 96
GRID = VoxelGrid.ras_cube((0, 0, 0), 96.0, VOXELS)  # voxels of 1 mm
DEEP, UP, ACROSS = np.indices(GRID.shape_kji) - (VOXELS - 1) / 2
FROM_CENTER = np.sqrt(DEEP**2 + UP**2 + ACROSS**2)
WAVE = 2 * np.pi / 24


def roughness(body, grid=GRID):
    return roughness_mm(body, grid)


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


def test_pieces_and_the_largest():
    body = FROM_CENTER < 20
    body[:10, :10, :10] = True
    found = quality_of(MaskVolume(body, GRID, "liver"))
    assert found.components == 2 and found.touches_border
    assert found.largest_share == pytest.approx(1 - 1000 / body.sum())
    alone = quality_of(MaskVolume(FROM_CENTER < 20, GRID, "liver"))
    assert alone.components == 1 and alone.largest_share == 1.0 and not alone.touches_border


def test_pieces_that_touch_by_a_corner_are_one():
    body = np.zeros(GRID.shape_kji, bool)
    body[10:20, 10:20, 10:20] = body[20:30, 20:30, 20:30] = True
    assert quality_of(MaskVolume(body, GRID, "liver")).components == 1


def test_an_empty_mask():
    found = quality_of(MaskVolume(np.zeros(GRID.shape_kji), GRID, "liver"))
    assert found.to_dict() == {"roughness_mm": None, "components": 0, "largest_share": 0.0, "touches_border": False}

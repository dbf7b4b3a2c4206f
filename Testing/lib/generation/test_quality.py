import numpy as np
import pytest

from Sketch2CTLib.description.surface import surface_statistics
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.report.quality import quality_of
from Sketch2CTLib.generation.values import MaskVolume

VOXELS = 96
GRID = VoxelGrid.ras_cube((0, 0, 0), 96.0, VOXELS)  # voxels of 1 mm
DEEP, UP, ACROSS = np.indices(GRID.shape_kji) - (VOXELS - 1) / 2
FROM_CENTER = np.sqrt(DEEP**2 + UP**2 + ACROSS**2)


def quality(body):
    return quality_of(MaskVolume(body, GRID, "liver"), surface_statistics(body, GRID, "liver"))


def test_pieces_and_the_largest():
    body = FROM_CENTER < 20
    body[:10, :10, :10] = True
    found = quality(body)
    assert found.components == 2 and found.touches_border
    assert found.largest_share == pytest.approx(1 - 1000 / body.sum())
    alone = quality(FROM_CENTER < 20)
    assert alone.components == 1 and alone.largest_share == 1.0 and not alone.touches_border


def test_pieces_that_touch_by_a_corner_are_one():
    body = np.zeros(GRID.shape_kji, bool)
    body[10:20, 10:20, 10:20] = body[20:30, 20:30, 20:30] = True
    assert quality(body).components == 1


def test_an_empty_mask():
    found = quality_of(MaskVolume(np.zeros(GRID.shape_kji), GRID, "liver"), {})
    assert found.to_dict() == {"roughness_mm": None, "components": 0, "largest_share": 0.0, "touches_border": False}

"""Results on finer voxels: the same shape and look, in tiles without seams, refused where they cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from layout_bodies import trunk
from painting_models import PLAIN, USUAL, painting_models, plain_style

from Sketch2CTLib.data.intensity import from_unit
from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.painting import drawing
from Sketch2CTLib.generation.painting.drawing import painted
from Sketch2CTLib.generation.painting.finer import MOST_VOXELS, finer_grid
from Sketch2CTLib.generation.painting.scan import finer_scan
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.values import MaskVolume
from Sketch2CTLib.networks import Painter

TRUNK = trunk(11, 8.0)


def cube(voxels: int, edge_mm: float = 320.0) -> VoxelGrid:
    return VoxelGrid.ras_cube(TRUNK.grid.center_ras.tolist(), edge_mm, voxels)


def test_finer_voxels_fill_the_same_cube() -> None:
    own = cube(40)
    fine = finer_grid(own, 2.0)
    assert fine.shape_kji == (160,) * 3
    assert np.allclose(fine.center_ras, own.center_ras) and np.allclose(fine.size_mm, own.size_mm)
    assert np.allclose(fine.spacing_mm, 2.0)
    assert finer_grid(own, 8.0).shape_kji == own.shape_kji


@pytest.mark.parametrize(
    ("spacing_mm", "told"), [(12.0, "coarser than the 8 mm"), (0.5, f"{MOST_VOXELS} are the most")]
)
def test_spacings_that_cannot_be_are_one_line(spacing_mm: float, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        finer_grid(cube(40), spacing_mm)
    with pytest.raises(ConfigError, match="above 0 mm"):
        Settings(spacing_mm=-spacing_mm)


def test_tiles_have_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(3)
    painter = Painter(PLAIN).eval()
    torch.nn.init.normal_(painter.net.outward.weight, 0.0, 0.1)
    for block in (block for blocks in painter.net.on_way_up for block in blocks):  # type: ignore[union-attr]
        torch.nn.init.normal_(block.noise, 0.0, 0.3)
    layout = TRUNK.on(cube(64))
    whole = painted(painter, layout, plain_style(), 5)
    monkeypatch.setattr(drawing, "WHOLE", 32)
    monkeypatch.setattr(drawing, "CORE", 16)
    tiled = painted(painter, layout, plain_style(), 5)
    assert np.abs(whole - tiled).max() < 2e-2  # bfloat16
    assert whole.std() > 0.1


def test_a_finer_scan_shows_the_same_regions_and_the_finer_organ(tmp_path: Path) -> None:
    pipeline = Pipeline(painting_models(tmp_path), device="cpu")
    grid, fine = cube(32), cube(64)
    mask, finer_mask = (
        MaskVolume(TRUNK.on(one).body_of("liver").astype(np.uint8), one, "liver") for one in (grid, fine)
    )
    scan = pipeline.image(mask, 3, Settings())
    made = finer_scan(pipeline.mask_models, scan, finer_mask, 3)
    value = {name: int(from_unit(np.array([USUAL[name]]), "CT")[0]) for name in ("liver", "fat")}
    assert made.grid == fine and (made.values[finer_mask.body] == value["liver"]).all()
    assert scan.layout is not None
    fat = scan.layout.body_of("fat").repeat(2, 0).repeat(2, 1).repeat(2, 2) & ~finer_mask.body
    assert (made.values[fat] == value["fat"]).mean() > 0.8, "borders move by a fine voxel or two"
    with pytest.raises(ConfigError, match="needs one that is painted"):
        finer_scan(pipeline.mask_models, replace(scan, layout=None), finer_mask, 3)

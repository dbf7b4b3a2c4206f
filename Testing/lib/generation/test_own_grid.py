"""A scan back on the grid of its mask: the same place in space, the same voxels, and what lies beyond is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.ndimage import map_coordinates
from synthetic import make_scan

from Sketch2CTLib.catalog import structure
from Sketch2CTLib.errors import ConfigError, MaskError
from Sketch2CTLib.frames import VoxelGrid, read_volume
from Sketch2CTLib.generation import files
from Sketch2CTLib.generation.asking import takes_own_grid
from Sketch2CTLib.generation.report.build import build_report
from Sketch2CTLib.generation.results import Candidate
from Sketch2CTLib.generation.values import ImageVolume, MaskVolume, Provenance
from Sketch2CTLib.generation.volumes import own_grid
from Sketch2CTLib.generation.volumes.own_grid import ScannedMask, mask_in_cube, on_own_grid, require_usual_size

LIVER = structure("liver")


def turned_grid(shape: tuple[int, int, int], spacing: tuple[float, float, float], center: np.ndarray) -> VoxelGrid:
    """i to the left, k downwards, turned by 20° about the long axis."""
    angle = np.deg2rad(20)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([-1.0, 1.0, -1.0]) * spacing
    affine[:3, 3] = center - affine[:3, :3] @ ((np.array(shape[::-1]) - 1) / 2)
    return VoxelGrid(shape, affine)


def on_cube(center: tuple[float, float, float] = (10.0, -20.0, 30.0)) -> Candidate:
    """A ball in a scan whose values say where they are: no axis can be mistaken for another."""
    cube = VoxelGrid.ras_cube(center, LIVER.cube_mm, 128)
    k, j, i = np.indices(cube.shape_kji)
    values = np.clip(-100 + 2 * i + j // 2 + k // 4 + 40 * np.sin(i / 9.0), -125, 275)
    body = (k - 64) ** 2 + (j - 60) ** 2 + (i - 70) ** 2 < 400
    mask = MaskVolume(body, cube, "liver")
    return Candidate(mask, ImageVolume(values, cube), build_report(mask, {}, precise=False))


@pytest.mark.parametrize(("shape", "spacing"), [((20, 50, 60), (1.3, 1.7, 5.0)), ((90, 110, 100), (4.0, 4.5, 5.0))])
def test_every_voxel_has_the_value_of_its_place_in_space(
    shape: tuple[int, int, int], spacing: tuple[float, float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_grid, "_SLAB_VOXELS", 7 * shape[1] * shape[2])  # several slabs, the last one smaller
    made = on_cube()
    assert made.image is not None
    grid = turned_grid(shape, spacing, made.mask.grid.center_ras + np.array([40.0, -30.0, 20.0]))
    mask = np.zeros(shape, dtype=bool)
    mask[5:9, 10:20, 30:33] = True
    own, beyond = on_own_grid(made, mask, grid)
    assert own.image is not None and own.image.grid == own.mask.grid == grid
    assert np.array_equal(own.mask.body, mask)
    k, j, i = np.indices(shape)
    at = made.mask.grid.to_ijk(grid.to_ras(np.stack([i, j, k], axis=-1)))
    wanted = map_coordinates(
        made.image.values.astype(float), np.moveaxis(at[..., ::-1], -1, 0), order=1, mode="nearest"
    )
    inside = ((at >= -0.5) & (at <= 127.5)).all(axis=-1)
    assert np.abs(own.image.values - wanted)[inside].max() <= 0.51
    assert (own.image.values[~inside] == -125).all()
    assert beyond == pytest.approx(1.0 - inside.mean(), abs=1e-9)
    assert (beyond > 0.1) == (shape[0] == 90)


def test_beyond_the_cube_a_scan_in_full_hu_has_air() -> None:
    usual = on_cube()
    values = np.array(usual.image.values)
    values[0, 0, 0] = -1010
    full = replace(usual, image=replace(usual.image, values=values))
    grid = turned_grid((40, 40, 40), (12.0, 12.0, 12.0), usual.mask.grid.center_ras)
    mask = np.ones(grid.shape_kji, dtype=bool)
    for candidate, lowest in ((usual, -125), (full, -1000)):
        own, beyond = on_own_grid(candidate, mask, grid)
        assert beyond > 0.1 and own.image.values[0, 0, 0] == lowest


def test_a_mask_on_a_cube_of_the_first_stage_stays_there() -> None:
    body, cube = on_cube().mask.body, on_cube().mask.grid
    kept = mask_in_cube(body, cube, LIVER, 128)
    assert kept.grid == cube and np.array_equal(kept.body, body)
    aside = mask_in_cube(np.roll(body, -40, axis=2), cube, LIVER, 128)  # far from the middle: a cube of its own
    assert np.abs(aside.grid.center_ras - cube.center_ras)[0] > 60.0
    assert mask_in_cube(body, VoxelGrid(cube.shape_kji, cube.ijk_to_ras * [1, 1, -1, 1]), LIVER, 128).grid != cube


def test_a_stray_voxel_changes_little() -> None:
    labels, _, grid = make_scan(2)
    mask = labels == 6
    clean = mask_in_cube(mask, grid, LIVER, 128)
    assert not mask[2, 30, 20]
    stray = mask.copy()
    stray[2, 30, 20] = True
    assert mask_in_cube(stray, grid, LIVER, 128).volume_ml == pytest.approx(clean.volume_ml, rel=0.02)


def test_grids_that_are_too_large_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MaskError, match="1,000,000,000 voxels"):
        own_grid.require_own_grid(VoxelGrid((1000, 1000, 1000), np.eye(4)))
    path = tmp_path / "m.nrrd"
    sizes = b"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 4000 4000 4000\nencoding: raw\n\n\0\0"
    path.write_bytes(sizes)
    with pytest.raises(MaskError, match="64,000,000,000 voxels"):
        require_usual_size(path, "mask")
    require_usual_size(tmp_path / "none.nrrd", "mask")  # left to the reader
    with pytest.raises(MaskError, match="exceeds the 320 mm cube"):
        mask_in_cube(np.ones((4, 4, 4), bool), VoxelGrid((4, 4, 4), np.diag([100.0, 100.0, 100.0, 1])), LIVER, 128)
    with pytest.raises(MaskError, match="400 × 40 × 4 mm"):
        mask_in_cube(np.ones((4, 4, 4), bool), VoxelGrid((4, 4, 4), np.diag([100.0, 10.0, 1.0, 1])), LIVER, 128)


def test_files_lie_on_the_masks_own_grid(tmp_path: Path) -> None:
    made = on_cube()
    grid = turned_grid((20, 30, 40), (3.0, 4.0, 6.0), made.mask.grid.center_ras)
    mask = np.zeros(grid.shape_kji, dtype=bool)
    mask[6:12, 8:20, 9:30] = True
    own, _ = on_own_grid(made, mask, grid)
    provenance = Provenance("0", {}, 1, 2, {"sketch": 1.0}, (), "", "tiny", {"context": {"structures": ["spleen"]}})
    result = ScannedMask((made,), (), provenance, own=own)
    paths = files.write_result(result, tmp_path / "own")
    for name in (files.MASK_FILE, files.VOLUME_FILE):
        written = read_volume(paths[name])
        np.testing.assert_allclose(written[1].ijk_to_ras, grid.ijk_to_ras, atol=1e-12)
        assert written[2]["Sketch2CT_Context"] == "spleen"
    assert np.array_equal(read_volume(paths[files.MASK_FILE])[0], mask)
    document = files.report_document(result, 0)
    assert document["grid"]["shape_kji"] == [20, 30, 40] and document["checked_on"]["shape_kji"] == [128] * 3
    assert document["context"] == ["spleen"]
    plain = files.write_result(replace(result, own=None), tmp_path / "cube")
    assert sitk.ReadImage(str(plain[files.VOLUME_FILE])).GetSize() == (128, 128, 128)


def test_a_grid_is_named() -> None:
    assert takes_own_grid("", has_mask=True) and takes_own_grid("own", has_mask=True)
    assert not takes_own_grid("cube", has_mask=True) and not takes_own_grid("", has_mask=False)
    for grid, has_mask in (("own", False), ("mine", True)):
        with pytest.raises(ConfigError):
            takes_own_grid(grid, has_mask=has_mask)

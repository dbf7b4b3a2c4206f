"""Projection: a wrong body is brought under its drawing, its extents and its volume, and a right one is left alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from Sketch2CTLib.frames import VIEWS, PlaneFrame, VoxelGrid, project
from Sketch2CTLib.generation.fields import mask_field
from Sketch2CTLib.generation.presets import PRESETS
from Sketch2CTLib.generation.projection import MAX_SHIFT, Bounds, latent_correction, shift_to_volume
from Sketch2CTLib.sketch import Sketch, Stroke, silhouette

GRID = VoxelGrid.ras_cube((0, 0, 0), 320.0, 64)
VOXEL_ML = GRID.voxel_ml


def ellipsoid(radii_ijk: tuple[float, float, float], shift_ijk: tuple[float, float, float] = (0, 0, 0)) -> np.ndarray:
    k, j, i = np.meshgrid(*(np.arange(64) - 31.5,) * 3, indexing="ij")
    parts = [((axis - s) / r) ** 2 for axis, r, s in zip((i, j, k), radii_ijk, shift_ijk, strict=True)]
    return sum(parts) < 1


def field_of(body: np.ndarray) -> np.ndarray:
    return mask_field(body, GRID, PRESETS["small"])


def drawing(view: str, half_u: float, half_v: float) -> Sketch:
    angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    points = np.stack([half_u * np.cos(angle), half_v * np.sin(angle)], axis=1)
    return Sketch((Stroke(points, closed=True),), PlaneFrame.standard(view, 320.0), "liver")


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize("view", list(VIEWS))
def test_a_wrong_body_is_brought_under_its_silhouette(view: str) -> None:
    sketch = drawing(view, 90.0, 60.0)
    outline = silhouette(sketch, 64)
    wrong = field_of(ellipsoid((12, 20, 16), (3, -2, 2)))
    bounds = Bounds.of(sketch, {}, "liver", 64)
    before = iou(project(wrong > 0, VIEWS[view]), outline)
    after = iou(project(bounds.project(torch.from_numpy(wrong)).numpy() > 0, VIEWS[view]), outline)
    assert before < 0.85
    assert after > 0.96


def test_a_right_body_is_left_alone() -> None:
    body = ellipsoid((18, 12, 14))
    sketch = drawing("axial", 90.0, 60.0)
    bounds = Bounds.of(sketch, {"extent_si_mm": 140.0}, "liver", 64)
    kept = bounds.project(torch.from_numpy(field_of(body))).numpy() > 0
    assert 2 * (kept & body).sum() / (kept.sum() + body.sum()) > 0.98


def test_stated_extents_cut() -> None:
    bounds = Bounds.of(None, {"extent_si_mm": 100.0, "extent_rl_mm": 120.0}, "liver", 64)
    kept = bounds.project(torch.from_numpy(field_of(ellipsoid((20, 20, 20))))).numpy() > 0
    sizes = [np.ptp(axis) + 1 for axis in np.nonzero(kept)]
    assert sizes[0] == pytest.approx(20, abs=1)
    assert sizes[1] == pytest.approx(40, abs=1)
    assert sizes[2] == pytest.approx(24, abs=1)


@pytest.mark.parametrize("factor", [0.85, 1.0, 1.1])
def test_the_level_meets_the_volume_within_the_drawing(factor: float) -> None:
    k, j, i = np.meshgrid(*(np.arange(64) - 31.5,) * 3, indexing="ij")
    radius = np.sqrt(((i - 0.13) / 18.3) ** 2 + ((j - 0.29) / 12.2) ** 2 + ((k - 0.37) / 14.1) ** 2)
    field = np.clip((1.0 - radius) * 3.5, -1, 1).astype(np.float32)  # smooth, as networks make them
    body = field > 0
    bounds = Bounds.of(drawing("axial", 91.0, 61.0), {}, "liver", 64)
    asked = float(body.sum() * VOXEL_ML * factor)
    met, shift = shift_to_volume(field, bounds, VOXEL_ML, asked)
    assert met.sum() * VOXEL_ML == pytest.approx(asked, rel=0.03)
    assert np.sign(round(shift, 2)) == np.sign(factor - 1.0) or factor == 1.0
    assert not (project(met, VIEWS["axial"]) & ~silhouette(drawing("axial", 100.0, 70.0), 64)).any()


def test_a_volume_beyond_reach_moves_the_surface_to_the_limit() -> None:
    field = field_of(ellipsoid((18, 12, 14)))
    free = Bounds(None, 0, None)
    met, shift = shift_to_volume(field, free, VOXEL_ML, 5.0)
    assert shift == pytest.approx(-MAX_SHIFT, abs=1e-3)
    assert 0 < met.sum() < (field > 0).sum()
    untouched, none = shift_to_volume(field, free, VOXEL_ML, None)
    assert none == 0.0
    assert np.array_equal(untouched, field > 0)


def test_correction_moves_latents_by_the_change_alone() -> None:
    bounds = Bounds.of(drawing("axial", 90.0, 60.0), {}, "liver", 64)
    right = torch.from_numpy(field_of(ellipsoid((17, 11, 12))))[None, None]
    lossy = latent_correction(bounds, lambda x: x, lambda f: 0.5 * f + 3.0)
    moved = lossy(right)
    assert (moved - right).abs().mean() < 0.02, "an autoencoder's own bias must not enter"

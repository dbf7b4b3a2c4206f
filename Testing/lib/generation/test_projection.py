"""Projection: a wrong body is brought under its drawing, its extents and its volume, and a right one is left alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from Sketch2CTLib.frames import VIEWS, PlaneFrame, VoxelGrid, project
from Sketch2CTLib.generation.model.fields import mask_field
from Sketch2CTLib.generation.model.presets import PRESETS
from Sketch2CTLib.generation.projection import MAX_SHIFT, Bounds, latent_correction, shift_to_volume
from Sketch2CTLib.networks import Coder, PatchAutoencoder, PatchAutoencoderConfig
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
    bounds = Bounds.of([sketch], {}, "liver", 64)
    before = iou(project(wrong > 0, VIEWS[view]), outline)
    after = iou(project(bounds.project(torch.from_numpy(wrong)).numpy() > 0, VIEWS[view]), outline)
    assert before < 0.85
    assert after > 0.96


def test_a_right_body_is_left_alone() -> None:
    body = ellipsoid((18, 12, 14))
    sketch = drawing("axial", 90.0, 60.0)
    bounds = Bounds.of([sketch], {"extent_si_mm": 140.0}, "liver", 64)
    kept = bounds.project(torch.from_numpy(field_of(body))).numpy() > 0
    assert 2 * (kept & body).sum() / (kept.sum() + body.sum()) > 0.98


def test_stated_extents_cut() -> None:
    bounds = Bounds.of([], {"extent_si_mm": 100.0, "extent_rl_mm": 120.0}, "liver", 64)
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
    bounds = Bounds.of([drawing("axial", 91.0, 61.0)], {}, "liver", 64)
    asked = float(body.sum() * VOXEL_ML * factor)
    met, shift = shift_to_volume(field, bounds, VOXEL_ML, asked)
    assert met.sum() * VOXEL_ML == pytest.approx(asked, rel=0.03)
    assert np.sign(round(shift, 2)) == np.sign(factor - 1.0) or factor == 1.0
    assert not (project(met, VIEWS["axial"]) & ~silhouette(drawing("axial", 100.0, 70.0), 64)).any()


def test_a_volume_beyond_reach_moves_the_surface_to_the_limit() -> None:
    field = field_of(ellipsoid((18, 12, 14)))
    free = Bounds(())
    met, shift = shift_to_volume(field, free, VOXEL_ML, 5.0)
    assert shift == pytest.approx(-MAX_SHIFT, abs=1e-3)
    assert 0 < met.sum() < (field > 0).sum()
    untouched, none = shift_to_volume(field, free, VOXEL_ML, None)
    assert none == 0.0
    assert np.array_equal(untouched, field > 0)


def test_a_body_too_short_is_raised_to_its_stated_extents() -> None:
    bounds = Bounds.of([], {"extent_si_mm": 160.0}, "liver", 64)
    raised = bounds.project(torch.from_numpy(field_of(ellipsoid((15, 15, 13))))).numpy() > 0
    assert np.ptp(np.nonzero(raised)[0]) + 1 == pytest.approx(32, abs=2)


def test_two_drawings_bound_together() -> None:
    drawn = [drawing("axial", 90.0, 60.0), drawing("coronal", 90.0, 75.0)]
    bounds = Bounds.of(drawn, {}, "liver", 64)
    body = bounds.project(torch.from_numpy(field_of(ellipsoid((12, 20, 22), (2, -2, 0))))).numpy() > 0
    for sketch in drawn:
        view = sketch.plane.view
        assert iou(project(body, VIEWS[view]), silhouette(sketch, 64)) > 0.93, view


class LossyCoder(Coder):
    """Halves a field and adds 3: an autoencoder with a bias."""

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return 0.5 * x + 3.0, torch.zeros_like(x)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return z


def test_correction_moves_latents_by_the_change_alone() -> None:
    bounds = Bounds.of([drawing("axial", 90.0, 60.0)], {}, "liver", 64)
    right = torch.from_numpy(field_of(ellipsoid((17, 11, 12))))[None, None]
    moved = latent_correction(bounds, LossyCoder(), 1.0, voxel_ml=VOXEL_ML, volume_ml=None)(right)
    assert (moved - right).abs().mean() < 0.02, "an autoencoder's own bias must not enter"


@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_correction_brings_a_latent_to_its_volume(factor: float) -> None:
    torch.manual_seed(0)
    coder = PatchAutoencoder(PatchAutoencoderConfig(8, 64, res_blocks=0))
    body = ellipsoid((17, 13, 15))
    field = torch.from_numpy(field_of(body))[None, None]
    coder.fit_basis([field, field.flip(2), field.flip(3)])
    asked = float(body.sum()) * VOXEL_ML * factor
    z = coder.encode(field)[0] * 0.7
    moved = latent_correction(Bounds(()), coder, 0.7, voxel_ml=VOXEL_ML, volume_ml=asked)(z)
    found = float((coder.decode(moved / 0.7) > 0).sum()) * VOXEL_ML
    assert found == pytest.approx(asked, rel=0.04)

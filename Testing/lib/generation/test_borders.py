"""Borders of organs in drawn scans: at the mask, as wide as in real scans, and only there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from synthetic import liver_ball
from tiny import tiny_preset

from Sketch2CTLib.frames import VoxelGrid, signed_distance_mm
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.volumes.borders import Border, borders
from Sketch2CTLib.generation.volumes.scan_look import SHARPNESS, look_of
from Sketch2CTLib.weights import ModelFolder

EDGE_MM, VOXELS = 160.0, 64
GRID = VoxelGrid.ras_cube((0.0, 0.0, 0.0), EDGE_MM, VOXELS)  # voxels of 2.5 mm
AT = np.stack(np.meshgrid(*(np.arange(VOXELS) - 31.5,) * 3, indexing="ij"))
BODY = np.sqrt((AT**2).sum(axis=0)) < 16.0
DISTANCE_MM = signed_distance_mm(BODY, GRID.spacing_mm)


def scan(width_mm: float, *, inside: float = 0.4, grain: float = 0.03, seed: int = 0) -> np.ndarray:
    """A ball in darker surroundings, with a border that falls evenly over a width, and grain."""
    share = np.clip(0.5 + DISTANCE_MM / width_mm, 0, 1)
    noise = np.random.default_rng(seed).normal(0.0, grain, BODY.shape)
    return (share * inside - (1 - share) * 0.4 + noise).astype(np.float32)


def soft(seed: int = 0) -> np.ndarray:
    """The same as latents of patches leave it."""
    return ndimage.gaussian_filter(scan(2.5, seed=seed), 1.5)


@pytest.mark.parametrize("width_mm", [3.0, 5.0])
def test_the_width_of_real_borders_is_found(width_mm: float) -> None:
    found = Border.fit([(scan(width_mm, seed=n), BODY) for n in range(4)], EDGE_MM)
    assert found is not None
    assert found.width_mm == pytest.approx(width_mm, abs=0.4)
    assert found.std == pytest.approx(0.03, rel=0.2)


def test_wider_borders_are_told_from_narrow_ones() -> None:
    widths = [Border.fit([(scan(w, seed=n), BODY) for n in range(3)], EDGE_MM).width_mm for w in (2.5, 4.0, 6.0)]
    assert widths == sorted(widths) and widths[2] > widths[0] + 2.0


def test_a_soft_border_becomes_as_sharp_as_real_ones_and_lies_at_the_mask() -> None:
    real, drawn = scan(3.0), soft()
    mended = Border(3.0, 1.0).applied(drawn, BODY, EDGE_MM)
    looks = [look_of(100 * values, BODY, GRID, "CT")[SHARPNESS] for values in (real, drawn, mended)]
    assert looks[1] < 0.8 * looks[0] and looks[2] == pytest.approx(looks[0], rel=0.15)
    rim, shell = (DISTANCE_MM > 1.5) & (DISTANCE_MM < 4), (DISTANCE_MM < -1.5) & (DISTANCE_MM > -4)
    for part in (rim, shell):
        wanted = real[part].mean()
        assert abs(mended[part].mean() - wanted) < 0.6 * abs(drawn[part].mean() - wanted)


def test_what_is_far_from_the_border_stays() -> None:
    drawn = soft()
    mended = Border(3.0, 1.0).applied(drawn, BODY, EDGE_MM)
    far = (DISTANCE_MM > 10) | (DISTANCE_MM < -10)
    assert np.array_equal(mended[DISTANCE_MM < -10], drawn[DISTANCE_MM < -10])
    assert np.allclose(mended[far], drawn[far], atol=1e-3)


def test_an_organ_is_no_rougher_than_any_real_one_and_keeps_its_mean() -> None:
    rough = scan(3.0, grain=0.3)
    core = DISTANCE_MM > 10
    mended = Border(3.0, 0.1).applied(rough, BODY, EDGE_MM)
    assert rough[core].std() > 0.25 and mended[core].std() == pytest.approx(0.1, rel=0.15)
    assert mended[core].mean() == pytest.approx(rough[core].mean(), abs=0.02)
    even = Border(3.0, 0.9).applied(rough, BODY, EDGE_MM)
    assert np.allclose(even[core], rough[core], atol=1e-2), "what is even enough is left as it is"


def test_thin_and_odd_organs_do_not_break_it() -> None:
    drawn = soft()
    line = np.zeros_like(BODY)
    line[10:50, 30, 30] = True
    corner = np.zeros_like(BODY)
    corner[:3, :3, :3] = True
    for body in (line, corner):
        mended = Border(3.0, 0.1).applied(drawn, body, EDGE_MM)
        assert np.isfinite(mended).all() and np.abs(mended).max() <= np.abs(drawn).max() + 0.3
    for body in (np.zeros_like(BODY), np.ones_like(BODY)):
        assert np.array_equal(Border(3.0, 0.1).applied(drawn, body, EDGE_MM), drawn)


def test_kinds_are_told_apart_and_survive_being_kept() -> None:
    scans = [("liver", "CT", scan(3.0, seed=n), BODY) for n in range(3)]
    scans += [("liver", "MR", scan(6.0, seed=n), BODY) for n in range(3)] + [("spleen", "CT", scan(3.0), BODY)]
    kept = borders(scans, {"liver": EDGE_MM, "spleen": EDGE_MM})
    assert set(kept) == {"liver CT", "liver MR"}, "one spleen says nothing of spleens"
    assert kept["liver MR"]["width_mm"] > kept["liver CT"]["width_mm"]
    assert Border.from_dict(kept["liver CT"]).to_dict() == kept["liver CT"]


def test_scans_have_the_borders_that_are_kept_with_the_weights(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_preset()
    pipeline, mask = Pipeline(ModelFolder(run_dir / "models"), device="cpu"), liver_ball()
    fast = Settings(image_steps=2)
    monkeypatch.setitem(pipeline.mask_models.extras, "borders", {})
    plain = pipeline.image(mask, 5, fast).values.astype(float)
    monkeypatch.setitem(pipeline.mask_models.extras, "borders", {"liver CT": Border(3.0, 0.05).to_dict()})
    sharp = pipeline.image(mask, 5, fast).values.astype(float)
    inside = ndimage.binary_erosion(mask.body, iterations=2)
    assert sharp[inside].std() < 1.3 * 0.05 * 200 < plain[inside].std()
    outside = ~ndimage.binary_dilation(mask.body, iterations=6)
    assert np.array_equal(sharp[outside], plain[outside])


def test_training_keeps_the_borders_of_its_scans(run_dir: Path) -> None:
    kept = ModelFolder(run_dir / "models").index()["extras"]["borders"]
    assert kept and all(border["width_mm"] > 0 and border["spread"] > 0 for border in kept.values())

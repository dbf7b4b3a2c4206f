"""How a structure looks: known values of balls in a made-up scan, and what blur, shift and noise do to them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import ConfigError, MaskError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.volumes import scan_look
from Sketch2CTLib.generation.volumes.scan_look import LOOKS, look_of, scan_ranges

GRID = VoxelGrid.ras_cube((0, 0, 0), 96.0, 48)  # 2 mm


def ball(shift: int = 0, radius: float = 14.0) -> np.ndarray:
    k, j, i = np.ogrid[:48, :48, :48]
    return (k - 23.5) ** 2 + (j - 23.5) ** 2 + (i - 23.5 - shift) ** 2 < radius**2


def soft_scan(sigma: float = 0.8, inside: float = 100.0, outside: float = -20.0) -> np.ndarray:
    return ndimage.gaussian_filter(np.where(ball(), inside, outside).astype(np.float32), sigma)


def test_mean_and_spread_are_those_below_the_surface():
    noise = np.random.default_rng(0).normal(0, 12, GRID.shape_kji)
    look = look_of(np.where(ball(), 100.0, -20.0) + noise, ball(), GRID, "CT")
    assert look["mean"] == pytest.approx(100, abs=1) and look["spread"] == pytest.approx(12, abs=0.5)


def test_the_slope_is_that_of_a_blurred_step():
    look = look_of(soft_scan(0.8), ball(), GRID, "CT")
    expected = 120 / (np.sqrt(2 * np.pi) * np.hypot(0.8, 0.7)) / 2.0  # HU a mm, at the very surface
    assert look["border_slope_per_mm"] == pytest.approx(expected, rel=0.2)
    double = look_of(soft_scan(0.8, 220.0), ball(), GRID, "CT")
    assert double["border_slope_per_mm"] == pytest.approx(2 * look["border_slope_per_mm"], rel=0.02)
    assert double["border_sharpness"] == pytest.approx(look["border_sharpness"], rel=0.02)  # whatever the contrast


def test_blur_and_a_misplaced_mask_are_seen():
    sharp, blurred = (look_of(soft_scan(sigma), ball(), GRID, "CT") for sigma in (0.8, 2.0))
    misplaced = look_of(soft_scan(0.8), ball(shift=4), GRID, "CT")
    for worse in (blurred, misplaced):
        assert worse["border_sharpness"] < 0.75 * sharp["border_sharpness"]
        assert worse["border_slope_per_mm"] < 0.75 * sharp["border_slope_per_mm"]
    assert misplaced["spread"] > 3 * sharp["spread"]


def test_a_scan_without_the_organ_has_no_border():
    look = look_of(np.zeros(GRID.shape_kji), ball(), GRID, "CT")
    assert look == {"mean": 0.0, "spread": 0.0, "border_slope_per_mm": 0.0, "border_sharpness": 0.0}


def test_thin_and_full_masks_do_not_fail():
    values = soft_scan()
    line = np.zeros_like(ball())
    line[:, 24, 24] = True
    for body in (line, np.ones_like(line)):
        assert all(np.isfinite(value) for value in look_of(values, body, GRID, "CT").values())
    with pytest.raises(MaskError):
        look_of(values, np.zeros_like(line), GRID, "CT")


def test_every_structure_with_scans_has_ranges():
    known = [(s.name, kind) for s in catalog.STRUCTURES for kind in ("CT", "MR") if scan_ranges(s.name, kind)]
    assert len(known) == 10 and ("aortic_tree", "CT") not in known
    for structure, kind in known:
        ranges = scan_ranges(structure, kind)
        assert set(LOOKS) <= set(ranges)
        assert all(r.low <= r.p05 <= r.median <= r.p95 <= r.high for r in ranges.values())
    assert scan_ranges("liver", "CT")["mean"].holds(100) and not scan_ranges("liver", "CT")["mean"].holds(-60)


def test_a_damaged_file_is_one_clear_error(tmp_path, monkeypatch):
    (tmp_path / "Catalog").mkdir()
    (tmp_path / "Catalog" / "scan_ranges.json").write_text('{"format": "other"}')
    monkeypatch.setenv("SKETCH2CT_RESOURCES", str(tmp_path))
    scan_look._all.cache_clear()
    try:
        with pytest.raises(ConfigError, match="ranges of real scans"):
            scan_ranges("liver", "CT")
    finally:
        scan_look._all.cache_clear()

"""Warps keep the organ in the middle and inside the cube."""

from __future__ import annotations

import numpy as np
import pytest

from Sketch2CTLib.training.warp import WarpStrength, centred, random_field, refined, sample_volume


def ball(radius: float, center: tuple[float, float, float] = (31.5, 31.5, 31.5)) -> np.ndarray:
    k, j, i = np.meshgrid(*(np.arange(64.0),) * 3, indexing="ij")
    return (radius - np.sqrt((k - center[0]) ** 2 + (j - center[1]) ** 2 + (i - center[2]) ** 2)).astype(np.float32)


def box_of(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inside = np.argwhere(mask)
    return (inside.min(0) + inside.max(0)) / 2, inside.max(0) - inside.min(0) + 1


@pytest.mark.parametrize("seed", range(6))
def test_warped_organs_stay_centred_inside(seed: int) -> None:
    signed = ball(26.0, (30.0, 34.0, 31.0))
    field = centred(signed, random_field(np.random.default_rng(seed), WarpStrength(), 32))
    mask = sample_volume(signed, refined(field, 64)) > 0
    middle, size = box_of(mask)
    np.testing.assert_allclose(middle, 31.5, atol=2.0)
    assert size.max() <= 64 * 0.985
    assert size.min() > 25


def test_no_strength_is_no_warp() -> None:
    signed = ball(20.0)
    still = WarpStrength(0, 0, 0, 0, 0)
    field = refined(centred(signed, random_field(np.random.default_rng(0), still, 32)), 64)
    moved = sample_volume(signed, field) > 0
    assert (moved ^ (signed > 0)).sum() < 0.03 * (signed > 0).sum()


def test_the_seed_decides() -> None:
    fields = [random_field(np.random.default_rng(s), WarpStrength(), 8) for s in (1, 1, 2)]
    assert fields[0].equal(fields[1])
    assert not fields[0].equal(fields[2])

"""Grain as long as the scanner's in millimetres, and slices as far apart as they were taken."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from Sketch2CTLib.generation.painting.acquisition import GRAIN_MM, as_acquired, grain


def neighbours(noise: torch.Tensor, axis: int) -> float:
    """Correlation of voxels beside each other along an axis."""
    n = noise.shape[axis]
    one, other = noise.narrow(axis, 0, n - 1).flatten(), noise.narrow(axis, 1, n - 1).flatten()
    return float(torch.corrcoef(torch.stack([one, other]))[0, 1])


@pytest.mark.parametrize("voxel_mm", [0.8, 1.0, 1.25])
def test_grain_keeps_its_variance_and_its_length_in_millimetres(voxel_mm: float) -> None:
    noise = torch.randn(1, 1, 48, 48, 48, generator=torch.Generator().manual_seed(1))
    made = grain(noise, torch.tensor([voxel_mm]))
    assert float(made.std()) == pytest.approx(1.0, rel=0.02)
    # The correlation of Gaussian-filtered white noise is a Gaussian of √2 times the width.
    expected = float(np.exp(-((voxel_mm / (2 * GRAIN_MM)) ** 2)))
    for axis in (2, 3, 4):
        assert neighbours(made, axis) == pytest.approx(expected, abs=0.05)


def test_each_sample_has_the_grain_of_its_own_voxels() -> None:
    noise = torch.randn(2, 1, 32, 32, 32, generator=torch.Generator().manual_seed(1))
    fine, coarse = grain(noise, torch.tensor([1.0, 4.0])).split(1)
    assert neighbours(fine, 2) > 0.5 > 0.1 > neighbours(coarse, 2)  # which is as coarse as voxels allow


def test_slices_that_are_no_farther_apart_than_voxels_change_nothing() -> None:
    volume = torch.randn(1, 1, 16, 4, 4)
    assert torch.equal(as_acquired(volume, torch.tensor([0.8]), torch.tensor([0.3])), volume)


def test_between_slices_values_follow_a_straight_line() -> None:
    volume = torch.randn(1, 1, 24, 3, 3, generator=torch.Generator().manual_seed(1))
    made = as_acquired(volume, torch.tensor([3.0]), torch.tensor([0.0]))
    assert torch.allclose(made[:, :, ::3], volume[:, :, ::3], atol=1e-6)  # slices lie on voxels 0, 3, 6, …
    middle = made[:, :, 1:22:3]
    ends = (2 * made[:, :, 0:21:3] + made[:, :, 3:24:3]) / 3
    assert torch.allclose(middle, ends, atol=1e-5)


def test_a_ramp_stays_a_ramp_wherever_the_slices_lie() -> None:
    ramp = torch.arange(20.0).view(1, 1, 20, 1, 1).expand(2, 1, 20, 2, 2)
    made = as_acquired(ramp, torch.tensor([2.6, 3.3]), torch.tensor([0.25, 0.9]))
    assert torch.allclose(made[:, :, 4:-4], ramp[:, :, 4:-4], atol=1e-5)
    assert made.min() >= 0.0 and made.max() <= 19.0


def test_grain_across_slices_is_longer_than_within_them() -> None:
    noise = torch.randn(1, 1, 60, 30, 30, generator=torch.Generator().manual_seed(2))
    made = as_acquired(noise, torch.tensor([3.0]), torch.tensor([0.5]))
    assert neighbours(made, 2) > 0.5 and abs(neighbours(made, 3)) < 0.1
    assert made.std() < noise.std()

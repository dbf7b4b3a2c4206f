"""The fast ways to a layout's labels, beside the plain ones."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.layouts.finish import balance, largest, shares_on


def _shares(classes: int, *edges: int, seed: int = 1) -> torch.Tensor:
    return (4.0 * torch.randn(classes, *edges, generator=torch.Generator().manual_seed(seed))).softmax(0)


def test_shares_come_to_another_grid_smoothed_and_by_trilinear_interpolation() -> None:
    region = VoxelGrid.ras_cube((0, 0, 0), 96.0, 24)
    target = VoxelGrid.ras_cube((7, -5, 3), 110.0, 40)  # reaches beyond the region on every side
    shares = _shares(3, 24, 24, 24)
    taps = torch.tensor([0.25, 0.5, 0.25])
    kernel = (taps.view(3, 1, 1) * taps.view(1, 3, 1) * taps.view(1, 1, 3))[None, None]
    soft = F.conv3d(F.pad(shares[:, None], (1,) * 6, mode="replicate"), kernel)[:, 0]
    lines = []
    for axis in range(3):  # R, A, S
        steps = torch.zeros(40, 3, dtype=torch.float64)
        steps[:, axis] = torch.arange(40)
        at = torch.from_numpy(region.to_ijk(target.to_ras(steps.numpy())))[:, axis]
        lines.append(((2 * at + 1) / 24 - 1).float())
    places = torch.stack(torch.meshgrid(*lines[::-1], indexing="ij")[::-1], dim=-1)[None]
    expected = F.grid_sample(soft[None], places, padding_mode="border", align_corners=False)[0]
    assert torch.allclose(shares_on(shares, region, target), expected, atol=1e-5)


def test_the_largest_share_is_argmax_the_first_of_equal_ones_among_those_asked() -> None:
    shares, factors = _shares(6, 8, 9, 10), torch.tensor([1.0, 0.2, 3.0, 1.0, 0.5, 2.0])
    weighed = shares * factors.view(-1, 1, 1, 1)
    assert (largest(shares, factors).long() == weighed.argmax(0)).all()
    assert (largest(shares, factors, [1, 3, 4]).long() == weighed[[1, 3, 4]].argmax(0)).all()
    assert (largest(torch.ones(3, 4), torch.ones(3)) == 0).all()


def test_classes_get_the_volume_that_their_shares_sum_to() -> None:
    shares = torch.zeros(2, 16, 16, 16)
    shares[0, :, :, 4:] = 0.5 + 0.5 * torch.rand(16, 16, 12, generator=torch.Generator().manual_seed(1))
    shares[0, :, :, :4] = 1.0  # beyond doubt
    shares[1] = 1.0 - shares[0]
    found = largest(shares, balance(shares))
    assert abs(float((found == 1).float().mean()) - float(shares[1].mean())) < 0.05  # argmax alone: none


def test_what_is_beyond_doubt_is_counted_once_and_changes_no_factor() -> None:
    shares = _shares(5, 16, 16, 16)
    part = shares[:, ::2, ::2, ::2].flatten(1)
    expected, factors = part.sum(1), torch.ones(5)
    for _ in range(16):
        count = torch.bincount((part * factors[:, None]).argmax(0), minlength=5)
        factors = (factors * ((expected + 1) / (count + 1)).sqrt()).clamp(1 / 16, 16)
    assert torch.allclose(balance(shares), factors, rtol=1e-4)

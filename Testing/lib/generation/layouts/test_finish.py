"""The fast ways to a layout's labels, beside the plain ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn import functional as F

from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.layouts.finish import (
    _fill_from_nearest,
    balance,
    finished,
    largest,
    shares_on,
    without_tables,
)


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
    found = shares_on(shares, region, target, rounds=1)
    assert all(torch.allclose(found.of(k), expected[k], atol=1e-5) for k in range(3))
    assert torch.allclose(found.of(1, every=2), expected[1, ::2, ::2, ::2], atol=1e-5)


def test_the_largest_share_is_argmax_the_first_of_equal_ones() -> None:
    shares, factors = _shares(6, 8, 9, 10), torch.tensor([1.0, 0.2, 3.0, 1.0, 0.5, 2.0])
    weighed = shares * factors.view(-1, 1, 1, 1)
    assert (largest(shares, factors).long() == weighed.argmax(0)).all()
    assert (largest((shares[k] for k in (1, 3)), factors[[1, 3]]).long() == weighed[[1, 3]].argmax(0)).all()
    assert (largest(torch.ones(3, 4), torch.ones(3)) == 0).all()


def test_classes_get_the_volume_that_their_shares_sum_to() -> None:
    shares = torch.zeros(2, 16, 16, 16)
    shares[0, :, :, 4:] = 0.5 + 0.5 * torch.rand(16, 16, 12, generator=torch.Generator().manual_seed(1))
    shares[0, :, :, :4] = 1.0  # beyond doubt
    shares[1] = 1.0 - shares[0]
    found = largest(shares, balance(shares))
    assert abs(float((found == 1).float().mean()) - float(shares[1].mean())) < 0.05  # argmax alone: none


def test_what_is_beyond_doubt_is_counted_once_and_changes_no_factor() -> None:
    shares = _shares(5, 8, 8, 8)
    sure = torch.zeros(5, 300)
    sure[2] = 1.0
    beyond = balance(torch.cat([shares.flatten(1), sure], dim=1))
    count = torch.bincount((shares.flatten(1) * beyond[:, None]).argmax(0), minlength=5)
    assert torch.allclose(count.float(), shares.flatten(1).sum(1), atol=3.0)


@pytest.mark.parametrize(
    ("peak", "power"), [(0.2, 8), (0.3, 1), (0.45, 0.3), (0.3, 0.5), (0.2, 2), (0.1, 8), (0.48, 0.1)]
)
def test_a_class_that_is_nowhere_the_likeliest_comes_to_its_volume_however_flat(peak: float, power: float) -> None:
    at = torch.linspace(-3.0, 3.0, 40)
    away = at.view(-1, 1, 1) ** 2 + at.view(1, -1, 1) ** 2 + at.view(1, 1, -1) ** 2
    share = peak * torch.exp(-away * power / 40)
    shares = torch.stack([1.0 - share, share])
    count = float((largest(shares, balance(shares)) == 1).sum())
    assert count == pytest.approx(float(share.sum()), rel=0.03)


def test_lost_voxels_get_the_label_of_a_nearest_one_that_is_kept() -> None:
    rng = np.random.default_rng(3)
    labels = ndimage.zoom(rng.integers(1, 9, (6, 6, 6)), 4, order=0).astype(np.uint8)
    lost, taken = rng.random(labels.shape) < 0.03, rng.random(labels.shape) < 0.3
    lost[5:9, 5:9, 5:9] = True
    kept, found = ~(lost | taken), labels.copy()
    _fill_from_nearest(found, lost, kept)
    assert (found[~lost] == labels[~lost]).all()
    apart = ndimage.distance_transform_edt(~kept)
    for value in np.unique(found[lost]):
        to_it = ndimage.distance_transform_edt(~(kept & (labels == value)))
        here = lost & (found == value)
        np.testing.assert_allclose(to_it[here], apart[here])


def test_teeth_of_patches_are_smoothed_away_and_the_body_stays_in_its_place() -> None:
    """A plane border between two classes that the shares of patches draw as a comb, at 0.9 against 0.1."""
    grid = VoxelGrid.ras_cube((0, 0, 0), 96.0, 24)
    body = np.arange(24)[None, None, :] < 12 + 2 * ((np.arange(24) // 2) % 2)[None, :, None]
    inside = torch.from_numpy(np.broadcast_to(np.where(body, 0.9, 0.1), grid.shape_kji).astype(np.float32))
    shares = torch.stack([inside, 1.0 - inside])
    values = (label_value("soft_tissue"), label_value("fat"))
    layouts = [finished(shares_on(shares, grid, grid, rounds=n), values, grid, {}) for n in (1, 3)]
    ends = [one.body_of("soft_tissue")[12, 4:20].sum(axis=1) for one in layouts]
    assert np.ptp(ends[0]) == 2 and np.ptp(ends[1]) <= 1 and np.abs(ends[1] - 13).max() <= 1


def test_tables_become_air_and_nothing_else_changes() -> None:
    shares = _shares(3, 4, 5, 6)
    found = without_tables(shares, tuple(label_value(name) for name in ("outside", "fat", "object")))
    assert torch.equal(found[0], shares[0] + shares[2]) and torch.equal(found[1], shares[1])
    assert not found[2].any()

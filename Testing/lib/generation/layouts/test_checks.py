"""What makes a layout impossible is named; a real one passes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from layout_bodies import trunk

from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.data.layout import Layout
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.layouts.checks import faults
from Sketch2CTLib.generation.layouts.finish import SharesOn, finished, shares_on, smoothed
from Sketch2CTLib.generation.layouts.measures import LayoutRanges, centroids_ras, contacts, cut_organs, volumes_ml


@pytest.fixture(scope="module")
def ranges() -> LayoutRanges:
    return LayoutRanges.of(trunk(seed) for seed in range(6))


def changed(layout: Layout, **bodies: np.ndarray) -> Layout:
    labels = layout.labels.copy()
    for name, body in bodies.items():
        labels[body] = label_value(name)
    return Layout(labels, layout.grid)


def without(layout: Layout, name: str) -> Layout:
    return changed(layout, soft_tissue=layout.body_of(name))


def moved(layout: Layout, name: str, by_kji: tuple[int, int, int]) -> Layout:
    return changed(without(layout, name), **{name: np.roll(layout.body_of(name), by_kji, (0, 1, 2))})


def test_a_real_trunk_passes(ranges: LayoutRanges) -> None:
    assert faults(trunk(9), ("liver",), ranges) == []


def test_ranges_survive_json(ranges: LayoutRanges) -> None:
    assert LayoutRanges.from_dict(ranges.to_dict()) == ranges


def test_measures_are_true() -> None:
    layout = trunk(3, 4.0)
    size = np.cbrt(volumes_ml(layout)["liver"] / (4 / 3 * np.pi * 60 * 50 * 55 / 1000))
    assert 0.88 < size < 1.12
    apart = centroids_ras(layout)["liver"] - centroids_ras(layout)["spleen"]
    np.testing.assert_allclose(apart / size, [160, 50, 0], atol=6)
    assert ("left_kidney", "spleen") not in contacts(layout)
    assert cut_organs(layout) == {"aorta"}


def test_touching_organs_are_told_by_their_common_surface() -> None:
    layout = trunk(0)
    labels = np.full((10, 10, 10), label_value("fat"), np.uint8)
    labels[2:5, 2:8, 2:8], labels[5:8, 2:8, 2:8] = label_value("liver"), label_value("stomach")
    grid = layout.grid.ras_cube((0, 0, 0), 40, 10)
    assert contacts(Layout(labels, grid)) == {("liver", "stomach")}
    labels[4] = label_value("fat")
    assert contacts(Layout(labels, grid)) == frozenset()


@pytest.mark.parametrize(
    ("name", "by_kji", "message"),
    [
        ("left_kidney", (18, 0, 0), "the place of the left kidney is unusual"),
        ("spleen", (0, 0, 26), "liver lies to the left of the spleen"),
    ],
)
def test_a_displaced_organ_is_named(
    ranges: LayoutRanges, name: str, by_kji: tuple[int, int, int], message: str
) -> None:
    told = faults(moved(trunk(9), name, by_kji), ("liver",), ranges)
    assert any(message in one for one in told)


def test_swapped_kidneys_are_named(ranges: LayoutRanges) -> None:
    layout = trunk(9)
    left, right = layout.body_of("left_kidney"), layout.body_of("right_kidney")
    told = faults(changed(layout, left_kidney=right, right_kidney=left), ("liver",), ranges)
    assert any("right kidney lies to the left of the left kidney" in one for one in told)


def test_a_huge_organ_and_one_of_no_size_are_named_but_never_a_given_one(ranges: LayoutRanges) -> None:
    layout = trunk(9)
    half = layout.body_of("spleen") & (np.arange(layout.grid.shape_kji[0])[:, None, None] % 4 == 0)
    small = changed(without(layout, "spleen"), spleen=half)
    assert "the volume of the spleen is unusual" in faults(small, ("liver",), ranges)
    assert not any("volume" in one for one in faults(small, ("spleen",), ranges))


def test_a_torn_spine_an_open_body_and_a_second_body_are_named(ranges: LayoutRanges) -> None:
    layout = trunk(9)
    gap = np.zeros(layout.labels.shape, bool)
    gap[18:24] = True
    told = faults(changed(layout, soft_tissue=layout.body_of("bone") & gap), ("liver",), ranges)
    assert "the spine is not one piece" in told
    assert "there is no spine" in faults(without(layout, "bone"), ("liver",), ranges)
    assert faults(without(layout, "bone"), ("liver",), ranges, whole_trunk=False) == []
    assert "there is no stomach" in faults(without(layout, "stomach"), ("liver",), ranges)
    hole = np.zeros(layout.labels.shape, bool)
    hole[20:22, 15:17, 12:14] = True
    assert "the body is not closed" in faults(changed(layout, outside=hole), ("liver",), ranges)
    corner = np.zeros(layout.labels.shape, bool)
    corner[20:24, :3, :3] = True
    assert "the body is in pieces" in faults(changed(layout, fat=corner), ("liver",), ranges)


def as_they_are(shares: torch.Tensor) -> SharesOn:
    """Shares on their own grid, not smoothed."""
    k, j, i = (torch.eye(size) for size in shares.shape[1:])
    return SharesOn(shares, (k, j, i))


def test_shares_come_back_on_another_grid_and_go_on_beyond_theirs() -> None:

    layout = trunk(2, 4.0)
    values = tuple(int(v) for v in np.unique(layout.labels))
    shares = torch.stack([torch.from_numpy(layout.labels == v).float() for v in values])
    wide = layout.grid.ras_cube(layout.grid.center_ras, 480, 160)
    found = finished(shares_on(shares, layout.grid, wide), values, wide, {})
    assert found.volume_ml("liver") == pytest.approx(layout.volume_ml("liver"), rel=0.03)
    np.testing.assert_allclose(centroids_ras(found)["liver"], centroids_ras(layout)["liver"], atol=1.0)
    assert found.body_of("bone")[0].any(), "the spine goes on below the region"


def test_finishing_keeps_given_organs_to_the_voxel_and_leaves_whole_pieces() -> None:

    layout = trunk(1)
    noisy = layout.labels.copy()
    rng = np.random.default_rng(0)
    noisy[rng.random(noisy.shape) < 0.02] = label_value("stomach")
    values = tuple(int(v) for v in np.unique(layout.labels))
    shares = torch.stack([torch.from_numpy(noisy == v).float() for v in values])
    given = np.roll(layout.body_of("liver"), 2, 2)
    found = finished(as_they_are(shares), values, layout.grid, {"liver": given})
    assert np.array_equal(found.body_of("liver"), given)
    from scipy import ndimage

    assert ndimage.label(found.body_of("stomach"))[1] == 1
    assert faults(found, ("liver",), LayoutRanges()) == []


def test_an_organ_that_may_lie_here_or_there_keeps_its_expected_volume() -> None:

    grid = trunk(0).grid.ras_cube((0, 0, 0), 160, 32)
    values = (label_value("fat"), label_value("spleen"), label_value("outside"))
    shares = torch.zeros(3, 32, 32, 32)
    at = torch.arange(32.0) - 16.3
    away = at.view(-1, 1, 1) ** 2 + (1.1 * at.view(1, -1, 1)) ** 2 + (0.9 * at.view(1, 1, -1)) ** 2
    shares[1] = 0.45 * torch.exp(-away / 50)  # nowhere the likeliest
    shares[2, :, :4], shares[1, :, :4] = 1.0, 0.0
    shares[0] = 1.0 - shares[1] - shares[2]
    found = finished(as_they_are(shares), values, grid, {})
    assert found.volume_ml("spleen") == pytest.approx(float(shares[1].sum()) * grid.voxel_ml, rel=0.15)
    assert found.body_of("spleen")[14:19, 14:19, 14:19].all(), "there where it is likeliest"
    assert found.volume_ml("outside") == pytest.approx(float(shares[2].sum()) * grid.voxel_ml, rel=0.01)


def test_beside_a_region_lies_what_is_outside_and_above_it_the_body_goes_on() -> None:
    region = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 80.0, 10)
    wide = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 120.0, 15)
    shares = torch.zeros(3, 10, 10, 10)
    shares[1] = 1.0  # fat to every border
    on_wide = shares_on(shares, region, wide, 0)
    found = torch.stack([on_wide.of(k) for k in range(3)])
    inside = slice(3, 12)
    assert torch.allclose(found[1, :, inside, inside], torch.tensor(1.0))
    for beside in (found[:, :, :2], found[:, :, -2:], found[..., :2], found[..., -2:]):
        assert (beside[0] == 1.0).all() and not beside[1:].any()
    assert torch.allclose(shares_on(shares, region, wide).of(1), torch.tensor(1.0))


def test_what_a_sample_has_beside_the_mean_is_smoothed_within_each_class() -> None:
    apart = torch.zeros(1, 2, 24, 24, 24)
    apart[:, 0] = 0.3
    apart[:, 1, 12, 12, 12] = 1.0
    soft = smoothed(apart)
    assert torch.allclose(soft[:, 0], apart[:, 0], atol=1e-5)
    assert float(soft[0, 1].sum()) == pytest.approx(1.0, abs=0.02) and float(soft[0, 1].max()) < 0.01

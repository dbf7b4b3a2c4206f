"""Measures of sets of volumes: zero for the same, worse for worse, against cases that can be reckoned by hand."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from monai.metrics import FIDMetric

from Sketch2CTLib.evaluation.volumes.features import Seen, perceptual_distance, slices_of
from Sketch2CTLib.evaluation.volumes.measures import (
    continuity,
    diversity,
    frechet_distance,
    kernel_distance,
    likeness,
    nearest_distances,
    precision_recall,
    slicewise,
)


def cloud(n: int, shift: float = 0.0, spread: float = 1.0, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 3, generator=torch.Generator().manual_seed(seed)) * spread + shift


def test_the_frechet_distance_of_gaussians() -> None:
    assert frechet_distance(cloud(4000), cloud(4000)) == pytest.approx(0.0, abs=1e-6)
    assert frechet_distance(cloud(4000, 2.0), cloud(4000, seed=1)) == pytest.approx(12.0, rel=0.05)
    assert frechet_distance(cloud(4000, 0.0, 2.0), cloud(4000, seed=1)) == pytest.approx(3.0, rel=0.08)


def test_the_frechet_distance_of_few_vectors_is_that_of_the_matrix_root() -> None:
    draw = torch.Generator().manual_seed(1)
    mixing = torch.randn(40, 40, generator=draw) * torch.logspace(0, -1, 40)
    found, real = (torch.randn(n, 40, generator=draw) @ mixing for n in (30, 200))  # too few of the first
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = float(FIDMetric()(found.double(), real.double() + 0.5))
    assert frechet_distance(found, real + 0.5) == pytest.approx(expected, rel=1e-3)
    assert frechet_distance(found, found) == pytest.approx(0.0, abs=1e-3)


def test_the_kernel_distance_knows_no_bias_and_grows() -> None:
    same = [kernel_distance(cloud(60, seed=n), cloud(60, seed=n + 50)) for n in range(20)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(len(same)) + 1e-9
    assert kernel_distance(cloud(60, 1.0), cloud(60, seed=1)) > 10 * max(map(abs, same))
    assert kernel_distance(cloud(900), cloud(900)) == pytest.approx(0.0, abs=0.05), "of the same set"
    unequal = [kernel_distance(cloud(30, seed=n), cloud(300, seed=n + 50)) for n in range(20)]
    assert abs(np.mean(unequal)) < 3 * np.std(unequal) / np.sqrt(len(unequal)) + 1e-9


def test_the_kernel_distance_is_that_of_torchmetrics_for_equally_large_sets() -> None:
    poly_mmd = pytest.importorskip("torchmetrics.image.kid").poly_mmd
    found, real = cloud(50, 0.3).double(), cloud(50, seed=1).double()
    assert kernel_distance(found, real) == pytest.approx(float(poly_mmd(real, found)), rel=1e-9)


def test_precision_falls_with_strangers_and_recall_with_what_is_missing() -> None:
    real = torch.cat([cloud(200), cloud(200, 30.0, seed=1)])
    half = cloud(200, seed=2)
    precision, recall = precision_recall(half, real)
    assert precision > 0.8 and 0.35 < recall < 0.6
    strangers, missing = precision_recall(cloud(200, -30.0, seed=3), real)
    assert strangers == missing == 0.0


def test_continuity_tells_a_volume_from_a_pile_of_slices(rng: np.random.Generator) -> None:
    k, j, i = np.meshgrid(*(np.linspace(0, 3, 32),) * 3, indexing="ij")
    smooth = [np.sin(2 * i + a) * np.cos(j - a) + np.sin(k + a + j) for a in rng.uniform(0, 6, 4)]
    volumes = [one.astype(np.float32) for one in smooth]
    assert continuity(volumes[0], 0) > 0.95
    assert continuity(slicewise(volumes, 0), 0) < 0.6
    assert slicewise(volumes, 1).shape == volumes[0].shape
    assert np.isnan(continuity(np.zeros((8, 8, 8), np.float32), 0))


def test_a_copy_is_nearest_and_likeness_counts_it(rng: np.random.Generator) -> None:
    volumes = [rng.uniform(-1, 1, (64, 64, 64)).astype(np.float32) for _ in range(3)]
    far, copy = nearest_distances([rng.uniform(-1, 1, (64, 64, 64)).astype(np.float32), volumes[1]], volumes)
    assert copy == 0.0 and far > 0.05
    assert likeness([volumes[0], volumes[0]], rng) == pytest.approx(1.0, abs=1e-3)
    assert likeness(volumes, rng) < 0.7
    assert np.isnan(likeness(volumes[:1], rng))


def test_perceptual_distance_and_diversity(rng: np.random.Generator) -> None:
    maps = [torch.nn.functional.normalize(torch.randn(4, 8, 6, 6), dim=1) for _ in range(3)]
    seen = [Seen(torch.zeros(4, 2), (m, m)) for m in maps]
    assert torch.allclose(perceptual_distance(seen[0], seen[0]), torch.zeros(4))
    opposite = Seen(torch.zeros(4, 2), (-maps[0], -maps[0]))
    assert torch.allclose(perceptual_distance(seen[0], opposite), torch.full((4,), 8.0), atol=1e-4)
    assert diversity([seen[0], seen[0]], rng) == 0.0 < diversity(seen, rng)


def test_slices_lie_across_their_axis() -> None:
    volume = np.arange(32, dtype=np.float32)[:, None, None] * np.ones((1, 32, 32), np.float32)
    across, along = slices_of(volume, 0), slices_of(volume, 2)
    assert across.shape == along.shape == (6, 32, 32)
    assert across[:, 0, 0].tolist() == [4, 8, 12, 16, 20, 24]
    assert torch.equal(along[0], along[-1])

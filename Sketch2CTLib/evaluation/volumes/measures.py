"""Measures of generated volumes as a set: how far from real ones, how diverse, how continuous, how near to training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .features import Seen, perceptual_distance

Floats = NDArray[np.float32]
NEIGHBOURS = 3  # of the manifolds of precision and recall
_MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001)  # of the first three scales: slices are small
_COARSE = 4  # voxels are averaged before volumes are compared with each other


def frechet_distance(found: Tensor, real: Tensor) -> float:
    """Fréchet distance of two sets of feature vectors (N, D) as Gaussians; biased upwards for few of them.

    MONAI's FIDMetric takes the root of a D × D matrix, which needs more vectors than that to be of full rank. For fewer
    of them the trace of the same root comes from the singular values of their (N, M) products: exact, within moments.

    Reference: Heusel et al., "GANs trained by a two time-scale update rule", NeurIPS 2017.
    """
    from monai.metrics import FIDMetric

    if min(len(found), len(real)) > found.shape[1]:
        return float(FIDMetric()(found.double(), real.double()))
    centred, variance = [], 0.0
    for vectors in (found.double(), real.double()):
        scaled = (vectors - vectors.mean(dim=0)) / max(len(vectors) - 1, 1) ** 0.5
        centred.append(scaled)
        variance += float(scaled.square().sum())
    shift = float((found.double().mean(dim=0) - real.double().mean(dim=0)).square().sum())
    return shift + variance - 2.0 * float(torch.linalg.matrix_norm(centred[0] @ centred[1].T, ord="nuc"))


def kernel_distance(found: Tensor, real: Tensor) -> float:
    """Squared maximum mean discrepancy of two sets of feature vectors (N, D) under a cubic kernel, unbiased.

    torchmetrics' poly_mmd takes both sets for equally large, and is far off where they are not.

    Reference: Bińkowski et al., "Demystifying MMD GANs", ICLR 2018.
    """
    from sklearn.metrics.pairwise import polynomial_kernel

    x, y = found.double().numpy(), real.double().numpy()
    within = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (polynomial_kernel(x), polynomial_kernel(y))]
    return float(sum(within) - 2.0 * polynomial_kernel(x, y).mean())


def precision_recall(found: Tensor, real: Tensor, neighbours: int = NEIGHBOURS) -> tuple[float, float]:
    """Share of found vectors within the real manifold, and of real ones within that of the found.

    Reference: Kynkäänniemi et al., "Improved precision and recall metric", NeurIPS 2019.
    """
    return _covered(found, real, neighbours), _covered(real, found, neighbours)


def _covered(points: Tensor, manifold: Tensor, neighbours: int) -> float:
    k = min(neighbours, len(manifold) - 1)
    radius = torch.cdist(manifold, manifold).kthvalue(k + 1, dim=1).values  # the point itself is its nearest
    return float((torch.cdist(points, manifold) <= radius[None]).any(dim=1).float().mean())


def diversity(seen: Sequence[Seen], rng: np.random.Generator, pairs: int = 40) -> float:
    """Mean perceptual distance of pairs of volumes, slice by slice at the same places; NaN for a single volume."""
    chosen = _pairs(len(seen), rng, pairs)
    return (
        float(np.mean([float(perceptual_distance(seen[a], seen[b]).mean()) for a, b in chosen]))
        if chosen
        else float("nan")
    )


def likeness(volumes: Sequence[Floats], rng: np.random.Generator, pairs: int = 20) -> float:
    """Mean MS-SSIM of pairs of volumes in [−1, 1]: the higher, the more alike; NaN for a single volume."""
    from monai.metrics.regression import MultiScaleSSIMMetric

    measure = MultiScaleSSIMMetric(
        3, data_range=2.0, kernel_type="gaussian", kernel_size=7, kernel_sigma=1.5, weights=_MS_SSIM_WEIGHTS
    )
    values = [
        float(measure(*(torch.from_numpy(_coarse(volumes[at], 2))[None, None] for at in pair)))
        for pair in _pairs(len(volumes), rng, pairs)
    ]
    return float(np.mean(values)) if values else float("nan")


def continuity(volume: Floats, axis: int) -> float:
    """Mean correlation of neighbouring slices across an array axis; slices that are all one value are left out."""
    moved = np.moveaxis(volume, axis, 0).reshape(volume.shape[axis], -1).astype(np.float64)
    moved = moved[moved.std(axis=1) > 1e-3]
    if len(moved) < 2:
        return float("nan")
    unit = (moved - moved.mean(axis=1, keepdims=True)) / moved.std(axis=1, keepdims=True)
    return float((unit[1:] * unit[:-1]).mean())


def slicewise(volumes: Sequence[Floats], axis: int) -> Floats:
    """A volume whose slices come from several in turn: what drawing slice by slice would give at its worst."""
    stacked = [np.moveaxis(volume, axis, 0) for volume in volumes]
    return np.moveaxis(np.stack([stacked[at % len(stacked)][at] for at in range(len(stacked[0]))]), 0, axis)


def nearest_distances(volumes: Sequence[Floats], among: Sequence[Floats]) -> NDArray[np.float64]:
    """Of each volume the root mean square distance to the most similar one of `among`, on a coarse grid."""
    coarse = np.stack([_coarse(v, _COARSE).ravel() for v in among]).astype(np.float64)
    return np.array([np.sqrt(np.square(coarse - _coarse(v, _COARSE).ravel()).mean(axis=1)).min() for v in volumes])


def _coarse(volume: Floats, factor: int) -> Floats:
    n = volume.shape[0] // factor
    return volume.reshape(n, factor, n, factor, n, factor).mean(axis=(1, 3, 5), dtype=np.float32)


def _pairs(count: int, rng: np.random.Generator, most: int) -> list[tuple[int, int]]:
    every = [(a, b) for a in range(count) for b in range(a + 1, count)]
    chosen = rng.permutation(len(every))[:most]
    return [every[at] for at in chosen]

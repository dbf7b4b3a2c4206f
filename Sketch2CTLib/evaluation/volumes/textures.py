"""Textures of slices as radiomics describes them: first-order statistics and co-occurrence of grey levels.

The Fréchet radiomics distance itself (`frd-score`) needs pyradiomics, whose releases do not build for the Pythons that
we run on, and a second build of OpenCV over the one that is installed. scikit-image has the co-occurrence matrices and
their properties; a distance of such vectors, scaled by the spread of real ones, is of its kind, not the same number.

Reference: Konz, Osuala et al., "Fréchet radiomic distance (FRD)", Medical Image Analysis 2026; Haralick et al.,
"Textural features for image classification", 1973.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .left_out import Vectors

NAME = "textures of slices, 1"  # counts up when they change: what was seen is kept by it
_LEVELS = 32  # grey levels of the window, as radiomics usually has
_DISTANCES = (1, 2, 4)  # voxels
_ANGLES = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
_PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "ASM", "correlation", "entropy")
_PERCENTILES = (10, 25, 50, 75, 90)


def texture_vectors(slices: Tensor) -> Tensor:
    """(N, 28) textures of slices (N, H, W) in [−1, 1].

    Mean, standard deviation, skewness, kurtosis, entropy of grey levels and five percentiles; of the co-occurrence
    matrices at 1, 2 and 4 voxels, averaged over four directions, contrast, dissimilarity, homogeneity, angular second
    moment, correlation and entropy.
    """
    return torch.tensor(np.array([_textures(one) for one in slices.numpy()]), dtype=torch.float64)


def _textures(values: NDArray[np.float32]) -> list[float]:
    from scipy import stats
    from skimage.feature import graycomatrix, graycoprops
    from skimage.measure import shannon_entropy

    levels = np.clip((values + 1.0) / 2.0 * _LEVELS, 0, _LEVELS - 1).astype(np.uint8)
    flat = values.ravel().astype(np.float64)
    varied = float(flat.std()) > 1e-6
    moments = [float(stats.skew(flat)), float(stats.kurtosis(flat))] if varied else [0.0, 0.0]
    first = [flat.mean(), flat.std(), *moments, shannon_entropy(levels), *np.percentile(flat, _PERCENTILES)]
    pairs = graycomatrix(levels, _DISTANCES, _ANGLES, _LEVELS, symmetric=True, normed=True)
    second = [graycoprops(pairs, name).mean(axis=1) for name in _PROPERTIES]  # (distances,) each
    return [float(value) for value in (*first, *np.concatenate(second))]


def scaled(sets: Mapping[str, Vectors], real: Mapping[str, Vectors]) -> dict[str, Vectors]:
    """Vectors as multiples of the spread that real slices of the same plane have."""
    spreads = [torch.cat(plane).std(dim=0).clamp_min(1e-6) for plane in zip(*real.values(), strict=True)]
    return {
        patient: tuple(plane / spread for plane, spread in zip(planes, spreads, strict=True))
        for patient, planes in sets.items()
    }

"""The style of a scan: the usual value of each class, how noisy it is, how finely it was taken; styles to draw from.

Only the mean and a few principal directions over many scans are kept with the weights, no scan's own style.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigError

Floats = NDArray[np.float32]
_FEW_VOXELS = 40  # fewer of a class say nothing of its usual value
_DIRECTIONS = 4
_FARTHEST = 1.5  # standard deviations that a drawn style lies from the mean along a direction, at most
_NOISE_SIGMA = 1.0  # voxels: what is finer is noise
_MAD = 1.4826  # to the standard deviation of a normal distribution


@dataclass(frozen=True, eq=False)
class Style:
    """How a scan looks.

    Args:
        values: (K,) the usual value of each class in [−1, 1].
        noise: Standard deviation of fine noise in soft organs, in units of [−1, 1].
        slice_mm, pixel_mm: Distance of slices and of pixels that it was taken with.
    """

    values: Floats
    noise: float
    slice_mm: float
    pixel_mm: float

    def numbers(self, voxel_mm: float) -> Floats:
        """(4,) what a painter is told on a grid of `voxel_mm`."""
        return np.log(
            np.array([voxel_mm / 2.0, self.noise / 0.05, self.slice_mm / 3.0, self.pixel_mm / 1.5], dtype=np.float32)
        )

    def vector(self) -> Floats:
        """(K + 3,) in which styles are averaged."""
        return np.concatenate([self.values, np.log([self.noise, self.slice_mm, self.pixel_mm])]).astype(np.float32)

    @classmethod
    def from_vector(cls, vector: NDArray[Any]) -> Style:
        """Undoes `vector`."""
        noise, slice_mm, pixel_mm = np.exp(vector[-3:]).tolist()
        return cls(np.clip(vector[:-3], -1.0, 1.0).astype(np.float32), noise, slice_mm, pixel_mm)


@dataclass(frozen=True, eq=False)
class ScanStyles:
    """What styles there are: a mean and principal directions.

    Args:
        mean: (K + 3,) see `Style.vector`.
        directions: (M, K + 3), each as long as the standard deviation along it.
    """

    mean: Floats
    directions: Floats

    @classmethod
    def fit(cls, styles: Sequence[Style]) -> ScanStyles:
        """Of the styles of scans.

        Raises:
            ConfigError: There is none.
        """
        if not styles:
            raise ConfigError("There are no scans to take a style from.", hint="Prepare a CT set with images.")
        vectors = np.stack([one.vector() for one in styles])
        mean = vectors.mean(axis=0)
        kept = min(_DIRECTIONS, len(styles) - 1)
        _, lengths, axes = np.linalg.svd(vectors - mean, full_matrices=False)
        spread = lengths[:kept, None] / np.sqrt(max(len(styles) - 1, 1))
        return cls(mean, (axes[:kept] * spread).astype(np.float32))

    def drawn(self, seed: int) -> Style:
        """A style near the middle of those seen; the same for the same seed."""
        rng = np.random.default_rng([seed, 0x57])
        weights = np.clip(rng.standard_normal(len(self.directions)), -_FARTHEST, _FARTHEST)
        return Style.from_vector(self.mean + weights.astype(np.float32) @ self.directions)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data, kept with the weights."""
        return {
            "mean": [round(float(v), 4) for v in self.mean],
            "directions": [[round(float(v), 4) for v in row] for row in self.directions],
        }

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> ScanStyles:
        """Undoes `to_dict`."""
        mean = np.array(payload["mean"], dtype=np.float32)
        return cls(mean, np.array(payload["directions"], dtype=np.float32).reshape(-1, len(mean)))


def usual_values(image: Floats, classes: NDArray[np.int64], kinds: int) -> NDArray[np.float64]:
    """(K,) mean of the image in each class; NaN where there are too few voxels.

    Args:
        image: (…) in [−1, 1]; classes: (…) positions among the classes.
        kinds: K.
    """
    count = np.bincount(classes.ravel(), minlength=kinds)
    total = np.bincount(classes.ravel(), weights=image.ravel().astype(np.float64), minlength=kinds)
    return np.where(count >= _FEW_VOXELS, total / np.maximum(count, 1), np.nan)


def fine_noise(image: Floats, where: NDArray[np.bool_]) -> float:
    """Standard deviation of what is finer than a voxel or two, at places that hold no borders.

    Args:
        image: (D, H, W) in [−1, 1]; where: (D, H, W) bool.
    """
    from scipy import ndimage

    fine = (image - ndimage.gaussian_filter(image, _NOISE_SIGMA))[where]
    return max(float(_MAD * np.median(np.abs(fine - np.median(fine)))) if fine.size else 0.0, 1e-3)

"""Lifted contours: cross-sections drawn on slices, as a field in space that fades with the distance from their planes.

A silhouette leaves the depth open, a contour states it: where the organ is cut by a plane at a known position. Each
contour gives its signed distance in the plane, repeated along the normal and weighed by a Gaussian of the distance;
where several reach a place, their weighted mean counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .lifted import TRUNCATION

CONTOUR_CHANNELS = 2
REACH = 1.0 / 16.0  # of the cube's edge: standard deviation of the Gaussian along the normal


@dataclass(frozen=True, eq=False)
class CrossSection:
    """A contour on a plane of the cube.

    Args:
        axis_kji: The array axis that the plane is perpendicular to.
        position: Where the plane lies along that axis, from the cube's middle, in edges of the cube (−0.5 to 0.5).
        signed: (P, P) float32 of `signed_distance_2d`, axes in array order.
    """

    axis_kji: int
    position: float
    signed: NDArray[np.float32]


def signed_distance_2d(filled: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(P, P) float32 in [−1, 1]: distance to the contour's line, positive inside, truncated at 1/16 of the edge.

    Args:
        filled: (P, P) bool, the cross-section on the cube's face.
    """
    import cv2

    inside = cv2.distanceTransform(filled.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~filled).astype(np.uint8), cv2.DIST_L2, 5)
    signed = np.where(filled, inside - 0.5, 0.5 - outside) / (TRUNCATION * filled.shape[0])
    return np.clip(signed, -1.0, 1.0).astype(np.float32)


def contour_field(sections: Sequence[CrossSection], size: int) -> NDArray[np.float32]:
    """(2, size, size, size) float32, axes kji: weighted signed distance, and the largest weight; zeros without any.

    Args:
        sections: Any number of contours; their pictures have a multiple of `size` pixels.
        size: Cells along an axis.
    """
    total, weights, largest = (np.zeros((size,) * 3, dtype=np.float32) for _ in range(3))
    centres = (np.arange(size, dtype=np.float32) + 0.5) / size - 0.5
    for section in sections:
        block = section.signed.shape[0] // size
        pooled = section.signed.reshape(size, block, size, block).mean(axis=(1, 3))
        shape = [1, 1, 1]
        shape[section.axis_kji] = size
        weight = np.exp(-0.5 * ((centres - section.position) / REACH) ** 2).reshape(shape)
        total += weight * np.expand_dims(pooled, section.axis_kji)
        weights += weight
        largest = np.maximum(largest, weight)
    mean = total / np.maximum(weights, 1e-6)
    return np.stack([mean * largest, largest])


def fold_field(field: Tensor, parts: int) -> Tensor:
    """Fields (N, C, c, c, c) → (N, C·parts³, c/parts, c/parts, c/parts): the parts of a latent cell become channels."""
    blocks = field.unfold(2, parts, parts).unfold(3, parts, parts).unfold(4, parts, parts)  # (N, C, d, d, d, p, p, p)
    return blocks.permute(0, 1, 5, 6, 7, 2, 3, 4).flatten(1, 4)

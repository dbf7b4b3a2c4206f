"""What a mask's surface is like, whatever was asked: rough or smooth, in how many pieces, cut off or not.

Holes (tunnels and cavities) are measured with the other numbers, see `description.metrics`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...frames import VoxelGrid, bounding_box, signed_distance_mm
from ..values import MaskVolume

Floats = NDArray[np.float32]

ROUGHNESS_SCALE_MM = 5.0
_FINE_VOXELS = 0.8  # smooths the stairs of the voxels themselves: a ball is left with 0.06 of a voxel or less
_BAND_VOXELS = 0.5  # half the width of what counts as the surface
_TRUNCATE = 3.0


@dataclass(frozen=True)
class Quality:
    """How well formed a mask is.

    Args:
        roughness_mm: See `roughness_mm`; None for an empty mask.
        components: Pieces that do not touch, by faces, edges or corners.
        largest_share: Volume of the largest piece over that of all, 0–1.
        touches_border: Whether a voxel lies on the cube's border, so that the body may be cut off there.
    """

    roughness_mm: float | None
    components: int
    largest_share: float
    touches_border: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return dict(vars(self))


def quality_of(mask: MaskVolume) -> Quality:
    """The quality of a mask; an empty one has no pieces and no roughness."""
    if mask.is_empty:
        return Quality(None, 0, 0.0, touches_border=False)
    from scipy import ndimage

    box = bounding_box(mask.body)
    labelled, count = ndimage.label(mask.body[box], structure=np.ones((3, 3, 3)))
    sizes = np.bincount(labelled.ravel())[1:]
    at_border = any(s.start == 0 or s.stop == n for s, n in zip(box, mask.grid.shape_kji, strict=True))
    return Quality(roughness_mm(mask.body, mask.grid), count, float(sizes.max() / sizes.sum()), at_border)


def roughness_mm(body: NDArray[np.bool_], grid: VoxelGrid, *, scale_mm: float = ROUGHNESS_SCALE_MM) -> float:
    """RMS distance between a surface and the same surface smoothed, in mm; about 0 for a ball, whatever its size.

    The signed distance field d, smoothed by 0.8 voxels, has the surface at 0. Smoothed by a Gaussian G of `scale_mm` it
    says how far the smooth surface lies from each point of the surface: f = d − G d. A bent surface shifts as a whole
    when it is smoothed (a ball shrinks by scale² / radius), so that the mean of f over the surface around each point,
    weighted by the same Gaussian, is taken off; what is left are bumps and stairs narrower than about four scales.
    The part of the surface that lies on the cube's border is left out: the cube cuts there, not the mask.

    Args:
        body: (D, H, W) bool, not empty.
        grid: Its grid.
        scale_mm: Standard deviation of the Gaussian.

    Raises:
        MaskError: The mask is empty.
    """
    spacing_kji = grid.spacing_mm[::-1]
    part, inside = _grown_box(body, np.ceil(_TRUNCATE * scale_mm / spacing_kji).astype(int))
    fine = _smoothed(signed_distance_mm(part, grid.spacing_mm), np.full(3, _FINE_VOXELS))
    surface = inside * (np.abs(fine) < _BAND_VOXELS * spacing_kji.max())
    sigma = scale_mm / spacing_kji
    off = (fine - _smoothed(fine, sigma)) * surface
    around = _smoothed(off, sigma) / np.maximum(_smoothed(surface, sigma), 1e-6)
    left = (off - around)[surface > 0]
    return float(np.sqrt(np.mean(left.astype(np.float64) ** 2))) if len(left) else 0.0


def _grown_box(body: NDArray[np.bool_], margin_kji: NDArray[np.int_]) -> tuple[NDArray[np.bool_], Floats]:
    """The body in its bounding box and a margin, continued beyond the cube, and 1 where that lies in it, else 0."""
    spans, beyond = [], []
    for box, voxels, margin in zip(bounding_box(body), body.shape, margin_kji, strict=True):
        first, last = box.start - int(margin), box.stop + int(margin)
        spans.append(slice(max(first, 0), min(last, voxels)))
        beyond.append((max(-first, 0), max(last - voxels, 0)))
    part = body[tuple(spans)]
    return np.pad(part, beyond, mode="edge"), np.pad(np.ones(part.shape, dtype=np.float32), beyond)


def _smoothed(values: Floats, sigma_kji: NDArray[np.float64]) -> Floats:
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(values, sigma_kji, mode="nearest", truncate=_TRUNCATE))

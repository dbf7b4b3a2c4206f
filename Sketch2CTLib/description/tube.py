"""Whether a tubular body is a tube: round cross-sections, a radius that changes slowly and never thins to nothing.

A torn ribbon may have the volume, the extents and the silhouette of a vessel; along its centreline it does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .centreline import RAYS, Centreline

Floats = NDArray[np.float64]

TUBE_NAMES = ("roundness_median", "roundness_p05", "radius_change_p95", "smallest_radius_share")
_SMOOTHING = 0.4  # of the median radius: shorter changes of the radius are stairs of the voxels
_LEAST = 1e-9


def tube_statistics(found: Centreline) -> dict[str, float]:
    """How a vessel's cross-sections are along its centreline, in the names of `TUBE_NAMES`; all without a unit.

    A cross-section is the polygon that the rays from the centreline end on: of a branch it holds no more than twice the
    inscribed radius.

    - roundness_median, roundness_p05: median and 5th percentile of 4πA / P² of the cross-sections, over that of a
      regular polygon with as many corners: 1 for circles, 0.79 for squares, 0.5 for a flat ribbon of 1 to 5.
    - radius_change_p95: 95th percentile of |dr/ds|, r the radius of the circle of the same area, smoothed along the
      line by 0.4 of its median.
    - smallest_radius_share: the smallest of these radii over their median.

    Args:
        found: The centreline of the body's largest piece, see `metrics.middle_line`.
    """
    angles = np.linspace(0.0, 2.0 * np.pi, RAYS, endpoint=False)
    corners = found.rays[..., None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)  # (P, RAYS, 2)
    following = np.roll(corners, -1, axis=1)
    areas = 0.5 * (corners[..., 0] * following[..., 1] - following[..., 0] * corners[..., 1]).sum(axis=1)
    perimeters = np.linalg.norm(following - corners, axis=2).sum(axis=1)
    regular = (np.pi / RAYS) / np.tan(np.pi / RAYS)
    roundness = 4.0 * np.pi * areas / np.maximum(perimeters, _LEAST) ** 2 / regular
    radii, change = _along(found.line, np.sqrt(np.maximum(areas, 0.0) / np.pi))
    return {
        "roundness_median": float(np.median(roundness)),
        "roundness_p05": float(np.percentile(roundness, 5)),
        "radius_change_p95": float(np.percentile(change, 95)),
        "smallest_radius_share": float(radii.min() / max(float(np.median(radii)), _LEAST)),
    }


def _along(line: Floats, radii: Floats) -> tuple[Floats, Floats]:
    """(P,) radii smoothed along the line, and the size of their change a length."""
    from scipy import ndimage

    if len(line) < 2:
        return radii, np.zeros_like(radii)
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    sigma = _SMOOTHING * float(np.median(radii)) / max(float(steps.mean()), _LEAST)
    smooth = np.asarray(ndimage.gaussian_filter1d(radii, sigma, mode="nearest")) if sigma > 0 else radii
    walked = np.concatenate([[0.0], np.cumsum(np.maximum(steps, _LEAST))])
    return smooth, np.abs(np.gradient(smooth, walked))

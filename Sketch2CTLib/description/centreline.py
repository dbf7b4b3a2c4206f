"""The centreline of a tubular organ: length, calibre and tortuosity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..frames import VoxelGrid, smooth_field

Floats = NDArray[np.float64]

FINEST_STEPS, COARSEST_STEPS = 320, 160  # working voxels along the longest side
RAYS, RAY_STEPS = 24, 81
CENTRING = 2.0  # power of the distance to the surface that a path through the middle pays less for


@dataclass(frozen=True, eq=False)
class Centreline:
    """The longest way through a tubular body, on isotropic voxels.

    Args:
        line: (P, 3) points in voxels from one end to the other.
        ends: (2, 3) where it comes to the surface before its first and after its last point.
        rays: (P, RAYS) voxels to the surface at right angles to the line, evenly around it.
        spacing_mm: Of the voxels.
    """

    line: Floats
    ends: Floats
    rays: Floats
    spacing_mm: float


def centreline(body: NDArray[np.bool_], grid: VoxelGrid, least_steps: int = COARSEST_STEPS) -> Centreline:
    """The body's longest way, led through its middle.

    The largest piece is brought to isotropic voxels. Its ends are the two voxels farthest apart inside it; between
    them runs the cheapest path where a step costs 1/d², d the distance to the surface (a skeleton by thinning is not
    used: on straight tubes an even number of voxels wide it collapses to a few voxels). The path is smoothed and
    continued straight to the surface at both ends. Cross-sections are seen by rays at right angles to the path; rays
    that leave through a branch end at twice the inscribed radius.

    Args:
        body: (D, H, W) bool with an empty rim.
        grid: Its grid, not sheared.
        least_steps: Working voxels along the longest side; with fewer than its own it keeps its voxels.
    """
    from scipy import ndimage

    field, level, spacing_mm = _isotropic(body, grid, least_steps)
    solid = _largest_piece(field >= level)
    depth = ndimage.distance_transform_edt(solid)
    path = _trimmed(_middle_path(solid, depth), depth)
    inscribed = ndimage.maximum_filter(depth, size=3)[tuple(path.T)]
    line = _smoothed(path.astype(np.float64), sigma=max(1.5, 0.5 * float(np.median(inscribed))))
    tangents = _tangents(line)
    rays = _rays(field, level, line, tangents, inscribed)
    return Centreline(line, _at_surface(field, level, line, tangents), rays, spacing_mm)


def centreline_numbers(found: Centreline) -> dict[str, float]:
    """What is said of a centreline.

    Returns:
        centreline_length_mm with both ends; mean_cross_section_diameter_mm, max_cross_section_diameter_mm of the circle
        with the area that the rays see; tortuosity = length / distance of the ends (≥ 1).
    """
    line_mm = np.concatenate([found.ends[:1], found.line, found.ends[1:]]) * found.spacing_mm
    radii_mm = np.sqrt(np.mean(found.rays**2, axis=1)) * found.spacing_mm
    length = float(np.linalg.norm(np.diff(line_mm, axis=0), axis=1).sum())
    chord = float(np.linalg.norm(line_mm[-1] - line_mm[0]))
    return {
        "centreline_length_mm": length,
        "mean_cross_section_diameter_mm": 2.0 * float(radii_mm.mean()),
        "max_cross_section_diameter_mm": 2.0 * float(radii_mm.max()),
        "tortuosity": max(1.0, length / max(chord, 1e-6)),
    }


def _isotropic(body: NDArray[np.bool_], grid: VoxelGrid, least_steps: int) -> tuple[NDArray[np.float32], float, float]:
    """The body as a smooth field on isotropic voxels, its level, and the spacing in mm."""
    from scipy import ndimage

    spacing_kji = grid.spacing_mm[::-1]
    longest = float(np.max(np.array(body.shape) * spacing_kji))
    step = float(np.clip(spacing_kji.min(), longest / FINEST_STEPS, longest / least_steps))
    field, level = smooth_field(body, grid)
    shape = np.ceil(np.array(body.shape) * spacing_kji / step).astype(int)
    fine = ndimage.affine_transform(field, step / spacing_kji, output_shape=tuple(shape), order=1, mode="constant")
    return np.pad(fine, 1), level, step


def _largest_piece(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage

    pieces, count = ndimage.label(solid, np.ones((3, 3, 3)))
    return solid if count <= 1 else np.asarray(pieces == np.bincount(pieces.ravel())[1:].argmax() + 1)


def _middle_path(solid: NDArray[np.bool_], depth: Floats) -> NDArray[np.int64]:
    """(P, 3) voxels from one far end to the other, keeping away from the surface."""
    from skimage.graph import MCP_Geometric

    inside = np.argwhere(solid)
    walk = MCP_Geometric(np.where(solid, 1.0, -1.0))
    end = inside[0]
    for _ in range(2):
        start = end
        far, _ = walk.find_costs([tuple(start)])
        end = inside[np.argmax(far[solid])]
    middle = MCP_Geometric(np.where(solid, np.maximum(depth, 1.0) ** -CENTRING, -1.0))
    middle.find_costs([tuple(start)], [tuple(end)])
    return np.array(middle.traceback(tuple(end)), dtype=np.int64)


def _trimmed(path: NDArray[np.int64], depth: Floats) -> NDArray[np.int64]:
    """The path without the pieces that turn from the middle into a corner of its ends."""
    bounds = []
    for way in (path, path[::-1]):
        walked = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1))])
        free = np.flatnonzero(walked >= 1.5 * depth[tuple(way.T)])
        bounds.append(int(free[0]) if len(free) else len(path))
    first, last = bounds[0], len(path) - bounds[1]
    return path[first:last] if last - first >= 2 else path


def _at_surface(field: NDArray[np.float32], level: float, line: Floats, tangents: Floats) -> Floats:
    """(2, 3) points of the surface straight before the line's first point and after its last."""
    from scipy import ndimage

    reach = np.arange(0.0, float(max(field.shape)), 0.1)
    ends = []
    for origin, direction in ((line[0], -tangents[0]), (line[-1], tangents[-1])):
        points = origin + reach[:, None] * direction
        inside = ndimage.map_coordinates(field, points.T, order=1) >= level
        ends.append(origin + direction * reach[max(int(np.cumprod(inside).sum()) - 1, 0)])
    return np.stack(ends)


def _tangents(line: Floats) -> Floats:
    """(P, 3) unit vectors along the line."""
    if len(line) < 2:
        return np.tile([1.0, 0.0, 0.0], (len(line), 1))
    along = np.gradient(line, axis=0)
    return np.asarray(along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9))


def _rays(field: NDArray[np.float32], level: float, line: Floats, tangents: Floats, inscribed: Floats) -> Floats:
    """(P, RAYS) voxels from each point of the line to the surface, at right angles to it."""
    from scipy import ndimage

    first = np.cross(tangents, np.eye(3)[np.argmin(np.abs(tangents), axis=1)])
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(tangents, first)
    angles = np.linspace(0.0, 2.0 * np.pi, RAYS, endpoint=False)
    rays = np.cos(angles)[:, None] * first[:, None] + np.sin(angles)[:, None] * second[:, None]  # (P, RAYS, 3)
    reach = np.linspace(0.0, 2.0, RAY_STEPS)[None] * (inscribed[:, None] + 1.0)  # (P, RAY_STEPS)
    points = line[:, None, None] + rays[:, :, None] * reach[:, None, :, None]
    inside = ndimage.map_coordinates(field, np.moveaxis(points, -1, 0), order=1) >= level
    steps = np.cumprod(inside, axis=2).sum(axis=2)  # samples before the first one outside
    return np.asarray(np.maximum(steps - 0.5, 0.0) * (reach[:, 1] - reach[:, 0])[:, None])


def _smoothed(path_mm: Floats, sigma: float) -> Floats:
    """The path without its voxel stairs; straight lines and the ends stay as they are."""
    from scipy import ndimage

    reach = min(len(path_mm) - 1, int(3 * sigma) + 1)
    if reach < 1:
        return path_mm
    padded = np.pad(path_mm, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    smooth = ndimage.gaussian_filter1d(padded, sigma, axis=0, mode="nearest")
    return np.asarray(smooth[reach:-reach])

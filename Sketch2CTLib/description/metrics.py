"""Numbers measured from a mask, in mm and mL, along the patient's axes whatever the grid's order and direction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MaskError
from ..frames import VoxelGrid, cropped, evenly_sliced, smooth_field

if TYPE_CHECKING:
    from .centreline import Centreline

Floats = NDArray[np.float64]

VERSION = 3  # of what the numbers mean; prepared numbers of an older one are measured again
AXES = ("rl", "ap", "si")
PLATEAU = 0.95
PROFILE_SMOOTHING = 0.02
_PAD = 3
_FINEST = 128  # parts of the body's length, into which thick slices are divided at most


def measure(
    mask_kji: NDArray[Any],
    grid: VoxelGrid,
    *,
    tubular: bool = False,
    precise: bool = True,
    line: Centreline | None = None,
) -> dict[str, float]:
    """Every quantity of a mask, by name, in the order of `QUANTITIES`; all values are finite and possible.

    Volume, extents, positions and moments are those of the voxels as boxes; for surface, diameter, topology and
    centreline the body between thick slices is interpolated by shape (`frames.evenly_sliced`).

    - volume_ml: voxels × voxel volume. surface_area_cm2: marching cubes on the mask smoothed by 0.8 voxels, at the
      level that keeps the volume.
    - extent_*: outer bounds. spread_*: standard deviation of the body's points. widest_*: middle of the slices
      around the largest cross-section that have at least 95 % of its area. centroid_*: centre of mass. Positions
      are 0 at the left, back and bottom of the extent, 1 at the right, front and top.
    - major, middle, minor axis: full axes 2√(5λ) of the solid ellipsoid with the same second moments.
      elongation = major / middle, flatness = middle / minor (≥ 1, as in ITK).
    - max_diameter_mm: largest distance of two surface points. min_diameter_mm: shortest side of the box along the
      principal axes.
    - sphericity = π^⅓ (6V)^⅔ / A. compactness = 36π V² / A³.
    - components: pieces that do not touch (26-neighbourhood). holes: tunnels plus enclosed cavities
      (b₁ + b₂ with b₀ − b₁ + b₂ the Euler number) of the smoothed mask, so that label noise of a voxel is none.
    - Tubular organs only: see `centreline.centreline_numbers`.

    Args:
        mask_kji: (D, H, W), non-zero inside.
        grid: Its grid; any axis order, direction and spacing.
        tubular: Also measure the centreline.
        precise: Whether the slow ones are measured too (at present the centreline).
        line: The centreline, where `middle_line` found it before.

    Raises:
        MaskError: The mask is not 3D, does not fit its grid, is empty, or has a size that no organ can have.
    """
    inside = _checked(mask_kji, grid)
    body, body_grid = _evenly(inside, grid)
    points_ras = grid.to_ras(np.argwhere(inside)[:, ::-1])
    volume_ml = len(points_ras) * grid.voxel_ml
    numbers = {"volume_ml": volume_ml} | _along_axes(points_ras, grid)
    _require_possible(numbers)
    field, level = smooth_field(body, body_grid, slices_mm=float(grid.spacing_mm.max()))
    vertices_ras, area_cm2 = _surface(field, level, body_grid)
    # A body of a few voxels has no smooth surface: never less than the ball of its volume.
    numbers["surface_area_cm2"] = max(area_cm2, (36 * math.pi) ** (1 / 3) * volume_ml ** (2 / 3))
    numbers |= _principal(points_ras, grid)
    longest = max(numbers[f"extent_{axis}_mm"] for axis in AXES)
    ball_mm = (6000.0 * volume_ml / math.pi) ** (1 / 3)
    feret_mm = _max_feret(vertices_ras)  # of the smoothed surface: specks beside a body are not on it
    numbers["max_diameter_mm"] = max(feret_mm, longest, ball_mm, numbers["min_diameter_mm"])
    numbers["sphericity"] = min(1.0, (36 * math.pi * volume_ml**2) ** (1 / 3) / numbers["surface_area_cm2"])
    numbers["compactness"] = numbers["sphericity"] ** 3
    numbers |= _topology(body, field >= level)
    if tubular and precise:
        from .centreline import centreline, centreline_numbers

        numbers |= centreline_numbers(centreline(body, body_grid) if line is None else line)
    return _ordered(numbers)


def middle_line(mask_kji: NDArray[Any], grid: VoxelGrid) -> Centreline:
    """The centreline of a mask, as `measure` takes it; see `centreline.centreline`.

    Args:
        mask_kji: (D, H, W), non-zero inside.
        grid: Its grid; any axis order, direction and spacing.

    Raises:
        MaskError: The mask is not 3D, does not fit its grid, or is empty.
    """
    from .centreline import centreline

    return centreline(*_evenly(_checked(mask_kji, grid), grid))


def _require_possible(numbers: dict[str, float]) -> None:
    """Sizes are refused, never brought within bounds: a spacing in another unit would pass as an organ."""
    from .quantities import quantity

    for name in ("volume_ml", *(f"extent_{axis}_mm" for axis in AXES)):
        known, value = quantity(name), numbers[name]
        if not known.low <= value <= known.high:
            more = value > known.high
            raise MaskError(
                f"The body has a {known.title[0].lower()}{known.title[1:]} of {value:,.6g} {known.unit}, "
                f"{known.high if more else known.low:,g} {known.unit} is the {'most' if more else 'least'}.",
                hint="Check the file's spacing: it must be in mm.",
            )


def _ordered(numbers: dict[str, float]) -> dict[str, float]:
    from .quantities import QUANTITIES

    return {
        q.name: float(min(max(numbers[q.name], q.low), q.high))
        for q in QUANTITIES
        if q.name in numbers and math.isfinite(numbers[q.name])
    }


def _checked(mask_kji: NDArray[Any], grid: VoxelGrid) -> NDArray[np.bool_]:
    mask = np.asarray(mask_kji)
    if mask.ndim != 3 or min(mask.shape, default=0) < 2:
        raise MaskError(
            f"The mask has shape {'×'.join(map(str, mask.shape))}, a 3D volume is needed.",
            hint="Give the whole volume, not a single slice.",
        )
    if mask.shape != grid.shape_kji:
        raise MaskError(f"A mask of shape {mask.shape} does not fit a grid of {grid.shape_kji}.")
    inside = mask if mask.dtype == np.bool_ else mask != 0
    if not inside.any():
        raise MaskError("The mask is empty: no voxel is set.", hint="Check the label value and the file.")
    return inside


def _evenly(inside: NDArray[np.bool_], grid: VoxelGrid) -> tuple[NDArray[np.bool_], VoxelGrid]:
    """The body in its box with a rim, thick slices divided as finely as the body's numbers need."""
    longest_mm = float((np.array(cropped(inside, grid, 0)[0].shape[::-1]) * grid.spacing_mm).max())
    return cropped(*evenly_sliced(inside, grid, finest_mm=longest_mm / _FINEST), _PAD)


def _surface(field: NDArray[np.float32], level: float, grid: VoxelGrid) -> tuple[Floats, float]:
    """(V, 3) surface points in RAS and the area in cm²; sheared and mirrored grids are measured as they are."""
    from skimage.measure import marching_cubes

    vertices_kji, faces, _, _ = marching_cubes(field, level)
    vertices = grid.to_ras(vertices_kji[:, ::-1])
    first, second, third = (vertices[faces[:, corner]] for corner in range(3))
    area_mm2 = np.linalg.norm(np.cross(second - first, third - first), axis=1).sum() / 2
    return vertices, float(area_mm2) / 100.0


def _along_axes(points_ras: Floats, grid: VoxelGrid) -> dict[str, float]:
    """Extents, spreads and positions along R, A and S."""
    widths = np.linalg.norm(grid.ijk_to_ras[:3, :3], axis=1)  # of a voxel along R, A, S
    variance = np.diag(_covariance(points_ras, grid))
    numbers: dict[str, float] = {}
    for axis, name in enumerate(AXES):
        along, width = points_ras[:, axis], float(widths[axis])
        low = float(along.min()) - width / 2
        extent = float(along.max()) + width / 2 - low
        numbers[f"extent_{name}_mm"] = extent
        numbers[f"spread_{name}_mm"] = math.sqrt(variance[axis])
        numbers[f"widest_{name}"] = _widest(along - low, extent, width)
        numbers[f"centroid_{name}"] = (float(along.mean()) - low) / extent
    return numbers


def _widest(along_mm: Floats, extent_mm: float, step_mm: float) -> float:
    """Where the largest cross-section lies, 0…1; the middle of its plateau."""
    from scipy import ndimage

    bins = max(1, round(extent_mm / step_mm))
    place = along_mm / extent_mm * bins - 0.5
    lower = np.floor(place + 1e-6).astype(np.int64)
    share = np.clip(place - lower, 0.0, 1.0)
    profile = np.bincount(lower + 1, 1.0 - share, minlength=bins + 2)[: bins + 2]
    profile = profile + np.bincount(lower + 2, share, minlength=bins + 3)[: bins + 2]
    profile = ndimage.gaussian_filter1d(profile[1:-1], PROFILE_SMOOTHING * bins, mode="nearest")
    peak = int(np.argmax(profile))
    wide = profile >= PLATEAU * profile[peak]
    first = last = peak
    while first > 0 and wide[first - 1]:
        first -= 1
    while last < bins - 1 and wide[last + 1]:
        last += 1
    return ((first + last) / 2 + 0.5) / bins


def _covariance(points_ras: Floats, grid: VoxelGrid) -> Floats:
    """(3, 3) second moments of the body in mm²: of the voxel centres, plus those of a voxel itself."""
    matrix = grid.ijk_to_ras[:3, :3]
    centred = points_ras - points_ras.mean(axis=0)
    return np.asarray(centred.T @ centred / len(points_ras) + matrix @ matrix.T / 12.0)


def _principal(points_ras: Floats, grid: VoxelGrid) -> dict[str, float]:
    """Axes of the equivalent ellipsoid, their ratios, and the oriented box's shortest side."""
    values, vectors = np.linalg.eigh(_covariance(points_ras, grid))
    minor, middle, major = 2.0 * np.sqrt(5.0 * np.maximum(values, 1e-12))
    sides = np.ptp(points_ras @ vectors, axis=0) + np.linalg.norm(grid.ijk_to_ras[:3, :3].T @ vectors, axis=0)
    return {
        "major_axis_mm": float(major),
        "middle_axis_mm": float(middle),
        "minor_axis_mm": float(minor),
        "min_diameter_mm": float(sides.min()),
        "elongation": float(major / middle),
        "flatness": float(middle / minor),
    }


def _max_feret(vertices_ras: Floats) -> float:
    """Largest distance between two surface points, on the convex hull."""
    from scipy.spatial import ConvexHull, QhullError
    from scipy.spatial.distance import cdist

    try:
        corners = vertices_ras[ConvexHull(vertices_ras).vertices]
    except QhullError:
        corners = vertices_ras[:: max(1, len(vertices_ras) // 2000)]
    chunks = range(0, len(corners), 1000)
    return max(float(cdist(corners[start : start + 1000], corners[start:]).max()) for start in chunks)


def _topology(body: NDArray[np.bool_], smooth: NDArray[np.bool_]) -> dict[str, float]:
    """Pieces of the mask, and tunnels plus cavities of the smoothed one: scratches between voxels are not counted.

    The body touches itself by faces, edges and corners, the outside by faces.
    """
    from scipy import ndimage
    from skimage.measure import euler_number

    touching = np.ones((3, 3, 3))
    _, components = ndimage.label(body, touching)
    _, pieces = ndimage.label(smooth, touching)
    _, outside = ndimage.label(~smooth)
    cavities = outside - 1
    tunnels = pieces + cavities - int(euler_number(smooth, connectivity=3))
    return {"components": float(components), "holes": float(tunnels + cavities)}

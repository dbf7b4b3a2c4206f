"""What a body's surface is like, whatever was asked: rough, spiky, cut flat, in crumbs. Numbers of a mask, torch-free.

All lengths are in mm and follow from the structure's voxel, that is its catalog cube over 128, so that they are the
same on every grid; the ranges of real masks (`surface_ranges`) hold for grids of about that voxel, since finer and
coarser ones have other stairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..frames import VIEWS, VoxelGrid, bounding_box, signed_distance_mm, smooth_field

Floats = NDArray[np.float32]

SURFACE_NAMES = ("roughness_mm", "opened_share", "flat_share", "wall_share", "beside_share", "pieces")
CUBE_VOXELS = 128  # along the catalog's cube: the voxel that scales are told in
SCALE_VOXELS = 2.0  # of roughness and opening

_FINE_VOXELS = 0.8  # smooths the stairs of the voxels themselves: a ball is left with 0.06 of a voxel or less
_BAND_VOXELS = 0.5  # half the width of what counts as the surface
_TRUNCATE = 3.0
_STAIR_VOXELS = 0.5  # farther from the opened body than its stairs reach
_NEAR_VOXELS = 0.5  # of an end of the body, for what lies flat on it
_RIM_VOXELS = 0.75  # of the outline, for what stands behind it
_PARALLEL = float(np.sin(np.radians(10.0)))
_RIM = 4  # voxels of nothing around the body


@dataclass(frozen=True, eq=False)
class _Mesh:
    """Triangles of the smoothed body: (T, 3) middles in voxels of `part`, (T, 3) normals in mm, (T,) areas in mm²."""

    part: NDArray[np.bool_]
    middles: NDArray[np.float64]
    normals: NDArray[np.float64]
    areas: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def voxel_mm(structure: str) -> float:
    """The voxel that a structure's scales are told in; UnknownStructure where the catalog has none of that name."""
    return catalog.structure(structure).cube_mm / CUBE_VOXELS


def surface_statistics(body: NDArray[np.bool_], grid: VoxelGrid, structure: str) -> dict[str, float]:
    """The surface of a body in the names of `SURFACE_NAMES`.

    - roughness_mm: see `roughness_mm`, at a scale of two voxels of the structure.
    - opened_share: share of the volume that a morphological opening by a ball of two voxels' radius removes: spikes,
      thin sheets, crumbs. What lies within half a voxel of the opened body is its stairs and does not count.
    - flat_share: share of the surface that lies within half a voxel of the body's own ends along the axes and is
      parallel to them by 10°: what was cut off at an extent.
    - wall_share: share of the surface that stands upright (by 10°) behind the outline of the structure's default view,
      within three quarters of a voxel of it: what was carved out of a silhouette.
    - beside_share: share of the volume outside the largest piece; pieces: how many do not touch by faces, edges or
      corners.

    Args:
        body: (D, H, W) bool, not empty.
        grid: Its grid, a RAS cube of any resolution.
        structure: Catalog name.

    Raises:
        MaskError: The mask is empty.
        UnknownStructure: The catalog has no such structure.
    """
    from scipy import ndimage

    scale_mm = SCALE_VOXELS * voxel_mm(structure)
    part, inside = _grown_box(body, np.ceil(_TRUNCATE * scale_mm / grid.spacing_mm[::-1]).astype(int))
    distance = signed_distance_mm(part, grid.spacing_mm)
    mesh = _mesh(body, grid)
    labelled, pieces = ndimage.label(body[bounding_box(body)], structure=np.ones((3, 3, 3)))
    sizes = np.bincount(labelled.ravel())[1:]
    return {
        "roughness_mm": _roughness_mm(distance, inside, grid, scale_mm),
        "opened_share": _opened_share(part & (inside > 0), distance, grid, scale_mm),
        "flat_share": _flat_share(mesh),
        "wall_share": _wall_share(mesh, VIEWS[catalog.structure(structure).view].axis_kji),
        "beside_share": float(1.0 - sizes.max() / sizes.sum()),
        "pieces": float(pieces),
    }


def roughness_mm(body: NDArray[np.bool_], grid: VoxelGrid, *, scale_mm: float) -> float:
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
    part, inside = _grown_box(body, np.ceil(_TRUNCATE * scale_mm / grid.spacing_mm[::-1]).astype(int))
    return _roughness_mm(signed_distance_mm(part, grid.spacing_mm), inside, grid, scale_mm)


def _roughness_mm(distance: Floats, inside: Floats, grid: VoxelGrid, scale_mm: float) -> float:
    spacing_kji = grid.spacing_mm[::-1]
    fine = _smoothed(distance, np.full(3, _FINE_VOXELS))
    surface = inside * (np.abs(fine) < _BAND_VOXELS * spacing_kji.max())
    sigma = scale_mm / spacing_kji
    off = (fine - _smoothed(fine, sigma)) * surface
    around = _smoothed(off, sigma) / np.maximum(_smoothed(surface, sigma), 1e-6)
    left = (off - around)[surface > 0]
    return float(np.sqrt(np.mean(left.astype(np.float64) ** 2))) if len(left) else 0.0


def _opened_share(part: NDArray[np.bool_], distance: Floats, grid: VoxelGrid, radius_mm: float) -> float:
    """Share of a part's voxels that no ball of that radius inside the body reaches."""
    core = distance >= radius_mm
    if not core.any():
        return 1.0
    if core.all():
        return 0.0
    reach = radius_mm + _STAIR_VOXELS * float(grid.spacing_mm.max())
    half = 0.5 * float(grid.spacing_mm.min())
    reached = signed_distance_mm(core, grid.spacing_mm) - half >= -reach  # of centres, not of the core's border
    return float(np.count_nonzero(part & ~reached)) / float(np.count_nonzero(part))


def _mesh(body: NDArray[np.bool_], grid: VoxelGrid) -> _Mesh:
    from skimage.measure import marching_cubes

    part = np.pad(body[bounding_box(body)], _RIM)
    vertices, faces, _, _ = marching_cubes(*smooth_field(part, grid))
    first, second, third = (vertices[faces[:, corner]].astype(np.float64) for corner in range(3))
    spacing_kji = grid.spacing_mm[::-1]
    across = np.cross((second - first) * spacing_kji, (third - first) * spacing_kji)
    twice = np.linalg.norm(across, axis=1)
    normals = across / np.maximum(twice, 1e-12)[:, None]
    return _Mesh(part, (first + second + third) / 3, normals, twice / 2, vertices.min(axis=0), vertices.max(axis=0))


def _flat_share(mesh: _Mesh) -> float:
    facing = mesh.normals**2 > 1.0 - _PARALLEL**2  # (T, 3): by less than 10° from each axis
    near = (mesh.middles - mesh.low < _NEAR_VOXELS) | (mesh.high - mesh.middles < _NEAR_VOXELS)
    return float(mesh.areas[(facing & near).any(axis=1)].sum() / mesh.areas.sum())


def _wall_share(mesh: _Mesh, axis: int) -> float:
    from scipy import ndimage

    upright = np.abs(mesh.normals[:, axis]) < _PARALLEL
    depth = ndimage.distance_transform_edt(mesh.part.any(axis=axis))
    seen = np.delete(mesh.middles, axis, axis=1)
    rim = ndimage.map_coordinates(depth, seen.T, order=1) < _RIM_VOXELS
    return float(mesh.areas[upright & rim].sum() / mesh.areas.sum())


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

"""Bodies between slices: a mask's signed distance, and the mask on other grids by shape-based interpolation.

A voxel is a box: half of it belongs to the body beyond its centre, along each axis half of *that* axis's spacing.
Between two thick slices the border runs from one contour to the next, so that thick slices leave no stairs, and the
slab between them holds as much of the body as its voxels do.

Reference: Raya and Udupa, "Shape-based interpolation of multidimensional objects", IEEE TMI 1990. The share of a slab
under each piece between two contours is kept; theirs loses the ends of a body.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..errors import MaskError
from .grid import VoxelGrid, resample
from .plane import view

Bools = NDArray[np.bool_]

_UNEVEN = 1.25  # times the finest spacing: thicker slices are divided
_MARGIN = 2  # voxels of nothing around a body
_MOST_VOXELS = 2**27  # of a divided body; slices are divided less often where it would be larger
_HALVINGS = 24  # of the interval in which an exponent is sought
_SHIFT = 0.25  # of a target voxel: how far the surface may be moved to keep the volume
_HAIR = (1e-3, 8e-4, 6e-4)  # of a voxel
_FAR_MM = -1e3  # where a body's own box ends
SMOOTHING_VOXELS = 0.8
STAIR_SMOOTHING = 0.5  # of the thickest voxel side, so that thick slices leave no stairs
_VOLUME = 0.002  # what the volume may be off without that


def bounding_box(mask: Bools) -> tuple[slice, slice, slice]:
    """The smallest slices (k, j, i) that hold every true voxel.

    Raises:
        MaskError: The mask is empty.
    """
    slices = []
    for axis in range(3):
        hits = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        if len(hits) == 0:
            raise MaskError("The mask is empty.", hint="Check the label value.")
        slices.append(slice(int(hits[0]), int(hits[-1]) + 1))
    return slices[0], slices[1], slices[2]


def cut_of(body: Bools, grid: VoxelGrid, name: str, position_mm: float) -> Bools:
    """(rows, columns) bool: the cut of a body on a cube in a plane, by shape between the middles of two layers.

    Args:
        body: (D, H, W).
        grid: Its cube.
        name: The standard view that the plane is across.
        position_mm: RAS coordinate of the plane along the view; outside of the cube there is nothing.
    """
    plane = view(name)
    layers, at = np.moveaxis(body, plane.axis_kji, 0), grid.index_at(plane.axis_ras, position_mm)
    if not -0.5 <= at <= len(layers) - 0.5:
        return np.zeros(layers.shape[1:], dtype=np.bool_)
    low = int(np.clip(np.floor(at), 0, len(layers) - 2))
    share, near = float(np.clip(at - low, 0.0, 1.0)), layers[min(int(np.floor(at + 0.5)), len(layers) - 1)]
    if not (layers[low].any() and layers[low + 1].any()):
        return plane.to_picture(near)
    first, second = (_signed_2d(layer) for layer in (layers[low], layers[low + 1]))
    return plane.to_picture((1.0 - share) * first + share * second > 0)


def _signed_2d(layer: Bools) -> NDArray[np.float64]:
    """Signed distance of a layer to its border in pixels, positive inside."""
    from scipy.ndimage import distance_transform_edt

    padded = np.pad(layer, 1)
    inside, outside = distance_transform_edt(padded), distance_transform_edt(~padded)
    return np.asarray(np.where(padded, inside - 0.5, 0.5 - outside)[1:-1, 1:-1])


def signed_distance_mm(
    mask: Bools, spacing_ijk_mm: NDArray[np.float64], *, reach_mm: float | None = None
) -> NDArray[np.float32]:
    """Signed distance to the mask's border in mm, positive inside; zero lies midway between the voxels of a face.

    Args:
        mask: (D, H, W) with voxels inside and outside.
        spacing_ijk_mm: (3,) voxel sides.
        reach_mm: Where the distance is cut off on both sides, if it is; what lies farther from the mask costs nothing.

    Reference: Maurer, Qi and Raghavan, "A linear time algorithm for computing exact Euclidean distance transforms",
    IEEE TPAMI 2003 (ITK's filter, which measures to the nearest voxel's centre on the other side).
    """
    if reach_mm is not None:
        signed = np.full(mask.shape, -reach_mm, dtype=np.float32)
        if mask.any():
            margins = np.ceil(reach_mm / spacing_ijk_mm[::-1]).astype(int) + 1
            box = tuple(
                slice(max(0, s.start - m), s.stop + m) for s, m in zip(bounding_box(mask), margins, strict=True)
            )
            signed[box] = np.clip(signed_distance_mm(mask[box], spacing_ijk_mm), -reach_mm, reach_mm)
        return signed
    half = np.float32(0.5 * float(np.min(spacing_ijk_mm)))
    outside, inside = (_distance_to(part, spacing_ijk_mm) for part in (mask, ~mask))
    return np.where(mask, inside - half, half - outside).astype(np.float32)


def _distance_to(mask: Bools, spacing_ijk_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """Distance of every voxel outside the mask to the nearest centre inside, in mm; 0 or less within."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(mask.view(np.uint8))
    image.SetSpacing([float(s) for s in spacing_ijk_mm])
    distance = sitk.SignedMaurerDistanceMap(image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True)
    return np.asarray(sitk.GetArrayFromImage(distance))


def middle_and_extent(mask: Bools, grid: VoxelGrid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle (RAS mm) and extents (R–L, A–P, S–I in mm) of the box in RAS around the mask's voxels.

    Raises:
        MaskError: The mask is empty.
    """
    box = bounding_box(mask)
    local = np.argwhere(mask[box])[:, ::-1] + np.array([s.start for s in box])[::-1]
    points = grid.to_ras(local)
    half = np.abs(grid.ijk_to_ras[:3, :3]).sum(axis=1) / 2
    low, high = points.min(axis=0) - half, points.max(axis=0) + half
    return (low + high) / 2, high - low


def cube_around(mask: Bools, grid: VoxelGrid, size_mm: float, voxels: int) -> VoxelGrid:
    """The RAS cube in whose middle the mask's box lies, within half a voxel: its faces meet faces of voxels.

    A box of an odd number of voxels in a cube of an even number lies half a voxel aside; centred, it would have one
    voxel more or less.

    Raises:
        MaskError: The mask is empty.
    """
    middle, extent = middle_and_extent(mask, grid)
    spacing = size_mm / voxels
    odd = (np.rint(extent / spacing) + voxels) % 2 == 1
    return VoxelGrid.ras_cube(middle + np.where(odd, spacing / 2, 0.0), size_mm, voxels)


def cropped(mask: Bools, grid: VoxelGrid, margin: int = _MARGIN) -> tuple[Bools, VoxelGrid]:
    """The body in its bounding box with a margin of empty voxels, and that box's grid.

    Raises:
        MaskError: The mask is empty.
    """
    box = bounding_box(mask)
    body = np.pad(mask[box], margin)
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] = grid.to_ras([box[2].start - margin, box[1].start - margin, box[0].start - margin])
    return body, VoxelGrid((body.shape[0], body.shape[1], body.shape[2]), affine)


def evenly_sliced(mask: Bools, grid: VoxelGrid, finest_mm: float = 0.0) -> tuple[Bools, VoxelGrid]:
    """The body on voxels of nearly even sides: thick slices are divided, the body between them interpolated by shape.

    Args:
        mask: (D, H, W); grid: its own, of any axis order, direction and spacing.
        finest_mm: Slices are divided down to the finest of the three spacings, but not below this.

    Returns:
        The body cropped with a margin, and its grid; as it was cropped where its voxels are even already.

    Raises:
        MaskError: The mask is empty.
    """
    body, body_grid = cropped(mask, grid)
    wanted_mm = max(float(grid.spacing_mm.min()), finest_mm)
    for axis_kji in np.argsort(-grid.spacing_mm[::-1], kind="stable"):
        spacing_mm = float(body_grid.spacing_mm[2 - axis_kji])
        parts = math.ceil(spacing_mm / wanted_mm - 1e-6) if spacing_mm > _UNEVEN * wanted_mm else 1
        parts = min(parts, max(1, _MOST_VOXELS // body.size))
        if parts > 1:
            body, body_grid = _divided(body, body_grid, int(axis_kji), parts)
    return body, body_grid


def _divided(body: Bools, grid: VoxelGrid, axis_kji: int, parts: int) -> tuple[Bools, VoxelGrid]:
    """Each slice across an axis as `parts` thinner ones."""
    slices = np.moveaxis(body, axis_kji, 0)
    sides_mm = np.delete(grid.spacing_mm[::-1], axis_kji)
    fine = np.repeat(slices, parts, axis=0)
    for index in range(len(slices) - 1):
        lower, upper = slices[index], slices[index + 1]
        heights = _heights(lower, upper, sides_mm)
        if heights is not None:
            # Places of the thin slices between both middles, 0 (lower) to 1 (upper).
            first = index * parts + (parts + 1) // 2
            places = (np.arange(first, first + parts) + 0.5 - (index + 0.5) * parts) / parts
            between = (places > 0) & (places < 1)
            inside = (lower & upper) | np.where(lower, places[:, None, None] < heights, places[:, None, None] > heights)
            fine[first : first + parts][between] = (inside & (lower | upper))[between]
    affine = grid.ijk_to_ras.copy()
    column = 2 - axis_kji
    affine[:3, 3] -= affine[:3, column] * (0.5 - 0.5 / parts)
    affine[:3, column] /= parts
    thin = np.ascontiguousarray(np.moveaxis(fine, 0, axis_kji))
    return thin, VoxelGrid((thin.shape[0], thin.shape[1], thin.shape[2]), affine)


def _heights(lower: Bools, upper: Bools, sides_mm: NDArray[np.float64]) -> NDArray[np.float32] | None:
    """Where the border crosses between two slices, 0 (lower) to 1 (upper), where just one of them holds the body.

    A piece between two contours is crossed in proportion to the distances from both, bent so that its mean is one
    half: as much as the voxels hold. A piece that meets no contour of the other slice ends halfway.
    """
    from scipy import ndimage

    if np.array_equal(lower, upper) or not (lower.any() and upper.any()):
        return None
    both, touching = lower & upper, np.ones((3, 3))
    heights = np.full(lower.shape, 0.5, np.float32)
    for one, downwards in ((lower, False), (upper, True)):
        only = one & ~both
        if not only.any():
            continue
        outer = ndimage.distance_transform_edt(np.pad(one, 1), sampling=sides_mm)[1:-1, 1:-1]
        inner = ndimage.distance_transform_edt(~both, sampling=sides_mm) if both.any() else np.zeros_like(outer)
        share = outer / np.maximum(outer + inner, np.finfo(np.float64).tiny)
        labelled, count = ndimage.label(only, touching)
        meets = np.unique(labelled[ndimage.binary_dilation(both, touching)])
        for piece, box in enumerate(ndimage.find_objects(labelled, count), 1):
            if piece in meets:
                place = labelled[box] == piece
                bent = _bent_to_half(share[box][place])
                heights[box][place] = 1.0 - bent if downwards else bent
    return heights


def _bent_to_half(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares in (0, 1) raised to the power that brings their mean to one half."""
    low, high = -6.0, 6.0  # of the exponent's logarithm
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if float(np.power(shares, math.exp(middle)).mean()) > 0.5:
            low = middle
        else:
            high = middle
    return np.power(shares, math.exp((low + high) / 2))


def mask_on_grid(mask: Bools, grid: VoxelGrid, target: VoxelGrid) -> Bools:
    """The mask on another grid, by shape and true to its volume.

    Args:
        mask: (D, H, W); grid: its own, of any axis order, direction and spacing.
        target: Where it is wanted. A body thinner than its voxels keeps as many of the nearest as it has volume.

    Raises:
        MaskError: The mask is empty.
    """
    body, body_grid = evenly_sliced(mask, grid, finest_mm=0.5 * float(target.spacing_mm.min()))
    field = resample(signed_distance_mm(body, body_grid.spacing_mm), body_grid, _nudged(target), fill=_FAR_MM)
    wanted = int(np.count_nonzero(mask)) * grid.voxel_ml / target.voxel_ml
    moved = field > _level(field, wanted, _SHIFT * float(target.spacing_mm.min()))
    if moved.any() or field.max() <= _FAR_MM:
        return np.asarray(moved)
    return np.asarray(field >= np.partition(field, -max(1, round(wanted)), axis=None)[-max(1, round(wanted))])


def _nudged(grid: VoxelGrid) -> VoxelGrid:
    """The grid moved by a hair: where its voxels lie midway between a body's, one of two opposite faces takes them."""
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] = grid.to_ras(_HAIR)
    return VoxelGrid(grid.shape_kji, affine)


def _level(field: NDArray[np.float32], wanted: float, most_mm: float) -> float:
    """The level nearest 0, by no more than `most_mm`, above which the wanted number of voxels lies."""
    held = int(np.count_nonzero(field > 0))
    if abs(held - wanted) <= _VOLUME * wanted or wanted >= field.size:
        return 0.0
    rank = field.size - round(wanted)
    level = float(np.partition(field, rank, axis=None)[rank]) if rank < field.size else 0.0
    return float(np.clip(level, -most_mm, most_mm))


def smooth_field(
    body: NDArray[np.bool_], grid: VoxelGrid, *, slices_mm: float = 0.0
) -> tuple[NDArray[np.float32], float]:
    """The body as a smooth field, and the level at which it has as many voxels as the body.

    Args:
        body: (D, H, W); grid: its own.
        slices_mm: Thickness of the slices that the body comes from, where they were divided.
    """
    from scipy import ndimage

    spacing_kji = grid.spacing_mm[::-1]
    sigma_mm = np.maximum(SMOOTHING_VOXELS * spacing_kji, STAIR_SMOOTHING * max(slices_mm, float(spacing_kji.max())))
    field = ndimage.gaussian_filter(body.astype(np.float32), sigma_mm / spacing_kji, mode="constant", truncate=3.0)
    outside = field.size - int(np.count_nonzero(body))
    ranked = np.partition(field.ravel(), [outside - 1, outside])
    level = float(np.clip((ranked[outside - 1] + ranked[outside]) / 2, 0.05, 0.95))
    return field, min(level, 0.9 * float(field.max()))

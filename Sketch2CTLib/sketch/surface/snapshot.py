"""Pictures of a mask's shape for people and models to look at: shaded, with orientation letters and a scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, MaskError
from ...frames import VIEWS, PlaneFrame, View, VoxelGrid, cropped, resample
from ...frames import view as standard_view
from .casting import BodyPicture
from .rendering import render

PIXELS = 512  # what models that read pictures take at their lowest price

_FEWEST_PIXELS, _MOST_PIXELS = 64, 2048
_MARGIN = 1.3  # edge of the paper over the largest extent: room for the letters
_VOXELS = 160
_SURFACE_SIGMA = 1.2  # voxels of the cube
_STAIRS = 0.5  # of the mask's thickest voxel side: hides the stairs of thick slices
_DARKEST, _LIGHTEST = 40, 235
_DEPTH_SHADE = 0.35  # how much darker the farthest surface is than the nearest
_GROUND, _INK = 255, 0
_SCALES_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500)


def snapshots(
    mask_kji: NDArray[Any], grid: VoxelGrid, views: Sequence[str] = tuple(VIEWS), *, pixels: int = PIXELS
) -> dict[str, bytes]:
    """View → PNG of the mask's surface as seen from there, all at one scale, centred on the body.

    Grey on white, square. Letters at the four edges say where the patient's right (R), left (L), front (A), back (P),
    top (S) and bottom (I) lie; a bar says how long so many mm are. Lossless, and free of text or time stamps.

    Args:
        mask_kji: (D, H, W); everything above 0 is the body.
        grid: Grid of the mask; any axis order, direction and spacing.
        views: Of axial, coronal and sagittal.
        pixels: Edge of a picture, 64 to 2048.

    Raises:
        MaskError: The mask is empty, not 3D, or does not fit its grid.
        GridError: A view is unknown.
        InputError: A picture of that size cannot be made.
    """
    if not _FEWEST_PIXELS <= pixels <= _MOST_PIXELS:
        raise InputError(f"A picture has {_FEWEST_PIXELS} to {_MOST_PIXELS} pixels a side, not {pixels}.")
    chosen = [standard_view(name) for name in views]
    field, cube = _smooth_cube(mask_kji, grid)
    pictures: dict[str, bytes] = {}
    for seen in chosen:
        plane = PlaneFrame.standard(seen.name, float(cube.size_mm[0]), cube.center_ras)
        picture = _shaded(render(field, cube, plane, pixels))
        _letter(picture, seen)
        _scale(picture, float(cube.size_mm[0]))
        pictures[seen.name] = _png(picture)
    return pictures


def _smooth_cube(mask_kji: NDArray[Any], grid: VoxelGrid) -> tuple[NDArray[np.float32], VoxelGrid]:
    """The body as a smooth field, 0.5 at its surface, in an RAS cube around its bounding box with a margin."""
    from scipy.ndimage import gaussian_filter

    body, own = _cropped(mask_kji, grid)
    corners_ijk = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * np.array(body.shape[::-1])
    corners = own.to_ras(corners_ijk - 0.5)
    least, most = corners.min(axis=0), corners.max(axis=0)
    cube = VoxelGrid.ras_cube((least + most) / 2, _MARGIN * float((most - least).max()), _VOXELS)
    soft, own = _reduced(body, own, float(cube.spacing_mm[0]))
    sigma = _STAIRS * float(own.spacing_mm.max()) / own.spacing_mm[::-1]
    reach = int(np.ceil(3 * sigma.max()))
    soft = gaussian_filter(np.pad(soft, reach), sigma, truncate=3.0)
    field = resample(soft.astype(np.float32), _with_margin(own, reach), cube)
    field = np.asarray(gaussian_filter(field, _SURFACE_SIGMA, truncate=3.0))
    peak = float(field.max())
    # A body thinner than the voxels would vanish at 0.5.
    return np.asarray(field if peak > 0.6 else field * (0.6 / max(peak, 1e-6)), dtype=np.float32), cube


def _cropped(mask_kji: NDArray[Any], grid: VoxelGrid) -> tuple[NDArray[np.bool_], VoxelGrid]:
    """The mask's bounding box and its grid."""
    mask = np.asarray(mask_kji)
    if mask.ndim != 3:
        raise MaskError(f"A 3D mask is needed, this one has {mask.ndim} axes.", hint="Give the whole volume.")
    if mask.shape != grid.shape_kji:
        raise MaskError(f"A mask of shape {mask.shape} does not fit its grid of {grid.shape_kji}.")
    return cropped(mask > 0, grid, margin=0)


def _with_margin(grid: VoxelGrid, margin: int) -> VoxelGrid:
    """The grid with so many more voxels on every side."""
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] = grid.to_ras(np.full(3, -margin))
    k, j, i = (n + 2 * margin for n in grid.shape_kji)
    return VoxelGrid((k, j, i), affine)


def _reduced(body: NDArray[np.bool_], grid: VoxelGrid, wanted_mm: float) -> tuple[NDArray[np.float32], VoxelGrid]:
    """Means over blocks of voxels no larger than the wanted spacing: a large mask costs no more than a small one."""
    factors_kji = np.maximum(1, np.floor(wanted_mm / grid.spacing_mm[::-1])).astype(int)
    factors_kji = np.minimum(factors_kji, body.shape)
    more = [(0, int(-n % f)) for n, f in zip(body.shape, factors_kji, strict=True)]
    padded = np.pad(body, more)
    blocks = padded.reshape([part for n, f in zip(padded.shape, factors_kji, strict=True) for part in (n // f, f)])
    means = blocks.mean(axis=(1, 3, 5), dtype=np.float32)
    factors_ijk = factors_kji[::-1].astype(np.float64)
    affine = grid.ijk_to_ras.copy()
    affine[:3, :3] = affine[:3, :3] * factors_ijk
    affine[:3, 3] = grid.to_ras((factors_ijk - 1) / 2)
    return means, VoxelGrid((means.shape[0], means.shape[1], means.shape[2]), affine)


def _shaded(picture: BodyPicture) -> NDArray[np.uint8]:
    """Grey on white: dark where the surface turns away, a little darker where it lies farther off."""
    inside = picture.inside
    page = np.full(inside.shape, _GROUND, np.uint8)
    if not inside.any():
        return page
    depth = picture.depth_mm[inside]
    nearness = (depth - depth.min()) / max(float(np.ptp(depth)), 1e-6)
    light = picture.shading[inside] / 255.0 * (1 - _DEPTH_SHADE * (1 - nearness))
    page[inside] = np.round(_DARKEST + (_LIGHTEST - _DARKEST) * light).astype(np.uint8)
    return page


def _letter(page: NDArray[np.uint8], seen: View) -> None:
    """Orientation letters at the middle of the four edges."""
    import cv2

    edge = len(page)
    height, gap = edge // 20, edge // 60
    font, weight = cv2.FONT_HERSHEY_SIMPLEX, max(1, edge // 200)
    scale = cv2.getFontScaleFromHeight(font, height, weight)
    for letter, (across, down) in zip(seen.letters, ((0, 0.5), (1, 0.5), (0.5, 0), (0.5, 1)), strict=True):
        width = cv2.getTextSize(letter, font, scale, weight)[0][0]
        column = round(gap + across * (edge - 2 * gap - width))
        row = round(gap + height + down * (edge - 2 * gap - height))
        cv2.putText(page, letter, (column, row), font, scale, _INK, weight, cv2.LINE_AA)


def _scale(page: NDArray[np.uint8], size_mm: float) -> None:
    """A bar at the lower left, about a fifth of the page long, and its length."""
    import cv2

    edge = len(page)
    length_mm = max((mm for mm in _SCALES_MM if mm <= size_mm / 4), default=_SCALES_MM[0])
    left, row, weight = edge // 40, edge - edge // 30, max(1, edge // 250)
    cv2.line(page, (left, row), (left + round(length_mm / size_mm * edge), row), _INK, weight)
    font = cv2.FONT_HERSHEY_SIMPLEX
    scale = cv2.getFontScaleFromHeight(font, max(5, edge // 40), 1)
    cv2.putText(page, f"{length_mm} mm", (left, row - edge // 60), font, scale, _INK, 1, cv2.LINE_AA)


def _png(page: NDArray[np.uint8]) -> bytes:
    import cv2

    done, content = cv2.imencode(".png", page)
    if not done:
        raise InputError("The picture cannot be encoded.")
    return bytes(content.tobytes())

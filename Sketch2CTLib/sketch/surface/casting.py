"""The picture of a body without OpenGL: parallel rays through the voxels, in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...frames import PlaneFrame, VoxelGrid, view


def cast(field_kji: NDArray[np.float32], grid: VoxelGrid, plane: PlaneFrame, pixels: int) -> BodyPicture:
    """The picture of `render` without OpenGL: first crossing of 0.5 along each ray, shaded by its slope."""
    import cv2

    seen = view(plane.view)
    towards = float(grid.ijk_to_ras[:3, seen.axis_ras] @ seen.normal_ras)  # mm a voxel, signed
    rays = np.moveaxis(field_kji, seen.axis_kji, 0)
    rays = rays[::-1] if towards > 0 else rays  # the viewer's side first
    body = rays >= 0.5
    hit = body.argmax(axis=0)
    inside = np.asarray(body.any(axis=0))
    here = np.take_along_axis(rays, hit[None], 0)[0]
    before = np.take_along_axis(rays, np.maximum(hit - 1, 0)[None], 0)[0]
    crossing = hit - np.where(hit > 0, (here - 0.5) / np.maximum(here - before, 1e-6), 0.0)
    depth: NDArray[np.float32] = np.asarray(
        np.where(inside, (len(rays) - crossing) * abs(towards), 0.0), dtype=np.float32
    )
    window = _window_of(seen.to_picture(depth), grid, plane, pixels, cv2.INTER_LINEAR)
    outline = _window_of(seen.to_picture(inside.astype(np.float32)), grid, plane, pixels, cv2.INTER_LINEAR) > 0.5
    down, right = np.gradient(window, max(plane.size_mm) / pixels)
    facing = 1.0 / np.sqrt(1.0 + down**2 + right**2)
    shading = np.where(outline, np.round(255 * facing), 0).astype(np.uint8)
    return BodyPicture(shading, np.where(outline, window, 0).astype(np.float32), outline)


def _window_of(
    picture: NDArray[np.float32], grid: VoxelGrid, plane: PlaneFrame, pixels: int, interpolation: int
) -> NDArray[np.float32]:
    """A picture of the whole grid, sampled at the plane's pixels."""
    import cv2

    rows, columns = picture.shape
    corners = np.array([[0.0, 0.0], [pixels - 1.0, 0.0], [0.0, pixels - 1.0]])
    own = PlaneFrame.standard(plane.view, _paper_of(grid, plane), grid.center_ras)
    there = own.to_pixels(own.from_ras(plane.to_ras(plane.from_pixels(corners, (pixels, pixels)))), (rows, columns))
    matrix = cv2.getAffineTransform(corners.astype(np.float32), there.astype(np.float32))
    flags = interpolation | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(picture, matrix, (pixels, pixels), flags=flags), dtype=np.float32)


def _paper_of(grid: VoxelGrid, plane: PlaneFrame) -> tuple[float, float]:
    width_ras, height_ras = (int(np.argmax(np.abs(axis))) for axis in plane.plane_to_ras[:3, :2].T)
    return float(grid.size_mm[width_ras]), float(grid.size_mm[height_ras])


@dataclass(frozen=True, eq=False)
class BodyPicture:
    """A body seen from a plane by parallel rays; row 0 on top.

    Args:
        shading: (P, P) uint8, 255 where the surface faces the viewer, 0 outside.
        depth_mm: (P, P) float32, height of the surface towards the viewer above an arbitrary floor; 0 outside.
        inside: (P, P) bool, where there is a surface.
    """

    shading: NDArray[np.uint8]
    depth_mm: NDArray[np.float32]
    inside: NDArray[np.bool_]

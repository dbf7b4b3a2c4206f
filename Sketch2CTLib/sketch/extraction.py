"""A sketch of a mask: its silhouette's outline, creases where the surface folds or steps back, or its cut in a plane.

Reference: METHOD.md of the Sketch2CT paper (arXiv 2603.22509), 'sketch from a mask': off-screen rendering →
grey → histogram equalisation → bilateral filter → Canny → thinning. The outline is taken from the projected
silhouette itself, so that it is always closed; Canny of shading and depth gives the creases within it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MaskError
from ..frames import PlaneFrame, VoxelGrid, cube_around, cut_of, mask_on_grid, project, told_place
from ..frames import view as standard_view
from .model import Sketch, Stroke
from .raster import fill_closed, polygon_area
from .surface.casting import BodyPicture
from .surface.rendering import render
from .tracing import simplified, smoothed, trace


@dataclass(frozen=True)
class _Level:
    """How much of the inside is drawn: the same numbers for every organ.

    Args:
        steepest: Share of the silhouette's pixels that may be edges of the shading.
        fold: Change of the shading itself that counts, in grey values a pixel: equalisation makes much of nothing.
        step: Step of depth that counts as one surface in front of another, in pixel widths.
        relief: How far the surface must rise or sink around a crease, in pixel widths, against its own smooth course:
            the terraces that slices and voxels leave on a dome rise less, lobes and fissures more.
        shortest: Shortest crease, as a share of the silhouette's diagonal.
        most: Number of creases.
    """

    steepest: float
    fold: float
    step: float
    relief: float
    shortest: float
    most: int


_DETAIL = {
    "outline": None,
    "creases": _Level(steepest=0.04, fold=2.5, step=6.0, relief=6.0, shortest=0.12, most=8),
    "detailed": _Level(steepest=0.12, fold=1.2, step=3.0, relief=4.0, shortest=0.06, most=30),
}
LEVELS: tuple[str, ...] = tuple(_DETAIL)

_OMITTED_AREA = 0.01  # of the silhouette: its smallest parts and holes are not drawn up to this sum
_SURFACE_SIGMA = 1.5  # voxels; hides the stairs of thick slices
_OUTLINE_SIGMAS = (0.8, 0.65, 0.5, 0.4, 0.3)  # pixels of the projection; the first that keeps the shape
_FAITHFUL = 0.985  # IoU of the outline's filling with the projection
_RIM = 0.08  # of the square root of the silhouette's area: edges of shading this close are the outline itself
_COURSE = 0.05  # of the square root of the silhouette's area: the surface's smooth course is a mean over this radius
_MOST_VOXELS = 192


def extract_sketch(
    mask_kji: NDArray[Any],
    grid: VoxelGrid,
    view: str,
    *,
    level: str = "creases",
    pixels: int = 256,
    structure: str | None = None,
) -> Sketch:
    """The sketch of a mask, as seen in a standard view. Deterministic.

    Args:
        mask_kji: (D, H, W); everything above 0 is the body.
        grid: Grid of the mask; one that is not an RAS cube is brought to the cube around it by shape.
        view: axial, coronal or sagittal.
        level: `outline`, `creases` (the main ones) or `detailed`.
        pixels: Edge of the rendered picture in which creases are found.
        structure: Catalog name, kept in the sketch.

    Raises:
        MaskError: The mask is empty, 2D, or does not fit its grid.
    """
    if level not in _DETAIL:
        raise InputError(f"Unknown level '{level}' of a sketch.", hint=f"Choose one of {', '.join(LEVELS)}.")
    chosen = standard_view(view)
    cube, body = _as_cube(_checked(mask_kji, grid), grid)
    plane = PlaneFrame.standard(chosen.name, float(cube.size_mm[0]), cube.center_ras)
    flat = project(body, chosen)
    strokes = _outlines(flat, plane)
    detail = _DETAIL[level]
    if detail is not None:
        strokes += _creases(body, cube, plane, detail, pixels)
    return Sketch(tuple(strokes), plane, structure)


def extract_contour(
    mask_kji: NDArray[Any], grid: VoxelGrid, view: str, position_mm: float, *, structure: str | None = None
) -> Sketch:
    """The contour of a mask: its cut in a plane across a standard view.

    Args:
        mask_kji: (D, H, W); everything above 0 is the body.
        grid: Grid of the mask; one that is not an RAS cube is brought to the cube around it by shape.
        view: axial, coronal or sagittal.
        position_mm: RAS coordinate of the plane along the view: how far to the right, front or top it lies.
        structure: Catalog name, kept in the sketch.

    Raises:
        MaskError: The mask is empty, 2D, does not fit its grid, or is not cut by the plane.
    """
    chosen = standard_view(view)
    cube, body = _as_cube(_checked(mask_kji, grid), grid)
    along, layer = chosen.axis_kji, cube.layer_at(chosen.axis_ras, position_mm)
    filled = np.flatnonzero(body.any(axis=tuple(axis for axis in range(3) if axis != along)))
    if layer not in filled:
        faces_mm = cube.center_ras[chosen.axis_ras] + (
            np.array([filled[0], filled[-1] + 1]) - body.shape[along] / 2
        ) * float(cube.spacing_mm[0])
        low, high = (told_place(view, float(face)) for face in faces_mm)
        raise MaskError(
            f"The {view} plane at {told_place(view, position_mm)} does not cut the mask.",
            hint=f"It reaches from {low} to {high}.",
        )
    center = cube.center_ras.copy()
    center[chosen.axis_ras] = position_mm
    plane = PlaneFrame.standard(chosen.name, float(cube.size_mm[0]), center)
    return Sketch(tuple(_outlines(cut_of(body, cube, view, position_mm), plane)), plane, structure, "contour")


def _checked(mask_kji: NDArray[Any], grid: VoxelGrid) -> NDArray[np.bool_]:
    mask = np.asarray(mask_kji)
    if mask.ndim != 3 or min(mask.shape) < 2:
        raise MaskError(
            f"A 3D mask is needed, this one is {'×'.join(map(str, mask.shape))}.", hint="Give the whole volume."
        )
    if mask.shape != grid.shape_kji:
        raise MaskError(f"A mask of shape {mask.shape} does not fit its grid of {grid.shape_kji}.")
    body = mask > 0
    if not body.any():
        raise MaskError("The mask is empty.", hint="Choose a label that is present.")
    return np.asarray(body)


def _as_cube(body: NDArray[np.bool_], grid: VoxelGrid) -> tuple[VoxelGrid, NDArray[np.bool_]]:
    """The mask on an RAS cube around its grid; as it is where it lies on one already."""
    edge = float(grid.size_mm.max())
    spacing = grid.spacing_mm
    cube = VoxelGrid.ras_cube(grid.center_ras, edge, body.shape[0])
    if len(set(body.shape)) == 1 and np.allclose(cube.ijk_to_ras, grid.ijk_to_ras, atol=1e-3 * float(spacing.min())):
        return grid, body
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * np.subtract(body.shape[::-1], 1)
    reach = np.abs(grid.to_ras(corners) - grid.center_ras).max() + float(spacing.max()) / 2
    voxels = int(np.clip(np.ceil(2 * reach / float(spacing.min())), 16, _MOST_VOXELS))
    around = cube_around(body, grid, 2 * reach, voxels).center_ras  # its voxels' faces lie on the body's
    step = 2 * reach / voxels
    center = around + np.rint((grid.center_ras - around) / step) * step
    cube = VoxelGrid.ras_cube(center, 2 * reach, voxels)
    return cube, mask_on_grid(body, grid, cube)


def _outlines(flat: NDArray[np.bool_], plane: PlaneFrame) -> list[Stroke]:
    """Closed outlines of the projection and of its holes, largest first, as smooth as the shape allows."""
    rings: list[NDArray[np.float64]] = []
    for sigma in _OUTLINE_SIGMAS:
        rings = _contours(flat, sigma)
        filled = fill_closed(rings, len(flat))
        if (filled & flat).sum() >= _FAITHFUL * (filled | flat).sum():
            break
    return [Stroke(plane.from_pixels(ring, flat.shape), "outline", True) for ring in rings]


def _contours(flat: NDArray[np.bool_], sigma: float) -> list[NDArray[np.float64]]:
    """Sub-pixel contours (column, row) of the softened picture, at the level that keeps its area."""
    from scipy.ndimage import gaussian_filter
    from skimage.measure import find_contours

    soft = np.asarray(gaussian_filter(np.pad(flat.astype(np.float64), 3), sigma))
    ranked = np.sort(soft, axis=None)[::-1]
    area = int(flat.sum())
    threshold = float(ranked[area - 1] + ranked[area]) / 2  # softening at 0.5 would shrink what is thin
    rings = [ring[:-1, ::-1] - 3 for ring in find_contours(soft, threshold) if len(ring) > 3]
    rings.sort(key=lambda ring: -polygon_area(ring))
    smallest_first = np.cumsum([polygon_area(ring) for ring in rings[::-1]])
    omitted = int((smallest_first <= _OMITTED_AREA * area).sum())
    return [simplified(ring, 0.1, closed=True) for ring in rings[: max(1, len(rings) - omitted)]]


def _creases(body: NDArray[np.bool_], cube: VoxelGrid, plane: PlaneFrame, level: _Level, pixels: int) -> list[Stroke]:
    """Creases within the silhouette, longest first."""
    picture = render(_field(body), _padded(cube), plane, pixels)
    lines = _edges(picture, level, max(plane.size_mm) / pixels)
    rows, columns = np.nonzero(picture.inside)
    shortest = level.shortest * float(np.hypot(np.ptp(rows) + 1, np.ptp(columns) + 1))
    lines_within = trace(lines, shortest=shortest)[: level.most]
    strokes = []
    for points, ring in lines_within:
        points = simplified(smoothed(points, 2.0, closed=ring), 0.3, closed=ring)
        strokes.append(Stroke(plane.from_pixels(points, (pixels, pixels)), "crease", ring))
    return strokes


def _field(body: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The mask softened for a smooth surface, with a margin on all sides; thin parts are kept."""
    from scipy.ndimage import gaussian_filter

    soft = np.asarray(gaussian_filter(np.pad(body, 4).astype(np.float32), _SURFACE_SIGMA, truncate=2.7))
    peak = float(soft.max())
    return np.asarray(soft if peak > 0.6 else soft * (0.6 / peak), dtype=np.float32)


def _padded(cube: VoxelGrid) -> VoxelGrid:
    voxels = cube.shape_kji[0] + 8
    return VoxelGrid.ras_cube(cube.center_ras, float(cube.spacing_mm[0]) * voxels, voxels)


def _edges(picture: BodyPicture, level: _Level, pixel_mm: float) -> NDArray[np.bool_]:
    """One-pixel edges of shading and depth inside the silhouette, its rim left out."""
    import cv2
    from skimage.morphology import skeletonize

    rim = max(3.0, _RIM * float(np.sqrt(picture.inside.sum())))
    away = cv2.distanceTransform(picture.inside.astype(np.uint8), cv2.DIST_L2, 5)
    grey = cv2.bilateralFilter(_equalised(picture), 9, 40, 5)
    edges = _canny(_extended(grey, picture.inside), away > rim, level.steepest) & (away > rim)
    edges &= _folds(_extended(picture.shading, picture.inside), level.fold)
    depth = _extended(picture.depth_mm / pixel_mm, picture.inside)
    edges |= _steps(depth, level.step) & (away > rim / 2)
    edges &= _relief(depth, _COURSE * float(np.sqrt(picture.inside.sum()))) >= level.relief
    joined = cv2.morphologyEx(edges.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.asarray(skeletonize(joined > 0))


def _equalised(picture: BodyPicture) -> NDArray[np.uint8]:
    """Equalises the histogram over the body alone, without the white background."""
    counts = np.bincount(picture.shading[picture.inside], minlength=256)
    table = np.round(255 * np.cumsum(counts) / max(1, counts.sum())).astype(np.uint8)
    return np.asarray(np.where(picture.inside, table[picture.shading], 0).astype(np.uint8))


def _extended(values: NDArray[Any], inside: NDArray[np.bool_]) -> NDArray[Any]:
    """The body's values carried on outside it, so that its rim is no edge."""
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return np.asarray(values[tuple(nearest)])


def _canny(grey: NDArray[np.uint8], core: NDArray[np.bool_], steepest: float) -> NDArray[np.bool_]:
    """Canny with thresholds from the picture's own gradients."""
    import cv2

    if not core.any():
        return np.zeros(core.shape, dtype=bool)
    across, down = cv2.Sobel(grey, cv2.CV_16S, 1, 0), cv2.Sobel(grey, cv2.CV_16S, 0, 1)
    slopes = np.hypot(across[core].astype(np.float32), down[core].astype(np.float32))
    high = max(float(np.quantile(slopes, 1 - steepest)), 40.0)
    return np.asarray(cv2.Canny(across, down, 0.5 * high, high, L2gradient=True) > 0)


def _folds(shading: NDArray[np.uint8], fold: float) -> NDArray[np.bool_]:
    """Pixels within two pixels of a change of shading that is steep enough."""
    import cv2

    soft = cv2.GaussianBlur(shading.astype(np.float32), (0, 0), 1.0)
    slope = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)) / 8
    return np.asarray(cv2.dilate((slope >= fold).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)


def _relief(depth: NDArray[np.float32], radius: float) -> NDArray[np.float32]:
    """How far the depth rises and sinks around each pixel against its own mean over the radius, in pixel widths."""
    import cv2

    radius = max(4.0, radius)
    apart = depth - cv2.GaussianBlur(depth, (0, 0), radius)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(radius) + 1,) * 2)
    return np.asarray(cv2.dilate(apart, disc) - cv2.erode(apart, disc), dtype=np.float32)


def _steps(depth: NDArray[np.float32], step: float) -> NDArray[np.bool_]:
    """Where one surface passes in front of another: Canny of the depth, in pixel widths."""
    import cv2

    scaled = np.clip(depth - depth.min(), 0, None) * 16.0
    across = np.clip(cv2.Sobel(scaled.astype(np.float32), cv2.CV_32F, 1, 0), -32000, 32000).astype(np.int16)
    down = np.clip(cv2.Sobel(scaled.astype(np.float32), cv2.CV_32F, 0, 1), -32000, 32000).astype(np.int16)
    high = 4 * 16.0 * step  # Sobel weighs a step by four
    return np.asarray(cv2.Canny(across, down, 0.5 * high, high, L2gradient=True) > 0)

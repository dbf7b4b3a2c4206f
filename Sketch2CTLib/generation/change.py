"""Where a changed request changes the mask: a weight over the cube, 1 at changed strokes and 0 away from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..frames import VoxelGrid
from ..frames import view as standard_view
from ..sketch import Sketch, rasterise, silhouette
from ..sketch.model import of_role
from .placement import contour_position_mm, cube_of, moved, on_cube, on_face
from .report.agreement import picture_iou, seen_or_cut
from .request import GenerationRequest, PlacedRequest, read_beside
from .state import Former
from .values import MaskVolume

MARGIN = 0.03  # of the cube's edge: re-drawn around a changed stroke at full weight
FALLOFF = 0.08  # of the cube's edge: the way from full weight to none
_INK = 96  # of 255: how much of a pixel's ink must differ
_MOVED = "The drawing was moved as a whole: the former mask went with it."
_SAME = 0.95  # IoU of two drawings, middle on middle, from which on one is the other moved as a whole


@dataclass(frozen=True, eq=False)
class Change:
    """A changed request beside the former result.

    Args:
        placed: The new request, on a cube that lies on the former one's voxels.
        base: The former mask on that cube.
        weight: (V, V, V) float32, 0 where nothing changes, 1 where everything may; None where nothing changed at all.
    """

    placed: PlacedRequest
    base: MaskVolume
    weight: NDArray[np.float32] | None

    @property
    def is_local(self) -> bool:
        """Whether a part of the mask stays."""
        return self.weight is not None and bool(self.weight.min() == 0.0)


def change_of(request: GenerationRequest, former: Former) -> Change:
    """What a request changes of a former result.

    A silhouette's strokes change the mask along their view, a contour's around them, each with a margin; numbers and
    words change all of it. A drawing that was moved as a whole takes the mask with it.

    Raises:
        SketchError: A drawing lies on planes that are turned against the former ones, or does not fit its cube.
        DescriptionError: The description's text is wrong or contradicts its numbers.
    """
    grid, steps = _placed(request, former)
    placed = PlacedRequest.of(request, grid)
    if steps is None:
        placed = replace(placed, notes=(_MOVED, *placed.notes))
    labels = former.mask.labels if steps is None else shifted(former.mask.labels, steps)
    base = MaskVolume(labels, grid, former.mask.structure)
    before = read_beside(former.description, former.drawings).stated
    was = _by_place(former.drawings, former.mask.grid)
    if steps is not None:
        was = _by_place([on_face(one, grid) for one in former.drawings], grid)
    now = _by_place(placed.drawings, grid)
    same = before.sentences() == placed.sentences and dict(before.numbers) == placed.numbers
    if not (same and set(was) <= set(now)):
        return Change(placed, base, np.ones(base.grid.shape_kji, dtype=np.float32))
    pictures = [(one, _changed_pixels(one, was.get(key), base)) for key, one in now.items()]
    if not any(pixels.any() for _, pixels in pictures):
        return Change(placed, base, None)
    weights = [_lifted(pixels, sketch, base.grid) for sketch, pixels in pictures if pixels.any()]
    return Change(placed, base, np.maximum.reduce(weights))


def _by_place(drawings: Sequence[Sketch], grid: VoxelGrid) -> dict[tuple[str, int | None], Sketch]:
    """Drawings on a cube by their view and, of contours, the layer of voxels that they cut."""
    return {(one.plane.view, _layer(one, grid)): one for one in drawings}


def _layer(sketch: Sketch, grid: VoxelGrid) -> int | None:
    if sketch.role == "silhouette":
        return None
    return grid.layer_at(standard_view(sketch.plane.view).axis_ras, contour_position_mm(sketch))


def shifted(labels: NDArray[np.uint8], steps_ijk: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Labels on a cube that lies `steps` voxels further along i, j, k; what leaves it is lost."""
    moved_labels = np.zeros_like(labels)
    source, target = [], []
    for step, voxels in zip(steps_ijk[::-1], labels.shape, strict=True):
        step = int(np.clip(step, -voxels, voxels))
        source.append(slice(max(step, 0), voxels + min(step, 0)))
        target.append(slice(max(-step, 0), voxels + min(-step, 0)))
    moved_labels[tuple(target)] = labels[tuple(source)]
    return moved_labels


def _placed(request: GenerationRequest, former: Former) -> tuple[VoxelGrid, NDArray[np.int64] | None]:
    """The cube, and by how many voxels (i, j, k) it was moved from the former one; None: the mask goes with it."""
    structure, old = former.mask.structure, former.mask.grid
    drawn, before = (of_role(drawings, "silhouette")[:1] for drawings in (request.drawings, former.drawings))
    if not drawn:
        return old, np.zeros(3, dtype=np.int64)
    on_face(drawn[0], old)  # refuses planes that are turned against the former ones
    ideal = cube_of(structure, request.drawings, old.shape_kji[0])
    axes = old.ijk_to_ras[:3, :3] / old.spacing_mm
    steps = np.rint(axes.T @ (ideal.center_ras - old.center_ras) / old.spacing_mm).astype(np.int64)
    snapped = moved(old, steps * old.spacing_mm)
    on_cube(request.drawings, snapped, structure)  # refuses what does not fit together before anything is compared
    if not steps.any() or not before or before[0].plane.view != drawn[0].plane.view:
        return snapped, steps
    in_cube = picture_iou(_outline(on_face(drawn[0], ideal), old), _outline(before[0], old))
    in_place = picture_iou(
        _outline(on_face(drawn[0], snapped), old), _outline_or_none(on_face(before[0], snapped), old)
    )
    return (ideal, None) if in_cube > max(_SAME, in_place) else (snapped, steps)


def _changed_pixels(sketch: Sketch, was: Sketch | None, base: MaskVolume) -> NDArray[np.bool_]:
    """(V, V) bool, a picture of the cube's face: where the drawing is not what it was.

    A drawing on a view or a plane that had none is compared with the mask as it is seen, or cut, there.
    """
    from scipy import ndimage

    voxels, cube_mm = base.grid.shape_kji[0], float(base.grid.size_mm[0])
    outline = _outline(sketch, base.grid)
    if was is not None:
        before = _outline_or_none(was, base.grid)
    else:
        position_mm = contour_position_mm(sketch) if sketch.role == "contour" else None
        before = seen_or_cut(base, sketch.plane.view, position_mm)
    differing = outline ^ before
    solid = ndimage.binary_opening(differing, np.ones((2, 2)))  # a rim of one pixel is the raster's, not the hand's
    if was is None:
        return np.asarray(solid)
    inks = [rasterise(one, voxels, size_mm=cube_mm, kinds=("crease",)).astype(int) for one in (sketch, was)]
    return np.asarray(solid | (abs(inks[0] - inks[1]) > _INK))


def _lifted(pixels: NDArray[np.bool_], sketch: Sketch, grid: VoxelGrid) -> NDArray[np.float32]:
    """Weights around changed pixels: the same all along the view of a silhouette, around the plane of a contour."""
    from scipy import ndimage

    plane, layer = standard_view(sketch.plane.view), _layer(sketch, grid)
    far = ndimage.distance_transform_edt(~pixels) / len(pixels)  # of the cube's edge
    slab = np.expand_dims(plane.from_picture(far), plane.axis_kji)
    if layer is not None:
        across = np.abs(np.arange(len(pixels)) - layer) / len(pixels)
        slab = np.hypot(slab, np.expand_dims(across, tuple(axis for axis in range(3) if axis != plane.axis_kji)))
    ramp = np.clip(1.0 - (slab - MARGIN) / FALLOFF, 0.0, 1.0)
    return np.ascontiguousarray(np.broadcast_to(ramp * ramp * (3.0 - 2.0 * ramp), grid.shape_kji), dtype=np.float32)


def _outline(sketch: Sketch, grid: VoxelGrid) -> NDArray[np.bool_]:
    return silhouette(sketch, grid.shape_kji[0], size_mm=float(grid.size_mm[0]))


def _outline_or_none(sketch: Sketch, grid: VoxelGrid) -> NDArray[np.bool_]:
    """An outline that may lie outside of the cube by now."""
    from ..errors import SketchError

    try:
        return _outline(sketch, grid)
    except SketchError:
        return np.zeros((grid.shape_kji[0],) * 2, dtype=np.bool_)

"""Where a changed request changes the mask: a weight over the cube, 1 at changed strokes and 0 away from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..frames import VIEWS, VoxelGrid, project
from ..frames import view as standard_view
from ..sketch import Sketch, rasterise, silhouette
from .placement import Placement, moved, on_face, place, place_on
from .report.agreement import picture_iou
from .run import Job, Order
from .state import Former
from .values import MaskVolume

MARGIN = 0.03  # of the cube's edge: re-drawn around a changed stroke at full weight
FALLOFF = 0.08  # of the cube's edge: the way from full weight to none
_INK = 96  # of 255: how much of a pixel's ink must differ
_SAME = 0.95  # IoU of two drawings, middle on middle, from which on one is the other moved as a whole


@dataclass(frozen=True, eq=False)
class Change:
    """A changed request beside the former result.

    Args:
        order: The new request, on a cube that lies on the former one's voxels.
        base: The former mask on that cube.
        weight: (V, V, V) float32, 0 where nothing changes, 1 where everything may; None where nothing changed at all.
        moved: Whether the mask lies elsewhere in its cube than the former one did.
    """

    order: Order
    base: MaskVolume
    weight: NDArray[np.float32] | None
    moved: bool

    @property
    def is_local(self) -> bool:
        """Whether a part of the mask stays."""
        return self.weight is not None and bool(self.weight.min() == 0.0)


def change_of(job: Job, former: Former) -> Change:
    """What a job changes of a former result.

    Strokes change the mask along their view, in a margin around them; numbers and words change all of it. A drawing
    that was moved as a whole takes the mask with it.

    Raises:
        SketchError: A drawing lies on planes that are turned against the former ones, or does not fit its cube.
        DescriptionError: The description's text is wrong or contradicts its numbers.
    """
    placement, steps = _placed(job, former)
    order = Order.of(job, placement)
    if steps is None:
        order = replace(order, notes=(*order.notes, "The drawing was moved as a whole: the former mask went with it."))
    labels = former.mask.labels if steps is None else shifted(former.mask.labels, steps)
    base = MaskVolume(labels, placement.grid, former.mask.structure)
    old = Placement(former.mask.grid, former.sketch, former.second)
    before = Order.of(Job(former.description, former.sketch, second=former.second), old).request
    request = order.request
    was = {one.plane.view: one if steps is None else on_face(one, placement.grid) for one in old.sketches}
    pictures = [(one, _changed_pixels(one, was.get(one.plane.view), base)) for one in placement.sketches]
    relocated = steps is not None and bool(steps.any())
    dropped = not set(was) <= {one.plane.view for one in placement.sketches}
    if dropped or before.sentences != request.sentences or before.numbers != request.numbers:
        return Change(order, base, np.ones(base.grid.shape_kji, dtype=np.float32), relocated)
    if not any(pixels.any() for _, pixels in pictures):
        return Change(order, base, None, relocated)
    weights = [_lifted(pixels, sketch, base.grid) for sketch, pixels in pictures if pixels.any()]
    return Change(order, base, np.maximum.reduce(weights), relocated)


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


def _placed(job: Job, former: Former) -> tuple[Placement, NDArray[np.int64] | None]:
    """Where the drawings lie, and by how many voxels (i, j, k) the cube was moved; None: the mask goes with it."""
    structure, old = former.mask.structure, former.mask.grid
    if job.sketch is None:
        return place_on(old, structure, None), np.zeros(3, dtype=np.int64)
    on_face(job.sketch, old)  # refuses planes that are turned against the former ones
    ideal = place(structure, job.sketch, job.second, old.shape_kji[0])
    axes = old.ijk_to_ras[:3, :3] / old.spacing_mm
    steps = np.rint(axes.T @ (ideal.grid.center_ras - old.center_ras) / old.spacing_mm).astype(np.int64)
    snapped = place_on(moved(old, steps * old.spacing_mm), structure, job.sketch, job.second)
    same_view = former.sketch is not None and former.sketch.plane.view == job.sketch.plane.view
    if not steps.any() or not same_view or former.sketch is None or snapped.sketch is None:
        return snapped, steps
    in_cube = picture_iou(_outline(ideal.sketch or snapped.sketch, old), _outline(former.sketch, old))
    here = on_face(former.sketch, snapped.grid)
    in_place = picture_iou(_outline(snapped.sketch, old), _outline_or_none(here, old))
    return (ideal, None) if in_cube > max(_SAME, in_place) else (snapped, steps)


def _changed_pixels(sketch: Sketch, was: Sketch | None, base: MaskVolume) -> NDArray[np.bool_]:
    """(V, V) bool, a picture of the cube's face: where the drawing is not what it was.

    A drawing on a view that had none is compared with the mask as it is seen from there.
    """
    from scipy import ndimage

    voxels, cube_mm = base.grid.shape_kji[0], float(base.grid.size_mm[0])
    outline = _outline(sketch, base.grid)
    before = _outline_or_none(was, base.grid) if was is not None else project(base.body, VIEWS[sketch.plane.view])
    differing = outline ^ before
    solid = ndimage.binary_opening(differing, np.ones((2, 2)))  # a rim of one pixel is the raster's, not the hand's
    if was is None:
        return np.asarray(solid)
    inks = [rasterise(one, voxels, size_mm=cube_mm, kinds=("crease",)).astype(int) for one in (sketch, was)]
    return np.asarray(solid | (abs(inks[0] - inks[1]) > _INK))


def _lifted(pixels: NDArray[np.bool_], sketch: Sketch, grid: VoxelGrid) -> NDArray[np.float32]:
    """Weights around changed pixels, the same all along the view."""
    from scipy import ndimage

    far = ndimage.distance_transform_edt(~pixels) / len(pixels)  # of the cube's edge
    ramp = np.clip(1.0 - (far - MARGIN) / FALLOFF, 0.0, 1.0)
    plane = standard_view(sketch.plane.view)
    slab = np.expand_dims(plane.from_picture(ramp * ramp * (3.0 - 2.0 * ramp)), plane.axis_kji)
    return np.ascontiguousarray(np.broadcast_to(slab, grid.shape_kji), dtype=np.float32)


def _outline(sketch: Sketch, grid: VoxelGrid) -> NDArray[np.bool_]:
    return silhouette(sketch, grid.shape_kji[0], size_mm=float(grid.size_mm[0]))


def _outline_or_none(sketch: Sketch, grid: VoxelGrid) -> NDArray[np.bool_]:
    """An outline that may lie outside of the cube by now."""
    from ..errors import SketchError

    try:
        return _outline(sketch, grid)
    except SketchError:
        return np.zeros((grid.shape_kji[0],) * 2, dtype=np.bool_)

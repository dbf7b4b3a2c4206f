"""Where the result lies: the cube is centred on the drawings, turned with the first one's plane, and they lie on it.

The organ stands in the middle of its cube along all three axes, as in training. The first silhouette decides two of
them, and its plane the third; a second one on another view decides the third in its place. What two silhouettes show,
the axis that they share, is taken from the first: the later one is moved and scaled along it. Contours stay where they
are, in the frame of the silhouettes; without any silhouette the cube is centred on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..apart import told_apart
from ..errors import SketchError
from ..frames import PlaneFrame, VoxelGrid, told_place
from ..frames import view as standard_view
from ..sketch import Sketch, silhouette
from ..sketch.model import of_role, require_views

OUTPUT_VOXELS = 128
PIXELS = 256
TOLERANCE = 0.05  # of the first drawing's size along the shared axis: beyond it a difference is told
CONFLICT = 0.30  # beyond it the two drawings are not of one organ
LARGEST_TILT_DEGREES = 10.0
_ORDER = ("first", "second", "third")
_LARGER = ("wider", "deeper", "higher")  # along R–L, A–P and S–I
_SMALLER = ("narrower", "shallower", "lower")
_TOWARDS = (("right", "left"), ("front", "back"), ("top", "bottom"))
_AXES = ("R–L", "A–P", "S–I")

Floats = NDArray[np.float64]


def cube_of(structure: str, drawings: Sequence[Sketch], voxels: int) -> VoxelGrid:
    """The cube around drawings; without any it is centred on the origin, along the patient's axes.

    Args:
        structure: Catalog name.
        drawings: Silhouettes on different views and contours, anywhere in space.
        voxels: Edge of the cube.

    Raises:
        SketchError: The first silhouette is larger than the cube, or a drawing is turned against the first one.
    """
    cube_mm = catalog.structure(structure).cube_mm
    silhouettes, contours = of_role(drawings, "silhouette"), of_role(drawings, "contour")
    require_views(drawings)
    if silhouettes:
        grid = cube_on_plane(centred_sketch(silhouettes[0], structure).plane, cube_mm, voxels)
        if len(silhouettes) == 1:
            return grid
        middle = _middle_and_size(on_face(silhouettes[1], grid), grid)[0]
        return moved(grid, np.eye(3)[_axis_ras(silhouettes[0])] * middle[_axis_ras(silhouettes[0])])
    if contours:
        grid = cube_on_plane(contours[0].plane, cube_mm, voxels)
        points = _on_axes(np.concatenate([_points_ras(one) for one in contours]), grid)
        return moved(grid, (points.min(axis=0) + points.max(axis=0)) / 2)
    return VoxelGrid.ras_cube((0.0, 0.0, 0.0), cube_mm, voxels)


def on_cube(drawings: Sequence[Sketch], grid: VoxelGrid, structure: str) -> tuple[tuple[Sketch, ...], tuple[str, ...]]:
    """The drawings on the faces and planes of a cube, silhouettes first, and what disagrees, one sentence each.

    Raises:
        SketchError: A drawing does not fit the cube, or is not of the organ that the others show.
    """
    require_views(drawings)
    placed: list[Sketch] = []
    notes: list[str] = []
    for drawing in of_role(drawings, "silhouette"):
        fitted = on_face(drawing, grid)
        for other in placed[:2]:
            fitted, differences = _fitted(fitted, other, grid, (_ORDER[len(placed)], _ORDER[placed.index(other)]))
            notes += differences
        if placed:
            _require_fit(float(_middle_and_size(fitted, grid)[1].max()), structure)
        placed.append(fitted)
    contours = [on_face(one, grid) for one in of_role(drawings, "contour")]
    for contour in contours:
        _require_inside(contour, grid, structure)
        notes += [note for one in placed if (note := _beyond(contour, one, grid))]
    return (*placed, *contours), tuple(notes)


def cube_on_plane(plane: PlaneFrame, size_mm: float, voxels: int) -> VoxelGrid:
    """The cube that is seen along the plane's normal: a RAS cube for standard planes, turned for oblique ones."""
    u, v, n = plane.plane_to_ras[:3, :3].T
    axes_ijk = {"axial": (-u, v, -n), "coronal": (-u, n, v), "sagittal": (-n, -u, v)}[plane.view]
    spacing = size_mm / voxels
    affine = np.eye(4)
    affine[:3, :3] = np.stack(axes_ijk, axis=1) * spacing + 0.0
    affine[:3, 3] = plane.center_ras - affine[:3, :3] @ np.full(3, (voxels - 1) / 2)
    return VoxelGrid((voxels, voxels, voxels), affine)


def moved(grid: VoxelGrid, offset_mm: Floats) -> VoxelGrid:
    """The same cube, moved along its own axes i, j, k."""
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] += _axes(grid) @ offset_mm
    return VoxelGrid(grid.shape_kji, affine)


def centred_sketch(sketch: Sketch, structure: str) -> Sketch:
    """The same drawing on paper of the cube's size whose middle is the middle of the silhouette.

    Nothing moves in space: the plane's centre goes where the drawing's middle is.

    Raises:
        SketchError: The drawing is larger than the structure's cube.
    """
    wanted = catalog.structure(structure)
    paper_mm = max(sketch.plane.size_mm)
    filled = silhouette(sketch, PIXELS, size_mm=paper_mm)
    rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    pixel_mm = paper_mm / PIXELS
    _require_fit(max(rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1) * pixel_mm, structure)
    u = (columns[0] + columns[-1] + 1) / 2 * pixel_mm - paper_mm / 2
    v = paper_mm / 2 - (rows[0] + rows[-1] + 1) / 2 * pixel_mm
    matrix = sketch.plane.plane_to_ras.copy()
    matrix[:3, 3] = sketch.plane.to_ras((u, v))
    return _on_plane(sketch, PlaneFrame(sketch.plane.view, matrix, (wanted.cube_mm, wanted.cube_mm)))


def on_face(sketch: Sketch, grid: VoxelGrid) -> Sketch:
    """A drawing on its view of a cube, centred with it; across the paper it stays where it is.

    A contour that is turned a little is laid flat through its middle.

    Raises:
        SketchError: Its plane is turned out of the cube's by more than 10°.
    """
    plane, axes = standard_view(sketch.plane.view), _axes(grid)
    u, v, n = (axes @ np.asarray(way) for way in (plane.u_ras, plane.v_ras, plane.normal_ras))
    tilt = np.degrees(np.arccos(min(1.0, abs(float(n @ sketch.plane.plane_to_ras[:3, 2])))))
    if tilt > LARGEST_TILT_DEGREES:
        raise SketchError(
            f"The {plane.name} drawing is turned by {tilt:.0f}° against the {plane.name} face of the cube.",
            hint=f"Draw on planes at right angles (up to {LARGEST_TILT_DEGREES:.0f}° is taken), and edit a result on "
            "the planes that it was drawn on.",
        )
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = u, v, n
    through = sketch.plane.center_ras if sketch.role == "silhouette" else _middle_ras(sketch)
    matrix[:3, 3] = grid.center_ras + n * float((through - grid.center_ras) @ n)
    return _on_plane(sketch, PlaneFrame(plane.name, matrix, (float(grid.size_mm[0]),) * 2))


def beside(drawing: Sketch, first: Sketch | None, offset_mm: float = 0.0) -> Sketch:
    """A drawing that only knows its size and view, put where the first one is: middle on middle.

    Args:
        drawing: On a plane that was chosen for it, as that of an imported picture.
        first: The drawing that knows where it lies; None puts it around the origin.
        offset_mm: How far it lies from there across its view, towards the patient's right, front or top.
    """
    plane = standard_view(drawing.plane.view)
    target = np.zeros(3) if first is None else _middle_ras(first)
    matrix = drawing.plane.plane_to_ras.copy()
    matrix[:3, 3] += target + offset_mm * np.eye(3)[plane.axis_ras] - _middle_ras(drawing)
    return replace(drawing, plane=PlaneFrame(drawing.plane.view, matrix, drawing.plane.size_mm))


def contour_position_mm(contour: Sketch) -> float:
    """The RAS coordinate of a contour's plane along its view: how far to the right, front or top it lies."""
    return contour.plane.position_mm


def middle_along_mm(drawing: Sketch, view: str) -> float:
    """The RAS coordinate of a drawing's middle along a view: how far to the right, front or top it lies."""
    return float(_middle_ras(drawing)[standard_view(view).axis_ras])


def contour_title(contour: Sketch) -> str:
    """'axial contour at S +12 mm'."""
    return f"{contour.plane.view} contour at {told_place(contour.plane.view, contour_position_mm(contour))}"


def _require_inside(contour: Sketch, grid: VoxelGrid, structure: str) -> None:
    """Checks that a contour lies within the cube."""
    wanted, half_mm = catalog.structure(structure), float(grid.size_mm[0]) / 2
    reach_mm = float(np.abs(_on_axes(_points_ras(contour), grid)).max())
    if reach_mm > half_mm:
        reach, edge = told_apart((reach_mm, half_mm), "{:.0f}".format)
        raise SketchError(
            f"The {contour_title(contour)} lies outside of the cube of the {wanted.title.lower()}: it reaches {reach} "
            f"mm from the middle of the drawings, the cube {edge} mm.",
            hint="Check its position, and draw contours and sketches in one place.",
        )


def _beyond(contour: Sketch, sketch: Sketch, grid: VoxelGrid) -> str:
    """What is told of a contour that leaves a silhouette; nothing where it does not.

    Raises:
        SketchError: Its plane misses the silhouette.
    """
    along, seen = _axis_ras(contour), [axis for axis in range(3) if axis != _axis_ras(sketch)]
    middle, size = _middle_and_size(sketch, grid)
    if along in seen and abs(float(_on_axes(_middle_ras(contour), grid)[along] - middle[along])) > size[along] / 2:
        origin = float(grid.center_ras @ grid.axis_ras(along))
        low, high = (
            told_place(contour.plane.view, origin + float(middle[along]) + side * float(size[along]) / 2)
            for side in (-1, 1)
        )
        raise SketchError(
            f"The {contour_title(contour)} misses the organ: the {sketch.plane.view} sketch reaches from {low} to "
            f"{high}.",
            hint="Draw the contour on a plane that cuts the organ.",
        )
    points = _on_axes(_points_ras(contour), grid)
    shared = [axis for axis in seen if axis != along]
    over = [float(np.abs(points[:, axis] - middle[axis]).max() - size[axis] / 2) for axis in shared]
    most = int(np.argmax(over))
    if over[most] <= TOLERANCE * size[shared[most]]:
        return ""
    return (
        f"The {contour_title(contour)} reaches {over[most]:.0f} mm beyond the {sketch.plane.view} sketch along "
        f"{_AXES[shared[most]]}."
    )


def _points_ras(sketch: Sketch) -> Floats:
    """(N, 3) the points of the outlines, or of all strokes where there are none."""
    strokes = sketch.of_kind(("outline",)) or sketch.strokes
    return sketch.plane.to_ras(np.concatenate([stroke.points_mm for stroke in strokes]))


def _middle_ras(sketch: Sketch) -> Floats:
    """(3,) the middle of the drawing, on its plane."""
    points = sketch.plane.from_ras(_points_ras(sketch))
    return sketch.plane.to_ras((points.min(axis=0) + points.max(axis=0)) / 2)


def _on_axes(points_ras: Floats, grid: VoxelGrid) -> Floats:
    """RAS points (..., 3) as mm from the cube's middle along its own axes."""
    return np.asarray((points_ras - grid.center_ras) @ _axes(grid))


def _fitted(second: Sketch, first: Sketch, grid: VoxelGrid, order: tuple[str, str]) -> tuple[Sketch, tuple[str, ...]]:
    """The second drawing, moved and scaled along the shared axis onto the first, and what was different.

    Args:
        second, first: On faces of the cube.
        grid: The cube.
        order: What the two are called, 'second' and 'first'.
    """
    axis = 3 - _axis_ras(first) - _axis_ras(second)
    (middle, size), (own_middle, own_size) = (_middle_and_size(one, grid) for one in (first, second))
    if min(size[axis], own_size[axis]) <= 0:
        raise SketchError(
            f"A drawing has no extent along {_AXES[axis]}, which both views show.", hint="Draw closed outlines."
        )
    share = float(own_size[axis] / size[axis])
    off_mm = float(own_middle[axis] - middle[axis])
    notes = _differences(axis, float(size[axis]), share, off_mm, order)
    plane = second.plane
    along = plane.plane_to_ras[:3, :2].T @ _axes(grid)[:, axis]  # (2,): ±1 for the paper's axis, 0 for the other
    place_mm, sign = int(np.abs(along).argmax()), np.sign(along[int(np.abs(along).argmax())])
    strokes = []
    for stroke in second.strokes:
        points = stroke.points_mm.copy()
        points[:, place_mm] = (points[:, place_mm] - sign * own_middle[axis]) / share + sign * middle[axis]
        strokes.append(replace(stroke, points_mm=points))
    return replace(second, strokes=tuple(strokes)), notes


def _differences(axis: int, size_mm: float, share: float, off_mm: float, order: tuple[str, str]) -> tuple[str, ...]:
    """What is told of two drawings of one axis.

    Raises:
        SketchError: They differ too much to be of one organ.
    """
    name, notes = _AXES[axis], []
    later, earlier = order
    change = f"{abs(share - 1):.0%} {(_LARGER if share > 1 else _SMALLER)[axis]} than the {earlier}"
    sizes = " mm against ".join(told_apart((share * size_mm, size_mm), "{:.0f}".format)) + f" mm along {name}"
    if abs(share - 1) > CONFLICT:
        raise SketchError(f"The {later} drawing is {change}: {sizes}.", hint="Check the scale of both drawings.")
    if abs(share - 1) > TOLERANCE:
        notes.append(f"The {later} drawing is {change}: {sizes}; it was scaled to the {earlier} along that axis.")
    where = f"{abs(off_mm):.0f} mm nearer the {_TOWARDS[axis][0 if off_mm > 0 else 1]} than the {earlier} along {name}"
    if abs(off_mm) > CONFLICT * size_mm:
        raise SketchError(f"The {later} drawing lies {where}.", hint="Draw both views of one organ in one place.")
    if abs(off_mm) > TOLERANCE * size_mm:
        notes.append(f"The {later} drawing lies {where}; it was moved onto it.")
    return tuple(notes)


def _middle_and_size(sketch: Sketch, grid: VoxelGrid) -> tuple[Floats, Floats]:
    """Middle from the cube's centre, and size of the outline, along the cube's axes i, j, k in mm."""
    along = _on_axes(_points_ras(sketch), grid)
    low, high = along.min(axis=0), along.max(axis=0)
    return (low + high) / 2, high - low


def _on_plane(sketch: Sketch, plane: PlaneFrame) -> Sketch:
    """The drawing's foot on another plane."""
    strokes = tuple(
        replace(stroke, points_mm=plane.from_ras(sketch.plane.to_ras(stroke.points_mm))) for stroke in sketch.strokes
    )
    return replace(sketch, strokes=strokes, plane=plane)


def _axes(grid: VoxelGrid) -> Floats:
    """(3, 3) unit vectors of i, j, k as columns: the patient's right, front and top, or turned with the plane."""
    return np.asarray(grid.ijk_to_ras[:3, :3] / grid.spacing_mm)


def _axis_ras(sketch: Sketch) -> int:
    return standard_view(sketch.plane.view).axis_ras


def _require_fit(extent_mm: float, structure: str) -> None:
    wanted = catalog.structure(structure)
    if extent_mm > wanted.cube_mm:
        spans, edge = told_apart((extent_mm, wanted.cube_mm), "{:.0f}".format)
        raise SketchError(
            f"The drawing spans {spans} mm, more than the {edge} mm cube of the {wanted.title.lower()}.",
            hint="Check its scale (mm per pixel) or the structure.",
        )

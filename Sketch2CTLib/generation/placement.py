"""Where the result lies: the cube is centred on the drawings, turned with the first one's plane, and they lie on it.

The organ stands in the middle of its cube along all three axes, as in training. The first drawing decides two of
them, and its plane the third; a second drawing on another view decides the third in its place. What both drawings
show, the axis that they share, is taken from the first: the second one is moved and scaled along it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..apart import told_apart
from ..errors import SketchError
from ..frames import PlaneFrame, VoxelGrid
from ..frames import view as standard_view
from ..sketch import Sketch, silhouette

PIXELS = 256
TOLERANCE = 0.05  # of the first drawing's size along the shared axis: beyond it a difference is told
CONFLICT = 0.30  # beyond it the two drawings are not of one organ
LARGEST_TILT_DEGREES = 10.0
_LARGER = ("wider", "deeper", "higher")  # along R–L, A–P and S–I
_SMALLER = ("narrower", "shallower", "lower")
_TOWARDS = (("right", "left"), ("front", "back"), ("top", "bottom"))
_AXES = ("R–L", "A–P", "S–I")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """A cube and the drawings on its faces.

    Args:
        grid: The output cube.
        sketch, second: The drawings, each on a plane whose middle is the cube's, seen from the cube's side.
        notes: How the two drawings differ along their shared axis, one sentence each.
    """

    grid: VoxelGrid
    sketch: Sketch | None
    second: Sketch | None = None
    notes: tuple[str, ...] = ()

    @property
    def sketches(self) -> tuple[Sketch, ...]:
        """The drawings that there are."""
        return tuple(one for one in (self.sketch, self.second) if one is not None)


def place(structure: str, sketch: Sketch | None, second: Sketch | None, voxels: int) -> Placement:
    """The cube of one or two drawings; without any it is centred on the origin, along the patient's axes.

    Args:
        structure: Catalog name.
        sketch, second: Drawings anywhere in space, on two views.
        voxels: Edge of the cube.

    Raises:
        SketchError: A drawing is larger than the cube, both are of one view, or they cannot be of one organ.
    """
    cube_mm = catalog.structure(structure).cube_mm
    if sketch is None:
        if second is not None:
            raise SketchError("A second sketch is given without a first.", hint="Give it as the first one.")
        return Placement(VoxelGrid.ras_cube((0.0, 0.0, 0.0), cube_mm, voxels), None)
    first = centred_sketch(sketch, structure)
    grid = cube_on_plane(first.plane, cube_mm, voxels)
    if second is not None:
        _require_two_views(sketch, second)
        seen_along = _axis_ras(sketch)
        middle = _middle_and_size(on_face(second, grid), grid)[0]
        grid = moved(grid, np.eye(3)[seen_along] * middle[seen_along])
    return place_on(grid, structure, sketch, second)


def place_on(grid: VoxelGrid, structure: str, sketch: Sketch | None, second: Sketch | None = None) -> Placement:
    """The drawings on the faces of a cube that is given.

    Raises:
        SketchError: As `place`.
    """
    if sketch is None:
        return Placement(grid, None)
    first = on_face(sketch, grid)
    if second is None:
        return Placement(grid, first)
    _require_two_views(sketch, second)
    fitted, notes = _fitted(on_face(second, grid), first, grid)
    _require_fit(float(_middle_and_size(fitted, grid)[1].max()), structure)
    return Placement(grid, first, fitted, notes)


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

    Raises:
        SketchError: Its plane is turned out of the cube's by more than 10°.
    """
    plane, axes = standard_view(sketch.plane.view), _axes(grid)
    u, v, n = (axes @ np.asarray(way) for way in (plane.u_ras, plane.v_ras, plane.normal_ras))
    tilt = np.degrees(np.arccos(min(1.0, abs(float(n @ sketch.plane.plane_to_ras[:3, 2])))))
    if tilt > LARGEST_TILT_DEGREES:
        raise SketchError(
            f"The {plane.name} drawing is turned by {tilt:.0f}° against the {plane.name} face of the cube.",
            hint="Draw both views on planes at right angles, and edit a result on the planes that it was drawn on.",
        )
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = u, v, n
    matrix[:3, 3] = grid.center_ras + n * float((sketch.plane.center_ras - grid.center_ras) @ n)
    return _on_plane(sketch, PlaneFrame(plane.name, matrix, (float(grid.size_mm[0]),) * 2))


def beside(drawing: Sketch, first: Sketch) -> Sketch:
    """A drawing that only knows its size and view, put where the first one is: middle on middle.

    Args:
        drawing: On a plane that was chosen for it, as that of an imported picture.
        first: The drawing that knows where it lies, on another view.
    """
    points = np.concatenate([stroke.points_mm for stroke in first.of_kind(("outline",)) or first.strokes])
    target = first.plane.to_ras((points.min(axis=0) + points.max(axis=0)) / 2)
    own = np.concatenate([stroke.points_mm for stroke in drawing.of_kind(("outline",)) or drawing.strokes])
    matrix = drawing.plane.plane_to_ras.copy()
    matrix[:3, 3] += target - drawing.plane.to_ras((own.min(axis=0) + own.max(axis=0)) / 2)
    return replace(drawing, plane=PlaneFrame(drawing.plane.view, matrix, drawing.plane.size_mm))


def _fitted(second: Sketch, first: Sketch, grid: VoxelGrid) -> tuple[Sketch, tuple[str, ...]]:
    """The second drawing, moved and scaled along the shared axis onto the first, and what was different."""
    axis = 3 - _axis_ras(first) - _axis_ras(second)
    (middle, size), (own_middle, own_size) = (_middle_and_size(one, grid) for one in (first, second))
    if min(size[axis], own_size[axis]) <= 0:
        raise SketchError(
            f"A drawing has no extent along {_AXES[axis]}, which both views show.", hint="Draw closed outlines."
        )
    share = float(own_size[axis] / size[axis])
    off_mm = float(own_middle[axis] - middle[axis])
    notes = _differences(axis, float(size[axis]), share, off_mm)
    plane = second.plane
    along = plane.plane_to_ras[:3, :2].T @ _axes(grid)[:, axis]  # (2,): ±1 for the paper's axis, 0 for the other
    place_mm, sign = int(np.abs(along).argmax()), np.sign(along[int(np.abs(along).argmax())])
    strokes = []
    for stroke in second.strokes:
        points = stroke.points_mm.copy()
        points[:, place_mm] = (points[:, place_mm] - sign * own_middle[axis]) / share + sign * middle[axis]
        strokes.append(replace(stroke, points_mm=points))
    return replace(second, strokes=tuple(strokes)), notes


def _differences(axis: int, size_mm: float, share: float, off_mm: float) -> tuple[str, ...]:
    """What is told of two drawings of one axis.

    Raises:
        SketchError: They differ too much to be of one organ.
    """
    name, notes = _AXES[axis], []
    change = f"{abs(share - 1):.0%} {(_LARGER if share > 1 else _SMALLER)[axis]} than the first"
    sizes = " mm against ".join(told_apart((share * size_mm, size_mm), "{:.0f}".format)) + f" mm along {name}"
    if abs(share - 1) > CONFLICT:
        raise SketchError(f"The second drawing is {change}: {sizes}.", hint="Check the scale of both drawings.")
    if abs(share - 1) > TOLERANCE:
        notes.append(f"The second drawing is {change}: {sizes}; it was scaled to the first along that axis.")
    where = f"{abs(off_mm):.0f} mm nearer the {_TOWARDS[axis][0 if off_mm > 0 else 1]} than the first along {name}"
    if abs(off_mm) > CONFLICT * size_mm:
        raise SketchError(f"The second drawing lies {where}.", hint="Draw both views of one organ in one place.")
    if abs(off_mm) > TOLERANCE * size_mm:
        notes.append(f"The second drawing lies {where}; it was moved onto it.")
    return tuple(notes)


def _middle_and_size(sketch: Sketch, grid: VoxelGrid) -> tuple[Floats, Floats]:
    """Middle from the cube's centre, and size of the outline, along the cube's axes i, j, k in mm."""
    outlines = sketch.of_kind(("outline",)) or sketch.strokes
    points = sketch.plane.to_ras(np.concatenate([stroke.points_mm for stroke in outlines])) - grid.center_ras
    along = points @ _axes(grid)
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


def _require_two_views(first: Sketch, second: Sketch) -> None:
    if first.plane.view == second.plane.view:
        raise SketchError(f"Both sketches are {first.plane.view}.", hint="Draw the second one on another view.")


def _require_fit(extent_mm: float, structure: str) -> None:
    wanted = catalog.structure(structure)
    if extent_mm > wanted.cube_mm:
        spans, edge = told_apart((extent_mm, wanted.cube_mm), "{:.0f}".format)
        raise SketchError(
            f"The drawing spans {spans} mm, more than the {edge} mm cube of the {wanted.title.lower()}.",
            hint="Check its scale (mm per pixel) or the structure.",
        )

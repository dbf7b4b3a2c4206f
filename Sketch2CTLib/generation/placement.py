"""Where the result lies: the cube is centred on the drawing, and turned with its plane."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .. import catalog
from ..errors import SketchError
from ..frames import PlaneFrame, VoxelGrid
from ..sketch import Sketch, silhouette

PIXELS = 256


def cube_on_plane(plane: PlaneFrame, size_mm: float, voxels: int) -> VoxelGrid:
    """The cube that is seen along the plane's normal: a RAS cube for standard planes, turned for oblique ones."""
    u, v, n = plane.plane_to_ras[:3, :3].T
    axes_ijk = {"axial": (-u, v, -n), "coronal": (-u, n, v), "sagittal": (-n, -u, v)}[plane.view]
    spacing = size_mm / voxels
    affine = np.eye(4)
    affine[:3, :3] = np.stack(axes_ijk, axis=1) * spacing + 0.0
    affine[:3, 3] = plane.center_ras - affine[:3, :3] @ np.full(3, (voxels - 1) / 2)
    return VoxelGrid((voxels, voxels, voxels), affine)


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
    extent_mm = max(rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1) * pixel_mm
    if extent_mm > wanted.cube_mm:
        raise SketchError(
            f"The drawing spans {extent_mm:.0f} mm, more than the {wanted.cube_mm:.0f} mm cube of the "
            f"{wanted.title.lower()}.",
            hint="Check its scale (mm per pixel) or the structure.",
        )
    u = (columns[0] + columns[-1] + 1) / 2 * pixel_mm - paper_mm / 2
    v = paper_mm / 2 - (rows[0] + rows[-1] + 1) / 2 * pixel_mm
    offset = np.array([u, v])
    matrix = sketch.plane.plane_to_ras.copy()
    matrix[:3, 3] = sketch.plane.to_ras(offset)
    plane = PlaneFrame(sketch.plane.view, matrix, (wanted.cube_mm, wanted.cube_mm))
    strokes = tuple(replace(stroke, points_mm=stroke.points_mm - offset) for stroke in sketch.strokes)
    return replace(sketch, strokes=strokes, plane=plane)

"""Voxel grids and drawing planes: the only room that knows kji, ijk, RAS, LPS and mm.

Conventions, everywhere in Sketch2CT:

- Arrays are indexed `[k, j, i]`; a point in voxels is `(i, j, k)`; world coordinates are RAS in mm.
- A RAS cube has i → Right, j → Anterior, k → Superior and one isotropic spacing.
- ITK and NRRD files are LPS; the flip happens here and nowhere else.
- A plane has u to the right and v up *on paper*, as Slicer shows it: axial u=L v=A, coronal u=L v=S,
  sagittal u=P v=S. A picture of a plane has row 0 at the largest v.
"""

from .bodies import (
    bounding_box,
    cropped,
    cube_around,
    cut_of,
    evenly_sliced,
    mask_on_grid,
    middle_and_extent,
    signed_distance_mm,
    smooth_field,
)
from .grid import VoxelGrid, from_sitk, resample, to_sitk
from .nrrdio import VolumeWarning, header_voxels, read_layers, read_volume, write_nrrd
from .plane import VIEWS, PlaneFrame, View, project, told_place, view

__all__ = [
    "VIEWS",
    "PlaneFrame",
    "View",
    "VolumeWarning",
    "VoxelGrid",
    "bounding_box",
    "cropped",
    "cube_around",
    "cut_of",
    "evenly_sliced",
    "from_sitk",
    "header_voxels",
    "mask_on_grid",
    "middle_and_extent",
    "project",
    "read_layers",
    "read_volume",
    "resample",
    "signed_distance_mm",
    "smooth_field",
    "to_sitk",
    "told_place",
    "view",
    "write_nrrd",
]

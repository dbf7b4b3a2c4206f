"""A result of several organs as one segmentation: a segment for each, with its code and colour, without overlap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import slicer
import vtk
from vtk.util import numpy_support

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import InputError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.frames.nrrdio import read_volume

from . import provenance
from .loading import (
    MASK_FILE,
    CandidateFiles,
    image_geometry,
    keep_segments,
    open_scene,
    put_segment,
    set_reference,
    short_name,
)

_LABELMAP, _SURFACE = "Binary labelmap", "Closed surface"


class OrganFiles(CandidateFiles):
    """The files of a result of several organs; `read` them first.

    Args:
        result_folder: Folder of the result.
        structures: Catalog names of the organs, in order.
    """

    def __init__(self, result_folder, structures) -> None:
        super().__init__(result_folder, 0)
        self.structures = tuple(structures)
        self.bodies: dict[str, tuple[np.ndarray, tuple[int, int, int]]] = {}
        self.fields: dict[str, dict[str, str]] = {}
        self.grid: VoxelGrid | None = None  # of all

    def read(self, check: Callable[[], None] = lambda: None) -> OrganFiles:
        """Cuts each organ out of the label map; for a thread: the finest organ's voxels fill the region of all.

        Raises:
            InputError: A file is missing or damaged, or lacks an organ.
        """
        folder = Path(self.result_folder)
        labels, self.grid, shared = read_volume(folder / MASK_FILE)
        for structure in self.structures:
            check()
            own = folder / structure / MASK_FILE
            told = provenance.read_header(own) if own.is_file() else {}
            self.fields[structure] = {**shared, **told}
            self.bodies[structure] = _cut_out(labels == catalog.structure(structure).label)
        return self


def _cut_out(body: np.ndarray) -> tuple[np.ndarray, tuple[int, int, int]]:
    """The uint8 box around a mask, and its first voxel (i, j, k); a voxel of nothing where it is empty."""
    spans = [np.flatnonzero(body.any(axis=tuple(other for other in range(3) if other != axis))) for axis in range(3)]
    box = tuple(slice(int(one[0]), int(one[-1]) + 1) if len(one) else slice(0, 1) for one in spans)
    k, j, i = (one.start for one in box)
    return np.ascontiguousarray(body[box]).view(np.uint8), (i, j, k)


def make_organ_surface(node, structure: str) -> None:
    """The surface of one organ for 3D views; all of them in one go would hold up the window."""
    segmentation, alone = node.GetSegmentation(), slicer.vtkSegmentation()
    segment = segmentation.GetSegment(structure)
    if segment is None:
        return
    alone.SetSourceRepresentationName(_LABELMAP)
    alone.CopyConversionParameters(segmentation)
    alone.CopySegmentFromSegmentation(segmentation, structure)
    if alone.CreateRepresentation(_SURFACE):
        segment.AddRepresentation(_SURFACE, alone.GetSegment(structure).GetRepresentation(_SURFACE))


def make_organs(files: OrganFiles, *, node=None):
    """The organs of a result as a segmentation node; surfaces are made later, by `make_organ_surface`.

    It is edited on the grid of its files, on which they are saved voxel by voxel; the scan's is coarser.

    Args:
        files: The files, read.
        node: Segmentation node of an earlier result to be used again; a new one without it.

    Raises:
        InputError: The files were not read, or the scene is being closed or opened.
    """
    if not files.bodies:
        raise InputError("The organs were not read.", hint="Generate the result again.")
    scene = open_scene()
    if node is None:
        node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"SYNTHETIC {short_name(*files.structures)}")
    with slicer.util.NodeModify(node):
        node.CreateDefaultDisplayNodes()
        keep_segments(node, files.structures)
        images = {name: _image(*files.bodies[name], files.grid) for name in files.structures}
        for name, image in images.items():
            put_segment(node, image, catalog.structure(name))
            segment = node.GetSegmentation().GetSegment(name)
            provenance.write_tags(segment, {**files.fields[name], provenance.SYNTHETIC: "1"})
            segment.SetTag(slicer.vtkSlicerSegmentationsModuleLogic.GetStatusTagName(), "completed")
        set_reference(node, image_geometry(files.grid, (0, 0, 0), files.grid.shape_kji), None)
    return node


def _image(body_kji: np.ndarray, first_ijk: tuple[int, int, int], grid: VoxelGrid):
    """A piece of a mask in the geometry of the whole grid: of others Slicer would resample each when it saves them."""
    image = image_geometry(grid, first_ijk, body_kji.shape)
    voxels = numpy_support.numpy_to_vtk(body_kji.ravel(), deep=True, array_type=vtk.VTK_UNSIGNED_CHAR)
    image.GetPointData().SetScalars(voxels)
    return image

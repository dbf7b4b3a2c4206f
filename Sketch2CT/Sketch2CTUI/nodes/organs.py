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
from .loading import MASK_FILE, CandidateFiles, keep_segments, open_scene, put_segment, set_reference, short_name

_SURFACE = "Closed surface"


class OrganFiles(CandidateFiles):
    """The files of a result of several organs; `read` them first.

    Args:
        result_folder: Folder of the result.
        structures: Catalog names of the organs, in order.
    """

    def __init__(self, result_folder, structures) -> None:
        super().__init__(result_folder, 0)
        self.structures = tuple(structures)
        self.bodies: dict[str, tuple[np.ndarray, VoxelGrid]] = {}
        self.fields: dict[str, dict[str, str]] = {}

    def read(self, check: Callable[[], None] = lambda: None) -> OrganFiles:
        """Cuts each organ out of the label map; for a thread: the finest organ's voxels fill the region of all.

        Raises:
            InputError: A file is missing or damaged, or lacks an organ.
        """
        folder = Path(self.result_folder)
        labels, grid, shared = read_volume(folder / MASK_FILE)
        for structure in self.structures:
            check()
            own = folder / structure / MASK_FILE
            told = provenance.read_header(own) if own.is_file() else {}
            self.fields[structure] = {**shared, **told}
            self.bodies[structure] = _cut_out(labels, grid, structure)
        return self


def _cut_out(labels: np.ndarray, grid: VoxelGrid, structure: str) -> tuple[np.ndarray, VoxelGrid]:
    """The (D, H, W) uint8 box around one label, and its grid; a single voxel of nothing where there is none."""
    body = labels == catalog.structure(structure).label
    spans = [np.flatnonzero(body.any(axis=tuple(other for other in range(3) if other != axis))) for axis in range(3)]
    box = tuple(slice(int(one[0]), int(one[-1]) + 1) if len(one) else slice(0, 1) for one in spans)
    inside = np.ascontiguousarray(body[box]).view(np.uint8)
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] = grid.to_ras([one.start for one in box[::-1]])
    return inside, VoxelGrid(inside.shape, affine)


def make_organ_surface(segmentation, structure: str) -> None:
    """The surface of one organ for 3D views; all of them in one go would hold up the window."""
    surface = vtk.vtkPolyData()
    segment = segmentation.GetSegmentation().GetSegment(structure)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    if segment is not None and logic.GetSegmentClosedSurfaceRepresentation(segmentation, structure, surface, True):
        segment.AddRepresentation(_SURFACE, surface)


def make_organs(files: OrganFiles, *, reference_volume=None, node=None):
    """The organs of a result as a segmentation node; surfaces are made later, by `loading.make_surface`.

    Args:
        files: The files, read.
        reference_volume: Volume whose grid the segmentation is edited on.
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
        images = {name: _image(*files.bodies[name]) for name in files.structures}
        for name, image in images.items():
            put_segment(node, image, catalog.structure(name))
            segment = node.GetSegmentation().GetSegment(name)
            provenance.write_tags(segment, {**files.fields[name], provenance.SYNTHETIC: "1"})
            segment.SetTag(slicer.vtkSlicerSegmentationsModuleLogic.GetStatusTagName(), "completed")
        set_reference(node, images[files.structures[0]], reference_volume)
    return node


def _image(body_kji: np.ndarray, grid: VoxelGrid):
    """A mask as vtkOrientedImageData."""
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(*body_kji.shape[::-1])
    image.SetImageToWorldMatrix(slicer.util.vtkMatrixFromArray(grid.ijk_to_ras))
    image.GetPointData().SetScalars(
        numpy_support.numpy_to_vtk(body_kji.ravel(), deep=True, array_type=vtk.VTK_UNSIGNED_CHAR)
    )
    return image

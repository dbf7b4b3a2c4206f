"""Results of a generation as nodes of the scene: a segmentation, a volume, the agreement of the candidates.

Result folders are those that the library writes: mask.seg.nrrd, volume.nrrd, report.json and agreement.nrrd of the best
candidate, the others in candidate_02, candidate_03, …  Candidates count from 0 here, as in the results panel.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

import slicer
import vtk

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import InputError
from Sketch2CTLib.frames import VoxelGrid

from . import provenance, views
from .provenance import in_scene

MASK_FILE = "mask.seg.nrrd"
VOLUME_FILE = "volume.nrrd"
AGREEMENT_FILE = "agreement.nrrd"
REPORT_FILE = "report.json"
SKETCH_ATTRIBUTE = "Sketch2CT.sketch"  # of a segmentation: the drawing that it was made from, as JSON
_LABELMAP = "Binary labelmap"
_AGAIN = "Generate the result again."
_MOST_NAMES = 3


def candidate_folder(result_folder, candidate: int) -> Path:
    """The folder with the files of a candidate; those of the best one (0) lie in the result's folder itself."""
    return Path(result_folder) / ("" if candidate == 0 else f"candidate_{candidate + 1:02d}")


class CandidateFiles:
    """The mask and the scan of a candidate, each read from its file once, when it is first used; no scene is touched.

    Args:
        result_folder: Folder of the result.
        candidate: From 0, the best one.
    """

    def __init__(self, result_folder, candidate: int) -> None:
        self.result_folder, self._folder = result_folder, candidate_folder(result_folder, candidate)

    @cached_property
    def mask(self):
        """The labels (vtkOrientedImageData) and the fields of their file.

        Raises:
            InputError: The file is missing or damaged.
        """
        path = self._folder / MASK_FILE
        fields = provenance.read_header(path)
        labels = _read(path, slicer.vtkMRMLLabelMapVolumeNode())
        image = slicer.vtkSlicerSegmentationsModuleLogic.CreateOrientedImageDataFromVolumeNode(labels)
        image.UnRegister(None)  # the logic made it for the caller
        return image, fields

    @cached_property
    def volume(self):
        """The scan (a volume node of no scene) and the fields of its file; None where there is no scan.

        Raises:
            InputError: The file is damaged.
        """
        path = self._folder / VOLUME_FILE
        return (_read(path, slicer.vtkMRMLScalarVolumeNode()), provenance.read_header(path)) if path.is_file() else None


def make_segmentation(files: CandidateFiles, *, structure, sketch=None, reference_volume=None, node=None, surface=True):
    """The mask of a candidate as a segmentation node of one segment.

    Args:
        files: The files of the candidate.
        structure: Catalog name; gives the segment its ID, name, colour and terminology.
        sketch: `Sketch` that it was made from; remembered in the scene with the node.
        reference_volume: Volume whose grid the segmentation is edited on; the mask's own grid without one.
        node: Segmentation node of an earlier candidate to be used again; a new one without it.
        surface: Whether the 3D surface is made at once (60 ms at 128³); `make_surface` does it later.

    Raises:
        InputError: A file is missing or damaged, or the scene is being closed or read.
        UnknownStructure: The catalog has no such structure.
    """
    definition = catalog.structure(structure)
    image, fields = files.mask
    scene = open_scene()
    if node is None:
        node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"SYNTHETIC {short_name(structure)}")
    with slicer.util.NodeModify(node):
        node.CreateDefaultDisplayNodes()
        keep_segments(node, (definition.name,))
        put_segment(node, image, definition)
        segment = node.GetSegmentation().GetSegment(definition.name)
        provenance.write_tags(segment, {**fields, provenance.SYNTHETIC: "1"})
        segment.SetTag(slicer.vtkSlicerSegmentationsModuleLogic.GetStatusTagName(), "completed")
        set_reference(node, image, reference_volume)
        node.SetAttribute(SKETCH_ATTRIBUTE, None if sketch is None else json.dumps(sketch.to_dict()))
    if surface:
        make_surface(node)
    return node


def make_surface(segmentation) -> None:
    """The surface that 3D views show, made anew from the labels."""
    segmentation.CreateClosedSurfaceRepresentation()


def make_volume(files: CandidateFiles, *, structure, node=None):
    """The scan of a candidate as a volume node: int16, HU where it is CT; None where the result has no scan.

    Args:
        files: The files of the candidate.
        structure: Catalog name.
        node: Volume node of an earlier candidate to be used again.

    Raises:
        InputError: The file is damaged, or the scene is being closed or read.
    """
    definition, scan = catalog.structure(structure), files.volume
    if scan is None:
        return None
    fresh, fields = scan
    modality = fields.get(f"{provenance.PREFIX}Modality", definition.modality)
    name = f"SYNTHETIC {short_name(structure)} {modality}"
    return _volume_node(fresh, fields, node, name, lambda volume: views.show_as_scan(volume, modality))


def make_agreement(result_folder, node=None):
    """How many of the candidates hold each voxel, in percent, as a coloured volume; None where there is but one.

    Raises:
        InputError: The file is damaged, or the scene is being closed or read.
    """
    path = Path(result_folder) / AGREEMENT_FILE
    if not path.is_file():
        return None
    fresh = _read(path, slicer.vtkMRMLScalarVolumeNode())
    fields = provenance.read_header(path)
    return _volume_node(fresh, fields, node, "SYNTHETIC agreement", views.show_as_agreement)


def short_name(structure: str, *others: str) -> str:
    """The name of structures within a node's name: lower case, without brackets; of many the first and how many more.

    Raises:
        UnknownStructure: The catalog has no such structure.
    """
    names = [catalog.structure(one).title.partition(" (")[0].lower() for one in (structure, *others)]
    if len(names) > _MOST_NAMES:
        return f"{names[0]} and {len(names) - 1} others"
    return " and ".join([*([", ".join(names[:-1])] if names[:-1] else []), names[-1]])


def open_scene():
    """The scene, which can be changed now.

    Raises:
        InputError: It is being closed or read: nodes that came now would vanish or disturb.
    """
    scene = slicer.mrmlScene
    if scene.IsClosing() or scene.IsImporting() or scene.IsRestoring():
        raise InputError("The scene is being closed or opened.", hint="Try again when that is done.")
    return scene


def _read(path: Path, node):
    """An NRRD file in a node that belongs to no scene, so that nothing is seen before it is whole."""
    if not path.is_file():
        raise InputError(f"There is no file '{path}'.", hint=_AGAIN)
    storage = slicer.vtkMRMLNRRDStorageNode()
    storage.SetFileName(str(path))
    if not storage.ReadData(node) or node.GetImageData() is None or not node.GetImageData().GetNumberOfPoints():
        raise InputError(f"'{path.name}' cannot be read as a volume.", hint=_AGAIN)
    return node


def _volume_node(fresh, fields: dict, node, name: str, show):
    """A node of the scene with the voxels and the place of one that belongs to none.

    `show` gives the node its look while it has no voxels yet: a window that is not automatic saves 25 ms of looking at
    128³ of them.
    """
    scene = open_scene()
    if node is None:
        node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    ijk_to_ras = vtk.vtkMatrix4x4()
    fresh.GetIJKToRASMatrix(ijk_to_ras)
    with slicer.util.NodeModify(node):
        node.SetIJKToRASMatrix(ijk_to_ras)
        node.CreateDefaultDisplayNodes()
        show(node)
        node.SetAndObserveImageData(fresh.GetImageData())
        for key in provenance.read_attributes(node):
            node.SetAttribute(key, None)
        provenance.write_attributes(node, {**fields, provenance.SYNTHETIC: "1"})
    return node


def keep_segments(node, names: tuple[str, ...]) -> None:
    """Takes all segments but those of some structures out of a segmentation."""
    segmentation = node.GetSegmentation()
    others = [one for one in segmentation.GetSegmentIDs() if one not in names]
    for segment_id in others:
        segmentation.RemoveSegment(segment_id)


def put_segment(node, image, definition: catalog.Structure) -> None:
    """The image as the structure's segment; one that is there already keeps how it is shown."""
    segmentation = node.GetSegmentation()
    if segmentation.GetSegment(definition.name) is None:
        color = [value / 255 for value in definition.color_rgb]
        node.AddSegmentFromBinaryLabelmapRepresentation(image, definition.title, color, definition.name)
    else:
        _replace_labels(node, segmentation.GetSegment(definition.name), image)
    segment = segmentation.GetSegment(definition.name)
    segment.SetName(definition.title)
    segment.SetTag(segment.GetTerminologyEntryTagName(), catalog.terminology_entry(definition.name))
    segment.NameAutoGeneratedOff()
    segment.ColorAutoGeneratedOff()


def _replace_labels(node, segment, image) -> None:
    segmentation = node.GetSegmentation()
    segment.RemoveAllRepresentations()
    segment.SetLabelValue(1)
    segment.AddRepresentation(_LABELMAP, image)
    segmentation.InvokeEvent(segmentation.SourceRepresentationModified)


def set_reference(node, image, reference_volume) -> None:
    """The grid that a segmentation is edited on: the volume's, else the image's."""
    if in_scene(reference_volume):
        node.SetReferenceImageGeometryParameterFromVolumeNode(reference_volume)
        return
    segmentation = node.GetSegmentation()
    name = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    geometry = slicer.vtkSegmentationConverter.SerializeImageGeometry(image)
    segmentation.SetConversionParameter(name, geometry)


def image_geometry(grid: VoxelGrid, first_ijk, shape_kji):
    """An image without voxels: where a piece of a grid lies."""
    ends = zip(first_ijk, shape_kji[::-1], strict=True)
    image = slicer.vtkOrientedImageData()
    image.SetExtent([number for first, count in ends for number in (first, first + count - 1)])
    image.SetImageToWorldMatrix(slicer.util.vtkMatrixFromArray(grid.ijk_to_ras))
    return image

"""The draft in the scene: one segmentation that follows the pen, seen in all views, saved and listed nowhere."""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from vtk.util import numpy_support

from Sketch2CTLib import catalog

from .loading import open_scene
from .provenance import SYNTHETIC, in_scene
from .result_nodes import remove_node

NAME = "SYNTHETIC draft"
_SURFACE = "Closed surface"
_ITERATIONS = 12  # of smoothing: voxels of 5 mm are not seen as steps
_OPACITY = 0.6


def draft_surface(body_kji: np.ndarray, ijk_to_ras: np.ndarray):
    """The smooth surface of a small mask as vtkPolyData in RAS mm: 15 ms at 64³.

    Args:
        body_kji: (D, H, W) bool.
        ijk_to_ras: (4, 4), at voxel centres.
    """
    labels = np.pad(body_kji.astype(np.uint8), 1)
    image = vtk.vtkImageData()
    image.SetDimensions(*labels.shape[::-1])
    image.SetOrigin(-1.0, -1.0, -1.0)
    image.GetPointData().SetScalars(numpy_support.numpy_to_vtk(labels.ravel(), deep=True))
    nets = vtk.vtkSurfaceNets3D()
    nets.SetInputData(image)
    nets.SetValue(0, 1)
    nets.SetOutputMeshTypeToTriangles()
    nets.GetSmoother().SetNumberOfIterations(_ITERATIONS)
    to_ras = vtk.vtkTransform()
    to_ras.SetMatrix(np.asarray(ijk_to_ras, dtype=float).ravel())
    placed = vtk.vtkTransformPolyDataFilter()
    placed.SetInputConnection(nets.GetOutputPort())
    placed.SetTransform(to_ras)
    normals = vtk.vtkPolyDataNormals()
    normals.SetInputConnection(placed.GetOutputPort())
    normals.SplittingOff()
    normals.AutoOrientNormalsOn()
    normals.Update()
    surface = vtk.vtkPolyData()
    surface.ShallowCopy(normals.GetOutput())
    surface.GetCellData().Initialize()
    return surface


def show_draft(surface, structure: str, node=None):
    """Shows a surface as the draft; the node of the draft before is used again where it is still in the scene.

    Args:
        surface: vtkPolyData in RAS mm.
        structure: Catalog name; gives the colour.
        node: What this function gave back before.

    Raises:
        InputError: The scene is being closed or read.
    """
    definition = catalog.structure(structure)
    open_scene()
    if not in_scene(node):
        node = _made()
    with slicer.util.NodeModify(node):
        segmentation = node.GetSegmentation()
        segment = segmentation.GetSegment(definition.name)
        if segment is None:
            segmentation.RemoveAllSegments()
            color = [value / 255 for value in definition.color_rgb]
            node.AddSegmentFromClosedSurfaceRepresentation(surface, definition.title, color, definition.name)
        else:
            segment.RemoveAllRepresentations()
            segment.AddRepresentation(_SURFACE, surface)
            segmentation.InvokeEvent(segmentation.SourceRepresentationModified)
    return node


def remove_draft(node) -> None:
    """Takes the draft out of the scene; nothing where it is gone already."""
    if in_scene(node):
        remove_node(node)


def _made():
    """A segmentation of surfaces that no list shows and no file holds."""
    scene = slicer.mrmlScene
    node = scene.CreateNodeByClass("vtkMRMLSegmentationNode")
    node.UnRegister(None)
    node.SetName(NAME)
    node.SetHideFromEditors(True)
    node.SetSaveWithScene(False)
    node.SetAttribute(SYNTHETIC, "1")
    scene.AddNode(node)
    node.GetSegmentation().SetSourceRepresentationName(_SURFACE)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    with slicer.util.NodeModify(display):
        display.SetSaveWithScene(False)
        display.SetPreferredDisplayRepresentationName2D(_SURFACE)
        display.SetPreferredDisplayRepresentationName3D(_SURFACE)
        display.SetVisibility2DFill(False)
        display.SetVisibility2DOutline(True)
        display.SetOpacity3D(_OPACITY)
    return node

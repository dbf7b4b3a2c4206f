"""Slicer's views of the scene, rendered off-screen by its own displayable managers: three slices and the surface."""

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

SLICES = ("Red", "Yellow", "Green")
_THREE_D = ("vtkMRMLModelDisplayableManager", "vtkMRMLSegmentationsDisplayableManager3D")
_TWO_D = ("vtkMRMLModelSliceDisplayableManager", "vtkMRMLSegmentationsDisplayableManager2D")
_BACKGROUND = (0.55, 0.58, 0.68)
_ROOM = 1.35  # of the field of view about the organ


def prepare():
    """What the application adds to a scene and rendering asks for: colours and the mode of the mouse."""
    scene = slicer.mrmlScene
    if scene.GetFirstNodeByClass("vtkMRMLInteractionNode") is None:
        scene.AddNewNodeByClass("vtkMRMLInteractionNode", "Interaction")
    if scene.GetFirstNodeByClass("vtkMRMLSelectionNode") is None:
        scene.AddNewNodeByClass("vtkMRMLSelectionNode", "Selection")
    logic = slicer.modules.colors.logic()
    logic.AddDefaultColorNodes()
    for number in range(scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeDisplayNode")):
        display = scene.GetNthNodeByClass(number, "vtkMRMLScalarVolumeDisplayNode")
        if display.GetColorNode() is None:
            display.SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")


def four_views(segmentation, volume, pixels):
    """Axial, surface, coronal and sagittal, as (rows, columns, 3) uint8, row 0 on top."""
    prepare()
    axial, sagittal, coronal = (slice_view(name, segmentation, volume, pixels) for name in SLICES)
    return [axial, surface_view(segmentation, pixels), coronal, sagittal]


def slice_view(name, segmentation, volume, pixels):
    """One slice view through the middle of a segmentation, with the volume behind its outline."""
    node = slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLSliceNode")
    bounds = _bounds(segmentation)
    size = _ROOM * max(bounds[1::2] - bounds[::2])
    node.SetDimensions(pixels, pixels, 1)
    node.SetFieldOfView(size, size, 1.0)
    node.JumpSliceByCentering(*((bounds[::2] + bounds[1::2]) / 2))
    renderer, window = _window(pixels, (0, 0, 0))
    logic = slicer.vtkMRMLSliceLogic()
    application = slicer.app.applicationLogic()
    logic.SetMRMLApplicationLogic(application)
    logic.SetMRMLScene(slicer.mrmlScene)
    logic.SetSliceNode(node)
    composite = logic.GetSliceCompositeNode()
    if volume is not None:
        composite.SetBackgroundVolumeID(volume.GetID())
    logic.UpdatePipeline()
    mapper = vtk.vtkImageMapper()
    mapper.SetColorWindow(255)
    mapper.SetColorLevel(127.5)
    mapper.SetInputConnection(logic.GetImageDataConnection())
    actor = vtk.vtkActor2D()
    actor.SetMapper(mapper)
    actor.GetProperty().SetDisplayLocationToBackground()
    if logic.GetImageDataConnection() is not None:
        renderer.AddActor2D(actor)
    factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
    group = _managers(factory, _TWO_D, renderer, node)
    picture = _grabbed(window)
    del group
    return picture


def surface_view(segmentation, pixels):
    """The 3D view from the front and a little above."""
    node = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLViewNode")
    renderer, window = _window(pixels, _BACKGROUND)
    factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
    group = _managers(factory, _THREE_D, renderer, node)
    bounds = _bounds(segmentation)
    middle = (bounds[::2] + bounds[1::2]) / 2
    camera = renderer.GetActiveCamera()
    camera.SetFocalPoint(*middle)
    camera.SetPosition(*(middle + np.array([0.25, 1.0, 0.35])))  # from the front: anterior is +A
    camera.SetViewUp(0, 0, 1)
    renderer.ResetCamera(bounds.tolist())
    picture = _grabbed(window)
    del group
    return picture


def _managers(factory, names, renderer, node):
    factory.SetMRMLApplicationLogic(slicer.app.applicationLogic())
    for name in names:
        if not factory.IsDisplayableManagerRegistered(name):
            factory.RegisterDisplayableManager(name)
    group = factory.InstantiateDisplayableManagers(renderer)
    group.SetMRMLDisplayableNode(node)
    return group


def _window(pixels, background):
    renderer, window = vtk.vtkRenderer(), vtk.vtkRenderWindow()
    renderer.SetBackground(*background)
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(pixels, pixels)
    window.AddRenderer(renderer)
    interactor = vtk.vtkGenericRenderWindowInteractor()
    interactor.SetRenderWindow(window)
    return renderer, window


def _grabbed(window):
    window.Render()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.ReadFrontBufferOff()
    grab.Update()
    image = grab.GetOutput()
    columns, rows, _ = image.GetDimensions()
    return np.ascontiguousarray(vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, 3)[::-1])


def _bounds(segmentation):
    """Of the surface; those of the labels are the whole cube's."""
    surface = vtk.vtkPolyData()
    (segment_id, *_) = segmentation.GetSegmentation().GetSegmentIDs()
    segmentation.GetClosedSurfaceRepresentation(segment_id, surface)
    return np.array(surface.GetBounds())

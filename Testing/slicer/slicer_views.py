"""Slicer's slice and 3D views drawn off the screen, by the displayable managers of the application.

Without a display VTK falls back to EGL by itself.
"""

import numpy as np
import slicer
import vtk
from vtk.util import numpy_support

_SLICE_MANAGERS = ("vtkMRMLVolumeGlyphSliceDisplayableManager", "vtkMRMLSegmentationsDisplayableManager2D")
_SOLID_MANAGERS = ("vtkMRMLSegmentationsDisplayableManager3D", "vtkMRMLVolumeRenderingDisplayableManager")


def slice_picture(name, pixels=300):
    """(rows, columns, 3) uint8 of a slice view: its volumes, and segmentations over them."""
    scene = slicer.mrmlScene
    node = scene.GetSingletonNode(name, "vtkMRMLSliceNode")
    composites = [scene.GetNthNodeByClass(n, "vtkMRMLSliceCompositeNode") for n in range(3)]
    node.SetDimensions(pixels, pixels, 1)
    logic = slicer.vtkMRMLSliceLogic()
    logic.SetMRMLScene(scene)
    logic.SetSliceNode(node)
    logic.SetSliceCompositeNode(next(one for one in composites if one.GetLayoutName() == name))
    logic.ResizeSliceNode(pixels, pixels)
    window, renderer = _window(pixels)
    _add_volumes(logic, renderer, pixels)
    factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
    group = _managers(factory, _SLICE_MANAGERS, renderer, node)
    picture = _grabbed(window)
    group.SetMRMLDisplayableNode(None)
    logic.SetMRMLScene(None)
    return picture


def solid_picture(direction=(0.0, 1.0, 0.0), up=(0.0, 0.0, 1.0), pixels=300):
    """(rows, columns, 3) uint8 of the 3D view, seen along a direction of RAS space."""
    node = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLViewNode")
    window, renderer = _window(pixels, background=(0.75, 0.77, 0.9))
    factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
    group = _managers(factory, _SOLID_MANAGERS, renderer, node)
    camera = renderer.GetActiveCamera()
    camera.SetFocalPoint(0.0, 0.0, 0.0)
    camera.SetPosition(*(-np.asarray(direction) * 600.0))
    camera.SetViewUp(*up)
    renderer.ResetCamera()
    picture = _grabbed(window)
    group.SetMRMLDisplayableNode(None)
    return picture


def _window(pixels, background=(0.0, 0.0, 0.0)):
    window, renderer = vtk.vtkRenderWindow(), vtk.vtkRenderer()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(pixels, pixels)
    renderer.SetBackground(*background)
    window.AddRenderer(renderer)
    interactor = vtk.vtkRenderWindowInteractor()  # displayable managers ask for one
    interactor.SetRenderWindow(window)
    window.SetInteractor(interactor)
    renderer.interactor_kept = interactor
    return window, renderer


def _add_volumes(logic, renderer, pixels):
    """The blended volumes as the view's ground, a pixel a pixel."""
    logic.UpdatePipeline()
    mapper, actor = vtk.vtkImageMapper(), vtk.vtkActor2D()
    mapper.SetColorWindow(255)
    mapper.SetColorLevel(127.5)
    connection = logic.GetImageDataConnection()
    if connection is None:
        return
    mapper.SetInputConnection(connection)
    actor.SetMapper(mapper)
    actor.GetProperty().SetDisplayLocationToBackground()
    renderer.AddViewProp(actor)
    camera = renderer.GetActiveCamera()
    camera.ParallelProjectionOn()
    camera.SetParallelScale(pixels / 2)


def _managers(factory, names, renderer, node):
    for name in names:
        if not factory.IsDisplayableManagerRegistered(name):
            factory.RegisterDisplayableManager(name)
    factory.SetMRMLApplicationLogic(slicer.app.applicationLogic())
    group = factory.InstantiateDisplayableManagers(renderer)
    group.SetMRMLDisplayableNode(node)
    return group


def _grabbed(window):
    window.Render()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.SetInputBufferTypeToRGB()
    grab.ReadFrontBufferOff()
    grab.Update()
    image = grab.GetOutput()
    columns, rows, _ = image.GetDimensions()
    values = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, 3)
    return np.ascontiguousarray(values[::-1])

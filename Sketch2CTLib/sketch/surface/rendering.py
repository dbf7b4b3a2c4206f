"""How a body looks from a plane: grey shading and depth, rendered off-screen with VTK.

Where OpenGL cannot be had (a bare container, a forked process), `casting` makes the same picture in numpy.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ResourceError
from ...frames import PlaneFrame, VoxelGrid
from .casting import BodyPicture, cast

_HINT = "Install Mesa (on Debian and Ubuntu: libegl1 and libgl1-mesa-dri)."
_OSMESA = ("libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so")


@dataclass(frozen=True, eq=False)
class _Scene:
    """One off-screen window with one body in it, kept for the next picture."""

    window: Any
    renderer: Any
    actor: Any
    mapper: Any


@dataclass
class _OpenGL:
    """What this process knows of its OpenGL. One picture at a time: a context serves one thread at a time.

    A forked child that inherits an open context hangs as soon as it renders, so it must not try.
    """

    lock: threading.Lock
    process: int | None = None  # that opened it
    scene: _Scene | None = None
    refused: bool = False


_opengl = _OpenGL(threading.Lock())


def render(field_kji: NDArray[np.float32], grid: VoxelGrid, plane: PlaneFrame, pixels: int) -> BodyPicture:
    """The 0.5 surface of a field, seen from the plane's viewer by parallel rays.

    Args:
        field_kji: Smoothed mask, below 0.5 at its borders.
        grid: RAS-aligned grid of the field.
        plane: A standard plane, square: the paper of the picture.
        pixels: Edge of the picture.
    """
    try:
        return render_with_opengl(field_kji, grid, plane, pixels)
    except ResourceError:
        return cast(field_kji, grid, plane, pixels)


def render_with_opengl(field_kji: NDArray[np.float32], grid: VoxelGrid, plane: PlaneFrame, pixels: int) -> BodyPicture:
    """As `render`, with VTK or not at all.

    Raises:
        ResourceError: OpenGL is not available on this machine.
    """
    if _opengl.process not in (None, os.getpid()):
        raise ResourceError("OpenGL cannot be used in a forked process.", hint="Start processes by 'spawn'.")
    reach = float(np.linalg.norm(grid.size_mm)) + max(plane.size_mm)
    surface, matrix = _surface(field_kji), _matrix(np.linalg.inv(plane.plane_to_ras) @ grid.ijk_to_ras)
    with _opengl.lock:
        shading, nearness = _shoot(_scene(), surface, matrix, max(plane.size_mm) / 2, reach, pixels)
    inside = nearness > 1e-6
    if not inside.any():
        raise ResourceError("OpenGL rendered an empty picture.", hint=_HINT)
    depth = np.where(inside, nearness * 2 * reach, 0).astype(np.float32)
    return BodyPicture(np.where(inside, shading, 0).astype(np.uint8), depth, inside)


def _shoot(
    scene: _Scene, surface: Any, matrix: Any, half_mm: float, reach_mm: float, pixels: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The surface seen from +z, x to the right and y up: grey values, and nearness 0 (far) to 1; row 0 on top."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkFloatArray, vtkUnsignedCharArray

    scene.mapper.SetInputData(surface)
    scene.actor.SetUserMatrix(matrix)
    camera = scene.renderer.GetActiveCamera()
    camera.ParallelProjectionOn()
    camera.SetFocalPoint(0, 0, 0)
    camera.SetPosition(0, 0, reach_mm)
    camera.SetViewUp(0, 1, 0)
    camera.SetParallelScale(half_mm)
    camera.SetClippingRange(0.0, 2 * reach_mm)
    scene.window.SetSize(pixels, pixels)
    grey, depth = vtkUnsignedCharArray(), vtkFloatArray()
    with _quiet():
        scene.window.Render()
        scene.window.GetPixelData(0, 0, pixels - 1, pixels - 1, 0, grey, 0)
        scene.window.GetZbufferData(0, 0, pixels - 1, pixels - 1, depth)
        scene.window.ReleaseCurrent()  # for the next thread
    scene.mapper.SetInputDataObject(None)
    if grey.GetNumberOfTuples() != pixels**2 or depth.GetNumberOfTuples() != pixels**2:
        return np.zeros((pixels, pixels), np.uint8), np.zeros((pixels, pixels), np.float32)
    shading = vtk_to_numpy(grey).reshape(pixels, pixels, -1)[::-1, :, 0]
    return shading, 1.0 - vtk_to_numpy(depth).reshape(pixels, pixels)[::-1]


def _surface(field_kji: NDArray[np.float32]) -> Any:
    """The 0.5 surface in voxel coordinates (i, j, k), with normals from the field's gradient."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    image = vtkImageData()
    image.SetDimensions(*field_kji.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(field_kji).ravel(), deep=True))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, 0.5)
    edges.ComputeNormalsOn()
    edges.ComputeScalarsOff()
    edges.Update()
    return edges.GetOutput()


def _matrix(values: NDArray[np.float64]) -> Any:
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    matrix.DeepCopy(values.ravel().tolist())
    return matrix


def _scene() -> _Scene:
    """The process's scene, made once; raises ResourceError where no OpenGL can be had. Call it with the lock held."""
    if _opengl.scene is None and not _opengl.refused:
        _opengl.process = os.getpid()
        with _quiet():
            _opengl.scene = next((scene for scene in map(_furnished, _window_classes()) if _works(scene)), None)
        _opengl.refused = _opengl.scene is None
    if _opengl.scene is None:
        raise ResourceError("This machine has no OpenGL to render with.", hint=_HINT)
    return _opengl.scene


def _window_classes() -> list[Any]:
    """Kinds of window that need no display and whose library this machine has."""
    try:
        from vtkmodules import vtkRenderingOpenGL2
        from vtkmodules.vtkRenderingCore import vtkRenderWindow
    except ImportError as error:
        raise ResourceError(f"VTK cannot render here ({error}).", hint=_HINT) from error
    if not sys.platform.startswith("linux"):
        return [vtkRenderWindow]
    libraries = {"vtkEGLRenderWindow": ("libEGL.so.1", "libEGL.so"), "vtkOSOpenGLRenderWindow": _OSMESA}
    return [
        getattr(vtkRenderingOpenGL2, name)
        for name, files in libraries.items()
        if hasattr(vtkRenderingOpenGL2, name) and any(map(_loads, files))
    ]


def _loads(library: str) -> bool:
    """Whether a shared library is there: VTK crashes, rather than complains, where its OpenGL is not."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _furnished(window_class: Any) -> _Scene:
    """A window of that class with an empty body and a headlight."""
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

    window, renderer, actor, mapper = window_class(), vtkRenderer(), vtkActor(), vtkPolyDataMapper()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(64, 64)
    window.AddRenderer(renderer)
    renderer.SetBackground(0, 0, 0)
    actor.SetMapper(mapper)
    surface = actor.GetProperty()
    surface.SetColor(1, 1, 1)
    surface.SetAmbient(0)
    surface.SetDiffuse(1)
    surface.SetSpecular(0)
    renderer.AddActor(actor)
    return _Scene(window, renderer, actor, mapper)


def _works(scene: _Scene) -> bool:
    """Whether a test sphere is rendered; a window without its library reports success and draws nothing."""
    scene.window.Initialize()
    if sys.platform.startswith("linux") and scene.window.GetGenericContext() is None:
        return False
    k, j, i = np.indices((8, 8, 8), dtype=np.float32) - 3.5
    ball = _surface((1 - np.sqrt(k**2 + j**2 + i**2) / 6).astype(np.float32))
    centred = _matrix(np.array([[1.0, 0, 0, -3.5], [0, 1, 0, -3.5], [0, 0, 1, -3.5], [0, 0, 0, 1]]))
    shading, nearness = _shoot(scene, ball, centred, 6.0, 20.0, 64)
    return bool(shading[32, 32] > 200 and shading[0, 0] == 0 and 0 < (nearness > 1e-6).mean() < 0.5)


@contextmanager
def _quiet() -> Iterator[None]:
    """VTK's own log kept off the terminal: what fails here is told as an error of ours."""
    from vtkmodules.vtkCommonCore import vtkLogger, vtkObject

    warned = vtkObject.GetGlobalWarningDisplay()
    verbosity = vtkLogger.GetCurrentVerbosityCutoff()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    vtkObject.GlobalWarningDisplayOff()
    try:
        yield
    finally:
        vtkObject.SetGlobalWarningDisplay(warned)
        vtkLogger.SetStderrVerbosity(verbosity)

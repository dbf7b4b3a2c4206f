"""Pictures of the scene to draw over: a volume's slice on the paper, its projection, or a segment's."""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from vtk.util import numpy_support

from Sketch2CTLib.errors import InputError
from Sketch2CTLib.frames import PlaneFrame

from ..widgets.translation import _
from .segments import SEPARATOR, SceneSegments, cropped, linear_to_world

_SLICE, _PROJECTION, _SEGMENT = "slice", "projection", "segment"
_MOST_PIXELS = 2048
_FEWEST_PIXELS = 16
_MOST_SLICES = 1024  # through the depth of a projection
_STEP_MM = 1.0  # from one to the next
_PROJECTION_PIXELS = 256
_AT_ONCE = 16  # of them, for the memory's sake
_WHITE = 255
_ROBUST = (0.5, 99.5)  # percentiles of a volume that has no window of its own
_SAMPLES = 200_000


class SceneReferences:
    """What of the scene may lie behind a sketch; a key is 'slice|nodeID', 'projection|nodeID' or 'segment|…'."""

    def __init__(self, segments=None):
        self._segments = segments or SceneSegments()

    def choices(self) -> list[tuple[str, str]]:
        """Key and title of each picture that can be made."""
        choices = []
        for node in _volumes():
            choices.append((f"{_SLICE}{SEPARATOR}{node.GetID()}", _("{name}: slice").format(name=node.GetName())))
            choices.append(
                (f"{_PROJECTION}{SEPARATOR}{node.GetID()}", _("{name}: projection").format(name=node.GetName()))
            )
        for key, title in self._segments.choices():
            choices.append((f"{_SEGMENT}{SEPARATOR}{key}", _("{title}: silhouette").format(title=title)))
        return choices

    def picture(self, key: str, plane: PlaneFrame, pixels: int) -> np.ndarray | None:
        """A picture that covers the paper exactly.

        A projection is that of the brightest voxels within half the paper's longer edge before and behind it; a
        segment's silhouette is that of all its voxels.

        Args:
            key: A key of `choices`.
            plane: The paper.
            pixels: The pixels of its longer edge.

        Returns:
            (rows, columns) uint8, row 0 on top; None where nothing of it lies on the paper.

        Raises:
            InputError: The volume or segment is gone, or cannot be used.
        """
        kind, _dot, rest = str(key).partition(SEPARATOR)
        shape = _shape(plane, pixels)
        if kind == _SEGMENT:
            return self._silhouette(rest, plane, shape)
        node = slicer.mrmlScene.GetNodeByID(rest) if rest else None
        if kind not in (_SLICE, _PROJECTION) or node is None or node.GetImageData() is None:
            raise InputError(_("The chosen volume is no longer in the scene."), hint=_("Choose another picture."))
        window, image, to_volume = _window(node), node.GetImageData(), _world_to_volume(node)
        if kind == _SLICE:
            values = _resliced(image, to_volume, plane, shape, (0.0, 1.0))
            return None if values is None else _grey(values, *window)
        depth = max(plane.size_mm), max(_STEP_MM, min(node.GetSpacing()))
        values = _projected(image, to_volume, plane, shape, depth)
        if values is None:
            return None
        # The brightest of many voxels are brighter than a slice: its window alone would show white.
        return _grey(values, window[0], max(window[1], float(np.percentile(values, _ROBUST[1]))))

    def _silhouette(self, key: str, plane: PlaneFrame, shape: tuple[int, int]) -> np.ndarray | None:
        labels, grid = self._segments.mask(key)
        labels, grid = cropped(labels, grid)
        to_ijk = np.linalg.inv(grid.ijk_to_ras)
        image = _image(labels.astype(np.uint8) * _WHITE)
        corners = grid.to_ras(_corners(image)) - plane.center_ras
        depth_mm = 2.0 * float(np.abs(corners @ plane.plane_to_ras[:3, 2]).max()) + float(grid.spacing_mm.max())
        depth = depth_mm, max(_STEP_MM, float(grid.spacing_mm.min())) / 2  # what is one voxel thin is not lost
        values = _projected(image, to_ijk, plane, shape, depth)
        return None if values is None else np.where(values >= _WHITE / 2, _WHITE, 0).astype(np.uint8)


def _volumes() -> list:
    """Volumes of one value a voxel that a person sees in lists; label maps are segments' business."""
    scene, name = slicer.mrmlScene, "vtkMRMLScalarVolumeNode"
    nodes = (scene.GetNthNodeByClass(n, name) for n in range(scene.GetNumberOfNodesByClass(name)))
    return [
        node
        for node in nodes
        if not node.GetHideFromEditors()
        and not node.IsA("vtkMRMLLabelMapVolumeNode")
        and node.GetImageData() is not None
        and node.GetImageData().GetNumberOfScalarComponents() == 1
    ]


def _shape(plane: PlaneFrame, pixels: int) -> tuple[int, int]:
    longest = min(max(int(pixels), _FEWEST_PIXELS), _MOST_PIXELS)
    pixel_mm = max(plane.size_mm) / longest
    return max(1, round(plane.size_mm[1] / pixel_mm)), max(1, round(plane.size_mm[0] / pixel_mm))


def _world_to_volume(node):
    """World to voxels of a volume: a (4, 4) array, or a transform where one that bends is above the volume."""
    matrix = vtk.vtkMatrix4x4()
    node.GetRASToIJKMatrix(matrix)
    to_ijk, parent = slicer.util.arrayFromVTKMatrix(matrix).copy(), node.GetParentTransformNode()
    if parent is None or parent.IsTransformToWorldLinear():
        return to_ijk @ np.linalg.inv(linear_to_world(node, node.GetName()))
    whole = vtk.vtkGeneralTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(None, parent, whole)
    whole.PostMultiply()
    whole.Concatenate(matrix)
    return whole


def _picture_to_volume(to_ras: np.ndarray, world_to_volume):
    """Picture to voxels; one matrix where that can be, which is twenty times as fast."""
    if isinstance(world_to_volume, np.ndarray):
        linear = vtk.vtkMatrixToLinearTransform()
        linear.SetInput(slicer.util.vtkMatrixFromArray(world_to_volume @ to_ras))
        return linear
    whole = vtk.vtkGeneralTransform()
    whole.PostMultiply()
    whole.Concatenate(slicer.util.vtkMatrixFromArray(to_ras))
    whole.Concatenate(world_to_volume)
    return whole


def _projected(image, world_to_volume, plane: PlaneFrame, shape, depth):
    """A projection, computed on at most 256 pixels and enlarged, so that the mouse never waits for a picture."""
    shrink = min(1.0, _PROJECTION_PIXELS / max(shape))
    small = tuple(max(1, round(n * shrink)) for n in shape)
    values = _resliced(image, world_to_volume, plane, small, depth)
    if values is None or small == tuple(shape):
        return values
    scale = np.array([small[1] / shape[1], small[0] / shape[0]])
    matrix = np.diag([*scale, 1.0, 1.0])
    matrix[:2, 3] = scale / 2 - 0.5  # pixels are areas: their edges meet, not their centres
    enlarging = _picture_to_volume(matrix, np.eye(4))
    return _sampled(_image(values[None]), enlarging, (shape[1], shape[0], 1), float(values.min()))[0]


def _resliced(image, world_to_volume, plane: PlaneFrame, shape, depth: tuple[float, float]):
    """(rows, columns) of an image on the paper, the largest values within a depth; None where it lies elsewhere.

    Args:
        image: vtkImageData.
        world_to_volume: The result of `_world_to_volume`.
        plane, shape: The paper, and the picture's rows and columns.
        depth: How much before and behind the paper together, and the step through it, in mm.
    """
    rows, columns = shape
    slices = min(_MOST_SLICES, max(1, round(depth[0] / depth[1])))
    step = plane.size_mm[0] / columns, plane.size_mm[1] / rows, depth[0] / slices or 1.0
    picture_to_ras = plane.plane_to_ras @ np.diag([step[0], -step[1], step[2], 1.0])
    bare = _without_position(image)
    low = float(image.GetScalarRange()[0]) - 1.0  # below every value: tells 'outside' from 'dark'
    values = np.full(shape, low, dtype=np.float32)
    for first in range(0, slices, _AT_ONCE):
        count = min(_AT_ONCE, slices - first)
        corner = np.array([-(columns - 1) / 2, -(rows - 1) / 2, first - (slices - 1) / 2, 1.0])
        to_ras = picture_to_ras.copy()
        to_ras[:3, 3] = (picture_to_ras @ corner)[:3]
        transform = _picture_to_volume(to_ras, world_to_volume)
        np.maximum(values, _sampled(bare, transform, (columns, rows, count), low).max(axis=0), out=values)
    return values if (values > low).any() else None


def _sampled(image, transform, size, background: float) -> np.ndarray:
    """(slices, rows, columns) float32 of an image at the voxels of a box that a transform brings into it."""
    reslice = vtk.vtkImageReslice()
    reslice.SetInputData(image)
    reslice.SetResliceTransform(transform)
    reslice.SetInterpolationModeToLinear()
    reslice.SetOutputScalarType(vtk.VTK_FLOAT)
    reslice.SetBackgroundLevel(background)
    reslice.SetOutputSpacing(1.0, 1.0, 1.0)
    reslice.SetOutputOrigin(0.0, 0.0, 0.0)
    reslice.SetOutputExtent(0, size[0] - 1, 0, size[1] - 1, 0, size[2] - 1)
    reslice.Update()
    scalars = numpy_support.vtk_to_numpy(reslice.GetOutput().GetPointData().GetScalars())
    return scalars.reshape(size[::-1])


def _without_position(image):
    """The same voxels with indices for coordinates; what MRML does, and others need not."""
    bare = vtk.vtkImageData()
    bare.ShallowCopy(image)
    bare.SetOrigin(0.0, 0.0, 0.0)
    bare.SetSpacing(1.0, 1.0, 1.0)
    return bare


def _image(array_kji: np.ndarray):
    image = vtk.vtkImageData()
    image.SetDimensions(*array_kji.shape[::-1])
    image.GetPointData().SetScalars(numpy_support.numpy_to_vtk(np.ascontiguousarray(array_kji).ravel(), deep=True))
    return image


def _corners(image) -> np.ndarray:
    extent = image.GetExtent()
    return np.array([(i, j, k) for i in extent[:2] for j in extent[2:4] for k in extent[4:]], dtype=float)


def _window(node) -> tuple[float, float]:
    """The values that are black and white: the display's window, or nearly the whole range."""
    display = node.GetDisplayNode()
    if display is not None and display.IsA("vtkMRMLScalarVolumeDisplayNode") and display.GetWindow() > 0:
        return display.GetLevel() - display.GetWindow() / 2, display.GetLevel() + display.GetWindow() / 2
    values = slicer.util.arrayFromVolume(node).ravel()
    low, high = np.percentile(values[:: max(1, values.size // _SAMPLES)], _ROBUST)
    return float(low), float(max(high, low + 1e-6))


def _grey(values: np.ndarray, black: float, white: float) -> np.ndarray:
    return np.rint(np.clip((values - black) / (white - black), 0.0, 1.0) * _WHITE).astype(np.uint8)

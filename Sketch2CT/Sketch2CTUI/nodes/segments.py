"""Masks out of the scene's segmentations: any grid, oblique or flipped, under any linear transform."""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from vtk.util import numpy_support

from Sketch2CTLib.errors import GridError, InputError, MaskError
from Sketch2CTLib.frames import VoxelGrid

SEPARATOR = "|"
_LABELMAP = "Binary labelmap"
_MOST_VOXELS = 2**28  # what the library writes at most: 645³
_SAME = 1e-4  # of a voxel, that two grids may lie apart and still be one


class SceneSegments:
    """The segments of all segmentations of the scene; a key is 'nodeID|segmentID'."""

    def choices(self) -> list[tuple[str, str]]:
        """Key and title of every segment, as the panels list them."""
        choices = []
        for node in _segmentation_nodes():
            segmentation = node.GetSegmentation()
            for segment_id in segmentation.GetSegmentIDs():
                title = f"{node.GetName()}: {segmentation.GetSegment(segment_id).GetName()}"
                choices.append((f"{node.GetID()}{SEPARATOR}{segment_id}", title))
        return choices

    def mask(self, key: str) -> tuple[np.ndarray, VoxelGrid]:
        """The voxels of a segment on the grid that its segmentation is edited on, in the world.

        Returns:
            (D, H, W) bool, and its grid.

        Raises:
            InputError: The segment is gone, or under a transform that bends.
            MaskError: It is empty.
            GridError: Its grid has too many voxels, or a transform shears it.
        """
        node, segment_id = self._found(key)
        segment = node.GetSegmentation().GetSegment(segment_id)
        name = segment.GetName()
        to_world = _matrix_to_world(node, name)
        image = slicer.vtkOrientedImageData()
        if not slicer.vtkSlicerSegmentationsModuleLogic.GetSegmentBinaryLabelmapRepresentation(
            node, segment_id, image, False
        ):
            raise MaskError(f"The segment '{name}' has no voxels.", hint="Draw or import something into it first.")
        labels, grid = _padded(image, node, segment)
        if not labels.any():
            raise MaskError(f"The segment '{name}' is empty.", hint="Draw or import something into it first.")
        return labels, moved(grid, to_world, f"The segment '{name}'")

    def node(self, key: str):
        """The segmentation node of a key.

        Raises:
            InputError: It is gone.
        """
        return self._found(key)[0]

    def _found(self, key: str):
        node_id, _, segment_id = str(key).partition(SEPARATOR)
        node = slicer.mrmlScene.GetNodeByID(node_id) if node_id else None
        if node is None or not node.IsA("vtkMRMLSegmentationNode"):
            raise InputError("The chosen segmentation is no longer in the scene.", hint="Choose another segment.")
        if node.GetSegmentation() is None or node.GetSegmentation().GetSegment(segment_id) is None:
            raise InputError(f"The chosen segment is no longer in '{node.GetName()}'.", hint="Choose another segment.")
        return node, segment_id


def cropped(labels: np.ndarray, grid: VoxelGrid) -> tuple[np.ndarray, VoxelGrid]:
    """The box around what is set, with a voxel of nothing around it."""
    box: tuple[slice, ...] = ()
    for axis in range(3):  # each within the ones before: most of a large grid is looked at once
        span = np.flatnonzero(labels[box].any(axis=tuple(a for a in range(3) if a != axis)))
        box = (*box, slice(int(span[0]), int(span[-1]) + 1))
    inside = np.pad(labels[box], 1)
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] = grid.to_ras([one.start - 1 for one in box[::-1]])
    return inside, VoxelGrid(inside.shape, affine)


def _segmentation_nodes() -> list:
    scene, name = slicer.mrmlScene, "vtkMRMLSegmentationNode"
    nodes = (scene.GetNthNodeByClass(n, name) for n in range(scene.GetNumberOfNodesByClass(name)))
    return [node for node in nodes if not node.GetHideFromEditors() and node.GetSegmentation() is not None]


def linear_to_world(node, title: str) -> np.ndarray:
    """The (4, 4) matrix of the transforms that a node is under; one without any has the unit matrix.

    Raises:
        InputError: One of them bends space.
    """
    parent = node.GetParentTransformNode()
    if parent is None:
        return np.eye(4)
    if not parent.IsTransformToWorldLinear():
        raise InputError(
            f"{title} is under the transform '{parent.GetName()}', which bends space.",
            hint="Harden the transform first (Data module, right click, Harden transform).",
        )
    matrix = vtk.vtkMatrix4x4()
    parent.GetMatrixTransformToWorld(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def _matrix_to_world(node, name: str) -> np.ndarray:
    return linear_to_world(node, f"The segment '{name}'")


def _padded(image, node, segment) -> tuple[np.ndarray, VoxelGrid]:
    """A segment's voxels within the whole grid of its segmentation; Slicer keeps the box around them only."""
    extent, affine, name = image.GetExtent(), image_to_world(image), segment.GetName()
    if extent[1] < extent[0] or extent[3] < extent[2] or extent[5] < extent[4]:
        raise MaskError(f"The segment '{name}' is empty.", hint="Draw or import something into it first.")
    low, high = np.array(extent[::2]), np.array(extent[1::2])
    whole_low, whole_high = whole_extent(node, affine, low, high)
    shape_ijk = whole_high - whole_low + 1
    if int(shape_ijk.astype(np.int64).prod()) > _MOST_VOXELS:
        size_text = " × ".join(str(n) for n in shape_ijk)
        raise GridError(
            f"The grid of the segment '{name}' has {size_text} voxels.", hint="Crop the segmentation first."
        )
    labels = np.zeros(shape_ijk[::-1], dtype=bool)
    inside = tuple(slice(a, b + 1) for a, b in zip((low - whole_low)[::-1], (high - whole_low)[::-1], strict=True))
    # Segments that do not overlap share one image, each with a value of its own; what was made of a surface has one.
    shares = segment.GetRepresentation(_LABELMAP) is not None
    labels[inside] = voxels_of(image) == segment.GetLabelValue() if shares else voxels_of(image) > 0
    first = affine.copy()
    first[:3, 3] = affine[:3, :3] @ whole_low + affine[:3, 3]
    return labels, VoxelGrid(labels.shape, first)


def voxels_of(image) -> np.ndarray:
    """(D, H, W) values of an image, in its own memory."""
    return numpy_support.vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])


def whole_extent(node, affine: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last index of the segmentation's reference grid, in the labels' own indices and with all of them.

    A reference of another spacing or direction is left aside: labels are not resampled.
    """
    name = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    text = node.GetSegmentation().GetConversionParameter(name)
    reference = slicer.vtkOrientedImageData()
    if not text or not slicer.vtkSegmentationConverter.DeserializeImageGeometry(text, reference, False):
        return low, high
    shift = np.linalg.inv(affine) @ image_to_world(reference)
    offset = np.rint(shift[:3, 3])
    if np.abs(shift[:3, :3] - np.eye(3)).max() > _SAME or np.abs(shift[:3, 3] - offset).max() > _SAME * 10:
        return low, high
    extent = np.array(reference.GetExtent())
    if (extent[1::2] < extent[::2]).any():
        return low, high
    first, last = extent[::2] + offset.astype(int), extent[1::2] + offset.astype(int)
    return np.minimum(low, first), np.maximum(high, last)


def image_to_world(image) -> np.ndarray:
    """The (4, 4) matrix from an image's indices to the world."""
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def moved(grid: VoxelGrid, to_world: np.ndarray, title: str) -> VoxelGrid:
    """A grid under a transform.

    Raises:
        GridError: It shears the grid.
    """
    there = VoxelGrid(grid.shape_kji, to_world @ grid.ijk_to_ras)
    axes = there.ijk_to_ras[:3, :3] / there.spacing_mm
    if np.abs(axes.T @ axes - np.eye(3)).max() > _SAME:
        raise GridError(
            f"{title} is under a transform that shears its grid.",
            hint="Harden the transform first (Data module, right click, Harden transform).",
        )
    return there

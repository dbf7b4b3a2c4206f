"""Masks out of segmentations: exact on any grid, moved by linear transforms, refused in one sentence otherwise."""

import itertools

import numpy as np
import pytest
import slicer
import slicer_bodies
import vtk
from Sketch2CTUI.nodes.segments import SceneSegments

from Sketch2CTLib.errors import GridError, InputError, MaskError

ORIENTATIONS = list(itertools.product(itertools.permutations(range(3)), itertools.product((False, True), repeat=3)))


def segmentation_of(scene, mask, grid, names=("Body",)):
    """A segmentation as Slicer's users have it: imported from a label volume with a reference volume."""
    volume = slicer.util.addVolumeFromArray(
        mask.astype(np.uint8),
        slicer.util.vtkMatrixFromArray(grid.ijk_to_ras),
        nodeClassName="vtkMRMLLabelMapVolumeNode",
    )
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Mine")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    assert slicer.modules.segmentations.logic().ImportLabelmapToSegmentationNode(volume, node)
    for index, name in enumerate(names):
        node.GetSegmentation().GetNthSegment(index).SetName(name)
    return node


def key_of(node, index=0):
    return f"{node.GetID()}|{node.GetSegmentation().GetNthSegmentID(index)}"


def under(scene, node, matrix):
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Moved")
    transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
    node.SetAndObserveTransformNodeID(transform.GetID())
    return transform


@pytest.mark.parametrize("tilt", [None, slicer_bodies.turn((1, 2, 3), 25.0)], ids=["straight", "oblique"])
def test_every_orientation_of_a_grid_comes_back_exactly(scene, tilt):
    for order, flips in ORIENTATIONS:
        grid = slicer_bodies.oriented_grid(order, flips, tilt=tilt)
        mask = slicer_bodies.body(grid, 120.0)
        node = segmentation_of(scene, mask, grid)
        found, placed = SceneSegments().mask(key_of(node))
        assert np.array_equal(found, mask), (order, flips)
        assert placed.shape_kji == grid.shape_kji and np.allclose(placed.ijk_to_ras, grid.ijk_to_ras, atol=1e-6)
        scene.RemoveNode(node)


def test_choices_name_every_segment_and_leave_hidden_nodes_out(scene):
    grid = slicer_bodies.oriented_grid((0, 1, 2), (False,) * 3)
    labels = slicer_bodies.body(grid, 120.0).astype(np.uint8)
    labels[:4, :4, :4] = 2
    node = segmentation_of(scene, labels, grid, ("Liver", "Corner"))
    hidden = segmentation_of(scene, labels, grid)
    hidden.SetHideFromEditors(True)
    assert [title for _, title in SceneSegments().choices()] == ["Mine: Liver", "Mine: Corner"]
    assert [SceneSegments().mask(key)[0].sum() for key, _ in SceneSegments().choices()] == [
        (labels == 1).sum(),
        (labels == 2).sum(),
    ]
    assert SceneSegments().node(key_of(node)) is node


def test_a_linear_transform_moves_the_grid_and_not_the_voxels(scene):
    grid = slicer_bodies.oriented_grid((2, 0, 1), (True, False, True))
    mask = slicer_bodies.body(grid, 120.0)
    node = segmentation_of(scene, mask, grid)
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = slicer_bodies.turn((0, 1, 1), 40.0), (12.0, -30.0, 7.0)
    under(scene, node, matrix)
    found, placed = SceneSegments().mask(key_of(node))
    assert np.array_equal(found, mask) and np.allclose(placed.ijk_to_ras, matrix @ grid.ijk_to_ras, atol=1e-6)


def test_transforms_that_shear_or_bend_are_refused_in_one_sentence(scene):
    grid = slicer_bodies.oriented_grid((0, 1, 2), (False,) * 3)
    node = segmentation_of(scene, slicer_bodies.body(grid, 120.0), grid)
    matrix = np.eye(4)
    matrix[0, 1] = 0.3
    under(scene, node, matrix)
    with pytest.raises(GridError, match="'Body' is under a transform that shears") as told:
        SceneSegments().mask(key_of(node))
    assert "Harden" in told.value.hint
    bent = scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode", "Bent")
    bent.SetAndObserveTransformToParent(slicer.vtkOrientedBSplineTransform())
    node.SetAndObserveTransformNodeID(bent.GetID())
    with pytest.raises(InputError, match="'Bent', which bends space"):
        SceneSegments().mask(key_of(node))


def test_a_segment_that_grew_beyond_its_reference_keeps_all_its_voxels(scene):
    grid = slicer_bodies.oriented_grid((0, 1, 2), (False,) * 3)
    mask = slicer_bodies.body(grid, 120.0)
    node = segmentation_of(scene, mask, grid)
    small = np.zeros((3, 4, 5), np.int16)
    first = grid.ijk_to_ras.copy()
    first[:3, 3] = grid.to_ras((10, 10, 10))
    volume = slicer.util.addVolumeFromArray(small, slicer.util.vtkMatrixFromArray(first))
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    found, placed = SceneSegments().mask(key_of(node))
    assert found.sum() == mask.sum()
    assert np.allclose(placed.to_ras(np.argwhere(found)[0][::-1]), grid.to_ras(np.argwhere(mask)[0][::-1]))


def test_a_reference_of_other_spacing_is_left_aside(scene):
    grid = slicer_bodies.oriented_grid((0, 1, 2), (True, False, False))
    mask = slicer_bodies.body(grid, 120.0)
    node = segmentation_of(scene, mask, grid)
    volume = slicer.util.addVolumeFromArray(np.zeros((9, 9, 9), np.int16))
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    found, placed = SceneSegments().mask(key_of(node))
    assert found.sum() == mask.sum() and np.allclose(placed.spacing_mm, grid.spacing_mm)


def test_a_segment_that_is_only_a_surface_is_filled(scene):
    sphere = vtk.vtkSphereSource()
    sphere.SetRadius(30.0)
    sphere.SetCenter(-40.0, 10.0, 5.0)
    sphere.SetThetaResolution(60)
    sphere.SetPhiResolution(60)
    sphere.Update()
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Surface")
    node.SetSourceRepresentationToClosedSurface()
    node.AddSegmentFromClosedSurfaceRepresentation(sphere.GetOutput(), "Ball", [1.0, 0.0, 0.0], "ball")
    found, placed = SceneSegments().mask(f"{node.GetID()}|ball")
    along = [found.any(axis=tuple(a for a in range(3) if a != axis)) for axis in (2, 1, 0)]
    center = placed.to_ras([np.flatnonzero(one).mean() for one in along])
    assert np.allclose(center, (-40.0, 10.0, 5.0), atol=0.5)
    assert found.sum() * placed.voxel_ml == pytest.approx(4 / 3 * np.pi * 27.0, rel=0.05)
    assert not node.GetSegmentation().ContainsRepresentation("Binary labelmap")  # the node stays as it was


def test_what_is_gone_or_empty_is_one_sentence(scene):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Mine")
    node.GetSegmentation().AddEmptySegment("nothing", "Nothing")
    with pytest.raises(MaskError, match="'Nothing'"):
        SceneSegments().mask(f"{node.GetID()}|nothing")
    with pytest.raises(InputError, match="no longer in 'Mine'"):
        SceneSegments().mask(f"{node.GetID()}|other")
    for key in ("", "|", "vtkMRMLSegmentationNode99|a", "vtkMRMLViewNode1|a"):
        with pytest.raises(InputError, match="no longer in the scene"):
            SceneSegments().mask(key)

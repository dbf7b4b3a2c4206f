"""Pictures to draw over: they cover the paper exactly, and the same body looks the same from any grid."""

from types import SimpleNamespace

import numpy as np
import pytest
import slicer
import slicer_bodies
import vtk
from Sketch2CTUI.nodes.reference import SceneReferences
from test_segments import ORIENTATIONS, key_of, segmentation_of, under

from Sketch2CTLib.errors import InputError
from Sketch2CTLib.frames import VIEWS, PlaneFrame, VoxelGrid, project

CUBE = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 160.0, 80)
HALF = round((25 + 60) / 200 * 255)  # grey between fat and body
TILTED = slicer_bodies.turn((1, 2, 1), 20.0)


def volume_of(mask, grid, name="CT"):
    node = slicer.util.addVolumeFromArray(
        slicer_bodies.scan(mask), slicer.util.vtkMatrixFromArray(grid.ijk_to_ras), name
    )
    node.GetDisplayNode().SetAutoWindowLevel(False)
    node.GetDisplayNode().SetWindowLevel(200.0, 40.0)
    return node


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


def oblique(view, size_mm=160.0, center=(0.0, 0.0, 0.0)):
    matrix = PlaneFrame.standard(view, size_mm, center).plane_to_ras.copy()
    matrix[:3, :3] = TILTED @ matrix[:3, :3]
    return PlaneFrame(view, matrix, (size_mm, size_mm))


def true_slice(plane, shape, size_mm):
    """What a picture of the body must show, computed from the body's formula at each pixel."""
    rows, columns = np.indices(shape)
    ras = plane.to_ras(plane.from_pixels(np.stack([columns, rows], axis=-1).reshape(-1, 2), shape))
    points = SimpleNamespace(shape_kji=(1, *shape), to_ras=lambda _: ras)
    return slicer_bodies.body(points, size_mm)[0]


@pytest.mark.parametrize("view", list(VIEWS))
def test_a_projection_of_a_segment_is_the_librarys_own(scene, view):
    mask = slicer_bodies.body(CUBE, 160.0)
    node = segmentation_of(scene, mask, CUBE)
    picture = SceneReferences().picture(f"segment|{key_of(node)}", PlaneFrame.standard(view, 160.0), 80)
    assert picture.dtype == np.uint8 and set(np.unique(picture)) == {0, 255}
    assert np.array_equal(picture > 0, project(mask, VIEWS[view]))


@pytest.mark.parametrize("view", list(VIEWS))
def test_a_slice_and_a_projection_of_a_volume_are_the_librarys_own(scene, view):
    mask = slicer_bodies.body(CUBE, 160.0)
    node = volume_of(mask, CUBE)
    middle = PlaneFrame.standard(view, 160.0, CUBE.to_ras((40, 40, 40)))
    matrix = middle.plane_to_ras.copy()
    in_plane = [axis for axis in range(3) if axis != VIEWS[view].axis_ras]
    matrix[in_plane, 3] = 0.0
    picture = SceneReferences().picture(f"slice|{node.GetID()}", PlaneFrame(view, matrix, (160.0, 160.0)), 80)
    expected = VIEWS[view].to_picture(np.take(mask, 40, axis=VIEWS[view].axis_kji))
    assert np.array_equal(picture == round((110 + 60) / 200 * 255), expected)
    projection = SceneReferences().picture(f"projection|{node.GetID()}", PlaneFrame.standard(view, 160.0), 80)
    assert iou(projection > 128, project(mask, VIEWS[view])) > 0.97


@pytest.mark.parametrize("view", list(VIEWS))
def test_a_body_looks_the_same_from_every_orientation_of_its_grid(scene, view):
    references, plane = SceneReferences(), oblique(view, center=(4.0, 2.0, -3.0))
    for order, flips in ORIENTATIONS[::7]:
        grid = slicer_bodies.oriented_grid(order, flips, shape_ijk=(64, 70, 74), spacing=(2.5, 2.3, 2.2))
        mask = slicer_bodies.body(grid, 160.0)
        node = volume_of(mask, grid)
        picture = references.picture(f"slice|{node.GetID()}", plane, 120)
        assert iou(picture > HALF, true_slice(plane, (120, 120), 160.0)) > 0.90, (order, flips)
        scene.RemoveNode(node)


def test_a_mirrored_body_would_be_seen(scene):
    """The judge of the test above can tell left from right."""
    plane = oblique("axial")
    seen = true_slice(plane, (120, 120), 160.0)
    assert iou(seen, seen[:, ::-1]) < 0.8 and iou(seen, seen[::-1]) < 0.8


def test_parent_transforms_are_followed_linear_or_not(scene):
    mask = slicer_bodies.body(CUBE, 160.0)
    node = volume_of(mask, CUBE)
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = TILTED, (10.0, -5.0, 8.0)
    moved = PlaneFrame("axial", matrix @ PlaneFrame.standard("axial", 160.0).plane_to_ras, (160.0, 160.0))
    key = f"slice|{node.GetID()}"
    straight = SceneReferences().picture(key, PlaneFrame.standard("axial", 160.0), 80).astype(int)
    under(scene, node, matrix)
    assert np.abs(SceneReferences().picture(key, moved, 80) - straight).max() <= 2
    thin = vtk.vtkThinPlateSplineTransform()
    points = vtk.vtkPoints()
    goals = vtk.vtkPoints()
    for corner in ((0, 0, 0), (90, 0, 0), (0, 90, 0), (0, 0, 90)):
        points.InsertNextPoint(*corner)
        goals.InsertNextPoint(*(matrix @ (*corner, 1.0))[:3])
    thin.SetBasisToR()
    thin.SetSourceLandmarks(points)
    thin.SetTargetLandmarks(goals)
    bent = scene.AddNewNodeByClass("vtkMRMLTransformNode", "Bent")
    bent.SetAndObserveTransformToParent(thin)
    node.SetAndObserveTransformNodeID(bent.GetID())
    assert np.abs(SceneReferences().picture(key, moved, 80) - straight).mean() < 1.0


def test_paper_that_is_not_square_keeps_square_pixels(scene):
    node = volume_of(slicer_bodies.body(CUBE, 160.0), CUBE)
    plane = PlaneFrame.standard("coronal", (120.0, 60.0))
    for kind in ("slice", "projection"):
        assert SceneReferences().picture(f"{kind}|{node.GetID()}", plane, 400).shape == (200, 400)


def test_an_enlarged_projection_stays_in_its_place(scene):
    mask = slicer_bodies.body(CUBE, 160.0)
    node = segmentation_of(scene, mask, CUBE)
    plane = PlaneFrame.standard("axial", 160.0)
    key = f"segment|{key_of(node)}"
    large, small = (SceneReferences().picture(key, plane, pixels) > 0 for pixels in (800, 80))
    assert large.shape == (800, 800) and iou(large, np.kron(small, np.ones((10, 10), bool))) > 0.97


def test_paper_beside_the_volume_has_no_picture(scene):
    mask = slicer_bodies.body(CUBE, 160.0)
    volume, segmentation = volume_of(mask, CUBE), segmentation_of(scene, mask, CUBE)
    far = PlaneFrame.standard("axial", 100.0, (500.0, 0.0, 0.0))
    for key in (f"slice|{volume.GetID()}", f"projection|{volume.GetID()}", f"segment|{key_of(segmentation)}"):
        assert SceneReferences().picture(key, far, 64) is None


def test_choices_are_volumes_and_segments_that_a_person_sees(scene):
    mask = slicer_bodies.body(CUBE, 160.0)
    volume_of(mask, CUBE, "Hidden").SetHideFromEditors(True)
    scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Without voxels")
    volume_of(mask, CUBE)
    segmentation_of(scene, mask, CUBE)
    titles = [title for _, title in SceneReferences().choices()]
    assert titles == ["CT: slice", "CT: projection", "Mine: Body: silhouette"]


def test_a_volume_without_a_window_shows_its_whole_range(scene):
    node = volume_of(slicer_bodies.body(CUBE, 160.0), CUBE)
    node.SetAndObserveDisplayNodeID(None)
    picture = SceneReferences().picture(f"slice|{node.GetID()}", PlaneFrame.standard("axial", 160.0), 80)
    assert (picture.min(), picture.max()) == (0, 255)


def test_what_is_gone_is_one_sentence(scene):
    plane = PlaneFrame.standard("axial", 100.0)
    for key in ("", "slice|", "slice|vtkMRMLScalarVolumeNode77", "projection|vtkMRMLViewNode9", "other|x"):
        with pytest.raises(InputError, match="no longer in the scene"):
            SceneReferences().picture(key, plane, 64)
    with pytest.raises(InputError, match="no longer in the scene"):
        SceneReferences().picture("segment|vtkMRMLSegmentationNode77|a", plane, 64)

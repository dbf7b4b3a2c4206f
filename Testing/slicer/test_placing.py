"""Slice views and paper: it lies in the slice, and the patient's left is left on it, however the view is turned."""

import itertools

import numpy as np
import pytest
import slicer
import slicer_bodies
import slicer_core_app
from Sketch2CTUI.nodes.views import SliceViews

from Sketch2CTLib.errors import GridError, InputError
from Sketch2CTLib.frames import VIEWS, PlaneFrame
from Sketch2CTLib.generation.placement import cube_on_plane

IN_PLANE = [(swap, a, b) for swap in (False, True) for a, b in itertools.product((1, -1), repeat=2)]


def turned(view_node, rotation=None, swap=False, signs=(1, 1), center=(0.0, 0.0, 0.0)):
    """Turns a slice view as users can: in its plane, mirrored, tilted, moved."""
    matrix = slicer.util.arrayFromVTKMatrix(view_node.GetSliceToRAS()).copy()
    x, y = (matrix[:3, 1], matrix[:3, 0]) if swap else (matrix[:3, 0], matrix[:3, 1])
    new = np.eye(4)
    new[:3, 0], new[:3, 1], new[:3, 2], new[:3, 3] = x * signs[0], y * signs[1], matrix[:3, 2], center
    if rotation is not None:
        new[:3, :3] = rotation @ new[:3, :3]
    view_node.GetSliceToRAS().DeepCopy(slicer.util.vtkMatrixFromArray(new))
    view_node.UpdateMatrices()


@pytest.mark.parametrize(("name", "view"), [("Red", "axial"), ("Green", "coronal"), ("Yellow", "sagittal")])
def test_standard_views_are_the_librarys_planes(scene, name, view):
    node = slicer_core_app.slice_view(name)
    plane = SliceViews().plane(node.GetID(), 320.0)
    wanted = PlaneFrame.standard(view, 320.0)
    assert plane.view == view and plane.size_mm == (320.0, 320.0)
    assert np.allclose(plane.plane_to_ras, wanted.plane_to_ras, atol=1e-12)


def test_choices_are_the_views_of_the_layout(scene):
    titles = [title for _, title in SliceViews().choices()]
    assert titles == ["Red (Axial)", "Yellow (Sagittal)", "Green (Coronal)"]


def test_without_a_size_the_paper_is_what_the_view_shows(scene):
    node = slicer_core_app.slice_view("Red")
    node.SetFieldOfView(240.0, 180.0, 1.0)
    assert SliceViews().plane(node.GetID()).size_mm == (240.0, 180.0)
    assert SliceViews().plane(node.GetID(), (100.0, 50.0)).size_mm == (100.0, 50.0)
    turned(node, swap=True)
    assert SliceViews().plane(node.GetID()).size_mm == (180.0, 240.0)


@pytest.mark.parametrize("name", ["Red", "Green", "Yellow"])
def test_the_middle_of_the_paper_is_the_middle_of_the_view(scene, name):
    """Scrolled, dragged and zoomed; the pixel to RAS matrix that Slicer draws with is the judge."""
    node = slicer_core_app.slice_view(name)
    turned(node, slicer_bodies.turn((1, -1, 2), 20.0), center=(30.0, -12.0, 55.0))
    node.SetXYZOrigin(17.0, -9.0, 0.0)
    node.SetDimensions(500, 300, 1)
    node.SetFieldOfView(250.0, 150.0, 1.0)
    plane = SliceViews().plane(node.GetID())
    to_ras = slicer.util.arrayFromVTKMatrix(node.GetXYToRAS())
    assert np.allclose(plane.center_ras, (to_ras @ (250.0, 150.0, 0.0, 1.0))[:3], atol=1e-9)
    corners = plane.to_ras([(-125.0, -75.0), (125.0, 75.0)])
    assert np.allclose(corners, [(to_ras @ (x, y, 0.0, 1.0))[:3] for x, y in ((0, 0), (500, 300))], atol=1e-9)


@pytest.mark.parametrize("name", ["Red", "Green", "Yellow"])
@pytest.mark.parametrize(("swap", "a", "b"), IN_PLANE)
@pytest.mark.parametrize("degrees", [0.0, 20.0, 40.0])
def test_left_stays_left_however_a_view_is_turned_or_mirrored(scene, name, swap, a, b, degrees):
    node = slicer_core_app.slice_view(name)
    x_before = slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())[:3, 2].copy()
    turned(node, slicer_bodies.turn((1, 2, 3), degrees), swap, (a, b), center=(5.0, 6.0, 7.0))
    plane = SliceViews().plane(node.GetID(), 200.0)
    u, v, n = plane.plane_to_ras[:3, :3].T
    assert np.allclose(np.cross(u, v), n, atol=1e-9)
    wanted = VIEWS[plane.view]
    assert u @ wanted.u_ras > 0.7 and v @ wanted.v_ras > 0.7 and n @ wanted.normal_ras > 0.7
    normal = slicer_bodies.turn((1, 2, 3), degrees) @ x_before
    assert abs(n @ normal) == pytest.approx(1.0, abs=1e-9)  # the very plane of the slice
    # What the generation makes of it: a cube whose axes point to the patient's right, front and top.
    cube = cube_on_plane(plane, 200.0, 8).ijk_to_ras[:3, :3]
    assert (np.diag(cube / np.linalg.norm(cube, axis=0)) > 0.7).all() and np.linalg.det(cube) > 0


def test_a_view_between_two_standards_takes_one_of_them(scene):
    node = slicer_core_app.slice_view("Red")
    turned(node, slicer_bodies.turn((1, 0, 0), 45.0))
    assert SliceViews().plane(node.GetID(), 100.0).view in ("axial", "coronal")
    turned(node, slicer_bodies.turn((1, 0, 0), 5.0))
    assert SliceViews().plane(node.GetID(), 100.0).view == "coronal"


@pytest.mark.parametrize("name", ["Red", "Green", "Yellow"])
@pytest.mark.parametrize("degrees", [0.0, 30.0])
def test_a_plane_can_be_shown_again(scene, name, degrees):
    views, node = SliceViews(), slicer_core_app.slice_view(name)
    turned(node, slicer_bodies.turn((3, 1, 2), degrees), center=(10.0, 20.0, 30.0))
    node.SetXYZOrigin(4.0, 5.0, 0.0)
    plane = views.plane(node.GetID(), (160.0, 120.0))
    other = slicer_core_app.slice_view("Yellow" if name == "Red" else "Red")
    views.show(other.GetID(), plane)
    again = views.plane(other.GetID(), (160.0, 120.0))
    assert again.view == plane.view and np.allclose(again.plane_to_ras, plane.plane_to_ras, atol=1e-9)
    width, height = other.GetFieldOfView()[:2]
    assert width >= 160.0 and height >= 120.0 and (width == pytest.approx(160.0) or height == pytest.approx(120.0))
    if degrees == 0.0:
        assert other.GetOrientation() == {"axial": "Axial", "coronal": "Coronal", "sagittal": "Sagittal"}[plane.view]


def test_views_that_are_gone_or_bent_are_one_sentence(scene):
    node = slicer_core_app.slice_view("Red")
    for key in ("", "vtkMRMLSliceNodeNone", "vtkMRMLViewNode1"):
        with pytest.raises(InputError, match="no longer there"):
            SliceViews().plane(key, 100.0)
    node.GetSliceToRAS().SetElement(0, 1, 0.5)
    with pytest.raises(GridError, match="sheared"):
        SliceViews().plane(node.GetID(), 100.0)

"""Physical truth: what is drawn on a slice comes to lie where it was drawn, in RAS mm, and left stays left.

The judge is independent of the code under test: points of the paper are followed through the mask along the paper's
normal, and the drawing is filled by the library's raster.
"""

import numpy as np
import pytest
import slicer
import slicer_bodies
import slicer_core_app
from Sketch2CTUI.nodes import result_nodes
from Sketch2CTUI.nodes.loading import CandidateFiles
from Sketch2CTUI.nodes.segments import SceneSegments
from Sketch2CTUI.nodes.views import SliceViews
from test_placing import turned

from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.placement import cube_of
from Sketch2CTLib.sketch import Sketch, Stroke

SAME_PLACE = 0.95  # IoU that is asked for
PIXELS = 160
VIEWS = {"Red": "axial", "Green": "coronal", "Yellow": "sagittal"}
SLICES = {
    "shifted": (None, (63.0, -41.0, 118.0)),
    "oblique": (slicer_bodies.turn((1, 2, 1), 24.0), (-20.0, 35.0, 60.0)),
    "steep": (slicer_bodies.turn((2, -1, 3), 38.0), (10.0, -15.0, -80.0)),
}
MIRRORED = {"as usual": (False, (1, 1)), "left is right": (False, (-1, 1)), "turned": (True, (1, -1))}


def shadow(mask, grid: VoxelGrid, plane, depth_mm=80.0) -> np.ndarray:
    """(PIXELS, PIXELS) bool: where a line along the paper's normal meets the mask."""
    rows, columns = np.indices((PIXELS, PIXELS))
    uv = plane.from_pixels(np.stack([columns, rows], axis=-1).reshape(-1, 2), (PIXELS, PIXELS))
    feet, normal, met = plane.to_ras(uv), plane.plane_to_ras[:3, 2], np.zeros(PIXELS * PIXELS, dtype=bool)
    upper = np.array(grid.shape_kji[::-1])
    for away in np.arange(-depth_mm / 2, depth_mm / 2, float(grid.spacing_mm.min()) / 2):
        ijk = np.rint(grid.to_ijk(feet + away * normal)).astype(int)
        inside = ((ijk >= 0) & (ijk < upper)).all(axis=1)
        met[inside] |= mask[tuple(ijk[inside].T[::-1])]
    return met.reshape(PIXELS, PIXELS)


def drawn(sketch: Sketch) -> np.ndarray:
    """(PIXELS, PIXELS) bool: the drawing, filled, on its own paper."""
    rows, columns = np.indices((PIXELS, PIXELS))
    uv = sketch.plane.from_pixels(np.stack([columns, rows], axis=-1).reshape(-1, 2), (PIXELS, PIXELS))
    return slicer_bodies.inside_drawing(sketch, sketch.plane.to_ras(uv)).reshape(PIXELS, PIXELS)


def iou(a, b) -> float:
    return float((a & b).sum() / (a | b).sum())


def shown_mask(folder, structure="liver", **kwargs):
    shown = result_nodes.show_candidate(CandidateFiles(folder, 0), structure=structure, surface=False, **kwargs)
    return SceneSegments().mask(f"{shown.segmentation.GetID()}|{structure}")


@pytest.mark.parametrize("view", list(VIEWS))
@pytest.mark.parametrize("slice_name", list(SLICES))
@pytest.mark.parametrize("mirror", list(MIRRORED))
def test_a_drawing_on_a_slice_comes_to_lie_where_it_was_drawn(scene, tmp_path, view, slice_name, mirror):
    """The result stands for a generation that follows its drawing: the silhouette, extruded on the cube of a run."""
    node, (rotation, center) = slicer_core_app.slice_view(view), SLICES[slice_name]
    turned(node, rotation, *MIRRORED[mirror], center=center)
    plane = SliceViews().plane(node.GetID(), 320.0)
    sketch = slicer_bodies.drawing(plane, offset=(12.0, -7.0))
    grid = cube_of("liver", (sketch,), 96)
    folder = slicer_bodies.write_result(tmp_path, grid=grid, masks=[slicer_bodies.extruded(sketch, grid)])
    mask, placed = shown_mask(folder, sketch=sketch)
    assert iou(shadow(mask, placed, plane), drawn(sketch)) >= SAME_PLACE
    # A mirrored or displaced result would be seen.
    seen = drawn(sketch)
    assert max(iou(seen, seen[:, ::-1]), iou(seen, seen[::-1]), iou(seen, np.roll(seen, 8, axis=1))) < 0.85


@pytest.mark.parametrize("view", list(VIEWS))
@pytest.mark.parametrize("mirror", list(MIRRORED))
def test_left_stays_left_however_the_view_is_mirrored(scene, tmp_path, view, mirror):
    """The same points of the patient are drawn on a view as usual and on a mirrored one: the same mask comes of it."""
    node = slicer_core_app.slice_view(view)
    usual = SliceViews().plane(node.GetID(), 320.0)
    points_ras = usual.to_ras(slicer_bodies.drawing(usual).strokes[0].points_mm)
    turned(node, None, *MIRRORED[mirror])
    plane = SliceViews().plane(node.GetID(), 320.0)
    sketch = Sketch((Stroke(plane.from_ras(points_ras), closed=True),), plane, "liver")
    grid = cube_of("liver", (sketch,), 64)
    folder = slicer_bodies.write_result(tmp_path, grid=grid, masks=[slicer_bodies.extruded(sketch, grid)])
    mask, placed = shown_mask(folder)
    assert iou(shadow(mask, placed, usual), drawn(slicer_bodies.drawing(usual))) >= SAME_PLACE - 0.02  # 5 mm voxels
    # The cube's own axes point to the patient's right, front and top, as the model learned it.
    axes = placed.ijk_to_ras[:3, :3] / placed.spacing_mm
    assert np.allclose(axes, np.eye(3), atol=1e-9)


@pytest.mark.parametrize(
    ("order", "flips"), [((0, 1, 2), (True, True, False)), ((0, 1, 2), (True, False, False)), ((2, 0, 1), (False,) * 3)]
)
def test_left_stays_left_on_the_grid_of_any_scan_of_the_person(scene, tmp_path, order, flips):
    """The result is edited on a scan with flipped or swapped directions: read from there, it lies where it lay."""
    grid = slicer_bodies.oriented_grid(order, flips, shape_ijk=(80, 80, 80), spacing=(4.0, 4.0, 4.0))
    own = slicer.util.addVolumeFromArray(
        np.zeros(grid.shape_kji, np.int16), slicer.util.vtkMatrixFromArray(grid.ijk_to_ras)
    )
    folder = slicer_bodies.write_result(tmp_path)
    shown = result_nodes.show_candidate(
        CandidateFiles(folder, 0), structure="liver", reference_volume=own, surface=False
    )
    labels = slicer.util.arrayFromSegmentBinaryLabelmap(shown.segmentation, "liver", own) > 0
    slicer.util.updateSegmentBinaryLabelmapFromArray(labels.astype(np.uint8), shown.segmentation, "liver", own)
    edited, placed = SceneSegments().mask(f"{shown.segmentation.GetID()}|liver")
    assert np.array_equal(edited, labels) and np.allclose(placed.ijk_to_ras, grid.ijk_to_ras, atol=1e-6)
    assert iou(labels, slicer_bodies.body(grid)) > 0.85  # 6.7 mm voxels onto 4 mm


@pytest.fixture
def one_thread():
    """Threads that wait for each other on a busy machine cost ten times what they bring here."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("view", "slice_name"), [("Red", "oblique"), ("Yellow", "shifted")])
def test_a_real_generation_lies_where_it_was_drawn(scene, tmp_path, one_thread, view, slice_name):
    """The shipped model at preview quality, on a turned slice."""
    from Sketch2CTLib.description import GeometryDescription
    from Sketch2CTLib.generation.asking import steps_of
    from Sketch2CTLib.generation.files import write_result
    from Sketch2CTLib.generation.model.loaded import find_model
    from Sketch2CTLib.generation.pipeline import Pipeline
    from Sketch2CTLib.generation.request import GenerationRequest
    from Sketch2CTLib.generation.run import generate
    from Sketch2CTLib.generation.settings import Settings

    node, (rotation, center) = slicer_core_app.slice_view(view), SLICES[slice_name]
    turned(node, rotation, center=center)
    plane = SliceViews().plane(node.GetID(), 320.0)
    sketch = slicer_bodies.drawing(plane, offset=(12.0, -7.0))
    steps = steps_of("preview")
    told, settings = GeometryDescription(structure="liver"), Settings(steps, steps)
    request = GenerationRequest(told, (sketch,), settings=settings, with_volume=False)
    write_result(generate(request, Pipeline(find_model(None, "default"))), tmp_path, pictures=False)
    mask, placed = shown_mask(tmp_path, sketch=sketch)
    assert iou(shadow(mask, placed, plane, 320.0), drawn(sketch)) >= SAME_PLACE
    assert np.allclose(placed.center_ras @ plane.plane_to_ras[:3, 2], plane.center_ras @ plane.plane_to_ras[:3, 2])

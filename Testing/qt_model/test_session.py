"""A whole session: the module's own code, synthetic mouse and keys, real nodes, the real worker, shipped weights.

The event loop is watched while a run goes on: it may not stand still for more than 50 ms.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import slicer_core_app  # noqa: E402
from canvas_events import drag  # noqa: E402
from heartbeat import watched  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.backend import backend  # noqa: E402
from Sketch2CTUI.nodes import provenance  # noqa: E402
from Sketch2CTUI.session import state  # noqa: E402

from Sketch2CTLib.sketch import silhouette  # noqa: E402

pytestmark = pytest.mark.alone  # they follow each other, and two of them watch the event loop

FIT = 0.95  # IoU of silhouettes
RUN_S = 900.0  # at the longest, on a machine that does other things too
OUTLINE = json.loads(
    (slicer_model.pythonqt_model.ROOT / "Resources/Sketches/liver_sketch.json").read_text(encoding="utf-8")
)["strokes"]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """One module widget for all tests of this file, which follow each other as a person's clicks do."""
    temporary = tmp_path_factory.mktemp("slicer")
    slicer.app.temporaryPath = str(temporary)
    slicer_core_app.fresh_scene()
    widget = slicer_model.open_module()
    yield widget
    widget.cleanup()
    assert slicer_model.spin(lambda: not backend._STOPPING), "the worker ends when the widget goes"
    widget.parent.close()
    widget.parent.deleteLater()
    del slicer.app.temporaryPath


@pytest.fixture
def window(session):
    return session.controller.window


def draw_with_the_mouse(canvas, points_mm):
    """Presses, moves and releases the left button along a line in mm of the paper."""
    drag(canvas, [canvas.viewport.to_pixels(*map(float, point)) for point in points_mm])


def click(button):
    QTest.mouseClick(button, Qt.LeftButton)


def test_a_liver_is_drawn_with_the_mouse(window):
    canvas = window.sketch.canvas
    outline = max(OUTLINE, key=lambda stroke: len(stroke["points_mm"]))["points_mm"]
    draw_with_the_mouse(canvas, [*outline[:: max(1, len(outline) // 120)], outline[0]])
    drawn = window.sketch.sketch()
    assert drawn is not None and drawn.structure == "liver"
    expected = silhouette_of(outline, drawn.plane)
    found = silhouette(drawn, 256)
    assert (expected & found).sum() / (expected | found).sum() > 0.95, "what was drawn is where the mouse was"


def silhouette_of(points_mm, plane):
    from Sketch2CTLib.sketch import Sketch, Stroke

    return silhouette(Sketch((Stroke(points_mm, closed=True),), plane), 256)


def test_undo_and_redo_by_keys(session, window):
    canvas = window.sketch.canvas
    before = window.sketch.sketch()
    draw_with_the_mouse(canvas, [(-20, -100), (20, -100), (30, -110)])
    assert len(window.sketch.sketch().strokes) == len(before.strokes) + 1
    drawn = window.sketch.sketch()
    session.parent.activateWindow()
    canvas.setFocus()
    assert slicer_model.spin(lambda: canvas.focus)
    QTest.keyClick(canvas, Qt.Key_Z, Qt.ControlModifier)
    assert window.sketch.sketch() == before
    QTest.keyClick(canvas, Qt.Key_Z, Qt.ControlModifier | Qt.ShiftModifier)
    assert window.sketch.sketch() == drawn
    QTest.keyClick(canvas, Qt.Key_Z, Qt.ControlModifier)
    assert window.sketch.sketch() == before


def test_numbers_are_edited(window):
    geometry = window.geometry
    QTest.keyClicks(geometry.editor.widget, "about 1.5 litres, 20 cm wide, with a smooth surface")
    assert slicer_model.spin(lambda: geometry.rows.rows["volume_ml"].box.value == 1500)
    box = geometry.rows.rows["volume_ml"].box
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "1400")
    QTest.keyClick(box, Qt.Key_Return)
    assert geometry.text() == "about 1.4 litres, 20 cm wide, with a smooth surface"
    assert geometry.description().numbers == pytest.approx({"volume_ml": 1400, "extent_rl_mm": 200})


def test_apply_brings_real_nodes_and_never_blocks_the_event_loop(session, window):
    controller = session.controller
    panel = window.generate
    panel.set_settings(replace(panel.settings(), quality="preview", candidates=2, seed=5, with_volume=True))
    pictures = []
    shown = panel.show_preview
    panel.show_preview = lambda picture: (pictures.append(picture), shown(picture))

    def apply():
        click(panel.view.button)
        assert controller.run.is_running
        assert slicer_model.spin(lambda: not controller.run.is_running, RUN_S)

    beat = watched(apply)
    del panel.show_preview
    assert controller.results.folder, session.ui.statusLabel.text
    nodes = controller.results.nodes
    assert nodes.segmentation.GetSegmentation().GetSegment("liver") is not None
    assert nodes.volume.GetImageData().GetScalarTypeAsString() == "short"
    assert any(picture is not None and picture.max() == 255 for picture in pictures), "a live preview"
    assert beat.longest_ms < beat.limit_ms, f"the event loop stood still in each of several runs: {beat.longest_gap}"


def overlap_on_the_paper(window):
    """IoU of the drawn silhouette and that of the newest segmentation, both on the paper, through RAS mm."""
    segments, drawn = window.surroundings.segments, window.sketch.sketch()
    key = segments.choices()[-1][0]
    mask, grid = segments.mask(key)
    points = np.argwhere(mask)[:, ::-1] @ grid.ijk_to_ras[:3, :3].T + grid.ijk_to_ras[:3, 3]
    pixels = int(drawn.plane.size_mm[0] / 4)  # of 4 mm: no holes between voxels of 2.5 mm
    places = np.round(drawn.plane.to_pixels(drawn.plane.from_ras(points), (pixels, pixels))).astype(int)
    seen = np.zeros((pixels, pixels), bool)
    seen[places[:, 1].clip(0, pixels - 1), places[:, 0].clip(0, pixels - 1)] = True
    wanted = silhouette(drawn, pixels)
    volume_ml = mask.sum() * abs(np.linalg.det(grid.ijk_to_ras[:3, :3])) / 1000
    return (seen & wanted).sum() / (seen | wanted).sum(), volume_ml


def test_the_mask_fits_the_drawing_and_lies_where_it_was_drawn(window):
    iou, volume_ml = overlap_on_the_paper(window)
    assert iou >= FIT
    assert volume_ml == pytest.approx(1400, rel=0.1)


def test_a_candidate_is_accepted(session, window):
    controller = session.controller
    click(window.results.accept_button)
    assert slicer_model.spin(lambda: controller.results._steps.are_done)
    nodes = controller.results.nodes
    assert nodes.accepted and nodes.segmentation.GetName() == "SYNTHETIC liver 1"
    assert provenance.is_synthetic(nodes.volume) and nodes.volume.GetAttribute("Sketch2CT_Seed")
    assert len(state.linked("accepted")) == 2


def test_a_second_run_is_cancelled(session, window):
    controller = session.controller
    panel = window.generate
    panel.set_settings(replace(panel.settings(), quality="fine", candidates=4))

    def run():
        click(panel.view.button)
        assert controller.run.is_running
        slicer_model.spin(lambda: False, 1.5)
        controller.run.cancel()
        assert slicer_model.spin(lambda: not controller.run.is_running)

    beat = watched(run)

    assert beat.longest_ms < beat.limit_ms
    assert window.sketch.sketch() is not None and controller.results.nodes.accepted


def test_a_changed_sketch_goes_on_from_the_former_result(session, window):
    controller = session.controller
    panel = window.generate
    former = controller.results.folder
    panel.set_settings(replace(panel.settings(), quality="preview", candidates=1, with_volume=False))
    window.sketch.canvas.smooth()
    controller.regenerate(0.3)
    assert slicer_model.spin(lambda: not controller.run.is_running, RUN_S)
    assert controller.results.folder != former, window.generate
    report = json.loads((Path(controller.results.folder) / "report.json").read_text(encoding="utf-8"))
    assert report["provenance"]["edit"] is not None
    assert controller.results.nodes.segmentation.GetName() != "SYNTHETIC liver 1", "what was accepted stays"


def test_the_scene_is_saved_closed_and_opened_again(session, window, tmp_path):
    controller = session.controller
    before, text = window.sketch.sketch(), window.geometry.text()
    slicer_model.give_cache(tmp_path)
    path = str(tmp_path / "session.mrb")
    assert slicer_model.spin(lambda: not controller.session.is_dirty)
    assert slicer.mrmlScene.WriteToMRB(path)
    slicer.mrmlScene.Clear(0)
    assert window.sketch.sketch() is None and not controller.results.folder
    assert slicer.mrmlScene.ReadFromMRB(path, False, None)
    assert window.sketch.sketch() == before and window.geometry.text() == text
    assert window.geometry.description().numbers["volume_ml"] == pytest.approx(1400)
    names = {node.GetName() for node in state.linked("accepted")}
    assert {"SYNTHETIC liver 1", "SYNTHETIC liver 1 CT"} <= names
    assert controller.results.folder


def test_a_sketch_on_an_oblique_slice_gives_a_mask_there(session, window):
    controller, panel = session.controller, window.generate
    red = slicer_core_app.slice_view("Red")
    matrix = red.GetSliceToRAS()
    turned = tilted(15, 10) @ slicer.util.arrayFromVTKMatrix(matrix)
    turned[:3, 3] = (40, -25, 130)
    slicer.util.updateVTKMatrixFromArray(matrix, turned)
    red.UpdateMatrices()
    (key,) = [key for key, title in window.surroundings.placer.choices() if "Red" in title]
    window.sketch.place(key)
    slicer_model.spin(lambda: False, 0.1)
    plane = window.sketch.sketch().plane
    assert np.allclose(plane.center_ras, (40, -25, 130), atol=1) and abs(plane.plane_to_ras[2, 2]) < 0.99
    panel.set_settings(replace(panel.settings(), quality="preview", candidates=1, with_volume=False))
    click(panel.view.button)
    assert slicer_model.spin(lambda: not controller.run.is_running, RUN_S)
    iou, _ = overlap_on_the_paper(window)
    assert iou >= FIT


def tilted(about_r, about_a):
    """(4, 4) rotation by degrees."""
    r, a = np.radians([about_r, about_a])
    first, second = np.eye(4), np.eye(4)
    first[1:3, 1:3] = [[np.cos(r), -np.sin(r)], [np.sin(r), np.cos(r)]]
    second[0, 0], second[0, 2], second[2, 0], second[2, 2] = np.cos(a), np.sin(a), -np.sin(a), np.cos(a)
    return second @ first


def test_organs_are_drawn_together_where_they_were_drawn_and_hold_nothing_up(session, window):
    controller, panel = session.controller, window.generate
    window.sketch.reset_plane()
    liver = window.sketch.sketch()
    click(window.ui.addOrganButton)
    angle = np.linspace(0, 2 * np.pi, 80)
    draw_with_the_mouse(window.sketch.canvas, np.stack([34 * np.cos(angle), 50 * np.sin(angle)], axis=1))
    spleen = window.sketch.sketch()
    window.geometry.set_text("200 mL")
    panel.set_settings(replace(panel.settings(), quality="preview", with_volume=True))

    def apply():
        click(panel.view.button)
        assert controller.run.is_running
        assert slicer_model.spin(lambda: not controller.run.is_running, RUN_S)

    beat = watched(apply)
    node = controller.results.nodes.segmentation
    assert list(node.GetSegmentation().GetSegmentIDs()) == ["liver", "spleen"], panel.view.message
    assert controller.results.nodes.volume is not None
    for name, drawn in (("liver", liver), ("spleen", spleen)):
        mask, grid = window.surroundings.segments.mask(f"{node.GetID()}|{name}")
        seen = drawn.plane.from_ras(grid.to_ras(np.argwhere(mask)[:, ::-1]))
        outline = np.concatenate([stroke.points_mm for stroke in drawn.strokes])
        for found, wanted in ((seen.min(axis=0), outline.min(axis=0)), (seen.max(axis=0), outline.max(axis=0))):
            assert found == pytest.approx(wanted, abs=6.0), name
    report = json.loads((Path(controller.results.folder) / "report.json").read_text(encoding="utf-8"))
    measured_ml = {name: one["measured"]["volume_ml"] for name, one in report["organs"].items()}
    assert measured_ml == pytest.approx({"liver": 1400, "spleen": 200}, rel=0.05)
    assert beat.longest_ms < beat.limit_ms, f"the event loop stood still in each of several runs: {beat.longest_gap}"


def test_a_scene_that_is_closed_during_a_run_gets_no_late_nodes(session, window):
    controller = session.controller
    controller.window.generate.set_settings(replace(window.generate.settings(), quality="preview"))
    click(window.generate.view.button)
    assert controller.run.is_running
    slicer_model.spin(lambda: False, 0.5)
    slicer.mrmlScene.Clear(0)
    assert not controller.run.is_running
    slicer_model.spin(lambda: False, 4.0)
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0

"""Where a sketch comes from: segments, files, slice views; and what is said where it cannot."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import slicer_model  # noqa: E402
from canvas_events import pump  # noqa: E402
from heartbeat import Heartbeat  # noqa: E402
from panel_scene import CENTER, Segments, click, draw, panels, tilted  # noqa: E402
from Sketch2CTUI.backend import task_script, tasks  # noqa: E402
from Sketch2CTUI.backend.task_script import drawn_from_mask  # noqa: E402
from Sketch2CTUI.sketch.panel import SketchPanel  # noqa: E402
from Sketch2CTUI.widgets import file_task  # noqa: E402

from Sketch2CTLib.frames import PlaneFrame, VoxelGrid  # noqa: E402
from Sketch2CTLib.frames import view as standard_view  # noqa: E402
from Sketch2CTLib.sketch import (  # noqa: E402
    LEVELS,
    Sketch,
    Stroke,
    load_sketch,
    silhouette,
    with_paper_size,
)


@pytest.fixture
def panel():
    yield from panels()


# ---- sources


def test_the_picture_behind_follows_the_paper(panel):
    panel.sources.reference.currentIndex = 1
    assert panel.canvas.has_reference
    assert panel._references.asked[-1] == ("ct", panel.canvas.plane)
    click(panel.sources.place)
    assert panel._references.asked[-1] == ("ct", tilted(300.0))
    panel.sources.opacity.value = 80
    assert panel.canvas._reference[1] == pytest.approx(0.8)
    panel.sources.reference.currentIndex = 0
    assert not panel.canvas.has_reference
    panel.sources.reference.currentIndex = 2
    assert not panel.canvas.has_reference and "does not reach the paper" in panel.said[-1]


def extract(panel):
    """Clicks 'Extract from segment' and waits for the drawing."""
    click(panel.sources.extract)
    assert slicer_model.spin(lambda: not panel.drawing.is_running)


@pytest.mark.parametrize("view", ["axial", "coronal", "sagittal"])
def test_an_extracted_segment_lies_where_it_is_in_the_patient(panel, view):
    panel.set_view(view)
    extract(panel)
    sketch = panel.sketch()
    assert sketch.plane.view == view
    pixels = sketch.plane.from_pixels(np.stack(np.meshgrid(np.arange(320), np.arange(320)), axis=-1), (320, 320))
    seen = [axis for axis in range(3) if axis != standard_view(view).axis_ras]
    away = (sketch.plane.to_ras(pixels) - CENTER)[..., seen]
    body = ((away / np.array([40.0, 25.0, 30.0])[seen]) ** 2).sum(-1) < 1
    body |= ((away - np.array([-45.0, 5.0, 8.0])[seen]) ** 2).sum(-1) < 12.0**2
    drawn = silhouette(sketch, 320)
    assert (body & drawn).sum() / (body | drawn).sum() > 0.96
    assert np.abs(panel.canvas.plane.from_ras(CENTER)).max() < 20


def test_extraction_is_one_edit_with_its_paper_and_has_three_levels(panel):
    draw(panel.canvas)
    before, plane = panel.sketch().strokes, panel.canvas.plane
    click(panel.list.add_view_button)
    panel.choose(0)
    for number in range(len(LEVELS)):
        panel.sources.level.currentIndex = number
        extract(panel)
        assert [one.plane.view for one in panel.drawings()] == ["axial", "coronal"]
        assert all(one.of_kind(("outline",)) for one in panel.drawings())
    assert panel.canvas.plane != plane
    assert panel.drawings()[1].plane.center_ras == pytest.approx(panel.canvas.plane.center_ras)
    while panel.sketch() is None or panel.sketch().strokes != before:
        assert panel.canvas.can_undo()
        panel.canvas.undo()
    assert panel.canvas.plane == plane and len(panel.drawings()) == 1
    assert panel.canvas.sheets.all[1].plane.center_ras == pytest.approx(plane.center_ras)


def test_a_segment_larger_than_the_cube_gets_larger_paper():
    mask, grid = Segments().mask("body")
    far = VoxelGrid(grid.shape_kji, grid.ijk_to_ras @ np.diag([3.0, 3.0, 3.0, 1.0]))
    sketch = drawn_from_mask(mask, far, "axial", "outline", "left_atrium")
    extent = np.ptp(np.concatenate([stroke.points_mm for stroke in sketch.strokes]), axis=0)
    assert sketch.plane.size_mm[0] > extent.max() > 128


def picture(path, paper_mm=None, extra=None):
    """A drawn ellipse, wider than high, as a PNG file."""
    image = qt.QImage(400, 400, qt.QImage.Format_RGB32)
    image.fill(qt.QColor(255, 255, 255))
    painter = qt.QPainter(image)
    painter.setPen(qt.QPen(qt.QColor(0, 0, 0), 4))
    painter.drawEllipse(qt.QRect(80, 120, 240, 160))
    painter.end()
    image.save(str(path))
    if paper_mm:
        path.write_bytes(with_paper_size(path.read_bytes(), paper_mm))
    return path


def width_mm(sketch):
    return np.ptp(np.concatenate([stroke.points_mm for stroke in sketch.strokes])[:, 0])


def test_a_picture_that_tells_its_size_is_imported_at_once(panel, tmp_path):
    panel.files.choose_file = lambda: str(picture(tmp_path / "liver.png", 300.0))
    draw(panel.canvas)
    before = panel.sketch().strokes
    panel.sources.on_import()
    assert width_mm(panel.sketch()) == pytest.approx(180.0, rel=0.03)
    assert panel.sketch().strokes[0].closed and not panel.sources.size_row.visible
    assert "mm wide" in panel.said[-1]
    panel.canvas.undo()
    assert panel.sketch().strokes == before


def test_a_picture_that_tells_no_size_asks_for_its_sheet(panel, tmp_path):
    panel.files.import_file(picture(tmp_path / "liver.png"))
    assert panel.sources.size_row.visible and "longer edge in mm" in panel.said[-1]
    panel.sources.size.value = 200.0
    panel.sources.on_size(200.0)
    assert width_mm(panel.sketch()) == pytest.approx(120.0, rel=0.03)
    assert panel.canvas.plane == PlaneFrame.standard("axial", 320.0)


def test_an_svg_and_a_saved_sketch_are_imported(panel, tmp_path):
    path = tmp_path / "drawn.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="300mm" height="300mm" viewBox="0 0 300 300">'
        '<path d="M50 150 L150 60 L250 150 L150 220 Z" fill="none" stroke="black"/></svg>'
    )
    panel.files.import_file(path)
    assert width_mm(panel.sketch()) == pytest.approx(200.0, rel=0.02)
    saved = tmp_path / "saved.json"
    angle = np.linspace(0, 6.2, 40)
    ring = Stroke(np.stack([np.cos(angle), np.sin(angle)], axis=1) * 50, closed=True)
    Sketch((ring,), tilted(250.0), "liver").save(saved)
    panel.files.import_file(saved)
    assert panel.canvas.plane == tilted(250.0) and panel.sketch().strokes == (ring,)


def test_saved_sketches_are_laid_where_their_view_or_slice_is_and_beside_the_others_else(panel, tmp_path):
    outline = Stroke(np.array([[0.0, 0], [60, 0], [0, 60]]), closed=True)
    view = Sketch((outline,), PlaneFrame.standard("coronal", 250.0), "liver")
    cut = Sketch((outline,), PlaneFrame.standard("axial", 320.0, (0.0, 0.0, -35.0)), "liver", "contour")
    draw(panel.canvas)
    drawn = panel.sketch()
    for one, name in ((view, "view.json"), (cut, "cut.json")):
        one.save(tmp_path / name)
        panel.files.import_file(tmp_path / name)
    assert panel.drawings() == (drawn, view, cut) and panel.sketch() == cut, "the last one is shown"
    panel.choose(0)
    panel.files.import_file(tmp_path / "cut.json")
    assert len(panel.drawings()) == 3 and panel.sketch() == cut, "the contour of that slice is replaced"
    panel.canvas.undo(), panel.canvas.undo()
    assert panel.drawings() == (drawn,)


def test_the_drawing_that_is_shown_is_saved_with_its_role_and_place(panel, tmp_path):
    panel.files.choose_target = lambda name: str(tmp_path / name)
    click(panel.sources.save)
    assert "Nothing is drawn" in panel.said[-1] and not list(tmp_path.iterdir())
    draw(panel.canvas)
    click(panel.sources.draw_here)
    draw(panel.canvas, 30.0)
    click(panel.sources.save)
    (path,) = tmp_path.iterdir()
    assert path.name == "liver_axial_contour.json" and "Axial contour at" in panel.said[-1]
    read = load_sketch(path)
    assert (
        read == panel.sketch()
        and read.role == "contour"
        and read.plane.center_ras == pytest.approx(panel.canvas.plane.center_ras)
    )


@pytest.mark.parametrize("turned", [False, True])
def test_a_segment_is_cut_where_the_contour_lies(panel, turned):
    panel.add_contour("axial", float(CENTER[2]) + 10.0)
    if turned:
        panel.canvas.set_strokes((), plane=replace(tilted(320.0), plane_to_ras=about_the_middle(tilted(320.0))))
    plane = panel.canvas.plane
    extract(panel)
    cut = panel.sketch()
    assert (cut.role, cut.plane) == ("contour", plane) and len(panel.drawings()) == 1
    pixels = plane.from_pixels(np.stack(np.meshgrid(np.arange(320), np.arange(320)), axis=-1), (320, 320))
    away = plane.to_ras(pixels) - CENTER
    body = ((away / [40.0, 25.0, 30.0]) ** 2).sum(-1) < 1
    body |= ((away - [-45.0, 5.0, 8.0]) ** 2).sum(-1) < 12.0**2
    drawn = silhouette(cut, 320)
    assert (body & drawn).sum() / (body | drawn).sum() > 0.93
    panel.set_position(500.0)
    extract(panel)
    assert "does not cut the mask" in panel.said[-1] and panel.sketch().strokes == cut.strokes


def about_the_middle(plane):
    """A turned plane's matrix through a point of the ellipsoid near its middle."""
    matrix = plane.plane_to_ras.copy()
    matrix[:3, 3] = CENTER + np.array([0.0, 0.0, 6.0])
    return matrix


# ---- faults


def test_faults_are_one_sentence_each_and_keep_the_sketch(panel, tmp_path):
    draw(panel.canvas)
    kept, plane = panel.sketch().strokes, panel.canvas.plane
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    faults = [
        lambda: panel.files.import_file(broken),
        lambda: panel.files.import_file(tmp_path / "missing.png"),
        lambda: panel.extract("gone", "outline"),
        lambda: panel.extract(None, "outline"),
        lambda: panel.place("Yellow"),
        lambda: panel.place(None),
    ]
    for number, fault in enumerate(faults):
        fault()
        assert len(panel.said) == number + 1, panel.said
        assert 20 < len(panel.said[-1]) < 250 and "\n" not in panel.said[-1]
    assert panel.sketch().strokes == kept and panel.canvas.plane == plane
    assert qt.QApplication.overrideCursor() is None


def test_a_missing_package_is_said_and_the_sketch_stays(panel, monkeypatch):
    draw(panel.canvas)
    kept = panel.sketch().strokes

    def missing(*_, **_more):
        raise ModuleNotFoundError("No module named 'cv2'", name="cv2")

    monkeypatch.setattr("Sketch2CTUI.sketch.files.import_drawing", missing)
    panel.files.import_file("liver.png")
    assert "'cv2'" in panel.said[-1] and "Install" in panel.said[-1]
    assert panel.sketch().strokes == kept


def test_a_package_that_the_process_lacks_is_said(monkeypatch, tmp_path):
    np.save(tmp_path / "mask.npy", np.ones((3, 3, 3), bool))
    monkeypatch.setitem(sys.modules, "Sketch2CTLib.sketch", None)
    asked = {"task": "draw", "mask": str(tmp_path / "mask.npy"), "ijk_to_ras": np.eye(4).tolist(), "views": ["axial"]}
    error = task_script.answer({**asked, "level": "outline", "structure": "liver"})["error"]
    assert error["code"] == "missing_dependency" and "Setup" in error["hint"]


def test_an_empty_segment_is_said_and_the_sketch_stays(panel):
    draw(panel.canvas)
    kept = panel.sketch().strokes
    panel.extract("empty", "outline")
    assert slicer_model.spin(lambda: not panel.drawing.is_running)
    assert "empty" in panel.said[-1] and panel.sketch().strokes == kept


@pytest.mark.alone
def test_a_large_segment_holds_nothing_up_and_can_be_stopped(panel, monkeypatch):
    """A grid of a whole CT; the drawing of it takes seconds in its own process."""
    grid = VoxelGrid((200, 400, 400), np.diag([0.8, 0.8, 1.5, 1.0]))
    mask = np.zeros(grid.shape_kji, bool)
    mask[50:150, 100:300, 120:280] = True
    monkeypatch.setattr(panel._segments, "mask", lambda key: (mask, grid))
    draw(panel.canvas)
    kept = panel.sketch().strokes
    beat = Heartbeat()
    beat.start()
    click(panel.sources.extract)
    assert panel.sources.extract.text == "Stop" and not panel.sources.segment.enabled
    assert slicer_model.spin(lambda: panel.drawing._task._process is not None)
    panel.refresh_choices()
    click(panel.sources.extract)
    beat.stop()
    assert not panel.drawing.is_running and panel.sources.extract.text == "Extract from segment"
    assert panel.sketch().strokes == kept and panel.sources.segment.enabled
    assert slicer_model.spin(lambda: not tasks._LIVING and not file_task._LIVING)
    assert beat.longest_ms < beat.limit_ms


def test_a_scene_that_is_opened_meanwhile_gets_no_late_drawing(panel):
    panel.extract("body", "outline")
    one = Sketch((Stroke(np.eye(2) * 30),), tilted(300.0), "liver")
    panel.set_drawings((one,))
    assert not panel.drawing.is_running
    assert slicer_model.spin(lambda: not tasks._LIVING and not file_task._LIVING)
    assert panel.sketch() == one


def test_without_a_scene_the_panel_draws(tmp_path):
    panel = SketchPanel()
    panel.widget.resize(460, 700)
    panel.widget.show()
    pump()
    draw(panel.canvas)
    panel.refresh_choices()
    assert panel.sketch() is not None
    assert not panel.sources.place.visible and not panel.sources.extract.visible
    panel.widget.hide()


def test_choices_follow_the_scene(panel):
    panel.sources.slice.currentIndex = 1
    panel._placer.views = ["Green", "Yellow"]
    panel.refresh_choices()
    assert panel.sources.slice.currentText == "Yellow"
    panel._placer.views = []
    panel.refresh_choices()
    assert not panel.sources.place.enabled

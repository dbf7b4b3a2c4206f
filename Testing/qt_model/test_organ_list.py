"""Several organs in one request: the list, what stands on the panels for each, and what is sent; driven by hand."""

import json

import numpy as np
import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
import slicer_core_app  # noqa: E402
from controller_bench import told  # noqa: E402
from panel_scene import click, draw  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.canvas.beside import BesideOrgan, seen_beside  # noqa: E402
from Sketch2CTUI.canvas.sheets import CanvasSheet  # noqa: E402
from Sketch2CTUI.session import state  # noqa: E402

from Sketch2CTLib.description import GeometryDescription  # noqa: E402
from Sketch2CTLib.errors import SketchError  # noqa: E402
from Sketch2CTLib.frames import PlaneFrame  # noqa: E402
from Sketch2CTLib.relations import usual_middle  # noqa: E402
from Sketch2CTLib.service.protocol.lines import request_of  # noqa: E402
from Sketch2CTLib.sketch import Sketch, Stroke  # noqa: E402

SQUARE = Stroke([[-40.0, -30.0], [40.0, -30.0], [40.0, 30.0], [-40.0, 30.0]], closed=True)


@pytest.fixture
def window(opened):
    return opened[1].window


def rows(window):
    boxes = window.organs.list
    return [boxes.item(number).text() for number in range(boxes.count)]


def pick(window, number):
    """Clicks a row of the organ list."""
    boxes = window.organs.list
    QTest.mouseClick(boxes.viewport(), Qt.LeftButton, Qt.NoModifier, boxes.visualItemRect(boxes.item(number)).center())
    slicer_model.turns(2)


def add(window, structure=""):
    """Clicks 'Add organ', and chooses its structure."""
    click(window.ui.addOrganButton)
    if structure:
        window.ui.structureBox.currentIndex = window.ui.structureBox.findData(structure)
        slicer_model.turns(1)


def entered(window, radius_mm, text):
    draw(window.sketch.canvas, radius_mm)
    window.geometry.set_text(text)


def three(window):
    """A liver and a spleen that are drawn and described, and a kidney with a number alone."""
    entered(window, 90.0, "1.4 litres")
    add(window)
    entered(window, 40.0, "200 mL, smooth")
    add(window, "left_kidney")
    window.geometry.set_text("150 mL")


# ---- one organ


def test_with_one_organ_there_is_one_button_more_and_apply_asks_as_before(opened, window):
    _, controller, backend = opened
    assert not window.organs.widget.visible and window.ui.addOrganButton.visible
    draw(window.sketch.canvas, 80.0)
    controller.apply()
    assert "organs" not in backend.runs[0].request and backend.runs[0].request["structure"] == "liver"
    assert controller.session.present().organs == []


# ---- the list


def test_each_organ_has_its_own_drawings_numbers_and_words(opened, window):
    _, controller, backend = opened
    three(window)
    assert rows(window) == ["Liver, 1 drawing", "Spleen, 1 drawing", "Left kidney, not drawn"]
    assert window.organs.widget.visible and window.structure == "left_kidney" and window.sketch.drawings() == ()
    pick(window, 0)
    assert window.structure == "liver" and window.geometry.text() == "1.4 litres"
    assert [one.structure for one in window.sketch.drawings()] == ["liver"]
    assert window.geometry.state.structure == "liver"
    controller.apply()
    read = request_of({"id": "x", **backend.runs[0].request})
    assert [(one.structure, one.place) for one in read.organs] == [
        ("liver", "drawn"), ("spleen", "drawn"), ("left_kidney", "usual"),
    ]  # fmt: skip
    described = [GeometryDescription.checked(one.description) for one in read.organs]
    assert [one.numbers["volume_ml"] for one in described] == [1400, 200, 150]
    assert described[1].words and not described[0].words
    liver, spleen = (Sketch.from_dict(one.sketches[0]) for one in read.organs[:2])
    sizes = [np.ptp(one.strokes[0].points_mm[:, 0]) for one in (liver, spleen)]
    assert sizes == pytest.approx([180, 80], rel=0.05)
    assert read.organs[2].sketches == () and read.seed == window.generate.settings().seed


def test_an_organ_that_is_added_gets_its_paper_where_it_usually_lies_beside_the_others(window):
    place = PlaneFrame.standard("axial", 320.0, (12.0, -8.0, 100.0))
    window.sketch.canvas.set_strokes((SQUARE,), plane=place)
    add(window)
    usual = usual_middle("spleen", {"liver": place.center_ras})[0]
    assert window.structure == "spleen"
    assert window.sketch.canvas.plane.center_ras == pytest.approx(usual, abs=0.06)
    window.ui.structureBox.currentIndex = window.ui.structureBox.findData("right_kidney")
    usual = usual_middle("right_kidney", {"liver": place.center_ras})[0]
    assert window.sketch.canvas.plane.center_ras == pytest.approx(usual, abs=0.06)
    assert window.sketch.canvas.plane.view == "coronal"
    draw(window.sketch.canvas, 30.0)
    drawn = window.sketch.canvas.plane
    window.ui.structureBox.currentIndex = window.ui.structureBox.findData("left_kidney")
    assert window.sketch.canvas.plane.center_ras == pytest.approx(drawn.center_ras), "what is drawn keeps its place"


def test_the_usual_place_is_beside_what_is_drawn_not_beside_the_middle_of_its_paper(window):
    moved = Stroke(SQUARE.points_mm + np.array([-60.0, 25.0]), closed=True)
    window.sketch.canvas.set_strokes((moved,), plane=PlaneFrame.standard("axial", 400.0, (5.0, 0.0, 50.0)))
    add(window)
    usual = usual_middle("spleen", {"liver": np.array([65.0, 25.0, 50.0])})[0]
    assert window.sketch.canvas.plane.center_ras == pytest.approx(usual, abs=0.06)


def test_undo_goes_on_where_it_was_when_an_organ_comes_back(window):
    canvas = window.sketch.canvas
    draw(canvas, 90.0)
    draw(canvas, 50.0)
    window.geometry.set_text("1.4 litres")
    window.geometry.set_text("1.4 litres, smooth")
    liver = window.sketch.drawings()
    add(window)
    assert not canvas.can_undo() and not window.geometry.buttons["undo"].enabled
    entered(window, 40.0, "200 mL")
    pick(window, 0)
    assert window.sketch.drawings() == liver
    click(window.sketch.toolbar.button("undo"))
    assert len(window.sketch.sketch().strokes) == 1
    click(window.geometry.buttons["undo"])
    assert window.geometry.text() == "1.4 litres"
    pick(window, 1)
    assert window.geometry.text() == "200 mL" and len(window.sketch.sketch().strokes) == 1
    click(window.sketch.toolbar.button("undo"))
    assert not window.sketch.is_drawn
    pick(window, 0)
    click(window.sketch.toolbar.button("redo"))
    click(window.geometry.buttons["redo"])
    assert window.sketch.drawings() == liver and window.geometry.text() == "1.4 litres, smooth"


def test_an_organ_that_cannot_be_left_stays_in_front(window, monkeypatch):
    three(window)

    def refuse():
        raise SketchError("A sketch has at most 200,000 points.", hint="Draw less.")

    pick(window, 1)
    monkeypatch.setattr(window.sketch, "drawings", refuse)
    pick(window, 0)
    assert window.structure == "spleen" and window.organs.list.currentRow == 1
    assert "at most 200,000 points" in window.ui.statusLabel.text


def test_what_was_removed_comes_back_whole(window):
    three(window)
    pick(window, 1)
    spleen = window.sketch.drawings()
    click(window.organs.remove_button)
    assert rows(window) == ["Liver, 1 drawing", "Left kidney, not drawn"] and window.structure == "liver"
    click(window.organs.remove_button)
    assert not window.organs.remove_button.enabled and window.organs.widget.visible, "one can be brought back"
    click(window.organs.back_button)
    click(window.organs.back_button)
    assert rows(window) == ["Liver, 1 drawing", "Spleen, 1 drawing", "Left kidney, not drawn"]
    assert window.sketch.drawings() == spleen and window.geometry.text() == "200 mL, smooth"
    click(window.sketch.toolbar.button("undo"))
    assert not window.sketch.is_drawn and not window.organs.back_button.enabled


def test_an_organ_is_in_the_list_once(window):
    three(window)
    window.ui.structureBox.currentIndex = window.ui.structureBox.findData("spleen")
    slicer_model.turns(1)
    assert window.structure == "spleen" and window.geometry.text() == "200 mL, smooth"
    assert len(rows(window)) == 3 and window.organs.list.currentRow == 1
    assert "in the list already" in window.ui.statusLabel.text


def test_organs_of_another_kind_of_scan_are_not_offered(opened, window):
    for _ in range(8):
        click(window.ui.addOrganButton) if window.ui.addOrganButton.enabled else None
    assert [text.split(",")[0] for text in rows(window)] == [
        "Liver", "Spleen", "Left kidney", "Right kidney", "Aorta (abdominal part)",
    ]  # fmt: skip
    assert not window.ui.addOrganButton.enabled and "no other organ" in window.ui.addOrganButton.toolTip
    opened[1].apply()
    assert "Aorta" in told(opened[1]) and "nothing drawn" in told(opened[1]) and opened[2].runs == []
    pick(window, 0)
    window.ui.structureBox.currentIndex = window.ui.structureBox.findData("left_atrium")
    pick(window, 4)
    draw(window.sketch.canvas, 30.0)
    opened[1].apply()
    assert "left atrium (MR)" in told(opened[1]) and opened[2].runs == []


def test_a_fault_in_an_organ_behind_is_told_by_its_name(opened, window):
    three(window)
    pick(window, 1)
    window.geometry.set_text("200 mL, 2 cm wide, 2 cm deep, 2 cm high")
    pick(window, 0)
    opened[1].apply()
    assert opened[2].runs == [] and "Spleen:" in window.generate.view.message[1]
    assert window.geometry.text() == "1.4 litres"


def test_a_structure_that_was_changed_behind_is_asked_about_in_front(opened, window):
    _, controller, backend = opened
    three(window)
    pick(window, 1)
    window.ui.structureBox.currentIndex = window.ui.structureBox.findData("right_kidney")
    pick(window, 0)
    controller.apply()
    assert backend.runs == [] and window.ui.questionFrame.visible and window.structure == "right_kidney"
    assert "'spleen'" in window.ui.questionLabel.text
    window.ui.questionYesButton.click()
    assert [one["structure"] for one in backend.runs[0].request["organs"]] == ["liver", "right_kidney", "left_kidney"]


def test_the_list_is_used_by_keys_and_has_a_name_for_screen_readers(window):
    three(window)
    boxes = window.organs.list
    boxes.setFocus()
    QTest.keyClick(boxes, Qt.Key_Up)
    assert window.structure == "spleen" and boxes.focus
    QTest.keyClick(boxes, Qt.Key_Up)
    assert window.structure == "liver" and window.geometry.text() == "1.4 litres"
    assert boxes.accessibleName == "Organs"
    for widget in (boxes, window.organs.remove_button, window.organs.back_button, window.organs.show_check):
        assert len(widget.toolTip) > 20
    assert not boxes.item(0).icon().isNull()


# ---- what cannot be done with several


def test_what_draws_one_organ_is_disabled_and_says_why(window):
    steps, spin = window.results.steps, window.generate.form.candidates_spin
    usual = spin.toolTip, steps.regenerate_button.toolTip
    add(window)
    assert not spin.enabled and "one shape each" in spin.toolTip
    assert not steps.regenerate_button.enabled and "Take the others out" in steps.regenerate_button.toolTip
    assert "Take the others out" in steps.variations_button.toolTip
    click(window.organs.remove_button)
    assert spin.enabled and (spin.toolTip, steps.regenerate_button.toolTip) == usual


# ---- the draft and the scene


def test_the_draft_is_of_the_organ_in_front(opened, window):
    _, _, backend = opened
    three(window)
    pick(window, 1)
    assert slicer_model.spin(lambda: backend.drafts and backend.drafts[-1][0]["structure"] == "spleen")
    pick(window, 0)
    assert slicer_model.spin(lambda: backend.drafts[-1][0]["structure"] == "liver")
    count = len(backend.drafts)
    pick(window, 2)
    assert not slicer_model.spin(lambda: len(backend.drafts) > count, 0.5), "nothing is drawn of it"


def test_the_scene_keeps_all_organs(opened, window):
    _, controller, _ = opened
    three(window)
    pick(window, 1)
    kept, drawn = state.read_state(), window.sketch.drawings()
    assert kept.structure == "spleen" and kept.front == 1 and len(kept.organs) == 3
    assert "drawings" not in kept.organs[1], "what stands on the panels is kept once"
    slicer_core_app.fresh_scene()
    controller.scene_closed()
    assert rows(window)[1:] == [] and not window.organs.widget.visible and not window.sketch.is_drawn
    assert window.sketch.canvas.plane.center_ras == pytest.approx([0, 0, 0])
    state.write_state(kept)
    controller.scene_loaded()
    assert rows(window) == ["Liver, 1 drawing", "Spleen, 1 drawing", "Left kidney, not drawn"]
    assert window.organs.list.currentRow == 1 and window.sketch.drawings() == drawn
    assert window.geometry.text() == "200 mL, smooth"
    assert controller.session.present() == kept
    pick(window, 2)
    usual = kept.organs[2]["home_ras"]
    assert window.geometry.text() == "150 mL" and window.sketch.canvas.plane.center_ras == pytest.approx(usual)
    assert np.abs(usual).max() > 20


def test_a_scene_with_a_damaged_organ_opens_without_it(opened, window):
    three(window)
    pick(window, 0)
    record = json.loads(state.read_state().to_json())
    record["organs"][1]["structure"] = "gills"
    state.write_state(state.SessionState.from_json(json.dumps(record)))
    opened[1].scene_loaded()
    assert rows(window) == ["Liver, 1 drawing", "Left kidney, not drawn"] and window.structure == "liver"
    assert "gills" in window.ui.statusLabel.text


# ---- what is seen of the others


def at(view, center=(0.0, 0.0, 0.0), role="silhouette"):
    return CanvasSheet(PlaneFrame.standard(view, 320.0, center), role, (SQUARE,))


def test_another_organ_is_seen_in_the_same_view_where_it_lies():
    organ = BesideOrgan("Spleen", (1, 2, 3), (at("axial", (-100.0, 10.0, 55.0)), at("coronal", (-100.0, 10.0, 55.0))))
    (path,) = seen_beside(at("axial"), organ).paths
    assert path[:, 1].min() == pytest.approx(-20) and path[:, 1].max() == pytest.approx(40)
    assert path[:, 0].min() == pytest.approx(60) and path[:, 0].max() == pytest.approx(140), "the left is on the right"
    (path,) = seen_beside(at("coronal"), organ).paths
    assert path[:, 1].min() == pytest.approx(25) and path[:, 1].max() == pytest.approx(85)
    seen = seen_beside(at("sagittal"), organ)
    assert seen.paths == () and len(seen.bounds) == 4, "where its other views end"


def test_with_a_contour_the_nearest_cut_beside_it_is_seen_else_the_silhouette():
    cuts = [at("axial", (0.0, 0.0, z), "contour") for z in (-30.0, 6.0, 10.0)]
    organ = BesideOrgan("Spleen", (1, 2, 3), (at("axial"), *cuts))
    here = at("axial", (5.0, 0.0, 8.5), "contour")
    assert len(seen_beside(here, organ).paths) == 1
    cut = at("axial", (30.0, 0.0, 10.0), "contour")
    (path,) = seen_beside(here, BesideOrgan("Spleen", (1, 2, 3), (*cuts[:2], cut))).paths
    assert path[:, 0].min() == pytest.approx(-40.0 - 25.0), "the cut at 10 mm, seen from the paper's own middle"
    far = seen_beside(at("axial", (0.0, 0.0, 60.0), "contour"), organ)
    assert len(far.paths) == 1


def colored(canvas, u, v, rgb):
    """Whether a colour's tint is seen around a point in mm."""
    x, y = canvas.viewport.to_pixels(u, v)
    image = canvas.grab().toImage()
    found = [qt.QColor(image.pixel(round(x) + dx, round(y) + dy)) for dx in range(-2, 3) for dy in range(-2, 3)]
    return any(one.red() - one.green() > 25 for one in found) if rgb[0] > rgb[1] else False


def test_the_others_are_painted_faintly_and_can_be_hidden(window):
    window.sketch.canvas.set_strokes((SQUARE,))
    add(window)
    canvas = window.sketch.canvas
    canvas.zoom_out()
    canvas.zoom_out()
    u, v = canvas.plane.from_ras([40.0, 0.0, 0.0])
    slicer_model.turns(2)
    assert colored(canvas, u, v, (221, 130, 101)), "the edge of the liver at R 40"
    click(window.organs.show_check)
    assert not colored(canvas, u, v, (221, 130, 101))
    click(window.organs.show_check)
    pick(window, 0)
    assert not colored(canvas, 60.0, 45.0, (221, 130, 101)), "the one in front is no shadow of itself"

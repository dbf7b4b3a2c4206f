"""The strip of results: what was made in a scene, shown by a click or by arrows."""

import shutil

import numpy as np
import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
import results_on_disk  # noqa: E402
from controller_bench import draw, run_to_end  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.results import thumbnail  # noqa: E402
from Sketch2CTUI.results.gallery import Gallery, GalleryItem  # noqa: E402
from Sketch2CTUI.session import state  # noqa: E402


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A result of one candidate, a spleen's."""
    return results_on_disk.event(tmp_path_factory.mktemp("alone"), structure="spleen", with_volume=False)


def texts(controller):
    rows = controller.window.results.gallery.list
    return [rows.item(number).text() for number in range(rows.count)]


def settle(controller):
    assert slicer_model.spin(lambda: controller.results._steps.are_done and controller.gallery._reading is None), (
        controller.window.generate.view.log_view.plainText
    )


def pick(controller, number):
    rows = controller.window.results.gallery.list
    rows.scrollToItem(rows.item(number))
    QTest.mouseClick(rows.viewport(), Qt.LeftButton, Qt.NoModifier, rows.visualItemRect(rows.item(number)).center())
    slicer_model.turns(2)
    settle(controller)


def two_runs(widget, controller, backend, result, alone):
    widget.parent.resize(520, 3200)
    draw(controller)
    run_to_end(controller, backend, result)
    controller.window.set_structure("spleen")
    controller.organs.drawn_as = "spleen"
    run_to_end(controller, backend, alone)
    settle(controller)


def test_what_was_made_is_shown_with_name_grade_and_met_targets(opened, result, alone):
    widget, controller, backend = opened
    gallery = controller.window.results.gallery
    assert not gallery.widget.visible
    two_runs(widget, controller, backend, result, alone)
    assert texts(controller) == [f"{name}\n✓ 2 of 2 met" for name in ("1.1 Liver", "1.2 Liver", "2 Spleen")]
    assert gallery.widget.visible and gallery.current == 2
    spoken = gallery.list.item(1).data(qt.Qt.AccessibleTextRole)
    assert spoken.startswith("Result 1.2 Liver: 2 of 2 targets met. Met")
    assert gallery.list.accessibleName


def test_a_click_shows_an_earlier_result_as_choosing_it_does(opened, result, alone):
    widget, controller, backend = opened
    two_runs(widget, controller, backend, result, alone)
    pick(controller, 1)
    results = controller.results
    assert (results.structure, results.candidate, controller.window.results.selected()) == ("liver", 1, 1)
    assert list(results.nodes.segmentation.GetSegmentation().GetSegmentIDs()) == ["liver"]
    assert results.nodes.volume is not None and controller.window.results.gallery.current == 1
    pick(controller, 2)
    assert (results.structure, results.candidate, results.nodes.volume) == ("spleen", 0, None)
    assert controller.window.results.asked.table.rowCount == 2


def test_arrows_move_through_it(opened, result, alone):
    widget, controller, backend = opened
    two_runs(widget, controller, backend, result, alone)
    rows = controller.window.results.gallery.list
    rows.setFocus()
    shown = []
    for key in (Qt.Key_Left, Qt.Key_Left, Qt.Key_Right):
        QTest.keyClick(rows, key)
        settle(controller)
        shown.append((controller.results.structure, controller.results.candidate))
    assert shown == [("liver", 1), ("liver", 0), ("liver", 1)]


def test_a_row_of_the_table_marks_its_picture(opened, result, alone):
    widget, controller, backend = opened
    two_runs(widget, controller, backend, result, alone)
    pick(controller, 0)
    controller.window.results.select(1)
    settle(controller)
    assert controller.window.results.gallery.current == 1


def test_a_click_on_what_is_shown_makes_deleted_nodes_again(opened, result, alone):
    widget, controller, backend = opened
    two_runs(widget, controller, backend, result, alone)
    for node in controller.results.nodes.alive():
        slicer.mrmlScene.RemoveNode(node)
    pick(controller, 2)
    assert controller.results.nodes.alive()


def test_the_scene_keeps_the_list_and_a_closed_one_empties_it(opened, result, alone):
    widget, controller, backend = opened
    two_runs(widget, controller, backend, result, alone)
    pick(controller, 0)
    kept, before = state.read_state(), texts(controller)
    slicer.mrmlScene.Clear(0)
    assert texts(controller) == [] and not controller.window.results.gallery.widget.visible
    state.write_state(kept)
    controller.scene_loaded()
    settle(controller)
    assert texts(controller) == before and controller.window.results.gallery.current == 0


def test_a_result_whose_files_are_gone_is_told_and_leaves(opened, result, alone):
    widget, controller, backend = opened
    two_runs(widget, controller, backend, result, alone)
    shutil.rmtree(controller.results.made[0].folder)
    pick(controller, 0)
    assert "tidied away" in controller.window.results.fault_label.text
    assert [text.split("\n")[0] for text in texts(controller)] == ["2 Spleen"]
    assert controller.results.structure == "spleen"


def test_several_organs_are_one_picture(opened, tmp_path):
    widget, controller, backend = opened
    widget.parent.resize(520, 3200)
    draw(controller)
    run_to_end(controller, backend, results_on_disk.organs_event(tmp_path / "organs"))
    settle(controller)
    assert [text.split("\n")[0] for text in texts(controller)] == ["1 Liver +1"]


# ---- the strip alone, and the pictures


def test_a_grade_is_told_by_a_mark_and_an_ink():
    gallery = Gallery()
    items = [
        GalleryItem("1 Liver", "Met: both.", 2, 2),
        GalleryItem("2 Liver", "Partly met: one of two.", 1, 2),
        GalleryItem("3 Liver", "Not met: none.", 0, 2),
        GalleryItem("4 Liver", "", 0, 0),
    ]
    gallery.show(items, 3)
    assert [one.told for one in items] == ["✓ 2 of 2 met", "≈ 1 of 2 met", "✗ 0 of 2 met", "nothing asked"]
    inks = {gallery.list.item(number).foreground().color().name() for number in range(3)}
    assert len(inks) == 3
    assert gallery.widget.minimumSizeHint.width() <= 200, "a narrow window scrolls it"


def test_a_picture_shows_the_organ_in_its_colour_on_the_scan(tmp_path):
    results_on_disk.write_candidate(tmp_path / "with", "liver", 0)
    results_on_disk.write_candidate(tmp_path / "without", "liver", 0, with_volume=False)
    for name, ground in (("with", 60), ("without", 24)):
        picture = thumbnail.thumbnail(tmp_path / name, ("liver",))
        assert picture.shape == (thumbnail.PIXELS,) * 2 + (3,) and picture.dtype == np.uint8
        corner, middle = picture[3, 3].astype(int), picture[thumbnail.PIXELS // 2, thumbnail.PIXELS // 2].astype(int)
        assert np.ptp(corner) == 0 and corner[0] <= ground, "the scan beside it is grey"
        assert middle[0] > middle[2] + 30, "the liver is tinted"


@pytest.mark.parametrize("flip", [(1, 1, 1), (-1, -1, 1), (1, -1, -1)])
def test_a_picture_has_the_patients_right_at_its_left_on_every_grid(tmp_path, flip):
    from Sketch2CTLib.frames import VoxelGrid
    from Sketch2CTLib.frames.nrrdio import write_nrrd

    affine = np.diag([3.0 * flip[0], 3.0 * flip[1], 3.0 * flip[2], 1.0])
    grid = VoxelGrid((40, 40, 40), affine)
    points = grid.to_ras(np.stack(np.meshgrid(*(np.arange(40.0),) * 3, indexing="ij")[::-1], axis=-1))
    offset = points - grid.center_ras
    body = (np.abs(offset) < [36, 12, 12]).all(axis=-1) | (np.abs(offset - [30, 20, 20]) < [8, 14, 14]).all(axis=-1)
    write_nrrd(tmp_path / "mask.seg.nrrd", body.astype(np.uint8), grid)
    for structure in ("liver", "spleen"):
        inside = thumbnail.thumbnail(tmp_path, (structure,)).max(axis=-1) > 40
        rows, columns = np.nonzero(inside)
        upper = columns[rows < np.median(rows)]
        assert upper.mean() < thumbnail.PIXELS / 2 - 5, "what stands up at the patient's right"

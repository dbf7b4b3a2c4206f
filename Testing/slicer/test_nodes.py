"""Results as nodes of a scene: what they hold, how they are named and shown, and that deleting them is safe."""

import json

import numpy as np
import pytest
import slicer
import slicer_bodies
from Sketch2CTUI.nodes import loading, provenance, result_nodes
from Sketch2CTUI.nodes.loading import CandidateFiles
from Sketch2CTUI.nodes.segments import SceneSegments

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import InputError
from Sketch2CTLib.frames import PlaneFrame, read_volume


@pytest.mark.parametrize("structure", [one.name for one in catalog.STRUCTURES])
def test_a_segmentation_has_terminology_colour_geometry_and_provenance(scene, tmp_path, structure):
    folder = slicer_bodies.write_result(tmp_path, structure=structure)
    node = loading.make_segmentation(CandidateFiles(folder, 0), structure=structure)
    found, segment = catalog.structure(structure), node.GetSegmentation().GetSegment(structure)
    assert segment.GetName() == found.title
    assert np.allclose(segment.GetColor(), np.array(found.color_rgb) / 255, atol=1e-6)
    assert segment.GetTerminology() == catalog.terminology_entry(structure)
    expected, grid, _ = read_volume(folder / "mask.seg.nrrd")
    mask, placed = SceneSegments().mask(f"{node.GetID()}|{structure}")
    assert np.array_equal(mask, expected > 0) and np.allclose(placed.ijk_to_ras, grid.ijk_to_ras, atol=1e-9)
    assert provenance.read_tags(segment).items() >= slicer_bodies.FIELDS.items()
    assert node.GetName().startswith("SYNTHETIC")
    assert segment.GetRepresentation("Closed surface").GetNumberOfPoints() > 100


def test_a_scan_is_int16_in_the_abdominal_window(scene, result):
    node = loading.make_volume(CandidateFiles(result, 0), structure="liver")
    expected, _, _ = read_volume(result / "volume.nrrd")
    assert slicer.util.arrayFromVolume(node).dtype == np.int16
    assert np.array_equal(slicer.util.arrayFromVolume(node), expected)
    assert (node.GetDisplayNode().GetWindow(), node.GetDisplayNode().GetLevel()) == (350.0, 40.0)
    assert slicer.modules.volumes.logic().GetAppliedVolumeDisplayPresetId(node.GetDisplayNode()) == "CT_ABDOMEN"
    assert provenance.read_attributes(node)["Sketch2CT_Seed"] == "7" and provenance.is_synthetic(node)
    assert node.GetName() == "SYNTHETIC liver CT"


def test_a_window_is_set_where_slicer_lacks_the_preset(scene, result, monkeypatch):
    class Bare:
        def logic(self):
            return type("Logic", (), {"GetVolumeDisplayPresetIDs": lambda self: ()})()

    monkeypatch.setattr(slicer.modules, "volumes", Bare())
    node = loading.make_volume(CandidateFiles(result, 0), structure="liver")
    assert (node.GetDisplayNode().GetWindow(), node.GetDisplayNode().GetLevel()) == (350.0, 40.0)


def test_a_heart_scan_is_mr_and_finds_its_own_window(scene, tmp_path):
    node = loading.make_volume(
        CandidateFiles(slicer_bodies.write_result(tmp_path, structure="left_atrium"), 0), structure="left_atrium"
    )
    assert node.GetName() == "SYNTHETIC left atrium MR" and node.GetDisplayNode().GetAutoWindowLevel()


def test_a_segmentation_is_edited_on_the_grid_of_the_reference_volume(scene, result):
    nodes_shown = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    role = nodes_shown.segmentation.GetReferenceImageGeometryReferenceRole()
    assert nodes_shown.segmentation.GetNodeReference(role) is nodes_shown.volume
    grid = slicer_bodies.oriented_grid((1, 0, 2), (True, False, True))
    own = slicer.util.addVolumeFromArray(
        np.zeros(grid.shape_kji, np.int16), slicer.util.vtkMatrixFromArray(grid.ijk_to_ras)
    )
    nodes_shown = result_nodes.show_candidate(
        CandidateFiles(result, 1), structure="liver", reference_volume=own, nodes=nodes_shown
    )
    assert nodes_shown.segmentation.GetNodeReference(role) is own


def test_the_drawing_stays_with_its_segmentation(scene, result):
    sketch = slicer_bodies.drawing(PlaneFrame.standard("axial", 320.0))
    node = loading.make_segmentation(CandidateFiles(result, 0), structure="liver", sketch=sketch)
    assert json.loads(node.GetAttribute(loading.SKETCH_ATTRIBUTE)) == sketch.to_dict()


def test_previews_are_used_again_and_keep_how_they_are_shown(scene, result):
    first = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    first.segmentation.GetDisplayNode().SetSegmentOpacity3D("liver", 0.3)
    before = scene.GetNumberOfNodes()
    second = result_nodes.show_candidate(CandidateFiles(result, 1), structure="liver", nodes=first)
    assert scene.GetNumberOfNodes() == before
    assert second.segmentation is first.segmentation and second.volume is first.volume
    assert second.segmentation.GetDisplayNode().GetSegmentOpacity3D("liver") == 0.3
    expected, _, _ = read_volume(result / "candidate_02" / "mask.seg.nrrd")
    mask, _ = SceneSegments().mask(f"{second.segmentation.GetID()}|liver")
    assert np.array_equal(mask, expected > 0)
    assert provenance.provenance_of(second.segmentation)["Sketch2CT_Candidate"] == "2"
    assert provenance.provenance_of(second.volume)["Sketch2CT_Candidate"] == "2"
    assert "preview" in second.segmentation.GetName()


def test_another_structure_replaces_the_preview_segment(scene, result, tmp_path):
    shown = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    folder = slicer_bodies.write_result(tmp_path / "spleen", structure="spleen", volume=False)
    shown = result_nodes.show_candidate(CandidateFiles(folder, 0), structure="spleen", nodes=shown)
    assert shown.segmentation.GetSegmentation().GetSegmentIDs() == ("spleen",)
    assert shown.volume is None and scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0


def test_accepting_names_nodes_and_folder_and_the_next_preview_is_new(scene, result):
    first = result_nodes.accept(result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver"))
    assert (first.segmentation.GetName(), first.volume.GetName()) == ("SYNTHETIC liver 1", "SYNTHETIC liver 1 CT")
    hierarchy = scene.GetSubjectHierarchyNode()
    assert hierarchy.GetItemName(result_nodes.folder_of(first)) == "SYNTHETIC liver 1"
    second = result_nodes.accept(result_nodes.show_candidate(CandidateFiles(result, 1), structure="liver", nodes=first))
    assert second.segmentation is not first.segmentation
    assert second.segmentation.GetName() == "SYNTHETIC liver 2"
    assert first.segmentation.GetName() == "SYNTHETIC liver 1"
    assert result_nodes.folder_of(first) != result_nodes.folder_of(second)


def test_the_agreement_lies_over_the_slices_and_goes_again(scene, result):
    shown = result_nodes.accept(result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver"))
    result_nodes.show_agreement(result, shown, True)
    composite = scene.GetNthNodeByClass(0, "vtkMRMLSliceCompositeNode")
    assert composite.GetForegroundVolumeID() == shown.agreement.GetID()
    assert composite.GetBackgroundVolumeID() == shown.volume.GetID()
    assert shown.agreement.GetName() == "SYNTHETIC liver 1 agreement"
    display = shown.agreement.GetDisplayNode()
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0.0, 100.0)
    assert display.GetApplyThreshold() and display.GetLowerThreshold() == 1
    result_nodes.show_agreement(result, shown, False)
    assert composite.GetForegroundVolumeID() is None
    only_one = result_nodes.ResultNodes("liver")
    result_nodes.show_agreement(result / "candidate_02", only_one, True)
    assert only_one.agreement is None


def test_a_persons_own_scan_stays_behind_the_synthetic_one(scene, result):
    own = slicer.util.addVolumeFromArray(np.zeros((4, 4, 4), np.int16))
    composite = scene.GetNthNodeByClass(0, "vtkMRMLSliceCompositeNode")
    composite.SetBackgroundVolumeID(own.GetID())
    shown = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    assert composite.GetBackgroundVolumeID() == own.GetID()
    assert composite.GetForegroundVolumeID() == shown.volume.GetID() and composite.GetForegroundOpacity() == 0.5


def test_a_scan_that_the_next_candidate_lacks_goes_with_all_that_belongs_to_it(scene, result):
    (result / "candidate_02" / "volume.nrrd").unlink()
    before = result_nodes.show_candidate(CandidateFiles(result, 1), structure="liver")
    count, hierarchy = scene.GetNumberOfNodes(), scene.GetSubjectHierarchyNode()
    items = hierarchy.GetNumberOfItems()
    with_scan = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver", nodes=before)
    assert with_scan.volume is not None and scene.GetNumberOfNodes() > count
    volume = with_scan.volume
    without = result_nodes.show_candidate(CandidateFiles(result, 1), structure="liver", nodes=with_scan)
    left = [scene.GetNthNode(n).GetClassName() for n in range(scene.GetNumberOfNodes())]
    assert without.volume is None and not provenance.in_scene(volume)
    assert scene.GetNumberOfNodes() == count, left
    assert hierarchy.GetNumberOfItems() == items and result_nodes.folder_of(without)


@pytest.mark.parametrize("gone", ["segmentation", "volume", "both", "folder"])
def test_nodes_may_be_deleted_between_candidates(scene, result, gone):
    shown = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    result_nodes.show_agreement(result, shown, True)
    if gone == "folder":
        scene.GetSubjectHierarchyNode().RemoveItem(result_nodes.folder_of(shown))
    for name in ("segmentation", "volume"):
        if gone in (name, "both"):
            scene.RemoveNode(getattr(shown, name))
    again = result_nodes.show_candidate(CandidateFiles(result, 1), structure="liver", nodes=shown)
    assert provenance.in_scene(again.segmentation) and provenance.in_scene(again.volume)
    assert result_nodes.accept(again).segmentation.GetName() == "SYNTHETIC liver 1"


def test_a_cleared_scene_is_no_trouble(scene, result):
    shown = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    scene.Clear(True)
    assert shown.alive() == []
    result_nodes.accept(shown)
    result_nodes.show_agreement(result, shown, False)
    again = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver", nodes=shown)
    assert len(again.alive()) == 2


def test_nothing_is_added_while_the_scene_closes(scene, result):
    scene.StartState(scene.CloseState)
    try:
        with pytest.raises(InputError, match="being closed"):
            result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    finally:
        scene.EndState(scene.CloseState)
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


@pytest.mark.parametrize("fault", ["missing", "empty", "cut", "text"])
def test_damaged_files_are_one_sentence_and_leave_the_preview(scene, result, tmp_path, fault):
    shown = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    path = result / "candidate_02" / "mask.seg.nrrd"
    content = path.read_bytes()
    damage = {"empty": b"", "cut": content[: len(content) // 3], "text": b"no picture"}
    path.unlink() if fault == "missing" else path.write_bytes(damage[fault])
    with pytest.raises(InputError) as told:
        result_nodes.show_candidate(CandidateFiles(result, 1), structure="liver", nodes=shown)
    assert "mask.seg.nrrd" in told.value.message and told.value.hint
    mask, _ = SceneSegments().mask(f"{shown.segmentation.GetID()}|liver")
    assert mask.any()
    for node in (shown.segmentation, shown.volume):
        assert provenance.provenance_of(node)["Sketch2CT_Candidate"] == "1"


@pytest.mark.parametrize("name", ["mask.seg.nrrd", "volume.nrrd"])
def test_a_damaged_file_leaves_no_half_a_result(scene, result, name):
    (result / name).write_bytes((result / name).read_bytes()[:400])
    before = scene.GetNumberOfNodes()
    with pytest.raises(InputError, match=name):
        result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    assert scene.GetNumberOfNodes() == before


def test_a_preview_forgets_what_was_said_of_the_one_before(scene, result):
    shown = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    segment = shown.segmentation.GetSegmentation().GetSegment("liver")
    provenance.write_tags(segment, {**provenance.read_tags(segment), "Sketch2CT_Edit_Strength": "0.4"})
    segment.SetTag("Mine", "stays")
    shown.volume.SetAttribute("Sketch2CT_Edit_Strength", "0.4")
    shown = result_nodes.show_candidate(CandidateFiles(result, 1), structure="liver", nodes=shown)
    for node in (shown.segmentation, shown.volume):
        assert "Sketch2CT_Edit_Strength" not in provenance.provenance_of(node)
    assert shown.segmentation.GetSegmentation().GetSegment("liver").HasTag("Mine")


def painted(nodes, where=slice(None, 8)):
    """The preview as after a stroke of the Segment Editor."""
    labels = slicer.util.arrayFromSegmentBinaryLabelmap(nodes.segmentation, "liver", nodes.volume)
    labels[where] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(labels, nodes.segmentation, "liver", nodes.volume)


def test_a_preview_that_was_painted_in_is_known_as_such(scene, result):
    shown = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    assert not result_nodes.is_edited(shown)
    loading.make_surface(shown.segmentation)
    shown.segmentation.SetName("renamed")
    assert not result_nodes.is_edited(shown), "looking at it is no edit"
    shown = result_nodes.show_candidate(CandidateFiles(result, 1), structure="liver", nodes=shown)
    assert not result_nodes.is_edited(shown), "another candidate is no edit"
    painted(shown)
    assert result_nodes.is_edited(shown)
    assert not result_nodes.is_edited(result_nodes.accept(shown)), "what was accepted is left alone anyhow"


def test_a_segment_that_was_added_to_a_preview_is_an_edit_too(scene, result):
    shown = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    shown.segmentation.GetSegmentation().AddEmptySegment("tumour")
    assert result_nodes.is_edited(shown)


def test_saving_and_opening_is_no_edit(scene, result, tmp_path):
    shown = result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver")
    told = result_nodes._content(shown.segmentation)
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(tmp_path / "mask.seg.nrrd"))
    assert storage.WriteData(shown.segmentation)
    again = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    assert storage.ReadData(again)
    assert result_nodes._content(again) == told

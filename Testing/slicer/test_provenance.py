"""Where a node comes from, and that it is still said after every way of saving."""

import pytest
import slicer
import slicer_bodies
import slicer_core_app
from Sketch2CTUI.nodes import provenance, result_nodes
from Sketch2CTUI.nodes.loading import CandidateFiles

from Sketch2CTLib.errors import InputError

KEPT = {**slicer_bodies.FIELDS, "Sketch2CT_Candidate": "1"}


@pytest.fixture
def shown(scene, result):
    return result_nodes.accept(result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver"))


def _read(storage_class, node, path):
    storage = storage_class()
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    return node


def _write(storage_class, node, path):
    storage = storage_class()
    storage.SetFileName(str(path))
    assert storage.WriteData(node)


def test_the_header_of_a_result_is_read_without_its_voxels(result):
    fields = provenance.read_header(result / "volume.nrrd")
    assert provenance.provenance_fields(fields) == {**KEPT, "Sketch2CT_Modality": "CT"}
    (result / "big.nrrd").write_bytes(b"NRRD0004\nkey:=a\\nb\n\n" + b"\0" * 100)
    assert provenance.read_header(result / "big.nrrd") == {"key": "a\nb"}


def test_what_is_no_nrrd_is_refused(tmp_path):
    (tmp_path / "a.nrrd").write_bytes(b"GIF89a")
    with pytest.raises(InputError, match="no NRRD"):
        provenance.read_header(tmp_path / "a.nrrd")
    with pytest.raises(InputError, match="cannot be read"):
        provenance.read_header(tmp_path / "none.nrrd")


def test_segment_and_volume_say_the_same(shown):
    told = provenance.provenance_of(shown.segmentation)
    assert told == KEPT and provenance.provenance_of(shown.volume) == {**KEPT, "Sketch2CT_Modality": "CT"}
    assert provenance.is_synthetic(shown.segmentation) and provenance.is_synthetic(shown.volume)


def test_provenance_survives_nrrd(shown, tmp_path):
    _write(slicer.vtkMRMLNRRDStorageNode, shown.volume, tmp_path / "v.nrrd")
    back = _read(slicer.vtkMRMLNRRDStorageNode, slicer.vtkMRMLScalarVolumeNode(), tmp_path / "v.nrrd")
    assert provenance.provenance_of(back) == {**KEPT, "Sketch2CT_Modality": "CT"}


def test_provenance_and_terminology_survive_seg_nrrd(shown, tmp_path, scene):
    _write(slicer.vtkMRMLSegmentationStorageNode, shown.segmentation, tmp_path / "m.seg.nrrd")
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    back = _read(slicer.vtkMRMLSegmentationStorageNode, node, tmp_path / "m.seg.nrrd")
    segment = back.GetSegmentation().GetSegment("liver")
    assert provenance.provenance_of(back) == KEPT
    assert segment.GetTerminology() == shown.segmentation.GetSegmentation().GetSegment("liver").GetTerminology()
    assert segment.GetName() == "Liver" and "SCT^10200004^Liver" in segment.GetTerminology()


def test_result_files_that_are_opened_by_hand_say_it_too(result, scene):
    """A file as the library writes it, without the list of names that our segments carry."""
    from Sketch2CTLib.frames import read_volume, write_nrrd

    values, grid, fields = read_volume(result / "mask.seg.nrrd")
    tags = "".join(f"{key}:{value}|" for key, value in KEPT.items())
    write_nrrd(result / "by_hand.seg.nrrd", values, grid, {**fields, "Segment0_Tags": tags})
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    _read(slicer.vtkMRMLSegmentationStorageNode, node, result / "by_hand.seg.nrrd")
    assert provenance.provenance_of(node) == KEPT


def test_everything_survives_a_saved_scene(shown, tmp_path, scene):
    path = tmp_path / "session.mrb"
    assert scene.WriteToMRB(str(path))
    slicer_core_app.fresh_scene()
    assert scene.ReadFromMRB(str(path), True)
    segmentation = scene.GetFirstNodeByName("SYNTHETIC liver 1")
    volume = scene.GetFirstNodeByName("SYNTHETIC liver 1 CT")
    assert provenance.provenance_of(segmentation) == KEPT
    assert provenance.provenance_of(volume) == {**KEPT, "Sketch2CT_Modality": "CT"}
    segment = segmentation.GetSegmentation().GetSegment("liver")
    assert "SCT^10200004^Liver" in segment.GetTerminology()
    labels = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, "liver", volume)
    assert labels.sum() == (slicer.util.arrayFromVolume(volume) > 60).sum() > 1000
    assert volume.GetDisplayNode().GetWindow() == 350.0
    hierarchy = scene.GetSubjectHierarchyNode()
    assert hierarchy.GetItemName(hierarchy.GetItemParent(hierarchy.GetItemByDataNode(volume))) == "SYNTHETIC liver 1"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a|b:c=d", "a/b:c=d"),
        ("two\nlines\tof  text", "two lines of text"),
        ("20 × 15 cm – »grün«", "20 x 15 cm - ?grun?"),
        ("x" * 5000, "x" * 2000),
    ],
)
def test_awkward_words_come_back_from_files_as_they_were_put_in(scene, shown, tmp_path, text, kept):
    segment = shown.segmentation.GetSegmentation().GetSegment("liver")
    provenance.write_tags(segment, {"Synthetic": "1", "Sketch2CT_Description": text})
    provenance.write_attributes(shown.volume, {"Synthetic": "1", "Sketch2CT_Description": text})
    _write(slicer.vtkMRMLSegmentationStorageNode, shown.segmentation, tmp_path / "m.seg.nrrd")
    _write(slicer.vtkMRMLNRRDStorageNode, shown.volume, tmp_path / "v.nrrd")
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    _read(slicer.vtkMRMLSegmentationStorageNode, node, tmp_path / "m.seg.nrrd")
    volume = _read(slicer.vtkMRMLNRRDStorageNode, slicer.vtkMRMLScalarVolumeNode(), tmp_path / "v.nrrd")
    assert provenance.provenance_of(node)["Sketch2CT_Description"] == kept
    assert provenance.provenance_of(volume)["Sketch2CT_Description"] == kept


def test_a_persons_own_nodes_say_nothing(scene):
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Mine")
    segmentation.GetSegmentation().AddEmptySegment("liver")
    for node in (volume, segmentation, None):
        assert provenance.provenance_of(node) == {} and not provenance.is_synthetic(node)

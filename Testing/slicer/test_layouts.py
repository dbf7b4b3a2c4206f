"""The layout of a painted CT in a scene: every organ and tissue as its file says, edited, given back, left alone."""

import numpy as np
import pytest
import slicer
import slicer_bodies
from Sketch2CTUI.nodes import exporting, layouts, provenance, result_nodes
from Sketch2CTUI.nodes.layouts import LAYOUT_FILE, LayoutFile, SceneLayout
from Sketch2CTUI.nodes.loading import CandidateFiles
from Sketch2CTUI.nodes.segments import SEPARATOR, SceneSegments
from vtk.util import numpy_support

from Sketch2CTLib import catalog
from Sketch2CTLib.data.layout import Layout
from Sketch2CTLib.errors import InputError, MaskError
from Sketch2CTLib.frames import VoxelGrid, write_nrrd
from Sketch2CTLib.generation.layouts.files import read_layout, write_layout

GRID = VoxelGrid((24, 30, 36), np.array([[3.0, 0, 0, -70], [0, 3.0, 0, 15], [0, 0, 2.5, -30], [0, 0, 0, 1.0]]))


def labels_kji():
    """Outside, fat, bone and a liver, without symmetry."""
    k, j, i = np.indices(GRID.shape_kji)
    labels = np.full(GRID.shape_kji, catalog.label_value("outside"), np.uint8)
    labels[3:, 4:28, 2:33] = catalog.label_value("fat")
    labels[:, 18:22, 16:20] = catalog.label_value("bone")
    labels[((i - 12) / 8) ** 2 + ((j - 12) / 7) ** 2 + ((k - 12) / 6) ** 2 < 1] = catalog.label_value("liver")
    return labels


@pytest.fixture
def painted(result):
    """The folder of a result whose best candidate has a layout."""
    write_layout(result / LAYOUT_FILE, Layout(labels_kji(), GRID), slicer_bodies.FIELDS)
    return result


@pytest.fixture
def shown(scene, painted):
    nodes = result_nodes.show_candidate(CandidateFiles(painted, 0), structure="liver")
    result_nodes.show_layout(LayoutFile.read(painted / LAYOUT_FILE), nodes, True)
    return nodes


def edit(nodes, region, box):
    """Paints a box of one region as the Segment Editor does where segments may not overlap."""
    image = nodes.layout.GetSegmentation().GetSegment(region).GetRepresentation("Binary labelmap")
    values = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])
    values[box] = catalog.label_value(region)
    image.Modified()


def test_each_organ_and_tissue_is_a_segment_with_its_voxels_code_and_colour(shown):
    node, labels = shown.layout, labels_kji()
    ids = list(node.GetSegmentation().GetSegmentIDs())
    assert set(ids) == {"outside", "fat", "bone", "liver"}
    for name in ids:
        segment, region = node.GetSegmentation().GetSegment(name), catalog.region(name)
        assert segment.GetName() == region.title and segment.GetTerminology() == catalog.terminology_entry(name)
        assert np.allclose(segment.GetColor(), np.array(region.color_rgb) / 255, atol=1e-6)
        mask, grid = SceneSegments().mask(f"{node.GetID()}{SEPARATOR}{name}")
        assert np.array_equal(mask, labels == region.label), name
        assert np.allclose(grid.ijk_to_ras, GRID.ijk_to_ras, atol=1e-9)
    assert provenance.provenance_of(node).items() >= slicer_bodies.FIELDS.items()


def test_it_is_seen_in_slices_and_hidden_as_a_whole(shown):
    display = shown.layout.GetDisplayNode()
    assert display.GetVisibility() and not display.GetVisibility3D() and display.GetOpacity2DFill() < 0.5
    result_nodes.show_layout(None, shown, False)
    assert not display.GetVisibility() and provenance.in_scene(shown.layout)
    result_nodes.show_layout(None, shown, True)
    assert display.GetVisibility()


def test_it_is_named_and_kept_with_its_result(shown, scene):
    assert shown.layout.GetName() == "SYNTHETIC liver (preview) layout"
    result_nodes.accept(shown)
    assert shown.layout.GetName() == "SYNTHETIC liver 1 layout"
    hierarchy = scene.GetSubjectHierarchyNode()
    folders = {hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) for node in shown.alive()}
    assert folders == {result_nodes.folder_of(shown)}


def test_it_goes_with_its_candidate_unless_a_person_has_edited_it(shown, painted, scene):
    before = shown.layout
    again = result_nodes.show_candidate(CandidateFiles(painted, 1), structure="liver", nodes=shown)
    assert not provenance.in_scene(before) and again.layout is None
    result_nodes.show_layout(LayoutFile.read(painted / LAYOUT_FILE), again, True)
    assert not layouts.is_changed(again.layout)
    edit(again, "bone", np.s_[2:5, 2:5, 2:5])
    assert layouts.is_changed(again.layout)
    edited = again.layout
    last = result_nodes.show_candidate(CandidateFiles(painted, 0), structure="liver", nodes=again)
    assert provenance.in_scene(edited) and edited.GetName().endswith("changed") and last.layout is None


def test_what_was_edited_is_given_back_voxel_by_voxel(shown, tmp_path):
    edit(shown, "bone", np.s_[2:5, 2:7, 3:9])
    expected = labels_kji()
    expected[2:5, 2:7, 3:9] = catalog.label_value("bone")
    read = read_layout(SceneLayout(shown.layout, str(tmp_path)).write(lambda: None))
    assert np.array_equal(read.labels, expected) and np.allclose(read.grid.ijk_to_ras, GRID.ijk_to_ras, atol=1e-9)


def test_a_moved_layout_is_given_back_where_it_stands(shown, scene, tmp_path):
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = np.eye(4)
    matrix[:3, 3] = 5.0, -7.0, 11.0
    transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
    shown.layout.SetAndObserveTransformNodeID(transform.GetID())
    read = read_layout(SceneLayout(shown.layout, str(tmp_path)).write(lambda: None))
    assert np.allclose(read.grid.ijk_to_ras, matrix @ GRID.ijk_to_ras) and np.array_equal(read.labels, labels_kji())


def test_a_segment_without_meaning_and_an_empty_layout_are_one_line(shown, tmp_path):
    segmentation = shown.layout.GetSegmentation()
    segment = slicer.vtkSegment()
    segment.DeepCopy(segmentation.GetSegment("bone"))
    segment.SetName("Catheter")
    segmentation.AddSegment(segment, "Segment_1")
    with pytest.raises(MaskError, match=r"'Catheter'.*no organ or tissue"):
        SceneLayout(shown.layout, str(tmp_path))
    segmentation.RemoveAllSegments()
    with pytest.raises(MaskError, match="empty"):
        SceneLayout(shown.layout, str(tmp_path))


def test_a_damaged_file_or_one_of_unknown_values_is_one_line(scene, painted):
    path = painted / LAYOUT_FILE
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError):
        LayoutFile.read(path)
    write_nrrd(path, np.full(GRID.shape_kji, 199, np.uint8), GRID)
    with pytest.raises(InputError, match="cannot be shown"):
        LayoutFile.read(path)


def test_the_export_of_a_segmentation_has_the_layout_too(painted, tmp_path):
    paths = exporting.export(painted, tmp_path / "out", {"seg.nrrd"})
    assert [path.name.partition("_candidate_1_")[2] for path in paths] == ["mask.seg.nrrd", LAYOUT_FILE]
    assert np.array_equal(read_layout(paths[1]).labels, labels_kji())

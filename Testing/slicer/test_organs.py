"""A result of several organs as one segmentation of the scene, voxel by voxel as its files say, and saved."""

import json

import numpy as np
import pytest
import slicer
import slicer_core_app
from Sketch2CTUI.nodes import organs, provenance, result_nodes
from Sketch2CTUI.nodes.segments import SEPARATOR, SceneSegments

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import InputError
from Sketch2CTLib.frames import VoxelGrid, mask_on_grid, write_nrrd

NAMES = ("liver", "left_kidney", "spleen")
GRID = VoxelGrid((40, 44, 60), np.array([[2.0, 0, 0, -70], [0, 2.0, 0, 15], [0, 0, 2.5, -30], [0, 0, 0, 1.0]]))


def labels_kji():
    """Three bodies that touch each other, without symmetry."""
    k, j, i = np.indices(GRID.shape_kji)
    labels = np.zeros(GRID.shape_kji, np.uint8)
    labels[((i - 18) / 15) ** 2 + ((j - 20) / 14) ** 2 + ((k - 22) / 12) ** 2 < 1] = catalog.structure("liver").label
    labels[((i - 38) / 9) ** 2 + ((j - 24) / 10) ** 2 + ((k - 20) / 14) ** 2 < 1] = catalog.structure("spleen").label
    labels[(abs(i - 30) < 4) & (abs(j - 30) < 6) & (abs(k - 9) < 7)] = catalog.structure("left_kidney").label
    return labels


@pytest.fixture
def folder(tmp_path):
    shared = {"Synthetic": "1", "Sketch2CT_Seed": "4", "Sketch2CT_Organs": " ".join(NAMES)}
    write_nrrd(tmp_path / "mask.seg.nrrd", labels_kji(), GRID, shared)
    scan = VoxelGrid((20, 20, 20), np.diag([8.0, 8.0, 8.0, 1.0]))
    write_nrrd(tmp_path / "volume.nrrd", np.full((20, 20, 20), 40, np.int16), scan, shared)
    for number, name in enumerate(NAMES[:2]):  # of the third the folder is gone
        (tmp_path / name).mkdir()
        own = {**shared, "Sketch2CT_Description": f"about {number + 1} litres"}
        write_nrrd(tmp_path / name / "mask.seg.nrrd", np.ones(scan.shape_kji, np.uint8), scan, own)
    return tmp_path


def shown(folder, nodes=None):
    made = result_nodes.show_organs(organs.OrganFiles(folder, NAMES).read(), nodes=nodes)
    for name in NAMES:
        organs.make_organ_surface(made.segmentation, name)
    return made


def mask_of(node, name):
    body, grid = SceneSegments().mask(f"{node.GetID()}{SEPARATOR}{name}")
    return mask_on_grid(body, grid, GRID)


def test_each_organ_is_a_segment_with_exactly_its_voxels(scene, folder):
    node = shown(folder).segmentation
    labels = labels_kji()
    assert list(node.GetSegmentation().GetSegmentIDs()) == list(NAMES)
    masks = {name: mask_of(node, name) for name in NAMES}
    for name, mask in masks.items():
        assert np.array_equal(mask, labels == catalog.structure(name).label), name
    assert sum(mask.astype(int) for mask in masks.values()).max() == 1, "no overlap"


def test_each_segment_says_where_it_comes_from(scene, folder):
    segmentation = shown(folder).segmentation.GetSegmentation()
    tags = [provenance.read_tags(segmentation.GetSegment(name)) for name in NAMES]
    assert [one["Synthetic"] for one in tags] == ["1"] * 3 and tags[0]["Sketch2CT_Organs"] == " ".join(NAMES)
    assert [one.get("Sketch2CT_Description") for one in tags] == ["about 1 litres", "about 2 litres", None]


def test_surfaces_made_one_by_one_are_those_that_slicer_makes_of_all(scene, folder):
    one_by_one = shown(folder).segmentation.GetSegmentation()
    at_once = result_nodes.show_organs(organs.OrganFiles(folder, NAMES).read()).segmentation
    at_once.CreateClosedSurfaceRepresentation()
    for name in NAMES:
        counts = [
            one.GetSegment(name).GetRepresentation("Closed surface").GetNumberOfPoints()
            for one in (one_by_one, at_once.GetSegmentation())
        ]
        assert counts[0] == counts[1] > 100
    assert one_by_one.ContainsRepresentation("Closed surface")


def test_nodes_are_used_again_and_an_organ_that_is_gone_goes(scene, folder):
    first = shown(folder)
    display = first.segmentation.GetDisplayNode()
    display.SetSegmentOpacity3D("liver", 0.25)
    pair = organs.OrganFiles(folder, NAMES[:2]).read()
    again = result_nodes.show_organs(pair, nodes=first)
    assert again.segmentation is first.segmentation and again.volume is first.volume
    assert list(again.segmentation.GetSegmentation().GetSegmentIDs()) == ["liver", "left_kidney"]
    assert display.GetSegmentOpacity3D("liver") == 0.25
    assert again.segmentation.GetName() == "SYNTHETIC liver and left kidney (preview)"


def test_an_organ_in_which_somebody_painted_is_known(scene, folder):
    nodes = shown(folder)
    assert not result_nodes.is_edited(nodes)
    labels = mask_of(nodes.segmentation, "spleen")
    labels[:3] = True
    volume = slicer.util.addVolumeFromArray(labels.astype(np.int16), GRID.ijk_to_ras)
    slicer.util.updateSegmentBinaryLabelmapFromArray(labels.astype(np.uint8), nodes.segmentation, "spleen", volume)
    assert result_nodes.is_edited(nodes)


def test_a_saved_scene_brings_all_organs_back(scene, folder, tmp_path):
    node = shown(folder).segmentation
    before = {name: mask_of(node, name) for name in NAMES}
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(tmp_path / "saved.seg.nrrd"))
    assert storage.WriteData(node)
    slicer_core_app.fresh_scene()
    back = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    assert storage.ReadData(back)
    for name in NAMES:
        assert np.array_equal(mask_of(back, name), before[name])
        assert provenance.read_tags(back.GetSegmentation().GetSegment(name))["Synthetic"] == "1"


def test_an_organ_without_a_voxel_is_an_empty_segment_and_files_that_are_gone_are_told(scene, folder):
    labels = labels_kji()
    labels[labels == catalog.structure("spleen").label] = 0
    write_nrrd(folder / "mask.seg.nrrd", labels, GRID, {"Synthetic": "1"})
    assert list(shown(folder).segmentation.GetSegmentation().GetSegmentIDs()) == list(NAMES)
    (folder / "mask.seg.nrrd").unlink()
    with pytest.raises(InputError):
        organs.OrganFiles(folder, NAMES).read()
    with pytest.raises(InputError, match="not read"):
        result_nodes.show_organs(organs.OrganFiles(folder, NAMES))


def test_names_of_many_organs_stay_short(scene):
    assert result_nodes.free_name("liver", "spleen", "aorta") == "SYNTHETIC liver, spleen and aorta 1"
    assert result_nodes.free_name(*NAMES, "aorta") == "SYNTHETIC liver and 3 others 1"


def test_the_report_of_all_is_exported_under_their_names(scene, folder, tmp_path):
    from Sketch2CTUI.nodes import exporting

    (folder / "report.json").write_text(json.dumps({"kind": "organs", "organs": {name: {} for name in NAMES}}))
    paths = exporting.export(str(folder), tmp_path / "out", {"seg.nrrd", "nifti"})
    assert {path.name for path in paths} == {
        f"SYNTHETIC_liver_left_kidney_spleen_{ending}" for ending in ("mask.seg.nrrd", "mask.nii.gz", "volume.nii.gz")
    }

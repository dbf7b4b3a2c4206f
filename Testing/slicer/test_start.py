"""The start-up itself: Slicer's C++ stands where our code expects it."""

import slicer
import slicer_core_app


def test_starting_twice_is_starting_once():
    assert slicer_core_app.start() is slicer_core_app.start() is slicer.mrmlScene
    for name in ("segmentations", "volumes", "volumerendering", "subjecthierarchy", "terminologies", "markups"):
        assert getattr(slicer.modules, name).logic().GetMRMLScene() is slicer.mrmlScene


def test_a_fresh_scene_has_the_views_of_a_session_and_nothing_else(scene):
    scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "left over")
    again = slicer_core_app.fresh_scene()
    assert again is scene and scene.GetFirstNodeByName("left over") is None
    assert scene.GetNumberOfNodesByClass("vtkMRMLSubjectHierarchyNode") == 1
    views = [slicer_core_app.slice_view(name) for name, _ in slicer_core_app.SLICE_VIEWS]
    assert [view.GetOrientation() for view in views] == ["Axial", "Sagittal", "Coronal"]

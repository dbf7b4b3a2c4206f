"""How result volumes look, and where they are shown: windows, colours, slice views."""

from __future__ import annotations

import slicer

CT_PRESET = "CT_ABDOMEN"
CT_WINDOW, CT_LEVEL = 350.0, 40.0  # of that preset, for a Slicer that lacks it
_OVER_SCAN = 0.5  # opacity of a synthetic scan over one of the person's own
_AGREEMENT_OPACITY = 0.6
_PERCENT_COLORS = ("vtkMRMLColorTableNodeFileViridis.txt", "vtkMRMLColorTableNodeRainbow")


def show_as_scan(volume, modality: str) -> None:
    """A grey window that fits: Slicer's abdominal CT preset, or the volume's own range."""
    display = volume.GetDisplayNode()
    if modality != "CT":
        display.SetAutoWindowLevel(True)
        return
    logic = slicer.modules.volumes.logic()
    if CT_PRESET in logic.GetVolumeDisplayPresetIDs() and logic.ApplyVolumeDisplayPreset(display, CT_PRESET):
        return
    with slicer.util.NodeModify(display):
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(CT_WINDOW, CT_LEVEL)


def show_as_agreement(volume) -> None:
    """Colours from 0 to 100 percent; what no candidate holds is clear."""
    display = volume.GetDisplayNode()
    with slicer.util.NodeModify(display):
        display.SetAutoWindowLevel(False)
        display.SetWindowLevelMinMax(0.0, 100.0)
        display.SetThreshold(1, 100)
        display.SetApplyThreshold(True)
        colors = next((name for name in _PERCENT_COLORS if slicer.mrmlScene.GetNodeByID(name)), None)
        if colors is not None:
            display.SetAndObserveColorNodeID(colors)


def show_in_slices(volume, center_ras=None) -> None:
    """Puts a synthetic volume into every slice view, and the views onto a point.

    A view that shows a scan of the person's own keeps it: the synthetic one lies over it, half clear.

    Args:
        volume: Volume node; None moves the views only.
        center_ras: Point that the slices go through.
    """
    from .loading import in_scene
    from .provenance import is_synthetic

    scene = slicer.mrmlScene
    if in_scene(volume):
        for composite in _nodes(scene, "vtkMRMLSliceCompositeNode"):
            behind = scene.GetNodeByID(composite.GetBackgroundVolumeID() or "")
            if behind is None or is_synthetic(behind):
                composite.SetBackgroundVolumeID(volume.GetID())
            else:
                composite.SetForegroundVolumeID(volume.GetID())
                composite.SetForegroundOpacity(composite.GetForegroundOpacity() or _OVER_SCAN)
    if center_ras is not None:
        jump = slicer.vtkMRMLSliceNode.OffsetJumpSlice
        slicer.vtkMRMLSliceNode.JumpAllSlices(scene, *(float(value) for value in center_ras), jump)


def show_agreement_over(volume, on: bool) -> None:
    """Lays the agreement of the candidates over the slices, or takes it away."""
    from .loading import in_scene

    if not in_scene(volume):
        return
    for composite in _nodes(slicer.mrmlScene, "vtkMRMLSliceCompositeNode"):
        if on:
            composite.SetForegroundVolumeID(volume.GetID())
            composite.SetForegroundOpacity(_AGREEMENT_OPACITY)
        elif composite.GetForegroundVolumeID() == volume.GetID():
            composite.SetForegroundVolumeID(None)
            composite.SetForegroundOpacity(0.0)


def _nodes(scene, class_name: str) -> list:
    return [scene.GetNthNodeByClass(n, class_name) for n in range(scene.GetNumberOfNodesByClass(class_name))]

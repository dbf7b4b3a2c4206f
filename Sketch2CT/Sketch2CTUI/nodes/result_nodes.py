"""The nodes of one run: shown while candidates are browsed, kept when one is accepted, removed in one step.

Every function stands a person deleting nodes in between: what is gone is made again, or left alone.
"""

from __future__ import annotations

import re
import zlib
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import slicer
import vtk

from Sketch2CTLib.errors import Sketch2CTError

from . import views
from .layouts import LayoutFile, is_changed, make_layout
from .loading import (
    CandidateFiles,
    make_agreement,
    make_segmentation,
    make_surface,
    make_volume,
    open_scene,
    short_name,
)
from .organs import OrganFiles, make_organs
from .provenance import in_scene
from .segments import SEPARATOR, SceneSegments, cropped

_PREVIEW = "(preview)"
_SHOWN = "Sketch2CT.shown"  # of a segmentation: what it held when it was made


@dataclass
class ResultNodes:
    """Nodes of one candidate; a field is None where there is no such node.

    Args:
        structure: Catalog name.
        segmentation, volume, agreement, layout: The nodes.
        accepted: Whether they are a person's own now; a preview is used again for the next candidate.
        others: Further structures in the same segmentation.
    """

    structure: str
    segmentation: object = None
    volume: object = None
    agreement: object = None
    layout: object = None
    accepted: bool = False
    others: tuple[str, ...] = ()

    def alive(self) -> list:
        """Those that are still in the scene."""
        return [one for one in (self.segmentation, self.volume, self.agreement, self.layout) if in_scene(one)]


def show_candidate(
    files: CandidateFiles, *, structure, sketch=None, reference_volume=None, nodes=None, surface=True
) -> ResultNodes:
    """Shows a candidate in slice and 3D views, in the preview nodes of the one before where they are still there.

    Args:
        files: The files of the candidate.
        structure: Catalog name.
        sketch: `Sketch` that it was made from.
        reference_volume: Volume whose grid the segmentation is edited on; the result's own scan without one.
        nodes: What this function gave back for the candidate before; accepted nodes are left alone.
        surface: Whether the 3D surface is made at once; `loading.make_surface` does it later.

    Raises:
        InputError: A file is missing or damaged, or the scene is being closed or read.
    """
    before = nodes if nodes is not None and not nodes.accepted else ResultNodes(structure)
    reused = {name: getattr(before, name) for name in ("segmentation", "volume", "agreement")}
    reused = {name: one if in_scene(one) else None for name, one in reused.items()}
    files.mask, files.volume  # noqa: B018  read before anything changes: a damaged file leaves what is shown
    _leave_layout(before)
    volume = _shown_volume(files, structure, reused["volume"])
    segmentation = make_segmentation(
        files,
        structure=structure,
        sketch=sketch,
        reference_volume=reference_volume if in_scene(reference_volume) else volume,
        node=reused["segmentation"],
        surface=False,
    )
    result = _shown(ResultNodes(structure, segmentation, volume, reused["agreement"]))
    if surface:
        make_surface(segmentation)
    return result


def show_organs(files: OrganFiles, *, nodes=None) -> ResultNodes:
    """Shows a result of several organs, in the preview nodes of the one before where they are still there.

    Args:
        files: The files of the result, read.
        nodes: What was shown before; accepted nodes are left alone.

    Raises:
        InputError: A file is missing or damaged, or the scene is being closed or read.
    """
    structure, *others = files.structures
    before = nodes if nodes is not None and not nodes.accepted else ResultNodes(structure)
    if in_scene(before.agreement):
        remove_node(before.agreement)
    _leave_layout(before)
    volume = _shown_volume(files, structure, before.volume if in_scene(before.volume) else None)
    node = before.segmentation if in_scene(before.segmentation) else None
    segmentation = make_organs(files, node=node)
    return _shown(ResultNodes(structure, segmentation, volume, others=tuple(others)))


def show_organ(nodes: ResultNodes, structure: str) -> None:
    """Moves the slice views to the middle of one organ of several."""
    center = nodes.segmentation.GetSegmentCenterRAS(structure) if in_scene(nodes.segmentation) else None
    if center is not None:
        views.show_in_slices(None, tuple(center))


def _shown_volume(files: CandidateFiles, structure: str, node):
    """The scan's node; one of the result before goes where there is no scan."""
    volume = make_volume(files, structure=structure, node=node)
    if volume is None and node is not None:
        remove_node(node)
    return volume


def _shown(nodes: ResultNodes) -> ResultNodes:
    """The nodes named, in their folder, and seen in the slice views."""
    nodes.segmentation.SetAttribute(_SHOWN, _content(nodes.segmentation))
    name = f"SYNTHETIC {short_name(nodes.structure, *nodes.others)} {_PREVIEW}"
    _name(nodes, name)
    _put_into_folder(nodes, name)
    views.show_in_slices(nodes.volume, center_of(nodes.segmentation))
    return nodes


def show_agreement(result_folder, nodes: ResultNodes, on: bool) -> None:
    """Lays the agreement of the candidates over the slice views, or takes it away; without one nothing happens."""
    if on:
        nodes.agreement = make_agreement(result_folder, nodes.agreement if in_scene(nodes.agreement) else None)
        folder = folder_of(nodes)
        if folder and nodes.agreement is not None:
            _subject_hierarchy().SetItemParent(_item(nodes.agreement), folder)
        if in_scene(nodes.segmentation):
            _name(nodes, nodes.segmentation.GetName())
    views.show_agreement_over(nodes.agreement, on)
    if not on:
        views.show_in_slices(nodes.volume)


def show_layout(layout: LayoutFile | None, nodes: ResultNodes, on: bool) -> None:
    """Shows the organs and tissues that a scan was painted from, or hides them; a person's edits stay.

    Args:
        layout: What was read; None where the node is there already.
        nodes: Of the result.
        on: Whether it is shown.
    """
    if on and not in_scene(nodes.layout) and layout is not None and in_scene(nodes.segmentation):
        nodes.layout = make_layout(layout, f"{nodes.segmentation.GetName()} layout")
        folder = folder_of(nodes)
        if folder:
            _subject_hierarchy().SetItemParent(_item(nodes.layout), folder)
    display = nodes.layout.GetDisplayNode() if in_scene(nodes.layout) else None
    if display is not None:
        display.SetVisibility(bool(on))


def _leave_layout(nodes: ResultNodes) -> None:
    """Another candidate comes: the layout of this one goes, but for one that a person has edited."""
    node, nodes.layout = nodes.layout, None
    if not in_scene(node):
        return
    if is_changed(node):
        node.SetName(f"{node.GetName()}, changed")
    else:
        remove_node(node)


def accept(nodes: ResultNodes) -> ResultNodes:
    """Makes a preview a person's own: its nodes and folder get the next free name, as 'SYNTHETIC liver 1'."""
    open_scene().SaveStateForUndo()
    folder, name = folder_of(nodes), free_name(nodes.structure, *nodes.others)
    _name(nodes, name)
    if folder:
        _subject_hierarchy().SetItemName(folder, name)
    nodes.accepted = True
    return nodes


def is_edited(nodes: ResultNodes) -> bool:
    """Whether a person has painted in a preview, or put other segments into it: the next candidate must not take it."""
    if nodes.accepted or not in_scene(nodes.segmentation):
        return False
    before = nodes.segmentation.GetAttribute(_SHOWN)
    return bool(before) and before != _content(nodes.segmentation)


def edited_content(nodes: ResultNodes) -> str:
    """What a result's segmentation holds where a person has changed it since it was made; empty where nobody has."""
    if not in_scene(nodes.segmentation):
        return ""
    now = _content(nodes.segmentation)
    return "" if now == nodes.segmentation.GetAttribute(_SHOWN) else now


def mask_of(nodes: ResultNodes, structure: str):
    """The (D, H, W) mask of a result's organ as it stands now, and its grid.

    Raises:
        Sketch2CTError: See `SceneSegments.mask`.
    """
    return SceneSegments().mask(f"{nodes.segmentation.GetID()}{SEPARATOR}{structure}")


def settle(nodes: ResultNodes, content: str) -> None:
    """An edit lies in a result of its own now: the segmentation that it was made in may be used again.

    Args:
        nodes: Of the result that was edited.
        content: What `edited_content` gave then; what was edited since stays the person's.
    """
    if in_scene(nodes.segmentation):
        nodes.segmentation.SetAttribute(_SHOWN, content)


def _content(segmentation) -> str:
    """A short text that is another one where segments or their voxels are others; the same after save and load."""
    parts = []
    for segment_id in segmentation.GetSegmentation().GetSegmentIDs():
        try:
            mask, grid = SceneSegments().mask(f"{segmentation.GetID()}{SEPARATOR}{segment_id}")
        except Sketch2CTError as error:  # empty, or under a transform that bends
            parts.append(f"{segment_id} {error.code}")
            continue
        body, own = cropped(mask, grid)
        place = np.round(own.ijk_to_ras[:3, 3], 2) + 0.0  # no negative zero
        parts.append(f"{segment_id} {zlib.crc32(np.packbits(body)):08x} {' '.join(map(str, place))}")
    return "; ".join(sorted(parts))


def free_name(structure: str, *others: str) -> str:
    """'SYNTHETIC liver 1', 'SYNTHETIC liver and spleen 1', or the next number that no node's name begins with."""
    stem = f"SYNTHETIC {short_name(structure, *others)}"
    pattern = re.compile(re.escape(stem) + r" (\d+)\b")
    scene = slicer.mrmlScene
    names = (scene.GetNthNode(n).GetName() or "" for n in range(scene.GetNumberOfNodes()))
    taken = [int(match.group(1)) for match in map(pattern.match, names) if match]
    return f"{stem} {max(taken, default=0) + 1}"


def center_of(segmentation):
    """The middle of what a segmentation holds, in RAS mm; None where it is empty."""
    bounds = [0.0, -1.0] * 3
    segmentation.GetRASBounds(bounds)
    if bounds[1] < bounds[0]:
        return None
    return tuple((low + high) / 2 for low, high in zip(bounds[::2], bounds[1::2], strict=True))


def folder_of(nodes: ResultNodes) -> int:
    """The subject hierarchy folder that a run's nodes lie in; 0 where there is none."""
    hierarchy = _subject_hierarchy()
    for node in nodes.alive():
        parent = hierarchy.GetItemParent(_item(node))
        if parent and parent != hierarchy.GetSceneItemID() and hierarchy.GetItemDataNode(parent) is None:
            return parent
    return 0


def _name(nodes: ResultNodes, name: str) -> None:
    if in_scene(nodes.segmentation):
        nodes.segmentation.SetName(name)
    if in_scene(nodes.volume):
        nodes.volume.SetName(f"{name} {nodes.volume.GetAttribute('Sketch2CT_Modality') or 'CT'}")
    if in_scene(nodes.agreement):
        nodes.agreement.SetName(f"{name} agreement")
    if in_scene(nodes.layout):
        nodes.layout.SetName(f"{name} layout")


def _put_into_folder(nodes: ResultNodes, name: str) -> None:
    hierarchy = _subject_hierarchy()
    folder = folder_of(nodes) or hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), name)
    for node in nodes.alive():
        if hierarchy.GetItemParent(_item(node)) != folder:
            hierarchy.SetItemParent(_item(node), folder)


def remove_node(node) -> None:
    """Takes a node out of the scene, with its display and storage nodes and its place in the subject hierarchy."""
    hierarchy, scene, item = _subject_hierarchy(), slicer.mrmlScene, _item(node)
    parent = hierarchy.GetItemParent(item)
    helpers = [node.GetNthDisplayNode(index) for index in range(node.GetNumberOfDisplayNodes())]
    helpers += [node.GetNthStorageNode(index) for index in range(node.GetNumberOfStorageNodes())]
    with batch(scene):
        for one in (node, *helpers):
            if in_scene(one):
                scene.RemoveNode(one)
    siblings = vtk.vtkIdList()
    hierarchy.GetItemChildren(parent, siblings, False)
    # The application takes the item of a removed node away; where it is not there, the item is still in its folder.
    if item in [siblings.GetId(index) for index in range(siblings.GetNumberOfIds())]:
        hierarchy.RemoveItem(item, False, True)


@contextmanager
def batch(scene):
    """Several changes of the scene that views take as one."""
    scene.StartState(scene.BatchProcessState)
    try:
        yield
    finally:
        scene.EndState(scene.BatchProcessState)


def _subject_hierarchy():
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)


def _item(node) -> int:
    """The node's item; made where no application made it."""
    hierarchy = _subject_hierarchy()
    return hierarchy.GetItemByDataNode(node) or hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)

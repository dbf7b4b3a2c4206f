"""What the slice and 3D views show of a result, and where they stand."""

from __future__ import annotations

import numpy as np
import slicer
import vtk

from Sketch2CTLib.errors import GridError, InputError
from Sketch2CTLib.frames import VIEWS, PlaneFrame

from .provenance import in_scene, is_synthetic

CT_PRESET = "CT_ABDOMEN"
CT_WINDOW, CT_LEVEL = 350.0, 40.0  # of that preset, for a Slicer that lacks it
_OVER_SCAN = 0.5  # opacity of a synthetic scan over one of the person's own
_AGREEMENT_OPACITY = 0.6
_PERCENT_COLORS = ("vtkMRMLColorTableNodeFileViridis.txt", "vtkMRMLColorTableNodeRainbow")
_SLICE_NODE = "vtkMRMLSliceNode"
_SMALLEST_MM = 1.0
INK_RGB = (1.0, 0.8, 0.15)  # of what is drawn in slice views: seen on bone and on air


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


class SliceViews:
    """The scene's slice views; a key is the ID of a slice node."""

    def choices(self) -> list[tuple[str, str]]:
        """Key and title of every slice view, as 'Red (Axial)'."""
        scene = slicer.mrmlScene
        nodes = (scene.GetNthNodeByClass(n, _SLICE_NODE) for n in range(scene.GetNumberOfNodesByClass(_SLICE_NODE)))
        return [(node.GetID(), f"{node.GetName()} ({node.GetOrientation()})") for node in nodes]

    def plane(self, key: str, size_mm=None) -> PlaneFrame:
        """The paper that lies on a slice, centred where the view is.

        Args:
            key: A key of `choices`.
            size_mm: Edge, or width and height, of the paper; what the view shows without it.

        Raises:
            InputError: The view is gone.
            GridError: The view's axes are not at right angles, or it has no size.
        """
        node = self._found(key)
        x, y, center = slice_axes(node)
        view, u, v, swapped = _nearest(x, y)
        width, height = (float(value) for value in node.GetFieldOfView()[:2])
        shown = (height, width) if swapped else (width, height)
        size = shown if size_mm is None else tuple(np.broadcast_to(np.asarray(size_mm, dtype=float), 2))
        if min(size) < _SMALLEST_MM:
            raise GridError(f"The slice view '{node.GetName()}' shows nothing yet.", hint="Open it in the layout.")
        matrix = np.eye(4)
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = u, v, np.cross(u, v), center
        return PlaneFrame(view, matrix, (float(size[0]), float(size[1])))

    def show(self, key: str, plane: PlaneFrame) -> None:
        """Turns and moves a slice view so that it shows a sketch's paper, filling the view.

        Raises:
            InputError: The view is gone.
        """
        node = self._found(key)
        u, v, normal, center = (plane.plane_to_ras[:3, column] for column in range(4))
        matrix = np.eye(4)
        # Slicer's axial slices look along +S, which is against the paper's normal.
        matrix[:3, 2] = -normal if plane.view == "axial" else normal
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 3] = u, v, center
        with slicer.util.NodeModify(node):
            node.SetXYZOrigin(0.0, 0.0, 0.0)
            node.GetSliceToRAS().DeepCopy(slicer.util.vtkMatrixFromArray(matrix))
            node.UpdateMatrices()
            node.SetFieldOfView(*_filling(plane.size_mm, node.GetDimensions()), node.GetFieldOfView()[2])

    def is_empty(self, key: str) -> bool:
        """Whether a slice view shows no volume."""
        node = slicer.mrmlScene.GetNodeByID(str(key))
        composites = _nodes(slicer.mrmlScene, "vtkMRMLSliceCompositeNode")
        own = [one for one in composites if node is not None and one.GetLayoutName() == node.GetLayoutName()]
        return not any(one.GetBackgroundVolumeID() or one.GetForegroundVolumeID() for one in own)

    def frame(self, key: str, plane: PlaneFrame, seen_from) -> None:
        """Moves a slice view onto a sketch's middle, in the standard view that it is closest to.

        Args:
            key: A key of `choices`.
            plane: The sketch's paper.
            seen_from: Gives that paper in another view, of its name.
        """
        x, y, _center = slice_axes(self._found(key))
        self.show(key, seen_from(plane, _nearest(x, y)[0]))

    def jump(self, plane: PlaneFrame) -> int:
        """Scrolls the slice views of a plane's view to where it lies; gives back how many there are."""
        jumped = 0
        for key, _title in self.choices():
            node = self._found(key)
            x, y, _center = slice_axes(node)
            if _nearest(x, y)[0] == plane.view:
                node.JumpSliceByOffsetting(*(float(mm) for mm in plane.center_ras))
                jumped += 1
        return jumped

    def _found(self, key: str):
        node = slicer.mrmlScene.GetNodeByID(str(key)) if key else None
        if node is None or not node.IsA(_SLICE_NODE):
            raise InputError("The chosen slice view is no longer there.", hint="Choose another view.")
        return node


def slice_axes(node) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors to the right and up of a slice view, and its middle, in RAS mm.

    Raises:
        GridError: The two are not at right angles: the view is sheared.
    """
    to_ras = vtk.vtkMatrix4x4()
    to_ras.DeepCopy(node.GetSliceToRAS())
    matrix = slicer.util.arrayFromVTKMatrix(to_ras)
    lengths = np.linalg.norm(matrix[:3, :2], axis=0)
    if not np.isfinite(matrix).all() or lengths.min() <= 0:
        raise GridError(f"The slice view '{node.GetName()}' has no plane.", hint="Reset it to a standard view.")
    x, y = (matrix[:3, :2] / lengths).T
    if abs(float(x @ y)) > 1e-4:
        raise GridError(f"The slice view '{node.GetName()}' is sheared.", hint="Reset it to a standard view.")
    # A view that is moved by dragging keeps its matrix and moves its origin in the slice's own axes.
    origin = np.array([*node.GetXYZOrigin()[:3], 1.0])
    return x, y, (matrix @ origin)[:3]


def _nearest(x: np.ndarray, y: np.ndarray) -> tuple[str, np.ndarray, np.ndarray, bool]:
    """The standard view that a slice is closest to, and its axes turned towards that view's paper.

    Returns:
        Name, u, v, and whether u lies along y.
    """
    through = np.abs(np.cross(x, y))
    name = max(VIEWS, key=lambda one: (through[VIEWS[one].axis_ras], -list(VIEWS).index(one)))
    wanted_u, wanted_v = (np.asarray(way) for way in (VIEWS[name].u_ras, VIEWS[name].v_ras))
    options = [
        (signs[0] * first, signs[1] * second, swapped)
        for first, second, swapped in ((x, y, False), (y, x, True))
        for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1))
    ]
    u, v, swapped = max(options, key=lambda one: round(float(one[0] @ wanted_u + one[1] @ wanted_v), 9))
    return name, u, v, swapped


def _filling(size_mm: tuple[float, float], pixels) -> tuple[float, float]:
    """Width and height of a field of view of square pixels that holds the whole paper."""
    columns, rows = max(1, pixels[0]), max(1, pixels[1])
    pixel_mm = max(size_mm[0] / columns, size_mm[1] / rows)
    return pixel_mm * columns, pixel_mm * rows

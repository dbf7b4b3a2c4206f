"""The drawn contours in slice and 3D views: Slicer's own curves, which no list shows and no file holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import slicer
import vtk

from .loading import open_scene
from .provenance import in_scene
from .result_nodes import remove_node
from .views import INK_RGB

MOST_CURVES = 128
_MOST_POINTS = 96  # of a curve: a line is drawn in hundreds
_WIDTH_MM = 1.2
_OPEN, _CLOSED = "vtkMRMLMarkupsCurveNode", "vtkMRMLMarkupsClosedCurveNode"
_NAME = "Sketch2CT contour"


@dataclass(frozen=True, eq=False)
class Curve:
    """A line of a contour.

    Args:
        points_ras: (N, 3) mm.
        closed: Whether its last point is joined to the first.
    """

    points_ras: np.ndarray
    closed: bool


class ContourCurves:
    """Curve nodes, used again for the next contours."""

    def __init__(self) -> None:
        self._nodes: list = []

    @property
    def nodes(self) -> list:
        """Those that are in the scene."""
        return [one for one in self._nodes if in_scene(one)]

    def forget(self) -> None:
        """The scene goes away: its nodes are not touched any more."""
        self._nodes = []

    def show(self, number: int, curve: Curve) -> None:
        """Shows a curve in the place of that number.

        Raises:
            InputError: The scene is being closed or read.
        """
        self._nodes = self._nodes + [None] * (number + 1 - len(self._nodes))
        node, kind = self._nodes[number], _CLOSED if curve.closed else _OPEN
        if node is not None and (not in_scene(node) or node.GetClassName() != kind):
            self._remove(node)
            node = None
        if node is None:
            node = self._nodes[number] = _made(kind)
        places = vtk.vtkPoints()
        for place in thinned(curve.points_ras, _MOST_POINTS).tolist():
            places.InsertNextPoint(*place)
        node.SetControlPointPositionsWorld(places)

    def drop_from(self, number: int) -> None:
        """Takes the curves from that number on out of the scene."""
        gone, self._nodes = self._nodes[number:], self._nodes[:number]
        for node in gone:
            self._remove(node)

    def _remove(self, node) -> None:
        if node is not None and in_scene(node):
            remove_node(node)


def thinned(points: np.ndarray, most: int) -> np.ndarray:
    """At most so many of a line's points, evenly along it, with both ends."""
    if len(points) <= most:
        return points
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return points[np.unique(np.searchsorted(along, np.linspace(0.0, along[-1], most)).clip(0, len(points) - 1))]


def _made(kind: str):
    scene = open_scene()
    node = scene.CreateNodeByClass(kind)
    node.UnRegister(None)
    node.SetName(_NAME)
    node.SetHideFromEditors(True)
    node.SetSaveWithScene(False)
    node.SetLocked(True)
    node.SetCurveTypeToLinear()
    scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    with slicer.util.NodeModify(display):
        display.SetSaveWithScene(False)
        for set_color in (display.SetColor, display.SetSelectedColor, display.SetActiveColor):
            set_color(*INK_RGB)
        display.SetPointLabelsVisibility(False)
        display.SetPropertiesLabelVisibility(False)
        display.SetUseGlyphScale(False)
        display.SetGlyphSize(0.01)  # the points themselves are not seen
        display.SetCurveLineSizeMode(display.UseLineDiameter)
        display.SetLineDiameter(_WIDTH_MM)
    return node

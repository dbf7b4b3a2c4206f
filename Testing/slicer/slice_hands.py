"""Slice views as the application's layout manager gives them, and a mouse in them; nothing is rendered."""

import numpy as np
import slicer
import slicer_core_app
import vtk

VIEWS = tuple(name for name, _orientation in slicer_core_app.SLICE_VIEWS)
LEFT = ("LeftButtonPressEvent", "MouseMoveEvent", "LeftButtonReleaseEvent")


class SliceView:
    """A slice widget and its view in one: what is asked of either."""

    def __init__(self, name):
        self._name, self.renders, self.seen = name, 0, []
        self._window, self.renderer = vtk.vtkRenderWindow(), vtk.vtkRenderer()
        self._window.SetOffScreenRendering(1)
        self._window.AddRenderer(self.renderer)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        self._interactor.SetInteractorStyle(None)
        for event in (*LEFT, "KeyPressEvent"):  # as Slicer's own style does, at its priority
            self._interactor.AddObserver(event, lambda _caller, name: self.seen.append(name), 0.0)

    def mrmlSliceNode(self):
        return slicer_core_app.slice_view(self._name)

    def sliceView(self):
        return self

    def interactor(self):
        return self._interactor

    def scheduleRender(self):
        self.renders += 1

    # ---- a person's hand

    def send(self, event, ras=None, *, control=False, shift=False, key=""):
        """One event at a point of the slice."""
        x, y = (0, 0) if ras is None else self.pixel(ras)
        self._interactor.SetEventInformation(x, y, int(control), int(shift), chr(0), 0, key or None)
        self._interactor.InvokeEvent(event)

    def pixel(self, ras):
        """Where a point of the slice is seen, in whole pixels."""
        to_ras = vtk.vtkMatrix4x4()
        to_ras.DeepCopy(self.mrmlSliceNode().GetXYToRAS())
        x, y, _, _ = np.linalg.inv(slicer.util.arrayFromVTKMatrix(to_ras)) @ [*ras, 1.0]
        return round(x), round(y)

    def draw(self, points_ras, **keys):
        """A line with the left button."""
        press, move, release = LEFT
        self.send(press, points_ras[0], **keys)
        for point in points_ras[1:]:
            self.send(move, point, **keys)
        self.send(release, points_ras[-1], **keys)

    @property
    def observers(self):
        """How many of the events that are ours somebody of high priority listens to."""
        return self._interactor.HasObserver("MouseWheelForwardEvent")


class LayoutManager:
    def __init__(self, names=VIEWS):
        self.views = {name: SliceView(name) for name in names}

    def sliceViewNames(self):
        return tuple(self.views)

    def sliceWidget(self, name):
        return self.views[name]


def ring(node, radius_mm=50.0, middle=None, count=60):
    """A closed line on the slice that a node shows, (N, 3) RAS."""
    to_ras = slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())
    angle = np.linspace(0, 2 * np.pi, count)
    center = to_ras[:3, 3] if middle is None else np.asarray(middle, dtype=float)
    return center + radius_mm * (np.outer(np.cos(angle), to_ras[:3, 0]) + 0.7 * np.outer(np.sin(angle), to_ras[:3, 1]))

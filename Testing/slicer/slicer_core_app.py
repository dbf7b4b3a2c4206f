"""Slicer without its application: a scene and the module logics of `slicer-core`, where our code expects them.

`slicer-core` is Slicer's real C++; what lacks is the Qt application that puts a scene and logics together. This
start-up does that. Terminology and preset files belong to the application and are not there.

    import slicer_core_app
    slicer_core_app.start()          # `slicer.mrmlScene`, `slicer.modules.segmentations.logic()`, …
    slicer_core_app.fresh_scene()    # an empty one, with the singletons of a new session
"""

import atexit
import sys
import tempfile
import types
from contextlib import contextmanager
from pathlib import Path

import slicer
import vtk

ROOT = Path(__file__).resolve().parents[2]
MODULE_FOLDER = ROOT / "Sketch2CT"
SHARE = Path(__file__).resolve().parent / "share"  # the one preset file that our code asks the application for
SLICE_VIEWS = (("Red", "Axial"), ("Yellow", "Sagittal"), ("Green", "Coronal"))
_LOGICS = {
    "Colors": "vtkSlicerColorLogic",
    "Terminologies": "vtkSlicerTerminologiesModuleLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Cameras": "vtkSlicerCamerasModuleLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Models": "vtkSlicerModelsLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Texts": "vtkSlicerTextsLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "VolumeRendering": "vtkSlicerVolumeRenderingLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
}
_VIEW_PIXELS = 400
_FIELD_OF_VIEW_MM = 300.0


class _Module:
    """What `slicer.modules.X` answers: its logic."""

    def __init__(self, logic):
        self._logic = logic

    def logic(self):
        return self._logic


class _Settings(dict):
    """The user's settings, as QSettings answers."""

    def value(self, name, default=None):
        return self.get(name, default)


class _Application:
    """The few answers of `slicer.app` that real code asks for."""

    applicationName = "slicer-core"
    temporaryPath = tempfile.gettempdir()
    _settings = _Settings()

    def settings(self):
        return self._settings

    def __init__(self, logic):
        self._logic = logic

    def applicationLogic(self):
        return self._logic

    def layoutManager(self):
        return None

    def testingEnabled(self):
        return True

    def processEvents(self):
        pass

    def pauseRender(self):
        pass

    def resumeRender(self):
        pass


def start():
    """Makes the one scene and its logics; later calls change nothing.

    Returns:
        The scene, `slicer.mrmlScene`.
    """
    for folder in (str(MODULE_FOLDER), str(ROOT)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    if getattr(slicer, "mrmlScene", None) is not None:
        return slicer.mrmlScene
    scene, application = slicer.vtkMRMLScene(), slicer.vtkSlicerApplicationLogic()
    application.SetMRMLScene(scene)
    _add_cache(scene)
    slicer.mrmlScene, slicer.app = scene, _Application(application)
    slicer.modules = types.SimpleNamespace()
    with _quiet():  # terminologies and colour files belong to the application
        for name, class_name in _LOGICS.items():
            logic = getattr(slicer, class_name)()
            if hasattr(logic, "SetModuleShareDirectory"):
                logic.SetModuleShareDirectory(str(SHARE))
            logic.SetMRMLApplicationLogic(application)
            logic.SetMRMLScene(scene)
            application.SetModuleLogic(name, logic)
            setattr(slicer.modules, name.lower(), _Module(logic))
    application.SetColorLogic(slicer.modules.colors.logic())
    fresh_scene()
    return scene


def fresh_scene():
    """Empties the scene and gives it the views of a new session.

    Returns:
        The scene, which stays the same object.
    """
    scene = getattr(slicer, "mrmlScene", None) or start()
    scene.Clear(True)
    with _quiet():
        slicer.modules.colors.logic().AddDefaultColorNodes()
    for class_name in ("vtkMRMLSelectionNode", "vtkMRMLInteractionNode", "vtkMRMLCrosshairNode"):
        node = scene.CreateNodeByClass(class_name)
        node.SetSingletonTag("Singleton")
        scene.AddNode(node)
    slicer.vtkMRMLSubjectHierarchyNode.ResolveSubjectHierarchy(scene)
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene)
    for name, orientation in SLICE_VIEWS:
        _add_slice_view(scene, name, orientation)
    view = scene.AddNewNodeByClass("vtkMRMLViewNode", "View1")
    view.SetLayoutName("1")
    return scene


def slice_view(name):
    """The slice node of that view: Red, Yellow or Green."""
    return slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLSliceNode")


@contextmanager
def _quiet():
    vtk.vtkObject.GlobalWarningDisplayOff()
    try:
        yield
    finally:
        vtk.vtkObject.GlobalWarningDisplayOn()


def _add_cache(scene):
    """Where an .mrb is unpacked when it is read; gone when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="slicer-core-")
    atexit.register(folder.cleanup)
    cache, manager = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
    cache.SetRemoteCacheDirectory(folder.name)
    manager.SetCacheManager(cache)
    scene.SetCacheManager(cache)
    scene.SetDataIOManager(manager)


def _add_slice_view(scene, name, orientation):
    node = scene.CreateNodeByClass("vtkMRMLSliceNode")  # with the scene's orientation presets
    node.SetName(name)
    node.SetLayoutName(name)
    node.SetSingletonTag(name)
    scene.AddNode(node)
    node.SetOrientation(orientation)
    node.SetDimensions(_VIEW_PIXELS, _VIEW_PIXELS, 1)
    node.SetFieldOfView(_FIELD_OF_VIEW_MM, _FIELD_OF_VIEW_MM, 1.0)
    composite = scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode", name)
    composite.SetLayoutName(name)

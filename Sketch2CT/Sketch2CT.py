"""Sketch2CT in 3D Slicer: registration and wiring only; the panels are in Sketch2CTUI, the backend is Sketch2CTLib."""

import ast
import sys
from pathlib import Path

import qt
import slicer
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

try:
    from slicer.i18n import tr as _
    from slicer.i18n import translate
except ImportError:  # outside Slicer the texts stay as they are

    def _(text):
        return text

    def translate(_context, text):
        return text


def _not_found():
    return _("Sketch2CTLib was not found. Reinstall the extension or correct the module path.")


class Sketch2CT(ScriptedLoadableModule):
    """What Slicer shows of the module before it is opened."""

    def __init__(self, parent):
        super().__init__(parent)
        parent.title = _("Sketch2CT")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Image Synthesis")]
        parent.dependencies = []
        parent.contributors = [_("The Sketch2CT contributors")]
        parent.helpText = _(
            "From a sketch and a sentence to a 3D segmentation and a CT volume that fits it. "
            "For research, not for diagnosis."
        )
        parent.acknowledgementText = _("After the method of Sketch2CT (CVPR 2026, arXiv:2603.22509).")


class Sketch2CTWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The module's panel: loads the .ui file, builds the controller, and passes on what Slicer tells."""

    def __init__(self, parent=None):
        self.logic = self.ui = self.controller = None
        VTKObservationMixin.__init__(self)
        ScriptedLoadableModuleWidget.__init__(self, parent)  # without a parent it calls setup()

    def setup(self):
        """Builds the panel; nothing is installed, loaded or sent here."""
        super().setup()
        self.logic = Sketch2CTLogic()
        if self.logic.libraryFolder() is None:
            label = qt.QLabel(_not_found())
            label.wordWrap = True
            self.layout.addWidget(label)
            return
        self.logic.makeLibraryImportable()
        self.loadTranslation()
        widget = slicer.util.loadUI(self.resourcePath("UI/Sketch2CT.ui"))
        self.layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        from Sketch2CTUI.session.controller import Controller

        self.controller = Controller(self.ui, version=self.logic.libraryVersion() or "")
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneEndImport)
        self.addObserver(scene, scene.NodeAddedEvent, self.onNodesChanged)
        self.addObserver(scene, scene.NodeRemovedEvent, self.onNodesChanged)

    def loadTranslation(self):
        """Has the panels speak the language of the program, where there is a translation into it."""
        from Sketch2CTUI.widgets import language

        settings = slicer.app.settings()
        if slicer.util.toBool(settings.value("Internationalization/Enabled", False)):
            folder = Path(self.resourcePath("Translations"))
            language.load(str(folder), str(settings.value("language") or ""))

    def enter(self):
        """The module is opened: its shortcuts are made, its lists are read."""
        if self.controller is not None:
            self.controller.enter()

    def exit(self):
        """Another module is opened: the shortcuts go, the state is kept in the scene."""
        if self.controller is not None:
            self.controller.exit()

    def cleanup(self):
        """The widget goes away: the worker ends, nothing observes the scene any more."""
        self.removeObservers()
        if self.controller is not None:
            self.controller.cleanup()
            self.controller = None

    def onReload(self):
        """Reads the panels' files again too, not only this one."""
        for name in [name for name in sys.modules if name.split(".")[0] == "Sketch2CTUI"]:
            del sys.modules[name]
        super().onReload()

    def onSceneStartClose(self, caller=None, event=None):
        """A run that goes on is stopped; what it brings later is dropped."""
        if self.controller is not None:
            self.controller.scene_closing()

    def onSceneEndClose(self, caller=None, event=None):
        """The panels show the empty scene."""
        if self.controller is not None:
            self.controller.scene_closed()

    def onSceneEndImport(self, caller=None, event=None):
        """A scene was opened: its sketch, numbers and settings are shown."""
        if self.controller is not None:
            self.controller.scene_loaded()

    def onNodesChanged(self, caller=None, event=None):
        """Lists of volumes and segments are read again, soon."""
        if self.controller is not None:
            self.controller.nodes_changed()


class Sketch2CTLogic(ScriptedLoadableModuleLogic):
    """Finds the backend package, Sketch2CTLib, and reaches into it; usable without the panel.

    logic = slicer.modules.sketch2ct.widgetRepresentation().self().logic     # or Sketch2CTLogic()
    folder = logic.generate("out", structure="liver", text="about 1.4 litres", sketch=sketch.to_dict())
    segmentation, volume = logic.loadResult(folder, "liver")
    """

    def libraryFolder(self):
        """The folder of Sketch2CTLib as a string, beside this module (installed) or one folder up (source); or None."""
        here = Path(__file__).resolve().parent
        for root in (here, here.parent):
            if (root / "Sketch2CTLib" / "__init__.py").is_file():
                return str(root / "Sketch2CTLib")
        return None

    def libraryVersion(self):
        """The version written in Sketch2CTLib, read without importing it; None where it is not found."""
        folder = self.libraryFolder()
        if folder is None:
            return None
        tree = ast.parse((Path(folder) / "__init__.py").read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__version__":
                return ast.literal_eval(node.value)
        return None

    def makeLibraryImportable(self):
        """Puts the folder that holds Sketch2CTLib on Python's path, once.

        Raises:
            RuntimeError: Sketch2CTLib is neither beside this module nor one folder up.
        """
        folder = self.libraryFolder()
        if folder is None:
            raise RuntimeError(_not_found())
        root = str(Path(folder).parent)
        if root not in sys.path:
            sys.path.append(root)

    def generate(self, folder, command=None, **request):
        """Runs a worker until its result lies in a folder; blocks, for scripts.

        Args:
            folder: Where the files shall lie.
            command: That starts the worker; by default with this Python.
            request: Fields of `generate` in Sketch2CTLib/service/PROTOCOL.md.

        Returns:
            The folder as a string.

        Raises:
            Sketch2CTError: What the worker answered.
        """
        self.makeLibraryImportable()
        from Sketch2CTUI.backend.processes import worker_command

        from Sketch2CTLib.service.client import Client

        with Client.local(command or worker_command(), name="Slicer") as client:
            client.save(client.generate(**request).result(), folder)
        return str(folder)

    def loadResult(self, folder, structure, candidate=0):
        """Nodes of a result: the segmentation, of several organs with all of them, and the volume or None."""
        self.makeLibraryImportable()
        from Sketch2CTUI.nodes import loading, organs, provenance

        names = provenance.read_header(Path(folder) / loading.MASK_FILE).get("Sketch2CT_Organs", "").split()
        if names:
            files = organs.OrganFiles(str(folder), names).read()
            segmentation = organs.make_organs(files)
            loading.make_surface(segmentation)
            return segmentation, loading.make_volume(files, structure=names[0])
        files = loading.CandidateFiles(str(folder), candidate)
        volume = loading.make_volume(files, structure=structure)
        segmentation = loading.make_segmentation(files, structure=structure, reference_volume=volume)
        return segmentation, volume


class Sketch2CTTest(ScriptedLoadableModuleTest):
    """The module's self-test: the backend is found, the state lives in the scene; no network, no torch."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        for test in (self.test_libraryIsFound, self.test_stateLivesInTheScene, self.test_sceneCanBeClosed):
            self.setUp()
            test()

    def test_libraryIsFound(self):
        logic = Sketch2CTLogic()
        self.assertIsNotNone(logic.libraryFolder())
        logic.makeLibraryImportable()
        import Sketch2CTLib

        self.assertEqual(Sketch2CTLib.__version__, logic.libraryVersion())

    def test_stateLivesInTheScene(self):
        Sketch2CTLogic().makeLibraryImportable()
        from Sketch2CTUI.session import state

        session = state.SessionState(structure="spleen", text="about 200 mL, \"smooth\" & 'soft'\nnew line é")
        state.write_state(session)
        self.assertEqual(state.read_state(), session)
        volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
        state.link("volume", [volume])
        self.assertEqual([node.GetID() for node in state.linked("volume")], [volume.GetID()])
        slicer.mrmlScene.RemoveNode(volume)
        self.assertEqual(state.linked("volume"), [])

    def test_sceneCanBeClosed(self):
        Sketch2CTLogic().makeLibraryImportable()
        from Sketch2CTUI.session import state

        state.write_state(state.SessionState(text="gone"))
        slicer.mrmlScene.Clear(0)
        self.assertIsNone(state.read_state())

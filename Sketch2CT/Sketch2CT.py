"""Sketch2CT in 3D Slicer: registration and wiring only.

This first module says whether the backend is found and where; the drawing panel is not part of it yet.
"""

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


class Sketch2CT(ScriptedLoadableModule):
    """What Slicer shows of the module before it is opened."""

    def __init__(self, parent):
        super().__init__(parent)
        parent.title = "Sketch2CT"
        parent.categories = ["Image Synthesis"]
        parent.dependencies = []
        parent.contributors = ["The Sketch2CT contributors"]
        parent.helpText = (
            "From a sketch and a sentence to a 3D segmentation and a CT volume that fits it. "
            "For research, not for diagnosis."
        )
        parent.acknowledgementText = "After the method of Sketch2CT (CVPR 2026, arXiv:2603.22509)."


class Sketch2CTWidget(ScriptedLoadableModuleWidget):
    """The module's panel: for now, where the backend is and what can be done with it."""

    def __init__(self, parent=None):
        self.logic = None
        self.statusLabel = None
        super().__init__(parent)

    def setup(self):
        """Builds the panel; nothing is installed, loaded or sent here."""
        super().setup()
        self.logic = Sketch2CTLogic()
        self.statusLabel = qt.QLabel()
        self.statusLabel.wordWrap = True
        self.statusLabel.textInteractionFlags = qt.Qt.TextSelectableByMouse
        self.layout.addWidget(self.statusLabel)
        self.layout.addStretch(1)
        self.enter()

    def enter(self):
        """Shows the present state each time the module is opened."""
        if self.statusLabel is not None:
            self.statusLabel.text = self.logic.statusText()


class Sketch2CTLogic(ScriptedLoadableModuleLogic):
    """Finds the backend package, Sketch2CTLib, and reaches into it; usable without the panel."""

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
            raise RuntimeError("Sketch2CTLib was not found. Reinstall the extension or correct the module path.")
        root = str(Path(folder).parent)
        if root not in sys.path:
            sys.path.append(root)

    def statusText(self):
        """What the panel says: where the backend is, and that drawing comes later."""
        folder = self.libraryFolder()
        if folder is None:
            return "Sketch2CTLib was not found. Reinstall the extension or correct the module path."
        return (
            f"Sketch2CTLib {self.libraryVersion()} is in {folder}.\n\n"
            "The drawing panel is not part of this version. At a shell, `sketch2ct generate` makes a segmentation "
            "and a CT volume from a sketch and a sentence; open the files it writes with Add Data.\n\n"
            "For research, not for diagnosis."
        )


class Sketch2CTTest(ScriptedLoadableModuleTest):
    """The module's self-test: the backend is found and its light rooms import."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        self.setUp()
        self.test_libraryIsFound()

    def test_libraryIsFound(self):
        logic = Sketch2CTLogic()
        self.assertIsNotNone(logic.libraryFolder())
        logic.makeLibraryImportable()
        import Sketch2CTLib

        self.assertEqual(Sketch2CTLib.__version__, logic.libraryVersion())
        self.assertIn(logic.libraryVersion(), logic.statusText())

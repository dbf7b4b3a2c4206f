"""The module's window: the six folding sections of the .ui file with their panels, the structure, messages, a question.

Drawing and describing need pydantic, a small package that a fresh Slicer may lack. Without it the setup panel stands
alone, and the others are built once it is installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from Sketch2CTLib import catalog, own_structures
from Sketch2CTLib.errors import ConfigError, Sketch2CTError
from Sketch2CTLib.offered import offered_structures
from Sketch2CTLib.sketch import Sketch

from ..widgets.events import Listeners, PaletteWatch, slot
from ..widgets.focus import order_focus
from ..widgets.help import help_button
from ..widgets.terms import organ_in_text, organ_title
from ..widgets.translation import _

NEEDED = "pydantic"  # of the light rooms the one package that Slicer does not bring
MISSING_TEXT = _("Sketch2CT needs a few Python packages that are not installed yet: click 'Install' under Setup.")
_RESEARCH = _("For research, not for diagnosis. Every result is synthetic and named so.")
_ABOUT = _(
    "<p><b>Sketch2CT {version}</b> draws an organ in 3D from a sketch and its geometry in words "
    "and numbers, and a CT volume that fits it.</p><p>After the method of Sketch2CT (CVPR 2026, "
    "<a "
    'href="https://arxiv.org/abs/2603.22509">arXiv:2603.22509</a>).</p><p>{research}</p><p>Nothing'
    " leaves this computer unless you choose a server or a language model yourself.</p>"
)


@dataclass(frozen=True)
class Surroundings:
    """What the panels reach outside themselves: objects of the scene, and of the installation.

    Args:
        segments, references, placer: See the sketch panel; None where there is no scene.
        environment, store: See the setup panel.
    """

    segments: Any = None
    references: Any = None
    placer: Any = None
    environment: Any = None
    store: Any = None


class PanelWindow:
    """Owns every panel; the controller wires them.

    Args:
        ui: The named widgets of Sketch2CT.ui, as `slicer.util.childWidgetVariables` gives them.
        surroundings: What the panels reach outside themselves.
        version: The library's version, for 'About'.

    Attributes:
        on_structure: Called with the structure that somebody chose.
        diverts: Asked before, with that name; True where somebody else deals with it.
    """

    def __init__(self, ui, surroundings: Surroundings, version: str = "") -> None:
        from ..setup.panel import SetupPanel

        self.ui, self.surroundings = ui, surroundings
        self.sketch = self.geometry = self.generate = self.results = None
        self.on_structure, self.diverts = Listeners(), lambda _name: False
        self.organs = None
        self._answers, self._ordered = {}, ()
        self._folders: dict[str, str] = {}  # of the models of structures that no shipped model knows
        self._served: tuple[str, ...] = ()
        self._quiet = False
        self.setup = SetupPanel(surroundings.environment, surroundings.store)
        ui.setupButton.layout().addWidget(self.setup.widget)
        self._about = _ABOUT.format(version=version, research=_RESEARCH)
        ui.aboutLabel.text = self._about
        self.colors = PaletteWatch(self.setup.widget)
        self.colors.on_palette.add(self._show_palette)
        self.fill_structures()
        ui.structureBox.connect("currentIndexChanged(int)", self._structure_chosen)
        ui.questionYesButton.connect("clicked()", slot(lambda: self._answer(True), self._fault))
        ui.questionNoButton.connect("clicked()", slot(lambda: self._answer(False), self._fault))
        self.hide_question()
        self.show_message("")
        self.build()

    @property
    def is_complete(self) -> bool:
        """Whether all panels are there."""
        return self.sketch is not None

    def build(self) -> bool:
        """Builds the panels that are not there yet; whether all are there then."""
        self._show_sections(complete=find_spec(NEEDED) is not None)
        if self.is_complete:
            return True
        if find_spec(NEEDED) is None:
            self.ui.setupButton.collapsed = False
            self.show_message(MISSING_TEXT)
            return False
        self._build_panels()
        self.show_message("")
        return True

    def _build_panels(self) -> None:
        from ..generate.panel import GeneratePanel
        from ..geometry.panel import GeometryPanel
        from ..results.panel import ResultsPanel
        from ..sketch.organ_list import OrganList
        from ..sketch.panel import SketchPanel

        scene, ui = self.surroundings, self.ui
        self.geometry = GeometryPanel(segments=scene.segments)
        self.generate = GeneratePanel()
        self.results = ResultsPanel(segments=scene.segments)
        self.sketch = SketchPanel(segments=scene.segments, references=scene.references, placer=scene.placer)
        self.organs = OrganList()
        ui.structureBox.parentWidget().layout().insertWidget(1, self.organs.widget)
        ui.helpHolder.layout().addWidget(help_button("organs"))
        for button, panel in (
            (ui.sketchButton, self.sketch),
            (ui.geometryButton, self.geometry),
            (ui.generateButton, self.generate),
            (ui.resultsButton, self.results),
        ):
            button.layout().addWidget(panel.widget)
        for panel in (self.sketch, self.geometry):
            panel.on_message.add(self.show_message)
        self._tell_structure()

    def _show_sections(self, *, complete: bool) -> None:
        ui = self.ui
        for widget in (ui.sketchButton, ui.geometryButton, ui.generateButton, ui.resultsButton):
            widget.visible = complete
        for widget in (ui.structureLabel, ui.structureBox, ui.addOrganButton):
            widget.visible = complete

    def _show_palette(self) -> None:
        """Texts with inks and links are written anew: rich text keeps the colours that it was laid out in."""
        self.setup.show_palette()
        self.ui.aboutLabel.text = ""
        self.ui.aboutLabel.text = self._about
        if self.is_complete:
            for panel in (self.geometry, self.generate, self.results):
                panel.show_palette()

    # ---- the structure

    @property
    def structure(self) -> str:
        """The catalog name that is chosen."""
        return str(self.ui.structureBox.itemData(self.ui.structureBox.currentIndex))

    def set_structure(self, name: str, *, quiet: bool = False) -> None:
        """Chooses a structure; the panels follow, and the listeners hear of it unless `quiet`.

        Raises:
            UnknownStructure: The catalog has none of that name.
        """
        definition = catalog.structure(name)
        index = self.ui.structureBox.findData(definition.name)
        if index < 0:  # of an older session; a run says that there are no weights for it
            self.ui.structureBox.addItem(organ_title(definition.name), definition.name)
            index = self.ui.structureBox.findData(definition.name)
        self._quiet = quiet
        try:
            if self.ui.structureBox.currentIndex == index:
                self._tell_structure()
            else:
                self.ui.structureBox.currentIndex = index
        finally:
            self._quiet = False

    def fill_structures(self) -> None:
        """Fills the list with what shipped and imported models know, and a server that answered; the choice stays."""
        shipped = offered_structures()
        store = self.surroundings.store
        usable = [one for one in (store.models() if store is not None else ()) if one.generates and not one.problem]
        own = [(name, str(one.folder)) for one in usable if not one.shipped for name in one.structures]
        self._folders = {name: folder for name, folder in reversed(own) if name not in shipped}
        box = self.ui.structureBox
        offered = dict.fromkeys((*shipped, *(name for name, _folder in own), *self._served))
        for row in reversed(range(box.count)):
            if row != box.currentIndex and str(box.itemData(row)) not in offered:
                box.removeItem(row)
        for name in offered:
            if box.findData(name) < 0:
                box.addItem(organ_title(name), name)

    def show_served(self, ready: Any) -> None:
        """A server told what it knows: its structures join the list, those of its user's own the catalog too.

        Args:
            ready: Its answer to `hello`.

        Raises:
            Sketch2CTError: A structure of it is known already, and defined otherwise, or cannot be read.
        """
        if ready.own_structures:
            own_structures.introduce(ready.own_structures)
        self._served = tuple(name for name in ready.structures if name in catalog.names())
        self.fill_structures()

    def model_of(self, *structures: str) -> str:
        """The folder of the imported model that draws structures on this computer; empty where a shipped one does.

        Raises:
            ConfigError: They are of several models.
        """
        folders = {self._folders.get(name, "") for name in structures}
        if len(folders) > 1:
            titles = ", ".join(map(organ_in_text, structures))
            raise ConfigError(
                _("No model knows all of them: {titles}.").format(titles=titles),
                hint=_("Take some out, and ask for them apart."),
            )
        return folders.pop()

    def _structure_chosen(self, _index: int) -> None:
        if not self._quiet and self.diverts(self.structure):
            return
        self._tell_structure()
        if not self._quiet:
            self.on_structure(self.structure)

    def _tell_structure(self) -> None:
        if self.is_complete:
            self.sketch.set_structure(self.structure)
            self.geometry.set_structure(self.structure)
            common = self.geometry.rows.common_names
            if common != self._ordered:
                self._ordered = common
                order_focus(self.ui.structureBox.parentWidget())

    # ---- several organs

    def turn_to(self, structure: str, sheets: Any, home_ras: tuple[float, float, float], geometry: Any) -> None:
        """Another organ comes to the front; no listener is called.

        Args:
            structure: Catalog name.
            sheets: Its `CanvasSheets`, with their history.
            home_ras: Where its paper lies where nobody placed it.
            geometry: Its `GeometryMemory`.
        """
        self.hide_question()
        self.sketch.turn_to(structure, sheets, home_ras)
        self.geometry.turn_to(geometry)
        self.set_structure(structure, quiet=True)

    def set_several(self, several: bool) -> None:
        """Whether Apply asks for several organs: what cannot be done with them is disabled, and says why."""
        self.generate.set_several(several)
        self.results.set_several(several)

    # ---- messages and the question

    def show_message(self, text: str) -> None:
        """One sentence under the structure; an empty one hides the line."""
        self.ui.statusLabel.text = text
        self.ui.statusLabel.visible = bool(text)

    def show_error(self, message: str, hint: str = "") -> None:
        """A fault: on the generate panel, where there is one."""
        if self.is_complete:
            self.generate.show_error(message, hint)
        else:
            self.show_message(f"{message} {hint}".strip())

    def _fault(self, error: Sketch2CTError) -> None:
        self.show_error(error.message, error.hint)

    def set_running(self, running: bool) -> None:
        """A run began or ended: Apply becomes Cancel, and nothing else can be started meanwhile."""
        self.generate.set_running(running)
        self.results.set_running(running)

    def ask(self, question: str, yes: tuple[str, Any], no: tuple[str, Any]) -> None:
        """A question inside the window; nothing is blocked meanwhile.

        Args:
            question: One or two sentences.
            yes, no: What the button says and the function that it calls (None: nothing).
        """
        ui = self.ui
        ui.questionLabel.text = question
        ui.questionYesButton.text, ui.questionNoButton.text = yes[0], no[0]
        self._answers = {True: yes[1], False: no[1]}
        ui.questionFrame.visible = True

    def hide_question(self) -> None:
        """Takes the question back."""
        self._answers = {}
        self.ui.questionFrame.visible = False

    def _answer(self, agreed: bool) -> None:
        function = self._answers.get(agreed)
        self.hide_question()
        if function is not None:
            function()

    # ---- the session

    def show_session(self, session: Any) -> None:
        """Shows a SessionState; what is missing in it is emptied.

        Raises:
            Sketch2CTError: Something in it cannot be read; what can be is shown.
        """
        from Sketch2CTLib.description import GeometryDescription

        from ..generate.settings import GenerateSettings

        self.set_structure(session.structure, quiet=True)
        self.sketch.set_drawings(tuple(map(Sketch.from_dict, session.drawings)))
        if session.description is not None:
            self.geometry.set_description(GeometryDescription.checked(session.description), session.text)
        else:
            self.geometry.set_description(GeometryDescription.checked(structure=self.structure), session.text)
        if session.typed is not None:
            self.geometry.set_text(session.typed)
        if session.settings:
            self.generate.set_settings(GenerateSettings.from_dict(session.settings))

    # ---- the scene

    def refresh_choices(self) -> None:
        """The scene changed: lists of volumes, segments and views are read again."""
        if self.is_complete:
            for panel in (self.sketch, self.geometry, self.results):
                panel.refresh_choices()

"""What was entered, kept in the scene's parameter node: written at each edit, shown when a scene is opened."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import Any

import slicer

from Sketch2CTLib.errors import ConfigError, Sketch2CTError

from ..widgets.events import timer
from .request import description_record

MODULE_NAME = "Sketch2CT"
FORMAT = "sketch2ct.session"
VERSION = 2  # 1 had two drawings, 'sketch' and 'second'
PARAMETER = "state"  # of the node: one JSON text, so that it is never half written
ACCEPTED = "accepted"
NODES = ("segmentation", "volume", "agreement", "layout")
ROLES = (*NODES, ACCEPTED)  # of the candidate that is shown; all that were accepted
_REFERENCE = "Sketch2CT.{}"
_UPDATE = "Update Sketch2CT, or begin anew: what is in the scene stays as it is until something is drawn."
_AGAIN_MS = 200  # while many nodes change at once, or the scene closes


@dataclass(frozen=True)
class SessionState:
    """Everything that a person entered, as plain JSON values.

    Args:
        structure: Catalog name that is chosen.
        drawn_as: Catalog name that was chosen when drawing began; empty where nothing is drawn.
        drawings: All drawings as `Sketch.to_dict` writes them.
        text: The text of the geometry editor, as it was last read.
        typed: What stands in the editor and was not read yet, when somebody was typing; else None.
        description: The geometry rows, as `GeometryDescription` writes it.
        settings: The generate panel's settings, as `GenerateSettings.to_dict` writes them; never a token.
        folder: Where the last result's files lie; they may be gone when a scene is opened elsewhere.
        candidate: Which of them is shown, from 0.
        organs: Of a request for several, all of them as `OrganKeeper.records` gives them.
        front: Which of these the fields before are of, from 0.
        made: All results of the scene, as `gallery.Made.record` gives them.
    """

    structure: str = "liver"
    drawn_as: str = ""
    drawings: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""
    typed: str | None = None
    description: dict[str, Any] | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    folder: str = ""
    candidate: int = 0
    organs: list[dict[str, Any]] = field(default_factory=list)
    front: int = 0
    made: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> str:
        """ASCII without line breaks: what MRML's attributes bring back unchanged."""
        return json.dumps({"format": FORMAT, "version": VERSION, **vars(self)}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> SessionState:
        """Undoes `to_json`; fields that it does not know are left out.

        Raises:
            ConfigError: It is no such JSON, or of another version.
        """
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError("The Sketch2CT state of this scene is damaged: it is no JSON.", hint=_UPDATE) from error
        if not isinstance(record, dict) or record.get("format") != FORMAT:
            raise ConfigError("The Sketch2CT state of this scene is damaged: it is no session.", hint=_UPDATE)
        if record.get("version") == 1:
            record["drawings"] = [record[name] for name in ("sketch", "second") if record.get(name) is not None]
        elif record.get("version") != VERSION:
            version = str(record.get("version"))[:20]
            raise ConfigError(
                f"The Sketch2CT state of this scene has version {version}, this program reads version {VERSION}.",
                hint=_UPDATE,
            )
        values = {one.name: record[one.name] for one in fields(cls) if one.name in record}
        for name, value in values.items():
            if not isinstance(value, _ALLOWED[name]) or isinstance(value, bool):
                raise ConfigError(f"The Sketch2CT state of this scene has a damaged '{name}'.", hint=_UPDATE)
        for name in ("organs", "made"):
            if not all(isinstance(one, dict) for one in values.get(name, ())):
                raise ConfigError(f"The Sketch2CT state of this scene has damaged '{name}'.", hint=_UPDATE)
        return cls(**values)


_OPTIONAL = (dict, type(None))
_ALLOWED: dict[str, Any] = {
    "structure": str,
    "drawn_as": str,
    "drawings": list,
    "text": str,
    "typed": (str, type(None)),
    "description": _OPTIONAL,
    "settings": dict,
    "folder": str,
    "candidate": int,
    "organs": list,
    "front": int,
    "made": list,
}


def find_parameter_node(scene=None):
    """The module's parameter node in a scene, or None."""
    return (scene or slicer.mrmlScene).GetSingletonNode(MODULE_NAME, "vtkMRMLScriptedModuleNode")


def parameter_node(scene=None):
    """The module's parameter node, made as Slicer's own scripted modules make theirs where there is none."""
    scene = scene or slicer.mrmlScene
    existing = find_parameter_node(scene)
    if existing is not None:
        return existing
    node = scene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
    node.UnRegister(None)
    node.SetSingletonTag(MODULE_NAME)
    node.SetAttribute("ModuleName", MODULE_NAME)
    node.SetName(scene.GenerateUniqueName(MODULE_NAME))
    return scene.AddNode(node)


def write_state(state: SessionState, scene=None) -> None:
    """Puts the state into the scene; nothing is modified where it stands there already."""
    node, text = parameter_node(scene), state.to_json()
    if node.GetParameter(PARAMETER) != text:
        node.SetParameter(PARAMETER, text)


def read_state(scene=None) -> SessionState | None:
    """The state in the scene; None where there is none.

    Raises:
        ConfigError: It is damaged or of another version.
    """
    node = find_parameter_node(scene)
    text = node.GetParameter(PARAMETER) if node is not None else ""
    return SessionState.from_json(text) if text else None


def link(role: str, nodes, scene=None) -> None:
    """Remembers the result nodes of a role; references follow the nodes through saving and renaming.

    Args:
        role: One of `ROLES`.
        nodes: MRML nodes of the same scene; none of them clears the role.
        scene: The scene; Slicer's by default.
    """
    node, name = parameter_node(scene), _REFERENCE.format(role)
    node.RemoveNodeReferenceIDs(name)
    for one in nodes:
        if one is not None:
            node.AddNodeReferenceID(name, one.GetID())


def linked(role: str, scene=None) -> list:
    """The nodes of a role that are still in the scene."""
    node, name = find_parameter_node(scene), _REFERENCE.format(role)
    count = node.GetNumberOfNodeReferences(name) if node is not None else 0
    nodes = [node.GetNthNodeReference(name, number) for number in range(count)]
    return [one for one in nodes if one is not None]


class SessionKeeper:
    """Between the panels and the scene's parameter node.

    Args:
        window: The panels.
        results: See `results.ResultKeeper`.
        organs: See `organs.OrganKeeper`.
    """

    def __init__(self, window, results, organs) -> None:
        self._window, self._results, self._organs = window, results, organs
        self._quiet = False
        self.is_dirty = False
        self._timer = timer(_AGAIN_MS, self._save_now)
        window.on_structure.add(self._structure_changed)
        for panel in (window.geometry, window.generate, results, organs):
            panel.on_changed.add(self.mark_dirty)
        window.geometry.on_key.add(self.mark_dirty)
        window.sketch.on_changed.add(self.sketch_changed)

    def mark_dirty(self, *_ignored) -> None:
        """Something was entered: it is written into the scene."""
        if not self._quiet:
            self.is_dirty = True
            self._save_now()

    def sketch_changed(self, *_ignored) -> None:
        """Lines came or went: the structure that they are of is remembered."""
        if self._quiet:
            return
        if not self._window.sketch.is_drawn:
            self._organs.drawn_as = ""
        elif not self._organs.drawn_as:
            self._organs.drawn_as = self._window.structure
        self.mark_dirty()

    def _structure_changed(self, _name: str) -> None:
        self._window.hide_question()
        self.mark_dirty()

    def save(self) -> None:
        """Writes what stands in the panels into the scene, where it changed."""
        if self.is_dirty:
            self._save_now()

    def _save_now(self) -> None:
        self._timer.stop()
        if slicer.mrmlScene.IsBatchProcessing() or slicer.mrmlScene.IsClosing():
            self._timer.start()
            return
        try:
            write_state(self.present())
        except Sketch2CTError as error:
            self._window.show_message(str(error))
        self.is_dirty = False

    def present(self) -> SessionState:
        """What stands in the panels.

        Raises:
            SketchError: More was drawn than a sketch can hold.
        """
        window = self._window
        text, description, typed = window.geometry.read_so_far()
        return SessionState(
            structure=window.structure,
            drawn_as=self._organs.drawn_as,
            drawings=[one.to_dict() for one in window.sketch.drawings()],
            text=text,
            typed=typed,
            description=description_record(description) if description is not None else None,
            settings=window.generate.settings().to_dict(),
            folder=self._results.folder,
            candidate=self._results.candidate,
            organs=self._organs.records(),
            front=self._organs.front,
            made=[one.record for one in self._results.made],
        )

    def load(self) -> None:
        """Shows what the scene holds; where it holds nothing, what stands there stays."""
        try:
            session = read_state()
            if session is not None:
                self._show(session)
        except Sketch2CTError as error:
            self._window.show_message(str(error))

    def begin_anew(self) -> None:
        """Shows an empty session; structure and settings stay."""
        window = self._window
        self._show(SessionState(structure=window.structure, settings=window.generate.settings().to_dict()))

    def leave(self) -> None:
        """The scene goes away: nothing is written into it any more."""
        self._timer.stop()
        self.is_dirty = False

    def _show(self, session: SessionState) -> None:
        self._quiet = True
        try:
            try:
                self._window.show_session(session)
                self._results.reopen(session.folder, session.candidate, session.structure, session.made)
            finally:  # also where the one in front cannot be read: the others are another scene's
                self._organs.load(session.organs, session.front, session.drawn_as)
        finally:
            self._quiet = False
        self._timer.stop()
        self.is_dirty = False

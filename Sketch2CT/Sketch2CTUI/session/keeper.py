"""What was entered, kept in the scene: written at each edit, shown again when a scene is opened.

At once, because Slicer tells nobody that a scene is about to be saved.
"""

from __future__ import annotations

import slicer

from Sketch2CTLib.errors import Sketch2CTError

from ..widgets.timers import timer
from . import state
from .request import description_record

_AGAIN_MS = 200  # while many nodes change at once, or the scene closes


class SessionKeeper:
    """Between the panels and the scene's parameter node.

    Args:
        window: The panels.
        results: See `results.ResultKeeper`.
    """

    def __init__(self, window, results) -> None:
        self._window, self._results = window, results
        self._quiet = False
        self.is_dirty = False
        self.drawn_as = ""  # the structure that was chosen when drawing began
        self._timer = timer(_AGAIN_MS, self._save_now)
        window.on_structure.add(self._structure_changed)
        for panel in (window.geometry, window.generate, results):
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
        if not self._window.sketch_is_drawn:
            self.drawn_as = ""
        elif not self.drawn_as:
            self.drawn_as = self._window.structure
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
            state.write_state(self.present())
        except Sketch2CTError as error:
            self._window.show_message(str(error))
        self.is_dirty = False

    def present(self) -> state.SessionState:
        """What stands in the panels.

        Raises:
            SketchError: More was drawn than a sketch can hold.
        """
        window = self._window
        sketch, second = window.sketch.sketch(), window.sketch.second_sketch()
        text, description, typed = window.geometry.read_so_far()
        return state.SessionState(
            structure=window.structure,
            drawn_as=self.drawn_as,
            sketch=sketch.to_dict() if sketch is not None else None,
            second=second.to_dict() if second is not None else None,
            text=text,
            typed=typed,
            description=description_record(description) if description is not None else None,
            settings=window.generate.settings().to_dict(),
            folder=self._results.folder,
            candidate=self._results.candidate,
        )

    def load(self) -> None:
        """Shows what the scene holds; where it holds nothing, what stands there stays."""
        try:
            held = state.read_state()
            if held is not None:
                self._show(held)
        except Sketch2CTError as error:
            self._window.show_message(str(error))

    def begin_anew(self) -> None:
        """Shows an empty session; structure and settings stay."""
        window = self._window
        self._show(state.SessionState(structure=window.structure, settings=window.generate.settings().to_dict()))

    def leave(self) -> None:
        """The scene goes away: nothing is written into it any more."""
        self._timer.stop()
        self.is_dirty = False

    def _show(self, held: state.SessionState) -> None:
        self._quiet = True
        try:
            self.drawn_as = held.drawn_as
            self._window.show_session(held)
            self._results.reopen(held.folder, held.candidate, held.structure)
        finally:
            self._quiet = False
        self._timer.stop()
        self.is_dirty = False

"""What a run brought: its files in a folder, its candidates on the results panel and as nodes of the scene.

Nodes are made in pieces, each on a turn of the event loop of its own. A fault leaves the files where they are and is
told in one sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from Sketch2CTLib.atomic import write_text
from Sketch2CTLib.errors import InputError, Sketch2CTError

from ..nodes import exporting, result_nodes
from ..nodes.layouts import LayoutFile, SceneLayout, layout_path
from ..nodes.loading import CandidateFiles, make_surface
from ..nodes.organs import OrganFiles, make_organ_surface
from ..nodes.provenance import in_scene
from ..nodes.result_nodes import ResultNodes
from ..results.organs import organs_of
from ..widgets.events import Listeners, attempt, slot
from ..widgets.file_task import FileTask
from ..widgets.translation import _
from . import state
from .files import told_export, work_folder
from .gallery import Made, next_number, read_made
from .request import RESULT_FILE, RunInputs, candidate_folder
from .steps import Steps

GONE = _("The files of the last result are no longer on this computer; its nodes are in the scene as they were saved.")
# Of Slicer's own two methods the one that takes half the time, smoothed by itself: a liver at 128³ takes 17 ms in place
# of 130, and looks the same. Edits in the Segment Editor are shown as much sooner.
_SURFACE = {"Conversion method": "1", "SurfaceNets smoothing": "1"}
_KEPT = _("You had edited the mask: it is kept as '{name}'.")
_NOT_EDITED, _EDIT_FIRST = _("The mask is as it came."), _("Change it in the Segment Editor first, then click again.")
_DELETED = _("The nodes of this candidate were deleted; click the candidate to make them again.")


class ResultKeeper:
    """Holds the last result of the scene.

    Args:
        window: The panels.

    Attributes:
        on_changed: Called when the folder, the candidate or the nodes change.
        on_made: Called when results came or went.
        made: The results of this scene whose files are here, in the order in which they came.
    """

    def __init__(self, window) -> None:
        self._window, self.on_changed, self.on_made = window, Listeners(), Listeners()
        self.made: list[Made] = []
        self._steps = Steps(self._fault)
        self._on_end: Callable[[], None] | None = None
        self._export: FileTask | None = None
        self._reading: FileTask | None = None
        self._sketch = None
        self.folder, self.structure, self.candidate = "", "", 0
        self.organs: tuple[str, ...] = ()  # of a result of several: their catalog names
        self.result: dict[str, Any] = {}
        self.nodes: ResultNodes | None = None  # of the candidate that is looked at
        panel = window.results
        for listeners, function in (
            (panel.on_select, self.select),
            (panel.on_accept, self.accept),
            (panel.on_agreement, self.show_agreement),
            (panel.on_layout, self.show_layout),
            (panel.on_export, self.export),
        ):
            listeners.add(slot(function, self._show))

    # ---- a run's end

    def take(self, folder: Path, inputs: RunInputs, result: dict[str, Any], on_end: Callable[[], None]) -> None:
        """A run's files are here: they are shown, and its best candidate becomes nodes.

        Args:
            folder: The folder that holds the files.
            inputs: What the panels said when the run was started.
            result: The result event as plain JSON values.
            on_end: Called when everything stands, or a fault was told.
        """
        self._drop_steps()
        self.folder, self.result, self.structure = str(folder), result, inputs.structure
        self.organs = organs_of(result)
        self._sketch = inputs.main
        self._on_end = on_end
        if inputs.followed and self.nodes is not None:
            result_nodes.settle(self.nodes, inputs.followed)
        self.made.append(Made(next_number(self.made), self.folder, self.structure, result, inputs.main))
        self._steps.add(self._keep_result, self._show_panel)
        self.candidate = 0
        self._add_node_steps(0)

    def _keep_result(self) -> None:
        write_text(Path(self.folder) / RESULT_FILE, json.dumps(self.result))

    def _show_panel(self) -> None:
        self._window.results.show(self.folder, self.result)
        self._window.ui.resultsButton.collapsed = False
        self.on_made()

    def _finish(self) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end()

    def _fault(self, error: Sketch2CTError) -> None:
        self._finish()
        self._show(error)
        if self._window.ui.resultsButton.collapsed:  # the first run's: nobody looks there yet
            self._window.show_error(error.message, error.hint)

    def _show(self, error: Sketch2CTError) -> None:
        self._window.results.show_error(error.message, error.hint)

    # ---- candidates as nodes

    def select(self, index: int) -> None:
        """Shows a candidate in the slice and 3D views; of several organs moves the slices to one of them."""
        if not self.folder:
            return
        if not self.organs:
            self._drop_steps()
            self._add_node_steps(index)
            return
        self.candidate = index
        if self._reading is not None or not self._steps.are_done:
            return  # the nodes are on their way: that organ is shown when they are here
        if self.nodes is not None and in_scene(self.nodes.segmentation):
            self._show_organ()
            self.on_changed()
        else:
            self._add_node_steps(index)

    def show_made(self, made: Made, candidate: int) -> None:
        """Shows a result that was made before, or another candidate of the present one, as a click on it does."""
        if made.folder != self.folder:
            self._drop_steps()
            self.folder, self.result, self.structure = made.folder, made.result, made.structure
            self.organs, self._sketch, self.candidate = made.organs, made.sketch, candidate
            self._window.results.show(made.folder, made.result)
            if self.organs:  # the nodes hold those of another result
                self._add_node_steps(candidate)
                return
        if candidate != self._window.results.selected():
            self._window.results.select(candidate)  # which tells of it
        else:
            self.select(candidate)

    def _drop_steps(self) -> None:
        self._steps.drop()
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()

    def _add_node_steps(self, index: int, *after: Callable[[], None]) -> None:
        """A candidate, or the organs, become nodes; then the functions are called, and a run that waits for it ends."""
        after = (self._tell_nodes, *after, self._finish)
        if self.organs:
            files = OrganFiles(self.folder, self.organs)
            self._steps.add(lambda: self._read_organs(files, after))
        else:
            self._steps.add(*self._candidate_steps(index), *after)

    def _read_organs(self, files: OrganFiles, after: tuple[Callable[[], None], ...]) -> None:
        """Has the label map of all organs read by a thread, then makes the nodes."""

        def read(_files: OrganFiles) -> None:
            self._reading = None
            surfaces = [lambda name=name: self._make_organ_surface(name) for name in self.organs]
            self._steps.add(lambda: files.volume, lambda: self._show_organs(files), *surfaces)
            self._steps.add(self._make_surface, *after)

        def failed(error: Sketch2CTError) -> None:
            self._reading = None
            self._fault(error)

        self._reading = FileTask(files.read, read, failed)

    def _show_organs(self, files: OrganFiles) -> None:
        self._keep_edited()
        self.nodes = result_nodes.show_organs(files, nodes=self.nodes)
        if self.candidate:  # another than the first was chosen meanwhile
            self._show_organ()

    def _show_organ(self) -> None:
        if self.candidate < len(self.organs):
            result_nodes.show_organ(self.nodes, self.organs[self.candidate])

    def _make_organ_surface(self, structure: str) -> None:
        if self.nodes is not None and in_scene(self.nodes.segmentation):
            self._set_surface()
            make_organ_surface(self.nodes.segmentation, structure)

    def _make_surface(self) -> None:
        if self.nodes is not None and in_scene(self.nodes.segmentation):
            self._set_surface()
            make_surface(self.nodes.segmentation)

    def _set_surface(self) -> None:
        for name, value in _SURFACE.items():
            self.nodes.segmentation.GetSegmentation().SetConversionParameter(name, value)

    def _candidate_steps(self, index: int) -> tuple[Callable[[], Any], ...]:
        files = CandidateFiles(self.folder, index)

        def show() -> None:
            self._keep_edited()
            self.nodes = result_nodes.show_candidate(
                files,
                structure=self.structure,
                sketch=self._sketch,
                nodes=self.nodes,
                surface=False,
            )
            self.candidate = index

        return (lambda: files.mask, lambda: files.volume, show, self._make_surface)

    def _keep_edited(self) -> None:
        """A preview in which somebody has painted is theirs: what comes next gets nodes of its own."""
        if self.nodes is not None and result_nodes.is_edited(self.nodes):
            self.nodes = result_nodes.accept(self.nodes)
            self._remember()
            self._window.show_message(_KEPT.format(name=self.nodes.segmentation.GetName()))

    def _tell_nodes(self) -> None:
        alive = self.nodes.alive() if self.nodes is not None else []
        self._window.results.show_nodes(
            _("In the scene: ") + ", ".join(node.GetName() for node in alive) if alive else ""
        )
        self._remember()

    def _remember(self) -> None:
        """The scene's references to the nodes follow what is shown and what was accepted."""
        nodes = self.nodes
        for role in state.NODES:
            state.link(role, [getattr(nodes, role)] if nodes is not None and in_scene(getattr(nodes, role)) else [])
        accepted = [node for node in state.linked(state.ACCEPTED) if in_scene(node)]
        if nodes is not None and nodes.accepted:
            accepted += [node for node in nodes.alive() if node not in accepted]
        state.link(state.ACCEPTED, accepted)
        self.on_changed()

    def accept(self, index: int) -> None:
        """Keeps a candidate: its nodes are the person's own from now on."""
        if not self.folder:
            return
        another = self.candidate != index and not self.organs
        if another or self.nodes is None or not in_scene(self.nodes.segmentation):
            self._drop_steps()
            self._add_node_steps(index, self._accept_shown)
        else:
            self._steps.add(self._accept_shown)

    def _accept_shown(self) -> None:
        if self.nodes is not None and not self.nodes.accepted:
            self.nodes = result_nodes.accept(self.nodes)
        self._tell_nodes()

    def show_agreement(self, on: bool) -> None:
        """The agreement of the candidates over the slices, or away."""
        if not self.folder or self.nodes is None:
            return
        attempt(lambda: result_nodes.show_agreement(self.folder, self.nodes, bool(on)), self._no_agreement)
        self._remember()

    def _no_agreement(self, error: Sketch2CTError) -> None:
        self._window.results.set_agreement(False)
        self._show(error)

    def show_layout(self, on: bool) -> None:
        """The organs and tissues that the scan was painted from, over the slices, or away."""
        if not self.folder or self.nodes is None:
            return
        if not on or in_scene(self.nodes.layout):
            result_nodes.show_layout(None, self.nodes, on)
            return
        path, wanted = layout_path(self.folder, self.candidate), self.nodes

        def read(layout: LayoutFile) -> None:
            self._reading = None
            if wanted is self.nodes:
                self._steps.add(lambda: result_nodes.show_layout(layout, wanted, True), self._tell_nodes)

        def failed(error: Sketch2CTError) -> None:
            self._reading = None
            self._no_layout(error)

        self._reading = FileTask(lambda _check: LayoutFile.read(path), read, failed)

    def _no_layout(self, error: Sketch2CTError) -> None:
        self._window.results.layout.set_shown(False)
        self._show(error)

    def scene_layout(self) -> SceneLayout:
        """The layout that is shown, as it stands now.

        Raises:
            Sketch2CTError: None is shown, or it cannot be given back.
        """
        if self.nodes is None or not in_scene(self.nodes.layout):
            raise InputError(_("No layout is shown."), hint=_("Tick 'Show the layout' first."))
        return SceneLayout(self.nodes.layout, work_folder())

    def edited_segment(self) -> tuple[str, tuple[Any, Any]]:
        """What the segmentation that is looked at holds, which a person has edited, and its organ's mask with its grid.

        Raises:
            Sketch2CTError: Nothing is shown, nobody has edited it, or its segment was taken out or is empty.
        """
        content = result_nodes.edited_content(self.nodes) if self.nodes is not None else ""
        if not content:
            raise InputError(_NOT_EDITED, hint=_EDIT_FIRST)
        return content, result_nodes.mask_of(self.nodes, self.structure)

    def export(self, folder: str, kinds) -> None:
        """Has the selected candidate's files written by a thread; whole or not at all."""
        if self._export is not None:
            return
        index = 0 if self.organs else self._window.results.selected()
        source = str(candidate_folder(self.folder, index))
        self._export = FileTask(
            lambda check: exporting.export(source, folder, kinds, check=check),
            lambda paths: self._exported(told_export(len(paths), folder)),
            lambda error: self._exported("", error),
        )
        self._window.results.set_exporting(True)
        self._window.results.show_error("")
        self._window.show_message(_("Exporting to {folder} …").format(folder=folder))

    def _exported(self, message: str, error: Sketch2CTError | None = None) -> None:
        self._export = None
        self._window.results.set_exporting(False)
        self._window.show_message(message)
        if error is not None:
            self._window.results.show_error(error.message, error.hint)

    # ---- the scene

    def reopen(self, folder: str, candidate: int, structure: str, made: Sequence[dict[str, Any]] = ()) -> None:
        """A scene was opened: its result is shown where its files are still there.

        Args:
            folder, candidate, structure: Of what was looked at.
            made: Records of all its results, as `gallery.Made.record` gives them.
        """
        self.forget()
        self.made += read_made(made)
        nodes = {role: (state.linked(role) or [None])[0] for role in state.NODES}
        if any(node is not None for node in nodes.values()):
            accepted = nodes["segmentation"] in state.linked(state.ACCEPTED)
            self.nodes = ResultNodes(structure, **nodes, accepted=accepted)
        self.on_made()
        if not folder:
            return
        try:
            result = json.loads((Path(folder) / RESULT_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._window.show_message(GONE)
            return
        self.folder, self.result, self.structure, self.candidate = folder, result, structure, candidate
        self._window.results.show(folder, result)
        self._window.results.select(candidate)
        self._drop_steps()  # its nodes are in the scene already
        self.organs = organs_of(result)
        if folder not in [one.folder for one in self.made]:  # of a scene that an older version saved
            self.made.append(Made(next_number(self.made), folder, structure, result))
        self.on_made()
        if self.organs and self.nodes is not None:
            self.nodes.structure, self.nodes.others = self.organs[0], self.organs[1:]

    def stop(self) -> None:
        """The panels go away: an export that goes on is taken back."""
        self.forget()
        if self._export is not None:
            self._export.cancel()
            self._export = None

    def forget(self) -> None:
        """The scene goes away: nothing of it is touched any more."""
        self._drop_steps()
        self._on_end = None
        self.folder, self.structure, self.candidate, self.result, self.organs = "", "", 0, {}, ()
        self.nodes = self._sketch = None
        self.made.clear()
        self._window.results.clear()
        self.on_made()

    def check_nodes(self) -> None:
        """Nodes may have been deleted: the panel says so."""
        if self.folder and self._steps.are_done and self.nodes is not None and not self.nodes.alive():
            self.nodes = None
            self._window.results.show_nodes(_DELETED)

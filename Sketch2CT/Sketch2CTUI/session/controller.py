"""Wires the panels, the backend and the scene: what a click does, what a run brings, what the scene keeps."""

from __future__ import annotations

from dataclasses import replace

import slicer

from Sketch2CTLib.errors import Sketch2CTError

from ..widgets.events import attempt, slot, timer
from ..widgets.terms import organ_title
from ..widgets.translation import _
from .draft import DraftFollower
from .files import SegmentFile
from .gallery import GalleryKeeper
from .organs import OrganKeeper
from .request import (
    RunInputs,
    edit_request,
    follow_request,
    generate_request,
    layout_request,
    load_request,
    mask_request,
    organs_request,
    structure_question,
)
from .results import ResultKeeper
from .run import RunFollower
from .slices import SliceDrawer
from .state import SessionKeeper
from .window import PanelWindow, Surroundings

_REFRESH_AFTER_MS = 100  # after the last node: a scene brings hundreds
STOPPED_BY_SCENE = _("The run was stopped because the scene was closed.")
STOPPED_BY_INSTALL = _("The run was stopped because packages are being installed.")
_NO_RESULT = _("There is no result yet: click Apply first.")


class Controller:
    """The controller of one module widget.

    Args:
        ui: The named widgets of Sketch2CT.ui.
        version: The library's version.
        surroundings: What the panels reach outside themselves; by default the scene's and this installation's.
        command: The command that starts the local worker; by default the backend's choice.
        backend: A backend in place of the one that it would make.
    """

    def __init__(
        self, ui, version: str = "", surroundings: Surroundings | None = None, *, command=None, backend=None
    ) -> None:
        self._command = command
        self.window = PanelWindow(ui, surroundings or _surroundings(), version)
        self._given_backend = backend
        self.backend = self.run = self.results = self.session = self.draft = self.organs = self.slices = (
            self.gallery
        ) = None
        self._refresh_timer = timer(_REFRESH_AFTER_MS, self._refresh_now)
        self.window.setup.on_changed.add(self._setup_changed)
        self._complete()

    def _complete(self) -> None:
        """Wires the panels once they are all there."""
        window = self.window
        if not window.is_complete or self.backend is not None:
            return
        panel = window.generate
        self.backend = self._given_backend or _backend(panel, self._command)
        self.results = ResultKeeper(window)
        self.gallery = GalleryKeeper(window, self.results)
        self.organs = OrganKeeper(window)
        self.session = SessionKeeper(window, self.results, self.organs)
        self.run = RunFollower(window, self.backend, self.results)
        self.draft = DraftFollower(window, self.backend)
        self.slices = SliceDrawer(window)
        for function in (self.draft.drop, self.draft.edited, self.slices.turn):
            self.organs.on_changed.add(function)
        panel.on_apply.add(self.apply)
        panel.on_cancel.add(self._cancel)
        panel.on_test_connection.add(slot(self._test_connection, self._show))
        self.backend.on_log.add(panel.log)
        window.setup.environment.device_test = self._test_device
        for listeners in (window.setup.on_install, window.setup.on_repair):
            listeners.add(self.stop_worker)
        results = window.results
        results.on_volume_from_segment.add(self.volume_from_segment)
        results.on_regenerate.add(self.regenerate)
        results.on_variations.add(self.variations)
        results.on_paint_again.add(self.paint_again)
        results.on_follow.add(self.follow_edit)
        results.on_accept.add(self.draft.drop)
        results.on_next_contour.add(slot(self.draw_contour, self._show))
        self.session.load()

    # ---- what a click does

    def inputs(self) -> RunInputs:
        """What the panels say now.

        Raises:
            Sketch2CTError: The numbers contradict each other, or something cannot be read.
        """
        window = self.window
        settings, organs = window.generate.settings(), self.organs.inputs()
        return RunInputs(
            window.structure,
            window.geometry.description(),
            window.sketch.drawings(),
            settings,
            organs,
            "" if settings.where == "server" else window.model_of(window.structure, *(one.structure for one in organs)),
        )

    def apply(self) -> None:
        """Draws anew; asks first where the structure was changed after drawing."""
        self._guarded(self._apply)

    def _apply(self) -> None:
        if self._asks_about_structure(self.apply):
            return
        self._renew_seed()
        inputs = self.inputs()
        self.run.start(organs_request(inputs) if inputs.organs else generate_request(inputs), inputs)

    def regenerate(self, strength: float) -> None:
        """Changes the selected candidate towards the present sketch and numbers."""
        self._guarded(lambda: self._regenerate(strength))

    def _regenerate(self, strength: float) -> None:
        if not self.results.folder:
            self.window.show_error(_NO_RESULT)
            return
        if self._asks_about_structure(lambda: self.regenerate(strength)):
            return
        self._renew_seed()
        inputs = self.inputs()
        candidate = self.window.results.selected()
        self.run.start(edit_request(inputs, self.results.folder, candidate, strength), inputs)

    def variations(self, count: int) -> None:
        """Several candidates of the same sketch and numbers, with a new seed."""
        self._guarded(lambda: self._variations(count))

    def _variations(self, count: int) -> None:
        if self._asks_about_structure(lambda: self.variations(count)):
            return
        self.window.generate.next_seed()
        inputs = self.inputs()
        self.run.start(generate_request(inputs, candidates=int(count)), inputs)

    def volume_from_segment(self, key: str) -> None:
        """A scan for a segment as it stands in the scene."""
        self._guarded(lambda: self._volume_from_segment(key))

    def _volume_from_segment(self, key: str) -> None:
        self._renew_seed()
        structure, settings = self.window.structure, self.window.generate.settings()
        models = "" if settings.where == "server" else self.window.model_of(structure)
        inputs = RunInputs(structure, None, (), settings, models=models)
        segment = SegmentFile(*self.window.surroundings.segments.mask(key))
        self.run.start_after(segment.write, lambda file: mask_request(inputs, file), inputs)

    def paint_again(self) -> None:
        """A CT painted from the layout as it stands in the scene."""
        self._guarded(self._paint_again)

    def _paint_again(self) -> None:
        self._renew_seed()
        structure = self.results.structure or self.window.structure
        settings = self.window.generate.settings()
        models = "" if settings.where == "server" else self.window.model_of(structure)
        inputs = RunInputs(structure, None, (), settings, models=models)
        layout = self.results.scene_layout()
        self.run.start_after(layout.write, lambda file: layout_request(inputs, file), inputs)

    def follow_edit(self) -> None:
        """A scan and a report for the mask as somebody edited it, which is kept; a next change starts from it."""
        self._guarded(self._follow_edit)

    def _follow_edit(self) -> None:
        content, mask = self.results.edited_segment()
        self._renew_seed()
        inputs, structure = self.inputs(), self.results.structure
        if inputs.structure != structure:  # what is drawn and described now is of another organ
            models = "" if inputs.on_server else self.window.model_of(structure)
            inputs = RunInputs(structure, None, (), inputs.settings, models=models)
        inputs = replace(inputs, followed=content)
        segment = SegmentFile(*mask)
        self.run.start_after(segment.write, lambda file: follow_request(inputs, file), inputs)

    def draw_contour(self, view: str, position_mm: float) -> None:
        """Adds the contour that a result asked for, and shows it, ready to draw; slice views go there too.

        Args:
            view: Whose slice it is.
            position_mm: RAS coordinate along the view.
        """
        self.window.ui.sketchButton.collapsed = False
        self.window.sketch.add_contour(view, position_mm)
        self.slices.jump()
        self.window.sketch.canvas.setFocus()

    def _renew_seed(self) -> None:
        if not self.window.generate.settings().keep_seed:
            self.window.generate.next_seed()

    def _guarded(self, work) -> None:
        """Runs what a click asks; a fault is one sentence, and what was entered stays."""
        self.window.hide_question()
        if self.run.is_running:
            self.window.show_error(_("A run goes on already."), _("Cancel it first, or wait for its end."))
            return
        self.draft.drop()
        attempt(work, self._show)

    def _show(self, error: Sketch2CTError) -> None:
        self.window.show_error(error.message, error.hint)

    def _cancel(self) -> None:
        attempt(self.run.cancel, self._give_up)

    def _give_up(self, error: Sketch2CTError) -> None:
        """Drops a run that could not be cancelled, and shows why."""
        self.run.drop("")
        self._show(error)

    def _test_connection(self) -> None:
        panel = self.window.generate
        panel.show_note(_("Asking the service …"))
        self.backend.test_connection(
            panel.show_note,
            lambda failed: panel.show_error(failed.message, failed.hint),
            lambda ready: attempt(lambda: self.window.show_served(ready), self._show),
        )

    def _test_device(self, on_ready, on_failed) -> None:
        """Lets the worker load the mask networks, and hears on which device they lie."""

        def ignored(_event) -> None:
            """Neither progress nor pictures are shown."""

        def submit() -> None:
            self.backend.submit(
                load_request(self.window.generate.settings()),
                on_progress=ignored,
                on_preview=ignored,
                on_done=on_ready,
                on_failed=lambda failed: on_failed(failed.message, failed.hint),
            )

        attempt(submit, lambda error: on_failed(error.message, error.hint))

    def _asks_about_structure(self, again) -> bool:
        """Whether a question stands in the window now: another structure was chosen after drawing."""
        found = self.organs.drawn_for_another()
        if found is None:
            return False
        number, drawn_as, chosen = found
        self.organs.choose(number)

        def use() -> None:
            self.organs.drawn_as = chosen
            self.session.mark_dirty()
            again()

        titles = [organ_title(name) for name in (chosen, drawn_as)]
        self.window.ask(
            structure_question(drawn_as, chosen),
            (_("Use it for {organ}").format(organ=titles[0]), use),
            (_("Back to {organ}").format(organ=titles[1]), lambda: self.window.set_structure(drawn_as)),
        )
        return True

    # ---- what Slicer tells

    def enter(self) -> None:
        """Called when the module is shown."""
        self.window.build()
        self._complete()
        if self.window.is_complete:
            self.window.sketch.shortcuts(True)
            self._refresh_now()

    def exit(self) -> None:
        """Called when another module is shown."""
        if self.window.is_complete:
            self.window.sketch.shortcuts(False)
            self.slices.off()
            self.session.save()

    def scene_closing(self) -> None:
        """Stops a run before a scene is closed, and drops what it brings."""
        self._refresh_timer.stop()
        self.window.hide_question()
        if self.session is None:
            return
        self.session.leave()
        self.draft.drop()
        self.slices.forget()
        if self.run.is_running:
            self.run.drop(STOPPED_BY_SCENE)
        self.results.forget()

    def scene_closed(self) -> None:
        """Empties the panels after a scene was closed; the settings stay."""
        if self.session is not None:
            self.session.begin_anew()
            self.slices.turn()
            self._refresh_now()

    def scene_loaded(self) -> None:
        """A scene was opened or added."""
        if self.session is not None:
            self.session.load()
            self.slices.turn()
            self._refresh_now()

    def nodes_changed(self) -> None:
        """Reads the lists again, soon, after nodes came or went."""
        if self.session is not None:
            self._refresh_timer.start()

    def _refresh_now(self) -> None:
        self._refresh_timer.stop()
        if not slicer.mrmlScene.IsBatchProcessing():
            self.window.refresh_choices()
            self.results.check_nodes()
            self.slices.refresh()

    def _setup_changed(self, *_ignored) -> None:
        self.window.build()
        self.window.fill_structures()
        self._complete()

    def stop_worker(self) -> None:
        """Packages are about to change: the worker has them in use, and starts anew with the next run."""
        self.run.drop(STOPPED_BY_INSTALL)
        self.draft.drop()
        self.backend.stop()

    def cleanup(self) -> None:
        """The widget goes away: nothing runs on."""
        self.exit()
        self._refresh_timer.stop()
        self.window.setup.stop()
        if self.session is not None:
            self.window.sketch.drawing.stop()
            self.window.geometry.stop()
            self.session.leave()
            self.draft.drop()
            self.slices.stop()
            self.run.drop("")
            self.results.stop()
            self.gallery.stop()
            self.backend.stop()


def _backend(panel, command):
    from ..backend.backend import Backend

    return Backend(panel.settings, panel.token, command=command)


def _surroundings() -> Surroundings:
    """The scene's objects and this installation's."""
    from ..nodes.reference import SceneReferences
    from ..nodes.segments import SceneSegments
    from ..nodes.views import SliceViews
    from ..setup.environment import Environment
    from ..setup.model_store import ModelStore

    return Surroundings(SceneSegments(), SceneReferences(), SliceViews(), Environment(), ModelStore())

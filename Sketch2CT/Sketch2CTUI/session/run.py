"""One run after the other: its progress and pictures on the panel, its files into a folder, its end in one sentence.

A run belongs to the scene in which it was started. When that is closed the run is dropped: it is cancelled, and what
comes afterwards is told in the log and nowhere else.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import Sketch2CTError
from Sketch2CTLib.frames import PlaneFrame

from ..widgets.events import attempt, guarding
from ..widgets.file_task import FileTask
from ..widgets.translation import _
from .files import PREVIEW, RESULT, tidy, work_folder
from .preview import preview_picture
from .request import RunInputs

LATE = "A result that came after its run was dropped is left out."
_CANCELLED = "cancelled"
_WRITING = _("Writing the segment …")
_CANCELLED_TOLD = _("The run was cancelled. The sketch and the numbers are as they were.")
_STAGES = {
    "load": _("Loading the networks"),
    "mask": _("Drawing the mask"),
    "report": _("Measuring"),
    "layout": _("Drawing what lies around"),
    "volume": _("Drawing the CT volume"),
    "write": _("Writing files"),
}


class RunFollower:
    """Starts a run and follows it to its end; at most one at a time.

    Args:
        window: The panels.
        backend: See `backend.Backend`.
        results: Takes the files when they are here.
    """

    def __init__(self, window, backend, results) -> None:
        self._window, self._backend, self._results = window, backend, results
        self._turn = 0  # the number of the run: what an earlier one still brings is left out
        self._inputs: RunInputs | None = None  # of the run that goes on
        self._run: Any = None  # the backend's; None before the request was sent
        self._files: FileTask | None = None  # writes a file before the run, or brings those of the result after it

    @property
    def is_running(self) -> bool:
        """Whether a run goes on, the bringing of its files included."""
        return self._inputs is not None

    def start(self, request: dict[str, Any], inputs: RunInputs) -> None:
        """Sends a request; what comes back is shown.

        Args:
            request: A request of the protocol.
            inputs: What the panels say.

        Raises:
            Sketch2CTError: It cannot be sent.
        """
        turn = self._begin(inputs)
        try:
            with guarding():
                self._send(turn, request)
        except Sketch2CTError:
            self._end(turn)
            raise

    def start_after(self, work: Callable, request_of: Callable[[Any], dict[str, Any]], inputs: RunInputs) -> None:
        """Has a file written by a thread, then sends the request that names it; a fault is shown in one sentence.

        Args:
            work: Writes the file; see `file_task.FileTask`.
            request_of: Gives the request, of what `work` gave back.
            inputs: What the panels say.
        """
        turn = self._begin(inputs)

        def written(path: Any) -> None:
            attempt(lambda: self._send(turn, request_of(path)), failed)

        def failed(error: Sketch2CTError) -> None:
            self._end(turn)
            self._window.generate.show_error(error.message, error.hint)

        self._window.generate.show_note(_WRITING)
        self._files = FileTask(work, written, failed)

    def _begin(self, inputs: RunInputs) -> int:
        self._turn += 1
        self._inputs, self._run, self._files = inputs, None, None
        self._window.set_running(True)
        self._window.generate.show_preview(None)
        return self._turn

    def _send(self, turn: int, request: dict[str, Any]) -> None:
        def of_this_run(function: Callable[[Any], None]) -> Callable[[Any], None]:
            return lambda event: function(event) if self._goes_on(turn) else None

        self._files = None
        self._run = self._backend.submit(
            request,
            on_progress=of_this_run(self._progress),
            on_preview=of_this_run(self._preview),
            on_done=lambda event: self._done(turn, event),
            on_failed=of_this_run(self._failed),
        )

    def _goes_on(self, turn: int) -> bool:
        return self._turn == turn and self.is_running

    def cancel(self) -> None:
        """Asks the service to stop; the panel is free again when it has."""
        if not self.is_running:
            return
        if self._files is not None or self._run is None:
            self.drop(_CANCELLED_TOLD)
        else:
            self._window.generate.show_note(_("Stopping …"))
            self._run.cancel()

    def drop(self, note: str) -> None:
        """Waits no longer for the run; it is cancelled, and what it still brings is left out."""
        if not self.is_running:
            return
        if self._files is not None:
            self._files.cancel()
        if self._run is not None and not self._run.is_over:
            self._run.cancel()
        self._end(self._turn)
        if note:
            self._window.generate.show_note(note)

    def _end(self, turn: int) -> None:
        if self._goes_on(turn):
            self._inputs = None
            self._window.set_running(False)
            tidy(self._results.folder)

    def _finish(self, turn: int) -> None:
        if self._goes_on(turn):
            self._window.generate.show_note("")  # what it brought is told under Results
        self._end(turn)

    def _progress(self, event: Any) -> None:
        panel = self._window.generate
        if event.kind == "progress":
            panel.show_progress(_STAGES.get(event.stage, event.stage), event.step, event.steps, event.eta_s)
        elif event.kind == "queued":
            panel.show_note(
                _("Waiting: {ahead} before this one.").format(ahead=event.ahead) if event.ahead else _("Starting …")
            )
        elif event.kind == "planned":
            panel.log(
                _("Runs on {device}{reason}.").format(
                    device=event.device, reason=", " + event.reason if event.reason else ""
                )
            )

    def _preview(self, event: Any) -> None:
        if event.folder is not None:
            self._show_preview(self._turn, Path(event.folder) / event.file.name)
            return
        turn, folder = self._turn, Path(tempfile.mkdtemp(prefix=PREVIEW, dir=work_folder()))
        self._backend.fetch(
            event,
            str(folder),
            lambda *_: self._show_preview(turn, folder / event.file.name),
            lambda *_: None,  # only the latest preview is kept by the service
        )

    def _show_preview(self, turn: int, path: Path) -> None:
        if not self._goes_on(turn):
            return
        drawing = self._inputs.main
        plane = drawing.plane if drawing is not None else _standard_plane(self._inputs.structure)
        try:
            picture = preview_picture(path, plane)
        except Sketch2CTError as error:  # replaced by a later one meanwhile
            self._window.generate.log(error.message)
            return
        self._window.generate.show_preview(picture)

    def _done(self, turn: int, event: Any) -> None:
        if not self._goes_on(turn):
            self._window.generate.log(LATE)
            return
        folder = Path(tempfile.mkdtemp(prefix=RESULT, dir=work_folder()))
        self._files = self._backend.fetch(
            event,
            str(folder),
            lambda *_: self._fetched(turn, folder, event),
            lambda failed: self._failed(failed) if self._goes_on(turn) else None,
        )

    def _fetched(self, turn: int, folder: Path, event: Any) -> None:
        if not self._goes_on(turn):
            self._window.generate.log(LATE)
            return
        for note in event.notes:
            self._window.generate.log(note)
        self._results.take(folder, self._inputs, event.model_dump(mode="json"), lambda: self._finish(turn))

    def _failed(self, event: Any) -> None:
        self._end(self._turn)
        if event.code == _CANCELLED:
            self._window.generate.show_note(_CANCELLED_TOLD)
        else:
            self._window.generate.show_error(event.message, event.hint)


def _standard_plane(structure: str) -> PlaneFrame:
    definition = catalog.structure(structure)
    return PlaneFrame.standard(definition.view, definition.cube_mm)

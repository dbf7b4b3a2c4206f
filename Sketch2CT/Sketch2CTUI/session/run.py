"""One run after the other: its progress and pictures on the panel, its files into a folder, its end in one sentence.

A run belongs to the scene in which it was started. When that is closed the run is dropped: it is cancelled, and what
comes afterwards is told in the log and nowhere else.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import slicer

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import OutputError, Sketch2CTError
from Sketch2CTLib.frames import PlaneFrame

from ..widgets.file_task import FileTask
from ..widgets.guard import attempt, guarding
from .preview import preview_picture
from .request import Asked

LATE = "A result that came after its run was dropped is left out."
SEGMENT = "segment-"  # how folders begin
_PREVIEW, _RESULT = "preview-", "result-"
_KEPT_RESULTS = 8
_CANCELLED = "cancelled"
_WRITING = "Writing the segment …"
_CANCELLED_TOLD = "The run was cancelled. The sketch and the numbers are as they were."
_STAGES = {
    "load": "Loading the networks",
    "mask": "Drawing the mask",
    "report": "Measuring",
    "volume": "Drawing the CT volume",
    "write": "Writing files",
}


@dataclass
class FollowedRun:
    """A run and what it was asked.

    Args:
        asked: What the panels said.
        reference: Node whose geometry the result shall have, where there is one.
        handle: Of the backend; None before it was sent.
        file_task: Writes a file that it needs, before it is sent.
        fetch: Brings its files, after its end.
        dropped: Whether nobody waits for it any more.
        fetching: Whether its files are on their way.
        folder: Where they go.
    """

    asked: Asked
    reference: Any = None
    handle: Any = None
    file_task: FileTask | None = None
    fetch: Any = None
    dropped: bool = False
    fetching: bool = False
    folder: Path | None = None


class RunFollower:
    """Starts a run and follows it to its end; at most one at a time.

    Args:
        window: The panels.
        backend: See `backend.Backend`.
        results: Takes the files when they are here.
    """

    def __init__(self, window, backend, results) -> None:
        self._window, self._backend, self._results = window, backend, results
        self._current: FollowedRun | None = None

    @property
    def is_running(self) -> bool:
        """Whether a run goes on, the bringing of its files included."""
        return self._current is not None

    def start(self, request: dict[str, Any], asked: Asked, *, reference: Any = None) -> None:
        """Sends a request; what comes back is shown.

        Args:
            request: Of the protocol.
            asked: What the panels said.
            reference: Node whose geometry the result shall have, where there is one.

        Raises:
            Sketch2CTError: It cannot be sent.
        """
        run = self._begun(asked, reference)
        try:
            with guarding():
                self._send(run, request)
        except Sketch2CTError:
            self._end(run)
            raise

    def start_after(self, work: Callable, request_of: Callable[[Any], dict[str, Any]], asked: Asked) -> None:
        """Has a file written by a thread, then sends the request that names it; a fault is told in one sentence.

        Args:
            work: Writes it; see `file_task.FileTask`.
            request_of: Gives the request, of what `work` gave back.
            asked: What the panels said.
        """
        run = self._begun(asked, None)

        def written(found: Any) -> None:
            attempt(lambda: self._send(run, request_of(found)), failed)

        def failed(error: Sketch2CTError) -> None:
            self._end(run)
            self._window.generate.show_error(error.message, error.hint)

        self._window.generate.show_note(_WRITING)
        run.file_task = FileTask(work, written, failed)

    def _begun(self, asked: Asked, reference: Any) -> FollowedRun:
        run = FollowedRun(asked, reference)
        self._window.set_running(True)
        self._window.generate.show_preview(None)
        self._current = run
        return run

    def _send(self, run: FollowedRun, request: dict[str, Any]) -> None:
        run.handle = self._backend.submit(
            request,
            on_progress=lambda event: self._progress(run, event),
            on_preview=lambda event: self._preview(run, event),
            on_done=lambda event: self._done(run, event),
            on_failed=lambda event: self._failed(run, event),
        )

    def cancel(self) -> None:
        """Asks the service to stop; the panel is free again when it has."""
        run = self._current
        if run is None:
            return
        if run.fetching or run.handle is None:
            self.drop(_CANCELLED_TOLD)
        else:
            self._window.generate.show_note("Stopping …")
            run.handle.cancel()

    def drop(self, note: str) -> None:
        """Waits no longer for the run; it is cancelled, and what it still brings is left out."""
        run = self._current
        if run is None:
            return
        run.dropped = True
        if run.file_task is not None:
            run.file_task.cancel()
        if run.fetch is not None:
            run.fetch.cancel()
        if run.handle is not None and not run.handle.is_over:
            run.handle.cancel()
        self._end(run)
        if note:
            self._window.generate.show_note(note)

    def _end(self, run: FollowedRun) -> None:
        if self._current is run:
            self._current = None
            self._window.set_running(False)
            tidy(self._results.folder)

    def _finish(self, run: FollowedRun) -> None:
        if self._current is run:
            self._window.generate.show_note("")  # what it brought is told under Results
        self._end(run)

    def _progress(self, run: FollowedRun, event: Any) -> None:
        if run.dropped:
            return
        panel = self._window.generate
        if event.kind == "progress":
            panel.show_progress(_STAGES.get(event.stage, event.stage), event.step, event.steps, event.eta_s)
        elif event.kind == "queued":
            panel.show_note(f"Waiting: {event.ahead} before this one." if event.ahead else "Starting …")
        elif event.kind == "planned":
            panel.log(f"Runs on {event.device}{', ' + event.reason if event.reason else ''}.")

    def _preview(self, run: FollowedRun, event: Any) -> None:
        if run.dropped:
            return
        if event.folder is not None:
            self._show_preview(run, Path(event.folder) / event.file.name)
            return
        folder = Path(tempfile.mkdtemp(prefix=_PREVIEW, dir=work_folder()))
        self._backend.fetch(
            event,
            str(folder),
            lambda *_: self._show_preview(run, folder / event.file.name),
            lambda *_: None,  # only the latest preview is kept by the service
        )

    def _show_preview(self, run: FollowedRun, path: Path) -> None:
        if run.dropped or self._current is not run:
            return
        drawn = run.asked.sketch or run.asked.second
        try:
            picture = preview_picture(path, drawn.plane if drawn is not None else _usual_plane(run.asked.structure))
        except Sketch2CTError as error:  # replaced by a later one meanwhile
            self._window.generate.log(error.message)
            return
        self._window.generate.show_preview(picture)

    def _done(self, run: FollowedRun, event: Any) -> None:
        if run.dropped:
            self._window.generate.log(LATE)
            return
        run.fetching = True
        run.folder = Path(tempfile.mkdtemp(prefix=_RESULT, dir=work_folder()))
        run.fetch = self._backend.fetch(
            event,
            str(run.folder),
            lambda *_: self._fetched(run, event),
            lambda failed: self._failed(run, failed),
        )

    def _fetched(self, run: FollowedRun, event: Any) -> None:
        if run.dropped:
            self._window.generate.log(LATE)
            return
        for note in event.notes:
            self._window.generate.log(note)
        self._results.take(run, event.model_dump(mode="json"), lambda: self._finish(run))

    def _failed(self, run: FollowedRun, event: Any) -> None:
        self._end(run)
        if run.dropped:
            return
        if event.code == _CANCELLED:
            self._window.generate.show_note(_CANCELLED_TOLD)
        else:
            self._window.generate.show_error(event.message, event.hint)


def work_folder() -> str:
    """Where results lie: a folder in Slicer's temporary one.

    Raises:
        OutputError: It cannot be made.
    """
    folder = _work_path()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"'{folder}' cannot be made ({reason}).", hint="Choose another temporary folder in Slicer's settings."
        ) from error
    return str(folder)


def tidy(needed: str) -> None:
    """Removes what runs left: previews and segments that were sent, and all results but the latest ones.

    Args:
        needed: Folder of a result that is still shown.
    """
    folder = _work_path()
    found = sorted(folder.iterdir(), key=_changed_at) if folder.is_dir() else []
    results = [path for path in found if path.name.startswith(_RESULT) and path != Path(needed)]
    passing = [path for path in found if path.name.startswith((_PREVIEW, SEGMENT))]
    for path in (*results[:-_KEPT_RESULTS], *passing):
        shutil.rmtree(path, ignore_errors=True)


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # removed meanwhile, by a fetch that was given up
        return 0.0


def _work_path() -> Path:
    """Of this process alone: two Slicers do not tidy up after each other."""
    return Path(slicer.app.temporaryPath) / f"Sketch2CT-{os.getpid()}"


def _usual_plane(structure: str) -> PlaneFrame:
    known = catalog.structure(structure)
    return PlaneFrame.standard(known.view, known.cube_mm)

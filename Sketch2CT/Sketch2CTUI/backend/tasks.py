"""Tasks in a process of their own, about a segment too: the event loop goes on, and they can be cancelled."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import qt

from Sketch2CTLib.errors import Cancelled, MaskError, OutputError
from Sketch2CTLib.frames import VoxelGrid

from ..widgets.events import attempt
from ..widgets.file_task import FileTask
from .processes import kill_tree, process_with, worker_command, worker_environment

_SCRIPT = Path(__file__).with_name("task_script.py")
_LAST_WORDS = 200  # characters of stderr that a message repeats
_QUIT_MS = 500
_LIVING: set[TaskProcess] = set()  # kept until they have ended: a QProcess that is dropped before blocks
_FOLDER, _FILE = "sketch2ct_segment_", "mask.npy"


class TaskProcess:
    """A task of `task_script` that runs.

    Args:
        asked: The task.
        on_done: Called with the answer.
        on_failed: Called with a message and a hint, also where `on_done` failed.
        environment: Variables on top of this process'.
    """

    def __init__(
        self,
        task: Mapping[str, Any],
        on_done: Callable[[dict[str, Any]], None],
        on_failed: Callable[[str, str], None],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._on_done, self._on_failed = on_done, on_failed
        self.is_over = False
        program = worker_command()[0]
        self._process = process_with(worker_environment(program, environment))
        self._process.connect("finished(int,QProcess::ExitStatus)", self._finished)
        self._process.connect("errorOccurred(QProcess::ProcessError)", self._errored)
        _LIVING.add(self)
        self._process.start(program, [str(_SCRIPT)])
        self._process.write(qt.QByteArray(json.dumps(dict(task)).encode()))
        self._process.closeWriteChannel()

    def cancel(self) -> None:
        """Kills the process; neither function is called."""
        if not self.is_over:
            self._on_done = self._on_failed = _nothing
            kill_tree(int(self._process.processId()))

    def quit(self) -> None:
        """The same while the whole program ends."""
        self.cancel()
        self._process.waitForFinished(_QUIT_MS)

    def _errored(self, error) -> None:
        if error == qt.QProcess.FailedToStart and not self.is_over:
            self._over()
            self._on_failed(
                f"Python cannot be started ({str(self._process.errorString()).rstrip('.')}).",
                "Click 'Repair' under Setup.",
            )

    def _finished(self, *_status) -> None:
        if self.is_over:
            return
        out, log = (_text(read()) for read in (self._process.readAllStandardOutput, self._process.readAllStandardError))
        self._over()
        answer = _answer(out)
        if answer is None:
            last = log.strip().splitlines()[-1:]
            why = f" Its last words: {last[0][:_LAST_WORDS]}" if last else ""
            self._on_failed(f"The task ended without an answer.{why}", "Try again.")
        elif "error" in answer:
            self._on_failed(answer["error"]["message"], answer["error"]["hint"])
        else:
            attempt(lambda: self._on_done(answer), lambda error: self._on_failed(error.message, error.hint))

    def _over(self) -> None:
        self.is_over = True
        self._process.deleteLater()
        _LIVING.discard(self)


def _nothing(*_ignored) -> None:
    """Stands for a listener that is not called any more."""


def _text(array) -> str:
    """What a QByteArray holds; older bindings give text."""
    content = array.data()
    return content if isinstance(content, str) else bytes(content).decode("utf-8", "replace")


def _answer(out: str) -> dict[str, Any] | None:
    """The last line that is an object: libraries may have written before it."""
    for line in reversed(out.splitlines()):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            return record
    return None


@atexit.register
def _end_all() -> None:
    for one in tuple(_LIVING):
        one.quit()


class SegmentTask:
    """A task of `task_script` about a mask; `on_failed` also hears of an empty mask and of a full disk.

    Args:
        mask_kji: (D, H, W), non-zero inside.
        grid: Its grid.
        asked: The task without the mask.
        on_done: Called with the answer.
        on_failed: Called with a message and a hint.
    """

    def __init__(
        self, mask_kji, grid: VoxelGrid, task: Mapping[str, Any], on_done: Callable, on_failed: Callable
    ) -> None:
        self._asked, self._on_done, self._on_failed = dict(task), on_done, on_failed
        self._folder: Path | None = None
        self._process: TaskProcess | None = None
        self._file_task = FileTask(
            lambda check: _written(mask_kji, grid, check),
            self._look,
            lambda error: self._failed(error.message, error.hint),
        )

    def cancel(self) -> None:
        """Cancels the task; neither function is called."""
        self._file_task.cancel()
        if self._process is not None:
            self._process.cancel()
        self._clean()

    def _look(self, outcome) -> None:
        self._folder, own = outcome
        place = {"mask": str(self._folder / _FILE), "ijk_to_ras": own.ijk_to_ras.tolist()}
        self._process = TaskProcess(self._asked | place, self._done, self._failed)

    def _done(self, answer) -> None:
        self._clean()
        self._on_done(answer)

    def _failed(self, message: str, hint: str) -> None:
        self._clean()
        self._on_failed(message, hint)

    def _clean(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _written(mask_kji, grid: VoxelGrid, check: Callable[[], None]) -> tuple[Path, VoxelGrid]:
    """The folder in which the mask's own box lies as a file, and the box's grid.

    Raises:
        MaskError: The mask is empty.
        OutputError: The disk is full.
    """
    body, own = cropped(mask_kji, grid)
    folder = None
    try:
        folder = Path(tempfile.mkdtemp(prefix=_FOLDER))
        np.save(folder / _FILE, body)
        check()
    except (OSError, Cancelled) as error:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, Cancelled):
            raise
        raise OutputError(f"The mask cannot be written ({error}).", hint="Free some space.") from error
    return folder, own


def cropped(mask_kji, grid: VoxelGrid):
    """The mask's own box with a voxel of air around it, and its grid.

    Raises:
        MaskError: It is empty.
    """
    mask = np.asarray(mask_kji).astype(bool, copy=False)
    boxes = []
    for axis in range(3):
        inside = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        if inside.size == 0:
            raise MaskError("The segment is empty.", hint="Choose another, or paint something into it.")
        boxes.append((max(int(inside[0]) - 1, 0), int(inside[-1]) + 2))
    part = np.ascontiguousarray(mask[tuple(slice(*box) for box in boxes)])
    affine = np.array(grid.ijk_to_ras, dtype=float)
    first_ijk = [boxes[2][0], boxes[1][0], boxes[0][0]]
    affine[:3, 3] += affine[:3, :3] @ first_ijk
    return part, VoxelGrid(part.shape, affine)

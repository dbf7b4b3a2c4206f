"""One task in a process of its own on qt.QProcess: the event loop goes on, and it can be given up at any time."""

from __future__ import annotations

import atexit
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import qt

from ..widgets.guard import attempt
from .command import worker_command, worker_environment
from .process import process_with
from .tree import kill_tree

_SCRIPT = Path(__file__).with_name("task_script.py")
_LAST_WORDS = 200  # characters of stderr that a message repeats
_QUIT_MS = 500
_LIVING: set[GeometryProcess] = set()  # kept until they have ended: a QProcess that is dropped before blocks


class GeometryProcess:
    """A task of `task_script` that runs.

    Args:
        asked: The task.
        on_done: Called with the answer.
        on_failed: Called with a message and a hint, also where `on_done` failed.
        environment: Variables on top of this process'.
    """

    def __init__(
        self,
        asked: Mapping[str, Any],
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
        self._process.write(qt.QByteArray(json.dumps(dict(asked)).encode()))
        self._process.closeWriteChannel()

    def cancel(self) -> None:
        """Gives it up: the process is killed, and nobody is told."""
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
        out, told = (
            _text(read()) for read in (self._process.readAllStandardOutput, self._process.readAllStandardError)
        )
        self._over()
        answer = _answer(out)
        if answer is None:
            last = told.strip().splitlines()[-1:]
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
    """Nobody is told."""


def _text(found) -> str:
    """What a QByteArray holds; older bindings give text."""
    held = found.data()
    return held if isinstance(held, str) else bytes(held).decode("utf-8", "replace")


def _answer(out: str) -> dict[str, Any] | None:
    """The last line that is an object: libraries may have written before it."""
    for line in reversed(out.splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return None


@atexit.register
def _end_all() -> None:
    for one in tuple(_LIVING):
        one.quit()

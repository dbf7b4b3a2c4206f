"""A worker process on qt.QProcess: the `Transport` of `Sketch2CTLib.service.client` without threads.

Qt tells when there are bytes, and nothing waits: what they say is handed on in slices of a few milliseconds. The worker
ends by itself when its stdin closes, however this process ends.
"""

from __future__ import annotations

import atexit
import logging
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import qt

from ..widgets.events import end_of, single_shot
from .processes import INSTALL_HINT, kill_tree, missing_package, process_with, worker_environment

END_MS = 6000  # a worker ends within 5 s of its stdin closing; after that it is killed
_QUIT_MS = 500  # when the whole program ends
_SLICE_S = 0.008  # of the event loop at a time
_MOST_LOG_LINES = 500  # that wait to be shown; of a flood the last
_LOG = logging.getLogger(__name__)
_LIVING: set[QtWorker] = set()  # kept until they have ended: a QProcess that is dropped before blocks


class ProcessTransport:
    """A `Transport` to `python -m Sketch2CTLib.service.worker`; used from the main thread alone.

    Args:
        command: How the worker is started; see `processes.worker_command`.
        arguments: Further arguments of the worker: --device, --preset, --models, --memory-mb, …
        environment: Variables on top of this process'.
        folder: Where the results lie; by default a temporary folder, removed when the worker has ended after `close`.
        log: Called with each line that the worker writes to stderr.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        folder: str | Path | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self._command = [*command, *arguments]
        self._environment = worker_environment(command[0], environment)
        self._folder, self._cleans = Path(folder) if folder is not None else None, folder is None
        self._log = log or (lambda line: None)
        self._worker: QtWorker | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The worker's process number; None while there is no worker."""
        worker = self._worker
        return worker.pid if worker is not None and not worker.is_lost else None

    def exchange(self, request, hear) -> None:
        """See `Transport.exchange`; `hear` is called in the main thread."""
        from Sketch2CTLib.errors import Sketch2CTError
        from Sketch2CTLib.service.protocol.events import Failed

        try:
            self._living().send(request, hear)
        except Sketch2CTError as error:
            hear(Failed.of(error, request.id, request.id))

    def fetch(self, event, name: str, target) -> None:
        """See `Transport.fetch`; a copy."""
        from Sketch2CTLib.service.client.local import copy_result_file

        copy_result_file(event, name, target)

    def kill(self) -> None:
        """Kills the worker and what it started; its requests end, and the next one starts another."""
        if self._worker is not None:
            self._worker.kill()

    def close(self) -> None:
        """Ends the worker without waiting: its stdin is closed, and it is killed where it has not ended after 6 s."""
        self._closed = True
        worker, self._worker = self._worker, None
        folder = self._folder if self._cleans else None
        if worker is not None and not worker.is_over:
            worker.end(lambda: _remove(folder))
        else:
            _remove(folder)

    def _living(self) -> QtWorker:
        from Sketch2CTLib.errors import OutputError
        from Sketch2CTLib.service.protocol.faults import WorkerLost

        if self._closed:
            raise WorkerLost("The client is closed.", hint="Make another.")
        if self._worker is None or self._worker.is_lost:
            try:
                self._folder = self._folder or Path(tempfile.mkdtemp(prefix="sketch2ct-"))
            except OSError as error:
                reason = error.strerror or str(error)
                raise OutputError(f"There is no room for results ({reason}).", hint="Is the disk full?") from error
            place = ["--folder", str(self._folder), *["--clean"] * self._cleans]
            self._worker = QtWorker([*self._command, *place], self._environment, self._log)
        return self._worker


def _remove(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


class QtWorker:
    """A process, and the session with it.

    Args:
        command: The program and its arguments.
        environment: All its variables.
        log: Called with each line of its stderr.

    Attributes:
        is_over: Whether the process is gone, or never came to be.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Callable[[str], None]) -> None:
        from Sketch2CTLib.service.client.session import WorkerSession

        self._command, self._log = list(command), log
        self._session = WorkerSession(_MOST_LOG_LINES)
        self._log_lines: deque[str] = deque(maxlen=_MOST_LOG_LINES)
        self.is_over = False
        self._on_end: Callable[[], None] = lambda: None
        self._turn, self._patience = single_shot(0, self._hand_on), single_shot(END_MS, self.kill)
        self._process = process_with(environment)
        self._process.connect("readyReadStandardOutput()", self._read)
        self._process.connect("readyReadStandardError()", self._read_log)
        self._process.connect("errorOccurred(QProcess::ProcessError)", self._errored)
        self._process.connect("finished(int,QProcess::ExitStatus)", self._finished)
        _LIVING.add(self)
        self._process.start(self._command[0], self._command[1:])

    @property
    def pid(self) -> int:
        """The process number; 0 where there is no process."""
        return 0 if self.is_over else int(self._process.processId())

    @property
    def is_lost(self) -> bool:
        """Whether it answers no more."""
        return self._session.loss is not None

    def send(self, request, hear) -> None:
        """Hands a request on.

        Raises:
            DuplicateId: A request of that id waits for its answer.
            WorkerLost: The process ended, or could not be started.
        """
        self._process.write(self._session.send(request, hear))

    def end(self, on_end: Callable[[], None]) -> None:
        """Closes stdin, upon which the worker ends; kills it where it does not. `on_end` is called when it is gone."""
        self._on_end = on_end
        self._process.closeWriteChannel()
        self._patience.start()

    def quit(self) -> None:
        """Ends it while the program itself ends: the one place that waits, a second at the longest."""
        self._process.closeWriteChannel()
        if not self._process.waitForFinished(_QUIT_MS):
            self.kill()
            self._process.waitForFinished(_QUIT_MS)

    def kill(self) -> None:
        """Kills the process and what it started; it takes no more requests, and what waits hears so when it is gone."""
        from Sketch2CTLib.service.protocol.faults import WorkerLost

        if not self.is_over:
            _LOG.info("The worker %d is killed.", self.pid)
            lost = WorkerLost("The worker was stopped.", hint="The next request starts another.")
            self._session.loss = self._session.loss or lost
            kill_tree(self.pid)

    # ---- what Qt tells

    def _read(self) -> None:
        if not self.is_over:
            self._session.receive(_bytes(self._process.readAllStandardOutput()))
            self._hand_on()

    def _read_log(self) -> None:
        if not self.is_over:
            self._log_lines.extend(self._session.receive_log(_bytes(self._process.readAllStandardError())))
            self._turn.start()

    def _errored(self, error) -> None:
        if error == qt.QProcess.FailedToStart and not self.is_over:
            from Sketch2CTLib.service.protocol.faults import WorkerLost

            reason = str(self._process.errorString()).rstrip(".")
            hint = f"Is '{self._command[0]}' there, and a Python?"
            self._session.loss = WorkerLost(f"The worker cannot be started ({reason}).", hint=hint)
            self._over(0, crashed=False)

    def _finished(self, *_status) -> None:
        if self.is_over:
            return
        self._session.receive(_bytes(self._process.readAllStandardOutput()))
        self._log_lines.extend(self._session.receive_log(_bytes(self._process.readAllStandardError()) + b"\n"))
        self._over(int(self._process.exitCode()), crashed=self._process.exitStatus() == qt.QProcess.CrashExit)

    def _over(self, status: int, *, crashed: bool) -> None:
        from Sketch2CTLib.errors import MissingDependency

        self.is_over = True
        self._patience.stop()
        self._process.deleteLater()
        _LIVING.discard(self)
        missing = missing_package(self._session.last_log_line)
        if missing and self._session.loss is None:
            self._session.loss = MissingDependency(missing, hint=INSTALL_HINT)
        self._session.end(status, by_signal=crashed)
        self._hand_on()
        self._on_end()

    def _hand_on(self) -> None:
        """Hands on what arrived, a few milliseconds long; the rest in a later turn of the event loop."""
        until = time.monotonic() + _SLICE_S
        while (self._log_lines or self._session.has_pending) and time.monotonic() < until:
            if self._log_lines:
                line = self._log_lines.popleft()
                _LOG.debug("worker: %s", line)
                self._log(line)
            delivery = self._session.take() if self._session.has_pending else None
            if delivery is not None:
                hear, event = delivery
                hear(event)
        if self._log_lines or self._session.has_pending:
            self._turn.start()
        elif self.is_over:
            end_of(self._turn)
            end_of(self._patience)


def _bytes(array) -> bytes:
    """The content of a QByteArray; older bindings give text."""
    content = array.data()
    return content.encode("utf-8") if isinstance(content, str) else bytes(content)


@atexit.register
def _end_all() -> None:
    for worker in tuple(_LIVING):
        worker.quit()

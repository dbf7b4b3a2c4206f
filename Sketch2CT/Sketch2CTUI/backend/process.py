"""One worker process and its requests, in the event loop: Qt tells when there are bytes, and nothing waits.

Lines are taken in slices of a few milliseconds. The worker ends by itself when its stdin closes, however this process
ends.
"""

from __future__ import annotations

import atexit
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import qt

from ..widgets.events import end_of, single_shot
from .lines import LineBuffer
from .processes import INSTALL_HINT, kill_tree, missing_package

END_MS = 6000  # a worker ends within 5 s of its stdin closing; after that it is killed
_QUIT_MS = 500  # when the whole program ends
_SLICE_S = 0.008  # of the event loop at a time
_KEPT_LINES = 20  # for the last words
_MOST_LOG_LINES = 500  # that wait to be shown; of a flood the last
_MOST_LOG_BYTES = 10_000  # of a line of the log
_LOG = logging.getLogger(__name__)
_LIVING: set[WorkerProcess] = set()  # kept until they have ended: a QProcess that is dropped before blocks


class WorkerProcess:
    """One process and the requests that it has not answered yet.

    Args:
        command: The program and its arguments.
        environment: All its variables.
        log: Called with each line of its stderr.

    Attributes:
        loss: Why it answers no more, an error; None while it does.
        is_over: Whether the process is gone, or never came to be.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Callable[[str], None]) -> None:
        from Sketch2CTLib.service.protocol.messages import MOST_LINE_BYTES

        self._command, self._log = list(command), log
        self._waiting: dict[str, Callable] = {}
        self._out, self._err = LineBuffer(MOST_LINE_BYTES), LineBuffer(_MOST_LOG_BYTES, _MOST_LOG_LINES)
        self._lines: deque[bytes | int] = deque()
        self._log_lines: deque[str] = deque(maxlen=_MOST_LOG_LINES)
        self._told: deque[str] = deque(maxlen=_KEPT_LINES)
        self._stray = 0  # lines since the last event that were none
        self.loss: Exception | None = None
        self.is_over = False
        self._on_end: Callable[[], None] = lambda: None
        self._turn, self._patience = single_shot(0, self._work), single_shot(END_MS, self.kill)
        self._process = process_with(environment)
        self._connect()
        _LIVING.add(self)
        self._process.start(self._command[0], self._command[1:])

    @property
    def pid(self) -> int:
        """Of the process; 0 where there is none."""
        return 0 if self.is_over else int(self._process.processId())

    def send(self, request, hear) -> None:
        """Hands a request on.

        Raises:
            DuplicateId: A request of that id waits for its answer.
            WorkerLost: The process ended, or could not be started.
        """
        from Sketch2CTLib.service.protocol.faults import DuplicateId
        from Sketch2CTLib.service.protocol.lines import encoded

        if self.loss is not None:
            raise self.loss
        if request.id in self._waiting:
            raise DuplicateId(f"A request '{request.id}' waits for its answer.", hint="Choose another id.")
        self._waiting[request.id] = hear
        self._process.write(encoded(request))

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
            self.loss = self.loss or WorkerLost("The worker was stopped.", hint="The next request starts another.")
            kill_tree(self.pid)

    # ---- what Qt tells

    def _connect(self) -> None:
        process = self._process
        process.connect("readyReadStandardOutput()", self._read)
        process.connect("readyReadStandardError()", self._read_log)
        process.connect("errorOccurred(QProcess::ProcessError)", self._errored)
        process.connect("finished(int,QProcess::ExitStatus)", self._finished)

    def _read(self) -> None:
        if self.is_over:
            return
        self._lines.extend(self._out.feed(_bytes(self._process.readAllStandardOutput())))
        self._work()

    def _read_log(self) -> None:
        if self.is_over:
            return
        self._take_log(self._err.feed(_bytes(self._process.readAllStandardError())))
        self._turn.start()

    def _take_log(self, lines) -> None:
        for line in lines:
            text = f"(a line of {line:,} bytes)" if isinstance(line, int) else line.decode("utf-8", "replace").rstrip()
            self._told.append(text)
            self._log_lines.append(text)

    def _errored(self, error) -> None:
        if error == qt.QProcess.FailedToStart and not self.is_over:
            from Sketch2CTLib.service.protocol.faults import WorkerLost

            reason = str(self._process.errorString()).rstrip(".")
            self.loss = WorkerLost(
                f"The worker cannot be started ({reason}).", hint=f"Is '{self._command[0]}' there, and a Python?"
            )
            self._over()

    def _finished(self, *_status) -> None:
        if self.is_over:
            return
        self._lines.extend(self._out.feed(_bytes(self._process.readAllStandardOutput())))
        self._lines.extend(self._out.rest())
        self._take_log(self._err.feed(_bytes(self._process.readAllStandardError())) + self._err.rest())
        self._over()

    def _over(self) -> None:
        self.is_over = True
        self._patience.stop()
        self._process.deleteLater()
        _LIVING.discard(self)
        self.loss = self.loss or self._loss()
        self._work()
        self._on_end()

    # ---- lines

    def _work(self) -> None:
        """Hands on what arrived, a few milliseconds long; the rest in a later turn of the event loop."""
        until = time.monotonic() + _SLICE_S
        while (self._lines or self._log_lines) and time.monotonic() < until:
            if self._log_lines:
                self._tell_log(self._log_lines.popleft())
            if self._lines:
                self._take(self._lines.popleft())
        if self._lines or self._log_lines:
            self._turn.start()
        elif self.is_over:
            self._end_of_stray()
            self._lose()
            end_of(self._turn)
            end_of(self._patience)

    def _tell_log(self, text: str) -> None:
        _LOG.debug("worker: %s", text)
        self._log(text)

    def _take(self, line: bytes | int) -> None:
        from Sketch2CTLib.service.protocol.faults import ProtocolError
        from Sketch2CTLib.service.protocol.lines import decoded_event

        if isinstance(line, int):
            self._leave_out(f"It has {line:,} bytes.")
            return
        try:
            event = decoded_event(line)
        except ProtocolError as error:
            self._leave_out(error)
            return
        self._end_of_stray()
        hear = self._waiting.pop(event.id, None) if event.is_last else self._waiting.get(event.id)
        if hear is not None:
            hear(event)
        elif getattr(event, "kind", "") == "error":
            _LOG.warning("The worker answers: %s %s", event.message, event.hint)
            self._told.append(event.message)

    def _leave_out(self, why: object) -> None:
        """Warns of a line that is no event; of many in a row once, and of their number afterwards."""
        self._stray += 1
        if self._stray == 1:
            _LOG.warning("A line of the worker is left out: %s", why)

    def _end_of_stray(self) -> None:
        if self._stray > 1:
            _LOG.warning("%d further lines of the worker were left out.", self._stray - 1)
        self._stray = 0

    def _lose(self) -> None:
        from Sketch2CTLib.service.protocol.events import Failed

        waiting, self._waiting = self._waiting, {}
        for identifier, hear in waiting.items():
            hear(Failed.of(self.loss, identifier, identifier))

    def _loss(self) -> Exception:
        from Sketch2CTLib.errors import MissingDependency
        from Sketch2CTLib.service.protocol.faults import WorkerLost

        missing = missing_package(self._told[-1]) if self._told else ""
        if missing:
            return MissingDependency(missing, hint=INSTALL_HINT)
        status, crashed = int(self._process.exitCode()), self._process.exitStatus() == qt.QProcess.CrashExit
        how = f"signal {status}" if crashed else f"status {status}"
        last = f" Its last words: {self._told[-1][:200]}" if self._told and status else ""
        return WorkerLost(f"The worker has ended ({how}).{last}", hint="The next request starts another.")


def process_with(environment: Mapping[str, str]):
    """A QProcess, not started, that will have these variables and no others."""
    made, variables = qt.QProcess(), qt.QProcessEnvironment()
    for name, value in environment.items():
        variables.insert(name, value)
    made.setProcessEnvironment(variables)
    return made


def _bytes(found) -> bytes:
    """What a QByteArray holds; older bindings give text."""
    held = found.data()
    return held.encode("utf-8") if isinstance(held, str) else bytes(held)


@atexit.register
def _end_all() -> None:
    for worker in tuple(_LIVING):
        worker.quit()

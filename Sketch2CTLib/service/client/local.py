"""A worker process of one's own: started with the first request, again after it died, ended with its owner.

The worker ends by itself when its stdin closes, so that none is left behind however this process ends.
"""

from __future__ import annotations

import logging
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ...atomic import written_beside
from ..protocol.events import Failed, Preview, Result
from ..protocol.faults import DuplicateId, UnknownJob, WorkerLost
from ..protocol.lines import CHUNK_BYTES
from ..protocol.messages import AnyRequest
from .session import WorkerSession
from .transport import Hear

END_S = 6.0  # a worker ends within 5 s of its stdin closing; after that it is killed
_LAST_WORDS_S = 1.0  # for the end of the log, which tells why a worker died
_ROOT = Path(__file__).resolve().parents[3]  # where Sketch2CTLib lies
_LOG = logging.getLogger(__name__)


class LocalTransport:
    """A `Transport` to `python -m Sketch2CTLib.service.worker`.

    Args:
        command: The command that starts the worker; by default with this Python. Inside Slicer name its PythonSlicer.
        arguments: Further arguments of the worker: --device, --preset, --models, --memory-mb, …
        environment: Variables on top of this process'.
        folder: Holds the results; by default a temporary one, which is removed by `close`, or by the worker where this
            process ends otherwise.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        start = [sys.executable, "-m", "Sketch2CTLib.service.worker"] if command is None else command
        self._command = [*start, *arguments]
        self._folder, self._cleans = folder, folder is None
        self._environment = worker_environment(environment or {})
        self._worker: SubprocessWorker | None = None
        self._lock = threading.Lock()
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The worker's process number; None while there is no worker."""
        worker = self._worker
        return worker.pid if worker is not None and not worker.is_lost else None

    def exchange(self, request: AnyRequest, hear: Hear) -> None:
        """See `Transport.exchange`."""
        try:
            self._living().send(request, hear)
        except (WorkerLost, DuplicateId) as error:
            hear(Failed.of(error, request.id))

    def _living(self) -> SubprocessWorker:
        with self._lock:
            if self._closed:
                raise WorkerLost("The client is closed.", hint="Make another.")
            if self._worker is None or self._worker.is_lost:
                if self._folder is None:
                    self._folder = Path(tempfile.mkdtemp(prefix="sketch2ct-"))
                place = ["--folder", str(self._folder), *["--clean"] * self._cleans]
                self._worker = SubprocessWorker([*self._command, *place], self._environment)
            return self._worker

    def fetch(self, event: Result | Preview, name: str, target: Path) -> None:
        """See `Transport.fetch`; a copy."""
        copy_result_file(event, name, target)

    def close(self) -> None:
        """Ends the worker: waits for it, at most 6 s, then kills it; removes the temporary folder."""
        with self._lock:
            self._closed = True
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()
        if self._cleans and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


class SubprocessWorker:
    """A worker process, with a thread for each of its streams, and the session with it.

    Args:
        command: The program and its arguments.
        environment: All its variables.

    Raises:
        WorkerLost: It cannot be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._session, self._lock = WorkerSession(), threading.Lock()
        self._unsent: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=pipe, env=dict(environment), bufsize=0, creationflags=flags
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise WorkerLost(f"The worker cannot be started ({reason}).", hint=f"Is {command[0]!r} there?") from error
        self._threads = [
            threading.Thread(target=work, name=f"worker-{work.__name__.strip('_')}", daemon=True)
            for work in (self._log, self._write, self._read)  # the log first: the reader waits for its end
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def is_lost(self) -> bool:
        """Whether the process has ended, or its output has."""
        return self._session.loss is not None or self._process.poll() is not None

    def send(self, request: AnyRequest, hear: Hear) -> None:
        """Hands a request to the thread that writes.

        Raises:
            DuplicateId: A request of that id waits for its answer.
            WorkerLost: The process ended meanwhile.
        """
        with self._lock:
            self._unsent.put(self._session.send(request, hear))

    def let_go(self) -> None:
        """Closes stdin, upon which the process ends by itself."""
        self._unsent.put(None)

    def end(self) -> None:
        """Closes stdin, waits, and kills what is left after that."""
        self.let_go()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            _LOG.warning("The worker %d did not end and is killed.", self.pid)
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(END_S)

    def _write(self) -> None:
        stream = self._process.stdin
        assert stream is not None
        try:
            while (line := self._unsent.get()) is not None:
                rest = memoryview(line)
                while rest:
                    rest = rest[stream.write(rest) :]
        except OSError as error:  # the worker died; the thread that reads tells it
            _LOG.debug("The worker's stdin is closed: %s", error)
        with suppress(OSError):
            stream.close()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while output := stream.read(CHUNK_BYTES):
            with self._lock:
                self._session.receive(output)
            self._hand_on()
        stream.close()
        status = self._process.wait()
        self._unsent.put(None)
        self._threads[0].join(_LAST_WORDS_S)
        with self._lock:
            last_lines = self._session.end(abs(status), by_signal=status < 0)
        self._show_log(last_lines)
        self._hand_on()

    def _hand_on(self) -> None:
        """Gives the events that arrived to whoever waits for them."""
        while self._session.has_pending:
            with self._lock:
                delivery = self._session.take()
            if delivery is not None:
                hear, event = delivery
                hear(event)

    def _log(self) -> None:
        stream = self._process.stderr
        assert stream is not None
        while output := stream.read(CHUNK_BYTES):
            with self._lock:
                lines = self._session.receive_log(output)
            self._show_log(lines)
        stream.close()

    def _show_log(self, lines: list[str]) -> None:
        for line in lines:
            _LOG.info("worker %d: %s", self.pid, line)


def copy_result_file(event: Result | Preview, name: str, target: Path) -> None:
    """Copies a file of a local worker's event; it appears whole or not at all.

    Raises:
        UnknownJob: The file is gone.
        OutputError: The target cannot be written.
    """
    source = Path(event.folder or "") / name
    if event.folder is None or not source.is_file():
        raise UnknownJob(f"The job '{event.job}' has no file '{name}' any more.", hint="Run it again.")
    with written_beside(target) as beside:
        shutil.copyfile(source, beside)


def worker_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process' variables and others, with the library on the path of a worker."""
    variables = dict(os.environ) | dict(extra)
    variables["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), variables.get("PYTHONPATH")]))
    variables["PYTHONUNBUFFERED"] = "1"
    return variables

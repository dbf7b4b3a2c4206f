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
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...atomic import written_beside
from ..protocol.events import Event, Failed, Preview, Result
from ..protocol.faults import DuplicateId, ProtocolError, TooLarge, UnknownJob, WorkerLost
from ..protocol.lines import LineReader, decoded_event, encoded
from ..protocol.messages import AnyRequest
from .transport import Hear

END_S = 6.0  # a worker ends within 5 s of its stdin closing; after that it is killed
_KEPT_LINES = 20
_LAST_WORDS_S = 1.0  # for the end of the log, which tells why a worker died
_ROOT = Path(__file__).resolve().parents[3]  # where Sketch2CTLib lies
_LOG = logging.getLogger(__name__)


class LocalTransport:
    """A `Transport` to `python -m Sketch2CTLib.service.worker`.

    Args:
        command: How the worker is started; by default with this Python. Inside Slicer name its PythonSlicer.
        arguments: Further arguments of the worker: --device, --preset, --models, --memory-mb, …
        environment: Variables on top of this process'.
        folder: Of the results; by default a temporary one, which is removed by `close`, or by the worker where this
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
        self._environment = _environment(environment or {})
        self._worker: WorkerProcess | None = None
        self._lock = threading.Lock()
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the worker, while there is one."""
        worker = self._worker
        return worker.pid if worker is not None and not worker.is_lost else None

    def exchange(self, request: AnyRequest, hear: Hear) -> None:
        """See `Transport.exchange`."""
        try:
            self._living().send(request, hear)
        except (WorkerLost, DuplicateId) as error:
            hear(Failed.of(error, request.id))

    def _living(self) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise WorkerLost("The client is closed.", hint="Make another.")
            if self._worker is None or self._worker.is_lost:
                if self._folder is None:
                    self._folder = Path(tempfile.mkdtemp(prefix="sketch2ct-"))
                place = ["--folder", str(self._folder), *["--clean"] * self._cleans]
                self._worker = WorkerProcess([*self._command, *place], self._environment)
            return self._worker

    def fetch(self, event: Result | Preview, name: str, target: Path) -> None:
        """See `Transport.fetch`; a copy."""
        source = Path(event.folder or "") / name
        if event.folder is None or not source.is_file():
            raise UnknownJob(f"The job '{event.job}' has no file '{name}' any more.", hint="Run it again.")
        with written_beside(target) as beside:
            shutil.copyfile(source, beside)

    def close(self) -> None:
        """Ends the worker: waits for it, at most 6 s, then kills it; removes the temporary folder."""
        with self._lock:
            self._closed = True
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()
        if self._cleans and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


class WorkerProcess:
    """One process and the requests that it has not answered yet.

    Raises:
        WorkerLost: It cannot be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._waiting: dict[str, Hear] = {}
        self._lock = threading.Lock()
        self._lost = False
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._told: deque[str] = deque(maxlen=_KEPT_LINES)
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
        """Of the process."""
        return self._process.pid

    @property
    def is_lost(self) -> bool:
        """Whether the process has ended, or its output has."""
        return self._lost or self._process.poll() is not None

    def send(self, request: AnyRequest, hear: Hear) -> None:
        """Hands a request to the thread that writes.

        Raises:
            DuplicateId: A request of that id waits for its answer.
            WorkerLost: The process ended meanwhile.
        """
        with self._lock:
            if self._lost:
                raise self._loss()
            if request.id in self._waiting:
                raise DuplicateId(f"A request '{request.id}' waits for its answer.", hint="Choose another id.")
            self._waiting[request.id] = hear
        self._out.put(encoded(request))

    def end(self) -> None:
        """Closes stdin, waits, and kills what is left after that."""
        self._out.put(None)
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
            while (line := self._out.get()) is not None:
                rest = memoryview(line)
                while rest:
                    rest = rest[stream.write(rest) :]
        except OSError as error:  # the worker died; the thread that reads tells it
            _LOG.debug("The worker's stdin is closed: %s", error)
        finally:
            _close(stream)

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        for line in LineReader(stream.read):
            try:
                if isinstance(line, TooLarge):
                    raise line
                self._route(decoded_event(line))
            except ProtocolError as error:
                _LOG.warning("A line of the worker is left out: %s", error)
        stream.close()
        self._process.wait()
        self._out.put(None)
        self._threads[0].join(_LAST_WORDS_S)
        self._lose()

    def _log(self) -> None:
        stream = self._process.stderr
        assert stream is not None
        for line in LineReader(stream.read, limit=10_000):
            text = line.message if isinstance(line, TooLarge) else line.decode("utf-8", "replace")
            self._told.append(text)
            _LOG.info("worker %d: %s", self.pid, text)
        stream.close()

    def _route(self, event: Event) -> None:
        with self._lock:
            hear = self._waiting.pop(event.id, None) if event.is_last else self._waiting.get(event.id)
        if hear is not None:
            hear(event)
        elif isinstance(event, Failed):
            _LOG.warning("The worker answers: %s %s", event.message, event.hint)

    def _lose(self) -> None:
        with self._lock:
            self._lost = True
            waiting, self._waiting = self._waiting, {}
        loss = self._loss()
        for identifier, hear in waiting.items():
            hear(Failed.of(loss, identifier, identifier))

    def _loss(self) -> WorkerLost:
        status = self._process.poll()
        how = f"signal {-status}" if status is not None and status < 0 else f"status {status}"
        last = f" Its last words: {self._told[-1][:200]}" if self._told and status else ""
        return WorkerLost(f"The worker has ended ({how}).{last}", hint="The next request starts another.")


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process' variables, with the library on the path of the worker."""
    variables = dict(os.environ) | dict(extra)
    known = variables.get("PYTHONPATH", "")
    variables["PYTHONPATH"] = os.pathsep.join([str(_ROOT), known] if known else [str(_ROOT)])
    variables["PYTHONUNBUFFERED"] = "1"
    return variables


def _close(stream: object) -> None:
    try:
        stream.close()  # type: ignore[attr-defined]
    except OSError as error:
        _LOG.debug("The worker's stdin cannot be closed: %s", error)

"""A worker process of one's own on qt.QProcess: the `Transport` of `Sketch2CTLib.service.client` without threads."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .process import WorkerProcess
from .processes import worker_environment


class ProcessTransport:
    """A `Transport` to `python -m Sketch2CTLib.service.worker`; used from the main thread alone.

    Args:
        command: How the worker is started; see `command.worker_command`.
        arguments: Further arguments of the worker: --device, --preset, --models, --memory-mb, …
        environment: Variables on top of this process'.
        folder: Of the results; by default a temporary one, which is removed when the worker has ended after `close`.
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
        self._worker: WorkerProcess | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the worker, while there is one."""
        worker = self._worker
        return worker.pid if worker is not None and worker.loss is None else None

    def exchange(self, request, hear) -> None:
        """See `Transport.exchange`; `hear` is called in the main thread."""
        from Sketch2CTLib.errors import OutputError
        from Sketch2CTLib.service.protocol.events import Failed
        from Sketch2CTLib.service.protocol.faults import DuplicateId, WorkerLost

        try:
            self._living().send(request, hear)
        except (WorkerLost, DuplicateId, OutputError) as error:
            hear(Failed.of(error, request.id, request.id))

    def fetch(self, event, name: str, target) -> None:
        """See `Transport.fetch`; a copy that blocks. `fetch` does it in a thread."""
        from Sketch2CTLib.atomic import written_beside
        from Sketch2CTLib.service.protocol.faults import UnknownJob

        source = Path(event.folder or "") / name
        if event.folder is None or not source.is_file():
            raise UnknownJob(f"The job '{event.job}' has no file '{name}' any more.", hint="Run it again.")
        with written_beside(target) as beside:
            shutil.copyfile(source, beside)

    def kill(self) -> None:
        """Kills the worker and what it started; its requests end, and the next one starts another."""
        if self._worker is not None:
            self._worker.kill()

    def close(self) -> None:
        """Ends the worker without waiting: it is told to, and killed where it has not ended after 6 s."""
        self._closed = True
        worker, self._worker = self._worker, None
        folder = self._folder if self._cleans else None
        if worker is not None and not worker.is_over:
            worker.end(lambda: _remove(folder))
        else:
            _remove(folder)

    def _living(self) -> WorkerProcess:
        from Sketch2CTLib.errors import OutputError
        from Sketch2CTLib.service.protocol.faults import WorkerLost

        if self._closed:
            raise WorkerLost("The client is closed.", hint="Make another.")
        if self._worker is None or self._worker.loss is not None:
            try:
                self._folder = self._folder or Path(tempfile.mkdtemp(prefix="sketch2ct-"))
            except OSError as error:
                reason = error.strerror or str(error)
                raise OutputError(f"There is no room for results ({reason}).", hint="Is the disk full?") from error
            place = ["--folder", str(self._folder), *["--clean"] * self._cleans]
            self._worker = WorkerProcess([*self._command, *place], self._environment, self._log)
        return self._worker


def _remove(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)

"""Files of a result on their way into a folder: a step at each tick of the backend's timer, none of them long."""

from __future__ import annotations

import hashlib
import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from Sketch2CTLib.errors import OutputError, Sketch2CTError

_CHUNK_BYTES = 256 * 1024
_SLICE_S = 0.01  # of the event loop at a tick


class Fetch:
    """Files that are being brought.

    Args:
        event: The `result` or `preview` that names them.
        on_done: Called with file name → path when all are there.
        on_failed: Called with the `error` event otherwise.
    """

    def __init__(self, event, on_done: Callable, on_failed: Callable) -> None:
        self._event, self._on_done, self._on_failed = event, on_done, on_failed
        self.is_over = False

    def cancel(self) -> None:
        """Nobody waits for the files any more; neither function is called."""
        self.is_over = True

    def is_quiet(self) -> bool:
        """Whether nothing works for it any more, also after `cancel`."""
        return True

    def step(self) -> None:
        """Goes on for a few milliseconds."""
        try:
            paths = self._paths()
        except Sketch2CTError as error:
            self._fail(error)
            return
        if paths is not None and not self.is_over:
            self.is_over = True
            self._on_done(paths)

    def _paths(self) -> dict[str, Path] | None:
        """What was brought, once it is all there."""
        raise NotImplementedError

    def _fail(self, error: Sketch2CTError) -> None:
        from Sketch2CTLib.service.protocol.events import Failed

        if not self.is_over:
            self.is_over = True
            self._on_failed(Failed.of(error, self._event.id, self._event.job))


class CopiedFetch(Fetch):
    """Files of a local worker: they lie in the event's folder and are copied."""

    def __init__(self, event, folder: str | Path, on_done: Callable, on_failed: Callable) -> None:
        super().__init__(event, on_done, on_failed)
        self._found: dict[str, Path] = {}
        self._copies = self._copied(Path(folder))

    def cancel(self) -> None:
        """See `Fetch.cancel`; the file that is half there is removed."""
        super().cancel()
        self._copies.close()

    def _paths(self) -> dict[str, Path] | None:
        until = time.monotonic() + _SLICE_S
        for _ in self._copies:
            if time.monotonic() >= until:
                return None
        return self._found

    def _copied(self, folder: Path) -> Iterator[None]:
        for file in _files(self._event):
            target = _inside(folder, file.name)
            yield from _copy(self._event, file, target)
            self._found[file.name] = target


class ServedFetch(Fetch):
    """Files of a server: a thread of the client moves the bytes, here is only asked whether it has.

    The thread is the one that sends the client's requests: the files are brought when the answer to a `status` is
    heard there. Requests that are sent meanwhile go out afterwards.
    """

    def __init__(self, client, transport, event, folder: str | Path, on_done: Callable, on_failed: Callable) -> None:
        from Sketch2CTLib.service.client.client import new_id
        from Sketch2CTLib.service.protocol.messages import Status

        super().__init__(event, on_done, on_failed)
        self._client, self._folder = client, folder
        self._came: queue.SimpleQueue = queue.SimpleQueue()
        self._is_quiet = False
        transport.exchange(Status(id=new_id()), self._bring)

    def is_quiet(self) -> bool:
        """See `Fetch.is_quiet`."""
        return self._is_quiet

    def _paths(self) -> dict[str, Path] | None:
        try:
            came = self._came.get_nowait()
        except queue.Empty:
            return None
        if not isinstance(came, dict):
            raise came
        return came

    def _bring(self, answer) -> None:
        """In a thread of the client: touches nothing of Qt, and raises nothing."""
        if answer.kind == "error":
            self._end(answer.error())
            return
        try:
            came = {} if self.is_over else self._client.save(self._event, self._folder)
        except Sketch2CTError as error:
            came = error
        except OSError as error:
            came = OutputError(f"A file of the result cannot be read ({error.strerror or error}).")
        self._end(came)

    def _end(self, came) -> None:
        self._came.put(came)
        self._is_quiet = True


def _files(event) -> tuple:
    return tuple(event.files) if event.kind == "result" else (event.file,)


def _copy(event, file, target: Path) -> Iterator[None]:
    """Copies a file in pieces; it appears whole, as it was told, or not at all."""
    from Sketch2CTLib.atomic import written_beside
    from Sketch2CTLib.service.protocol.faults import UnknownJob

    source = Path(event.folder) / file.name
    if not source.is_file():
        raise UnknownJob(f"The job '{event.job}' has no file '{file.name}' any more.", hint="Run it again.")
    digest = hashlib.sha256()
    with written_beside(target) as beside:
        with source.open("rb") as reader, beside.open("wb") as writer:
            while chunk := reader.read(_CHUNK_BYTES):
                writer.write(chunk)
                digest.update(chunk)
                yield
        if digest.hexdigest() != file.sha256:
            raise OutputError(f"'{file.name}' arrived damaged.", hint="Run it again.")
    yield


def _inside(folder: Path, name: str) -> Path:
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise OutputError(f"The service names a file outside its result: {name[:60]!r}.", hint="Do not trust it.")
    return target
